//! Converts SentencePiece's `.spm` files into vocabularies that deshi reads in place
//! ([`deshi_core::vocabulary::sentencepiece`]).
//!
//! Unigram and BPE vocabularies are supported as Marian uses them: `</s>` is 0, `<unk>` is 1, a space is put before each text, and
//! extra spaces are removed. Everything else is refused, and the error names it. Ids stay the same, with one exception:
//! deshi's decoder starts with id 1, so `<unk>` cannot keep it. If the vocabulary has bytes, no text contains `<unk>`, and
//! it needs no id. If not, `<unk>` gets the id after the last piece.

pub(crate) mod messages;

use std::collections::BTreeSet;

use deshi_core::vocabulary::sentencepiece::{LONGEST_PIECE, Model, Parts, Piece, PieceKind, write};
use deshi_core::vocabulary::{END, START, VocabularyError};
use prost::Message;

use messages::{ModelProto, ModelType, NormalizerSpec, PieceType, TrainerSpec};

/// What SentencePiece writes for an unknown piece if the file does not say.
const UNKNOWN_SURFACE: &str = " \u{2047} ";

/// Why a `.spm` file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SentencePieceError {
    /// The bytes are not a SentencePiece model.
    #[error("not a SentencePiece model")]
    Protobuf(#[source] prost::DecodeError),
    /// A kind of model that is not supported.
    #[error("the model has type {got}; only unigram and bpe models are supported")]
    ModelType {
        /// Such as `word`.
        got: String,
    },
    /// A setting has a value that deshi does not support.
    #[error("{setting} is {got}, but must be {expected}")]
    Setting {
        /// Its name in `sentencepiece_model.proto`.
        setting: &'static str,
        /// What it must be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// A piece is wrong.
    #[error("piece {id}, {piece:?}: {problem}")]
    Piece {
        /// Its id.
        id: usize,
        /// Its text.
        piece: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The character map cannot be read.
    #[error("precompiled_charsmap: {problem}")]
    CharacterMap {
        /// What is wrong.
        problem: &'static str,
    },
    /// The vocabulary cannot be read back.
    #[error("the converted vocabulary cannot be read")]
    Vocabulary(#[source] VocabularyError),
}

/// A vocabulary that was read from a `.spm` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The vocabulary as deshi reads it.
    pub file: Vec<u8>,
    /// Pieces of the `.spm` file: rows of the embedding that was trained with it.
    pub pieces: usize,
    /// The new id of `<unk>`, if sources can contain it.
    pub unknown: Option<u32>,
}

impl Imported {
    /// The id that a piece has in the `.spm` file; `None` if only deshi has the id.
    pub fn original_id(&self, id: u32) -> Option<u32> {
        match id {
            id if Some(id) == self.unknown => Some(START),
            START => None,
            id => ((id as usize) < self.pieces).then_some(id),
        }
    }
}

/// How a `.spm` file cuts texts into pieces and joins them; its ids do not matter.
#[derive(Debug)]
pub(crate) struct Segmentation {
    kind: Model,
    model: ModelProto,
    trainer: TrainerSpec,
    normalizer: NormalizerSpec,
}

impl Segmentation {
    /// Reads a file, and checks its settings.
    pub(crate) fn read(file: &[u8]) -> Result<Self, SentencePieceError> {
        let model = ModelProto::decode(file).map_err(SentencePieceError::Protobuf)?;
        let trainer = model.trainer_spec.clone().unwrap_or_default();
        let segmentation = Self {
            kind: kind(&trainer)?,
            normalizer: model.normalizer_spec.clone().unwrap_or_default(),
            trainer,
            model,
        };
        segmentation.check_settings()?;
        Ok(segmentation)
    }

    /// How texts are cut into pieces.
    pub(crate) fn kind(&self) -> Model {
        self.kind
    }

    /// Whether a character that is in no piece becomes bytes.
    pub(crate) fn has_bytes(&self) -> bool {
        self.trainer.byte_fallback()
    }

    /// The pieces as they are in the file.
    pub(crate) fn pieces(&self) -> Result<Vec<Piece<'_>>, SentencePieceError> {
        let pieces = pieces(&self.model)?;
        if self.kind == Model::BytePairs {
            check_merged(&pieces)?;
        }
        Ok(pieces)
    }

    fn check_settings(&self) -> Result<(), SentencePieceError> {
        let normalizer = &self.normalizer;
        let suffix = self.trainer.treat_whitespace_as_suffix();
        let denormalizer = self.model.denormalizer_spec.as_ref();
        let denormalises = denormalizer.is_some_and(|spec| !spec.precompiled_charsmap().is_empty());
        for (setting, got, expected) in [
            ("treat_whitespace_as_suffix", suffix, false),
            ("add_dummy_prefix", normalizer.add_dummy_prefix(), true),
            (
                "remove_extra_whitespaces",
                normalizer.remove_extra_whitespaces(),
                true,
            ),
            ("escape_whitespaces", normalizer.escape_whitespaces(), true),
            ("denormalizer_spec", denormalises, false),
        ] {
            if got != expected {
                return Err(SentencePieceError::Setting {
                    setting,
                    expected: expected.to_string(),
                    got: got.to_string(),
                });
            }
        }
        Ok(())
    }

    /// The double array of the character map, and its replacements.
    pub(crate) fn character_map(&self) -> Result<(&[u8], &[u8]), SentencePieceError> {
        character_map(self.normalizer.precompiled_charsmap())
    }

    /// What an unknown piece becomes in text.
    pub(crate) fn unknown_surface(&self) -> &str {
        let surface = self.trainer.unk_surface.as_deref();
        surface.unwrap_or(UNKNOWN_SURFACE)
    }
}

/// Reads a `.spm` file.
///
/// # Errors
/// [`SentencePieceError`] names what is not supported.
pub fn import(file: &[u8]) -> Result<Imported, SentencePieceError> {
    let segmentation = Segmentation::read(file)?;
    let byte_fallback = segmentation.has_bytes();
    let mut pieces = segmentation.pieces()?;
    check_special(&pieces, byte_fallback)?;
    let count = pieces.len();
    pieces[START as usize].kind = PieceKind::Control;
    let unknown = (!byte_fallback).then_some(count as u32);
    if unknown.is_some() {
        pieces.push(Piece {
            kind: PieceKind::Unknown,
            ..pieces[START as usize]
        });
    }
    let (trie, replacements) = segmentation.character_map()?;
    let file = write(&Parts {
        model: segmentation.kind(),
        pieces: &pieces,
        unknown_surface: segmentation.unknown_surface(),
        trie,
        replacements,
        prefix: None,
    });
    Ok(Imported {
        file: file.map_err(SentencePieceError::Vocabulary)?,
        pieces: count,
        unknown,
    })
}

/// The pieces as they are in the file.
fn pieces(model: &ModelProto) -> Result<Vec<Piece<'_>>, SentencePieceError> {
    let pieces = model.pieces.iter().enumerate().map(|(id, piece)| {
        let wrong = |problem| SentencePieceError::Piece {
            id,
            piece: piece.piece().to_owned(),
            problem,
        };
        // Not `piece.r#type()`, which takes an unknown type for the default.
        let kind = match PieceType::try_from(piece.r#type.unwrap_or(1)) {
            Ok(PieceType::Normal) => PieceKind::Normal,
            Ok(PieceType::Unknown) => PieceKind::Unknown,
            Ok(PieceType::Control) => PieceKind::Control,
            Ok(PieceType::UserDefined) => PieceKind::Symbol,
            Ok(PieceType::Unused) => PieceKind::Unused,
            Ok(PieceType::Byte) => PieceKind::Byte,
            Err(_) => return Err(wrong("has an unknown type")),
        };
        let text = piece.piece();
        let spelt = matches!(kind, PieceKind::Normal | PieceKind::Symbol);
        if spelt && let Some(problem) = spelling_problem(text) {
            return Err(wrong(problem));
        }
        let score = piece.score();
        if !score.is_finite() {
            return Err(wrong("has an infinite or NaN score"));
        }
        Ok(Piece { text, score, kind })
    });
    pieces.collect()
}

/// How a model cuts texts into pieces.
fn kind(trainer: &TrainerSpec) -> Result<Model, SentencePieceError> {
    // Not `trainer.model_type()`, which takes an unknown type for the default.
    let number = trainer.model_type.unwrap_or(ModelType::Unigram as i32);
    let got = match ModelType::try_from(number) {
        Ok(ModelType::Unigram) => return Ok(Model::Unigram),
        Ok(ModelType::Bpe) => return Ok(Model::BytePairs),
        Ok(ModelType::Word) => "word".to_owned(),
        Ok(ModelType::Char) => "char".to_owned(),
        Err(_) => number.to_string(),
    };
    Err(SentencePieceError::ModelType { got })
}

/// Checks what merging depends on: SentencePiece looks names of special pieces up before the other pieces, and cuts unused
/// pieces out of a text.
fn check_merged(pieces: &[Piece<'_>]) -> Result<(), SentencePieceError> {
    let is_special = |piece: &&Piece<'_>| {
        let kind = piece.kind;
        matches!(
            kind,
            PieceKind::Control | PieceKind::Unknown | PieceKind::Byte
        )
    };
    let special: BTreeSet<&str> = pieces
        .iter()
        .filter(is_special)
        .map(|piece| piece.text)
        .collect();
    for (id, piece) in pieces.iter().enumerate() {
        let characters = piece.text.chars().count();
        let problem = match piece.kind {
            PieceKind::Control if characters == 1 => "is a control piece of one character",
            PieceKind::Control | PieceKind::Unknown | PieceKind::Byte => continue,
            _ if special.contains(piece.text) => "has the name of a special piece",
            _ => match spelling_problem(piece.text) {
                Some(problem) => problem,
                None => continue,
            },
        };
        return Err(SentencePieceError::Piece {
            id,
            piece: piece.text.to_owned(),
            problem,
        });
    }
    Ok(())
}

/// What is wrong with the text of a piece that segmentation looks up.
fn spelling_problem(text: &str) -> Option<&'static str> {
    if text.chars().skip(1).any(|c| c == '▁') {
        return Some("has a space after its start");
    }
    let characters = text.chars().count();
    (!(1..=LONGEST_PIECE).contains(&characters))
        .then_some("is empty, or has more than 64 characters")
}

/// Checks that the special pieces and the bytes are where Marian and deshi expect them.
fn check_special(pieces: &[Piece<'_>], byte_fallback: bool) -> Result<(), SentencePieceError> {
    let wrong = |id: usize, problem| SentencePieceError::Piece {
        id,
        piece: pieces
            .get(id)
            .map_or_else(String::new, |piece| piece.text.to_owned()),
        problem,
    };
    let kind = |id: u32| pieces.get(id as usize).map(|piece| piece.kind);
    if kind(END) != Some(PieceKind::Control) {
        return Err(wrong(
            END as usize,
            "must be a control piece, the end of a sentence",
        ));
    }
    if kind(START) != Some(PieceKind::Unknown) {
        return Err(wrong(START as usize, "must be the unknown piece"));
    }
    let first = pieces
        .iter()
        .position(|piece| piece.kind == PieceKind::Byte);
    for (id, piece) in pieces.iter().enumerate().skip(2) {
        let byte = first.and_then(|first| u8::try_from(id.checked_sub(first)?).ok());
        let is_byte = piece.kind == PieceKind::Byte;
        let named = byte.is_some_and(|byte| piece.text == format!("<0x{byte:02X}>"));
        if is_byte != byte.is_some() || is_byte && !named {
            return Err(wrong(id, "the 256 bytes must follow each other in order"));
        }
        if piece.kind == PieceKind::Unknown {
            return Err(wrong(id, "is a second unknown piece"));
        }
    }
    match first {
        Some(first) if byte_fallback && first + 256 <= pieces.len() => Ok(()),
        None if !byte_fallback => Ok(()),
        first => Err(wrong(
            first.unwrap_or(pieces.len()),
            "byte_fallback and the pieces of bytes disagree",
        )),
    }
}

/// The double array and the replacements of a precompiled character map: `u32 bytes of the array, array, replacements`.
fn character_map(map: &[u8]) -> Result<(&[u8], &[u8]), SentencePieceError> {
    let wrong = |problem| SentencePieceError::CharacterMap { problem };
    if map.is_empty() {
        return Ok((&[], &[]));
    }
    let (size, rest) = map.split_first_chunk().ok_or(wrong("is cut off"))?;
    let size = u32::from_le_bytes(*size) as usize;
    let (trie, replacements) = rest.split_at_checked(size).ok_or(wrong("is cut off"))?;
    if trie.len() < 1024 || !trie.len().is_multiple_of(1024) {
        return Err(wrong("the size of its trie is not a multiple of 1024"));
    }
    if replacements.last() != Some(&0) {
        return Err(wrong("does not end with a zero byte"));
    }
    if std::str::from_utf8(replacements).is_err() {
        return Err(wrong("its replacements are not valid UTF-8"));
    }
    Ok((trie, replacements))
}

#[cfg(test)]
mod tests;
