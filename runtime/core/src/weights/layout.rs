//! The position of each tensor in the weights file.

use core::fmt::{self, Write};

use deshi_kernels::LinearWeights;
use heapless::String;

use crate::architecture::{ArchitectureError, MAXIMUM_DECODER_LAYERS, MAXIMUM_ENCODER_LAYERS};
use crate::operations::{Block, Linear, LinearRole, Norm, NormRole};
use crate::tensors::{self, LONGEST_NAME, Layer, Tensor, TensorKind};
use crate::{Architecture, Side};

/// The alignment of sections: a cache line.
pub const ALIGNMENT_BYTES: usize = 64;

/// The name of the sine table, the only section without a tensor in the checkpoint.
const POSITIONS: &str = "positions";

const BLOCKS: usize = MAXIMUM_ENCODER_LAYERS + MAXIMUM_DECODER_LAYERS;
const LINEAR_ROLES: usize = 7;
const ROLES: usize = LINEAR_ROLES + 3;

/// The content of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionKind {
    /// int8 weights: `[outputs / 16, inputs / 4, 16, 4]`.
    Blocked,
    /// int8 rows of a table: `[ids, d_model]`.
    Rows,
    /// A scale for each output or row, f32.
    Scales,
    /// The sum of each output's weights, i32.
    Sums,
    /// f32.
    Bias,
    /// f32.
    Gamma,
    /// f32.
    Beta,
    /// The sine table, f32: `[maximum_positions, d_model]`.
    Positions,
}

impl SectionKind {
    /// The suffix that it appends to the layer's name.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Blocked => ".blocked",
            Self::Rows => ".rows",
            Self::Scales => ".scales",
            Self::Sums => ".sums",
            Self::Bias => TensorKind::Bias.suffix(),
            Self::Gamma => TensorKind::Gamma.suffix(),
            Self::Beta => TensorKind::Beta.suffix(),
            Self::Positions => "",
        }
    }

    /// Whether its elements are f32.
    pub const fn is_f32(self) -> bool {
        !matches!(self, Self::Blocked | Self::Rows | Self::Sums)
    }
}

/// A section of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The layer's name and the kind's suffix, such as `encoder.0.self_in.blocked`.
    pub name: String<LONGEST_NAME>,
    /// Its tensor, or the tensor of which it is a quantised part; `None` for the sine table.
    pub tensor: Option<Tensor>,
    /// What it holds.
    pub kind: SectionKind,
    /// Its first byte in the file.
    pub offset: usize,
    /// Its length in bytes.
    pub bytes: usize,
}

/// The kinds and bytes of a linear layer's sections: three for the weight, one for the bias.
const fn linear_sections(inputs: usize, outputs: usize) -> [(SectionKind, u64); 4] {
    let each = 4 * outputs as u64;
    [
        (SectionKind::Blocked, inputs as u64 * outputs as u64),
        (SectionKind::Scales, each),
        (SectionKind::Sums, each),
        (SectionKind::Bias, each),
    ]
}

/// The kinds and bytes of a normalisation's sections.
const fn norm_sections(width: usize) -> [(SectionKind, u64); 2] {
    [
        (SectionKind::Gamma, 4 * width as u64),
        (SectionKind::Beta, 4 * width as u64),
    ]
}

/// The kinds and bytes of a table's sections.
const fn table_sections(d_model: usize, ids: usize) -> [(SectionKind, u64); 2] {
    [
        (SectionKind::Rows, d_model as u64 * ids as u64),
        (SectionKind::Scales, 4 * ids as u64),
    ]
}

/// The sections of a layer, each with its tensor.
fn sections(layer: Layer) -> heapless::Vec<(Tensor, SectionKind, u64), 4> {
    let of = |kind| {
        layer.tensor(match kind {
            SectionKind::Bias => TensorKind::Bias,
            SectionKind::Gamma => TensorKind::Gamma,
            SectionKind::Beta => TensorKind::Beta,
            _ => TensorKind::Weight,
        })
    };
    let linear = |inputs, outputs| {
        let sections = linear_sections(inputs, outputs).into_iter();
        sections
            .map(|(kind, bytes)| (of(kind), kind, bytes))
            .collect()
    };
    match layer {
        Layer::Linear(layer) => linear(layer.inputs, layer.outputs),
        Layer::Embedding {
            d_model,
            vocabulary_size,
        } => linear(d_model, vocabulary_size),
        Layer::Norm(norm) => {
            let sections = norm_sections(norm.width).into_iter();
            sections
                .map(|(kind, bytes)| (of(kind), kind, bytes))
                .collect()
        }
        Layer::Table { d_model, ids, .. } => {
            let sections = table_sections(d_model, ids).into_iter();
            sections
                .map(|(kind, bytes)| (of(kind), kind, bytes))
                .collect()
        }
    }
}

const fn align(offset: u64) -> u64 {
    offset.next_multiple_of(ALIGNMENT_BYTES as u64)
}

/// The position of every layer of an architecture in its weights file.
#[derive(Debug, Clone)]
pub struct Layout {
    architecture: Architecture,
    /// First byte of each layer, by block and role.
    offsets: [[u64; ROLES]; BLOCKS],
    embedding: u64,
    /// The tables of source and target; 0 for one that the architecture does not have.
    tables: [u64; 2],
    positions: u64,
    total: u64,
}

/// An embedding apart from the output layer.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// int8, `[ids, d_model]`.
    pub rows: &'a [i8],
    /// What an int8 step of each row is worth: `[ids]`.
    pub scales: &'a [f32],
}

fn block_index(block: Block) -> usize {
    match block {
        Block::Encoder(layer) => layer,
        Block::Decoder(layer) => MAXIMUM_ENCODER_LAYERS + layer,
    }
}

fn linear_index(role: LinearRole) -> usize {
    match role {
        LinearRole::SelfIn => 0,
        LinearRole::SelfOut => 1,
        LinearRole::CrossQuery => 2,
        LinearRole::CrossKeysValues => 3,
        LinearRole::CrossOut => 4,
        LinearRole::FeedForwardIn => 5,
        LinearRole::FeedForwardOut => 6,
    }
}

fn norm_index(role: NormRole) -> usize {
    LINEAR_ROLES
        + match role {
            NormRole::SelfNorm => 0,
            NormRole::CrossNorm => 1,
            NormRole::FeedForwardNorm => 2,
        }
}

impl Layout {
    /// The layout of an architecture's weights.
    ///
    /// # Errors
    /// If the architecture is not valid.
    pub fn new(architecture: &Architecture) -> Result<Self, ArchitectureError> {
        architecture.validate()?;
        let mut layout = Self {
            architecture: *architecture,
            offsets: [[0; ROLES]; BLOCKS],
            embedding: 0,
            tables: [0; 2],
            positions: 0,
            total: 0,
        };
        let mut end = 0;
        tensors::layers(architecture, |layer| {
            *layout.offset_mut(layer) = align(end);
            for (_, _, bytes) in sections(layer) {
                end = align(end) + bytes;
            }
        });
        layout.positions = align(end);
        layout.total = layout.positions + layout.positions_bytes();
        Ok(layout)
    }

    fn positions_bytes(&self) -> u64 {
        4 * (self.architecture.d_model * self.architecture.maximum_positions) as u64
    }

    fn offset_mut(&mut self, layer: Layer) -> &mut u64 {
        match layer {
            Layer::Linear(layer) => {
                &mut self.offsets[block_index(layer.block)][linear_index(layer.role)]
            }
            Layer::Norm(norm) => &mut self.offsets[block_index(norm.block)][norm_index(norm.role)],
            Layer::Embedding { .. } => &mut self.embedding,
            Layer::Table { side, .. } => &mut self.tables[side as usize],
        }
    }

    fn linear_offset(&self, layer: Linear) -> u64 {
        self.offsets[block_index(layer.block)][linear_index(layer.role)]
    }

    fn norm_offset(&self, norm: Norm) -> u64 {
        self.offsets[block_index(norm.block)][norm_index(norm.role)]
    }

    /// Bytes of the file.
    pub fn total_bytes(&self) -> u64 {
        self.total
    }

    /// The architecture of this layout.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Calls `visit` for every section, in the file's order.
    pub fn visit(&self, mut visit: impl FnMut(Section)) {
        let section = |layer: &dyn fmt::Display, tensor, kind: SectionKind, offset, bytes| {
            let mut name = String::new();
            write!(name, "{layer}{}", kind.suffix()).expect("names are shorter than LONGEST_NAME");
            Section {
                name,
                tensor,
                kind,
                offset: offset as usize,
                bytes: bytes as usize,
            }
        };
        let mut end = 0;
        tensors::layers(&self.architecture, |layer| {
            for (tensor, kind, bytes) in sections(layer) {
                let start = align(end);
                visit(section(&layer, Some(tensor), kind, start, bytes));
                end = start + bytes;
            }
        });
        let (kind, bytes) = (SectionKind::Positions, self.positions_bytes());
        visit(section(&POSITIONS, None, kind, self.positions, bytes));
    }

    /// Every section, in the file's order.
    #[cfg(feature = "alloc")]
    pub fn sections(&self) -> alloc::vec::Vec<Section> {
        let mut sections = alloc::vec::Vec::new();
        self.visit(|section| sections.push(section));
        sections
    }

    /// The weights of a linear layer of the architecture, in a weights file that
    /// [`Weights::new`](super::Weights::new) has accepted.
    ///
    /// # Panics
    /// If the layer is not the architecture's, or the file is not this layout's.
    pub fn linear<'a>(&self, file: &'a [u8], layer: Linear) -> LinearWeights<'a> {
        let start = self.linear_offset(layer);
        linear_at(file, start, layer.inputs, layer.outputs)
    }

    /// Gamma and beta of a normalisation of the architecture, in such a file.
    ///
    /// # Panics
    /// If the normalisation is not the architecture's, or the file is not this layout's.
    pub fn norm<'a>(&self, file: &'a [u8], norm: Norm) -> (&'a [f32], &'a [f32]) {
        let mut at = self.norm_offset(norm);
        let [gamma, beta] = norm_sections(norm.width)
            .map(|(_, bytes)| bytemuck::cast_slice(next(file, &mut at, bytes)));
        (gamma, beta)
    }

    /// The output layer, in such a file: `d_model` inputs, `vocabulary_size` outputs. Its rows are also the embedding of each
    /// language without a [`Self::table`].
    ///
    /// # Panics
    /// If the file is not this layout's.
    pub fn embedding<'a>(&self, file: &'a [u8]) -> LinearWeights<'a> {
        let Architecture {
            d_model,
            vocabulary_size,
            ..
        } = self.architecture;
        linear_at(file, self.embedding, d_model, vocabulary_size)
    }

    /// The embedding of a language, in such a file, if it is apart from the output layer.
    ///
    /// # Panics
    /// If the file is not this layout's.
    pub fn table<'a>(&self, file: &'a [u8], side: Side) -> Option<Table<'a>> {
        let architecture = &self.architecture;
        if !architecture.has_table(side) {
            return None;
        }
        let mut at = self.tables[side as usize];
        let [rows, scales] = table_sections(architecture.d_model, architecture.embedded_ids(side))
            .map(|(_, bytes)| next(file, &mut at, bytes));
        Some(Table {
            rows: bytemuck::cast_slice(rows),
            scales: bytemuck::cast_slice(scales),
        })
    }

    /// The sine table, in such a file: `[maximum_positions, d_model]`.
    ///
    /// # Panics
    /// If the file is not this layout's.
    pub fn positions<'a>(&self, file: &'a [u8]) -> &'a [f32] {
        bytemuck::cast_slice(&file[self.positions as usize..])
    }
}

/// The bytes of the next section; moves `at` past it.
fn next<'a>(file: &'a [u8], at: &mut u64, bytes: u64) -> &'a [u8] {
    let start = align(*at) as usize;
    *at = start as u64 + bytes;
    &file[start..][..bytes as usize]
}

fn linear_at(file: &[u8], mut at: u64, inputs: usize, outputs: usize) -> LinearWeights<'_> {
    let [blocked, scales, sums, bias] =
        linear_sections(inputs, outputs).map(|(_, bytes)| next(file, &mut at, bytes));
    LinearWeights::new(
        inputs,
        outputs,
        bytemuck::cast_slice(blocked),
        bytemuck::cast_slice(scales),
        bytemuck::cast_slice(sums),
        bytemuck::cast_slice(bias),
    )
    .expect("a valid architecture's shapes are the kernels'")
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::architecture::tests::SMALL;
    use crate::{Embeddings, TargetEmbedding};

    #[test]
    fn sections_follow_each_other() {
        let layout = Layout::new(&SMALL).unwrap();
        let mut end: usize = 0;
        for section in layout.sections() {
            let expected = end.next_multiple_of(ALIGNMENT_BYTES);
            assert_eq!(section.offset, expected, "{}", section.name);
            end = section.offset + section.bytes;
        }
        assert_eq!(end as u64, layout.total_bytes());
        assert_eq!(layout.sections()[0].name, "encoder.0.self_in.blocked");
    }

    #[test]
    fn every_tensor_has_its_sections() {
        let split = Architecture {
            embeddings: Embeddings {
                source_vocabulary_size: 101,
                target: TargetEmbedding::Untied,
            },
            ..SMALL
        };
        let layout = Layout::new(&split).unwrap();
        for tensor in tensors::list(&split) {
            let mut kinds = std::vec::Vec::new();
            for section in layout.sections() {
                if section.tensor == Some(tensor) {
                    kinds.push(section.kind);
                    let element = match section.kind {
                        SectionKind::Blocked | SectionKind::Rows => 1,
                        _ => 4,
                    };
                    let elements = match section.kind {
                        SectionKind::Scales | SectionKind::Sums => tensor.shape()[0],
                        _ => tensor.elements(),
                    };
                    assert_eq!(section.bytes, element * elements, "{}", section.name);
                }
            }
            let expected = match tensor.kind {
                TensorKind::Weight if matches!(tensor.layer, Layer::Table { .. }) => {
                    &[SectionKind::Rows, SectionKind::Scales][..]
                }
                TensorKind::Weight => {
                    &[SectionKind::Blocked, SectionKind::Scales, SectionKind::Sums][..]
                }
                TensorKind::Bias => &[SectionKind::Bias],
                TensorKind::Gamma => &[SectionKind::Gamma],
                TensorKind::Beta => &[SectionKind::Beta],
            };
            assert_eq!(kinds, expected, "{tensor}");
        }
    }
}
