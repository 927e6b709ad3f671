#!/usr/bin/env python3
"""Writes templates.tsv: dates, times, prices, measures and numbers in sentences, the only lines here that are not written one by one.

Every frame is used a few times only, each time with other values. The choice is fixed by a seed, so the file is reproducible.
"""
import random
from pathlib import Path

R = random.Random(7)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
TAGE = "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split()
MONTHS = "January February March April May June July August September October November December".split()
MONATE = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
ONES = "one two three four five six seven eight nine ten eleven twelve".split()
EINS = "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split()


def time():
    """A time by the clock: 12-hour with a.m./p.m. or 24-hour in English, 24-hour in German."""
    hour, minute = R.randint(6, 22), R.choice([0, 0, 5, 10, 15, 20, 30, 30, 40, 45, 50])
    german = f"{hour}:{minute:02} Uhr" if minute else f"{hour} Uhr"
    if R.random() < 0.5 and minute:
        return f"{hour}:{minute:02}", german
    half = "a.m." if hour < 12 else "p.m."
    hour12 = hour if hour <= 12 else hour - 12
    return (f"{hour12}:{minute:02} {half}" if minute else f"{hour12} {half}"), german


def spoken_time():
    h = R.randint(1, 11)
    return R.choice([
        (f"half past {ONES[h - 1]}", f"halb {EINS[h]}"),
        (f"a quarter past {ONES[h - 1]}", f"Viertel nach {EINS[h - 1]}"),
        (f"a quarter to {ONES[h]}", f"Viertel vor {EINS[h]}"),
        (f"ten past {ONES[h - 1]}", f"zehn nach {EINS[h - 1]}"),
        (f"twenty to {ONES[h]}", f"zwanzig vor {EINS[h]}"),
        (f"five to {ONES[h]}", f"fünf vor {EINS[h]}"),
    ])


def date():
    day, month = R.randint(1, 28), R.randrange(12)
    suffix = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}.get(day, "th")
    english = R.choice([f"{day} {MONTHS[month]}", f"{MONTHS[month]} {day}", f"{MONTHS[month]} {day}{suffix}"])
    return english, f"{day}. {MONATE[month]}"


def date_year():
    day, month, year = R.randint(1, 28), R.randrange(12), R.randint(1950, 2035)
    english = R.choice([f"{day} {MONTHS[month]} {year}", f"{MONTHS[month]} {day}, {year}"])
    return english, f"{day}. {MONATE[month]} {year}"


def weekday():
    i = R.randrange(7)
    return DAYS[i], TAGE[i]


def euros():
    whole, cents = R.randint(2, 95), R.choice([0, 20, 50, 80, 90, 95, 99])
    if not cents:
        return f"€{whole}", f"{whole} €"
    return f"€{whole}.{cents}", f"{whole},{cents} €"


def thousands():
    n = R.randint(1100, 98000)
    return f"{n:,}", f"{n:,}".replace(",", ".")


def decimal():
    a, b = R.randint(1, 9), R.randint(1, 9)
    return f"{a}.{b}", f"{a},{b}"


def number(low, high, step=1):
    def pick():
        n = str(R.randrange(low, high + 1, step))
        return n, n
    return pick


def percent():
    n = R.randint(3, 98)
    return f"{n}%", f"{n} %"


FRAMES = [
    ("The bus leaves at {}.", "Der Bus fährt um {} ab.", time, 7),
    ("The shop closes at {} today.", "Das Geschäft schließt heute um {}.", time, 6),
    ("Breakfast is from {}.", "Frühstück gibt es ab {}.", time, 5),
    ("Our plane lands at {}.", "Unser Flugzeug landet um {}.", time, 6),
    ("Please be here at {} at the latest.", "Bitte seien Sie spätestens um {} hier.", time, 5),
    ("The alarm is set for {}.", "Der Wecker ist auf {} gestellt.", time, 5),
    ("The programme will be finished at {}.", "Das Programm ist um {} fertig.", time, 5),
    ("Set the start time to {}.", "Stellen Sie die Startzeit auf {}.", time, 5),
    ("Wake me up at {}.", "Weck mich um {}.", spoken_time, 6),
    ("It is {}.", "Es ist {}.", spoken_time, 9),
    ("Let's meet at {}.", "Treffen wir uns um {}.", spoken_time, 6),
    ("The film begins at {}.", "Der Film beginnt um {}.", spoken_time, 6),
    ("Lunch is at {}.", "Mittagessen gibt es um {}.", spoken_time, 4),
    ("My birthday is on {}.", "Ich habe am {} Geburtstag.", date, 6),
    ("The meeting is on {}.", "Die Besprechung ist am {}.", date, 6),
    ("The office is closed on {}.", "Das Büro ist am {} geschlossen.", date, 5),
    ("The offer is valid until {}.", "Das Angebot gilt bis zum {}.", date, 6),
    ("We are on holiday from {}.", "Ab dem {} sind wir im Urlaub.", date, 5),
    ("Today is {}.", "Heute ist der {}.", date, 7),
    ("She was born on {}.", "Sie wurde am {} geboren.", date_year, 7),
    ("The contract was signed on {}.", "Der Vertrag wurde am {} unterschrieben.", date_year, 5),
    ("Valid from {}", "Gültig ab {}", date_year, 5),
    ("Last updated: {}", "Zuletzt aktualisiert: {}", date_year, 5),
    ("We are meeting on {} evening.", "Wir treffen uns am {}abend.", weekday, 5),
    ("I have an appointment on {}.", "Ich habe am {} einen Termin.", weekday, 7),
    ("The market takes place every {}.", "Der Markt findet jeden {} statt.", weekday, 5),
    ("The parcel will arrive on {}.", "Das Paket kommt am {} an.", weekday, 6),
    ("Open until 8 p.m. on {}", "Am {} bis 20 Uhr geöffnet", weekday, 4),
    ("That's {}, please.", "Das macht {}, bitte.", euros, 8),
    ("The ticket costs {}.", "Die Karte kostet {}.", euros, 8),
    ("The repair cost {}.", "Die Reparatur hat {} gekostet.", euros, 5),
    ("I paid {} for these shoes.", "Ich habe für diese Schuhe {} bezahlt.", euros, 6),
    ("Delivery is free for orders over {}.", "Ab einem Bestellwert von {} ist die Lieferung kostenlos.", euros, 5),
    ("You still owe me {}.", "Du schuldest mir noch {}.", euros, 5),
    ("Now only {} instead of €99", "Jetzt nur {} statt 99 €", euros, 5),
    ("Change the oil every {} kilometres.", "Wechseln Sie das Öl alle {} Kilometer.", thousands, 4),
    ("About {} people live here.", "Hier leben etwa {} Menschen.", thousands, 6),
    ("The car has done {} km.", "Das Auto ist {} km gelaufen.", thousands, 5),
    ("The stadium seats {} people.", "Das Stadion fasst {} Zuschauer.", thousands, 4),
    ("The parcel weighs {} kg.", "Das Paket wiegt {} kg.", decimal, 6),
    ("The cable is {} m long.", "Das Kabel ist {} m lang.", decimal, 6),
    ("The tank holds {} litres.", "Der Tank fasst {} Liter.", decimal, 6),
    ("It is {} km to the next village.", "Bis zum nächsten Dorf sind es {} km.", decimal, 5),
    ("Set the pressure to {} bar.", "Stellen Sie den Druck auf {} bar ein.", decimal, 5),
    ("Add {} litres of water.", "Geben Sie {} Liter Wasser dazu.", decimal, 5),
    ("Bake at {} °C.", "Bei {} °C backen.", number(140, 240, 10), 6),
    ("Wash at {} °C.", "Bei {} °C waschen.", number(20, 90, 10), 5),
    ("It will be {} degrees tomorrow.", "Morgen werden es {} Grad.", number(2, 38), 7),
    ("The water is {} degrees warm.", "Das Wasser ist {} Grad warm.", number(12, 29), 5),
    ("At night it gets as cold as minus {} degrees.", "Nachts wird es bis zu minus {} Grad kalt.", number(2, 25), 4),
    ("Wait {} minutes before you open the lid.", "Warten Sie {} Minuten, bevor Sie den Deckel öffnen.", number(2, 45), 6),
    ("Press and hold the button for {} seconds.", "Halten Sie die Taste {} Sekunden lang gedrückt.", number(2, 20), 8),
    ("The programme takes {} minutes.", "Das Programm dauert {} Minuten.", number(15, 180, 5), 6),
    ("The train is {} minutes late.", "Der Zug hat {} Minuten Verspätung.", number(5, 90, 5), 6),
    ("The next bus is in {} minutes.", "Der nächste Bus kommt in {} Minuten.", number(2, 40), 6),
    ("Add {} g of flour.", "Geben Sie {} g Mehl dazu.", number(50, 900, 25), 6),
    ("Mix {} ml of milk with the eggs.", "Verrühren Sie {} ml Milch mit den Eiern.", number(50, 750, 25), 5),
    ("Take {} drops three times a day.", "Nehmen Sie dreimal täglich {} Tropfen ein.", number(5, 40), 6),
    ("Take a tablet every {} hours.", "Nehmen Sie alle {} Stunden eine Tablette ein.", number(4, 12), 5),
    ("One tablet contains {} mg.", "Eine Tablette enthält {} mg.", number(50, 800, 25), 5),
    ("The room is {} square metres.", "Das Zimmer hat {} Quadratmeter.", number(8, 45), 6),
    ("The hole is {} mm deep.", "Das Loch ist {} mm tief.", number(5, 90), 5),
    ("The shelf is {} cm wide.", "Das Regal ist {} cm breit.", number(30, 200), 5),
    ("The maximum speed is {} km/h.", "Die Höchstgeschwindigkeit beträgt {} km/h.", number(20, 250, 5), 6),
    ("Turn right in {} metres.", "Biegen Sie in {} Metern rechts ab.", number(50, 900, 50), 6),
    ("After {} metres, keep left.", "Halten Sie sich nach {} Metern links.", number(50, 900, 50), 5),
    ("My grandmother is {} years old.", "Meine Großmutter ist {} Jahre alt.", number(61, 99), 6),
    ("Children under {} pay half.", "Kinder unter {} Jahren zahlen die Hälfte.", number(6, 16), 4),
    ("Line {} is closed today.", "Die Linie {} fährt heute nicht.", number(2, 79), 4),
    ("Your room number is {}.", "Ihre Zimmernummer ist {}.", number(101, 640), 6),
    ("The flight leaves from gate {}.", "Der Flug geht von Gate {}.", number(2, 78), 5),
    ("Go to page {}.", "Gehen Sie zu Seite {}.", number(3, 420), 5),
    ("The answer is {}.", "Die Antwort ist {}.", number(2, 999), 5),
    ("The battery is at {}.", "Der Akku ist bei {}.", percent, 7),
    ("The download is {} complete.", "Der Download ist zu {} abgeschlossen.", percent, 6),
    ("All coats are reduced by {}.", "Alle Mäntel sind um {} reduziert.", percent, 5),
    ("The humidity is {}.", "Die Luftfeuchtigkeit beträgt {}.", percent, 5),
    ("Prices rose by {} last year.", "Die Preise stiegen letztes Jahr um {}.", percent, 5),
    ("Only {} of the voters took part.", "Nur {} der Wähler nahmen teil.", percent, 4),
]

lines = {}
for english, german, pick, times in FRAMES:
    made, tries = 0, 0
    while made < times and tries < 100:
        tries += 1
        e, d = pick()
        line = english.format(e)
        # "at 9 a.m." at the end of a sentence has one full stop.
        line = line.replace("m..", "m.")
        if line not in lines:
            lines[line] = german.format(d)
            made += 1

with open(Path(__file__).parent / "templates.tsv", "w", encoding="utf-8") as out:
    for e, d in lines.items():
        out.write(f"{e}\t{d}\twritten-templates\n")
