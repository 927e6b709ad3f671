//! English text to translate.

/// 200 English sentences, one per line, written by `tests/data/make_sentences.py`.
pub const SENTENCES: &str = include_str!("../data/sentences.en");
/// 800 lines of technical English as people write it: with marks, numbers, names and code. Copied from this
/// repository's documentation of November 2026, and independent of it since.
pub const PROSE: &str = include_str!("../data/prose.en");

/// The first `count` lines of [`SENTENCES`] and [`PROSE`].
///
/// # Panics
/// If there are fewer lines.
pub fn lines(count: usize) -> Vec<String> {
    let lines = SENTENCES.lines().chain(PROSE.lines());
    let lines: Vec<String> = lines.take(count).map(str::to_owned).collect();
    assert_eq!(lines.len(), count, "there are fewer lines");
    lines
}
