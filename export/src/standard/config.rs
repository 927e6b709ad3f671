//! `config.json` and `generation_config.json`: how transformers' greedy search chooses among a model's logits.
//!
//! Everything that the graphs compute is in the graphs. What is left: where a translation starts and ends, which tokens it never
//! has, and how long a sentence can be.

use serde_json::{Map, Value};

use super::StandardError;

/// The settings by their keys.
pub type Settings = Map<String, Value>;

/// Positions where no configuration names them: those of OPUS-MT.
const POSITIONS: usize = 512;

/// How tokens are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// The token that starts a translation.
    pub start: usize,
    /// Tokens that a translation never has.
    pub suppressed: Vec<usize>,
    /// Whether the last token that the length allows is the end.
    pub forced_end: bool,
    /// The most tokens of a source, and of a translation.
    pub maximum_positions: usize,
}

/// Settings of the search that must have this value, or be missing. Numbers are compared as numbers.
const NEUTRAL: &[(&str, &[&str])] = &[
    ("eos_token_id", &["0", "[0]"]),
    ("is_encoder_decoder", &["true"]),
    ("begin_suppress_tokens", &["null", "[]"]),
    ("encoder_no_repeat_ngram_size", &["null", "0"]),
    ("encoder_repetition_penalty", &["null", "1", "1.0"]),
    ("exponential_decay_length_penalty", &["null"]),
    ("force_words_ids", &["null"]),
    ("forced_bos_token_id", &["null"]),
    ("forced_decoder_ids", &["null"]),
    ("min_length", &["null", "0"]),
    ("min_new_tokens", &["null", "0"]),
    ("no_repeat_ngram_size", &["null", "0"]),
    ("repetition_penalty", &["null", "1", "1.0"]),
    ("sequence_bias", &["null"]),
];

/// A configuration, and what it is called.
struct Reader<'s> {
    file: &'static str,
    settings: &'s Settings,
    ignored: &'s [String],
}

impl Reader<'_> {
    fn wrong(&self, key: &str, expected: impl Into<String>, got: &Value) -> StandardError {
        StandardError::Setting {
            file: self.file,
            key: key.to_owned(),
            expected: expected.into(),
            got: got.to_string(),
        }
    }

    /// A setting that is there, and not ignored.
    fn get(&self, key: &str) -> Option<&Value> {
        if self.ignored.iter().any(|ignored| ignored == key) {
            return None;
        }
        self.settings.get(key).filter(|value| !value.is_null())
    }

    fn neutral(&self) -> Result<(), StandardError> {
        for &(key, allowed) in NEUTRAL {
            let Some(got) = self.get(key) else { continue };
            if !allowed.contains(&got.to_string().as_str()) {
                return Err(self.wrong(key, allowed.join(" or "), got));
            }
        }
        Ok(())
    }

    fn number(&self, key: &str, maximum: usize) -> Result<Option<usize>, StandardError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let number = value
            .as_u64()
            .and_then(|number| usize::try_from(number).ok());
        match number.filter(|&number| number <= maximum) {
            Some(number) => Ok(Some(number)),
            None => Err(self.wrong(key, format!("a number up to {maximum}"), value)),
        }
    }

    /// The tokens of `bad_words_ids`, each a list of one, and of `suppress_tokens`.
    fn suppressed(&self) -> Result<Vec<usize>, StandardError> {
        let mut tokens = Vec::new();
        let mut add = |key, value: &Value, words: &Value| match value.as_u64() {
            Some(token) => {
                tokens.push(token as usize);
                Ok(())
            }
            None => Err(self.wrong(key, "a list of single tokens", words)),
        };
        let key = "bad_words_ids";
        if let Some(words) = self.get(key) {
            let list = words.as_array();
            let list = list.ok_or_else(|| self.wrong(key, "a list of lists", words))?;
            for word in list {
                match word.as_array().map(Vec::as_slice) {
                    // transformers leaves the end out of them.
                    Some([token]) if token.as_u64() == Some(0) => {}
                    Some([token]) => add(key, token, words)?,
                    _ => return Err(self.wrong(key, "lists of one token each", words)),
                }
            }
        }
        let key = "suppress_tokens";
        if let Some(words) = self.get(key) {
            let list = words.as_array();
            let list = list.ok_or_else(|| self.wrong(key, "a list of tokens", words))?;
            for token in list {
                add(key, token, words)?;
            }
        }
        tokens.sort_unstable();
        tokens.dedup();
        Ok(tokens)
    }

    fn forced_end(&self) -> Result<bool, StandardError> {
        let key = "forced_eos_token_id";
        match self.get(key).map(|value| (value, value.as_u64())) {
            None => Ok(false),
            Some((_, Some(0))) => Ok(true),
            Some((got, _)) => Err(self.wrong(key, "null or 0, the end", got)),
        }
    }
}

/// Reads the settings. Without `config.json`, they are OPUS-MT's: `<pad>`, the token `pad`, starts a translation, which never has
/// it, and the end is forced. `generation_config.json` counts more than `config.json`, as in transformers.
///
/// # Errors
/// [`StandardError::Setting`]: a value that deshi does not follow.
pub fn read(
    config: Option<&Settings>,
    generation: Option<&Settings>,
    pad: Option<usize>,
    ignored: &[String],
) -> Result<Generation, StandardError> {
    let reader = |file, settings| Reader {
        file,
        settings,
        ignored,
    };
    let config = config.map(|settings| reader("config.json", settings));
    let generation = generation.map(|settings| reader("generation_config.json", settings));
    let positions = match &config {
        Some(config) => config.number("max_position_embeddings", 4096)?,
        None => None,
    };
    let search = generation.as_ref().or(config.as_ref());
    let Some(search) = search else {
        let start = pad.ok_or(StandardError::NoPad)?;
        return Ok(Generation {
            start,
            suppressed: vec![start],
            forced_end: true,
            maximum_positions: POSITIONS,
        });
    };
    search.neutral()?;
    let mut start = search.number("decoder_start_token_id", 65_535)?;
    if let (None, Some(config)) = (start, &config) {
        start = config.number("decoder_start_token_id", 65_535)?;
    }
    Ok(Generation {
        start: start.or(pad).ok_or(StandardError::NoPad)?,
        suppressed: search.suppressed()?,
        forced_end: search.forced_end()?,
        maximum_positions: positions.unwrap_or(POSITIONS),
    })
}
