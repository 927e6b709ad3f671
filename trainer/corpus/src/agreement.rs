//! Compares deshi's encoding and decoding with HuggingFace's `tokenizers`, given the same pieces and merges:
//! the oracle for [`deshi_core::vocabulary`].

use std::convert::Infallible;

use ahash::AHashMap;
use deshi_core::vocabulary::{SPACE, Vocabulary, pre_tokens};
use tokenizers::{
    Decoder, DecoderWrapper, Model,
    decoders::{byte_fallback::ByteFallback, fuse::Fuse, sequence::Sequence, strip::Strip},
    models::bpe::BPE,
    normalizers::replace::Replace,
};

use crate::Error;

/// A vocabulary in deshi and in `tokenizers`.
pub struct Oracle<'a> {
    vocabulary: Vocabulary<'a>,
    model: BPE,
    decoder: Sequence,
}

/// The differing results of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The ids from deshi and from `tokenizers`.
    pub ids: [Vec<u32>; 2],
    /// The decoded text from deshi and from `tokenizers`.
    pub text: [String; 2],
}

impl<'a> Oracle<'a> {
    /// Loads a vocabulary's pieces and merges into `tokenizers`.
    ///
    /// # Errors
    ///
    /// If `tokenizers` rejects them.
    pub fn new(vocabulary: Vocabulary<'a>) -> Result<Self, Error> {
        Self::between(vocabulary, vocabulary)
    }

    /// Compares deshi with one vocabulary and `tokenizers` with another, to test the oracle itself.
    ///
    /// # Errors
    ///
    /// If `tokenizers` rejects the pieces.
    pub fn between(vocabulary: Vocabulary<'a>, theirs: Vocabulary<'_>) -> Result<Self, Error> {
        let piece = |id| theirs.piece(id).unwrap_or_default().to_owned();
        let ids = 0..theirs.len() as u32;
        let pieces: AHashMap<String, u32> = ids
            .map(|id| (piece(id), id))
            .filter(|(piece, _)| !piece.is_empty())
            .collect();
        let merges = theirs.merges();
        let merges = merges
            .map(|(left, right)| (piece(left), piece(right)))
            .collect();
        let model = BPE::builder()
            .vocab_and_merges(pieces, merges)
            .byte_fallback(true)
            .build()
            .map_err(tokenizers_error)?;
        let spaces = Replace::new(SPACE.to_string(), " ").map_err(tokenizers_error)?;
        let decoder = Sequence::new(vec![
            DecoderWrapper::ByteFallback(ByteFallback::new()),
            DecoderWrapper::Fuse(Fuse::new()),
            DecoderWrapper::Replace(spaces),
            DecoderWrapper::Strip(Strip::new(' ', 1, 0)),
        ]);
        Ok(Self {
            vocabulary,
            model,
            decoder,
        })
    }

    /// Encodes and decodes a text with both; `None` if they agree. Both use the same pre-tokens.
    ///
    /// # Errors
    ///
    /// If `tokenizers` fails.
    pub fn check(&self, text: &str) -> Result<Option<Disagreement>, Error> {
        let mut ours = Vec::new();
        let Ok(()) = self.vocabulary.encode(text, |id| {
            ours.push(id);
            Ok::<(), Infallible>(())
        });
        let (mut theirs, mut tokens) = (Vec::new(), Vec::new());
        pre_tokens(text, |run| {
            for token in self.model.tokenize(run).map_err(tokenizers_error)? {
                theirs.push(token.id);
                tokens.push(token.value);
            }
            Ok::<(), Error>(())
        })?;
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.vocabulary.decode(ours.iter().copied(), &mut text);
        let their_text = self.decoder.decode(tokens).map_err(tokenizers_error)?;
        if ours == theirs && text == their_text {
            return Ok(None);
        }
        Ok(Some(Disagreement {
            ids: [ours, theirs],
            text: [text, their_text],
        }))
    }
}

fn tokenizers_error(error: tokenizers::Error) -> Error {
    Error::Tokenizers(error)
}
