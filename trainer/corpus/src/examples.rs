//! Turns pairs of text into training examples: weighted, augmented and split into tokens, on all cores.
//!
//! The result depends only on the files, the weights and the seed, not on the number of threads.

use std::{collections::BTreeMap, fs, path::Path, path::PathBuf, thread};

use deshi_core::vocabulary::Vocabulary;

use crate::{
    Error, augment::AugmentConfig, files::at, prepare::longest_prefix, segment::Segmenter,
    word_alignment::WordAligner,
};

/// Number of lines for learning word alignments. Shards are shuffled, so the first lines are a
/// random sample.
const ALIGNED_LINES: usize = 200_000;

/// A source and its translation, as token ids, END included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Source tokens.
    pub source: Vec<u16>,
    /// Target tokens.
    pub target: Vec<u16>,
}

/// How to turn pairs into examples.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// Splits the text.
    pub vocabulary: Vocabulary<'a>,
    /// Repeats per epoch for each set, keyed by name prefix (the longest wins). Default 1; 0 leaves the set out.
    pub weights: &'a BTreeMap<String, usize>,
    /// The changes to pairs.
    pub augment: &'a AugmentConfig,
    /// Seed of the augmentation.
    pub seed: u64,
    /// The most tokens per side, END included; pairs with a longer side are left out.
    pub longest: usize,
}

/// A line's columns, and its position among all repeated pairs.
struct Line<'t> {
    source: &'t str,
    target: &'t str,
    weight: usize,
    /// Number of pairs before it, counting repetitions.
    place: u64,
}

impl Reading<'_> {
    /// The examples of files with source, target and set in each line, in the files' order, each repeated as
    /// its set's weight says.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or a line has fewer than three columns.
    pub fn read(&self, paths: &[PathBuf], threads: usize) -> Result<Vec<Example>, Error> {
        let mut examples = Vec::new();
        let mut place = 0;
        let texts = paths
            .iter()
            .map(|path| Ok((path, fs::read_to_string(path).map_err(at(path))?)))
            .collect::<Result<Vec<_>, Error>>()?;
        let mut lines = Vec::new();
        for (path, text) in &texts {
            self.lines(path, text, &mut place, &mut lines)?;
        }
        let aligner = self.aligner(&lines);
        let each = lines.len().div_ceil(threads.max(1)).max(1);
        thread::scope(|scope| {
            let workers: Vec<_> = lines
                .chunks(each)
                .map(|lines| scope.spawn(|| self.examples(lines, aligner.as_ref())))
                .collect();
            for worker in workers {
                examples.append(&mut worker.join().expect("reading does not panic"));
            }
        });
        Ok(examples)
    }

    fn lines<'t>(
        &self,
        path: &Path,
        text: &'t str,
        place: &mut u64,
        lines: &mut Vec<Line<'t>>,
    ) -> Result<(), Error> {
        // Caches the last set, because lines of a set are often adjacent, or there are few sets.
        let mut last = ("", self.weight(""));
        for (index, line) in text.lines().enumerate() {
            let mut columns = line.split('\t');
            let (Some(source), Some(target), Some(set)) =
                (columns.next(), columns.next(), columns.next())
            else {
                return Err(Error::Shard {
                    path: path.to_owned(),
                    line: index as u64 + 1,
                });
            };
            if set != last.0 {
                last = (set, self.weight(set));
            }
            let weight = last.1;
            lines.push(Line {
                source,
                target,
                weight,
                place: *place,
            });
            *place += weight as u64;
        }
        Ok(())
    }

    fn weight(&self, set: &str) -> usize {
        longest_prefix(self.weights, set).unwrap_or(1)
    }

    /// Word alignments learnt from the first lines, if the augmentation needs them.
    fn aligner(&self, lines: &[Line<'_>]) -> Option<WordAligner> {
        if self.augment.phrase_symbols == 0.0 {
            return None;
        }
        let lines = &lines[..lines.len().min(ALIGNED_LINES)];
        let pairs: Vec<_> = lines
            .iter()
            .map(|line| (line.source, line.target))
            .collect();
        Some(WordAligner::learn(&pairs))
    }

    fn examples(&self, lines: &[Line<'_>], aligner: Option<&WordAligner>) -> Vec<Example> {
        let mut segmenter = Segmenter::new(self.vocabulary);
        let mut examples = Vec::with_capacity(lines.iter().map(|line| line.weight).sum());
        for line in lines {
            for repetition in 1..=line.weight as u64 {
                let (source, target) = self.augment.apply(
                    self.seed,
                    line.place + repetition,
                    line.source,
                    line.target,
                    aligner,
                );
                let example = Example {
                    source: segmenter.sentence(&source),
                    target: segmenter.sentence(&target),
                };
                if example.source.len().max(example.target.len()) <= self.longest {
                    examples.push(example);
                }
            }
        }
        examples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, longest: usize, threads: usize) -> Result<Vec<Example>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.00000.tsv");
        fs::write(&path, text).unwrap();
        let file = deshi_core::vocabulary::write(&["▁", "a", "b", "▁a", "▁b"], &[(0, 1), (0, 2)]);
        let file = file.unwrap();
        let weights = BTreeMap::from([
            ("often".to_owned(), 3),
            ("often-not".to_owned(), 0),
            ("oft".to_owned(), 9),
        ]);
        let augment = AugmentConfig {
            upper_case: 0.3,
            ..AugmentConfig::default()
        };
        let reading = Reading {
            vocabulary: Vocabulary::parse(&file).unwrap(),
            weights: &weights,
            augment: &augment,
            seed: 4,
            longest,
        };
        reading.read(&[path], threads)
    }

    #[test]
    fn sets_come_as_often_as_the_longest_prefix_says() {
        let examples = read("a\tb\toften-1\nb\ta\toften-not-2\nb\tb\tonce\n", 10, 1).unwrap();
        let sources: Vec<u16> = examples.iter().map(|example| example.source[0]).collect();
        assert_eq!(examples.len(), 4);
        assert_eq!(sources[3], 262);
    }

    #[test]
    fn long_pairs_are_left_out_and_short_lines_refused() {
        let examples = read("a a\tb\tx\na\tb b b\tx\na\tb\tx\n", 3, 1).unwrap();
        assert_eq!(examples.len(), 2);
        let error = read("a\tb\tx\na\tb\n", 3, 1).unwrap_err();
        assert!(matches!(error, Error::Shard { line: 2, .. }), "{error}");
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let text: String = (0..101)
            .map(|at| format!("{}\t{}\toften\n", "a ".repeat(at % 7), "b ".repeat(at % 5)))
            .collect();
        let one = read(&text, 40, 1).unwrap();
        assert_eq!(one.len(), 303);
        assert!(one.iter().any(|example| example != &one[0]));
        for threads in [2, 3, 64, 1000] {
            assert_eq!(read(&text, 40, threads).unwrap(), one, "{threads} threads");
        }
    }
}
