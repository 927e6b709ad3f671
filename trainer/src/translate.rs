//! The teacher's translations of a corpus: beam search in shards, each written whole, so that an interrupted run
//! goes on with the first shard that is missing.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};
use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::files::write_whole;
use deshi_corpus::prepare;
use tch::Device;

use crate::batch::encode;
use crate::checkpoint::load_model;
use crate::decode::{Hypothesis, beam};
use crate::interpreter::{Mode, Precision, device};
use crate::model::Model;
use crate::recipe::Recipe;
use crate::text::{detokenise, read_columns};
use crate::train::progress_bar;

/// Translates sentences in batches of like length; the answers are in the sentences' order.
pub fn translate(
    model: &Model,
    mode: Mode,
    sources: &[&[u16]],
    device: Device,
    beam_size: usize,
    length_penalty: f64,
    batch_tokens: usize,
) -> Vec<Vec<Hypothesis>> {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|&index| sources[index].len());
    let mut translations = vec![Vec::new(); sources.len()];
    let mut rest = order.as_slice();
    while !rest.is_empty() {
        // In ascending order the last sentence of a batch is its longest.
        let fits = |count: usize| count * sources[rest[count - 1]].len() <= batch_tokens;
        let count = (1..=rest.len()).take_while(|&count| fits(count)).last().unwrap_or(1);
        let batch: Vec<&[u16]> = rest[..count].iter().map(|&index| sources[index]).collect();
        let found = beam(model, mode, &batch, device, beam_size, length_penalty);
        for (&index, list) in rest[..count].iter().zip(found) {
            translations[index] = list;
        }
        rest = &rest[count..];
    }
    translations
}

/// Translates the prepared corpus with the recipe's teacher, `threads` shards at a time being the affair of as
/// many processes: `part` of `parts` does every `parts`-th shard.
///
/// # Errors
/// If a file cannot be read or written.
pub fn run(recipe: &Recipe, part: usize, parts: usize) -> Result<()> {
    let config = &recipe.translate;
    let device = device();
    let file = fs::read(recipe.vocabulary_path())?;
    let vocabulary = Vocabulary::parse(&file)?;
    let model = load_model(&recipe.model_path(&config.teacher), device)
        .context("the teacher that translates")?;
    let mode = Mode { precision: Precision::Bf16, dropout: 0.0 };

    let wanted = |set: &str| {
        config.sets.is_empty() || config.sets.iter().any(|prefix| set.starts_with(prefix.as_str()))
    };
    let mut lines: Vec<[String; 3]> = Vec::new();
    for path in prepare::train_shards(&recipe.prepared())? {
        lines.extend(read_columns::<3>(&path)?.into_iter().filter(|[_, _, set]| wanted(set)));
    }
    if config.pair_lines > 0 {
        lines.truncate(config.pair_lines);
    }
    if config.mono_lines > 0 {
        let mut mono = Vec::new();
        for path in prepare::mono_shards(&recipe.prepared())? {
            let rows = read_columns::<2>(&path)?.into_iter().filter(|[_, set]| wanted(set));
            mono.extend(rows.map(|[source, set]| [source, String::new(), set]));
        }
        mono.truncate(config.mono_lines);
        lines.extend(mono);
    }

    let folder = recipe.translated();
    fs::create_dir_all(&folder)?;
    let bar = progress_bar(lines.len() as u64, "translate");
    let started = Instant::now();
    let mut done = 0;
    for (index, shard) in lines.chunks(config.shard_lines.max(1)).enumerate() {
        let path = folder.join(format!("nbest.{index:05}.tsv"));
        if index % parts != part || path.exists() {
            continue;
        }
        let encoded: Vec<Vec<u16>> = shard
            .iter()
            .map(|[source, ..]| {
                let mut ids = encode(&vocabulary, source);
                ids.truncate(model.architecture.maximum_positions);
                ids
            })
            .collect();
        let sources: Vec<&[u16]> = encoded.iter().map(Vec::as_slice).collect();
        let lists = translate(
            &model,
            mode,
            &sources,
            device,
            config.beam_size,
            config.length_penalty,
            config.batch_tokens,
        );
        write_whole(&path, |out| {
            for ([source, reference, set], list) in shard.iter().zip(&lists) {
                for Hypothesis { tokens, log_probability, score } in list {
                    let text = detokenise(&vocabulary, tokens);
                    let text = text.replace(['\t', '\n', '\r'], " ");
                    writeln!(out, "{source}\t{reference}\t{set}\t{text}\t{log_probability:.4}\t{score:.4}")?;
                }
            }
            Ok(())
        })?;
        done += shard.len();
        bar.inc(shard.len() as u64);
        bar.set_message(format!("{:.0} sentences/s", done as f64 / started.elapsed().as_secs_f64()));
    }
    bar.finish();
    eprintln!("translate: {done} sentences in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}
