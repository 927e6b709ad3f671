//! Text to tokens.

use heapless::{String, Vec};

use super::{Pairs, pair};
use crate::Token;
use crate::vocabulary::{FIRST_BYTE, SPACE, u16_at, u32_at};

/// The most characters of a run. Longer runs are cut, so that buffers are bounded.
pub const LONGEST_RUN: usize = 48;
const LONGEST_RUN_BYTES: usize = LONGEST_RUN * 4;

impl Pairs<'_> {
    /// See [`Vocabulary::encode`](super::super::Vocabulary::encode).
    pub(in super::super) fn encode<E>(
        &self,
        text: &str,
        mut push: impl FnMut(Token) -> Result<(), E>,
    ) -> Result<(), E> {
        pre_tokens(text, |pre_token| {
            self.merge(pre_token)
                .iter()
                .try_for_each(|&id| push(u32::from(id)))
        })
    }

    /// Byte-pair encoding of one pre-token: the merge with the lowest rank comes first, among equal ones the leftmost.
    fn merge(&self, pre_token: &str) -> Vec<u16, LONGEST_RUN_BYTES> {
        let mut ids = Vec::new();
        for character in pre_token.chars() {
            let entry = self
                .characters
                .binary_search_by_key(&u32::from(character), |entry| u32_at(entry, 0));
            let mut put = |id| {
                ids.push(id)
                    .expect("a pre-token has at most LONGEST_RUN characters")
            };
            match entry {
                Ok(index) => put(u32_at(&self.characters[index], 4) as u16),
                Err(_) => {
                    let mut bytes = [0; 4];
                    for byte in character.encode_utf8(&mut bytes).bytes() {
                        put(FIRST_BYTE as u16 + u16::from(byte));
                    }
                }
            }
        }
        let mut candidates: Vec<Option<(u16, u16)>, LONGEST_RUN_BYTES> = ids
            .windows(2)
            .map(|two| self.find_merge(two[0], two[1]))
            .collect();
        loop {
            let best = (candidates.iter().enumerate())
                .filter_map(|(at, merge)| merge.map(|(rank, result)| (rank, at, result)))
                .min();
            let Some((_, at, result)) = best else {
                return ids;
            };
            ids[at] = result;
            ids.remove(at + 1);
            candidates.remove(at);
            if at > 0 {
                candidates[at - 1] = self.find_merge(ids[at - 1], ids[at]);
            }
            if at + 1 < ids.len() {
                candidates[at] = self.find_merge(ids[at], ids[at + 1]);
            }
        }
    }

    /// Rank and result of the merge of two neighbours.
    fn find_merge(&self, left: u16, right: u16) -> Option<(u16, u16)> {
        let key = pair(left, right);
        let index = self
            .merges
            .binary_search_by_key(&key, |entry| pair(u16_at(entry, 0), u16_at(entry, 2)))
            .ok()?;
        let entry = &self.merges[index];
        Some((u16_at(entry, 4), u16_at(entry, 6)))
    }
}

/// The classes of characters: a piece has characters of one class only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Hiragana,
    Katakana,
    Han,
    /// Each digit is alone.
    Digit,
    /// Only together with the same character.
    Other(char),
}

impl Class {
    fn of(character: char) -> Self {
        match character {
            'a'..='z' | 'A'..='Z' | '\u{300}'..='\u{36F}' => Self::Letter,
            '\u{3041}'..='\u{309F}' => Self::Hiragana,
            '\u{30A0}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' => Self::Katakana,
            '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' => {
                Self::Han
            }
            _ if character.is_numeric() => Self::Digit,
            _ if character.is_alphabetic() => Self::Letter,
            _ => Self::Other(character),
        }
    }
}

/// Whether a character counts as a space: white space, a control character, or [`SPACE`] itself.
fn is_spacing(character: char) -> bool {
    character.is_whitespace() || character.is_control() || character == SPACE
}

/// Characters that are skipped because they are invisible: zero-width ones and the soft hyphen.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

/// Splits a text into runs. Pieces are merged only inside a run. The runs are words (each with the [`SPACE`] before it),
/// single digits, and runs of one other character. A run of spaces counts as one space; spaces at the ends do not count.
///
/// # Errors
/// The first error of `visit`.
pub fn pre_tokens<E>(text: &str, mut visit: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    let mut run: String<LONGEST_RUN_BYTES> = String::new();
    let mut length = 0;
    let mut class = None;
    let mut space = true;
    for character in text.chars().filter(|&character| !is_invisible(character)) {
        if is_spacing(character) {
            space = true;
            continue;
        }
        let here = Class::of(character);
        let joins = !space && class == Some(here) && here != Class::Digit && length < LONGEST_RUN;
        if !joins && !run.is_empty() {
            visit(&run)?;
            run.clear();
            length = 0;
        }
        if core::mem::take(&mut space) {
            run.push(SPACE).expect("the run is empty");
            length = 1;
        }
        run.push(character)
            .expect("a run has at most LONGEST_RUN characters");
        length += 1;
        class = Some(here);
    }
    if run.is_empty() { Ok(()) } else { visit(&run) }
}
