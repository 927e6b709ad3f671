//! BLEU and chrF on test sets: of a checkpoint, greedy and beam, with perplexity and the share of probability on the
//! mode; or of a bundle, as it ships.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use deshi::Translator;
use deshi_corpus::metrics::{Tokeniser, corpus_bleu, corpus_chrf};
use serde::{Deserialize, Serialize};

use crate::interpreter::Precision;
use crate::recipe::Recipe;
use crate::system::{System, TrainedModel, Translation};
use crate::text::read_columns;

/// A test set.
pub struct TestSet {
    /// The file's name without its end.
    pub name: String,
    /// Its sources.
    pub sources: Vec<String>,
    /// The reference of each.
    pub references: Vec<String>,
}

impl TestSet {
    /// The first lines of a file, or all: tab-separated source and reference.
    ///
    /// # Errors
    /// If it cannot be read, has no line, or a line has fewer columns.
    pub fn read(path: &Path, lines: Option<usize>) -> Result<Self> {
        let rows = read_columns::<2>(path)?.into_iter();
        let rows = rows.take(lines.unwrap_or(usize::MAX));
        let (sources, references): (Vec<_>, Vec<_>) =
            rows.map(|[source, reference]| (source, reference)).unzip();
        sources
            .first()
            .with_context(|| format!("{} has no lines", path.display()))?;
        Ok(Self {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            sources,
            references,
        })
    }
}

/// A model's scores on a test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The model's name.
    pub model: String,
    /// Arithmetic of its linear layers.
    pub precision: Precision,
    /// The test set's name.
    pub test_set: String,
    /// Its lines.
    pub lines: usize,
    /// Beam size; 1 is greedy.
    pub beam: usize,
    /// Corpus BLEU, 0 to 100.
    pub bleu: f64,
    /// Corpus chrF, 0 to 100.
    pub chrf: f64,
    /// The mean of the probability that the model gives its translation.
    pub p_mode: f64,
    /// Of the references; a bundle's is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perplexity: Option<f64>,
}

impl Evaluation {
    /// Scores translations. Perplexity is left out.
    ///
    /// # Errors
    /// If there is not one translation for each reference.
    pub fn of(
        model: &str,
        precision: Precision,
        beam: usize,
        test_set: &TestSet,
        translations: &[Translation],
    ) -> Result<Self> {
        let texts: Vec<&str> = translations
            .iter()
            .map(|translation| translation.text.as_str())
            .collect();
        let references: Vec<&str> = test_set.references.iter().map(String::as_str).collect();
        let probabilities = translations
            .iter()
            .map(|translation| translation.probability);
        Ok(Self {
            model: model.to_owned(),
            precision,
            test_set: test_set.name.clone(),
            lines: texts.len(),
            beam,
            bleu: corpus_bleu(&texts, &references, Tokeniser::default())?.score,
            chrf: corpus_chrf(&texts, &references)?.score,
            p_mode: probabilities.sum::<f64>() / texts.len() as f64,
            perplexity: None,
        })
    }

    fn print(&self) -> Result<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}

/// Evaluates a model of the recipe, and prints one JSON object a test set and beam size.
///
/// # Errors
/// If a file cannot be read.
pub fn run(
    recipe: &Recipe,
    name: &str,
    files: &[PathBuf],
    beams: &[usize],
    precision: Precision,
    lines: Option<usize>,
) -> Result<()> {
    let model = TrainedModel::open(recipe, name, precision)?;
    for path in files {
        let test_set = TestSet::read(path, lines)?;
        let perplexity = model.perplexity(&test_set.sources, &test_set.references);
        for &beam in beams {
            let translations = model.translate(&test_set.sources, beam);
            let evaluation = Evaluation {
                perplexity: Some(perplexity),
                ..Evaluation::of(name, precision, beam, &test_set, &translations)?
            };
            evaluation.print()?;
        }
    }
    Ok(())
}

/// Evaluates a bundle with the runtime that ships, and prints one JSON object a test set.
///
/// # Errors
/// If a file cannot be read, or is not a valid bundle.
pub fn run_bundle(path: &Path, files: &[PathBuf], lines: Option<usize>) -> Result<()> {
    let translator = Translator::open(path)?;
    let name = translator.about()?.name.clone();
    let bundle = System::Bundle(Box::new(translator));
    for file in files {
        let test_set = TestSet::read(file, lines)?;
        let translations = bundle.translate(&test_set.sources)?;
        Evaluation::of(&name, Precision::Int8, 1, &test_set, &translations)?.print()?;
    }
    Ok(())
}
