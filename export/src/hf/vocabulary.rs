//! `vocab.json`, `source.spm` and `target.spm`, made into one vocabulary.
//!
//! `source.spm` cuts a text into pieces, `vocab.json` gives each its id, and a piece without one is `<unk>`. The vocabulary that
//! is made has all of it: a piece of `source.spm` that `vocab.json` lacks has an id of its own, whose row of the embedding is
//! `<unk>`'s. Pieces of the target alone are never cut out of a text. A model that writes several languages has a code for each,
//! such as `>>fra<<`; the one that is chosen comes before every text.

use std::collections::BTreeMap;

use deshi_core::Token;
use deshi_core::vocabulary::sentencepiece::{self, Model, Parts, Piece, PieceKind};
use deshi_core::vocabulary::{END, START};

use super::HfError;
use crate::ExportError;
use crate::sentencepiece::{Segmentation, SentencePieceError};

const END_PIECE: &str = "</s>";
const UNKNOWN_PIECE: &str = "<unk>";
/// The id of `<unk>` in `vocab.json`.
const UNKNOWN: usize = 1;
/// Pieces that 16-bit ids can name.
const MAXIMUM: usize = 1 << 16;

/// A row of the embedding that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The model's row, which can be chosen.
    Own(usize),
    /// The model's row; a translation never has it.
    ReadOnly(usize),
    /// Fills the vocabulary up to a multiple of 16.
    Padding,
}

/// The vocabulary of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The vocabulary as deshi reads it.
    pub file: Vec<u8>,
    /// The row of each of deshi's ids.
    pub rows: Vec<Row>,
}

impl Imported {
    /// The id that a piece has in `vocab.json`.
    pub fn original_id(&self, id: u32) -> Option<usize> {
        match self.rows.get(id as usize)? {
            Row::Own(row) | Row::ReadOnly(row) => Some(*row),
            Row::Padding => None,
        }
    }
}

/// The pieces of `vocab.json` by their ids.
fn by_id(ids: &BTreeMap<String, usize>, pad: usize) -> Result<Vec<&str>, HfError> {
    let wrong = |piece: &str, problem: String| HfError::Vocabulary {
        piece: piece.to_owned(),
        problem,
    };
    let mut pieces: Vec<Option<&str>> = vec![None; ids.len()];
    for (piece, &id) in ids {
        let place = pieces.get_mut(id);
        let place = place
            .ok_or_else(|| wrong(piece, format!("id {id} is beyond the vocabulary's size")))?;
        if let Some(other) = place.replace(piece) {
            return Err(wrong(piece, format!("has the id {id} of {other:?}")));
        }
    }
    for (piece, expected) in [(END_PIECE, END as usize), (UNKNOWN_PIECE, UNKNOWN)] {
        if ids.get(piece) != Some(&expected) {
            return Err(wrong(piece, format!("must have the id {expected}")));
        }
    }
    if pad <= UNKNOWN || pad >= ids.len() {
        let problem = format!("pad_token_id is {pad}, which cannot be padding");
        return Err(wrong(
            pieces.get(pad).copied().flatten().unwrap_or(""),
            problem,
        ));
    }
    let pieces = pieces.into_iter();
    Ok(pieces
        .map(|piece| piece.expect("as many ids as places"))
        .collect())
}

/// The id of the language code that comes before every text; `None` for a model without codes.
fn prefix(
    ids: &BTreeMap<String, usize>,
    target_code: Option<&str>,
) -> Result<Option<usize>, HfError> {
    let is_code = |piece: &&str| piece.starts_with(">>") && piece.ends_with("<<");
    let codes: Vec<&str> = ids.keys().map(String::as_str).filter(is_code).collect();
    let Some(asked) = target_code else {
        return match codes.is_empty() {
            true => Ok(None),
            false => Err(HfError::LanguageCode {
                codes: codes.join(" "),
            }),
        };
    };
    let piece = match asked.starts_with(">>") {
        true => asked.to_owned(),
        false => format!(">>{asked}<<"),
    };
    if codes.contains(&piece.as_str()) {
        return Ok(Some(ids[&piece]));
    }
    Err(HfError::TargetCode {
        got: asked.to_owned(),
        codes: match codes.is_empty() {
            true => "no language codes".to_owned(),
            false => codes.join(" "),
        },
    })
}

/// Makes the vocabulary. `pad` starts the decoder: it gets deshi's [`START`], and `<unk>` gets its id. `target_code` names the
/// language, such as `>>fra<<` or `fra`, that a model with language codes is to write.
///
/// # Errors
/// What is not understood, by name.
pub fn import(
    ids: &BTreeMap<String, usize>,
    source: &[u8],
    target: &[u8],
    pad: usize,
    target_code: Option<&str>,
) -> Result<Imported, ExportError> {
    let pieces = by_id(ids, pad)?;
    let prefix = prefix(ids, target_code)?;
    let source = Segmentation::read(source)?;
    for segmentation in [&source, &Segmentation::read(target)?] {
        // Byte pairs are merged into pieces that `vocab.json` lacks, which is not tested with any model.
        if segmentation.kind() != Model::Unigram {
            Err(SentencePieceError::Setting {
                setting: "model_type",
                expected: "unigram".into(),
                got: "bpe".into(),
            })?;
        }
        if segmentation.has_bytes() {
            Err(SentencePieceError::Setting {
                setting: "byte_fallback",
                expected: "false".into(),
                got: "true".into(),
            })?;
        }
    }
    let cut = source.pieces()?;
    let cut: BTreeMap<&str, Piece<'_>> = cut
        .into_iter()
        .filter(|piece| matches!(piece.kind, PieceKind::Normal | PieceKind::Symbol))
        .map(|piece| (piece.text, piece))
        .collect();
    let special = |text, kind| Piece {
        text,
        score: 0.0,
        kind,
    };
    let mut rows: Vec<Row> = (0..pieces.len()).map(Row::Own).collect();
    let mut made: Vec<Piece<'_>> = pieces
        .iter()
        .map(|&text| {
            let unused = special(text, PieceKind::Unused);
            cut.get(text).copied().unwrap_or(unused)
        })
        .collect();
    made[END as usize] = special(pieces[END as usize], PieceKind::Control);
    made[START as usize] = special(pieces[pad], PieceKind::Control);
    made[pad] = special(UNKNOWN_PIECE, PieceKind::Unknown);
    if let Some(code) = prefix {
        made[code] = special(pieces[code], PieceKind::Unused);
    }
    rows[START as usize] = Row::ReadOnly(pad);
    rows[pad] = Row::ReadOnly(UNKNOWN);
    let lacking = cut.values().filter(|piece| !ids.contains_key(piece.text));
    made.extend(lacking);
    rows.resize(made.len(), Row::ReadOnly(UNKNOWN));
    if made.len() > MAXIMUM {
        Err(HfError::TooManyPieces {
            maximum: MAXIMUM,
            got: made.len(),
        })?;
    }
    rows.resize(made.len().next_multiple_of(16), Row::Padding);
    let (trie, replacements) = source.character_map()?;
    let file = sentencepiece::write(&Parts {
        model: Model::Unigram,
        pieces: &made,
        unknown_surface: source.unknown_surface(),
        trie,
        replacements,
        prefix: prefix.map(|code| code as Token),
    });
    let file = file.map_err(SentencePieceError::Vocabulary)?;
    Ok(Imported { file, rows })
}
