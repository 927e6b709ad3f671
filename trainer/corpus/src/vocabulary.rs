//! The second step: learns a joint vocabulary of both languages from prepared shards.
//!
//! Words are the runtime's pre-tokens ([`deshi_core::vocabulary::pre_tokens`]), so that learning and use agree.
//! HuggingFace's `tokenizers` learns the merges.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    convert::Infallible,
    fs,
    path::{Path, PathBuf},
};

use ahash::AHashMap;
use compact_str::CompactString;
use deshi_core::bundle::{self, Bundle};
use deshi_core::vocabulary::{FIRST_PIECE, SPACE, Vocabulary, pre_tokens, write};
use serde::{Deserialize, Serialize};
use tokenizers::models::bpe::{BPE, BpeTrainer};

use crate::{
    Error, PROGRESS_LINES, Progress,
    files::{Lines, at, read_json, write_json, write_whole},
    prepare::{longest_prefix, mono_shards, train_shards},
};

/// The size of a vocabulary is a multiple of this: kernels compute outputs in groups of 16.
pub const SIZE_MULTIPLE: usize = 16;

/// Number of lines to measure [`Fertility`].
const FERTILITY_LINES: u64 = 100_000;

/// How to learn a vocabulary: the table `[vocabulary]` of a recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VocabularyConfig {
    /// Number of pieces, including special ones and bytes: a multiple of [`SIZE_MULTIPLE`]. If the text
    /// has fewer pieces, the size is the next multiple above their number. Default 8000.
    pub size: usize,
    /// The least weighted frequency of a piece. Default 10.
    pub min_frequency: u64,
    /// The most lines to read, of pairs and of monolingual text each; shards are shuffled. Default: all.
    pub sample_lines: Option<u64>,
    /// Share of the text's characters that become pieces, the most frequent first; all others, and those
    /// below `min_frequency`, are spelt in bytes. Printable ASCII is always included. Default 0.9999; lower
    /// for scripts with thousands of characters (0.9995 left Japanese 1,464 characters of 16,000 pieces).
    pub character_coverage: f64,
    /// Repeats of each set's lines, keyed by name prefix (the longest wins). Default 1.
    pub weights: BTreeMap<String, u64>,
    /// Whether to read monolingual source text, too. Default false, because it favours pieces of
    /// one language.
    pub mono: bool,
    /// A bundle, NAME.deshi, whose vocabulary is used unchanged, for a model that starts with the bundle's
    /// tensors. Then nothing is learnt, and the other fields are ignored. Default: none.
    pub bundle: Option<PathBuf>,
}

impl Default for VocabularyConfig {
    fn default() -> Self {
        Self {
            size: 8000,
            min_frequency: 10,
            sample_lines: None,
            character_coverage: 0.9999,
            weights: BTreeMap::new(),
            mono: false,
            bundle: None,
        }
    }
}

/// The result of the step, stored with the vocabulary as `NAME.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VocabularyReport {
    /// The configuration.
    pub config: VocabularyConfig,
    /// The input shards' names and sizes in bytes.
    pub shards: Vec<(String, u64)>,
    /// Number of lines read, each counted once.
    pub lines: u64,
    /// Number of distinct pre-tokens.
    pub words: usize,
    /// Number of pieces, including unused ones.
    pub size: usize,
    /// Number of one-character pieces.
    pub characters: usize,
    /// Number of merges.
    pub merges: usize,
    /// Number of pieces that never occur in the segmented text.
    pub unused: usize,
    /// How text is split.
    pub fertility: Fertility,
}

/// Learns a vocabulary from the prepared shards in `prepared` and writes it to `out`. Skips the step
/// if that is already done.
///
/// # Errors
///
/// If the configuration is invalid, the corpus is empty, or a file cannot be read or written.
pub fn run(
    config: &VocabularyConfig,
    prepared: &Path,
    out: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<VocabularyReport, Error> {
    validate(config)?;
    let paths = input_shards(config, prepared)?;
    let shards = names_and_sizes(&paths)?;
    let mut report_path = out.as_os_str().to_owned();
    report_path.push(".json");
    let report_path = PathBuf::from(report_path);
    if let Some(report) = read_json::<VocabularyReport>(&report_path)
        && report.config == *config
        && report.shards == shards
        && out.is_file()
    {
        return Ok(report);
    }

    let (bytes, lines, words) = match &config.bundle {
        Some(path) => (of_bundle(path)?, 0, 0),
        None => learn(config, prepared, &paths, progress)?,
    };
    let vocabulary = Vocabulary::parse(&bytes)?;
    let pieces = || (FIRST_PIECE..vocabulary.len() as u32).filter_map(|id| vocabulary.piece(id));
    let report = VocabularyReport {
        config: config.clone(),
        fertility: Fertility::measure(&vocabulary, &paths)?,
        shards,
        lines,
        words,
        size: vocabulary.len(),
        characters: pieces().filter(|piece| piece.chars().count() == 1).count(),
        merges: vocabulary.merges().count(),
        unused: pieces().filter(|piece| piece.is_empty()).count(),
    };
    if report_path.exists() {
        fs::remove_file(&report_path).map_err(at(&report_path))?;
    }
    write_whole(out, |file| file.write_all(&bytes))?;
    write_json(&report_path, &report)?;
    Ok(report)
}

fn validate(config: &VocabularyConfig) -> Result<(), Error> {
    let error = |field, reason: String| Err(Error::Config { field, reason });
    let smallest = FIRST_PIECE as usize + 128;
    if !config.size.is_multiple_of(SIZE_MULTIPLE) || !(smallest..=1 << 16).contains(&config.size) {
        let reason = format!("must be a multiple of {SIZE_MULTIPLE}, {smallest} to 65536");
        return error("size", reason);
    }
    if !(0.0..=1.0).contains(&config.character_coverage) {
        return error("character_coverage", "must be 0 to 1".to_owned());
    }
    Ok(())
}

fn input_shards(config: &VocabularyConfig, prepared: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = train_shards(prepared)?;
    if config.mono {
        paths.extend(mono_shards(prepared)?);
    }
    Ok(paths)
}

fn names_and_sizes(paths: &[PathBuf]) -> Result<Vec<(String, u64)>, Error> {
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let entry = |path: &PathBuf| Ok((name(path), fs::metadata(path).map_err(at(path))?.len()));
    paths.iter().map(entry).collect()
}

/// The weighted frequency of each pre-token.
struct Words {
    counts: HashMap<String, u64>,
    lines: u64,
}

impl Words {
    fn count(
        config: &VocabularyConfig,
        shards: &[PathBuf],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, Error> {
        let mut words = Self {
            counts: HashMap::new(),
            lines: 0,
        };
        for_each_line(shards, config.sample_lines, &mut |sides, set| {
            let weight = longest_prefix(&config.weights, set).unwrap_or(1);
            for side in sides {
                words.add(side, weight);
            }
            words.lines += 1;
            if words.lines.is_multiple_of(PROGRESS_LINES) {
                progress(Progress {
                    stage: "counting words",
                    lines: words.lines,
                });
            }
        })?;
        Ok(words)
    }

    fn add(&mut self, text: &str, weight: u64) {
        let Ok(()) = pre_tokens(text, |run| {
            match self.counts.get_mut(run) {
                Some(count) => *count += weight,
                None => drop(self.counts.insert(run.to_owned(), weight)),
            }
            Ok::<(), Infallible>(())
        });
    }
}

/// Calls `visit` with the sides and the set of each line; at most `limit` lines of pairs, and as many of
/// monolingual text.
fn for_each_line(
    shards: &[PathBuf],
    limit: Option<u64>,
    visit: &mut dyn FnMut(&[&str], &str),
) -> Result<(), Error> {
    let mut read = [0; 2];
    for path in shards {
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next()? {
            let line = str::from_utf8(line).unwrap_or_default();
            let columns: Vec<&str> = line.split('\t').collect();
            let Some((set, sides @ ([_] | [_, _]))) = columns.split_last() else {
                return Err(Error::Shard {
                    path: path.clone(),
                    line: lines.count,
                });
            };
            let read = &mut read[sides.len() - 1];
            if limit.is_some_and(|limit| *read >= limit) {
                break;
            }
            *read += 1;
            visit(sides, set);
        }
    }
    Ok(())
}

/// A bundle's vocabulary file.
fn of_bundle(path: &Path) -> Result<Vec<u8>, Error> {
    let file = fs::read(path).map_err(at(path))?;
    let bundle = Bundle::parse(&file).map_err(|source| Error::Bundle {
        path: path.to_owned(),
        source,
    })?;
    let member = bundle.member(bundle::VOCABULARY).expect("it is a member");
    let vocabulary = Vocabulary::parse(member)?;
    if vocabulary.has_symbols() {
        return Ok(member.to_vec());
    }
    with_symbols(&vocabulary)
}

/// The same pieces and merges, with symbols in place of bytes that never occur in text.
fn with_symbols(vocabulary: &Vocabulary<'_>) -> Result<Vec<u8>, Error> {
    let pieces: Vec<&str> = (FIRST_PIECE..vocabulary.len() as u32)
        .filter_map(|id| vocabulary.piece(id))
        .collect();
    let index = |id: u32| (id - FIRST_PIECE) as usize;
    let merges: Vec<_> = vocabulary
        .merges()
        .map(|(left, right)| (index(left), index(right)))
        .collect();
    Ok(write(&pieces, &merges)?)
}

/// Pieces without the special ones and the bytes, and merges as indices into them.
struct Learnt {
    pieces: Vec<String>,
    merges: Vec<(usize, usize)>,
}

impl Learnt {
    /// The vocabulary's file, padded with empty pieces to `size`, or, if there are fewer pieces, to the
    /// next multiple of [`SIZE_MULTIPLE`].
    fn write(&self, size: usize) -> Result<Vec<u8>, Error> {
        let mut pieces: Vec<&str> = self.pieces.iter().map(String::as_str).collect();
        let used = pieces.len() + FIRST_PIECE as usize;
        let size = used.next_multiple_of(SIZE_MULTIPLE).min(size.max(used));
        pieces.resize(size - FIRST_PIECE as usize, "");
        Ok(write(&pieces, &self.merges)?)
    }
}

/// Learns a vocabulary from the shards: its file, the number of lines read, and the number of distinct
/// words.
fn learn(
    config: &VocabularyConfig,
    prepared: &Path,
    shards: &[PathBuf],
    progress: &mut dyn FnMut(Progress),
) -> Result<(Vec<u8>, u64, usize), Error> {
    let words = Words::count(config, shards, progress)?;
    if words.counts.is_empty() {
        return Err(Error::NoText {
            path: prepared.to_owned(),
        });
    }
    progress(Progress {
        stage: "learning merges",
        lines: words.lines,
    });
    let learnt = learn_merges(config, &words)?;
    Ok((learnt.write(config.size)?, words.lines, words.counts.len()))
}

fn learn_merges(config: &VocabularyConfig, words: &Words) -> Result<Learnt, Error> {
    let alphabet = alphabet(config, words);
    let mut trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(config.size - FIRST_PIECE as usize)
        .min_frequency(config.min_frequency)
        .build();
    trainer.initial_alphabet = alphabet.iter().copied().collect();
    let mut model = BPE::default();
    trainer
        .do_train(&segments(words, &alphabet), &mut model)
        .map_err(|error| Error::Tokenizers(error.to_string().into()))?;
    from_model(&model)
}

/// The characters that become pieces.
fn alphabet(config: &VocabularyConfig, words: &Words) -> HashSet<char> {
    let mut counts: HashMap<char, u64> = HashMap::new();
    for (word, count) in &words.counts {
        for character in word.chars() {
            *counts.entry(character).or_default() += count;
        }
    }
    let all: u64 = counts.values().sum();
    let mut by_count: Vec<(char, u64)> = counts.into_iter().collect();
    by_count.sort_unstable_by_key(|&(character, count)| (std::cmp::Reverse(count), character));
    // Keeps at least half of the ids free for merges.
    by_count.truncate((config.size - FIRST_PIECE as usize) / 2);
    let mut covered = 0;
    let frequent = by_count.into_iter().take_while(|&(_, count)| {
        let needed = (covered as f64) < all as f64 * config.character_coverage;
        covered += count;
        needed && count >= config.min_frequency
    });
    let always = ('!'..='~').chain([SPACE]);
    always
        .chain(frequent.map(|(character, _)| character))
        .collect()
}

/// The words for `tokenizers`, cut at characters that are not pieces: its trainer would drop the
/// character and learn merges across the gap. Its pair counts have 32 bits, so counts are scaled down if
/// they could overflow.
fn segments(words: &Words, alphabet: &HashSet<char>) -> AHashMap<CompactString, u64> {
    let mut segments: AHashMap<CompactString, u64> = AHashMap::new();
    let mut characters = 0;
    for (word, count) in &words.counts {
        characters += count * word.chars().count() as u64;
        for segment in word.split(|character| !alphabet.contains(&character)) {
            if !segment.is_empty() {
                *segments.entry(segment.into()).or_default() += count;
            }
        }
    }
    let scale = characters.div_ceil(i32::MAX as u64).max(1);
    segments
        .values_mut()
        .for_each(|count| *count = count.div_ceil(scale));
    segments
}

fn from_model(model: &BPE) -> Result<Learnt, Error> {
    // The merges are private, but the model's JSON contains them.
    #[derive(Deserialize)]
    struct Model {
        vocab: HashMap<String, usize>,
        merges: Vec<(String, String)>,
    }
    let json = serde_json::to_value(model).map_err(Error::Report)?;
    let model: Model = serde_json::from_value(json).map_err(Error::Report)?;
    let id = |piece: &str| {
        let missing =
            || Error::Tokenizers(format!("merge of `{piece}`, which is not a piece").into());
        model.vocab.get(piece).copied().ok_or_else(missing)
    };
    let merges: Result<_, Error> = model
        .merges
        .iter()
        .map(|(left, right)| Ok((id(left)?, id(right)?)))
        .collect();
    let mut pieces: Vec<(usize, String)> = model
        .vocab
        .iter()
        .map(|(piece, &id)| (id, piece.clone()))
        .collect();
    pieces.sort_unstable();
    let pieces: Vec<String> = pieces.into_iter().map(|(_, piece)| piece).collect();
    Ok(Learnt {
        pieces,
        merges: merges?,
    })
}

/// How text is split: the cost of a vocabulary.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fertility {
    /// Lines measured.
    pub lines: u64,
    /// Pieces per word (separated by spaces), by set and side.
    pub pieces_per_word: BTreeMap<String, f64>,
    /// Share of the pieces that are bytes.
    pub byte_share: f64,
}

impl Fertility {
    /// Measures the first lines of the shuffled shards.
    fn measure(vocabulary: &Vocabulary<'_>, shards: &[PathBuf]) -> Result<Self, Error> {
        let (mut lines, mut all, mut bytes) = (0, 0, 0);
        let mut sides: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for_each_line(shards, Some(FERTILITY_LINES), &mut |texts, set| {
            lines += 1;
            let names = if texts.len() == 1 {
                ["mono", ""]
            } else {
                ["source", "target"]
            };
            for (text, name) in texts.iter().zip(names) {
                let mut pieces = 0;
                let Ok(()) = vocabulary.encode(text, |id| {
                    pieces += 1;
                    bytes += u64::from(id < FIRST_PIECE);
                    Ok::<(), Infallible>(())
                });
                all += pieces;
                let words = text.split(' ').count() as u64;
                for side in [name.to_owned(), format!("{set} {name}")] {
                    let counts = sides.entry(side).or_default();
                    *counts = (counts.0 + pieces, counts.1 + words);
                }
            }
        })?;
        let pieces_per_word = sides
            .into_iter()
            .map(|(side, (pieces, words))| (side, pieces as f64 / words as f64))
            .collect();
        Ok(Self {
            lines,
            pieces_per_word,
            byte_share: bytes as f64 / all.max(1) as f64,
        })
    }
}
