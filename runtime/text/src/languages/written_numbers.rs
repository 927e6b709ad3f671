//! Numbers with a word: "No. 5", "p. 12", "12 March 2027". A pair of languages has one translation for each of their
//! words, and an order, so that they need no model.

/// How a pair of languages translates words with a number.
#[derive(Debug)]
pub(crate) struct WrittenNumbers {
    /// Abbreviations before a number, in small letters without their full stop, with their translations.
    labels: &'static [(&'static str, &'static str)],
    /// The months of the source language, from January on, in small letters.
    months: [&'static str; 12],
    /// The months of the target language.
    target_months: [&'static str; 12],
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
};

/// The table of a pair of languages, by their ISO 639-1 codes.
pub(crate) fn written_numbers(source: &str, target: &str) -> Option<&'static WrittenNumbers> {
    match (source, target) {
        ("en", "de") => Some(&ENGLISH_TO_GERMAN),
        _ => None,
    }
}

impl WrittenNumbers {
    /// The translation of a label with its number: "No. 5" as "Nr. 5".
    pub(crate) fn label(&self, span: &str) -> Option<String> {
        let digits = span.find(|c: char| c.is_ascii_digit())?;
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
            } else {
                month = self.month(word);
            }
        }
        let days: Vec<String> = days.iter().map(|day: &u8| format!("{day}.")).collect();
        let date = match days.len() {
            1 | 2 => format!("{} {}", days.join("–"), month?),
            _ => return None,
        };
        Some(match year {
            Some(year) => format!("{date} {year}"),
            None => date,
        })
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
        ] {
            assert_eq!(numbers.date(date).as_deref(), expected, "{date}");
        }
        assert!(written_numbers("de", "en").is_none());
    }
}
