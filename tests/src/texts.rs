//! English text to translate.

/// 200 English sentences, one in each line. `tests/data/make_sentences.py` wrote them.
pub const SENTENCES: &str = include_str!("../data/sentences.en");
/// 800 lines of technical English as people write it: with marks, numbers, names and code. They were taken from this
/// repository's documentation of November 2026, and do not change with it.
pub const PROSE: &str = include_str!("../data/prose.en");

/// The first `count` lines of [`SENTENCES`] and [`PROSE`].
///
/// # Panics
/// If there are fewer.
pub fn lines(count: usize) -> Vec<String> {
    let lines = SENTENCES.lines().chain(PROSE.lines());
    let lines: Vec<String> = lines.take(count).map(str::to_owned).collect();
    assert_eq!(lines.len(), count, "there are fewer lines");
    lines
}
