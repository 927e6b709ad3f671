//! Translates lines greedily with a MarianMT model in Hugging Face's form; for `export/check_hf.py`.
//!
//! ```sh
//! cargo run --release -p deshi-export --example greedy_hf -- FOLDER float|int8 MOST [CODE] < LINES > IDS
//! ```
//!
//! Each answer is two lists of ids of `vocab.json`, separated by a tab: the source's, and at most `MOST` of the translation, neither
//! with its end. `CODE` is the target language's code, for a multilingual model. `float` is the slow reference with float weights,
//! `int8` the native engine. It does not stop a translation that repeats
//! itself: transformers does not either.

use std::convert::Infallible;
use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;

use deshi_core::aligned::AlignedBytes;
use deshi_core::native::{Capacity, Native};
use deshi_core::search::{Excluded, Executor};
use deshi_core::vocabulary::{END, START, Vocabulary};
use deshi_core::weights::{self, Layout, Weights};
use deshi_core::{Side, Token, forward};
use deshi_export::hf::{self, Choices, Files, Model};
use deshi_export::reference::{Precision, Reference, State};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn read(folder: &str, target_code: Option<&str>) -> Result<Model> {
    let file = |name| std::fs::read(Path::new(folder).join(name));
    Ok(hf::read(
        &Files {
            config: &file("config.json")?,
            model: &file("model.safetensors")?,
            vocabulary: &file("vocab.json")?,
            source: &file("source.spm")?,
            target: &file("target.spm")?,
        },
        &Choices {
            target_code,
            ..Choices::default()
        },
    )?)
}

fn greedy_float(model: &Model, source: &[Token], most: usize) -> Result<Vec<Token>> {
    let checkpoint = &model.checkpoint;
    let architecture = &checkpoint.architecture;
    let mut reference = Reference::new(checkpoint, Precision::F32);
    let x = reference.embed(Side::Source, source, 0);
    let encoded = forward::encode(&mut reference, architecture, x)?;
    let keys_values = forward::keys_values(&mut reference, architecture, encoded)?;
    let mut states = vec![State::new(architecture.d_model); architecture.decoder_layers];
    let mut tokens = vec![START];
    while tokens.len() <= most {
        let last = &tokens[tokens.len() - 1..];
        let x = reference.embed(Side::Target, last, tokens.len() - 1);
        let hidden = forward::decode(&mut reference, architecture, x, &keys_values, &mut states)?;
        let logits = reference.logits(&hidden);
        let best = (0..logits.len()).rev();
        let best = best.max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
        match best.map_or(END, |best| best as Token) {
            END => break,
            best => tokens.push(best),
        }
    }
    Ok(tokens.split_off(1))
}

fn greedy_int8(native: &mut Native<'_>, source: &[Token], most: usize) -> Result<Vec<Token>> {
    native.encode(source)?;
    let mut tokens = vec![START];
    while tokens.len() <= most {
        let position = tokens.len() - 1;
        let (best, _) = native.step(tokens[position], position, Excluded::NOTHING)?;
        if best == END {
            break;
        }
        tokens.push(best);
    }
    Ok(tokens.split_off(1))
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, precision, most, code @ ..] = &arguments[..] else {
        return Err("usage: greedy_hf FOLDER float|int8 MOST [CODE]".into());
    };
    let most: usize = most.parse()?;
    let model = read(folder, code.first().map(String::as_str))?;
    let architecture = model.checkpoint.architecture;
    let layout = Layout::new(&architecture)?;
    let file = weights::write(&layout, |name| model.checkpoint.tensor(name));
    let file = AlignedBytes::copy(&file);
    let weights = Weights::new(&architecture, file.bytes())?;
    let capacity = Capacity::sentence(architecture.maximum_positions).with_target_tokens(most);
    let mut arena = vec![0.0; capacity.arena_elements(&architecture)];
    let mut quantised = vec![0; capacity.quantised_elements(&architecture)];
    let kernels = deshi_kernels::best();
    let mut native =
        Native::with_capacity(kernels, &weights, capacity, &mut arena, &mut quantised)?;

    let vocabulary = Vocabulary::parse(&model.vocabulary.file)?;
    let ids = |tokens: &[Token]| {
        let ids = tokens
            .iter()
            .filter_map(|&id| model.vocabulary.original_id(id));
        ids.map(|id| id.to_string()).collect::<Vec<_>>().join(" ")
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let mut source = Vec::new();
        let Ok(()) = vocabulary.encode(&line?, |id| {
            source.push(id);
            Ok::<(), Infallible>(())
        });
        let own = ids(&source);
        source.push(END);
        let tokens = match precision.as_str() {
            "float" => greedy_float(&model, &source, most)?,
            _ => greedy_int8(&mut native, &source, most)?,
        };
        writeln!(out, "{own}\t{}", ids(&tokens))?;
    }
    Ok(())
}
