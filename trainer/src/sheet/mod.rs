//! A blind sheet, for people to judge two systems; and its score when it comes back.
//!
//! The sheet shows each sentence's two translations in a random order. Only `key.json`, which the judge does not get, says which
//! is whose.

pub mod score;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use deshi_whole_file::write_whole;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;
use crate::system::System;
use crate::text::read_columns;

/// What a sheet is made of.
#[derive(Debug, Clone, clap::Args)]
pub struct SheetConfig {
    /// One system
    pub a: String,
    /// The other
    pub b: String,
    /// Sources; further columns, separated by tabs, are ignored
    #[arg(value_name = "FILE")]
    pub test: PathBuf,
    /// The folder that sheet.csv, sheet.html and key.json go to
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Sentences on the sheet, drawn from those that the systems translate differently
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub lines: u32,
    /// Draws the sentences and their sides
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// A row of the sheet, as CSV.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// From 1.
    pub number: usize,
    /// The source sentence.
    pub source: String,
    /// One system's translation.
    pub left: String,
    /// The other's.
    pub right: String,
    /// What the judge fills in: `left`, `right` or `equal`, the better side.
    #[serde(default)]
    pub verdict: String,
}

/// What a sheet hides from the judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The two systems, A and B.
    pub systems: [String; 2],
    /// Sentences that both translate alike; none of them is on the sheet.
    pub same: usize,
    /// Sentences that were compared for that.
    pub sentences: usize,
    /// The rows.
    pub rows: Vec<KeyRow>,
}

/// A row's secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    /// The source sentence, to notice a sheet that is another's.
    pub source: String,
    /// Whether A is on the left.
    pub a_is_left: bool,
}

/// A sentence and its translations by A and B.
struct Sentence {
    source: String,
    translations: [String; 2],
}

/// Translates with both systems, and writes `sheet.csv`, `sheet.html` and `key.json`.
///
/// # Errors
/// If a file cannot be read or written, a model cannot run, or the systems translate everything alike.
pub fn run(recipe: impl Fn() -> Result<Recipe>, config: &SheetConfig) -> Result<()> {
    let rows = read_columns::<1>(&config.test)?;
    let sources: Vec<String> = rows.into_iter().map(|[source]| source).collect();
    let SheetConfig { a, b, .. } = config;
    let translate = |name: &str| System::open(&recipe, name)?.translate(&sources);
    let pairs = translate(a)?.into_iter().zip(translate(b)?);
    let differing: Vec<Sentence> = sources
        .iter()
        .zip(pairs)
        .filter(|(_, (a, b))| a.text != b.text)
        .map(|(source, (a, b))| Sentence {
            source: source.clone(),
            translations: [a.text, b.text],
        })
        .collect();
    if differing.is_empty() {
        bail!(
            "{a} and {b} translate all {} sentences alike",
            sources.len()
        );
    }
    let same = sources.len() - differing.len();
    let (rows, key_rows) = shuffled(differing, config.lines as usize, config.seed);
    let key = Key {
        systems: [a.clone(), b.clone()],
        same,
        sentences: sources.len(),
        rows: key_rows,
    };
    fs::create_dir_all(&config.out)
        .with_context(|| format!("cannot write into {}", config.out.display()))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = config.out.join(name);
        write_whole(&path, |file| file.write_all(bytes))
            .with_context(|| format!("cannot write {}", path.display()))
    };
    write("sheet.csv", &csv_of(&rows)?)?;
    write("sheet.html", html_of(&rows)?.as_bytes())?;
    write("key.json", serde_json::to_string_pretty(&key)?.as_bytes())?;
    eprintln!(
        "sheet: {} sentences in {}; {same} of {} are translated alike",
        key.rows.len(),
        config.out.display(),
        key.sentences
    );
    Ok(())
}

/// Some of the sentences in a random order, each with a random side for A.
fn shuffled(mut sentences: Vec<Sentence>, lines: usize, seed: u64) -> (Vec<Row>, Vec<KeyRow>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    sentences.shuffle(&mut random);
    sentences.truncate(lines);
    let rows = sentences.into_iter().enumerate().map(|(index, sentence)| {
        let a_is_left = random.random_bool(0.5);
        let [a, b] = sentence.translations;
        let (left, right) = if a_is_left { (a, b) } else { (b, a) };
        let secret = KeyRow {
            source: sentence.source.clone(),
            a_is_left,
        };
        let row = Row {
            number: index + 1,
            source: sentence.source,
            left,
            right,
            verdict: String::new(),
        };
        (row, secret)
    });
    rows.unzip()
}

fn csv_of(rows: &[Row]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    Ok(writer.into_inner()?)
}

/// A page that needs no server: it gives the filled-in sheet as a file to save.
fn html_of(rows: &[Row]) -> Result<String> {
    // Inside a script, `<` could end it.
    let data = serde_json::to_string(rows)?.replace('<', "\\u003c");
    Ok(include_str!("sheet.html").replace("ROWS", &data))
}

/// Reads a sheet, as it was made or as a spreadsheet program saved it: with commas, semicolons or tabs.
///
/// # Errors
/// If it cannot be read, or a column is missing.
pub fn read(path: &Path) -> Result<Vec<Row>> {
    let whose = || format!("{} is not a sheet", path.display());
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t']
        .into_iter()
        .find(|&mark| header.contains(char::from(mark)));
    csv::ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<Vec<Row>, _>>()
        .with_context(whose)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(count: usize) -> Vec<Sentence> {
        let sentence = |at: usize| Sentence {
            source: format!("source {at}"),
            translations: [format!("a {at}"), format!("b {at}")],
        };
        (0..count).map(sentence).collect()
    }

    #[test]
    fn the_sides_are_random_and_the_key_knows_them() {
        let (rows, key) = shuffled(sentences(300), 200, 1);
        assert_eq!((rows.len(), key.len()), (200, 200));
        for (row, secret) in rows.iter().zip(&key) {
            assert_eq!(row.source, secret.source);
            assert_eq!(row.left.starts_with('a'), secret.a_is_left);
            assert_eq!(row.right.starts_with('b'), secret.a_is_left);
        }
        let left = key.iter().filter(|secret| secret.a_is_left).count();
        assert!((70..=130).contains(&left), "{left}");
        assert_ne!(rows[..10], shuffled(sentences(300), 200, 2).0[..10]);
        assert_eq!(rows, shuffled(sentences(300), 200, 1).0);
    }

    #[test]
    fn a_sheet_comes_back_from_a_spreadsheet_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.csv");
        let row = Row {
            number: 1,
            source: "He said \"no\"; really,\nno.".to_owned(),
            left: "=1+1".to_owned(),
            right: "Ää".to_owned(),
            verdict: "left".to_owned(),
        };
        fs::write(&path, csv_of(std::slice::from_ref(&row)).unwrap()).unwrap();
        assert_eq!(read(&path).unwrap(), std::slice::from_ref(&row));
        for (mark, beginning) in [(b';', "\u{feff}"), (b'\t', "")] {
            let mut writer = csv::WriterBuilder::new()
                .delimiter(mark)
                .from_writer(beginning.as_bytes().to_vec());
            writer.serialize(&row).unwrap();
            fs::write(&path, writer.into_inner().unwrap()).unwrap();
            assert_eq!(read(&path).unwrap(), std::slice::from_ref(&row));
        }
        fs::write(&path, "number,source\n1,x\n").unwrap();
        let message = format!("{:#}", read(&path).unwrap_err());
        assert!(message.contains("is not a sheet"), "{message}");
    }

    #[test]
    fn the_page_shows_text_as_text() {
        let (mut rows, _) = shuffled(sentences(1), 1, 1);
        rows[0].source = "</script><b>bold</b>".to_owned();
        let page = html_of(&rows).unwrap();
        assert!(page.contains("\\u003c/script>\\u003cb>bold"), "{page}");
        assert_eq!(page.matches("</script>").count(), 1);
        assert!(!page.contains("ROWS"));
    }
}
