//! rten's worker: the int8 graphs that graphs.py writes, one thread, weights prepacked.
//!
//! `time-rten SOURCE_TOKENS TARGET_TOKENS NAME FOLDER` follows the protocol in worker.py; FOLDER is written by
//! graphs.py.

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use rten::{Model, ModelOptions, NodeId, Value, ValueOrView};
use rten_tensor::Tensor;
use serde_json::json;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The fields of shape.json that this program needs.
#[derive(Clone, Copy)]
struct Shape {
    decoder_layers: usize,
    d_model: usize,
    vocabulary_size: usize,
}

/// The shape of the graphs in a folder, and the vocabulary sizes of the shortlist graphs.
fn read_shape(folder: &Path) -> Result<(Shape, Vec<usize>)> {
    let description: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("shape.json"))?)?;
    let number = |value: &serde_json::Value| -> Result<usize> {
        Ok(value
            .as_u64()
            .ok_or("shape.json lacks a number")?
            .try_into()?)
    };
    let architecture = |field: &str| number(&description["architecture"][field]);
    let shape = Shape {
        decoder_layers: architecture("decoder_layers")?,
        d_model: architecture("d_model")?,
        vocabulary_size: architecture("vocabulary_size")?,
    };
    let shortlists = description["shortlists"]
        .as_array()
        .ok_or("shape.json lacks shortlists")?;
    Ok((shape, shortlists.iter().map(number).collect::<Result<_>>()?))
}

fn open(path: &Path) -> Result<Model> {
    let mut options = ModelOptions::with_all_ops();
    options.prepack_weights(true);
    Ok(options.load_file(path)?)
}

fn nodes(model: &Model, names: &[String]) -> Result<Vec<NodeId>> {
    Ok(names
        .iter()
        .map(|name| model.node_id(name))
        .collect::<std::result::Result<_, _>>()?)
}

fn named(layers: usize, prefixes: &[&str]) -> Vec<String> {
    (0..layers)
        .flat_map(|layer| {
            prefixes
                .iter()
                .map(move |prefix| format!("{prefix}.{layer}"))
        })
        .collect()
}

fn integer(number: usize) -> Value {
    Value::from(Tensor::from_data(&[1], vec![number as i32]))
}

/// The same as token() in shape.py.
fn token(position: usize, vocabulary: usize) -> usize {
    258 + position * 7919 % (vocabulary - 258)
}

struct Translator {
    shape: Shape,
    encoder: Model,
    step: Model,
    source: Value,
    target_len: usize,
    vocabulary: usize,
}

impl Translator {
    fn new(
        shape: Shape,
        folder: &Path,
        source_len: usize,
        target_len: usize,
        vocabulary: usize,
    ) -> Result<Self> {
        let source: Vec<i32> = (0..source_len)
            .map(|position| token(position, shape.vocabulary_size) as i32)
            .collect();
        Ok(Self {
            shape,
            encoder: open(&folder.join("encoder.onnx"))?,
            step: open(&folder.join(format!("decoder_step.{vocabulary}.onnx")))?,
            source: Value::from(Tensor::from_data(&[source_len], source)),
            target_len,
            vocabulary,
        })
    }

    /// Milliseconds of a sentence, and of its encoder.
    fn translate(&self) -> Result<[f64; 2]> {
        let started = Instant::now();
        let Shape {
            decoder_layers,
            d_model,
            ..
        } = self.shape;
        let memory_names = named(decoder_layers, &["keys", "values"]);
        let source = self.encoder.node_id("source")?;
        let outputs = nodes(&self.encoder, &memory_names)?;
        let memories = self
            .encoder
            .run(vec![(source, (&self.source).into())], &outputs, None)?;
        let encoder = started.elapsed();

        let memory_inputs = nodes(&self.step, &memory_names)?;
        let state_inputs = nodes(&self.step, &named(decoder_layers, &["state"]))?;
        let mut wanted = vec!["next".to_owned()];
        wanted.extend(named(decoder_layers, &["state_out"]));
        let wanted = nodes(&self.step, &wanted)?;
        let [token_input, position_input] =
            ["token", "position"].map(|name| self.step.node_id(name));
        let (token_input, position_input) = (token_input?, position_input?);
        let zeros = || Value::from(Tensor::<f32>::zeros(&[1, d_model]));
        let mut states: Vec<Value> = (0..decoder_layers).map(|_| zeros()).collect();
        for position in 0..self.target_len {
            let read = integer(token(position, self.vocabulary));
            let mut inputs: Vec<(NodeId, ValueOrView)> = vec![
                (token_input, read.into()),
                (position_input, integer(position).into()),
            ];
            for (&input, memory) in memory_inputs.iter().zip(&memories) {
                inputs.push((input, memory.into()));
            }
            for (&input, state) in state_inputs.iter().zip(states.drain(..)) {
                inputs.push((input, state.into()));
            }
            let mut outputs = self.step.run(inputs, &wanted, None)?.into_iter();
            std::hint::black_box(outputs.next());
            states.extend(outputs);
        }
        let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1e3;
        Ok([milliseconds(started.elapsed()), milliseconds(encoder)])
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source_len, target_len, name, folder] = &arguments[..] else {
        return Err("usage: time-rten SOURCE_TOKENS TARGET_TOKENS NAME FOLDER".into());
    };
    let (source_len, target_len) = (source_len.parse()?, target_len.parse()?);
    let folder = Path::new(folder);
    let (shape, shortlists) = read_shape(folder)?;
    let mut variants = Vec::new();
    for vocabulary in [vec![shape.vocabulary_size], shortlists].concat() {
        let translator = Translator::new(shape, folder, source_len, target_len, vocabulary)?;
        let name = match vocabulary == shape.vocabulary_size {
            true => name.clone(),
            false => format!("{name}, vocabulary of {vocabulary}"),
        };
        for _ in 0..5 {
            translator.translate()?;
        }
        variants.push((name, translator));
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", json!({ "ready": "rten 0.27" }))?;
    for line in std::io::stdin().lock().lines() {
        let sentences: usize = line?.trim().parse()?;
        let mut answer = serde_json::Map::new();
        for (name, translator) in &variants {
            let times = (0..sentences)
                .map(|_| translator.translate())
                .collect::<Result<Vec<_>>>()?;
            let column =
                |index: usize| -> Vec<f64> { times.iter().map(|time| time[index]).collect() };
            let times = json!({ "sentence_ms": column(0), "encoder_ms": column(1) });
            answer.insert(name.clone(), times);
        }
        writeln!(out, "{}", serde_json::Value::Object(answer))?;
        out.flush()?;
    }
    Ok(())
}
