//! `manifest.json` of a model that others exported as ONNX graphs of standard operators: format 3.
//!
//! `encoder.onnx` reads a source and gives each decoder layer's keys and values of it; `decoder_step.onnx` chooses the next
//! token. Their values have the names that Hugging Face's optimum gives them; the batch is always one sentence. Weights are external
//! data in `weights.bin`, so both graphs share them. Only the engine tract runs such a model.

#[cfg(feature = "alloc")]
use alloc::{format, string::String as Text, vec, vec::Vec as List};

use heapless::{String, Vec};
use serde::{Deserialize, Serialize};

use super::manifest::{check_length_factor, format as format_of};
use super::{BundleError, FORMAT, STANDARD_FORMAT};
use crate::Token;
use crate::search::maximum_tokens;
use crate::vocabulary::{END, START};

/// The graphs' id of `<unk>`. In deshi's vocabulary, that id is [`START`].
pub const UNKNOWN: Token = 1;

/// What a runtime needs to know about a model of standard operators. Other fields of `manifest.json` are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandardManifest {
    /// The format's version, [`STANDARD_FORMAT`].
    pub format: u32,
    /// The graphs.
    pub standard_graphs: StandardGraphs,
    /// The source language (BCP 47), such as `en`.
    pub source_language: String<16>,
    /// The target language (BCP 47), such as `de`.
    pub target_language: String<16>,
    /// See [`Self::maximum_tokens`].
    pub length_factor: f32,
    /// See [`Self::maximum_tokens`].
    pub length_offset: u32,
}

/// The graphs' sizes, and what their search needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandardGraphs {
    /// The logits of a step.
    pub vocabulary_size: usize,
    /// The most tokens of a source, and of a translation.
    pub maximum_positions: usize,
    /// Width of the encoder's hidden vectors.
    pub d_model: usize,
    /// The decoder's cache; without one, every step reads the whole translation again.
    pub cache: Option<Cache>,
    /// The graphs' id of the token that starts a translation. In deshi's vocabulary, that id is `<unk>`.
    pub start: Token,
    /// The graphs' ids that a translation never has.
    pub suppressed: Vec<Token, 16>,
    /// Whether the last token that the bound on the length allows is the end, as `forced_eos_token_id` has it.
    pub forced_end: bool,
}

/// Keys and values of the tokens before, for each layer of the decoder: `[1, n_heads, tokens, head_dim]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cache {
    /// Layers of the decoder.
    pub decoder_layers: usize,
    /// Attention heads.
    pub n_heads: usize,
    /// Width of one head.
    pub head_dim: usize,
}

impl StandardManifest {
    /// Reads and checks `manifest.json`; `None` if it is one of deshi's own architecture.
    ///
    /// # Errors
    /// [`BundleError`]: what is wrong.
    pub fn parse(json: &[u8]) -> Result<Option<Self>, BundleError> {
        match format_of(json)? {
            FORMAT => return Ok(None),
            STANDARD_FORMAT => {}
            got => return Err(BundleError::Format { got }),
        }
        let (manifest, _): (Self, _) =
            serde_json_core::from_slice(json).map_err(BundleError::Manifest)?;
        manifest.standard_graphs.validate()?;
        check_length_factor(manifest.length_factor)?;
        Ok(Some(manifest))
    }

    /// The most tokens of a translation, its end included: see [`crate::search::maximum_tokens`]. One less where the last
    /// would only be the end that is forced.
    pub fn maximum_tokens(&self, source_tokens: usize) -> usize {
        let graphs = &self.standard_graphs;
        let most = maximum_tokens(
            self.length_factor,
            self.length_offset,
            source_tokens,
            graphs.maximum_positions,
        );
        most.saturating_sub(usize::from(graphs.forced_end))
    }
}

impl StandardGraphs {
    /// Checks that the sizes are within reason, and the tokens within the vocabulary.
    ///
    /// # Errors
    /// The first value that is out of range.
    pub fn validate(&self) -> Result<(), BundleError> {
        let check = |ok: bool, field, expected, got| {
            if ok {
                Ok(())
            } else {
                Err(BundleError::StandardValue {
                    field,
                    expected,
                    got,
                })
            }
        };
        let size = self.vocabulary_size;
        check(
            (3..=65_536).contains(&size),
            "vocabulary_size",
            "3 to 65536",
            size,
        )?;
        let positions = self.maximum_positions;
        let in_range = (2..=4096).contains(&positions);
        check(in_range, "maximum_positions", "2 to 4096", positions)?;
        let start = self.start as usize;
        let is_other = start > UNKNOWN as usize && start < size;
        check(
            is_other,
            "start",
            "a token of the vocabulary after the first two",
            start,
        )?;
        for &token in &self.suppressed {
            let known = token != END && (token as usize) < size;
            let expected = "tokens of the vocabulary, without the end";
            check(known, "suppressed", expected, token as usize)?;
        }
        let d_model = self.d_model;
        check(
            (1..=16_384).contains(&d_model),
            "d_model",
            "1 to 16384",
            d_model,
        )?;
        let Some(cache) = self.cache else {
            return Ok(());
        };
        for (field, got, maximum, expected) in [
            ("cache.decoder_layers", cache.decoder_layers, 64, "1 to 64"),
            ("cache.n_heads", cache.n_heads, 256, "1 to 256"),
            ("cache.head_dim", cache.head_dim, 1024, "1 to 1024"),
        ] {
            check((1..=maximum).contains(&got), field, expected, got)?;
        }
        Ok(())
    }

    /// The graphs' id of one of deshi's tokens: their start and `<unk>` have changed places, and pieces of the source that
    /// the model does not know are `<unk>`.
    pub fn graph_token(&self, token: Token) -> Token {
        match token {
            START => self.start,
            token if token == self.start || token as usize >= self.vocabulary_size => UNKNOWN,
            token => token,
        }
    }

    /// deshi's id of one of the graphs' tokens.
    pub fn own_token(&self, token: Token) -> Token {
        match token {
            UNKNOWN => self.start,
            token if token == self.start => START,
            token => token,
        }
    }
}

/// A dimension of a [`StandardPort`].
#[cfg(feature = "alloc")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// A fixed size.
    Known(usize),
    /// The source's tokens, the end included.
    Source,
    /// The translation's tokens before this step's.
    Past,
    /// Those and this step's.
    PastAndThis,
    /// All tokens of the translation so far, the start included: without a cache.
    Target,
}

/// An input or output of a graph.
#[cfg(feature = "alloc")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardPort {
    /// Its name.
    pub name: Text,
    /// Whether its elements are i64, as of token ids and masks; else they are f32.
    pub is_integer: bool,
    /// Its shape. The batch is one sentence.
    pub shape: List<Size>,
}

/// The inputs and outputs of a graph, in order.
#[cfg(feature = "alloc")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardInterface {
    /// The inputs.
    pub inputs: List<StandardPort>,
    /// The outputs.
    pub outputs: List<StandardPort>,
}

#[cfg(feature = "alloc")]
fn integers(name: &str, length: Size) -> StandardPort {
    StandardPort {
        name: name.into(),
        is_integer: true,
        shape: vec![Size::Known(1), length],
    }
}

#[cfg(feature = "alloc")]
fn numbers(name: &str, length: Size, width: usize) -> StandardPort {
    StandardPort {
        name: name.into(),
        is_integer: false,
        shape: vec![Size::Known(1), length, Size::Known(width)],
    }
}

#[cfg(feature = "alloc")]
impl Cache {
    /// The keys and the values of a layer: `{prefix}.{layer}.{of}.key` and `.value`.
    fn ports(&self, prefix: &str, layer: usize, of: &str, length: Size) -> [StandardPort; 2] {
        ["key", "value"].map(|part| StandardPort {
            name: format!("{prefix}.{layer}.{of}.{part}"),
            is_integer: false,
            shape: vec![
                Size::Known(1),
                Size::Known(self.n_heads),
                length,
                Size::Known(self.head_dim),
            ],
        })
    }
}

#[cfg(feature = "alloc")]
impl StandardInterface {
    /// `input_ids`, `attention_mask: [1, S]` -> for each decoder layer its keys and its values of the source, `[1, n_heads, S,
    /// head_dim]`; without a cache, the hidden vectors, `[1, S, d_model]`.
    pub fn encoder(graphs: &StandardGraphs) -> Self {
        let outputs = match graphs.cache {
            Some(cache) => {
                let of_layer = |layer| cache.ports("present", layer, "encoder", Size::Source);
                (0..cache.decoder_layers).flat_map(of_layer).collect()
            }
            None => vec![numbers("last_hidden_state", Size::Source, graphs.d_model)],
        };
        let inputs = ["input_ids", "attention_mask"].map(|name| integers(name, Size::Source));
        Self {
            inputs: inputs.into(),
            outputs,
        }
    }

    /// `input_ids: [1, 1]`, `encoder_attention_mask: [1, S]`, and for each layer the keys and values of the P tokens before,
    /// `[1, n_heads, P, head_dim]`, and those of the source -> `logits: [1, 1, vocabulary_size]`, and for each layer the keys
    /// and values of all P + 1 tokens. Without a cache: `input_ids: [1, T]`, the mask and the encoder's hidden vectors ->
    /// `logits: [1, T, vocabulary_size]`.
    pub fn decoder_step(graphs: &StandardGraphs) -> Self {
        let mask = integers("encoder_attention_mask", Size::Source);
        let logits = |length| numbers("logits", length, graphs.vocabulary_size);
        let Some(cache) = graphs.cache else {
            let hidden = numbers("encoder_hidden_states", Size::Source, graphs.d_model);
            return Self {
                inputs: vec![integers("input_ids", Size::Target), mask, hidden],
                outputs: vec![logits(Size::Target)],
            };
        };
        let mut inputs = vec![integers("input_ids", Size::Known(1)), mask];
        let mut outputs = vec![logits(Size::Known(1))];
        for layer in 0..cache.decoder_layers {
            inputs.extend(cache.ports("past_key_values", layer, "decoder", Size::Past));
            inputs.extend(cache.ports("past_key_values", layer, "encoder", Size::Source));
            outputs.extend(cache.ports("present", layer, "decoder", Size::PastAndThis));
        }
        Self { inputs, outputs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[u8] = br#"{"format":3,"name":"x","standard_graphs":{"vocabulary_size":12,"maximum_positions":16,"d_model":8,
        "cache":{"decoder_layers":1,"n_heads":2,"head_dim":4},"start":11,"suppressed":[11],"forced_end":true},
        "source_language":"en","target_language":"de","length_factor":2.0,"length_offset":4}"#;

    fn graphs() -> StandardGraphs {
        let manifest = StandardManifest::parse(JSON).unwrap();
        manifest.unwrap().standard_graphs
    }

    #[test]
    fn the_format_tells_the_two_kinds_apart() {
        let manifest = StandardManifest::parse(JSON).unwrap().unwrap();
        assert_eq!(manifest.maximum_tokens(3), 9, "without the forced end");
        assert_eq!(manifest.maximum_tokens(300), 15);
        let other = super::super::Manifest::parse(JSON);
        assert_eq!(other, Err(BundleError::StandardGraphs));
        let own = StandardManifest::parse(br#"{"format":2}"#);
        assert_eq!(own, Ok(None));
        let later = StandardManifest::parse(br#"{"format":4}"#);
        assert_eq!(later, Err(BundleError::Format { got: 4 }));
    }

    #[test]
    fn start_and_unknown_change_places() {
        let graphs = graphs();
        for (own, graph) in [(0, 0), (START, 11), (11, UNKNOWN), (5, 5)] {
            assert_eq!(graphs.graph_token(own), graph);
            assert_eq!(graphs.own_token(graph), own);
        }
        assert_eq!(
            graphs.graph_token(12),
            UNKNOWN,
            "a piece of the source alone"
        );
    }

    #[test]
    fn values_out_of_range_are_named() {
        assert_eq!(graphs().validate(), Ok(()));
        type Break = fn(&mut StandardGraphs);
        let broken: [(&str, Break); 6] = [
            ("vocabulary_size", |graphs| graphs.vocabulary_size = 1 << 20),
            ("maximum_positions", |graphs| graphs.maximum_positions = 1),
            ("start", |graphs| graphs.start = UNKNOWN),
            ("start", |graphs| graphs.start = 12),
            ("suppressed", |graphs| graphs.suppressed[0] = END),
            ("cache.head_dim", |graphs| {
                graphs.cache.as_mut().unwrap().head_dim = usize::MAX;
            }),
        ];
        for (expected, break_it) in broken {
            let mut graphs = graphs();
            break_it(&mut graphs);
            let Err(BundleError::StandardValue { field, .. }) = graphs.validate() else {
                panic!("{expected} was accepted");
            };
            assert_eq!(field, expected);
        }
    }
}
