//! The list of a model's tensors: name, shape and kind, in the order of the weights file.
//!
//! Everything that reads, writes, trains or generates a model takes its tensors from here. The list is derived
//! from the forward pass ([`crate::forward`]): it has exactly the layers that the model runs.
//!
//! ```
//! use deshi_core::{Architecture, DecoderKind, Embeddings, FeedForwardActivation, Positions, tensors};
//!
//! let architecture = Architecture {
//!     encoder_layers: 2,
//!     decoder_layers: 1,
//!     d_model: 64,
//!     d_ff: 128,
//!     n_heads: 4,
//!     decoder: DecoderKind::Ssru,
//!     vocabulary_size: 768,
//!     maximum_positions: 64,
//!     positions: Positions::Vaswani,
//!     activation: FeedForwardActivation::Relu,
//!     embeddings: Embeddings::JOINT,
//! };
//! let mut biases = 0;
//! tensors::visit(&architecture, |tensor| {
//!     if tensor.name() == "encoder.0.self_in.weight" {
//!         assert_eq!(tensor.shape()[..], [3 * 64, 64]);
//!     }
//!     biases += usize::from(tensor.kind == tensors::TensorKind::Bias);
//! });
//! assert_eq!(biases, 2 * 4 + 6 + 1);
//! ```

use core::convert::Infallible;
use core::fmt::{self, Write};

use heapless::String;

use crate::operations::{Linear, Norm, Operations};
use crate::{Architecture, Side, forward};

/// The name of the output layer, and of the embedding that its rows are.
pub const EMBEDDING: &str = "embedding";
/// The name of the source's embedding where it is apart.
pub const SOURCE_EMBEDDING: &str = "source_embedding";
/// The name of the target's embedding where it is apart.
pub const TARGET_EMBEDDING: &str = "target_embedding";
/// The most bytes of a tensor's name.
pub const LONGEST_NAME: usize = 64;

/// A layer with parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// A linear layer: [`TensorKind::Weight`] and [`TensorKind::Bias`].
    Linear(Linear),
    /// A normalisation: [`TensorKind::Gamma`] and [`TensorKind::Beta`].
    Norm(Norm),
    /// The output layer, whose rows are also the embedding of each language that has no [`Layer::Table`]: a linear layer from
    /// `d_model` to the vocabulary, whose bias is added to the logits.
    Embedding {
        /// Width of the hidden vectors.
        d_model: usize,
        /// Pieces of the vocabulary.
        vocabulary_size: usize,
    },
    /// The embedding of one language, apart from the output layer: only [`TensorKind::Weight`].
    Table {
        /// Whose.
        side: Side,
        /// Width of the hidden vectors.
        d_model: usize,
        /// Rows.
        ids: usize,
    },
}

/// The role of a tensor in its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TensorKind {
    /// `[outputs, inputs]`, of a table `[ids, d_model]`: int8 in the bundle, with a scale for each row.
    Weight,
    /// `[outputs]`
    Bias,
    /// `[width]`: multiplies the normalised values.
    Gamma,
    /// `[width]`: added after gamma.
    Beta,
}

impl TensorKind {
    /// The suffix that it appends to the layer's name.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Weight => ".weight",
            Self::Bias => ".bias",
            Self::Gamma => ".gamma",
            Self::Beta => ".beta",
        }
    }
}

/// A tensor of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tensor {
    /// Its layer.
    pub layer: Layer,
    /// Its role in the layer.
    pub kind: TensorKind,
}

impl Layer {
    /// The layer's tensors, in order.
    pub fn tensors(self) -> impl Iterator<Item = Tensor> {
        use TensorKind::{Beta, Bias, Gamma, Weight};
        let kinds: &[TensorKind] = match self {
            Self::Linear(_) | Self::Embedding { .. } => &[Weight, Bias],
            Self::Norm(_) => &[Gamma, Beta],
            Self::Table { .. } => &[Weight],
        };
        kinds.iter().map(move |&kind| self.tensor(kind))
    }

    /// The layer's tensor of a kind.
    pub const fn tensor(self, kind: TensorKind) -> Tensor {
        Tensor { layer: self, kind }
    }
}

impl Tensor {
    /// Its shape, the last dimension contiguous.
    pub fn shape(&self) -> heapless::Vec<usize, 2> {
        let (outputs, inputs) = match self.layer {
            Layer::Linear(layer) => (layer.outputs, layer.inputs),
            Layer::Norm(norm) => (norm.width, norm.width),
            Layer::Embedding {
                d_model,
                vocabulary_size,
            } => (vocabulary_size, d_model),
            Layer::Table { d_model, ids, .. } => (ids, d_model),
        };
        match self.kind {
            TensorKind::Weight => heapless::Vec::from_array([outputs, inputs]),
            _ => heapless::Vec::from_array([outputs]),
        }
    }

    /// Its number of elements.
    pub fn elements(&self) -> usize {
        self.shape().iter().product()
    }

    /// Its name, such as `encoder.0.self_in.weight`.
    pub fn name(&self) -> String<LONGEST_NAME> {
        let mut name = String::new();
        write!(name, "{self}").expect("names are shorter than LONGEST_NAME");
        name
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear(layer) => layer.fmt(f),
            Self::Norm(norm) => norm.fmt(f),
            Self::Embedding { .. } => f.write_str(EMBEDDING),
            Self::Table { side, .. } => f.write_str(match side {
                Side::Source => SOURCE_EMBEDDING,
                Side::Target => TARGET_EMBEDDING,
            }),
        }
    }
}

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.layer, self.kind.suffix())
    }
}

impl Architecture {
    /// The output layer.
    pub const fn embedding(&self) -> Layer {
        Layer::Embedding {
            d_model: self.d_model,
            vocabulary_size: self.vocabulary_size,
        }
    }

    /// The embeddings apart from the output layer.
    pub fn tables(&self) -> impl Iterator<Item = Layer> {
        [Side::Source, Side::Target]
            .into_iter()
            .filter(|&side| self.has_table(side))
            .map(|side| Layer::Table {
                side,
                d_model: self.d_model,
                ids: self.embedded_ids(side),
            })
    }
}

/// Calls `visit` for every layer, in the order of the forward pass; then the output layer, and last the tables.
pub fn layers(architecture: &Architecture, visit: impl FnMut(Layer)) {
    let mut lister = Lister { visit };
    let run = |lister: &mut Lister<_>| -> Result<(), Infallible> {
        forward::encode(lister, architecture, ())?;
        let source = forward::keys_values(lister, architecture, ())?;
        let mut states = [(); crate::architecture::MAXIMUM_DECODER_LAYERS];
        forward::decode(lister, architecture, (), &source, &mut states)
    };
    let Ok(()) = run(&mut lister);
    (lister.visit)(architecture.embedding());
    architecture.tables().for_each(lister.visit);
}

/// Calls `visit` for every tensor, in the order of the weights file.
pub fn visit(architecture: &Architecture, mut visit: impl FnMut(Tensor)) {
    layers(architecture, |layer| {
        layer.tensors().for_each(&mut visit);
    });
}

/// Every tensor, in the order of the weights file.
#[cfg(feature = "alloc")]
pub fn list(architecture: &Architecture) -> alloc::vec::Vec<Tensor> {
    let mut list = alloc::vec::Vec::new();
    visit(architecture, |tensor| list.push(tensor));
    list
}

/// The number of parameters of a model.
pub fn parameters(architecture: &Architecture) -> usize {
    let mut total = 0;
    visit(architecture, |tensor| total += tensor.elements());
    total
}

/// The interpreter that only collects the layers.
struct Lister<F> {
    visit: F,
}

impl<F: FnMut(Layer)> Operations for Lister<F> {
    type Value = ();
    type KeysValues = ();
    type State = ();
    type Error = Infallible;

    fn linear(&mut self, (): &(), layer: Linear) -> Result<(), Infallible> {
        (self.visit)(Layer::Linear(layer));
        Ok(())
    }

    fn add_norm(&mut self, (): (), (): (), norm: Norm) -> Result<(), Infallible> {
        (self.visit)(Layer::Norm(norm));
        Ok(())
    }

    fn self_attention(&mut self, (): ()) -> Result<(), Infallible> {
        Ok(())
    }

    fn causal_attention(&mut self, (): (), (): &mut ()) -> Result<(), Infallible> {
        Ok(())
    }

    fn ssru(&mut self, (): (), (): &mut ()) -> Result<(), Infallible> {
        Ok(())
    }

    fn keys_values(&mut self, (): (), _: usize) -> Result<(), Infallible> {
        Ok(())
    }

    fn cross_attention(&mut self, (): (), (): &()) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::architecture::tests::SMALL;
    use crate::{DecoderKind, Embeddings, TargetEmbedding};
    use std::collections::HashSet;
    use std::string::ToString;

    #[test]
    fn the_forward_pass_uses_every_layer_once() {
        for decoder in [DecoderKind::Ssru, DecoderKind::SelfAttention] {
            let architecture = Architecture {
                decoder,
                decoder_layers: 2,
                ..SMALL
            };
            let mut linears = 0;
            let mut norms = 0;
            let mut seen = HashSet::new();
            layers(&architecture, |layer| {
                assert!(seen.insert(layer), "{layer:?} twice");
                match layer {
                    Layer::Linear(_) => linears += 1,
                    Layer::Norm(_) => norms += 1,
                    Layer::Embedding { .. } | Layer::Table { .. } => {}
                }
            });
            let a_decoder_layer = if decoder == DecoderKind::Ssru { 6 } else { 7 };
            assert_eq!(linears, 2 * 4 + 2 * a_decoder_layer);
            assert_eq!(norms, 2 * 2 + 2 * 3);
            assert!(seen.contains(&architecture.embedding()));
        }
    }

    #[test]
    fn embeddings_of_their_own_come_last() {
        let split = |target| Architecture {
            embeddings: Embeddings {
                source_vocabulary_size: 100,
                target,
            },
            ..SMALL
        };
        let joint = list(&SMALL);
        for (target, tables) in [
            (
                TargetEmbedding::Tied,
                &[("source_embedding.weight", 100)][..],
            ),
            (
                TargetEmbedding::Untied,
                &[
                    ("source_embedding.weight", 100),
                    ("target_embedding.weight", SMALL.vocabulary_size),
                ],
            ),
        ] {
            let list = list(&split(target));
            assert_eq!(list[..joint.len()], joint);
            let got = list[joint.len()..].iter();
            let got: std::vec::Vec<_> = got.map(|it| (it.to_string(), it.shape())).collect();
            assert_eq!(got.len(), tables.len());
            for ((name, shape), (expected, ids)) in got.iter().zip(tables) {
                assert_eq!(name, expected);
                assert_eq!(shape[..], [*ids, SMALL.d_model]);
            }
        }
    }

    #[test]
    fn names_are_unique_and_fit() {
        let largest = Architecture {
            encoder_layers: crate::architecture::MAXIMUM_ENCODER_LAYERS,
            decoder_layers: crate::architecture::MAXIMUM_DECODER_LAYERS,
            ..SMALL
        };
        let mut names = HashSet::new();
        for tensor in list(&largest) {
            assert!(names.insert(tensor.name()), "{tensor}");
        }
        for name in [
            "encoder.31.feed_forward_out.bias",
            "decoder.15.cross_keys_values.weight",
            "decoder.0.cross_norm.gamma",
            "embedding.weight",
        ] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
        assert_eq!(
            parameters(&SMALL),
            list(&SMALL).iter().map(Tensor::elements).sum()
        );
        assert_eq!(SMALL.embedding().to_string(), "embedding");
    }
}
