//! What a study measured: a file for each model, means and spreads over the seeds, and paired comparisons.

use std::fs;
use std::path::Path;

use anyhow::Result;
use deshi_checkpoint::Progress;
use deshi_corpus::metrics::{
    BleuReference, BleuStatistics, PairedBootstrap, Tokeniser, paired_bootstrap,
};
use deshi_whole_file::write_whole;
use serde::{Deserialize, Serialize};

use crate::evaluate::Evaluation;

/// A trained model's translations of the test set, and their scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The training that the model came from: a model that was trained again is measured again.
    pub progress: Progress,
    /// Parameters.
    pub parameters: usize,
    /// By greedy search.
    pub greedy: Searched,
    /// By beam search.
    pub beam: Searched,
}

/// One search's scores and translations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Searched {
    /// The scores.
    pub scores: Evaluation,
    /// The translations, in the test set's order.
    pub translations: Vec<String>,
}

impl Measured {
    /// Reads what was measured; `None` if it is missing, or another version wrote it.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Writes it whole.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_vec(self)?;
        write_whole(path, |file| file.write_all(&json))?;
        Ok(())
    }
}

/// A mean and its spread over seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The sample's standard deviation; NaN for one value.
    pub deviation: f64,
}

impl Spread {
    /// Of some values.
    pub fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self {
            mean,
            deviation: (squares / (count - 1.0)).sqrt(),
        }
    }

    /// `12.3 ± 0.4`; without the spread for a single run.
    pub fn text(self, digits: usize) -> String {
        if self.deviation.is_nan() {
            format!("{:.digits$}", self.mean)
        } else {
            format!("{:.digits$} ± {:.digits$}", self.mean, self.deviation)
        }
    }
}

/// The models of one size and method: one for each seed.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// The method's name, or the teacher's.
    pub label: String,
    /// What was measured, one for each seed.
    pub models: Vec<Measured>,
}

impl Group {
    /// A number of every model.
    pub fn spread(&self, of: impl Fn(&Measured) -> f64) -> Spread {
        Spread::of(&self.models.iter().map(of).collect::<Vec<_>>())
    }

    /// For each sentence, BLEU's counts summed over the seeds: a test set that is drawn has a sentence with all of its
    /// translations or not at all.
    pub fn statistics(
        &self,
        references: &[String],
        of: impl Fn(&Measured) -> &Searched,
    ) -> Vec<BleuStatistics> {
        references
            .iter()
            .enumerate()
            .map(|(sentence, reference)| {
                let reference = BleuReference::new(reference, Tokeniser::default());
                let mut sum = BleuStatistics::default();
                for model in &self.models {
                    sum += reference.statistics(&of(model).translations[sentence]);
                }
                sum
            })
            .collect()
    }
}

/// `a` against `b` by paired bootstrap resampling.
///
/// # Errors
/// If there are no sentences.
pub fn compare(
    a: &[BleuStatistics],
    b: &[BleuStatistics],
    samples: usize,
) -> Result<PairedBootstrap> {
    /// The same test sets are drawn for every comparison of a study.
    const SEED: u64 = 1;
    Ok(paired_bootstrap(a, b, samples, SEED)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_samples() {
        let spread = Spread::of(&[1.0, 2.0, 6.0]);
        assert_eq!(spread.mean, 3.0);
        assert!((spread.deviation - 7f64.sqrt()).abs() < 1e-12);
        assert_eq!(spread.text(1), "3.0 ± 2.6");
        assert_eq!(Spread::of(&[4.0]).text(2), "4.00");
    }
}
