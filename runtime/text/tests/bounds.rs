//! How much the layer asks of a model, whatever the text and whatever the model answers: SECURITY.md lists the bounds.

mod models;

use std::cell::Cell;
use std::convert::Infallible;

use deshi_text::{Layer, Model, Options, SentenceTranslation};
use models::{Adversary, Identity};

/// A model that counts what it is asked.
struct Counting<M> {
    model: M,
    calls: Cell<usize>,
    bytes: Cell<usize>,
}

impl<M: Model<Error = Infallible>> Model for Counting<M> {
    type Error = Infallible;

    fn symbols(&self) -> &[char] {
        self.model.symbols()
    }

    fn knows(&self, character: char) -> bool {
        self.model.knows(character)
    }

    fn count_tokens(&self, sentence: &str) -> usize {
        self.model.count_tokens(sentence)
    }

    fn maximum_tokens(&self) -> usize {
        self.model.maximum_tokens()
    }

    fn translate(&self, sentences: &[&str]) -> Result<Vec<SentenceTranslation>, Infallible> {
        self.calls.set(self.calls.get() + 1);
        let bytes: usize = sentences.iter().map(|sentence| sentence.len()).sum();
        self.bytes.set(self.bytes.get() + bytes);
        self.model.translate(sentences)
    }
}

/// Rounds of questions, and bytes asked for each byte of the text.
fn cost<M: Model<Error = Infallible>>(model: M, text: &str) -> (usize, f64) {
    let model = Counting {
        model,
        calls: Cell::new(0),
        bytes: Cell::new(0),
    };
    let layer = Layer::new(Options::new("en", "de"));
    layer.translate(&model, &[text]).unwrap();
    (
        model.calls.get(),
        model.bytes.get() as f64 / text.len() as f64,
    )
}

const UNITS: &[&str] = &[
    "The house is big and we go to Berlin, but Dr. Smith stays here. ",
    "HELLO WORLD. ",
    "See https://example.org/a?b=c and max@example.de for 1,234.50 €, 20 °C, `x()` and {name}. ",
    "a{b}c 12 ",
    "<b>12</b> ",
    "x1 y2 z3 ",
    "ÄÖ 😀 ",
    "\u{E000} a ",
    "you, we, he, she, it, ",
    "1.2.3 4.5.6 ",
    "( \" [ ",
];

/// Twice what any of these texts took: 3 rounds, and 2.1 bytes for each byte.
const MAXIMUM_ROUNDS: usize = 6;
const MAXIMUM_BYTES_A_BYTE: f64 = 4.3;

#[test]
fn a_model_is_asked_a_bounded_number_of_times_whatever_it_answers() {
    for unit in UNITS {
        for count in [1, 30, 300] {
            let text = unit.repeat(count);
            let mut costs = vec![
                cost(Identity::new(true), &text),
                cost(Identity::new(false), &text),
            ];
            for seed in 0..4 {
                for (symbols, keeps_symbols) in [(true, true), (true, false), (false, false)] {
                    let model = Adversary {
                        symbols,
                        keeps_symbols,
                        seed,
                    };
                    costs.push(cost(model, &text));
                }
            }
            for (rounds, bytes) in costs {
                assert!(
                    rounds <= MAXIMUM_ROUNDS,
                    "{unit:?} x {count}: {rounds} rounds"
                );
                assert!(
                    bytes <= MAXIMUM_BYTES_A_BYTE,
                    "{unit:?} x {count}: {bytes} bytes a byte"
                );
            }
        }
    }
}
