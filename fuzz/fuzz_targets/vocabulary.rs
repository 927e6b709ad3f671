//! Vocabularies, written from pieces and altered: parsing, and encoding and decoding texts.

#![no_main]

use arbitrary::Arbitrary;
use deshi_core::bundle::VOCABULARY;
use deshi_core::vocabulary::sentencepiece::{self, Model, Parts, Piece, PieceKind};
use deshi_core::vocabulary::{self, Vocabulary};
use deshi_fuzz::{Edit, micro_member};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Made<'a> {
    /// The vocabulary of a trained model.
    Trained,
    /// Pieces and merges.
    Pairs(Vec<&'a str>, Vec<(u16, u16)>),
    SentencePiece(SentencePiece<'a>),
}

/// A vocabulary of SentencePiece's.
#[derive(Debug, Arbitrary)]
struct SentencePiece<'a> {
    is_unigram: bool,
    has_bytes: bool,
    /// Text, score and kind.
    pieces: Vec<(&'a str, i8, u8)>,
    trie: Vec<u32>,
    replacements: &'a str,
    prefix: Option<u16>,
}

impl SentencePiece<'_> {
    fn write(&self) -> Option<Vec<u8>> {
        let piece = |text, score, kind| Piece { text, score, kind };
        let bytes: Vec<String> = (0..=255).map(|byte| format!("<0x{byte:02X}>")).collect();
        let mut pieces = vec![
            piece("</s>", 0.0, PieceKind::Control),
            piece("<s>", 0.0, PieceKind::Control),
        ];
        if self.has_bytes {
            let bytes = bytes.iter();
            pieces.extend(bytes.map(|byte| piece(byte, 0.0, PieceKind::Byte)));
        }
        pieces.extend(self.pieces.iter().map(|&(text, score, kind)| {
            let kind = match kind % 8 {
                0 => PieceKind::Unused,
                1 => PieceKind::Symbol,
                2 => PieceKind::Control,
                _ => PieceKind::Normal,
            };
            piece(text, score.into(), kind)
        }));
        if !self.has_bytes {
            pieces.push(piece("<unk>", 0.0, PieceKind::Unknown));
        }
        let trie: Vec<u8> = self
            .trie
            .iter()
            .flat_map(|unit| unit.to_le_bytes())
            .collect();
        let file = sentencepiece::write(&Parts {
            model: match self.is_unigram {
                true => Model::Unigram,
                false => Model::BytePairs,
            },
            pieces: &pieces,
            unknown_surface: "?",
            trie: &trie,
            replacements: format!("{}\0", self.replacements).as_bytes(),
            prefix: self.prefix.map(u32::from),
        });
        file.ok()
    }
}

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    made: Made<'a>,
    edits: Vec<Edit>,
    text: &'a str,
    ids: Vec<u32>,
}

fn encode(vocabulary: &Vocabulary<'_>, text: &str) -> Vec<u32> {
    let mut ids = Vec::new();
    let Ok(()) = vocabulary.encode(text, |id| {
        ids.push(id);
        Ok::<_, std::convert::Infallible>(())
    });
    ids
}

fuzz_target!(|input: Input<'_>| {
    let mut file = match &input.made {
        Made::Trained => micro_member(VOCABULARY).to_vec(),
        Made::SentencePiece(made) => {
            let Some(file) = made.write() else {
                return;
            };
            file
        }
        Made::Pairs(pieces, merges) => {
            let merges: Vec<_> = merges
                .iter()
                .map(|&(left, right)| (left.into(), right.into()))
                .collect();
            let Ok(file) = vocabulary::write(pieces, &merges) else {
                return;
            };
            Vocabulary::parse(&file).expect("what was written can be read");
            file
        }
    };
    for edit in &input.edits {
        edit.apply(&mut file);
    }
    let Ok(vocabulary) = Vocabulary::parse(&file) else {
        return;
    };
    let ids = encode(&vocabulary, input.text);
    let pieces = vocabulary.len() as u32;
    assert!(ids.iter().all(|&id| id < pieces));
    // Each text gets a space at its start: at most 3 tokens. A character map can make more of a character than is in the text.
    let grows = match &input.made {
        Made::SentencePiece(_) => file.len(),
        _ => 1,
    };
    assert!(ids.len() <= (3 + 2 * input.text.len()) * grows);
    for ids in [&ids, &input.ids] {
        let mut text = String::new();
        let Ok(()) = vocabulary.decode(ids.iter().copied(), &mut text) else {
            panic!("a string takes every text");
        };
        encode(&vocabulary, &text);
    }
    for id in input.ids {
        let _ = vocabulary.piece(id);
    }
    vocabulary.merges().for_each(drop);
});
