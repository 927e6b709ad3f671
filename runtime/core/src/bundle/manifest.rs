//! `manifest.json`: what a runtime needs to know of a model, and what people want to know of it.

#[cfg(feature = "std")]
use std::string::String as Text;
#[cfg(feature = "std")]
use std::vec::Vec;

use heapless::String;
use serde::{Deserialize, Serialize};

use super::{BundleError, FORMAT};
use crate::Architecture;
use crate::search::maximum_tokens;

/// What every runtime needs to know of a model. Other fields of `manifest.json` are not read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The model's hyper-parameters.
    pub architecture: Architecture,
    /// BCP 47, such as `en`.
    pub source_language: String<16>,
    /// BCP 47, such as `de`.
    pub target_language: String<16>,
    /// See [`Self::maximum_tokens`].
    pub length_factor: f32,
    /// See [`Self::maximum_tokens`].
    pub length_offset: u32,
}

impl Manifest {
    /// Reads and checks `manifest.json`.
    ///
    /// # Errors
    /// [`BundleError`]: what is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, BundleError> {
        let (manifest, _): (Self, _) =
            serde_json_core::from_slice(json).map_err(BundleError::Manifest)?;
        if manifest.format != FORMAT {
            return Err(BundleError::Format {
                got: manifest.format,
            });
        }
        manifest
            .architecture
            .validate()
            .map_err(BundleError::Architecture)?;
        if !(0.0..=100.0).contains(&manifest.length_factor) {
            return Err(BundleError::LengthFactor);
        }
        Ok(manifest)
    }

    /// Tokens that a translation can have, its end included: see [`crate::search::maximum_tokens`].
    pub fn maximum_tokens(&self, source_tokens: usize) -> usize {
        let positions = self.architecture.maximum_positions;
        maximum_tokens(
            self.length_factor,
            self.length_offset,
            source_tokens,
            positions,
        )
    }
}

/// What people want to know of a model: further fields of `manifest.json`, for hosts.
#[cfg(feature = "std")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// The model's name.
    pub name: Text,
    /// The day it was made, such as `2026-11-28`; empty where it is not known.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub date: Text,
    /// The licence of the model itself, such as `MIT`; empty where it is not known.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub licence: Text,
    /// Numbers in the model.
    pub parameters: u64,
    /// What it scored.
    pub scores: Vec<Score>,
    /// Whose data it was made of.
    pub licences: Vec<Licence>,
}

/// A test's result.
#[cfg(feature = "std")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Such as `newstest2019`.
    pub test_set: Text,
    /// Such as `BLEU`.
    pub metric: Text,
    /// Whose translations: this model's, the teacher's, another's.
    pub system: Text,
    /// The score.
    pub value: f64,
}

/// The licence of a training set.
#[cfg(feature = "std")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Licence {
    /// The set.
    pub set: Text,
    /// Its licence.
    pub licence: Text,
    /// Whom it asks to be named.
    pub attribution: Text,
}
