//! The systems whose translations are measured: a model of the recipe, a bundle, or a file of translations.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use deshi::Translator;
use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::examples::Example;
use deshi_corpus::segment::Segmenter;
use tch::no_grad;

use crate::batch::Batch;
use crate::beam_search::{Beam, greedy_batch_tokens, search_ensemble};
use crate::checkpoint::{is_bundle, load_model};
use crate::interpreter::{Mode, Precision, device};
use crate::loss::{LossConfig, Rows, mean_loss};
use crate::model::Model;
use crate::progress::passing_bar;
use crate::recipe::Recipe;
use crate::text::detokenise;

/// Sentences that a bundle translates between two reports of progress: many, so that its threads seldom wait for the last.
const BATCH_SENTENCES: usize = 1024;

/// A translation of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Translation {
    /// Its text.
    pub text: String,
    /// The probability that the model gives it; NaN if it is unknown.
    pub probability: f64,
}

/// A trained model of a recipe.
pub struct TrainedModel {
    vocabulary: Vec<u8>,
    model: Model,
    mode: Mode,
    /// Exponent of the length in a beam search's score.
    length_penalty: f64,
}

impl TrainedModel {
    /// Reads a model and the recipe's vocabulary.
    ///
    /// # Errors
    /// If a file cannot be read, or is not one of ours.
    pub fn open(recipe: &Recipe, name: &str, precision: Precision) -> Result<Self> {
        let vocabulary = fs::read(recipe.vocabulary_path())
            .context("no vocabulary yet: run `vocabulary` first")?;
        Vocabulary::parse(&vocabulary)?;
        Ok(Self {
            vocabulary,
            model: load_model(&recipe.model_path(name), device())?,
            mode: Mode::inference(precision),
            length_penalty: recipe.translate.length_penalty,
        })
    }

    fn vocabulary(&self) -> Vocabulary<'_> {
        Vocabulary::parse(&self.vocabulary).expect("open has parsed it")
    }

    /// A text's tokens, cut to the model's number of positions.
    fn tokens(&self, segmenter: &mut Segmenter<'_>, text: &str) -> Vec<u16> {
        let mut ids = segmenter.sentence(text);
        ids.truncate(self.model.architecture.maximum_positions);
        ids
    }

    /// The best translation of each sentence; greedy with a beam of 1.
    pub fn translate(&self, sources: &[String], beam_size: usize) -> Vec<Translation> {
        let vocabulary = self.vocabulary();
        let mut segmenter = Segmenter::new(vocabulary);
        let encoded: Vec<Vec<u16>> = sources
            .iter()
            .map(|source| self.tokens(&mut segmenter, source))
            .collect();
        let encoded: Vec<&[u16]> = encoded.iter().map(Vec::as_slice).collect();
        let beam = match beam_size {
            1 => Beam::GREEDY,
            size => Beam {
                size,
                length_penalty: self.length_penalty,
            },
        };
        let tokens = greedy_batch_tokens(self.model.flat.device()) / beam_size.max(1);
        let bar = passing_bar(sources.len() as u64, "translate");
        let models = std::slice::from_ref(&self.model);
        let lists = search_ensemble(
            models,
            self.mode,
            &encoded,
            beam,
            tokens,
            &mut |sentences| {
                bar.inc(sentences as u64);
            },
        );
        lists
            .iter()
            .map(|list| Translation {
                text: detokenise(&vocabulary, &list[0].tokens),
                probability: list[0].log_probability.exp(),
            })
            .collect()
    }

    /// The perplexity of the references: `exp` of the mean negative log-probability of their tokens.
    pub fn perplexity(&self, sources: &[String], references: &[String]) -> f64 {
        let mut segmenter = Segmenter::new(self.vocabulary());
        let mut examples: Vec<Example> = sources
            .iter()
            .zip(references)
            .map(|(source, reference)| Example {
                source: self.tokens(&mut segmenter, source),
                target: self.tokens(&mut segmenter, reference),
            })
            .collect();
        examples.sort_by_key(|example| example.target.len());
        let config = LossConfig {
            label_smoothing: 0.0,
            ..LossConfig::default()
        };
        let (mut sum, mut tokens) = (0.0, 0);
        let sentences = if device().is_cuda() { 512 } else { 32 };
        for chunk in examples.chunks(sentences) {
            let batch = Batch::new(chunk, device());
            let mean = no_grad(|| {
                let rows = Rows::of(&self.model, self.mode, &batch);
                mean_loss(&config, &rows.logits(), None, &batch.targets).double_value(&[])
            });
            sum += mean * batch.tokens as f64;
            tokens += batch.tokens;
        }
        (sum / tokens.max(1) as f64).exp()
    }
}

/// Whether the name says that the file contains translations: `NAME.txt`.
fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "txt")
}

/// Whether the name is that of a model of the recipe.
pub fn is_of_recipe(name: &str) -> bool {
    let path = Path::new(name);
    !is_bundle(path) && !is_text(path)
}

/// A system whose translations are measured.
pub enum System {
    /// A model of the recipe.
    Model(Box<TrainedModel>),
    /// A bundle, run by the library that ships.
    Bundle(Box<Translator>),
    /// Another system's translations of the test set, one per line.
    Text(Vec<String>),
}

impl System {
    /// Opens what a command's argument names: `NAME.deshi` is a bundle, `NAME.txt` a file of translations, anything else a
    /// model of the recipe.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(recipe: impl FnOnce() -> Result<Recipe>, name: &str) -> Result<Self> {
        let path = Path::new(name);
        if is_bundle(path) {
            let translator = Translator::open(path).with_context(|| name.to_owned())?;
            return Ok(Self::Bundle(Box::new(translator)));
        }
        if is_text(path) {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
            return Ok(Self::Text(text.lines().map(str::to_owned).collect()));
        }
        let model = TrainedModel::open(&recipe()?, name, Precision::F32)?;
        Ok(Self::Model(Box::new(model)))
    }

    /// The translation of each sentence of the test set, by greedy search.
    ///
    /// # Errors
    /// If a bundle cannot run, or there are fewer translations than sentences.
    pub fn translate(&self, sources: &[String]) -> Result<Vec<Translation>> {
        match self {
            Self::Model(model) => Ok(model.translate(sources, 1)),
            Self::Bundle(translator) => {
                let bar = passing_bar(sources.len() as u64, "translate");
                let mut all = Vec::with_capacity(sources.len());
                // A sentence's translation is the same in every batch.
                for batch in sources.chunks(BATCH_SENTENCES) {
                    let found = translator.translate_raw_batch(batch)?;
                    all.extend(found.into_iter().map(|found| Translation {
                        probability: f64::from(found.log_probability).exp(),
                        text: found.text,
                    }));
                    bar.inc(batch.len() as u64);
                }
                Ok(all)
            }
            Self::Text(lines) => {
                if lines.len() < sources.len() {
                    bail!(
                        "{} translations of {} sentences: there must be one per line",
                        lines.len(),
                        sources.len()
                    );
                }
                let translation = lines[..sources.len()].iter().map(|text| Translation {
                    text: text.clone(),
                    probability: f64::NAN,
                });
                Ok(translation.collect())
            }
        }
    }
}
