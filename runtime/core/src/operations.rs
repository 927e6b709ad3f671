//! The coarse operations of a model. An *interpreter* implements them: on tensors that can be
//! trained, on int8 kernels, or by writing ONNX nodes.

use core::fmt;

use deshi_kernels::Activation;

use crate::{Architecture, FeedForwardActivation};

/// The block that a layer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Block {
    /// The encoder layer of this index.
    Encoder(usize),
    /// The decoder layer of this index.
    Decoder(usize),
}

/// A linear layer's role in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinearRole {
    /// Encoder: queries, keys and values, `d_model -> 3 * d_model`. Decoder: the input of the SSRU
    /// (`2 * d_model`), or queries, keys and values.
    SelfIn,
    /// Joins the heads of self-attention. An SSRU has none.
    SelfOut,
    /// Queries of the attention to the source.
    CrossQuery,
    /// Keys and values of the attention to the source, `d_model -> 2 * d_model`.
    CrossKeysValues,
    /// Joins the heads of the attention to the source.
    CrossOut,
    /// `d_model -> d_ff`, with the architecture's [`FeedForwardActivation`].
    FeedForwardIn,
    /// `d_ff -> d_model`.
    FeedForwardOut,
}

/// A normalisation's role in its block: the sub-layer that it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NormRole {
    /// After self-attention or the SSRU.
    SelfNorm,
    /// After the attention to the source.
    CrossNorm,
    /// After the feed-forward layers.
    FeedForwardNorm,
}

/// A linear layer: its place and its shape.
///
/// # Shapes
/// weight: `[outputs, inputs]`, bias: `[outputs]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Linear {
    /// Its block.
    pub block: Block,
    /// Its role in the block.
    pub role: LinearRole,
    /// Columns of the weight.
    pub inputs: usize,
    /// Rows of the weight.
    pub outputs: usize,
    /// The activation after the product.
    pub activation: Activation,
}

/// A normalisation: its place and its width.
///
/// # Shapes
/// gamma, beta: `[width]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Norm {
    /// Its block.
    pub block: Block,
    /// The sub-layer that it follows.
    pub role: NormRole,
    /// Elements of a row.
    pub width: usize,
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Block::Encoder(layer) => write!(f, "encoder.{layer}"),
            Block::Decoder(layer) => write!(f, "decoder.{layer}"),
        }
    }
}

/// The layer's name. Its tensors append `.weight` and `.bias`.
impl fmt::Display for Linear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self.role {
            LinearRole::SelfIn => "self_in",
            LinearRole::SelfOut => "self_out",
            LinearRole::CrossQuery => "cross_query",
            LinearRole::CrossKeysValues => "cross_keys_values",
            LinearRole::CrossOut => "cross_out",
            LinearRole::FeedForwardIn => "feed_forward_in",
            LinearRole::FeedForwardOut => "feed_forward_out",
        };
        write!(f, "{}.{role}", self.block)
    }
}

/// The normalisation's name. Its tensors append `.gamma` and `.beta`.
impl fmt::Display for Norm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self.role {
            NormRole::SelfNorm => "self_norm",
            NormRole::CrossNorm => "cross_norm",
            NormRole::FeedForwardNorm => "feed_forward_norm",
        };
        write!(f, "{}.{role}", self.block)
    }
}

/// An interpreter of the model's operations.
///
/// A value is one sequence, `[positions, width]`. An interpreter may hold several sequences in one value, with
/// any padding.
pub trait Operations {
    /// A sequence of vectors: `[positions, width]`.
    type Value;
    /// A decoder layer's keys and values of the source.
    type KeysValues;
    /// A decoder layer's memory of the positions before.
    type State;
    /// The interpreter's error.
    type Error;

    /// `y = activation(x W^T + b)`. `x: [n, inputs]`, `y: [n, outputs]`.
    fn linear(&mut self, x: &Self::Value, layer: Linear) -> Result<Self::Value, Self::Error>;

    /// `layer_norm(x + y) * gamma + beta`, with epsilon 1e-6. All `[n, width]`.
    fn add_norm(
        &mut self,
        x: Self::Value,
        y: Self::Value,
        norm: Norm,
    ) -> Result<Self::Value, Self::Error>;

    /// Attention of every position to every position. `qkv: [n, 3 * d_model] -> [n, d_model]`.
    fn self_attention(&mut self, qkv: Self::Value) -> Result<Self::Value, Self::Error>;

    /// Attention of every position to itself and all positions before it, including those in the
    /// state.
    /// `qkv: [n, 3 * d_model] -> [n, d_model]`.
    fn causal_attention(
        &mut self,
        qkv: Self::Value,
        state: &mut Self::State,
    ) -> Result<Self::Value, Self::Error>;

    /// The SSRU (see [`deshi_kernels::KernelSet::ssru`]). `xw: [n, 2 * d_model] -> [n, d_model]`.
    fn ssru(
        &mut self,
        xw: Self::Value,
        state: &mut Self::State,
    ) -> Result<Self::Value, Self::Error>;

    /// Stores the source's keys and values for a decoder layer. `pairs: [source_len, 2 * d_model]`, each row a
    /// key and a value.
    fn keys_values(
        &mut self,
        pairs: Self::Value,
        decoder_layer: usize,
    ) -> Result<Self::KeysValues, Self::Error>;

    /// Attention of every position to the source. `q: [n, d_model] -> [n, d_model]`.
    fn cross_attention(
        &mut self,
        q: Self::Value,
        source: &Self::KeysValues,
    ) -> Result<Self::Value, Self::Error>;

    /// Tells that a value is not needed any more, so that an interpreter with a fixed arena can
    /// reuse its slot.
    fn release(&mut self, value: Self::Value) {
        drop(value);
    }
}

/// The linear layers of a block, in the order in which the weights file holds them.
pub(crate) fn linears(architecture: &Architecture, block: Block) -> impl Iterator<Item = Linear> {
    use LinearRole::*;
    let Architecture {
        d_model,
        d_ff,
        decoder,
        activation,
        ..
    } = *architecture;
    let ssru = decoder == crate::DecoderKind::Ssru;
    let roles: [Option<LinearRole>; 7] = match block {
        Block::Encoder(_) => [
            Some(SelfIn),
            Some(SelfOut),
            None,
            None,
            None,
            Some(FeedForwardIn),
            Some(FeedForwardOut),
        ],
        Block::Decoder(_) => [
            Some(SelfIn),
            (!ssru).then_some(SelfOut),
            Some(CrossQuery),
            Some(CrossKeysValues),
            Some(CrossOut),
            Some(FeedForwardIn),
            Some(FeedForwardOut),
        ],
    };
    roles.into_iter().flatten().map(move |role| {
        let (inputs, outputs) = match role {
            SelfIn if ssru && matches!(block, Block::Decoder(_)) => (d_model, 2 * d_model),
            SelfIn => (d_model, 3 * d_model),
            CrossKeysValues => (d_model, 2 * d_model),
            SelfOut | CrossQuery | CrossOut => (d_model, d_model),
            FeedForwardIn => (d_model, d_ff),
            FeedForwardOut => (d_ff, d_model),
        };
        Linear {
            block,
            role,
            inputs,
            outputs,
            activation: match (role, activation) {
                (FeedForwardIn, FeedForwardActivation::Relu) => Activation::Relu,
                (FeedForwardIn, FeedForwardActivation::Swish) => Activation::Swish,
                _ => Activation::None,
            },
        }
    })
}

impl Architecture {
    /// The linear layer of this role, if the block has one.
    pub fn linear(&self, block: Block, role: LinearRole) -> Option<Linear> {
        linears(self, block).find(|layer| layer.role == role)
    }

    /// Every block, encoder first.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + use<> {
        (0..self.encoder_layers)
            .map(Block::Encoder)
            .chain((0..self.decoder_layers).map(Block::Decoder))
    }
}
