//! Translates lines greedily with a bundle of ONNX graphs of standard operators; for `export/check_onnx.py`.
//!
//! ```sh
//! cargo run --release -p deshi-export --features tract --example greedy_onnx -- MODEL.deshi MOST < LINES > IDS
//! ```
//!
//! Each answer is two lists of ids of `vocab.json`, separated by a tab: the source's, and the translation's, neither with its end.
//! A translation has at most `MOST` tokens, the end included; where the model forces the end, the last of them is the end.
//! A translation that repeats itself is not stopped: transformers does not stop it either.

use std::convert::Infallible;
use std::error::Error;
use std::io::{BufRead, Write};

use deshi_core::Token;
use deshi_core::bundle::{
    DECODER_STEP, ENCODER, MANIFEST, Members, StandardManifest, VOCABULARY, WEIGHTS,
};
use deshi_core::search::{Excluded, Executor};
use deshi_core::vocabulary::{END, START, Vocabulary};
use deshi_tract::GraphError;
use deshi_tract::standard::{StandardExecutor, StandardFiles, StandardModel};

fn greedy(
    executor: &mut StandardExecutor,
    source: &[Token],
    most: usize,
) -> Result<Vec<Token>, GraphError> {
    executor.encode(source)?;
    let mut tokens = vec![START];
    while tokens.len() <= most {
        let position = tokens.len() - 1;
        let (best, _) = executor.step(tokens[position], position, Excluded::NOTHING)?;
        if best == END {
            break;
        }
        tokens.push(best);
    }
    Ok(tokens.split_off(1))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bundle, most] = &arguments[..] else {
        return Err("usage: greedy_onnx MODEL.deshi MOST".into());
    };
    let file = std::fs::read(bundle)?;
    let members = Members::parse(&file)?;
    let member = |name| members.get(name).ok_or("a member is missing");
    let manifest = StandardManifest::parse(member(MANIFEST)?)?;
    let manifest = manifest.ok_or("the bundle has no graphs of standard operators")?;
    let files = StandardFiles {
        encoder: member(ENCODER)?,
        decoder_step: member(DECODER_STEP)?,
        weights: member(WEIGHTS)?,
    };
    let graphs = manifest.standard_graphs;
    let model = StandardModel::load(files, graphs.clone())?;
    let vocabulary = Vocabulary::parse(member(VOCABULARY)?)?;
    let most = most.parse::<usize>()? - usize::from(graphs.forced_end);
    let ids = |tokens: &[Token]| {
        let ids = tokens
            .iter()
            .map(|&token| graphs.graph_token(token).to_string());
        ids.collect::<Vec<_>>().join(" ")
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
        let tokens = model.run(|executor| greedy(executor, &source, most))?;
        writeln!(out, "{own}\t{}", ids(&tokens))?;
    }
    Ok(())
}
