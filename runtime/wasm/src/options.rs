//! The text layer's options, from a JavaScript object.

use deshi::{Glossary, Layer, OnForeign, OnLowConfidence, TranslationMemory, Translator};
use js_sys::JSON;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use crate::types::{self, error};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Given {
    glossary: Pairs,
    do_not_translate: Vec<String>,
    memory: Pairs,
    paragraphs: bool,
    minimum_confidence: f32,
    on_low_confidence: LowConfidence,
    on_foreign: Foreign,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Pairs {
    Listed(Vec<(String, String)>),
    Tsv(String),
}

impl Default for Pairs {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum LowConfidence {
    #[default]
    Mark,
    Keep,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Foreign {
    #[default]
    Keep,
    Translate,
    Error,
}

/// The text layer that the options ask for.
///
/// # Errors
/// If the object has an unknown field or a wrong value.
pub(crate) fn layer(
    translator: &Translator,
    options: Option<&types::Options>,
) -> Result<Layer, JsError> {
    let given = options.map(read).transpose()?.unwrap_or_default();
    let mut options = translator.text_options().clone();
    if !(0.0..=1.0).contains(&given.minimum_confidence) {
        let got = given.minimum_confidence;
        return Err(JsError::new(&format!(
            "minimumConfidence must be 0 to 1, got {got}"
        )));
    }
    options.minimum_confidence = given.minimum_confidence;
    options.paragraphs = given.paragraphs;
    options.on_low_confidence = match given.on_low_confidence {
        LowConfidence::Mark => OnLowConfidence::Mark,
        LowConfidence::Keep => OnLowConfidence::Keep,
    };
    options.on_foreign = match given.on_foreign {
        Foreign::Keep => OnForeign::Keep,
        Foreign::Translate => OnForeign::Translate,
        Foreign::Error => OnForeign::Error,
    };
    match given.glossary {
        Pairs::Listed(pairs) => {
            for (source, target) in pairs {
                options.glossary.add(source, target);
            }
        }
        Pairs::Tsv(file) => {
            options.glossary = Glossary::from_tsv(&file).map_err(|cause| error(&cause))?;
        }
    }
    for term in given.do_not_translate {
        options.glossary.keep(term);
    }
    match given.memory {
        Pairs::Listed(pairs) => {
            for (source, target) in pairs {
                options.memory.add(&source, target);
            }
        }
        Pairs::Tsv(file) => {
            options.memory = TranslationMemory::from_tsv(&file).map_err(|cause| error(&cause))?;
        }
    }
    Ok(Layer::new(options))
}

fn read(options: &types::Options) -> Result<Given, JsError> {
    let value: &JsValue = options.as_ref();
    let json = JSON::stringify(value)
        .ok()
        .and_then(|json| json.as_string());
    let json = json.ok_or_else(|| JsError::new("the options must be an object"))?;
    serde_json::from_str(&json).map_err(|cause| JsError::new(&format!("the options: {cause}")))
}
