//! The forward pass, written once. Training, the ONNX graphs and the runtime are interpreters of it.
//!
//! A transformer (Vaswani et al. 2017) with normalisation after each residual sum; its decoder has
//! SSRUs (Kim et al. 2019) or causal self-attention. Embedding and output layer are not part of it:
//! they share one matrix, which no graph should hold twice.

use heapless::Vec;

use crate::architecture::MAXIMUM_DECODER_LAYERS;
use crate::operations::{Block, Linear, LinearRole, Norm, NormRole, Operations};
use crate::{Architecture, DecoderKind};

/// Each decoder layer's keys and values of the source.
pub type SourceKeysValues<O> = Vec<<O as Operations>::KeysValues, MAXIMUM_DECODER_LAYERS>;

fn linear<O: Operations>(
    operations: &mut O,
    architecture: &Architecture,
    block: Block,
    role: LinearRole,
    x: &O::Value,
) -> Result<O::Value, O::Error> {
    let layer: Linear = architecture
        .linear(block, role)
        .expect("the block has a layer of this role");
    operations.linear(x, layer)
}

/// As [`linear`], for an input that is not needed afterwards.
fn last_linear<O: Operations>(
    operations: &mut O,
    architecture: &Architecture,
    block: Block,
    role: LinearRole,
    x: O::Value,
) -> Result<O::Value, O::Error> {
    let y = linear(operations, architecture, block, role, &x)?;
    operations.release(x);
    Ok(y)
}

fn norm(architecture: &Architecture, block: Block, role: NormRole) -> Norm {
    Norm {
        block,
        role,
        width: architecture.d_model,
    }
}

fn feed_forward<O: Operations>(
    operations: &mut O,
    architecture: &Architecture,
    block: Block,
    x: O::Value,
) -> Result<O::Value, O::Error> {
    let inner = linear(
        operations,
        architecture,
        block,
        LinearRole::FeedForwardIn,
        &x,
    )?;
    let y = last_linear(
        operations,
        architecture,
        block,
        LinearRole::FeedForwardOut,
        inner,
    )?;
    operations.add_norm(x, y, norm(architecture, block, NormRole::FeedForwardNorm))
}

/// The encoder.
///
/// # Shapes
/// `x: [source_len, d_model]`, embedded -> `[source_len, d_model]`
///
/// # Errors
/// An error of the interpreter.
pub fn encode<O: Operations>(
    operations: &mut O,
    architecture: &Architecture,
    mut x: O::Value,
) -> Result<O::Value, O::Error> {
    for block in (0..architecture.encoder_layers).map(Block::Encoder) {
        let qkv = linear(operations, architecture, block, LinearRole::SelfIn, &x)?;
        let attended = operations.self_attention(qkv)?;
        let y = last_linear(
            operations,
            architecture,
            block,
            LinearRole::SelfOut,
            attended,
        )?;
        x = operations.add_norm(x, y, norm(architecture, block, NormRole::SelfNorm))?;
        x = feed_forward(operations, architecture, block, x)?;
    }
    Ok(x)
}

/// Each decoder layer's keys and values of the encoded source.
///
/// # Shapes
/// `encoded: [source_len, d_model]` -> keys and values of each decoder layer
///
/// # Errors
/// An error of the interpreter.
pub fn keys_values<O: Operations>(
    operations: &mut O,
    architecture: &Architecture,
    encoded: O::Value,
) -> Result<SourceKeysValues<O>, O::Error> {
    let mut source = SourceKeysValues::<O>::new();
    for layer in 0..architecture.decoder_layers {
        let block = Block::Decoder(layer);
        let pairs = linear(
            operations,
            architecture,
            block,
            LinearRole::CrossKeysValues,
            &encoded,
        )?;
        let keys_values = operations.keys_values(pairs, layer)?;
        if source.push(keys_values).is_err() {
            unreachable!("Architecture::validate bounds the decoder's layers");
        }
    }
    operations.release(encoded);
    Ok(source)
}

/// The decoder over `n` target positions: the whole target in training, one token in decoding.
///
/// # Shapes
/// `x: [n, d_model]`, embedded -> `[n, d_model]`; `states`: one per layer, advanced by `n` positions
///
/// # Errors
/// An error of the interpreter.
pub fn decode<O: Operations>(
    operations: &mut O,
    architecture: &Architecture,
    mut x: O::Value,
    source: &[O::KeysValues],
    states: &mut [O::State],
) -> Result<O::Value, O::Error> {
    for (layer, (keys_values, state)) in source.iter().zip(states).enumerate() {
        let block = Block::Decoder(layer);
        let read = linear(operations, architecture, block, LinearRole::SelfIn, &x)?;
        let y = match architecture.decoder {
            DecoderKind::Ssru => operations.ssru(read, state)?,
            DecoderKind::SelfAttention => {
                let attended = operations.causal_attention(read, state)?;
                last_linear(
                    operations,
                    architecture,
                    block,
                    LinearRole::SelfOut,
                    attended,
                )?
            }
        };
        x = operations.add_norm(x, y, norm(architecture, block, NormRole::SelfNorm))?;
        let query = linear(operations, architecture, block, LinearRole::CrossQuery, &x)?;
        let attended = operations.cross_attention(query, keys_values)?;
        let y = last_linear(
            operations,
            architecture,
            block,
            LinearRole::CrossOut,
            attended,
        )?;
        x = operations.add_norm(x, y, norm(architecture, block, NormRole::CrossNorm))?;
        x = feed_forward(operations, architecture, block, x)?;
    }
    Ok(x)
}
