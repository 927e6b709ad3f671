//! Significance test: is system A better than system B, or was it chance?

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{CorpusStatistics, check_lengths};
use crate::Error;

/// The result of resampling; see [`paired_bootstrap`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairedBootstrap {
    /// Score of A minus score of B, on the whole test set.
    pub difference: f64,
    /// The mean of that difference over the resampled test sets.
    pub mean_difference: f64,
    /// Lower end of the interval with the middle 95% of the resampled differences.
    pub low: f64,
    /// Upper end of that interval.
    pub high: f64,
    /// Share of the resampled test sets on which A scores more than B, 0 to 1.
    pub a_better_share: f64,
    /// Number of resampled test sets.
    pub samples: usize,
}

/// Paired bootstrap resampling (Koehn 2004, "Statistical Significance Tests for Machine Translation
/// Evaluation"): draws `samples` test sets of the same size with replacement, the same
/// sentences for both systems, and scores both on each.
///
/// A is better at the 95% level if [`PairedBootstrap::low`] is above 0. The ends of the interval
/// are sacrebleu's (`estimate_ci`): 1/40 of the sorted differences are beyond each. The same seed
/// gives the same result on every machine.
///
/// # Errors
///
/// [`Error::LengthMismatch`] if A and B have different numbers of sentences,
/// [`Error::NothingToCompare`] if there are no sentences or no samples.
pub fn paired_bootstrap<S: CorpusStatistics>(
    a: &[S],
    b: &[S],
    samples: usize,
    seed: u64,
) -> Result<PairedBootstrap, Error> {
    check_lengths(a.len(), b.len())?;
    if a.is_empty() || samples == 0 {
        return Err(Error::NothingToCompare);
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut differences: Vec<f64> = (0..samples)
        .map(|_| difference(a, b, (0..a.len()).map(|_| random.random_range(0..a.len()))))
        .collect();
    differences.sort_unstable_by(f64::total_cmp);
    let beyond = samples / 40;
    Ok(PairedBootstrap {
        difference: difference(a, b, 0..a.len()),
        mean_difference: differences.iter().sum::<f64>() / samples as f64,
        low: differences[beyond],
        high: differences[samples - 1 - beyond],
        a_better_share: differences.iter().filter(|d| **d > 0.0).count() as f64 / samples as f64,
        samples,
    })
}

/// Score of A minus score of B on the chosen sentences.
fn difference<S: CorpusStatistics>(
    a: &[S],
    b: &[S],
    sentences: impl Iterator<Item = usize>,
) -> f64 {
    let (mut sum_a, mut sum_b) = (S::default(), S::default());
    for sentence in sentences {
        sum_a += a[sentence];
        sum_b += b[sentence];
    }
    sum_a.score() - sum_b.score()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A "metric" whose sampling distribution is known: the mean of single numbers.
    #[derive(Clone, Copy, Default)]
    struct Mean {
        sum: f64,
        count: f64,
    }

    impl std::ops::AddAssign for Mean {
        fn add_assign(&mut self, other: Self) {
            self.sum += other.sum;
            self.count += other.count;
        }
    }

    impl CorpusStatistics for Mean {
        fn score(&self) -> f64 {
            self.sum / self.count
        }
    }

    fn means(numbers: impl Iterator<Item = f64>) -> Vec<Mean> {
        numbers.map(|sum| Mean { sum, count: 1.0 }).collect()
    }

    #[test]
    fn the_interval_is_that_of_the_mean() {
        // Differences alternate between +2 and -1: mean 0.5, standard error 1.5 / sqrt(400) = 0.075.
        let a = means((0..400).map(|i| if i % 2 == 0 { 2.0 } else { -1.0 }));
        let b = means((0..400).map(|_| 0.0));
        let result = paired_bootstrap(&a, &b, 4000, 7).unwrap();
        assert_eq!(result.difference, 0.5);
        assert!((result.mean_difference - 0.5).abs() < 0.01, "{result:?}");
        // Within a tenth of the interval's half width of 1.96 * 0.075 = 0.147.
        assert!((result.low - (0.5 - 0.147)).abs() < 0.015, "{result:?}");
        assert!((result.high - (0.5 + 0.147)).abs() < 0.015, "{result:?}");
        assert_eq!(result.a_better_share, 1.0);
    }

    #[test]
    fn systems_are_compared_on_the_same_sentences() {
        // B is A minus one everywhere: pairing removes all variance, though A varies a lot.
        let a = means((0..50).map(|i| f64::from(i * i)));
        let b = means((0..50).map(|i| f64::from(i * i) - 1.0));
        let result = paired_bootstrap(&a, &b, 100, 1).unwrap();
        assert!(
            (result.low - 1.0).abs() < 1e-9 && (result.high - 1.0).abs() < 1e-9,
            "{result:?}"
        );
    }

    #[test]
    fn a_seed_repeats_and_another_differs() {
        let a = means((0..50).map(f64::from));
        let b = means((0..50).map(|i| f64::from(i % 7)));
        let run = |seed| paired_bootstrap(&a, &b, 100, seed).unwrap();
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn nothing_to_compare_is_an_error() {
        let one = means([1.0].into_iter());
        assert!(matches!(
            paired_bootstrap::<Mean>(&[], &[], 10, 0),
            Err(Error::NothingToCompare)
        ));
        assert!(matches!(
            paired_bootstrap(&one, &one, 0, 0),
            Err(Error::NothingToCompare)
        ));
        assert!(matches!(
            paired_bootstrap(&one, &[], 10, 0),
            Err(Error::LengthMismatch { left: 1, right: 0 })
        ));
    }
}
