//! BLEU and chrF on test sets: of a checkpoint, greedy and beam, with perplexity and the share of probability on the
//! mode; or of a bundle, as it ships.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use deshi::Translator;
use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::examples::Example;
use deshi_corpus::metrics::{Tokeniser, corpus_bleu, corpus_chrf};
use deshi_corpus::segment::Segmenter;
use serde_json::json;
use tch::no_grad;

use crate::batch::Batch;
use crate::beam_search::{Beam, greedy_batch_tokens, search_all};
use crate::checkpoint::load_model;
use crate::interpreter::{Mode, Precision, device};
use crate::loss::{LossConfig, Rows, mean_loss};
use crate::model::Model;
use crate::recipe::Recipe;
use crate::text::{detokenise, read_columns};

/// A test set.
struct TestSet {
    name: String,
    examples: Vec<Example>,
    references: Vec<String>,
}

impl TestSet {
    fn read(path: &Path, lines: usize, vocabulary: Vocabulary<'_>, longest: usize) -> Result<Self> {
        let mut segmenter = Segmenter::new(vocabulary);
        let mut tokens = |text: &str| {
            let mut ids = segmenter.sentence(text);
            ids.truncate(longest);
            ids
        };
        let rows = read_columns::<2>(path)?.into_iter().take(lines);
        let (examples, references) = rows
            .map(|[source, target]| {
                let (source, target_tokens) = (tokens(&source), tokens(&target));
                let example = Example {
                    source,
                    target: target_tokens,
                };
                (example, target)
            })
            .unzip();
        Ok(Self {
            name: name_of(path),
            examples,
            references,
        })
    }
}

fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
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
    lines: usize,
) -> Result<()> {
    let file =
        fs::read(recipe.vocabulary_path()).context("no vocabulary yet: run `vocabulary` first")?;
    let vocabulary = Vocabulary::parse(&file)?;
    let model = load_model(&recipe.model_path(name), device())?;
    let mode = Mode::inference(precision);
    for path in files {
        let longest = model.architecture.maximum_positions;
        let test_set = TestSet::read(path, lines, vocabulary, longest)?;
        let perplexity = perplexity(&model, mode, &test_set.examples);
        let sources: Vec<&[u16]> = test_set
            .examples
            .iter()
            .map(|example| example.source.as_slice())
            .collect();
        for &size in beams {
            let beam = match size {
                1 => Beam::GREEDY,
                size => Beam {
                    size,
                    ..recipe.translate.beam()
                },
            };
            let tokens = greedy_batch_tokens(model.flat.device()) / size.max(1);
            let lists = search_all(&model, mode, &sources, beam, tokens);
            let texts: Vec<String> = lists
                .iter()
                .map(|list| detokenise(&vocabulary, &list[0].tokens))
                .collect();
            let mode_share = lists.iter().map(|list| list[0].log_probability.exp());
            let result = json!({
                "model": name, "precision": precision, "beam": size, "lines": texts.len(),
                "test_set": test_set.name,
                "bleu": corpus_bleu(&texts, &test_set.references, Tokeniser::default())?.score,
                "chrf": corpus_chrf(&texts, &test_set.references)?.score,
                "p_mode": mode_share.sum::<f64>() / lists.len() as f64,
                "perplexity": perplexity,
            });
            println!("{result}");
        }
    }
    Ok(())
}

/// Evaluates a bundle with the runtime that ships, and prints one JSON object a test set.
///
/// # Errors
/// If a file cannot be read, or is not a valid bundle.
pub fn run_bundle(path: &Path, files: &[PathBuf], lines: usize) -> Result<()> {
    let translator = Translator::open(path)?;
    for file in files {
        let rows: Vec<[String; 2]> = read_columns(file)?.into_iter().take(lines).collect();
        let (mut texts, mut references, mut mode_share) = (Vec::new(), Vec::new(), 0.0);
        for [source, reference] in rows {
            let translation = translator.translate_raw(&source)?;
            mode_share += f64::from(translation.log_probability).exp();
            texts.push(translation.text);
            references.push(reference);
        }
        let result = json!({
            "model": translator.about()?.name, "precision": Precision::Int8, "beam": 1, "lines": texts.len(),
            "test_set": name_of(file),
            "bleu": corpus_bleu(&texts, &references, Tokeniser::default())?.score,
            "chrf": corpus_chrf(&texts, &references)?.score,
            "p_mode": mode_share / texts.len() as f64,
        });
        println!("{result}");
    }
    Ok(())
}

/// `exp` of the mean negative log-probability of a reference token.
fn perplexity(model: &Model, mode: Mode, examples: &[Example]) -> f64 {
    let config = LossConfig {
        label_smoothing: 0.0,
        ..LossConfig::default()
    };
    let (mut sum, mut tokens) = (0.0, 0);
    let mut order: Vec<&Example> = examples.iter().collect();
    order.sort_by_key(|example| example.target.len());
    let sentences = if device().is_cuda() { 512 } else { 32 };
    for chunk in order.chunks(sentences) {
        let batch = Batch::new(chunk.iter().copied(), device());
        let mean = no_grad(|| {
            let rows = Rows::of(model, mode, &batch);
            mean_loss(&config, &rows.logits(), None, &batch.targets).double_value(&[])
        });
        sum += mean * batch.tokens as f64;
        tokens += batch.tokens;
    }
    (sum / tokens.max(1) as f64).exp()
}
