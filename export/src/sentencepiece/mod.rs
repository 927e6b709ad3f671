//! Converts SentencePiece's `.spm` files into vocabularies that deshi reads in place
//! ([`deshi_core::vocabulary::unigram`]).
//!
//! Unigram vocabularies are supported as Marian uses them: `</s>` is 0, `<unk>` is 1, a space is put before each text, and
//! extra spaces are removed. Everything else is refused, and the error names it. Ids stay the same, with one exception:
//! deshi's decoder starts with id 1, so `<unk>` cannot keep it. If the vocabulary has bytes, no text contains `<unk>`, and
//! it needs no id. If not, `<unk>` gets the id after the last piece.

pub(crate) mod messages;

use deshi_core::vocabulary::unigram::{self, Piece, PieceKind, UnigramParts};
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
    #[error("the model has type {got}; only unigram models are supported")]
    ModelType {
        /// Such as `bpe`.
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
    model: ModelProto,
    trainer: TrainerSpec,
    normalizer: NormalizerSpec,
}

impl Segmentation {
    /// Reads a file, and checks its settings.
    pub(crate) fn read(file: &[u8]) -> Result<Self, SentencePieceError> {
        let model = ModelProto::decode(file).map_err(SentencePieceError::Protobuf)?;
        let segmentation = Self {
            trainer: model.trainer_spec.clone().unwrap_or_default(),
            normalizer: model.normalizer_spec.clone().unwrap_or_default(),
            model,
        };
        check_settings(&segmentation.model, &segmentation.normalizer)?;
        Ok(segmentation)
    }

    /// Whether a character that is in no piece becomes bytes.
    pub(crate) fn has_bytes(&self) -> bool {
        self.trainer.byte_fallback()
    }

    /// The pieces as they are in the file.
    pub(crate) fn pieces(&self) -> Result<Vec<Piece<'_>>, SentencePieceError> {
        pieces(&self.model)
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
    let file = unigram::write(&UnigramParts {
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

fn check_settings(
    model: &ModelProto,
    normalizer: &NormalizerSpec,
) -> Result<(), SentencePieceError> {
    let trainer = model.trainer_spec.clone().unwrap_or_default();
    if trainer.model_type() != ModelType::Unigram {
        return Err(SentencePieceError::ModelType {
            got: format!("{:?}", trainer.model_type()).to_lowercase(),
        });
    }
    let suffix = trainer.treat_whitespace_as_suffix();
    let denormalizer = model.denormalizer_spec.as_ref();
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
        if spelt && text.chars().skip(1).any(|c| c == '▁') {
            return Err(wrong("has a space after its start"));
        }
        if spelt && !(1..=unigram::LONGEST_PIECE).contains(&text.chars().count()) {
            return Err(wrong("is empty, or has more than 64 characters"));
        }
        let score = piece.score();
        if !score.is_finite() {
            return Err(wrong("has an infinite or NaN score"));
        }
        Ok(Piece { text, score, kind })
    });
    pieces.collect()
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
