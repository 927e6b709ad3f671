//! N-best lists of any other engine: rows of source, hypothesis and score, which become the lists of the prepared shards.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{Hypothesis, NBestList, NBestReader, columns, nbest_path, number, write_nbest};
use crate::{
    Error,
    files::Lines,
    prepare::{mono_shards, normalised, train_shards},
};

/// The result of [`import`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows read.
    pub rows: u64,
    /// Sources of the shards that have a list now.
    pub lists: u64,
    /// Sources, in shards with lists, that have none: their list is one empty hypothesis, which selection drops.
    pub without: u64,
    /// Different sources in the files that no shard has.
    pub foreign: u64,
    /// Files written, one for each shard that has a list.
    pub files: u64,
}

/// Imported hypotheses by source, and whether a shard has the source.
type BySource = HashMap<String, (Vec<Hypothesis>, bool)>;

/// Reads files of rows with three columns, separated by tabs: source, hypothesis, and the score that ranks it (higher is better, such
/// as a log-probability divided by the length). The rows may come in any order; files that end in `.gz` are decompressed. Writes
/// into the folder `nbest` the lists of each shard in the folder `prepared` that has at least one of the sources.
///
/// With `pool`, the hypotheses join lists that are there already. Of equal texts, the one with the better score stays.
///
/// # Errors
///
/// If a file cannot be read or written, a row is invalid, no row of a file has a source of the shards, or, without `pool`, a
/// shard has lists already: then nothing is written.
pub fn import(
    files: &[PathBuf],
    prepared: &Path,
    nbest: &Path,
    pool: bool,
) -> Result<ImportReport, Error> {
    let mut report = ImportReport::default();
    let mut imported = BySource::new();
    let mut firsts = Vec::new();
    for path in files {
        if let Some(first) = read(path, &mut imported, &mut report)? {
            firsts.push((path, first));
        }
    }
    let mut shards = train_shards(prepared)?;
    shards.extend(mono_shards(prepared)?);
    let mut made = Vec::new();
    for shard in &shards {
        let path = nbest_path(nbest, shard);
        let old = lists_at(&path)?;
        if let Some(lists) = lists_of(shard, &mut imported, old.as_deref(), &mut report)? {
            if old.is_some() && !pool {
                return Err(Error::ListsExist { path });
            }
            made.push((path, lists));
        }
    }
    if made.is_empty() {
        let path = files.first().cloned().unwrap_or_default();
        return Err(match firsts.into_iter().next() {
            Some((path, first)) => Error::ForeignLists {
                path: path.clone(),
                first,
            },
            None => Error::NoText { path },
        });
    }
    let foreign = imported.values().filter(|(_, has_shard)| !has_shard);
    report.foreign = foreign.count() as u64;
    report.files = made.len() as u64;
    for (path, lists) in made {
        write_nbest(&path, lists)?;
    }
    Ok(report)
}

/// Adds a file's rows; gives the first row's source.
fn read(
    path: &Path,
    imported: &mut BySource,
    report: &mut ImportReport,
) -> Result<Option<String>, Error> {
    let mut lines = Lines::open(path)?;
    let mut first = None;
    while let Some(line) = lines.next()? {
        let row = columns::<3>(line).and_then(|[source, text, score]| {
            let hypothesis = Hypothesis {
                log_probability: number("score", score)?,
                score: number("score", score)?,
                text: normalised(text),
            };
            Ok((normalised(source), hypothesis))
        });
        let (source, hypothesis) = row.map_err(|problem| Error::NBest {
            path: path.to_owned(),
            line: lines.count,
            problem,
        })?;
        report.rows += 1;
        first.get_or_insert_with(|| source.clone());
        imported.entry(source).or_default().0.push(hypothesis);
    }
    Ok(first)
}

/// The lists of a file, if it is there.
fn lists_at(path: &Path) -> Result<Option<Vec<NBestList>>, Error> {
    if !path.is_file() {
        return Ok(None);
    }
    let mut reader = NBestReader::open(path)?;
    let mut lists = Vec::new();
    while let Some(list) = reader.next()? {
        lists.push(list);
    }
    Ok(Some(lists))
}

/// A shard's lists, if any of its sources is imported.
fn lists_of(
    shard: &Path,
    imported: &mut BySource,
    old: Option<&[NBestList]>,
    report: &mut ImportReport,
) -> Result<Option<Vec<NBestList>>, Error> {
    let mut lines = Lines::open(shard)?;
    let (mut lists, mut any) = (Vec::new(), false);
    let (mut with, mut without) = (0, 0);
    while let Some(line) = lines.next()? {
        let text = str::from_utf8(line).map_err(|_| not_of_shard(shard, lists.len()))?;
        let source = text.split('\t').next().unwrap_or_default();
        let mut hypotheses = match old.and_then(|old| old.get(lists.len())) {
            Some(list) if list.source == source => list.hypotheses.clone(),
            Some(_) => return Err(not_of_shard(shard, lists.len())),
            None => Vec::new(),
        };
        // An empty hypothesis means that there was none.
        hypotheses.retain(|hypothesis| !hypothesis.text.is_empty());
        if let Some((new, has_shard)) = imported.get_mut(source) {
            *has_shard = true;
            any = true;
            hypotheses.extend(new.iter().cloned());
        }
        let hypotheses = ranked(hypotheses);
        if hypotheses.is_empty() {
            without += 1;
        } else {
            with += 1;
        }
        lists.push(NBestList {
            source_index: lists.len() as u64,
            source: source.to_owned(),
            hypotheses: or_empty(hypotheses),
        });
    }
    if any {
        report.lists += with;
        report.without += without;
    }
    Ok(any.then_some(lists))
}

fn not_of_shard(shard: &Path, index: usize) -> Error {
    Error::Shard {
        path: shard.to_owned(),
        line: index as u64 + 1,
    }
}

/// Best first, each text once. Equal scores stay in their order.
fn ranked(mut hypotheses: Vec<Hypothesis>) -> Vec<Hypothesis> {
    hypotheses.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut texts = std::collections::HashSet::new();
    hypotheses.retain(|hypothesis| texts.insert(hypothesis.text.clone()));
    hypotheses
}

/// A list needs a hypothesis: an empty one means that the engine gave none.
fn or_empty(hypotheses: Vec<Hypothesis>) -> Vec<Hypothesis> {
    if !hypotheses.is_empty() {
        return hypotheses;
    }
    vec![Hypothesis {
        log_probability: 0.0,
        score: 0.0,
        text: String::new(),
    }]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::selection::{self, Method, SelectionConfig, Similarity};

    struct Place {
        folder: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let place = Self { folder };
            fs::create_dir(place.path("prepared")).unwrap();
            fs::create_dir(place.path("translated")).unwrap();
            place.write(
                "prepared/train.00000.tsv",
                "Good morning.\tGuten Morgen.\tx\nThank you.\tDanke schön.\tx\nNo.\tNein.\tx\n",
            );
            place.write("prepared/train.00001.tsv", "Elsewhere.\tAnderswo.\tx\n");
            place.write("prepared/mono.00000.tsv", "See you.\tx\n");
            place
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.path(name);
            fs::write(&path, text).unwrap();
            path
        }

        fn import(&self, text: &str, pool: bool) -> Result<ImportReport, Error> {
            let file = self.write("other.tsv", text);
            import(
                &[file],
                &self.path("prepared"),
                &self.path("translated"),
                pool,
            )
        }

        /// What a student would learn from.
        fn selected(&self, method: Method) -> String {
            let inputs =
                selection::inputs(&self.path("prepared"), &self.path("translated")).unwrap();
            let config = SelectionConfig {
                method,
                drop_share: 0.0,
                ..SelectionConfig::default()
            };
            let out = self.path("distilled.tsv");
            selection::run(&config, &inputs, &out, &mut |_| ()).unwrap();
            fs::read_to_string(out).unwrap()
        }
    }

    /// Out of order, with a source that no shard has, and one whose spaces another program changed.
    const ROWS: &str = "Thank you.\tDanke schön.\t-0.9\nSee you.\tBis bald.\t-0.5\nGood  morning.\tGuten Tag.\t-0.4\n\
        Thank you.\tDanke.\t-0.2\nThank you.\tDanke.\t-0.3\nUnknown.\tUnbekannt.\t-1\nGood morning.\tGuten Morgen.\t-0.6\n";

    #[test]
    fn rows_of_another_engine_are_selected_from() {
        let place = Place::new();
        let report = place.import(ROWS, false).unwrap();
        let expected = ImportReport {
            rows: 7,
            lists: 3,
            without: 1,
            foreign: 1,
            files: 2,
        };
        assert_eq!(report, expected);
        let best = "Good morning.\tGuten Tag.\tx\nThank you.\tDanke.\tx\nSee you.\tBis bald.\tx\n";
        assert_eq!(place.selected(Method::SequenceKd), best);
        let nearest = Method::SequenceInterpolation {
            similarity: Similarity::Chrf,
        };
        let nearest_text = "Good morning.\tGuten Morgen.\tx\nThank you.\tDanke schön.\tx\nSee you.\tBis bald.\tx\n";
        assert_eq!(place.selected(nearest), nearest_text);
    }

    #[test]
    fn lists_are_pooled_only_where_that_is_asked_for() {
        let place = Place::new();
        place.import(ROWS, false).unwrap();
        let more = "Good morning.\tGuten Morgen!\t-0.1\nNo.\tNein.\t-0.1\nThank you.\tDanke.\t-5\n";
        let error = place.import(more, false).unwrap_err();
        assert!(matches!(error, Error::ListsExist { .. }), "{error}");
        let report = place.import(more, true).unwrap();
        assert_eq!((report.lists, report.without, report.files), (3, 0, 1));
        let lists = lists_at(&place.path("translated/train.00000.nbest.tsv.gz"));
        let lists = lists.unwrap().unwrap();
        let texts = |at: usize| -> Vec<&str> {
            let hypotheses = &lists[at].hypotheses;
            hypotheses.iter().map(|found| found.text.as_str()).collect()
        };
        assert_eq!(texts(0), ["Guten Morgen!", "Guten Tag.", "Guten Morgen."]);
        assert_eq!(texts(1), ["Danke.", "Danke schön."]);
        assert_eq!(lists[1].hypotheses[0].score, -0.2);
        // The empty hypothesis, which meant that there was none, has gone.
        assert_eq!(texts(2), ["Nein."]);
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_line() {
        let place = Place::new();
        for (text, expected) in [
            ("a\tb\t-1\na\tb\n", "other.tsv:2: 2 columns; expected 3"),
            (
                "a\tb\tgood\n",
                "other.tsv:1: score must be a number, got \"good\"",
            ),
            ("", "no text to learn from in"),
            ("Bonjour.\tHallo.\t-1\n", "the first row's is \"Bonjour.\""),
        ] {
            let message = place.import(text, false).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        assert!(!place.path("translated/train.00000.nbest.tsv.gz").exists());
    }
}
