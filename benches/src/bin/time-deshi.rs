//! Times deshi for `peers/compare.py`: reads a number of sentences from each line of standard input, and
//! prints a line of JSON with the milliseconds of each sentence for each variant.
//!
//! `time-deshi SHAPE SOURCE_TOKENS TARGET_TOKENS NAME`: SHAPE is `carried` or `tiny`, and the variants' names
//! begin with NAME. `DESHI_KERNELS` selects the kernel set, as for `deshi`. `time-deshi --describe SHAPE`
//! prints the shape as JSON, for the other engines.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Duration;

use deshi_benches::{Model, Sentence, SentenceTime, kernels, shape};
use deshi_core::Architecture;
use serde_json::{Value, json};

/// The measured numbers of candidates.
const SHORTLISTS: [usize; 2] = [500, 1000];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--describe", name] => {
            let description = json!({
                "name": name, "architecture": architecture(name)?, "shortlists": SHORTLISTS,
            });
            println!("{description}");
            Ok(())
        }
        [shape, source_len, target_len, name] => {
            let model = Model::random(&architecture(shape)?);
            serve(&model, source_len.parse()?, target_len.parse()?, name)
        }
        _ => Err(
            "usage: time-deshi SHAPE SOURCE_TOKENS TARGET_TOKENS NAME | --describe SHAPE".into(),
        ),
    }
}

fn architecture(name: &str) -> Result<Architecture> {
    shape(name).ok_or_else(|| format!("unknown shape {name:?}; must be carried or tiny").into())
}

fn serve(model: &Model, source_len: usize, target_len: usize, name: &str) -> Result<()> {
    let kernels = kernels();
    let weights = model.weights();
    let sentence = || Sentence::new(kernels, &weights, source_len, target_len);
    let mut variants = vec![(name.to_owned(), sentence())];
    for candidates in SHORTLISTS {
        let name = format!("{name}, shortlist of {candidates}");
        variants.push((name, sentence().with_shortlist(candidates)));
    }

    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", json!({ "ready": kernels.name() }))?;
    for line in std::io::stdin().lock().lines() {
        let sentences: usize = line?.trim().parse()?;
        let mut answer = serde_json::Map::new();
        for (name, sentence) in &mut variants {
            let times = (0..sentences)
                .map(|_| sentence.translate())
                .collect::<std::result::Result<Vec<_>, _>>()?;
            answer.insert(name.clone(), as_json(&times));
        }
        writeln!(out, "{}", Value::Object(answer))?;
        out.flush()?;
    }
    Ok(())
}

fn as_json(times: &[SentenceTime]) -> Value {
    let milliseconds = |part: fn(&SentenceTime) -> Duration| -> Vec<f64> {
        times
            .iter()
            .map(|time| part(time).as_secs_f64() * 1e3)
            .collect()
    };
    json!({
        "sentence_ms": milliseconds(|time| time.encoder + time.steps),
        "encoder_ms": milliseconds(|time| time.encoder),
    })
}
