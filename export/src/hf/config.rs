//! `config.json`: the architecture of a model, and everything that must hold for deshi to compute it.

use std::collections::BTreeSet;

use deshi_core::{Architecture, DecoderKind, Embeddings, FeedForwardActivation, Positions};
use serde_json::{Map, Value};

use super::HfError;
use crate::check_imported;

/// The settings by their keys.
pub type Settings = Map<String, Value>;

/// Settings that change nothing for what the model computes: those of training, of beam search, and what says where the model
/// comes from. Greedy search ends at deshi's own bound on the length.
const WITHOUT_EFFECT: &[&str] = &[
    "_attn_implementation_autoset",
    "_commit_hash",
    "_name_or_path",
    "_num_labels",
    "activation_dropout",
    "architectures",
    "attention_dropout",
    "bad_words_ids",
    "begin_suppress_tokens",
    "bos_token_id",
    "classif_dropout",
    "classifier_dropout",
    "decoder_layerdrop",
    "diversity_penalty",
    "do_sample",
    "dropout",
    "dtype",
    "early_stopping",
    "encoder_layerdrop",
    // Of learnt positions alone. transformers 3 wrote `pad_token_id + 1` into Marian's configurations, too.
    "extra_pos_embeddings",
    "finetuning_task",
    "force_bos_token_to_be_generated",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "gradient_checkpointing",
    "id2label",
    "init_std",
    "label2id",
    "length_penalty",
    "max_length",
    "min_length",
    "no_repeat_ngram_size",
    "num_beam_groups",
    "num_beams",
    "num_return_sequences",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "output_scores",
    "prefix",
    "problem_type",
    "remove_invalid_values",
    "repetition_penalty",
    "return_dict",
    "return_dict_in_generate",
    "save_step",
    "sep_token_id",
    "task_specific_params",
    "temperature",
    "tokenizer_class",
    "top_k",
    "top_p",
    "torch_dtype",
    "torchscript",
    "transformers_version",
    "typical_p",
    "use_bfloat16",
    "use_cache",
    "xla_device",
];

/// Settings that must have this value; where one is missing, it has it by default, or not (the last field).
const REQUIRED: &[(&str, &str, bool)] = &[
    ("model_type", "\"marian\"", true),
    ("scale_embedding", "true", false),
    ("add_bias_logits", "false", true),
    ("add_cross_attention", "false", true),
    ("add_final_layer_norm", "false", true),
    ("cross_attention_hidden_size", "null", true),
    ("do_blenderbot_90_layernorm", "false", true),
    ("is_decoder", "false", true),
    ("is_encoder_decoder", "true", true),
    ("normalize_before", "false", true),
    ("normalize_embedding", "false", true),
    ("pruned_heads", "{}", true),
    ("share_encoder_decoder_embeddings", "true", true),
    ("static_position_embeddings", "true", true),
    ("tie_encoder_decoder", "false", true),
    ("tie_word_embeddings", "true", true),
    ("chunk_size_feed_forward", "0", true),
];

/// What `config.json` says of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Its architecture. Its vocabulary has the rows of the model's own embedding.
    pub architecture: Architecture,
    /// The token that starts the decoder.
    pub pad: usize,
}

struct Reader<'s> {
    settings: &'s Settings,
    ignored: &'s [String],
    used: BTreeSet<&'s str>,
}

impl<'s> Reader<'s> {
    fn is_ignored(&self, key: &str) -> bool {
        self.ignored.iter().any(|ignored| ignored == key)
    }

    /// Checks [`REQUIRED`].
    fn required(&mut self) -> Result<(), HfError> {
        for &(key, expected, by_default) in REQUIRED {
            self.used.insert(key);
            match self.settings.get(key).map(Value::to_string) {
                _ if self.is_ignored(key) => {}
                None if !by_default => return Err(HfError::MissingKey { key: key.into() }),
                Some(got) if got != expected => {
                    return Err(HfError::Setting {
                        key: key.into(),
                        expected: expected.into(),
                        got,
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn number(&mut self, key: &'s str) -> Result<usize, HfError> {
        self.used.insert(key);
        let missing = || HfError::MissingKey { key: key.into() };
        let value = self.settings.get(key).ok_or_else(missing)?;
        let number = value.as_u64().filter(|&number| number <= 1 << 20);
        number
            .map(|number| number as usize)
            .ok_or(HfError::Setting {
                key: key.into(),
                expected: "a number up to 1048576".into(),
                got: value.to_string(),
            })
    }

    /// A setting that, where it is there, must be this number.
    fn equal(&mut self, key: &'s str, expected: usize) -> Result<(), HfError> {
        self.used.insert(key);
        match self.settings.get(key) {
            _ if self.is_ignored(key) => Ok(()),
            None | Some(Value::Null) => Ok(()),
            Some(value) if value.as_u64() == Some(expected as u64) => Ok(()),
            Some(value) => Err(HfError::Setting {
                key: key.into(),
                expected: expected.to_string(),
                got: value.to_string(),
            }),
        }
    }

    fn activation(&mut self) -> Result<FeedForwardActivation, HfError> {
        let key = "activation_function";
        self.used.insert(key);
        let missing = || HfError::MissingKey { key: key.into() };
        let value = self.settings.get(key).ok_or_else(missing)?;
        match value.as_str() {
            Some("relu") => Ok(FeedForwardActivation::Relu),
            Some("swish" | "silu") => Ok(FeedForwardActivation::Swish),
            _ => Err(HfError::Setting {
                key: key.into(),
                expected: "swish, silu or relu".into(),
                got: value.to_string(),
            }),
        }
    }
}

/// The setting for one of deshi's hyper-parameters.
fn key_of(field: &str) -> &str {
    match field {
        "d_ff" => "encoder_ffn_dim",
        "n_heads" => "encoder_attention_heads",
        "vocabulary_size" => "vocab_size",
        "maximum_positions" => "max_position_embeddings",
        other => other,
    }
}

/// Reads the settings. Those whose keys are in `ignored` are taken to have no effect, except the sizes, which are always read.
///
/// # Errors
/// [`HfError`]: a setting that is missing, not understood, or of a value that deshi does not compute.
pub fn read(settings: &Settings, ignored: &[String]) -> Result<Config, HfError> {
    let mut reader = Reader {
        settings,
        ignored,
        used: BTreeSet::new(),
    };
    reader.required()?;
    let architecture = Architecture {
        encoder_layers: reader.number("encoder_layers")?,
        decoder_layers: reader.number("decoder_layers")?,
        d_model: reader.number("d_model")?,
        d_ff: reader.number("encoder_ffn_dim")?,
        n_heads: reader.number("encoder_attention_heads")?,
        decoder: DecoderKind::SelfAttention,
        vocabulary_size: reader.number("vocab_size")?,
        maximum_positions: reader.number("max_position_embeddings")?,
        positions: Positions::Vaswani,
        activation: reader.activation()?,
        embeddings: Embeddings::JOINT,
    };
    let pad = reader.number("pad_token_id")?;
    for (key, expected) in [
        ("decoder_ffn_dim", architecture.d_ff),
        ("decoder_attention_heads", architecture.n_heads),
        ("decoder_vocab_size", architecture.vocabulary_size),
        ("num_hidden_layers", architecture.encoder_layers),
        ("decoder_start_token_id", pad),
        ("eos_token_id", 0),
    ] {
        reader.equal(key, expected)?;
    }
    for key in [
        "decoder_ffn_dim",
        "decoder_attention_heads",
        "decoder_start_token_id",
    ] {
        if !settings.contains_key(key) && !reader.is_ignored(key) {
            return Err(HfError::MissingKey { key: key.into() });
        }
    }
    for (key, value) in settings {
        let known = reader.used.contains(key.as_str()) || WITHOUT_EFFECT.contains(&key.as_str());
        if !known && !reader.is_ignored(key) {
            return Err(HfError::UnknownKey {
                key: key.clone(),
                got: value.to_string(),
            });
        }
    }
    check_imported(&architecture).map_err(|error| HfError::Setting {
        key: key_of(error.field).into(),
        expected: error.expected.into(),
        got: error.got.to_string(),
    })?;
    Ok(Config { architecture, pad })
}
