//! What splitting a language into sentences needs: abbreviations, and the words that sentences begin with.

mod english;
mod english_names;
mod expressions;
mod german;
mod negations;
mod salutations;
mod signal_words;
mod small_words;
mod written_numbers;

use crate::negation::Negations;
pub(crate) use small_words::SMALL_WORDS;
pub(crate) use written_numbers::{WrittenNumbers, written_numbers};

/// What opens and what closes.
pub(crate) type Pair = (&'static str, &'static str);

/// What a segmenter knows of a language. Words are written in small letters, without the full stop at their end.
#[derive(Debug)]
pub(crate) struct Language {
    /// Abbreviations that seldom end a sentence: "Dr.", "e.g.".
    pub(crate) inside: &'static [&'static str],
    /// Abbreviations before a number: "No. 5".
    pub(crate) before_number: &'static [&'static str],
    /// Abbreviations that may end a sentence too: "etc.", "p.m.". They do where a [`Self::starters`] word follows.
    pub(crate) may_end: &'static [&'static str],
    /// Words that begin sentences, and seldom are names.
    pub(crate) starters: &'static [&'static str],
    /// The months, after an ordinal: "3. Oktober".
    pub(crate) months: &'static [&'static str],
    /// Whether "3." is an ordinal.
    pub(crate) ordinals: bool,
    /// Abbreviations, with their full stop, and the words that a model knows better.
    pub(crate) written_out: &'static [(&'static str, &'static str)],
    /// Proper names, which keep their capital in text that is written in small letters.
    pub(crate) names: &'static [&'static str],
    /// Names of two words one of which is an ordinary word: "New York".
    pub(crate) names_of_two_words: &'static [[&'static str; 2]],
    /// Its articles, also those that are one word with a preposition.
    pub(crate) articles: &'static [&'static str],
    /// Its opening and closing quotation mark, and those of a quotation within another; none where those of the source stay.
    pub(crate) quotes: Option<(Pair, Pair)>,
    /// How a letter addresses its reader, and how a note does.
    pub(crate) salutation: Option<Pair>,
    /// Words for the reader with which a sentence can begin, in small letters: "your".
    pub(crate) second_person: &'static [&'static str],
    /// Words for the reader that are written with a capital everywhere: "Ihre".
    pub(crate) polite: &'static [&'static str],
    /// How it negates; none where that is not known.
    pub(crate) negations: Option<&'static Negations>,
    /// Words that are written in capitals to stress them: "MUST". Not those that name a switch or an organisation.
    pub(crate) emphasised: &'static [&'static str],
    /// Words that the language writes small within a sentence, for text that is set back to small letters.
    pub(crate) function_words: &'static [&'static str],
}

/// A language without abbreviations of its own.
const OTHER: Language = Language {
    inside: &["dr", "mr", "prof", "st"],
    before_number: &["no", "nr", "art", "fig", "p", "vol"],
    may_end: &["etc"],
    starters: &[],
    months: &[],
    ordinals: false,
    written_out: &[],
    names: &[],
    names_of_two_words: &[],
    articles: &[],
    quotes: None,
    salutation: None,
    second_person: &[],
    polite: &[],
    negations: None,
    emphasised: &[],
    function_words: &[],
};

/// The table of a language, by its ISO 639-1 code.
pub(crate) fn language(code: &str) -> &'static Language {
    match code {
        "en" => &english::ENGLISH,
        "de" => &german::GERMAN,
        _ => &OTHER,
    }
}

/// Whether a list has a word, in any case.
pub(crate) fn has(list: &[&str], word: &str) -> bool {
    if word.is_ascii() {
        let first = word.as_bytes().first().map(u8::to_ascii_lowercase);
        return list.iter().any(|entry| {
            entry.len() == word.len()
                && entry.as_bytes().first().copied() == first
                && entry.eq_ignore_ascii_case(word)
        });
    }
    let small = word.to_lowercase();
    list.iter().any(|entry| *entry == small)
}
