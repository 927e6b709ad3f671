//! What can go wrong in an export.

use std::fmt;
use std::path::PathBuf;

use deshi_checkpoint::CheckpointError;
use deshi_core::architecture::ArchitectureError;
use deshi_core::bundle::BundleError;
use deshi_core::shortlist::ShortlistError;
use deshi_core::vocabulary::VocabularyError;

use crate::marian::MarianError;
use crate::sentencepiece::SentencePieceError;

/// Why there is no bundle, or no signature.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExportError {
    /// A file could not be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The checkpoint cannot be read, or does not fit its architecture.
    Checkpoint(CheckpointError),
    /// A JSON text that does not say what it should.
    Json {
        /// Which text.
        what: &'static str,
        /// Where it is wrong.
        source: serde_json::Error,
    },
    /// A `.spm` file cannot be used.
    SentencePiece(SentencePieceError),
    /// A model of Marian's cannot be used.
    Marian(MarianError),
    /// A hyper-parameter that no kernel can serve.
    Architecture(ArchitectureError),
    /// The decoder's state would grow with the sentence.
    SelfAttentionDecoder,
    /// The vocabulary cannot be read.
    Vocabulary(VocabularyError),
    /// The shortlist cannot be read, or is another vocabulary's.
    Shortlist(ShortlistError),
    /// The vocabulary is another than the one that the model was trained with.
    VocabularySize {
        /// What the model has.
        expected: usize,
        /// What the vocabulary has.
        got: usize,
    },
    /// A language's tag is too long.
    Language {
        /// The tag.
        got: String,
    },
    /// The weights file has no section of this name.
    Section {
        /// Its name.
        name: String,
    },
    /// The bundle does not read back as what was written.
    Layout(String),
    /// A key or signature cannot be made, or a key cannot be read.
    Signing(minisign::PError),
    /// The text is not a secret key.
    NotASecretKey,
    /// What is to be signed is not a bundle.
    NotABundle {
        /// Its name.
        name: String,
        /// Why it is none.
        source: BundleError,
    },
    /// A key's file exists already.
    KeyExists {
        /// The file.
        path: PathBuf,
    },
    /// An executor and the reference disagree.
    Verification {
        /// Which executor.
        executor: String,
        /// Where they part.
        what: String,
    },
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => write!(f, "{}: cannot be read or written", path.display()),
            Self::Checkpoint(_) => write!(f, "the checkpoint cannot be used"),
            Self::Json { what, .. } => write!(f, "{what}: not the JSON that was expected"),
            Self::SentencePiece(_) => write!(f, "the SentencePiece vocabulary cannot be used"),
            Self::Marian(_) => write!(f, "the model cannot be imported"),
            Self::Architecture(_) => write!(f, "no kernel can serve this model"),
            Self::SelfAttentionDecoder => write!(
                f,
                "the decoder's self-attention keeps a state that grows with the sentence; \
                 only a student with an SSRU decoder can be exported"
            ),
            Self::Shortlist(_) => write!(f, "the shortlist cannot be used"),
            Self::Vocabulary(_) => write!(f, "the vocabulary cannot be read"),
            Self::VocabularySize { expected, got } => write!(
                f,
                "the vocabulary has {got} pieces, but the model was trained with {expected}"
            ),
            Self::Language { got } => write!(f, "{got} is no language tag: 16 bytes at most"),
            Self::Section { name } => write!(f, "weights file: there is no section {name}"),
            Self::Layout(what) => write!(f, "what was written does not read back: {what}"),
            Self::Signing(_) => write!(f, "cannot sign"),
            Self::NotASecretKey => write!(
                f,
                "--key is not a secret key in minisign's format; deshi-export keygen makes one"
            ),
            Self::NotABundle { name, .. } => {
                write!(f, "{name} is not a deshi bundle, so it was not signed")
            }
            Self::KeyExists { path } => write!(
                f,
                "{} exists already; choose another name, so that no key is lost",
                path.display()
            ),
            Self::Verification { executor, what } => {
                write!(
                    f,
                    "{executor} disagrees with the reference: {what}; nothing was written"
                )
            }
        }
    }
}

impl std::error::Error for ExportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            Self::Checkpoint(source) => Some(source),
            Self::Json { source, .. } => Some(source),
            Self::SentencePiece(source) => Some(source),
            Self::Marian(source) => Some(source),
            Self::Architecture(source) => Some(source),
            Self::Vocabulary(source) => Some(source),
            Self::Shortlist(source) => Some(source),
            Self::Signing(source) => Some(source),
            Self::NotABundle { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<SentencePieceError> for ExportError {
    fn from(error: SentencePieceError) -> Self {
        Self::SentencePiece(error)
    }
}

impl From<MarianError> for ExportError {
    fn from(error: MarianError) -> Self {
        Self::Marian(error)
    }
}
