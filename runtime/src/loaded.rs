//! [`LoadedModel`]: a checked bundle in memory, and its parts, read in place.

use std::ops::Range;
use std::sync::Arc;

use deshi_core::Architecture;
use deshi_core::Token;
use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::{self, About, Bundle, MEMBERS, Manifest};
use deshi_core::search::Constraints;
use deshi_core::shared_weights::SharedWeights;
use deshi_core::shortlist::Shortlist;
use deshi_core::vocabulary::Vocabulary;
use deshi_core::weights::Weights;
use deshi_kernels::KernelSet;

use crate::Error;

/// A checked bundle, and the options for running it.
#[derive(Debug)]
pub(crate) struct LoadedModel {
    file: Arc<AlignedBytes>,
    /// The range of each of [`MEMBERS`] in the file.
    members: [Range<usize>; MEMBERS.len()],
    manifest: Manifest,
    weights: SharedWeights,
    has_shortlist: bool,
    kernels: &'static dyn KernelSet,
}

impl LoadedModel {
    /// Checks every part of the bundle that an engine reads.
    pub(crate) fn new(
        file: AlignedBytes,
        kernels: &'static dyn KernelSet,
        use_shortlist: bool,
    ) -> Result<Self, Error> {
        let bundle = Bundle::parse(file.bytes()).map_err(Error::Bundle)?;
        let range = |name| bundle.range(name).expect("a bundle has every member");
        let members = MEMBERS.map(range);
        let member = |name| &file.bytes()[range(name)];
        let manifest = bundle.manifest().clone();
        let architecture = &manifest.architecture;

        let pieces = Vocabulary::parse(member(bundle::VOCABULARY))
            .map_err(Error::Vocabulary)?
            .len();
        let maximum = architecture.vocabulary_size;
        if pieces > maximum {
            return Err(Error::VocabularySize {
                maximum,
                got: pieces,
            });
        }
        let shortlist = member(bundle::SHORTLIST);
        if !shortlist.is_empty() {
            Shortlist::parse(shortlist, pieces).map_err(Error::Shortlist)?;
        }
        let layout = Weights::new(architecture, member(bundle::WEIGHTS))
            .map_err(Error::Weights)?
            .layout()
            .clone();
        let has_shortlist = use_shortlist && !shortlist.is_empty();
        let weights = range(bundle::WEIGHTS);
        let file = Arc::new(file);
        Ok(Self {
            weights: SharedWeights::new(Arc::clone(&file), weights, layout),
            file,
            members,
            manifest,
            has_shortlist,
            kernels,
        })
    }

    /// A member's bytes.
    ///
    /// # Panics
    /// If there is no such member.
    pub(crate) fn member(&self, name: &str) -> &[u8] {
        let index = MEMBERS.into_iter().position(|member| member == name);
        let range = &self.members[index.expect("a bundle has every member")];
        &self.file.bytes()[range.clone()]
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn architecture(&self) -> &Architecture {
        &self.manifest.architecture
    }

    pub(crate) fn kernels(&self) -> &'static dyn KernelSet {
        self.kernels
    }

    pub(crate) fn about(&self) -> Result<About, Error> {
        serde_json::from_slice(self.member(bundle::MANIFEST)).map_err(Error::About)
    }

    pub(crate) fn vocabulary(&self) -> Vocabulary<'_> {
        Vocabulary::attach(self.member(bundle::VOCABULARY)).expect("it was parsed before")
    }

    pub(crate) fn weights(&self) -> Weights<'_> {
        self.weights.weights().expect("they were parsed before")
    }

    /// The weights, for an engine that keeps them.
    #[cfg(feature = "tract")]
    pub(crate) fn shared_weights(&self) -> SharedWeights {
        self.weights.clone()
    }

    /// The constraints of a source's translation.
    pub(crate) fn constraints(&self, vocabulary: &Vocabulary<'_>, source: &[Token]) -> Constraints {
        Constraints {
            maximum_tokens: self.manifest.maximum_tokens(source.len()),
            required: vocabulary.required_symbols(source),
        }
    }

    /// The shortlist, if the bundle has one and the options use it.
    pub(crate) fn shortlist(&self, vocabulary: &Vocabulary<'_>) -> Option<Shortlist<'_>> {
        let shortlist = || Shortlist::attach(self.member(bundle::SHORTLIST), vocabulary.len());
        self.has_shortlist
            .then(|| shortlist().expect("it was parsed before"))
    }

    pub(crate) fn has_shortlist(&self) -> bool {
        self.has_shortlist
    }
}
