//! The dev sets, and a model's score on them.

use anyhow::Result;
use deshi_core::vocabulary::Vocabulary;
use deshi_corpus::metrics::{Tokeniser, corpus_bleu, corpus_chrf};
use deshi_corpus::segment::Segmenter;

use crate::beam_search::{Beam, greedy_batch_tokens, search_all};
use crate::interpreter::Mode;
use crate::model::Model;
use crate::recipe::DevConfig;
use crate::text::{detokenise, read_columns};

/// Sources and references to validate on.
pub(super) struct Dev<'v> {
    vocabulary: Vocabulary<'v>,
    sources: Vec<Vec<u16>>,
    references: Vec<String>,
}

/// Greedy scores.
#[derive(Debug, Clone, Copy)]
pub(super) struct Score {
    pub(super) chrf: f64,
    pub(super) bleu: f64,
}

impl<'v> Dev<'v> {
    pub(super) fn read(config: &DevConfig, vocabulary: Vocabulary<'v>) -> Result<Self> {
        let mut segmenter = Segmenter::new(vocabulary);
        let (mut sources, mut references) = (Vec::new(), Vec::new());
        for path in &config.files {
            for [source, reference] in read_columns::<2>(path)?.into_iter().take(config.lines) {
                sources.push(segmenter.sentence(&source));
                references.push(reference);
            }
        }
        Ok(Self {
            vocabulary,
            sources,
            references,
        })
    }

    pub(super) fn score(&self, model: &Model, mode: Mode) -> Result<Score> {
        let longest = model.architecture.maximum_positions;
        let sources: Vec<&[u16]> = self
            .sources
            .iter()
            .map(|source| &source[..source.len().min(longest)])
            .collect();
        let mode = Mode {
            dropout: 0.0,
            ..mode
        };
        let tokens = greedy_batch_tokens(model.flat.device());
        let hypotheses = search_all(model, mode, &sources, Beam::GREEDY, tokens);
        let texts: Vec<String> = hypotheses
            .iter()
            .map(|list| detokenise(&self.vocabulary, &list[0].tokens))
            .collect();
        Ok(Score {
            chrf: corpus_chrf(&texts, &self.references)?.score,
            bleu: corpus_bleu(&texts, &self.references, Tokeniser::default())?.score,
        })
    }
}
