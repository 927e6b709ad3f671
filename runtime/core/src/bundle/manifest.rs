//! `manifest.json`: what a runtime needs to know about a model, and a description for people.

#[cfg(feature = "std")]
use std::string::String as Text;
#[cfg(feature = "std")]
use std::vec::Vec;

use heapless::String;
use serde::{Deserialize, Serialize};

use super::{BundleError, FORMAT, STANDARD_FORMAT};
use crate::Architecture;
use crate::search::maximum_tokens;

/// What every runtime needs to know about a model. Other fields of `manifest.json` are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format's version, [`FORMAT`].
    pub format: u32,
    /// The model's hyper-parameters.
    pub architecture: Architecture,
    /// The source language (BCP 47), such as `en`.
    pub source_language: String<16>,
    /// The target language (BCP 47), such as `de`.
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
        match format(json)? {
            FORMAT => {}
            STANDARD_FORMAT => return Err(BundleError::StandardGraphs),
            got => return Err(BundleError::Format { got }),
        }
        let (manifest, _): (Self, _) =
            serde_json_core::from_slice(json).map_err(BundleError::Manifest)?;
        manifest
            .architecture
            .validate()
            .map_err(BundleError::Architecture)?;
        check_length_factor(manifest.length_factor)?;
        Ok(manifest)
    }

    /// The most tokens of a translation, its end included: see [`crate::search::maximum_tokens`].
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

/// The version of the format that a manifest has.
pub(super) fn format(json: &[u8]) -> Result<u32, BundleError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let (Format { format }, _) =
        serde_json_core::from_slice(json).map_err(BundleError::Manifest)?;
    Ok(format)
}

pub(super) fn check_length_factor(length_factor: f32) -> Result<(), BundleError> {
    if (0.0..=100.0).contains(&length_factor) {
        Ok(())
    } else {
        Err(BundleError::LengthFactor)
    }
}

/// A description of the model for people: further fields of `manifest.json`, for hosts.
#[cfg(feature = "std")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct About {
    /// The model's name.
    pub name: Text,
    /// The day it was made, such as `2026-11-28`; empty if unknown.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub date: Text,
    /// The licence of the model itself, such as `MIT`; empty if unknown.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub licence: Text,
    /// Number of parameters.
    pub parameters: u64,
    /// Test results.
    pub scores: Vec<Score>,
    /// The licences of the training data.
    pub licences: Vec<Licence>,
}

/// A test's result.
#[cfg(feature = "std")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Score {
    /// The test set, such as `newstest2019`.
    pub test_set: Text,
    /// The metric, such as `BLEU`.
    pub metric: Text,
    /// What made the translations: this model, its teacher, or another system.
    pub system: Text,
    /// The score.
    pub value: f64,
}

/// The licence of a training set.
#[cfg(feature = "std")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Licence {
    /// The name of the set.
    pub set: Text,
    /// Its licence.
    pub licence: Text,
    /// The name to credit.
    pub attribution: Text,
}
