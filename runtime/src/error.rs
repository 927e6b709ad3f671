//! What can go wrong.

use std::fmt;
use std::path::PathBuf;

use deshi_core::bundle::BundleError;
use deshi_core::native::NativeError;
use deshi_core::shortlist::ShortlistError;
use deshi_core::vocabulary::VocabularyError;
use deshi_core::weights::WeightsError;

#[cfg(feature = "tract")]
use crate::GraphError;

/// Why there is no translator, or no translation.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The bundle's file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no bundle.
    Bundle(BundleError),
    /// The bundle's weights are not its architecture's.
    Weights(WeightsError),
    /// The bundle's vocabulary cannot be read.
    Vocabulary(VocabularyError),
    /// The bundle's shortlist cannot be read.
    Shortlist(ShortlistError),
    /// The vocabulary has more pieces than the architecture.
    VocabularySize {
        /// Pieces that the architecture has room for.
        maximum: usize,
        /// Pieces of the vocabulary.
        got: usize,
    },
    /// The manifest's part for people cannot be read.
    About(serde_json::Error),
    /// `DESHI_KERNELS` names a kernel set that this CPU does not have.
    Kernels {
        /// The name.
        name: String,
    },
    /// The model cannot run.
    Native(NativeError),
    /// A graph of the bundle is not its architecture's.
    #[cfg(feature = "tract")]
    Graph {
        /// The bundle's member.
        member: &'static str,
        /// What is wrong with it.
        source: GraphError,
    },
    /// The model's graphs do not run.
    #[cfg(feature = "tract")]
    Tract(GraphError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, .. } => write!(f, "cannot read {}", path.display()),
            Self::Bundle(_) => write!(f, "the model is no bundle of deshi's"),
            Self::Weights(_) => write!(f, "the model's weights.bin cannot be used"),
            Self::Vocabulary(_) => write!(f, "the model's vocabulary cannot be used"),
            Self::Shortlist(_) => write!(f, "the model's shortlist cannot be used"),
            Self::VocabularySize { maximum, got } => {
                write!(
                    f,
                    "the vocabulary has {got} pieces, but the architecture room for {maximum}"
                )
            }
            Self::About(_) => write!(f, "the model's manifest.json cannot be read"),
            Self::Kernels { name } => {
                let names: Vec<_> = deshi_kernels::available().map(|set| set.name()).collect();
                write!(f, "DESHI_KERNELS={name}: this CPU has {}", names.join(", "))
            }
            Self::Native(_) => write!(f, "the model cannot run"),
            #[cfg(feature = "tract")]
            Self::Graph { member, .. } => write!(f, "the model's {member} cannot be used"),
            #[cfg(feature = "tract")]
            Self::Tract(_) => write!(f, "the model cannot run"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            Self::Bundle(error) => Some(error),
            Self::Weights(error) => Some(error),
            Self::Vocabulary(error) => Some(error),
            Self::Shortlist(error) => Some(error),
            Self::About(error) => Some(error),
            Self::Native(error) => Some(error),
            #[cfg(feature = "tract")]
            Self::Graph { source, .. } | Self::Tract(source) => Some(source),
            Self::VocabularySize { .. } | Self::Kernels { .. } => None,
        }
    }
}
