//! The weights file, `weights.bin`: its layout, and reading it in place.
//!
//! The layers are in the order of [`tensors::layers`](crate::tensors::layers); the sine table follows them. A
//! linear layer has four sections (blocked i8, scales f32, sums i32, bias f32), a normalisation two (gamma f32,
//! beta f32), an embedding apart from the output layer two (rows i8, scales f32). Little endian; every section starts at a multiple of [`ALIGNMENT_BYTES`], padded with zeros.

use deshi_kernels::LinearWeights;
use heapless::String;

use crate::architecture::ArchitectureError;
use crate::operations::{Linear, Norm};
use crate::tensors::LONGEST_NAME;
use crate::{Architecture, Side};

mod layout;
#[cfg(feature = "alloc")]
mod write;

pub use layout::{ALIGNMENT_BYTES, Layout, Section, SectionKind, Table};
#[cfg(feature = "alloc")]
pub use write::{Numbers, write};

/// Why the bytes are not valid weights for an architecture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The architecture is invalid.
    #[error("weights: the architecture is invalid")]
    Architecture(#[source] ArchitectureError),
    /// The file is shorter or longer than the architecture needs.
    #[error("weights: {got} bytes; the architecture needs {expected}")]
    Length {
        /// Bytes that the architecture needs.
        expected: u64,
        /// Bytes of the file.
        got: usize,
    },
    /// The bytes do not start at a multiple of 4 in memory.
    #[error("weights: must start at a multiple of 4 bytes in memory")]
    Alignment,
    /// An infinite or NaN value.
    #[error("weights: {section} has an infinite or NaN value")]
    NotFinite {
        /// The section.
        section: String<LONGEST_NAME>,
    },
    /// The machine is big endian, and cannot read the file in place.
    #[error("weights: the file is little endian; this machine is big endian")]
    BigEndian,
}

/// The weights file, read in place.
#[derive(Debug, Clone)]
pub struct Weights<'a> {
    layout: Layout,
    bytes: &'a [u8],
}

impl<'a> Weights<'a> {
    /// Reads the weights of an architecture in place, and checks that every f32 is finite.
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

    /// As [`Self::new`], for bytes whose numbers were checked before.
    ///
    /// # Errors
    /// If length or alignment are wrong.
    pub fn attach(layout: Layout, bytes: &'a [u8]) -> Result<Self, WeightsError> {
        if cfg!(target_endian = "big") {
            return Err(WeightsError::BigEndian);
        }
        if layout.total_bytes() != bytes.len() as u64 {
            return Err(WeightsError::Length {
                expected: layout.total_bytes(),
                got: bytes.len(),
            });
        }
        if bytemuck::try_cast_slice::<u8, f32>(&bytes[..4]).is_err() {
            return Err(WeightsError::Alignment);
        }
        Ok(Self { layout, bytes })
    }

    /// The position of every layer.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The file.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
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

    /// The output layer: `d_model` inputs, `vocabulary_size` outputs. Its rows are also the embedding of each language
    /// without a [`Self::table`].
    pub fn embedding(&self) -> LinearWeights<'a> {
        self.layout.embedding(self.bytes)
    }

    /// The embedding of a language, if it is apart from the output layer.
    pub fn table(&self, side: Side) -> Option<Table<'a>> {
        self.layout.table(self.bytes, side)
    }

    /// The sine table: `[maximum_positions, d_model]`.
    pub fn positions(&self) -> &'a [f32] {
        self.layout.positions(self.bytes)
    }
}

#[cfg(feature = "alloc")]
mod tensors {
    use alloc::collections::BTreeMap;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use super::Weights;
    use crate::quantization::dequantise_linear;
    use crate::tensors::{self, Layer, Tensor, TensorKind};

    impl Weights<'_> {
        /// Every tensor of a checkpoint by its name, in row-major order, dequantised.
        pub fn tensors(&self) -> BTreeMap<String, Vec<f32>> {
            let list = tensors::list(self.layout().architecture());
            let numbers = |tensor: &Tensor| {
                let layer = match tensor.layer {
                    Layer::Linear(layer) => self.linear(layer),
                    Layer::Embedding { .. } => self.embedding(),
                    Layer::Norm(norm) => {
                        let (gamma, beta) = self.norm(norm);
                        let is_gamma = tensor.kind == TensorKind::Gamma;
                        return if is_gamma { gamma } else { beta }.to_vec();
                    }
                    Layer::Table { side, d_model, .. } => {
                        let table = self.table(side).expect("the architecture has it");
                        let rows = table.rows.chunks_exact(d_model).zip(table.scales);
                        let worth = |(row, &scale): (&[i8], &f32)| {
                            let values = row.iter();
                            values
                                .map(|&value| f32::from(value) * scale)
                                .collect::<Vec<f32>>()
                        };
                        return rows.flat_map(worth).collect();
                    }
                };
                match tensor.kind {
                    TensorKind::Weight => dequantise_linear(&layer),
                    _ => layer.bias().to_vec(),
                }
            };
            let list = list.iter();
            list.map(|tensor| (tensor.to_string(), numbers(tensor)))
                .collect()
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::architecture::tests::SMALL;
    use crate::tensors::{Layer, layers};
    use crate::{Embeddings, TargetEmbedding};
    use std::vec;

    #[test]
    fn what_is_read_is_what_the_section_holds() {
        let split = Architecture {
            embeddings: Embeddings {
                source_vocabulary_size: 101,
                target: TargetEmbedding::Untied,
            },
            ..SMALL
        };
        let layout = Layout::new(&split).unwrap();
        let mut numbers = vec![0f32; layout.total_bytes() as usize / 4];
        for (index, section) in layout.sections().iter().enumerate() {
            numbers[section.offset / 4] = index as f32;
        }
        let bytes = bytemuck::cast_slice(&numbers);
        let weights = Weights::new(&split, bytes).unwrap();
        let named = |name: &str| {
            let sections = layout.sections();
            let index = sections.iter().position(|section| section.name == name);
            index.unwrap() as f32
        };
        layers(&split, |layer| {
            let (got, expected) = match layer {
                Layer::Linear(layer) => (weights.linear(layer).bias(), "bias"),
                Layer::Norm(norm) => (weights.norm(norm).1, "beta"),
                Layer::Embedding { .. } => (weights.embedding().scales(), "scales"),
                Layer::Table { side, .. } => (weights.table(side).unwrap().scales, "scales"),
            };
            assert_eq!(got[0], named(&std::format!("{layer}.{expected}")));
        });
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
