//! Batches through the native interpreter, in memory that is kept from one to the next.

use deshi_core::bundle::Manifest;
use deshi_core::native::{Capacity, MAXIMUM_SENTENCES, Native};
use deshi_core::search::{Constraints, Found, Row, greedy_batch};
use deshi_core::shortlist::Shortlist;
use deshi_core::vocabulary::Vocabulary;
use deshi_core::weights::Weights;
use deshi_kernels::KernelSet;

use crate::Error;

/// A model, read in place, and what runs it.
pub(crate) struct Model<'t> {
    pub(crate) manifest: &'t Manifest,
    pub(crate) vocabulary: Vocabulary<'t>,
    pub(crate) weights: Weights<'t>,
    pub(crate) shortlist: Option<Shortlist<'t>>,
    pub(crate) kernels: &'static dyn KernelSet,
}

/// The interpreter's memory: it grows to the largest batch.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    arena: Vec<f32>,
    quantised: Vec<i8>,
}

/// At least so many elements, and no more than the largest batch needs. What is new is zero, and takes no memory before
/// it is used.
fn grow<T: Clone + Default>(elements: &mut Vec<T>, least: usize) -> &mut [T] {
    if elements.len() < least {
        *elements = Vec::new();
        *elements = vec![T::default(); least];
    }
    elements
}

impl Model<'_> {
    /// What holds for the translation of a source.
    pub(crate) fn constraints(&self, source: &[u32]) -> Constraints {
        Constraints {
            maximum_tokens: self.manifest.maximum_tokens(source.len()),
            required: self.vocabulary.required_symbols(source),
        }
    }

    /// Translates sources side by side: 1 to [`MAXIMUM_SENTENCES`], each with its end. `push` gets a
    /// source's index and each of its tokens.
    pub(crate) fn run<'s>(
        &self,
        buffers: &mut Buffers,
        sources: impl Iterator<Item = &'s [u32]>,
        push: impl FnMut(usize, u32),
    ) -> Result<[Found; MAXIMUM_SENTENCES], Error> {
        let mut list: [&[u32]; MAXIMUM_SENTENCES] = [&[]; MAXIMUM_SENTENCES];
        let mut constraints = [Constraints::tokens(0); MAXIMUM_SENTENCES];
        let mut capacity = Capacity {
            source_tokens: 0,
            sentences: 0,
            candidates: 0,
        };
        for (index, source) in sources.enumerate() {
            list[index] = source;
            constraints[index] = self.constraints(source);
            capacity.sentences += 1;
            capacity.source_tokens += source.len();
            capacity.candidates += self.shortlist.map_or(0, |list| list.most(source));
        }
        let architecture = &self.manifest.architecture;
        let mut native = Native::with_capacity(
            self.kernels,
            &self.weights,
            capacity,
            grow(&mut buffers.arena, capacity.arena_elements(architecture)),
            grow(
                &mut buffers.quantised,
                capacity.quantised_elements(architecture),
            ),
        )
        .map_err(Error::Native)?
        .with_shortlist(self.shortlist);
        let mut rows = [Row::START; MAXIMUM_SENTENCES];
        let mut found = [Found::NOTHING; MAXIMUM_SENTENCES];
        greedy_batch(
            &mut native,
            &list[..capacity.sentences],
            &constraints,
            &mut rows,
            &mut found,
            push,
        )
        .map_err(Error::Native)?;
        Ok(found)
    }
}
