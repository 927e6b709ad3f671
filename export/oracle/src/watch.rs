//! Greedy decoding by deshi's reference, which records the inputs of each linear layer. Marian's static scales are measured so.

use std::collections::BTreeMap;

use deshi_core::operations::{Linear, Norm, Operations};
use deshi_core::tensors::EMBEDDING;
use deshi_core::vocabulary::{END, START};
use deshi_core::{Side, forward};
use deshi_export::ExportError;
use deshi_export::marian::Model;
use deshi_export::reference::{Reference, Rows, State};

/// The reference, and the largest magnitude of each layer's inputs.
struct Watching<'a> {
    reference: Reference<'a>,
    largest: BTreeMap<String, f32>,
}

impl Watching<'_> {
    fn see(&mut self, layer: String, x: &Rows) {
        let largest = self.largest.entry(layer).or_insert(1e-20);
        *largest = x.iter().fold(*largest, |most, x| most.max(x.abs()));
    }
}

/// The most likely tokens of each source, up to twice its length; and for each layer, 127 divided by its largest input.
pub fn greedy(
    reference: Reference<'_>,
    model: &Model,
    sources: &[Vec<u32>],
) -> (Vec<Vec<u32>>, BTreeMap<String, f32>) {
    let mut watching = Watching {
        reference,
        largest: BTreeMap::new(),
    };
    let translate = |source: &Vec<u32>| {
        decode(&mut watching, model, source).expect("the reference computes every model")
    };
    let tokens = sources.iter().map(translate).collect();
    let scales = watching
        .largest
        .into_iter()
        .map(|(layer, most)| (layer, 127.0 / most));
    (tokens, scales.collect())
}

fn decode(
    watching: &mut Watching<'_>,
    model: &Model,
    source: &[u32],
) -> Result<Vec<u32>, ExportError> {
    let architecture = &model.checkpoint.architecture;
    let x = watching.reference.embed(Side::Source, source, 0);
    let encoded = forward::encode(watching, architecture, x)?;
    let keys_values = forward::keys_values(watching, architecture, encoded)?;
    let mut states = vec![State::new(architecture.d_model); architecture.decoder_layers];
    let mut tokens = Vec::new();
    let mut token = START;
    for position in 0..2 * source.len() {
        let x = watching.reference.embed(Side::Target, &[token], position);
        let hidden = forward::decode(watching, architecture, x, &keys_values, &mut states)?;
        watching.see(EMBEDDING.to_owned(), &hidden);
        let logits = watching.reference.logits(&hidden);
        let best = (0..logits.len())
            .rev()
            .max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
        token = best.expect("there are logits") as u32;
        if token == END {
            break;
        }
        tokens.push(token);
    }
    Ok(tokens)
}

impl<'a> Operations for Watching<'a> {
    type Value = Rows;
    type KeysValues = <Reference<'a> as Operations>::KeysValues;
    type State = State;
    type Error = ExportError;

    fn linear(&mut self, x: &Rows, layer: Linear) -> Result<Rows, ExportError> {
        self.see(layer.to_string(), x);
        self.reference.linear(x, layer)
    }

    fn add_norm(&mut self, x: Rows, y: Rows, norm: Norm) -> Result<Rows, ExportError> {
        self.reference.add_norm(x, y, norm)
    }

    fn self_attention(&mut self, qkv: Rows) -> Result<Rows, ExportError> {
        self.reference.self_attention(qkv)
    }

    fn causal_attention(&mut self, qkv: Rows, state: &mut State) -> Result<Rows, ExportError> {
        self.reference.causal_attention(qkv, state)
    }

    fn ssru(&mut self, xw: Rows, state: &mut State) -> Result<Rows, ExportError> {
        self.reference.ssru(xw, state)
    }

    fn keys_values(&mut self, pairs: Rows, layer: usize) -> Result<Self::KeysValues, ExportError> {
        self.reference.keys_values(pairs, layer)
    }

    fn cross_attention(&mut self, q: Rows, source: &Self::KeysValues) -> Result<Rows, ExportError> {
        self.reference.cross_attention(q, source)
    }
}
