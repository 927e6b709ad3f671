//! Times deshi for `peers/compare.py`: for each line of standard input, a number of sentences, it answers
//! with a line of JSON, the milliseconds of each sentence of each variant.
//!
//! `time-deshi SOURCE_TOKENS TARGET_TOKENS NAME`, where the variants' names begin with NAME; `DESHI_KERNELS` names the kernel set, as for `deshi`.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Duration;

use deshi_benches::{Model, Sentence, SentenceTime, TINY, kernels};
use deshi_core::Architecture;
use serde_json::{Value, json};

/// Candidates of the shortlists that are measured.
const SHORTLISTS: [usize; 2] = [500, 1000];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source_len, target_len, name] = &arguments[..] else {
        return Err("usage: time-deshi SOURCE_TOKENS TARGET_TOKENS NAME".into());
    };
    let (source_len, target_len) = (source_len.parse()?, target_len.parse()?);
    let kernels = kernels();
    let full = Model::random(&TINY);
    let full = full.weights();
    let small = SHORTLISTS.map(|candidates| {
        Model::random(&Architecture {
            vocabulary_size: candidates.next_multiple_of(16),
            ..TINY
        })
    });
    let small = [0, 1].map(|index| small[index].weights());
    let mut variants = vec![(
        name.clone(),
        Sentence::new(kernels, &full, source_len, target_len),
    )];
    for (weights, candidates) in small.iter().zip(SHORTLISTS) {
        let sentence = Sentence::new(kernels, weights, source_len, target_len);
        let sentence = sentence.with_shortlist(full.embedding(), candidates);
        variants.push((format!("{name}, shortlist of {candidates}"), sentence));
    }

    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", json!({ "ready": kernels.name() }))?;
    for line in std::io::stdin().lock().lines() {
        let sentences: usize = line?.trim().parse()?;
        let mut answer = serde_json::Map::new();
        for (name, sentence) in &mut variants {
            let times = (0..sentences)
                .map(|_| sentence.translate())
                .collect::<Result<Vec<_>, _>>()?;
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
