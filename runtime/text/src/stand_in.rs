//! Stand-ins: what a model sees in the place of a span with numbers. A stand-in is a short text of the same kind, which the
//! model copies well, and around which it writes the sentence as around any such number. Afterwards the span takes its
//! place again. A span without a stand-in is a symbol, where the model has symbols.

use crate::case::capitalize;

/// Numbers that stand in for long ones: of two digits, none of which a language writes in another way.
const NUMBERS: &[&str] = &[
    "37", "58", "46", "73", "29", "64", "85", "92", "53", "48", "67", "39", "76", "84", "95", "27",
];
/// Longer numbers are not always copied digit by digit.
const SHORT_DIGITS: usize = 4;

/// What a model sees in the place of a span, and what of the translation the span replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StandIn {
    pub(crate) shown: String,
    /// The ways in which the translation may write it.
    pub(crate) accepted: Vec<String>,
}

impl StandIn {
    /// A text that is copied, in one of the ways in which a number may be written.
    pub(crate) fn copied(shown: String) -> Self {
        Self {
            accepted: forms(&shown).collect(),
            shown,
        }
    }

    /// A text that is translated to another.
    pub(crate) fn translated(shown: String, target: &str) -> Self {
        let without_stop = target.replacen(". ", " ", 1);
        Self {
            accepted: vec![target.to_owned(), without_stop, shown.clone()],
            shown,
        }
    }
}

/// Makes the stand-ins of one sentence.
pub(crate) struct StandIns<'s> {
    /// Those of [`NUMBERS`] that the sentence does not have.
    free: Box<dyn Iterator<Item = &'static str> + 's>,
}

impl<'s> StandIns<'s> {
    pub(crate) fn new(sentence: &'s str) -> Self {
        let free = NUMBERS
            .iter()
            .copied()
            .filter(move |number| !sentence.contains(number));
        Self {
            free: Box::new(free),
        }
    }

    /// What stands in for a span that a rule found.
    pub(crate) fn of(&mut self, rule: &str, span: &str, target: Option<&str>) -> Option<StandIn> {
        let copied = match (rule, target) {
            ("label", Some(target)) => Some(target.to_owned()),
            ("written date", Some(target)) => {
                return Some(StandIn::translated(day_first(span), target));
            }
            ("clock", Some(target)) => return Some(clock_face(target)),
            ("price", _) => self.price(span),
            ("measure", _) => self.measure(span),
            ("clock", _) => Some(clock(span)),
            // From one to another: the model changes the dash.
            ("time", _) if span.contains(['-', '–']) => None,
            ("time", _) => Some(span.to_owned()),
            ("date", _) => date(span),
            ("number", _) => self.number(span),
            _ => None,
        };
        copied.map(StandIn::copied)
    }

    /// The number itself if it is short, else one of [`NUMBERS`].
    fn short(&mut self, number: &str) -> Option<String> {
        let short =
            number.len() <= SHORT_DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
        match short {
            true => Some(number.to_owned()),
            false => self.free.next().map(str::to_owned),
        }
    }

    /// The number itself if it is short or has a decimal point, else one of [`NUMBERS`]: for "5%–7".
    fn short_or_decimal(&mut self, number: &str) -> Option<String> {
        let plain = number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
        match plain {
            true => Some(number.to_owned()),
            false => self.short(number),
        }
    }

    /// "37 EUR": models learn few currency signs, but copy the currencies' codes.
    fn price(&mut self, span: &str) -> Option<String> {
        let code = span
            .split(|c: char| !c.is_ascii_uppercase())
            .find(|word| word.len() == 3);
        let code = match code {
            Some(code) => code,
            None if span.contains('$') => "USD",
            None => "EUR",
        };
        let number = self.short(amount(span))?;
        Some(format!("{number} {code}"))
    }

    fn measure(&mut self, span: &str) -> Option<String> {
        let number = amount(span);
        let (sign, unit) = span.split_once(number)?;
        let unit = unit.trim_start_matches([' ', '\u{A0}', '\u{202F}']);
        match unit {
            "%" if sign.is_empty() => Some(format!("{}%", self.short_or_decimal(number)?)),
            "°C" | "°F" | "°" => {
                // A model doubles the letter of "37 F".
                Some(format!("{} C", self.free.next()?))
            }
            _ if unit.is_ascii() && unit != "%" => {
                let number = match sign.is_empty() && number.len() <= SHORT_DIGITS {
                    true => number,
                    false => self.free.next()?,
                };
                Some(format!("{number} {unit}"))
            }
            _ => None,
        }
    }

    fn number(&mut self, span: &str) -> Option<String> {
        let plain = span.starts_with(|c: char| c.is_ascii_digit());
        let runs = span.split(|c: char| !c.is_ascii_digit());
        let longest = runs.map(str::len).max().unwrap_or(0);
        // "1/2", "10-20", "3.14": themselves. "1,234,567" and "1 000" are long ones.
        let grouped = span.contains([',', ' ', '\u{A0}', '\u{202F}', '\'', '’']);
        if plain && span.is_ascii() && longest <= SHORT_DIGITS && !grouped {
            return Some(span.to_owned());
        }
        if plain && (grouped || longest > SHORT_DIGITS) {
            return self.free.next().map(str::to_owned);
        }
        None
    }
}

/// From the first digit to the last.
fn amount(span: &str) -> &str {
    let digit = |c: char| c.is_ascii_digit();
    let start = span.find(digit).unwrap_or(0);
    let end = span.rfind(digit).map_or(span.len(), |last| last + 1);
    &span[start..end]
}

/// "3 p.m." as "3 PM": a model copies the capitals, but leaves out the small letters.
fn clock(span: &str) -> String {
    let digits = amount(span);
    let half = if span.contains(['p', 'P']) {
        "PM"
    } else {
        "AM"
    };
    format!("{digits} {half}")
}

/// "3:30 Uhr nachmittags" as "3:30 o'clock", which a model translates to "3:30 Uhr".
fn clock_face(target: &str) -> StandIn {
    let mut words = target.split(' ');
    let (digits, word) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let shown = format!("{digits} o'clock");
    StandIn {
        accepted: vec![format!("{digits} {word}"), shown.clone()],
        shown,
    }
}

/// "March 12th, 2027" as "12 March 2027": in this order a model leaves no word out.
fn day_first(span: &str) -> String {
    let words = || {
        span.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '–'))
            .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("of"))
    };
    let is_year = |word: &str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_day = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && !is_year(word);
    let days = words().filter(is_day);
    let days = days.map(|day| day.trim_end_matches(|c: char| c.is_ascii_alphabetic()));
    let months = words().filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    // "MAY" as "May".
    let months = months.map(|word| capitalize(&word.to_lowercase()));
    let years = words().filter(|word| is_year(word));
    days.map(str::to_owned)
        .chain(months)
        .chain(years.map(str::to_owned))
        .collect::<Vec<_>>()
        .join(" ")
}

/// "14/9/1955" and "1955-09-14" as "14. 9. 1955".
fn date(span: &str) -> Option<String> {
    let parts: Vec<&str> = span.split(['.', '/', '-']).collect();
    let [first, second, third] = parts[..] else {
        return None;
    };
    if !parts.concat().bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match (first.len(), third.len()) {
        (4, _) => Some(format!("{third}. {second}. {first}")),
        (_, 4) => Some(format!("{first}. {second}. {third}")),
        _ => Some(span.to_owned()),
    }
}

/// The ways in which a translation may write a text that is copied.
pub(crate) fn forms(text: &str) -> impl Iterator<Item = String> {
    let swapped = other_separators(text);
    // "5%" as "5 %", "5 kg" as "5kg".
    let spaced = text
        .strip_suffix('%')
        .filter(|number| number.ends_with(|c: char| c.is_ascii_digit()))
        .map(|number| format!("{number} %"));
    let joined = text
        .split_once(' ')
        .filter(|(number, unit)| {
            number.bytes().all(|byte| byte.is_ascii_digit()) && !unit.contains(' ')
        })
        .map(|(number, unit)| format!("{number}{unit}"));
    [Some(text.to_owned()), swapped, spaced, joined]
        .into_iter()
        .flatten()
}

/// A number with full stops for commas, and commas for full stops; none if it has neither.
fn other_separators(span: &str) -> Option<String> {
    let number = span.contains([',', '.']) && span.starts_with(|c: char| c.is_ascii_digit());
    if !number || span.contains(". ") {
        return None;
    }
    let swap = |c| match c {
        ',' => '.',
        '.' => ',',
        other => other,
    };
    Some(span.chars().map(swap).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_with_numbers_have_a_stand_in() {
        for (rule, span, expected) in [
            ("price", "€5", Some("5 EUR")),
            ("price", "$1,299.00", Some("37 USD")),
            ("price", "50 CHF", Some("50 CHF")),
            ("price", "£2.5bn", Some("37 EUR")),
            ("measure", "5 kg", Some("5 kg")),
            ("measure", "5kg", Some("5 kg")),
            ("measure", "13.4 mm", Some("13.4 mm")),
            ("measure", "-4°C", Some("37 C")),
            ("measure", "12 m²", None),
            ("measure", "12.5%", Some("12.5%")),
            ("measure", "100 km/h", Some("100 km/h")),
            ("clock", "3 p.m", Some("3 PM")),
            ("clock", "10:45am", Some("10:45 AM")),
            ("time", "10:45", Some("10:45")),
            ("time", "10:45–11:00", None),
            ("date", "14/9/1955", Some("14. 9. 1955")),
            ("date", "1955-09-14", Some("14. 09. 1955")),
            ("date", "2026-11-28T06:30:00Z", None),
            ("number", "1984", Some("1984")),
            ("number", "1/2", Some("1/2")),
            ("number", "1,234", Some("37")),
            ("number", "123456", Some("37")),
            ("number", "-500", None),
            ("url", "https://a.org/1", None),
        ] {
            let found = StandIns::new("").of(rule, span, None);
            let shown = found.as_ref().map(|found| found.shown.as_str());
            assert_eq!(shown, expected, "{rule}: {span}");
        }
        let mut taken = StandIns::new("37 of 58");
        let mut shown = |number| taken.of("number", number, None).map(|found| found.shown);
        assert_eq!(shown("10,000").as_deref(), Some("46"));
        assert_eq!(shown("20,000").as_deref(), Some("73"));
        for date in ["March 12th, 2027", "12 March 2027", "12th of March, 2027"] {
            let found = StandIns::new("").of("written date", date, Some("12. März 2027"));
            let found = found.expect("a date");
            assert_eq!(found.shown, "12 March 2027");
            assert_eq!(
                found.accepted,
                ["12. März 2027", "12 März 2027", "12 March 2027"]
            );
        }
    }

    #[test]
    fn a_time_with_a_translation_is_a_full_hour() {
        for (target, shown, accepted) in [
            ("3 Uhr nachmittags", "3 o'clock", "3 Uhr"),
            ("9-11:30 Uhr", "9-11:30 o'clock", "9-11:30 Uhr"),
            ("9 Uhr bis 5 Uhr nachmittags", "9 o'clock", "9 Uhr"),
        ] {
            let found = StandIns::new("").of("clock", "", Some(target));
            let found = found.expect("a time");
            assert_eq!(
                (found.shown.as_str(), found.accepted[0].as_str()),
                (shown, accepted)
            );
        }
    }

    #[test]
    fn a_stand_in_may_be_written_in_other_ways() {
        for (text, expected) in [
            ("5%", &["5%", "5 %"][..]),
            ("5 kg", &["5 kg", "5kg"]),
            ("13.4 mm", &["13.4 mm", "13,4 mm"]),
            ("14. 9. 1955", &["14. 9. 1955"]),
            ("10:45", &["10:45"]),
            ("Nr. 5", &["Nr. 5"]),
        ] {
            assert_eq!(forms(text).collect::<Vec<_>>(), expected);
        }
    }
}
