//! Test models: one copies, one makes every mistake that a model can make. Both answer from the sentence alone.

#![allow(dead_code, reason = "each test program uses some")]

use std::cell::Cell;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};

use deshi_text::{Flags, Layer, Model, Options, SentenceTranslation};

pub const SYMBOLS: [char; 8] = [
    '\u{E000}', '\u{E001}', '\u{E002}', '\u{E003}', '\u{E004}', '\u{E005}', '\u{E006}', '\u{E007}',
];

pub fn knows(character: char) -> bool {
    character.is_ascii() || "äöüÄÖÜßéèàçñ–—„“”‚‘’»«…".contains(character)
}

fn answer(text: String, sentence: &str) -> SentenceTranslation {
    SentenceTranslation {
        log_probability: -0.1 * sentence.len() as f32,
        tokens: sentence.len() + 1,
        text,
        ..SentenceTranslation::default()
    }
}

/// Gives the sentence back.
pub struct Identity {
    pub symbols: bool,
    pub maximum_tokens: usize,
    /// How often it was asked.
    pub calls: Cell<usize>,
    pub sentences: Cell<usize>,
}

impl Identity {
    pub fn new(symbols: bool) -> Self {
        Self {
            symbols,
            maximum_tokens: 200,
            calls: Cell::new(0),
            sentences: Cell::new(0),
        }
    }
}

impl Model for Identity {
    type Error = Infallible;

    fn symbols(&self) -> &[char] {
        if self.symbols { &SYMBOLS } else { &[] }
    }

    fn knows(&self, character: char) -> bool {
        knows(character)
    }

    fn count_tokens(&self, sentence: &str) -> usize {
        sentence.len() + 1
    }

    fn maximum_tokens(&self) -> usize {
        self.maximum_tokens
    }

    fn translate(&self, sentences: &[&str]) -> Result<Vec<SentenceTranslation>, Infallible> {
        self.calls.set(self.calls.get() + 1);
        self.sentences.set(self.sentences.get() + sentences.len());
        Ok(sentences
            .iter()
            .map(|sentence| answer((*sentence).to_owned(), sentence))
            .collect())
    }
}

/// Drops, doubles, moves and invents words, digits, symbols and spaces; also gives nothing at all.
pub struct Adversary {
    pub symbols: bool,
    /// Whether symbols come out exactly once, as a search that requires them gives.
    pub keeps_symbols: bool,
    pub seed: u64,
}

impl Adversary {
    fn damage(&self, sentence: &str) -> String {
        let mut hasher = DefaultHasher::new();
        (self.seed, sentence).hash(&mut hasher);
        let mut state = hasher.finish() | 1;
        let mut random = move |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let is_symbol = |c: char| SYMBOLS.contains(&c);
        let mut out: Vec<String> = Vec::new();
        let mut moved: Vec<String> = Vec::new();
        for word in sentence.split_inclusive([' ', '.', ',']) {
            let word = word.to_owned();
            if self.keeps_symbols && word.contains(is_symbol) {
                if random(3) == 0 {
                    moved.push(word);
                } else {
                    out.push(word);
                }
                continue;
            }
            match random(14) {
                0 => {}
                1 => out.extend([word.clone(), word]),
                2 => moved.push(word),
                3 => out.push(word.replace(|c: char| c.is_ascii_digit(), "7")),
                4 => out.push(word.chars().rev().collect()),
                5 => out.push(
                    "\u{E003}\u{E012}x"
                        .chars()
                        .skip(usize::from(self.keeps_symbols) * 2)
                        .collect(),
                ),
                6 => out.extend(std::iter::repeat_n("wieder und wieder ".to_owned(), 20)),
                7 => out.push(word.trim().to_owned()),
                _ => out.push(word),
            }
        }
        out.extend(moved);
        if !self.keeps_symbols && random(8) == 0 {
            String::new()
        } else {
            out.concat()
        }
    }
}

impl Model for Adversary {
    type Error = Infallible;

    fn symbols(&self) -> &[char] {
        if self.symbols { &SYMBOLS } else { &[] }
    }

    fn knows(&self, character: char) -> bool {
        knows(character)
    }

    fn count_tokens(&self, sentence: &str) -> usize {
        sentence.len() / 3 + 1
    }

    fn maximum_tokens(&self) -> usize {
        60
    }

    fn translate(&self, sentences: &[&str]) -> Result<Vec<SentenceTranslation>, Infallible> {
        Ok(sentences
            .iter()
            .map(|sentence| answer(self.damage(sentence), sentence))
            .collect())
    }
}

/// Answers by a rule.
pub struct Rule<F> {
    pub symbols: bool,
    pub answer: F,
}

impl<F: Fn(&str) -> String> Model for Rule<F> {
    type Error = Infallible;

    fn symbols(&self) -> &[char] {
        if self.symbols { &SYMBOLS } else { &[] }
    }

    fn knows(&self, character: char) -> bool {
        knows(character)
    }

    fn count_tokens(&self, sentence: &str) -> usize {
        sentence.split_whitespace().count() + 1
    }

    fn maximum_tokens(&self) -> usize {
        100
    }

    fn translate(&self, sentences: &[&str]) -> Result<Vec<SentenceTranslation>, Infallible> {
        let answer = |sentence: &&str| SentenceTranslation {
            text: (self.answer)(sentence),
            log_probability: -1.0,
            tokens: 2,
            ..SentenceTranslation::default()
        };
        Ok(sentences.iter().map(answer).collect())
    }
}

/// A text's translation, and its flags.
pub fn translate(
    options: Options,
    model: &impl Model<Error = Infallible>,
    text: &str,
) -> (String, Flags) {
    let translated = Layer::new(options)
        .translate(model, &[text])
        .unwrap()
        .remove(0);
    (translated.text, translated.flags)
}

pub fn plain() -> Options {
    Options::new("en", "de")
}
