//! Words in capitals within a text: acronyms, headings and labels, and words that are stressed.

use crate::case::capitalize;
use crate::languages::{Language, has};

/// Words in capitals that stay so among others. Words without a vowel do too.
const ACRONYMS: &[&str] = &[
    "ai", "aids", "api", "atm", "ceo", "cia", "cpu", "diy", "eec", "esa", "eta", "eu", "eur",
    "eula", "faq", "fbi", "fifa", "gpu", "iata", "iban", "ibm", "id", "ikea", "imap", "imf", "io",
    "ios", "ip", "isbn", "iso", "isp", "lan", "led", "nasa", "nato", "nfc", "ocr", "oecd", "oled",
    "opec", "ram", "rom", "sap", "seo", "sim", "ui", "uhd", "uk", "ufo", "un", "unesco", "unicef",
    "url", "usa", "usb", "usd", "uv", "vat", "voip", "wifi", "wlan",
];
/// Words without a vowel that are no acronyms.
const WITHOUT_VOWEL: &[&str] = &[
    "mr", "mrs", "ms", "dr", "st", "vs", "hm", "hmm", "shh", "psst",
];
/// The most letters of a word without a vowel that is an acronym.
const LONGEST_ACRONYM: usize = 5;
/// The most words in capitals before a colon that are a label: "WARNING: ".
const LABEL_WORDS: usize = 4;

/// Whether a word, in any case, is written in capitals: "USB", "HTML".
pub(crate) fn is_acronym(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphabetic());
    if !word.is_ascii() || word.contains('\'') {
        return false;
    }
    let vowel = |c: char| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let consonants = (2..=LONGEST_ACRONYM).contains(&word.len())
        && !word.contains(vowel)
        && !has(WITHOUT_VOWEL, word);
    consonants || has(ACRONYMS, word)
}

/// The length of a heading or a label in capitals that a sentence begins with, up to what follows it: "WARNING: Hot",
/// "SAFETY INSTRUCTIONS Read this".
pub(crate) fn heading_end(sentence: &str) -> Option<usize> {
    let (mut words, mut plain) = (0, 0);
    let mut at = 0;
    for run in sentence.split_inclusive(char::is_whitespace) {
        let word = run.trim_end();
        let begin = at;
        at += run.len();
        let letters = word.chars().filter(|c| c.is_alphabetic());
        let count = letters.clone().count();
        if count == 0 {
            continue;
        }
        if letters.clone().any(char::is_lowercase) {
            let mut letters = letters;
            let begins = letters.next().is_some_and(char::is_uppercase)
                && letters.next().is_some_and(char::is_lowercase);
            let begins = begins && word.starts_with(char::is_alphabetic);
            return (begins && words >= 2 && plain >= 2).then_some(begin);
        }
        words += 1;
        plain += usize::from(count >= 3 && !is_acronym(word));
        if word.ends_with(':') {
            let goes_on = sentence[at..].contains(char::is_lowercase);
            return (words <= LABEL_WORDS && plain >= 1 && goes_on).then_some(at);
        }
        if word.ends_with(['.', '!', '?', ',', ';']) {
            return None;
        }
    }
    None
}

/// A sentence with its words in capitals for emphasis in small letters: models do not know "MUST".
pub(crate) fn without_emphasis(text: &str, first: bool, language: &Language) -> String {
    let capitals = text.as_bytes().windows(2);
    if !capitals
        .into_iter()
        .any(|two| two.iter().all(u8::is_ascii_uppercase))
    {
        return text.to_owned();
    }
    let runs: Vec<&str> = text
        .split_inclusive(|c: char| !(c.is_alphanumeric() || c == '\''))
        .collect();
    let word_of = |run: &'_ str| {
        run.len()
            - run
                .trim_start_matches(|c: char| c.is_alphanumeric() || c == '\'')
                .len()
    };
    let is_capitals =
        |word: &str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'\'');
    // "NO ENTRY" is what a sign says.
    let is_other = |run: Option<&&str>| {
        run.is_some_and(|run| {
            let word = &run[..word_of(run)];
            is_capitals(word) && !has(language.emphasised, word) && !is_acronym(word)
        })
    };
    let mut out = String::with_capacity(text.len());
    let mut first = first;
    for (index, run) in runs.iter().enumerate() {
        let word = &run[..word_of(run)];
        let beside = is_other(runs.get(index + 1))
            || is_other(index.checked_sub(1).and_then(|index| runs.get(index)));
        if is_capitals(word) && has(language.emphasised, word) && !beside {
            let small = word.to_ascii_lowercase();
            match first {
                true => out.push_str(&capitalize(&small)),
                false => out.push_str(&small),
            }
        } else {
            out.push_str(word);
        }
        first &= word.is_empty();
        out.push_str(&run[word.len()..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::language;

    #[test]
    fn a_heading_in_capitals_ends_where_the_sentence_begins() {
        for (heading, sentence) in [
            ("WARNING: ", "Hot surface."),
            ("SAFETY INSTRUCTIONS ", "Read the manual."),
            ("CHAPTER ONE - ", "The old house"),
            ("DO NOT OPEN: ", "it bites"),
            ("", "NASA: We go."),
            ("", "FAQ: What is it?"),
            ("", "NOTE: ALL IN CAPITALS"),
            ("", "NEW Zealand"),
            ("", "USB HDMI Cable"),
            ("", "I AM Sam"),
            ("", "STOP it."),
            ("", "DO NOT open the door."),
            ("", "YES, IT IS. Go"),
            ("", "Normal text: Here"),
        ] {
            let found = heading_end(&format!("{heading}{sentence}"));
            assert_eq!(found.unwrap_or(0), heading.len(), "{heading}{sentence}");
        }
    }

    #[test]
    fn emphasis_goes() {
        let english = language("en");
        for (text, expected) in [
            ("You MUST stop.", "You must stop."),
            ("ALL of it, VERY soon.", "All of it, very soon."),
            ("Press STOP or ON.", "Press STOP or ON."),
            ("It said \"NO ENTRY\".", "It said \"NO ENTRY\"."),
            ("The US and IT: I AM here.", "The US and IT: I AM here."),
            ("A and I", "A and I"),
        ] {
            assert_eq!(without_emphasis(text, true, english), expected);
        }
    }
}
