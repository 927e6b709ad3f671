//! Times of day, and dates.

use rand::Rng;
use rand::seq::IndexedRandom;

use crate::numbers::{english, english_ordinal, german, german_ordinal};

const WEEKDAYS: [(&str, &str); 7] = [
    ("Monday", "Montag"),
    ("Tuesday", "Dienstag"),
    ("Wednesday", "Mittwoch"),
    ("Thursday", "Donnerstag"),
    ("Friday", "Freitag"),
    ("Saturday", "Samstag"),
    ("Sunday", "Sonntag"),
];

/// Months and their maximum number of days.
const MONTHS: [(&str, &str, usize); 12] = [
    ("January", "Januar", 31),
    ("February", "Februar", 29),
    ("March", "März", 31),
    ("April", "April", 30),
    ("May", "Mai", 31),
    ("June", "Juni", 30),
    ("July", "Juli", 31),
    ("August", "August", 31),
    ("September", "September", 30),
    ("October", "Oktober", 31),
    ("November", "November", 30),
    ("December", "Dezember", 31),
];

/// A text in both languages.
pub type Pair = (String, String);

fn pair(source: &str, target: &str) -> Pair {
    (source.to_owned(), target.to_owned())
}

/// A weekday: `Monday`.
pub fn weekday(random: &mut impl Rng) -> Pair {
    let (source, target) = WEEKDAYS.choose(random).expect("there are weekdays");
    pair(source, target)
}

/// A day with its preposition: `on Monday`, `tomorrow`, `on 3 March`.
pub fn day(random: &mut impl Rng) -> Pair {
    match random.random_range(0..8) {
        0 => pair("today", "heute"),
        1 => pair("tomorrow", "morgen"),
        2 => pair("tonight", "heute Abend"),
        3 => pair("tomorrow morning", "morgen früh"),
        4 | 5 => {
            let (source, target) = weekday(random);
            (format!("on {source}"), format!("am {target}"))
        }
        _ => {
            let (day, month) = date(random);
            (
                format!("on {day} {}", month.0),
                format!("am {day}. {}", month.1),
            )
        }
    }
}

fn date(random: &mut impl Rng) -> (usize, (&'static str, &'static str)) {
    let (source, target, days) = MONTHS.choose(random).expect("there are months");
    (random.random_range(1..=*days), (source, target))
}

/// A date with day and month, short or long.
pub fn full_date(random: &mut impl Rng) -> Pair {
    let (day, (source, target)) = date(random);
    let year = random.random_range(1990..2060);
    match random.random_range(0..5) {
        0 => (
            format!("{source} {day}, {year}"),
            format!("{day}. {target} {year}"),
        ),
        1 => (
            format!("{day} {source} {year}"),
            format!("{day}. {target} {year}"),
        ),
        2 => {
            let (weekday, in_german) = weekday(random);
            (
                format!("{weekday}, {day} {source} {year}"),
                format!("{in_german}, {day}. {target} {year}"),
            )
        }
        3 => {
            let (weekday, in_german) = weekday(random);
            (
                format!("{weekday}, {source} {day}"),
                format!("{in_german}, {day}. {target}"),
            )
        }
        _ => (
            format!("the {} of {source}", english_ordinal(day)),
            format!("der {}e {target}", german_ordinal(day)),
        ),
    }
}

/// A time of day, without its preposition.
pub fn clock(random: &mut impl Rng) -> Pair {
    let minute = random.random_range(0..60);
    match random.random_range(0..5) {
        0 | 1 => twelve_hours(random.random_range(0..24), minute),
        2 => {
            let time = format!("{}:{minute:02}", random.random_range(0..24));
            (time.clone(), time + " Uhr")
        }
        _ => spoken(random.random_range(1..=12), minute / 5 * 5),
    }
}

/// `2:05 p.m.`: `14:05 Uhr`.
fn twelve_hours(hour: usize, minute: usize) -> Pair {
    let half = if hour < 12 { "a.m." } else { "p.m." };
    let shown = (hour + 11) % 12 + 1;
    (
        format!("{shown}:{minute:02} {half}"),
        format!("{hour}:{minute:02} Uhr"),
    )
}

/// `half past seven`: `halb acht`. `minute` is a multiple of 5.
fn spoken(hour: usize, minute: usize) -> Pair {
    let next = hour % 12 + 1;
    let to = 60 - minute;
    let (this, that) = ((english(hour), german(hour)), (english(next), german(next)));
    match minute {
        0 => {
            let in_german = if hour == 1 { "ein".to_owned() } else { this.1 };
            (this.0 + " o'clock", in_german + " Uhr")
        }
        15 => (
            format!("quarter past {}", this.0),
            format!("Viertel nach {}", this.1),
        ),
        30 => (format!("half past {}", this.0), format!("halb {}", that.1)),
        45 => (
            format!("quarter to {}", that.0),
            format!("Viertel vor {}", that.1),
        ),
        25 => (
            format!("twenty-five past {}", this.0),
            format!("fünf vor halb {}", that.1),
        ),
        35 => (
            format!("twenty-five to {}", that.0),
            format!("fünf nach halb {}", that.1),
        ),
        1..30 => (
            format!("{} past {}", english(minute), this.0),
            format!("{} nach {}", german(minute), this.1),
        ),
        _ => (
            format!("{} to {}", english(to), that.0),
            format!("{} vor {}", german(to), that.1),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_as_germans_do() {
        for (hour, minute, source, target) in [
            (7, 0, "seven o'clock", "sieben Uhr"),
            (1, 0, "one o'clock", "ein Uhr"),
            (12, 30, "half past twelve", "halb eins"),
            (7, 10, "ten past seven", "zehn nach sieben"),
            (7, 25, "twenty-five past seven", "fünf vor halb acht"),
            (7, 35, "twenty-five to eight", "fünf nach halb acht"),
            (7, 45, "quarter to eight", "Viertel vor acht"),
            (7, 55, "five to eight", "fünf vor acht"),
        ] {
            assert_eq!(spoken(hour, minute), pair(source, target));
        }
        for (hour, source, target) in [
            (0, "12:05 a.m.", "0:05 Uhr"),
            (12, "12:05 p.m.", "12:05 Uhr"),
            (14, "2:05 p.m.", "14:05 Uhr"),
        ] {
            assert_eq!(twelve_hours(hour, 5), pair(source, target));
        }
    }
}
