//! Set phrases, and numbers with a word: "No. 5", "p. 12", "12 March 2027", "3 p.m.". A pair of languages has one translation for each of their
//! words, and an order, so that they need no model.

use super::expressions::{self, Expressions};
use super::salutations::{self, Salutations};
use super::signal_words::{self, SignalWords};

/// How a pair of languages translates words with a number, and other words with one translation.
#[derive(Debug)]
pub(crate) struct WrittenNumbers {
    /// Abbreviations before a number, in small letters without their full stop, with their translations.
    labels: &'static [(&'static str, &'static str)],
    /// The months of the source language, from January on, in small letters.
    months: [&'static str; 12],
    /// The months of the target language.
    target_months: [&'static str; 12],
    /// The abbreviations of the days of the week, by what those of the source language begin with.
    weekdays: &'static [(&'static str, &'static str)],
    /// What comes behind a time of the clock.
    hour: &'static str,
    /// Between the first time and the last one.
    until: &'static str,
    /// The words for a half of the day, each for the hours up to one, counted from midnight or noon.
    before_noon: &'static [(u8, &'static str)],
    after_noon: &'static [(u8, &'static str)],
    signal_words: SignalWords,
    expressions: Expressions,
    salutations: &'static Salutations,
}

const ENGLISH_TO_GERMAN: WrittenNumbers = WrittenNumbers {
    labels: &[
        ("no", "Nr."),
        ("nos", "Nr."),
        ("p", "S."),
        ("pp", "S."),
        ("fig", "Abb."),
        ("figs", "Abb."),
        ("vol", "Bd."),
        ("vols", "Bd."),
        ("ch", "Kap."),
        ("chap", "Kap."),
        ("sec", "Abschn."),
        ("tab", "Tab."),
        ("eq", "Gl."),
        ("art", "Art."),
        ("para", "Abs."),
        ("chapter", "Kapitel"),
        ("part", "Teil"),
        ("section", "Abschnitt"),
        ("appendix", "Anhang"),
        ("article", "Artikel"),
        ("volume", "Band"),
        ("book", "Buch"),
        ("act", "Akt"),
        ("phase", "Phase"),
        ("type", "Typ"),
        ("level", "Stufe"),
        ("class", "Klasse"),
        ("annex", "Anhang"),
    ],
    months: super::english::MONTHS,
    target_months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    weekdays: &[
        ("Mon", "Mo"),
        ("Tue", "Di"),
        ("Wed", "Mi"),
        ("Thu", "Do"),
        ("Fri", "Fr"),
        ("Sat", "Sa"),
        ("Sun", "So"),
    ],
    hour: "Uhr",
    until: "bis",
    before_noon: &[(3, " nachts"), (11, "")],
    after_noon: &[(0, " mittags"), (5, " nachmittags"), (11, " abends")],
    signal_words: super::signal_words::ENGLISH_TO_GERMAN,
    expressions: super::expressions::ENGLISH_TO_GERMAN,
    salutations: &salutations::ENGLISH_TO_GERMAN,
};

/// The table of a pair of languages, by their ISO 639-1 codes.
pub(crate) fn written_numbers(source: &str, target: &str) -> Option<&'static WrittenNumbers> {
    match (source, target) {
        ("en", "de") => Some(&ENGLISH_TO_GERMAN),
        _ => None,
    }
}

impl WrittenNumbers {
    /// The translation of a sentence that is a signal word or an expression with one translation.
    pub(crate) fn set_phrase(&self, sentence: &str) -> Option<String> {
        signal_words::translation(sentence, self.signal_words)
            .or_else(|| expressions::translation(sentence, self.expressions))
            .or_else(|| {
                let (length, translation) = self.salutations.at_start(sentence)?;
                (length == sentence.len()).then_some(translation)
            })
    }

    /// The length of a salutation that a sentence begins with and that more follows, up to what follows it.
    pub(crate) fn salutation_end(&self, sentence: &str) -> Option<usize> {
        let (length, _) = self.salutations.at_start(sentence)?;
        let rest = sentence[length..].trim_start();
        (!rest.is_empty()).then(|| sentence.len() - rest.len())
    }

    /// The translation of a label with its number: "No. 5" as "Nr. 5".
    pub(crate) fn label(&self, span: &str) -> Option<String> {
        // Or a Roman number: "Chapter IV".
        let digits = span
            .find(|c: char| c.is_ascii_digit())
            .or_else(|| span.find(' ').map(|space| space + 1))?;
        let word = span[..digits].trim_end().trim_end_matches('.');
        let (_, label) = self
            .labels
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(word))?;
        Some(format!("{label} {}", &span[digits..]))
    }

    /// The translation of a date with a month's name: "March 12th, 2027" as "12. März 2027".
    pub(crate) fn date(&self, span: &str) -> Option<String> {
        let words = span
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("of"));
        let (mut days, mut month, mut year) = (Vec::new(), None, None);
        for word in words {
            if word.starts_with(|c: char| c.is_ascii_digit()) {
                let number = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
                match number.len() {
                    4 => year = Some(number),
                    _ => days.push(number.parse().ok().filter(|day| (1..=31).contains(day))?),
                }
            } else if let Some(found) = self.month(word) {
                // "It may 5 times", "3 march 10".
                if word.starts_with(|c: char| c.is_ascii_lowercase()) {
                    return None;
                }
                month = Some(found);
            }
        }
        let days: Vec<String> = days.iter().map(|day: &u8| format!("{day}.")).collect();
        let date = match days.len() {
            1 | 2 => format!("{} {}", days.join("–"), month?),
            // "May 2024"
            0 => return Some(format!("{} {}", month?, year?)),
            _ => return None,
        };
        Some(match year {
            Some(year) => format!("{date} {year}"),
            None => date,
        })
    }

    /// Abbreviated days of the week: "Mon–Fri" as "Mo–Fr". The digits stay as they are.
    pub(crate) fn weekdays(&self, span: &str) -> Option<String> {
        let mut out = String::with_capacity(span.len());
        for run in span.split_inclusive(|c: char| !c.is_ascii_alphabetic()) {
            let word = run.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
            if !word.is_empty() {
                let found = self.weekdays.iter().find(|(day, _)| {
                    word.get(..day.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(day))
                });
                out.push_str(found?.1);
            }
            let rest = &run[word.len()..];
            // The full stop of "Mon."
            out.push_str(if word.is_empty() {
                rest
            } else {
                rest.trim_start_matches('.')
            });
        }
        Some(out)
    }

    /// The translation of a time of the clock's two halves, or of two: "7 a.m." as "7 Uhr", "12:30 pm" as "12:30 Uhr
    /// mittags". The digits stay as they are.
    pub(crate) fn clock(&self, span: &str) -> Option<String> {
        let times: Vec<Time<'_>> = span
            .split(['-', '–'])
            .map(Time::parse)
            .collect::<Option<_>>()?;
        match times[..] {
            [only] => self.time(only),
            [first, last]
                if first
                    .after_noon
                    .is_none_or(|half| Some(half) == last.after_noon) =>
            {
                let last = self.time(last)?;
                Some(format!("{}-{last}", first.digits))
            }
            [first, last] => Some(format!(
                "{} {} {}",
                self.time(first)?,
                self.until,
                self.time(last)?
            )),
            _ => None,
        }
    }

    fn time(&self, time: Time<'_>) -> Option<String> {
        let words = match time.after_noon? {
            true => self.after_noon,
            false => self.before_noon,
        };
        let (_, word) = words.iter().find(|(last, _)| time.hour % 12 <= *last)?;
        Some(format!("{} {}{word}", time.digits, self.hour))
    }

    /// A month by its name, or by the first three letters or more of it.
    fn month(&self, word: &str) -> Option<&'static str> {
        let word = word.to_ascii_lowercase();
        let found = self
            .months
            .iter()
            .position(|month| word.len() >= 3 && month.starts_with(&word))?;
        Some(self.target_months[found])
    }
}

/// A time of the clock: "10:30 p.m.".
#[derive(Debug, Clone, Copy)]
struct Time<'t> {
    digits: &'t str,
    hour: u8,
    /// The half of the day, if it is written there.
    after_noon: Option<bool>,
}

impl<'t> Time<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !matches!(c, '0'..='9' | ':' | '.'));
        let (digits, half) = text.split_at(end.unwrap_or(text.len()));
        let mut numbers = digits.split([':', '.']).map(str::parse::<u8>);
        let hour = numbers.next()?.ok().filter(|hour| *hour <= 12)?;
        if numbers
            .next()
            .is_some_and(|minute| minute.is_err() || minute.is_ok_and(|m| m > 59))
        {
            return None;
        }
        let half = half.trim_start().chars().next();
        Some(Self {
            digits,
            hour,
            after_noon: half.map(|letter| letter.eq_ignore_ascii_case(&'p')),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_numbers_are_translated() {
        let numbers = written_numbers("en", "de").expect("a known pair");
        for (label, expected) in [
            ("No. 5", Some("Nr. 5")),
            ("no.12", Some("Nr. 12")),
            ("pp. 3-5", Some("S. 3-5")),
            ("Fig. 2", Some("Abb. 2")),
            ("Xy. 2", None),
            ("Chapter IV", Some("Kapitel IV")),
        ] {
            assert_eq!(numbers.label(label).as_deref(), expected, "{label}");
        }
        for (date, expected) in [
            ("12 March 2027", Some("12. März 2027")),
            ("March 12, 2027", Some("12. März 2027")),
            ("the 3rd of May", Some("3. Mai")),
            ("Dec. 1st", Some("1. Dezember")),
            ("1 Sept 1999", Some("1. September 1999")),
            ("August 08", Some("8. August")),
            ("March 12-15, 2027", Some("12.–15. März 2027")),
            ("March 45", None),
            ("MAY 2024", Some("Mai 2024")),
            ("march 12", None),
        ] {
            assert_eq!(numbers.date(date).as_deref(), expected, "{date}");
        }
        for (clock, expected) in [
            ("7 a.m.", Some("7 Uhr")),
            ("11:59AM", Some("11:59 Uhr")),
            ("12 a.m.", Some("12 Uhr nachts")),
            ("3:05 am", Some("3:05 Uhr nachts")),
            ("12:30\u{A0}p.m", Some("12:30 Uhr mittags")),
            ("1 P.M.", Some("1 Uhr nachmittags")),
            ("5:45 p. m.", Some("5:45 Uhr nachmittags")),
            ("10 PM", Some("10 Uhr abends")),
            ("9-11 a.m.", Some("9-11 Uhr")),
            ("2 – 4.30 p.m.", Some("2-4.30 Uhr nachmittags")),
            ("9 am-5 pm", Some("9 Uhr bis 5 Uhr nachmittags")),
            ("9 am-11 am", Some("9-11 Uhr")),
            ("15 p.m.", None),
            ("3:75 p.m.", None),
        ] {
            assert_eq!(numbers.clock(clock).as_deref(), expected, "{clock}");
        }
        for (days, expected) in [
            ("Mon–Fri", Some("Mo–Fr")),
            ("Tues. - Thurs.", Some("Di - Do")),
            ("Sat 10:00–14:30", Some("Sa 10:00–14:30")),
            ("Max 5", None),
        ] {
            assert_eq!(numbers.weekdays(days).as_deref(), expected, "{days}");
        }
        assert!(written_numbers("de", "en").is_none());
    }
}
