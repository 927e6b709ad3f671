use std::{fs, path::PathBuf};

use deshi_core::{
    shortlist::{Shortlist, mark_words, marked},
    vocabulary::{FIRST_PIECE, Vocabulary, write as write_vocabulary},
};
use tempfile::TempDir;

use super::{ShortlistConfig, ShortlistReport, run};
use crate::Error;
use crate::segment::Segmenter;

/// Pieces: upper-case letters are source words, lower-case letters their translations.
const PIECES: [&str; 12] = ["▁", "A", "B", "C", "a", "b", "c", ".", "1", "▁A", "▁a", "x"];

struct Toy {
    folder: TempDir,
}

impl Toy {
    fn new(pairs: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vocabulary = write_vocabulary(&PIECES, &[(0, 1), (0, 4)]).unwrap();
        fs::write(folder.path().join("vocabulary"), vocabulary).unwrap();
        fs::write(folder.path().join("pairs.tsv"), pairs).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, config: &ShortlistConfig) -> Result<ShortlistReport, Error> {
        let [pairs, vocabulary, out] =
            ["pairs.tsv", "vocabulary", "shortlist"].map(|name| self.path(name));
        run(config, &pairs, &vocabulary, &out, &mut |_| ())
    }

    fn candidates(&self, text: &str) -> Vec<&'static str> {
        let vocabulary = fs::read(self.path("vocabulary")).unwrap();
        let vocabulary = Vocabulary::parse(&vocabulary).unwrap();
        let file = fs::read(self.path("shortlist")).unwrap();
        let shortlist = Shortlist::parse(&file, vocabulary.len()).unwrap();
        let source = Segmenter::new(vocabulary).sentence(text);
        let source: Vec<u32> = source.into_iter().map(u32::from).collect();
        let mut marks = vec![0; mark_words(vocabulary.len())];
        shortlist.mark(&source, &mut marks);
        let pieces = marked(&marks).filter(|&token| token >= FIRST_PIECE);
        pieces
            .map(|token| PIECES[(token - FIRST_PIECE) as usize])
            .collect()
    }
}

const PAIRS: &str = "ABC.\tabc.\tset\nAB\tab\nBC\tbc\nCA\tca\nA\ta\nB\tb\nC\tc\nx1\tx1\n";

fn config() -> ShortlistConfig {
    ShortlistConfig {
        iterations: 15,
        per_token: 1,
        frequent: 0,
        ..Default::default()
    }
}

#[test]
fn candidates_are_translations_signs_and_the_source_itself() {
    let toy = Toy::new(PAIRS);
    let report = toy.run(&config()).unwrap();
    assert_eq!(report.pairs, 8);
    assert_eq!(
        report.bytes,
        fs::metadata(toy.path("shortlist")).unwrap().len()
    );
    assert!(report.coverage > 0.8, "{report:?}");
    let candidates = toy.candidates("B");
    assert!(
        candidates.contains(&"b") && !candidates.contains(&"c"),
        "{candidates:?}"
    );
    for always in [".", "1", "▁"] {
        assert!(candidates.contains(&always), "{candidates:?}");
    }
    assert!(candidates.contains(&"B"), "{candidates:?}");
}

#[test]
fn frequent_tokens_are_candidates_of_everything() {
    let toy = Toy::new(PAIRS);
    let frequent = 20;
    let report = toy
        .run(&ShortlistConfig {
            frequent,
            ..config()
        })
        .unwrap();
    assert_eq!(report.coverage, 1.0);
    assert!(toy.candidates("B").contains(&"c"));
}

#[test]
fn it_is_made_once_and_alike() {
    let toy = Toy::new(PAIRS);
    let report = toy.run(&config()).unwrap();
    let file = fs::read(toy.path("shortlist")).unwrap();
    let written = fs::metadata(toy.path("shortlist"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(toy.run(&config()).unwrap(), report);
    assert_eq!(
        fs::metadata(toy.path("shortlist"))
            .unwrap()
            .modified()
            .unwrap(),
        written
    );
    fs::remove_file(toy.path("shortlist")).unwrap();
    toy.run(&config()).unwrap();
    assert_eq!(fs::read(toy.path("shortlist")).unwrap(), file);
}

#[test]
fn what_cannot_be_used_is_named() {
    let zero = ShortlistConfig {
        iterations: 0,
        ..config()
    };
    let error = Toy::new(PAIRS).run(&zero).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Config {
                field: "iterations",
                ..
            }
        ),
        "{error}"
    );
    let error = Toy::new("A\ta\nno tab\n").run(&config()).unwrap_err();
    assert!(matches!(error, Error::Shard { line: 2, .. }), "{error}");
    let error = Toy::new("").run(&config()).unwrap_err();
    assert!(matches!(error, Error::NoText { .. }), "{error}");
}
