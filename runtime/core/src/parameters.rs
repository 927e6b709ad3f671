//! The layers of a model, listed by running its forward pass: trainer, export and loader cannot disagree.

use core::convert::Infallible;

use crate::operations::{Linear, Norm, Operations};
use crate::{Architecture, model};

/// A layer with parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// int8 in the bundle.
    Linear(Linear),
    /// f32.
    Norm(Norm),
}

/// The name of the embedding, which is the output layer too: `embedding.weight` is
/// `[vocabulary_size, d_model]`, and `embedding.bias`, added to the logits, `[vocabulary_size]`.
pub const EMBEDDING: &str = "embedding";

/// Calls `visit` for every layer but the embedding, in the order in which the forward pass reaches it,
/// which is the order of the weights file.
pub fn visit(architecture: &Architecture, visit: impl FnMut(Layer)) {
    let mut lister = Lister { visit };
    let run = |lister: &mut Lister<_>| -> Result<(), Infallible> {
        model::encode(lister, architecture, ())?;
        let memories = model::memorise(lister, architecture, ())?;
        let mut states = [(); crate::architecture::MAXIMUM_DECODER_LAYERS];
        model::decode(lister, architecture, (), &memories, &mut states)
    };
    match run(&mut lister) {
        Ok(()) => {}
    }
}

/// Numbers of the model, the embedding's included.
pub fn count(architecture: &Architecture) -> usize {
    let mut total = architecture.vocabulary_size * (architecture.d_model + 1);
    visit(architecture, |layer| {
        total += match layer {
            Layer::Linear(layer) => layer.outputs * (layer.inputs + 1),
            Layer::Norm(norm) => 2 * norm.width,
        }
    });
    total
}

/// The interpreter that only looks at the layers' descriptions.
struct Lister<F> {
    visit: F,
}

impl<F: FnMut(Layer)> Operations for Lister<F> {
    type Value = ();
    type Memory = ();
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

    fn memory(&mut self, (): (), _: usize) -> Result<(), Infallible> {
        Ok(())
    }

    fn cross_attention(&mut self, (): (), (): &()) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DecoderKind;
    use crate::architecture::tests::SMALL;

    #[test]
    fn the_forward_pass_uses_every_layer_once() {
        for decoder in [DecoderKind::Ssru, DecoderKind::SelfAttention] {
            let architecture = Architecture {
                decoder,
                decoder_layers: 2,
                ..SMALL
            };
            let mut seen = std::vec::Vec::new();
            visit(&architecture, |layer| {
                assert!(!seen.contains(&layer), "{layer:?} twice");
                seen.push(layer);
            });
            let linears = seen
                .iter()
                .filter(|layer| matches!(layer, Layer::Linear(_)))
                .count();
            let a_decoder_layer = if decoder == DecoderKind::Ssru { 6 } else { 7 };
            assert_eq!(linears, 2 * 4 + 2 * a_decoder_layer);
        }
    }
}
