//! `DeshiOptions`, in safe Rust.

use deshi::{
    EngineKind, Glossary, OnForeign, OnLowConfidence, Options, PublicKey, TranslationMemory,
};

use crate::status::{DeshiStatus, Failure};

/// How a model is loaded and run. One thread at a time may use it.
#[derive(Debug, Default)]
pub struct DeshiOptions(pub(crate) Options);

fn argument(error: &dyn std::error::Error) -> Failure {
    Failure::caused(DeshiStatus::Argument, error)
}

/// Looks a choice up by its name.
fn choice<T: Copy>(option: &str, got: &str, choices: &[(&str, T)]) -> Result<T, Failure> {
    let found = choices.iter().find(|(name, _)| *name == got);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        Failure::argument(format!(
            "{option} must be one of {}; got {got:?}",
            names.join(", ")
        ))
    })
}

impl DeshiOptions {
    fn change(&mut self, change: impl FnOnce(Options) -> Options) {
        self.0 = change(self.0.clone());
    }

    fn try_change(
        &mut self,
        change: impl FnOnce(Options) -> Result<Options, deshi::Error>,
    ) -> Result<(), Failure> {
        self.0 = change(self.0.clone()).map_err(|error| argument(&error))?;
        Ok(())
    }

    pub(crate) fn set_engine(&mut self, name: &str) -> Result<(), Failure> {
        let engines = [EngineKind::Auto, EngineKind::Native, EngineKind::Tract];
        let engines = engines.map(|engine| (engine.to_string(), engine));
        let engines: Vec<_> = (engines.iter())
            .map(|(name, engine)| (name.as_str(), *engine))
            .collect();
        let engine = choice("engine", name, &engines)?;
        self.change(|options| options.engine(engine));
        Ok(())
    }

    pub(crate) fn set_kernels(&mut self, name: &str) -> Result<(), Failure> {
        self.try_change(|options| options.kernels(name))
    }

    pub(crate) fn set_threads(&mut self, threads: usize) -> Result<(), Failure> {
        self.try_change(|options| options.threads(threads))
    }

    pub(crate) fn set_batch_sentences(&mut self, sentences: usize) -> Result<(), Failure> {
        self.try_change(|options| options.batch_sentences(sentences))
    }

    pub(crate) fn set_shortlist(&mut self, shortlist: bool) {
        self.change(|options| options.shortlist(shortlist));
    }

    pub(crate) fn set_paragraphs(&mut self, paragraphs: bool) {
        self.change(|options| options.paragraphs(paragraphs));
    }

    pub(crate) fn set_minimum_confidence(&mut self, probability: f32) -> Result<(), Failure> {
        self.try_change(|options| options.minimum_confidence(probability))
    }

    pub(crate) fn set_on_low_confidence(&mut self, name: &str) -> Result<(), Failure> {
        let actions = [
            ("mark", OnLowConfidence::Mark),
            ("keep", OnLowConfidence::Keep),
        ];
        let action = choice("on_low_confidence", name, &actions)?;
        self.change(|options| options.on_low_confidence(action));
        Ok(())
    }

    pub(crate) fn set_on_foreign(&mut self, name: &str) -> Result<(), Failure> {
        let actions = [
            ("keep", OnForeign::Keep),
            ("translate", OnForeign::Translate),
            ("error", OnForeign::Error),
        ];
        let action = choice("on_foreign", name, &actions)?;
        self.change(|options| options.on_foreign(action));
        Ok(())
    }

    pub(crate) fn set_glossary(&mut self, tsv: &str) -> Result<(), Failure> {
        let glossary = Glossary::from_tsv(tsv).map_err(|error| argument(&error))?;
        self.change(|options| options.glossary(glossary));
        Ok(())
    }

    pub(crate) fn set_translation_memory(&mut self, tsv: &str) -> Result<(), Failure> {
        let memory = TranslationMemory::from_tsv(tsv).map_err(|error| argument(&error))?;
        self.change(|options| options.translation_memory(memory));
        Ok(())
    }

    pub(crate) fn set_public_key(&mut self, text: &str) -> Result<(), Failure> {
        let key = PublicKey::parse(text).map_err(|error| argument(&error))?;
        self.change(|options| options.verify(key));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_option_cannot_be_is_said() {
        let mut options = DeshiOptions::default();
        let results = [
            (
                options.set_engine("magic"),
                "engine must be one of auto, native, tract; got \"magic\"",
            ),
            (options.set_kernels("magic"), "no kernel set \"magic\""),
            (options.set_threads(0), "threads must be 1 to 1024, got 0"),
            (
                options.set_batch_sentences(65),
                "batch_sentences must be 1 to 64, got 65",
            ),
            (
                options.set_minimum_confidence(-1.0),
                "minimum_confidence must be 0 to 1, got -1",
            ),
            (
                options.set_on_foreign(""),
                "on_foreign must be one of keep, translate, error",
            ),
            (
                options.set_on_low_confidence("x"),
                "on_low_confidence must be one of mark, keep",
            ),
            (
                options.set_glossary("no tab"),
                "line 1: expected a source and a target",
            ),
            (
                options.set_translation_memory("a\t"),
                "line 1: expected a source and a target",
            ),
            (
                options.set_public_key("RW"),
                "it is not a public key in minisign's format",
            ),
        ];
        for (result, expected) in results {
            let failure = result.unwrap_err();
            assert_eq!(failure.status, DeshiStatus::Argument);
            assert!(failure.message.contains(expected), "{}", failure.message);
        }
    }
}
