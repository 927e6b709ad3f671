//! A case through the library. Included beside `cases.rs`.

use deshi::{
    Glossary, Layer, OnForeign, OnLowConfidence, Translation, TranslationMemory, Translator,
};

use super::cases::Case;

/// The case's text by a translator, with the case's options.
///
/// # Panics
/// If an option is unknown, or the text is not translated.
pub fn translate(translator: &Translator, case: &Case) -> Translation {
    let mut options = translator.text_options().clone();
    for (name, value) in &case.options {
        match (name.as_str(), value.as_str()) {
            ("paragraphs", "true") => options.paragraphs = true,
            ("minimum_confidence", value) => options.minimum_confidence = value.parse().unwrap(),
            ("on_low_confidence", "keep") => options.on_low_confidence = OnLowConfidence::Keep,
            ("on_foreign", "translate") => options.on_foreign = OnForeign::Translate,
            other => panic!("{}: unknown option {other:?}", case.name),
        }
    }
    options.glossary = Glossary::from_tsv(&case.glossary).unwrap();
    options.memory = TranslationMemory::from_tsv(&case.memory).unwrap();
    let layer = Layer::new(options);
    let mut translated = translator
        .translate_batch_with(&layer, &[&case.text])
        .unwrap();
    translated.remove(0)
}

/// The names of a translation's flags, with spaces between them.
pub fn flags(translation: &Translation) -> String {
    translation.flags.names().collect::<Vec<_>>().join(" ")
}
