//! Ways to split a sentence into words for BLEU.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::tokenise_13a::tokenise_13a;

/// How BLEU splits a sentence into words; sacrebleu's option `--tokenize`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tokeniser {
    /// WMT's `mteval-v13a`, sacrebleu's default: for languages that put spaces between words.
    #[default]
    #[serde(rename = "13a")]
    Mteval13a,
    /// Every character is a word: for Japanese and Chinese, where it needs no dictionary.
    #[serde(rename = "char")]
    Char,
}

impl Tokeniser {
    /// Splits a sentence; whitespace is never part of a word.
    pub fn tokenise(self, sentence: &str) -> Vec<String> {
        let sentence = sentence.trim_end_matches(is_space);
        match self {
            Self::Mteval13a => tokenise_13a(sentence),
            Self::Char => sentence
                .chars()
                .filter(|&c| !is_space(c))
                .map(String::from)
                .collect(),
        }
    }
}

/// The name in sacrebleu's signatures.
impl fmt::Display for Tokeniser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mteval13a => "13a",
            Self::Char => "char",
        })
    }
}

/// Whitespace of Python's `str.split` and `str.rstrip`: Unicode's White_Space and the four ASCII
/// separators U+001C to U+001F.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_words_without_spaces() {
        let words = Tokeniser::Char.tokenise(" 日本 語\u{3000}です。\u{1c}\n");
        assert_eq!(words, ["日", "本", "語", "で", "す", "。"]);
    }

    #[test]
    fn names_are_the_same_in_configurations_and_signatures() {
        for tokeniser in [Tokeniser::Mteval13a, Tokeniser::Char] {
            let name = serde_json::to_string(&tokeniser).unwrap();
            assert_eq!(name, format!("\"{tokeniser}\""));
        }
    }
}
