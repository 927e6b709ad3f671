//! A checkpoint as the bundle's weights file, and the sections of it that the graphs point to.

use deshi_core::weights::{self, Layout, Section};

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
        let layout = Layout::new(&checkpoint.architecture).map_err(ExportError::Architecture)?;
        Ok(Self {
            file: weights::write(&layout, |name| checkpoint.tensor(name)),
            sections: layout.sections(),
        })
    }

    /// The section of this name.
    pub fn find(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }
}
