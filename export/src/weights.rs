//! A checkpoint as the bundle's weights file: int8 layers where
//! [`Layout`] says.

use deshi_core::Architecture;
use deshi_core::embedding::sine;
use deshi_core::parameters::{self, EMBEDDING, Layer};
use deshi_core::quantization::quantise_linear;
use deshi_core::weights::{Layout, Section};

use crate::{Checkpoint, ExportError};

/// The weights file and its sections.
#[derive(Debug, Clone)]
pub struct Weights {
    /// The file.
    pub file: Vec<u8>,
    sections: Vec<Section>,
}

impl Weights {
    /// Quantises a checkpoint.
    ///
    /// # Errors
    /// If the architecture is out of range.
    pub fn quantise(checkpoint: &Checkpoint) -> Result<Self, ExportError> {
        let architecture = &checkpoint.architecture;
        let Architecture {
            d_model,
            maximum_positions,
            ..
        } = *architecture;
        let layout = Layout::new(architecture).map_err(ExportError::Architecture)?;
        let file = vec![0; layout.total_bytes() as usize];
        let mut weights = Self {
            file,
            sections: layout.sections(),
        };
        parameters::visit(architecture, |layer| match layer {
            Layer::Linear(layer) => weights.linear(checkpoint, &layer.to_string(), layer.inputs),
            Layer::Norm(norm) => {
                for tensor in ["gamma", "beta"] {
                    let name = format!("{norm}.{tensor}");
                    weights.numbers(&name, checkpoint.tensor(&name).iter().copied());
                }
            }
        });
        weights.linear(checkpoint, EMBEDDING, d_model);
        let sines = (0..maximum_positions)
            .flat_map(|row| (0..d_model).map(move |column| sine(row, column, d_model)));
        weights.numbers("positions", sines);
        Ok(weights)
    }

    /// The section of this name.
    pub fn find(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// The bytes of a section.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn bytes(&self, name: &str) -> Result<&[u8], ExportError> {
        let section = self.find(name).ok_or_else(|| ExportError::Section {
            name: name.to_owned(),
        })?;
        Ok(&self.file[section.offset..][..section.bytes])
    }

    fn linear(&mut self, checkpoint: &Checkpoint, name: &str, inputs: usize) {
        let weight = checkpoint.tensor(&format!("{name}.weight"));
        let outputs = weight.len() / inputs;
        let mut blocked = vec![0i8; weight.len()];
        let (mut scales, mut sums) = (vec![0.0; outputs], vec![0; outputs]);
        quantise_linear(inputs, weight, &mut blocked, &mut scales, &mut sums);
        self.section(
            &format!("{name}.blocked"),
            blocked.iter().map(|weight| weight.to_le_bytes()),
        );
        self.numbers(&format!("{name}.scales"), scales.into_iter());
        self.section(
            &format!("{name}.sums"),
            sums.iter().map(|sum| sum.to_le_bytes()),
        );
        let bias = format!("{name}.bias");
        self.numbers(&bias, checkpoint.tensor(&bias).iter().copied());
    }

    fn numbers(&mut self, name: &str, numbers: impl Iterator<Item = f32>) {
        self.section(name, numbers.map(f32::to_le_bytes));
    }

    fn section<const N: usize>(&mut self, name: &str, elements: impl Iterator<Item = [u8; N]>) {
        let section = self
            .find(name)
            .expect("the layout lists every layer that visit lists");
        let range = section.offset..section.offset + section.bytes;
        let bytes: Vec<u8> = elements.flatten().collect();
        self.file[range].copy_from_slice(&bytes);
    }
}
