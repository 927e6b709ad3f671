//! [`LoadedModel`]: a checked bundle in memory, and its parts, read in place.

use std::ops::Range;
use std::sync::Arc;

use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::{
    self, About, Bundle, BundleError, MEMBERS, Manifest, Members, StandardManifest,
};
use deshi_core::search::Constraints;
use deshi_core::shared_weights::SharedWeights;
use deshi_core::shortlist::{Pieces, Shortlist};
use deshi_core::vocabulary::Vocabularies;
use deshi_core::weights::Weights;
use deshi_core::{Architecture, Side, Token};
use deshi_kernels::KernelSet;

use crate::Error;

/// A checked bundle, and the options for running it.
#[derive(Debug)]
pub(crate) struct LoadedModel {
    file: Arc<AlignedBytes>,
    /// The range of each of [`MEMBERS`] in the file.
    members: [Range<usize>; MEMBERS.len()],
    /// The range of the source's own vocabulary.
    source_vocabulary: Option<Range<usize>>,
    kind: ModelKind,
    has_shortlist: bool,
    kernels: &'static dyn KernelSet,
}

/// What a bundle holds.
#[derive(Debug)]
pub(crate) enum ModelKind {
    /// A model of deshi's architecture.
    Own(Box<OwnModel>),
    /// ONNX graphs of standard operators.
    Standard(StandardManifest),
}

/// A model of deshi's architecture.
#[derive(Debug)]
pub(crate) struct OwnModel {
    pub(crate) manifest: Manifest,
    weights: SharedWeights,
}

impl OwnModel {
    pub(crate) fn architecture(&self) -> &Architecture {
        &self.manifest.architecture
    }

    pub(crate) fn weights(&self) -> Weights<'_> {
        self.weights.weights().expect("they were parsed before")
    }

    /// The weights, for an engine that keeps them.
    #[cfg(feature = "tract")]
    pub(crate) fn shared_weights(&self) -> SharedWeights {
        self.weights.clone()
    }
}

/// Checks the parts of a model of deshi's architecture.
fn own(
    members: &Members<'_>,
    file: &Arc<AlignedBytes>,
    vocabularies: &Vocabularies<'_>,
) -> Result<OwnModel, Error> {
    let member = |name| members.get(name).expect("a bundle has every member");
    let bundle = Bundle::of(members.clone()).map_err(Error::Bundle)?;
    let manifest = bundle.manifest().clone();
    let architecture = &manifest.architecture;
    for (side, vocabulary) in [
        (Side::Target, &vocabularies.target),
        (Side::Source, &vocabularies.source),
    ] {
        let (maximum, got) = (architecture.embedded_ids(side), vocabulary.len());
        if got > maximum {
            return Err(Error::VocabularySize { maximum, got });
        }
    }
    let layout = Weights::new(architecture, member(bundle::WEIGHTS))
        .map_err(Error::Weights)?
        .layout()
        .clone();
    let range = members.range(bundle::WEIGHTS);
    let range = range.expect("a bundle has every member");
    Ok(OwnModel {
        weights: SharedWeights::new(Arc::clone(file), range, layout),
        manifest,
    })
}

impl LoadedModel {
    /// Checks every part of the bundle that an engine reads, except ONNX graphs, and weights that only they read.
    pub(crate) fn new(
        file: AlignedBytes,
        kernels: &'static dyn KernelSet,
        use_shortlist: bool,
    ) -> Result<Self, Error> {
        let file = Arc::new(file);
        let members = Members::parse(file.bytes()).map_err(Error::Bundle)?;
        let range = |name| members.range(name).expect("a bundle has every member");
        let member = |name| &file.bytes()[range(name)];
        let source_vocabulary = members.range(bundle::SOURCE_VOCABULARY);
        let source_file = members.get(bundle::SOURCE_VOCABULARY);
        let standard = StandardManifest::parse(member(bundle::MANIFEST)).map_err(Error::Bundle)?;
        let vocabularies = Vocabularies::parse(member(bundle::VOCABULARY), source_file)
            .map_err(Error::Vocabulary)?;
        let shortlist = member(bundle::SHORTLIST);
        let kind = match standard {
            None => {
                let own = own(&members, &file, &vocabularies)?;
                if !shortlist.is_empty() {
                    let pieces = pieces(&vocabularies, own.architecture());
                    Shortlist::parse(shortlist, pieces).map_err(Error::Shortlist)?;
                }
                ModelKind::Own(Box::new(own))
            }
            Some(manifest) => {
                if source_file.is_some() {
                    let member = bundle::SOURCE_VOCABULARY;
                    return Err(Error::Bundle(BundleError::Unexpected { member }));
                }
                let least = manifest.standard_graphs.vocabulary_size;
                let got = vocabularies.target.len();
                if got < least {
                    return Err(Error::PiecesMissing { least, got });
                }
                ModelKind::Standard(manifest)
            }
        };
        // tract computes the logits of the whole vocabulary.
        let has_shortlist =
            use_shortlist && !shortlist.is_empty() && matches!(kind, ModelKind::Own(_));
        Ok(Self {
            members: MEMBERS.map(range),
            source_vocabulary,
            kind,
            has_shortlist,
            kernels,
            file,
        })
    }

    /// The model without its graphs and weights, for an engine that has copied what it needs of them.
    #[cfg(feature = "tract")]
    pub(crate) fn without_graphs(&self) -> Self {
        let keep = [bundle::MANIFEST, bundle::VOCABULARY];
        let file = keep.map(|name| self.member(name)).concat();
        let mut at = 0;
        let members = MEMBERS.map(|name| {
            let start = at;
            if keep.contains(&name) {
                at += self.member(name).len();
            }
            start..at
        });
        let ModelKind::Standard(manifest) = &self.kind else {
            unreachable!("only a model of standard operators is copied into its engine");
        };
        Self {
            file: Arc::new(AlignedBytes::copy(&file)),
            members,
            source_vocabulary: None,
            kind: ModelKind::Standard(manifest.clone()),
            ..*self
        }
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

    pub(crate) fn kind(&self) -> &ModelKind {
        &self.kind
    }

    /// The model of deshi's architecture; `None` if the bundle holds graphs of standard operators.
    pub(crate) fn own(&self) -> Option<&OwnModel> {
        match &self.kind {
            ModelKind::Own(own) => Some(own),
            ModelKind::Standard(_) => None,
        }
    }

    /// The languages (BCP 47): the source's and the target's.
    pub(crate) fn languages(&self) -> [&str; 2] {
        match &self.kind {
            ModelKind::Own(own) => [&own.manifest.source_language, &own.manifest.target_language],
            ModelKind::Standard(manifest) => [&manifest.source_language, &manifest.target_language],
        }
    }

    /// The most tokens of a source, and of a translation.
    pub(crate) fn maximum_positions(&self) -> usize {
        match &self.kind {
            ModelKind::Own(own) => own.architecture().maximum_positions,
            ModelKind::Standard(manifest) => manifest.standard_graphs.maximum_positions,
        }
    }

    /// The most tokens of a translation, the end included.
    pub(crate) fn maximum_tokens(&self, source_tokens: usize) -> usize {
        match &self.kind {
            ModelKind::Own(own) => own.manifest.maximum_tokens(source_tokens),
            ModelKind::Standard(manifest) => manifest.maximum_tokens(source_tokens),
        }
    }

    pub(crate) fn kernels(&self) -> &'static dyn KernelSet {
        self.kernels
    }

    pub(crate) fn about(&self) -> Result<About, Error> {
        serde_json::from_slice(self.member(bundle::MANIFEST)).map_err(Error::About)
    }

    pub(crate) fn vocabularies(&self) -> Vocabularies<'_> {
        let source = self.source_vocabulary.clone();
        let source = source.map(|range| &self.file.bytes()[range]);
        Vocabularies::attach(self.member(bundle::VOCABULARY), source)
            .expect("they were parsed before")
    }

    /// The constraints of a source's translation.
    pub(crate) fn constraints(
        &self,
        vocabularies: &Vocabularies<'_>,
        source: &[Token],
    ) -> Constraints {
        Constraints {
            maximum_tokens: self.maximum_tokens(source.len()),
            required: vocabularies.required_symbols(source),
        }
    }

    /// The shortlist, if the bundle has one and the options use it.
    pub(crate) fn shortlist(&self, vocabularies: &Vocabularies<'_>) -> Option<Shortlist<'_>> {
        let own = self.own().filter(|_| self.has_shortlist)?;
        let pieces = pieces(vocabularies, own.architecture());
        let shortlist = Shortlist::attach(self.member(bundle::SHORTLIST), pieces);
        Some(shortlist.expect("it was parsed before"))
    }

    pub(crate) fn has_shortlist(&self) -> bool {
        self.has_shortlist
    }
}

/// What a shortlist of a model must have been made for.
fn pieces(vocabularies: &Vocabularies<'_>, architecture: &Architecture) -> Pieces {
    let (source, target) = (vocabularies.source.len(), vocabularies.target.len());
    if architecture.has_split_vocabularies() {
        Pieces::Split { source, target }
    } else {
        Pieces::Joint(target)
    }
}
