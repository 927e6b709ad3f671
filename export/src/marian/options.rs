//! `special:model.yml`: the options that a model was trained with.
//!
//! Marian writes a flat mapping of scalars and lists, so no other YAML is accepted: a general YAML reader would follow aliases,
//! which can turn a few lines into gigabytes.

use std::collections::BTreeMap;

use deshi_core::{
    Architecture, DecoderKind, Embeddings, FeedForwardActivation, Positions, TargetEmbedding,
};

use super::MarianError;
use crate::check_imported;

/// Positions of an imported model: Firefox wraps sentences at 128 tokens, and a translation has up to twice as many.
pub const MAXIMUM_POSITIONS: usize = 256;

/// The options by key. The items of a list are separated by spaces; an option that is unset is empty.
pub type Options = BTreeMap<String, String>;

/// Reads the mapping.
///
/// # Errors
/// [`MarianError::Options`], with the line.
pub fn parse(text: &str) -> Result<Options, MarianError> {
    let mut options = Options::new();
    let mut key: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let wrong = |problem| MarianError::Options {
            line: index + 1,
            problem,
        };
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let indented = line.starts_with(' ');
        if indented || trimmed.starts_with("- ") {
            let key = key.as_ref().ok_or(wrong("a list without a key"))?;
            let item = match trimmed.strip_prefix("- ") {
                Some(item) => scalar(item).ok_or(wrong("not a plain value"))?,
                None if trimmed == "[]" => continue,
                None => return Err(wrong("neither an option nor an item of a list")),
            };
            let list = options.entry(key.clone()).or_default();
            if !list.is_empty() {
                list.push(' ');
            }
            list.push_str(item);
            continue;
        }
        let (name, value) = trimmed.split_once(':').ok_or(wrong("not `key: value`"))?;
        if !value.is_empty() && !value.starts_with(' ') {
            return Err(wrong("not `key: value`"));
        }
        let value = match value.trim() {
            "[]" => "",
            value => scalar(value).ok_or(wrong("not a plain value"))?,
        };
        if options.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(wrong("the option occurs twice"));
        }
        key = Some(name.to_owned());
    }
    Ok(options)
}

/// A plain or quoted value; `None` for any other YAML.
fn scalar(value: &str) -> Option<&str> {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            let inner = inner.strip_suffix(quote)?;
            return (!inner.contains([quote, '\\'])).then_some(inner);
        }
    }
    match value {
        "~" | "null" => Some(""),
        _ if value.starts_with(['[', '{', '&', '*', '!', '|', '>', '%', '@', '`']) => None,
        _ => Some(value),
    }
}

/// Options without effect on a model with a transformer encoder and an SSRU decoder: those of other models, of training, and of the
/// model's origin.
const WITHOUT_EFFECT: &[&str] = &[
    "bert-train-type-embeddings",
    "bert-type-vocab-size",
    "dec-cell-base-depth",
    "dec-cell-high-depth",
    "dim-rnn",
    "dropout-rnn",
    "dropout-src",
    "dropout-trg",
    "enc-cell",
    "enc-cell-depth",
    "enc-type",
    "factors-combine",
    "factors-dim-emb",
    "lemma-dependency",
    "lemma-dim-emb",
    "original-type",
    "transformer-aan-activation",
    "transformer-aan-depth",
    "transformer-aan-nogate",
    "transformer-depth-scaling",
    "transformer-dim-aan",
    "transformer-dropout",
    "transformer-dropout-attention",
    "transformer-dropout-ffn",
    "transformer-guided-alignment-layer",
    "ulr-dim-emb",
    "ulr-trainable-transformation",
    "unlikelihood-loss",
    "version",
];

/// Options that, if present, must have one of these values. The empty value means unset.
const REQUIRED: &[(&str, &[&str])] = &[
    ("type", &["transformer"]),
    ("dec-cell", &["ssru"]),
    ("input-types", &[""]),
    ("layer-normalization", &["false"]),
    ("output-omit-bias", &["false"]),
    ("right-left", &["false"]),
    ("skip", &["false"]),
    ("special-vocab", &[""]),
    ("transformer-decoder-autoreg", &["rnn"]),
    ("transformer-decoder-ffn-depth", &["0", "2"]),
    ("transformer-ffn-activation", &["relu"]),
    ("transformer-ffn-depth", &["2"]),
    ("transformer-no-affine", &["false"]),
    ("transformer-no-bias", &["false"]),
    ("transformer-no-projection", &["false"]),
    ("transformer-pool", &["false"]),
    ("transformer-postprocess", &["dan", "an"]),
    ("transformer-postprocess-emb", &["d", ""]),
    ("transformer-postprocess-top", &[""]),
    ("transformer-preprocess", &[""]),
    ("transformer-rnn-projection", &["false"]),
    ("transformer-tied-layers", &[""]),
    ("transformer-train-position-embeddings", &["false"]),
    ("ulr", &["false"]),
];

/// Marian's option for one of deshi's hyper-parameters.
fn option_of(field: &str) -> &str {
    match field {
        "encoder_layers" => "enc-depth",
        "decoder_layers" => "dec-depth",
        "d_model" => "dim-emb",
        "d_ff" => "transformer-dim-ffn",
        "n_heads" => "transformer-heads",
        "vocabulary_size" | "source_vocabulary_size" => "dim-vocabs",
        other => other,
    }
}

/// The architecture of a model with these options. Its vocabulary sizes are the model's, not padded.
///
/// # Errors
/// If an option or its value is not supported, or a size is out of range; the error names it. Options in `ignored` are skipped.
pub fn architecture(options: &Options, ignored: &[String]) -> Result<Architecture, MarianError> {
    let number = |key: &str| -> Result<usize, MarianError> {
        let got = options.get(key).map_or("", String::as_str);
        got.parse().map_err(|_| must_be(key, "a number", got))
    };
    let d_ff = number("transformer-dim-ffn")?;
    let sizes = [
        "dec-depth",
        "dim-emb",
        "dim-vocabs",
        "enc-depth",
        "transformer-dim-ffn",
        "transformer-heads",
        "tied-embeddings",
        "tied-embeddings-all",
        "tied-embeddings-src",
    ];
    for (key, got) in options {
        let values = REQUIRED
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, values)| *values);
        let is_known = WITHOUT_EFFECT.contains(&key.as_str()) || sizes.contains(&key.as_str());
        match values {
            _ if is_known || ignored.contains(key) => {}
            Some(values) if values.contains(&got.as_str()) => {}
            Some(values) => {
                let values: Vec<_> = values.iter().copied().map(or_unset).collect();
                return Err(must_be(key, &values.join(" or "), got));
            }
            None if key == "transformer-decoder-dim-ffn" => {
                if got != "0" && *got != d_ff.to_string() {
                    return Err(must_be(key, "0 or transformer-dim-ffn", got));
                }
            }
            None => {
                return Err(MarianError::UnknownOption {
                    option: key.clone(),
                    got: got.clone(),
                });
            }
        }
    }
    // Options that decide what the model computes must be present.
    for key in [
        "type",
        "dec-cell",
        "transformer-decoder-autoreg",
        "transformer-ffn-activation",
        "transformer-postprocess",
    ] {
        if !options.contains_key(key) && !ignored.iter().any(|ignored| ignored == key) {
            return Err(must_be(key, "present", "missing"));
        }
    }
    let (vocabulary_size, embeddings) = embeddings(options)?;
    let architecture = Architecture {
        encoder_layers: number("enc-depth")?,
        decoder_layers: number("dec-depth")?,
        d_model: number("dim-emb")?,
        d_ff,
        n_heads: number("transformer-heads")?,
        decoder: DecoderKind::Ssru,
        vocabulary_size,
        maximum_positions: MAXIMUM_POSITIONS,
        positions: Positions::Marian,
        activation: FeedForwardActivation::Relu,
        embeddings,
    };
    check_imported(&architecture).map_err(|error| {
        let expected = error.expected.replace("d_model", option_of("d_model"));
        must_be(option_of(error.field), &expected, &error.got.to_string())
    })?;
    Ok(architecture)
}

/// Rows of the output layer, and the embeddings beside it.
fn embeddings(options: &Options) -> Result<(usize, Embeddings), MarianError> {
    let sizes = options.get("dim-vocabs").map_or("", String::as_str);
    let parsed: Result<Vec<usize>, _> = sizes.split(' ').map(str::parse).collect();
    let Some([source, target]) = parsed
        .ok()
        .and_then(|sizes| <[usize; 2]>::try_from(sizes).ok())
    else {
        return Err(must_be("dim-vocabs", "two numbers", sizes));
    };
    let flag = |key| match options.get(key).map_or("", String::as_str) {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        got => Err(must_be(key, "true or false", got)),
    };
    let [all, output, languages] = [
        flag("tied-embeddings-all")?,
        flag("tied-embeddings")?,
        flag("tied-embeddings-src")?,
    ];
    if all {
        return match source == target {
            true => Ok((target, Embeddings::JOINT)),
            false => Err(must_be(
                "dim-vocabs",
                "the same number twice, because tied-embeddings-all is true",
                sizes,
            )),
        };
    }
    if languages {
        // One embedding for both languages, and an output layer apart from it.
        return Err(must_be(
            "tied-embeddings-src",
            "false or tied-embeddings-all true",
            "true",
        ));
    }
    if source == 0 {
        return Err(must_be("dim-vocabs", "2 to 65536", "0"));
    }
    let target_embedding = match output {
        true => TargetEmbedding::Tied,
        false => TargetEmbedding::Untied,
    };
    let embeddings = Embeddings {
        source_vocabulary_size: source,
        target: target_embedding,
    };
    Ok((target, embeddings))
}

fn or_unset(value: &str) -> &str {
    if value.is_empty() { "unset" } else { value }
}

fn must_be(option: &str, expected: &str, got: &str) -> MarianError {
    MarianError::Option {
        option: option.to_owned(),
        expected: expected.to_owned(),
        got: or_unset(got).to_owned(),
    }
}
