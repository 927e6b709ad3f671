//! BLEU and chrF on test sets: of a checkpoint, greedy and beam, with perplexity and the share of probability on the
//! mode; or of a bundle, as it ships.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use deshi::Translator;
use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::metrics::{Tokeniser, corpus_bleu, corpus_chrf};
use serde_json::json;
use tch::no_grad;

use crate::batch::{Batch, Example, encode};
use crate::checkpoint::load_model;
use crate::interpreter::{Mode, Precision, Torch, device};
use crate::loss::{LossConfig, loss};
use crate::model::Model;
use crate::recipe::Recipe;
use crate::text::{detokenise, read_columns};
use crate::translate::translate;

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
    let device = device();
    let file = fs::read(recipe.vocabulary_path())?;
    let vocabulary = Vocabulary::parse(&file)?;
    let model = load_model(&recipe.model_path(name), device)?;
    let mode = Mode {
        precision,
        dropout: 0.0,
    };
    for path in files {
        let rows: Vec<[String; 2]> = read_columns(path)?.into_iter().take(lines).collect();
        let references: Vec<String> = rows
            .iter()
            .map(|[_, reference]| reference.clone())
            .collect();
        let examples: Vec<Example> = rows
            .iter()
            .map(|[source, target]| {
                let mut example = Example {
                    source: encode(&vocabulary, source),
                    target: encode(&vocabulary, target),
                };
                example
                    .source
                    .truncate(model.architecture.maximum_positions);
                example
                    .target
                    .truncate(model.architecture.maximum_positions);
                example
            })
            .collect();
        let perplexity = perplexity(&model, mode, &examples, device);
        let sources: Vec<&[u16]> = examples
            .iter()
            .map(|example| example.source.as_slice())
            .collect();
        for &beam_size in beams {
            let penalty = if beam_size > 1 {
                recipe.translate.length_penalty
            } else {
                0.0
            };
            let lists = translate(&model, mode, &sources, device, beam_size, penalty, 1500);
            let texts: Vec<String> = lists
                .iter()
                .map(|list| detokenise(&vocabulary, &list[0].tokens))
                .collect();
            let mode_share: f64 = lists
                .iter()
                .map(|list| list[0].log_probability.exp())
                .sum::<f64>();
            let result = json!({
                "model": name, "precision": precision, "beam": beam_size, "lines": rows.len(),
                "test_set": path.file_stem().map(|stem| stem.to_string_lossy()),
                "bleu": corpus_bleu(&texts, &references, Tokeniser::default())?.score,
                "chrf": corpus_chrf(&texts, &references)?.score,
                "p_mode": mode_share / lists.len() as f64,
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
/// If a file cannot be read, or is no bundle.
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
            "test_set": file.file_stem().map(|stem| stem.to_string_lossy()),
            "bleu": corpus_bleu(&texts, &references, Tokeniser::default())?.score,
            "chrf": corpus_chrf(&texts, &references)?.score,
            "p_mode": mode_share / texts.len() as f64,
        });
        println!("{result}");
    }
    Ok(())
}

/// `exp` of the mean negative log-probability of a reference token.
fn perplexity(model: &Model, mode: Mode, examples: &[Example], device: tch::Device) -> f64 {
    let config = LossConfig {
        label_smoothing: 0.0,
        ..LossConfig::default()
    };
    let (mut sum, mut tokens) = (0.0, 0);
    let mut order: Vec<&Example> = examples.iter().collect();
    order.sort_by_key(|example| example.target.len());
    for chunk in order.chunks(32) {
        let batch = Batch::new(chunk, device);
        let mean = no_grad(|| {
            let mut torch = Torch::new(model, mode, &batch.source_padding);
            let memories = torch.encode(&batch.source);
            let mut states = torch.states();
            let logits = torch.decode(&batch.target_in, 0, &memories, &mut states);
            loss(
                &config,
                &logits,
                None,
                &batch.target_out,
                &batch.target_padding,
            )
            .double_value(&[])
        });
        sum += mean * batch.tokens as f64;
        tokens += batch.tokens;
    }
    (sum / tokens.max(1) as f64).exp()
}
