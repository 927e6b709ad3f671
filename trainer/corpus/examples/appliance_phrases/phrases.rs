//! Sentences, from templates.

use rand::Rng;
use rand::seq::IndexedRandom;

use crate::calendar::{Pair, clock, day, full_date, weekday};
use crate::nouns::{APPLIANCES, Noun, PARTS, PROGRAMS, ROOMS};
use crate::numbers::{english, german};

/// English and German templates. A slot is `{NAME}`, in German with a noun `{NAME:CASE}`. Slots with the
/// same name get the same value.
const TEMPLATES: &[(&str, &str)] = &[
    ("Turn on the {appliance}.", "Schalte {appliance:den} ein."),
    ("Turn off the {appliance}.", "Schalte {appliance:den} aus."),
    (
        "Please turn on the {appliance} in the {room}.",
        "Schalte bitte {appliance:den} {room:im} ein.",
    ),
    (
        "Please turn off the {appliance} in the {room}.",
        "Schalte bitte {appliance:den} {room:im} aus.",
    ),
    (
        "Turn off the {appliance} at {clock}.",
        "Schalte {appliance:den} um {clock} aus.",
    ),
    (
        "Turn on the {appliance} in {duration}.",
        "Schalte {appliance:den} in {duration:dem} ein.",
    ),
    (
        "Turn on the {appliance} {day} at {clock}.",
        "Schalte {appliance:den} {day} um {clock} ein.",
    ),
    ("Is the {appliance} on?", "Ist {appliance:der} an?"),
    (
        "Is the {appliance} in the {room} still on?",
        "Ist {appliance:der} {room:im} noch an?",
    ),
    ("The {appliance} is on.", "{appliance:der} ist an."),
    ("The {appliance} is off.", "{appliance:der} ist aus."),
    (
        "The {appliance} is finished.",
        "{appliance:der} ist fertig.",
    ),
    (
        "The {appliance} will be finished in {duration}.",
        "{appliance:der} ist in {duration:dem} fertig.",
    ),
    (
        "The {appliance} will be finished at {clock}.",
        "{appliance:der} ist um {clock} fertig.",
    ),
    (
        "When will the {appliance} be finished?",
        "Wann ist {appliance:der} fertig?",
    ),
    (
        "How warm is it in the {room}?",
        "Wie warm ist es {room:im}?",
    ),
    (
        "It is {degrees} in the {room}.",
        "Es sind {degrees} {room:im}.",
    ),
    (
        "Set the {appliance} to {degrees}.",
        "Stelle {appliance:den} auf {degrees}.",
    ),
    (
        "Set the {appliance} in the {room} to {degrees}.",
        "Stelle {appliance:den} {room:im} auf {degrees}.",
    ),
    (
        "Preheat the oven to {degrees}.",
        "Heize den Backofen auf {degrees} vor.",
    ),
    (
        "Bake for {duration} at {degrees}.",
        "{duration} bei {degrees} backen.",
    ),
    (
        "Set the timer to {duration}.",
        "Stelle den Timer auf {duration}.",
    ),
    (
        "The timer is set to {duration}.",
        "Der Timer ist auf {duration} gestellt.",
    ),
    ("Remaining time: {duration}.", "Restzeit: {duration}."),
    ("Wake me at {clock}.", "Wecke mich um {clock}."),
    ("Wake me {day} at {clock}.", "Wecke mich {day} um {clock}."),
    (
        "Wake me every {weekday} at {clock}.",
        "Wecke mich jeden {weekday} um {clock}.",
    ),
    ("It is {clock}.", "Es ist {clock}."),
    ("What time is it?", "Wie spät ist es?"),
    ("Date: {date}.", "Datum: {date}."),
    ("{date}", "{date}"),
    (
        "Start the program {program}.",
        "Starte das Programm {program}.",
    ),
    (
        "Start the program {program} at {clock}.",
        "Starte das Programm {program} um {clock}.",
    ),
    (
        "Start the program {program} at {degrees}.",
        "Starte das Programm {program} bei {degrees}.",
    ),
    (
        "The program {program} takes {duration}.",
        "Das Programm {program} dauert {duration}.",
    ),
    (
        "The program {program} was stopped.",
        "Das Programm {program} wurde angehalten.",
    ),
    ("Open the {part}.", "Öffne {part:den}."),
    ("Close the {part}.", "Schließe {part:den}."),
    (
        "Please close the {part} of the {appliance}.",
        "Schließe bitte {part:den} {appliance:des}.",
    ),
    (
        "The {part} of the {appliance} is open.",
        "{part:der} {appliance:des} ist offen.",
    ),
    ("The {part} is full.", "{part:der} ist voll."),
    ("The {part} is empty.", "{part:der} ist leer."),
    ("Clean the {part}.", "Reinige {part:den}."),
    (
        "Clean the {part} of the {appliance} {day}.",
        "Reinige {part:den} {appliance:des} {day}.",
    ),
    (
        "Clean the {part} every {weekday}.",
        "Reinige {part:den} jeden {weekday}.",
    ),
    (
        "Replace the {part} in {duration}.",
        "Ersetze {part:den} in {duration:dem}.",
    ),
    (
        "Replace the {part} of the {appliance}.",
        "Ersetze {part:den} {appliance:des}.",
    ),
    (
        "Error {number} in the {appliance}.",
        "Fehler {number} {appliance:im}.",
    ),
    (
        "Error {number}: the {part} is blocked.",
        "Fehler {number}: {part:der} ist blockiert.",
    ),
    (
        "Do not open the {part} before {clock}.",
        "Öffne {part:den} nicht vor {clock}.",
    ),
    (
        "Add {number} grams of flour.",
        "{number} Gramm Mehl hinzufügen.",
    ),
    (
        "Add {number} millilitres of water.",
        "{number} Milliliter Wasser hinzufügen.",
    ),
    ("The number is {words}.", "Die Zahl ist {words}."),
    ("{words}", "{words}"),
    ("Page {words}", "Seite {words}"),
    ("Descale the {appliance}.", "Entkalke {appliance:den}."),
    (
        "Call customer service about the {appliance}.",
        "Rufe den Kundendienst wegen {appliance:des}.",
    ),
    ("Good morning.", "Guten Morgen."),
    ("Good night.", "Gute Nacht."),
    ("Thank you.", "Danke."),
];

/// A value for every slot.
struct Values {
    appliance: &'static Noun,
    part: &'static Noun,
    room: &'static Noun,
    pairs: [(&'static str, Pair); 9],
    duration_dative: String,
}

impl Values {
    fn draw(random: &mut impl Rng) -> Self {
        let (duration, duration_dative) = duration(random);
        let digits = random.random_range(1..=3);
        let number = random.random_range(0..10_usize.pow(digits)).to_string();
        let words = random.random_range(0..10_usize.pow(digits + 1));
        let (program, in_german) = *choose(&PROGRAMS, random);
        Self {
            appliance: choose(&APPLIANCES, random),
            part: choose(&PARTS, random),
            room: choose(&ROOMS, random),
            pairs: [
                ("clock", clock(random)),
                ("day", day(random)),
                ("date", full_date(random)),
                ("weekday", weekday(random)),
                ("duration", duration),
                ("degrees", degrees(random)),
                ("number", (number.clone(), number)),
                ("words", (english(words), german(words))),
                ("program", (program.to_owned(), in_german.to_owned())),
            ],
            duration_dative,
        }
    }

    fn pair(&self, name: &str) -> &Pair {
        let found = self.pairs.iter().find(|(known, _)| *known == name);
        &found
            .unwrap_or_else(|| unreachable!("unknown slot {name:?}"))
            .1
    }

    fn noun(&self, name: &str) -> Option<&'static Noun> {
        match name {
            "appliance" => Some(self.appliance),
            "part" => Some(self.part),
            "room" => Some(self.room),
            _ => None,
        }
    }

    fn english(&self, slot: &str) -> String {
        match self.noun(slot) {
            Some(noun) => noun.english.to_owned(),
            None => self.pair(slot).0.clone(),
        }
    }

    fn german(&self, slot: &str) -> String {
        match slot.split_once(':') {
            None => self.pair(slot).1.clone(),
            Some(("duration", _)) => self.duration_dative.clone(),
            Some((name, case)) => {
                let noun = self
                    .noun(name)
                    .unwrap_or_else(|| unreachable!("{name:?} is not a noun"));
                noun.with_article(case)
            }
        }
    }
}

fn choose<'a, T>(table: &'a [T], random: &mut impl Rng) -> &'a T {
    table.choose(random).expect("no table is empty")
}

/// `25 minutes`, with its German in the accusative and in the dative.
fn duration(random: &mut impl Rng) -> (Pair, String) {
    let (unit, singular, plural, dative) = *choose(
        &[
            ("second", "Sekunde", "Sekunden", "Sekunden"),
            ("minute", "Minute", "Minuten", "Minuten"),
            ("minute", "Minute", "Minuten", "Minuten"),
            ("hour", "Stunde", "Stunden", "Stunden"),
            ("day", "Tag", "Tage", "Tagen"),
            ("week", "Woche", "Wochen", "Wochen"),
        ],
        random,
    );
    let n = random.random_range(1..=99_usize);
    if n == 1 {
        return (
            (format!("1 {unit}"), format!("1 {singular}")),
            format!("1 {singular}"),
        );
    }
    let (count, in_german) = if random.random_bool(0.7) {
        (n.to_string(), n.to_string())
    } else {
        (english(n), german(n))
    };
    (
        (format!("{count} {unit}s"), format!("{in_german} {plural}")),
        format!("{in_german} {dative}"),
    )
}

fn degrees(random: &mut impl Rng) -> Pair {
    let n = random.random_range(2..=250_usize);
    if random.random_bool(0.8) {
        (format!("{n} degrees"), format!("{n} Grad"))
    } else {
        (english(n) + " degrees", german(n) + " Grad")
    }
}

/// The template with its slots filled, the first letter capitalised, and exactly one full stop at
/// the end.
fn fill(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (slot, behind) = after.split_once('}').expect("a template closes its slots");
        text += before;
        text += &value(slot);
        rest = behind;
    }
    text += rest;
    // "a.m." already ends with a full stop.
    let text = text.replace("..", ".");
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

/// A sentence, its translation, and its set.
pub struct Example {
    pub source: String,
    pub target: String,
    /// One of [`SETS`], by the number of fillings of its template.
    pub set: &'static str,
}

/// The sets: templates with a few fillings, with a few hundred, and with more than a corpus can hold. A corpus
/// has each sentence once; the recipe sets how often the small sets are repeated.
pub const SETS: [&str; 3] = ["short", "closed", "open"];

/// The approximate number of sentences of a template. From a thousand on, the number does not
/// matter.
fn fillings(template: &str) -> usize {
    let slots = template
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'));
    let sizes = slots.map(|(slot, _)| match slot {
        "appliance" => APPLIANCES.len(),
        "part" => PARTS.len(),
        "room" => ROOMS.len(),
        "program" => PROGRAMS.len(),
        "weekday" => 7,
        _ => 1000,
    });
    sizes.product()
}

fn set(template: &str) -> &'static str {
    match fillings(template) {
        ..50 => SETS[0],
        50..1000 => SETS[1],
        _ => SETS[2],
    }
}

/// Draws a sentence.
pub fn draw(random: &mut impl Rng) -> Example {
    let (source, target) = choose(TEMPLATES, random);
    let values = Values::draw(random);
    Example {
        source: fill(source, |slot| values.english(slot)),
        target: fill(target, |slot| values.german(slot)),
        set: set(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn every_template_can_be_filled() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        for (source, target) in TEMPLATES {
            let values = Values::draw(&mut random);
            let text = fill(source, |slot| values.english(slot));
            assert!(
                text.starts_with(|first: char| !first.is_lowercase()),
                "{text}"
            );
            assert!(!fill(target, |slot| values.german(slot)).is_empty());
        }
    }

    #[test]
    fn sets_follow_the_number_of_fillings() {
        for (template, expected) in [
            ("Good night.", "short"),
            ("Open the {part}.", "short"),
            ("Replace the {part} of the {appliance}.", "closed"),
            ("It is {clock}.", "open"),
        ] {
            assert_eq!(set(template), expected, "{template}");
        }
    }
}
