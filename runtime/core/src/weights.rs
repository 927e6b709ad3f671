//! The weights file, `weights.bin`: where each layer stands in it, and reading it in place.
//!
//! The layers stand in the order of [`parameters::visit`], then the embedding (a linear layer from
//! `d_model` to `vocabulary_size`), then the sine table. A linear layer has four sections (blocked i8,
//! scales f32, sums i32, bias f32), a normalisation two (gamma f32, beta f32). Little endian; every
//! section starts at a multiple of [`ALIGNMENT_BYTES`], with zeros between.

use core::fmt::{self, Write};

use deshi_kernels::LinearWeights;
use heapless::String;

use crate::Architecture;
use crate::architecture::{ArchitectureError, MAXIMUM_DECODER_LAYERS, MAXIMUM_ENCODER_LAYERS};
use crate::operations::{Block, Linear, LinearRole, Norm, NormRole};
use crate::parameters::{self, EMBEDDING, Layer};
#[cfg(feature = "std")]
use crate::quantization::dequantise_linear;

#[cfg(feature = "std")]
mod write;

#[cfg(feature = "std")]
pub use write::write;

/// Sections start at multiples of this: a cache line.
pub const ALIGNMENT_BYTES: usize = 64;

const BLOCKS: usize = MAXIMUM_ENCODER_LAYERS + MAXIMUM_DECODER_LAYERS;
const LINEAR_ROLES: usize = 7;
const ROLES: usize = LINEAR_ROLES + 3;

/// What a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionKind {
    /// int8 weights: `[outputs / 16, inputs / 4, 16, 4]`.
    Blocked,
    /// A scale for each output, f32.
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
    /// What follows the layer's name in the section's.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Blocked => ".blocked",
            Self::Scales => ".scales",
            Self::Sums => ".sums",
            Self::Bias => ".bias",
            Self::Gamma => ".gamma",
            Self::Beta => ".beta",
            Self::Positions => "",
        }
    }

    /// Whether its elements are f32.
    pub const fn is_f32(self) -> bool {
        !matches!(self, Self::Blocked | Self::Sums)
    }
}

/// A section of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The layer's name with the kind behind, such as `encoder.0.self_in.blocked`.
    pub name: String<64>,
    /// Where it starts, in bytes.
    pub offset: usize,
    /// How long it is, in bytes.
    pub bytes: usize,
    /// What it holds.
    pub kind: SectionKind,
}

/// Why the bytes are not the weights of an architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeightsError {
    /// The architecture is none.
    Architecture(ArchitectureError),
    /// Fewer or more bytes than the architecture asks for.
    Length {
        /// Bytes that the architecture asks for.
        expected: u64,
        /// Bytes that there are.
        got: usize,
    },
    /// The bytes do not start at a multiple of 4 in memory.
    Alignment,
    /// A number that is infinite or none.
    NotFinite {
        /// The section.
        section: String<64>,
    },
    /// A machine whose numbers are big endian cannot read the file in place.
    BigEndian,
}

impl fmt::Display for WeightsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Architecture(_) => write!(f, "weights: of no valid architecture"),
            Self::Length { expected, got } => {
                write!(
                    f,
                    "weights: {got} bytes, but the architecture asks for {expected}"
                )
            }
            Self::Alignment => write!(f, "weights: must start at a multiple of 4 bytes in memory"),
            Self::NotFinite { section } => {
                write!(f, "weights: {section} holds a number that is not finite")
            }
            Self::BigEndian => write!(f, "weights: little endian, and this machine is not"),
        }
    }
}

impl core::error::Error for WeightsError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Architecture(error) => Some(error),
            _ => None,
        }
    }
}

/// Where every layer of an architecture stands in its weights file.
#[derive(Debug, Clone)]
pub struct Layout {
    architecture: Architecture,
    /// First byte of each layer, by block and role.
    offsets: [[u64; ROLES]; BLOCKS],
    embedding: u64,
    positions: u64,
    total: u64,
}

const fn align(offset: u64) -> u64 {
    offset.next_multiple_of(ALIGNMENT_BYTES as u64)
}

const fn linear_sections(inputs: usize, outputs: usize) -> [(SectionKind, u64); 4] {
    let each = 4 * outputs as u64;
    [
        (SectionKind::Blocked, inputs as u64 * outputs as u64),
        (SectionKind::Scales, each),
        (SectionKind::Sums, each),
        (SectionKind::Bias, each),
    ]
}

const fn norm_sections(width: usize) -> [(SectionKind, u64); 2] {
    [
        (SectionKind::Gamma, 4 * width as u64),
        (SectionKind::Beta, 4 * width as u64),
    ]
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
            positions: 0,
            total: 0,
        };
        let mut at = 0;
        let after = |start: u64, sections: &[(SectionKind, u64)]| {
            sections
                .iter()
                .fold(start, |at, (_, bytes)| align(at) + bytes)
        };
        parameters::visit(architecture, |layer| {
            at = align(at);
            match layer {
                Layer::Linear(layer) => {
                    layout.offsets[block_index(layer.block)][linear_index(layer.role)] = at;
                    at = after(at, &linear_sections(layer.inputs, layer.outputs));
                }
                Layer::Norm(norm) => {
                    layout.offsets[block_index(norm.block)][norm_index(norm.role)] = at;
                    at = after(at, &norm_sections(norm.width));
                }
            }
        });
        let Architecture {
            d_model,
            vocabulary_size,
            maximum_positions,
            ..
        } = *architecture;
        layout.embedding = align(at);
        layout.positions = align(after(
            layout.embedding,
            &linear_sections(d_model, vocabulary_size),
        ));
        layout.total = layout.positions + 4 * (d_model * maximum_positions) as u64;
        Ok(layout)
    }

    /// Bytes of the file.
    pub fn total_bytes(&self) -> u64 {
        self.total
    }

    /// The architecture that this is the layout of.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Calls `visit` for every section, in the file's order.
    pub fn visit(&self, mut visit: impl FnMut(Section)) {
        let mut all = |name: &dyn fmt::Display, start: u64, sections: &[(SectionKind, u64)]| {
            let mut at = start;
            for &(kind, bytes) in sections {
                at = align(at);
                let mut full = String::new();
                write!(full, "{name}{}", kind.suffix()).expect("names are shorter than 64 bytes");
                visit(Section {
                    name: full,
                    offset: at as usize,
                    bytes: bytes as usize,
                    kind,
                });
                at += bytes;
            }
        };
        parameters::visit(&self.architecture, |layer| match layer {
            Layer::Linear(layer) => {
                let at = self.offsets[block_index(layer.block)][linear_index(layer.role)];
                all(&layer, at, &linear_sections(layer.inputs, layer.outputs));
            }
            Layer::Norm(norm) => {
                let at = self.offsets[block_index(norm.block)][norm_index(norm.role)];
                all(&norm, at, &norm_sections(norm.width));
            }
        });
        let Architecture {
            d_model,
            vocabulary_size,
            maximum_positions,
            ..
        } = self.architecture;
        all(
            &EMBEDDING,
            self.embedding,
            &linear_sections(d_model, vocabulary_size),
        );
        let table = 4 * (d_model * maximum_positions) as u64;
        all(
            &"positions",
            self.positions,
            &[(SectionKind::Positions, table)],
        );
    }

    /// The weights of a linear layer of the architecture, in a weights file that
    /// [`Weights::new`] has accepted.
    ///
    /// # Panics
    /// If the layer is not the architecture's, or the file is not this layout's.
    pub fn linear<'a>(&self, file: &'a [u8], layer: Linear) -> LinearWeights<'a> {
        let at = self.offsets[block_index(layer.block)][linear_index(layer.role)];
        linear_at(file, at, layer.inputs, layer.outputs)
    }

    /// Gamma and beta of a normalisation of the architecture, likewise.
    ///
    /// # Panics
    /// If the normalisation is not the architecture's, or the file is not this layout's.
    pub fn norm<'a>(&self, file: &'a [u8], norm: Norm) -> (&'a [f32], &'a [f32]) {
        let mut at = self.offsets[block_index(norm.block)][norm_index(norm.role)];
        let [gamma, beta] = norm_sections(norm.width)
            .map(|(_, bytes)| bytemuck::cast_slice(next(file, &mut at, bytes)));
        (gamma, beta)
    }

    /// The embedding, likewise: `d_model` inputs, `vocabulary_size` outputs.
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

    /// The sine table, likewise: `[maximum_positions, d_model]`.
    ///
    /// # Panics
    /// If the file is not this layout's.
    pub fn positions<'a>(&self, file: &'a [u8]) -> &'a [f32] {
        bytemuck::cast_slice(&file[self.positions as usize..])
    }

    /// Every section, in the file's order.
    #[cfg(feature = "std")]
    pub fn sections(&self) -> std::vec::Vec<Section> {
        let mut sections = std::vec::Vec::new();
        self.visit(|section| sections.push(section));
        sections
    }
}

/// The bytes of the next section, and moves past it.
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

/// The weights file, read in place.
#[derive(Debug, Clone)]
pub struct Weights<'a> {
    layout: Layout,
    bytes: &'a [u8],
}

impl<'a> Weights<'a> {
    /// Reads the weights of an architecture in place, checking that every f32 is finite.
    ///
    /// # Errors
    /// [`WeightsError`]: what is wrong.
    pub fn new(architecture: &Architecture, bytes: &'a [u8]) -> Result<Self, WeightsError> {
        let layout = Layout::new(architecture).map_err(WeightsError::Architecture)?;
        let weights = Self::attach(layout, bytes)?;
        let mut result = Ok(());
        weights.layout.visit(|section| {
            let at = section.offset..section.offset + section.bytes;
            let finite = |bytes: &[u8]| {
                bytemuck::cast_slice::<u8, f32>(bytes)
                    .iter()
                    .all(|number| number.is_finite())
            };
            if result.is_ok() && section.kind.is_f32() && !finite(&bytes[at]) {
                result = Err(WeightsError::NotFinite {
                    section: section.name,
                });
            }
        });
        result.map(|()| weights)
    }

    /// The same of bytes whose numbers have been checked before.
    ///
    /// # Errors
    /// If length or alignment do not fit.
    pub fn attach(layout: Layout, bytes: &'a [u8]) -> Result<Self, WeightsError> {
        if cfg!(target_endian = "big") {
            return Err(WeightsError::BigEndian);
        }
        if layout.total != bytes.len() as u64 {
            return Err(WeightsError::Length {
                expected: layout.total,
                got: bytes.len(),
            });
        }
        if bytemuck::try_cast_slice::<u8, f32>(&bytes[..4]).is_err() {
            return Err(WeightsError::Alignment);
        }
        Ok(Self { layout, bytes })
    }

    /// Where everything stands.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The weights of a linear layer of the architecture.
    ///
    /// # Panics
    /// If the layer is not the architecture's.
    pub fn linear(&self, layer: Linear) -> LinearWeights<'a> {
        self.layout.linear(self.bytes, layer)
    }

    /// Gamma and beta of a normalisation of the architecture.
    ///
    /// # Panics
    /// If the normalisation is not the architecture's.
    pub fn norm(&self, norm: Norm) -> (&'a [f32], &'a [f32]) {
        self.layout.norm(self.bytes, norm)
    }

    /// The embedding, which is the output layer: `d_model` inputs, `vocabulary_size` outputs.
    pub fn embedding(&self) -> LinearWeights<'a> {
        self.layout.embedding(self.bytes)
    }

    /// Every tensor of a checkpoint by its name, in row-major order, as near as int8 weights come to it.
    #[cfg(feature = "std")]
    pub fn tensors(
        &self,
        architecture: &Architecture,
    ) -> std::collections::BTreeMap<std::string::String, std::vec::Vec<f32>> {
        use std::format;

        let mut tensors = std::collections::BTreeMap::new();
        let mut linear = |name: &dyn fmt::Display, layer: LinearWeights<'_>| {
            tensors.insert(format!("{name}.weight"), dequantise_linear(&layer));
            tensors.insert(format!("{name}.bias"), layer.bias().to_vec());
        };
        let mut norms = std::vec::Vec::new();
        parameters::visit(architecture, |layer| match layer {
            Layer::Linear(layer) => linear(&layer, self.linear(layer)),
            Layer::Norm(norm) => norms.push(norm),
        });
        linear(&EMBEDDING, self.embedding());
        for norm in norms {
            let (gamma, beta) = self.norm(norm);
            tensors.insert(format!("{norm}.gamma"), gamma.to_vec());
            tensors.insert(format!("{norm}.beta"), beta.to_vec());
        }
        tensors
    }

    /// The sine table: `[maximum_positions, d_model]`.
    pub fn positions(&self) -> &'a [f32] {
        self.layout.positions(self.bytes)
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::architecture::tests::SMALL;
    use std::vec;

    #[test]
    fn sections_follow_each_other() {
        let layout = Layout::new(&SMALL).unwrap();
        let mut end = 0;
        for section in layout.sections() {
            assert_eq!(
                section.offset,
                end.next_multiple_of_64(),
                "{}",
                section.name
            );
            end = section.offset + section.bytes;
        }
        assert_eq!(end as u64, layout.total_bytes());
        assert_eq!(layout.sections()[0].name, "encoder.0.self_in.blocked");
    }

    trait NextMultiple {
        fn next_multiple_of_64(self) -> Self;
    }
    impl NextMultiple for usize {
        fn next_multiple_of_64(self) -> Self {
            self.next_multiple_of(64)
        }
    }

    #[test]
    fn what_is_read_is_what_the_section_holds() {
        let layout = Layout::new(&SMALL).unwrap();
        let mut numbers = vec![0f32; layout.total_bytes() as usize / 4];
        for (index, section) in layout.sections().iter().enumerate() {
            numbers[section.offset / 4] = index as f32;
        }
        let bytes = bytemuck::cast_slice(&numbers);
        let weights = Weights::new(&SMALL, bytes).unwrap();
        let named = |name: &str| {
            layout
                .sections()
                .iter()
                .position(|section| section.name == name)
                .unwrap() as f32
        };
        parameters::visit(&SMALL, |layer| match layer {
            Layer::Linear(layer) => {
                assert_eq!(
                    weights.linear(layer).bias()[0],
                    named(&std::format!("{layer}.bias"))
                );
            }
            Layer::Norm(norm) => {
                assert_eq!(weights.norm(norm).1[0], named(&std::format!("{norm}.beta")));
            }
        });
        assert_eq!(weights.embedding().scales()[0], named("embedding.scales"));
        assert_eq!(weights.positions()[0], named("positions"));
    }

    #[test]
    fn damage_is_refused() {
        let total = Layout::new(&SMALL).unwrap().total_bytes() as usize;
        let mut numbers = vec![0f32; total / 4 + 1];
        let bytes = bytemuck::cast_slice(&numbers);
        assert_eq!(
            Weights::new(&SMALL, &bytes[1..=total]).unwrap_err(),
            WeightsError::Alignment
        );
        assert!(matches!(
            Weights::new(&SMALL, bytes),
            Err(WeightsError::Length { .. })
        ));
        numbers[total / 4 - 1] = f32::NAN;
        let bytes = bytemuck::cast_slice(&numbers);
        let error = Weights::new(&SMALL, &bytes[..total]).unwrap_err();
        assert!(std::format!("{error}").contains("positions"), "{error}");
    }
}
