//! Byte pairs, held to an implementation that merges the whole text at once, as SentencePiece's does.

use std::collections::HashMap;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use super::tests::{decode, encode, spelt};
use super::{Model, Parts, Piece, PieceKind, write};
use crate::random::Random;
use crate::vocabulary::{Vocabulary, VocabularyError};

const SYMBOL: &str = "__x__";

fn piece(text: &str, score: f32, kind: PieceKind) -> Piece<'_> {
    Piece { text, score, kind }
}

/// The special pieces, then these: in the order in which they are merged.
fn with_special<'p>(learnt: &[(&'p str, PieceKind)]) -> Vec<Piece<'p>> {
    let mut pieces = vec![
        piece("</s>", 0.0, PieceKind::Control),
        piece("<s>", 0.0, PieceKind::Control),
        piece(SYMBOL, 0.0, PieceKind::Symbol),
    ];
    let learnt = learnt.iter().enumerate();
    pieces.extend(learnt.map(|(rank, (text, kind))| piece(text, -(rank as f32), *kind)));
    pieces.push(piece("<unk>", 0.0, PieceKind::Unknown));
    pieces
}

fn file(pieces: &[Piece<'_>]) -> Result<Vec<u8>, VocabularyError> {
    write(&Parts {
        model: Model::BytePairs,
        pieces,
        unknown_surface: " ⁇ ",
        trie: &[],
        replacements: &[],
        prefix: None,
    })
}

fn normal(text: &str) -> (&str, PieceKind) {
    (text, PieceKind::Normal)
}

#[test]
fn pairs_of_the_highest_score_are_merged_first() {
    use PieceKind::Unused;
    let learnt = [
        "bc", "ab", "▁a", "abc", "aa", "de", "cde", "日本", "xy", "xyz",
    ]
    .map(normal);
    let letters = ["▁", "a", "b", "c", "d", "e", "日", "本", "x"].map(normal);
    let mut learnt = [&learnt[..], &letters].concat();
    learnt.push(("y", Unused));
    learnt[8].1 = Unused;
    learnt[9].1 = Unused;
    let pieces = with_special(&learnt);
    let file = file(&pieces).unwrap();
    assert_eq!(file[12], 3);
    let vocabulary = Vocabulary::parse(&file).unwrap();
    for (text, expected) in [
        ("", &[][..]),
        (" ", &[]),
        // bc comes before ab; then the space goes to a, before abc.
        ("abc", &["▁a", "bc"]),
        ("b abc", &["▁", "b", "▁a", "bc"]),
        ("cabc", &["▁", "c", "abc"]),
        // The leftmost pair first.
        ("baaa", &["▁", "b", "aa", "a"]),
        ("cde", &["▁", "cde"]),
        ("日本日", &["▁", "日本", "日"]),
        // Nothing is merged with a symbol, not even into a piece.
        ("a__x__bc", &["▁a", SYMBOL, "bc"]),
        ("__x__x__", &["▁", SYMBOL, "x", "<unk>"]),
        // Unused pieces are cut where they were merged; y is an unused character.
        ("xy", &["▁", "x", "<unk>"]),
        ("xyz", &["▁", "x", "<unk>"]),
        ("aéüb", &["▁a", "<unk>", "b"]),
        ("▁▁a", &["▁", "▁", "▁a"]),
    ] {
        assert_eq!(spelt(&vocabulary, text), expected, "{text:?}");
    }
    let ids = encode(&vocabulary, " abc  日本 xy");
    assert_eq!(decode(&vocabulary, &ids), "abc 日本 x ⁇ ");
    assert!(!vocabulary.is_learnt(11) && vocabulary.is_learnt(10));
}

/// What SentencePiece's BPE does with a whole text, which begins with a space (`bpe_model.cc`).
fn merged_at_once(pieces: &[Piece<'_>], text: &str) -> Vec<String> {
    let looked_up: HashMap<&str, &Piece<'_>> = pieces
        .iter()
        .filter(|piece| {
            matches!(
                piece.kind,
                PieceKind::Normal | PieceKind::Symbol | PieceKind::Unused
            )
        })
        .map(|piece| (piece.text, piece))
        .collect();
    let mut nodes: Vec<(String, bool)> = vec![];
    let mut rest = text;
    while !rest.is_empty() {
        let is_symbol = rest.starts_with(SYMBOL);
        let length = match is_symbol {
            true => SYMBOL.len(),
            false => rest.chars().next().unwrap().len_utf8(),
        };
        nodes.push((rest[..length].to_string(), is_symbol));
        rest = &rest[length..];
    }
    let mut parts = HashMap::new();
    loop {
        let mut best: Option<(f32, usize)> = None;
        for (at, two) in nodes.windows(2).enumerate() {
            let both = format!("{}{}", two[0].0, two[1].0);
            let Some(piece) = looked_up.get(both.as_str()) else {
                continue;
            };
            if two[0].1 || two[1].1 {
                continue;
            }
            parts.insert(both, (two[0].0.clone(), two[1].0.clone()));
            if best.is_none_or(|(score, _)| piece.score > score) {
                best = Some((piece.score, at));
            }
        }
        let Some((_, at)) = best else { break };
        let (right, _) = nodes.remove(at + 1);
        nodes[at].0 += &right;
    }
    let mut out = vec![];
    let mut rest: Vec<String> = nodes.into_iter().rev().map(|(text, _)| text).collect();
    while let Some(text) = rest.pop() {
        let unused =
            looked_up.get(text.as_str()).map(|piece| piece.kind) == Some(PieceKind::Unused);
        match parts.get(&text) {
            Some((left, right)) if unused => rest.extend([right.clone(), left.clone()]),
            _ => out.push(match looked_up.get(text.as_str()) {
                Some(_) if !unused => text,
                _ => "<unk>".into(),
            }),
        }
    }
    out
}

/// Pieces as merging makes them: each of two before it, over a few letters.
fn random_pieces(random: &mut Random, letters: &[&str]) -> Vec<String> {
    let mut pieces: Vec<String> = letters.iter().map(|&letter| letter.to_string()).collect();
    for _ in 0..10 + random.below(60) {
        let [left, right] = [0, 1].map(|_| pieces[random.below(pieces.len())].clone());
        let both = left + &right;
        let short = both.chars().count() <= 12 && !both.chars().skip(1).any(|c| c == '▁');
        if short && !pieces.contains(&both) {
            pieces.push(both);
        }
    }
    pieces
}

/// Long runs slide through a window, which changes nothing.
#[test]
fn a_window_gives_what_the_whole_text_gives() {
    let mut random = Random::new(7);
    let letters = ["▁", "a", "b", "c", "é", "日", "_", "x"];
    let (mut long, mut merged) = (0, 0);
    for round in 0..40 {
        let learnt = random_pieces(&mut random, &letters[..4 + round % 5]);
        let mut learnt: Vec<(&str, PieceKind)> = learnt.iter().map(|text| normal(text)).collect();
        for (text, kind) in &mut learnt {
            if random.below(6) == 0 && *text != "▁" {
                *kind = PieceKind::Unused;
            }
        }
        // The order of merges has nothing to do with how the pieces came to be.
        for at in 1..learnt.len() {
            learnt.swap(at, random.below(at + 1));
        }
        let pieces = with_special(&learnt);
        let file = file(&pieces).unwrap();
        let vocabulary = Vocabulary::parse(&file).unwrap();
        for length in [3, 30, 255, 256, 257, 700] {
            let mut text = String::new();
            for _ in 0..length {
                text += match random.below(40) {
                    0 => SYMBOL,
                    1 if length < 100 => " ",
                    2 => "ß",
                    _ => letters[1 + random.below(letters.len() - 1)],
                };
            }
            let words = text.split_whitespace().collect::<Vec<_>>().join("▁");
            let expected = merged_at_once(&pieces, &format!("▁{words}"));
            // A run of unknown characters is one token.
            let mut expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            expected.dedup_by(|a, b| *a == "<unk>" && a == b);
            let got = spelt(&vocabulary, &text);
            assert_eq!(got, expected, "round {round}: {text:?}");
            long += usize::from(length > 256);
            merged += usize::from(got.len() < length * 3 / 4);
        }
    }
    assert!(long > 70 && merged > 30, "{long} long, {merged} merged");
}

#[test]
fn a_run_of_one_letter_is_merged_from_the_left() {
    let letters = ["▁", "a", "aa", "aaaa", "aaa", "▁a"].map(normal);
    let pieces = with_special(&letters);
    let file = file(&pieces).unwrap();
    let vocabulary = Vocabulary::parse(&file).unwrap();
    for length in [255, 256, 300, 1000] {
        let text = "a".repeat(length);
        let expected = merged_at_once(&pieces, &format!("▁{text}"));
        assert_eq!(spelt(&vocabulary, &text), expected, "{length}");
    }
}

#[test]
fn what_cannot_be_merged_is_not_written() {
    let good = with_special(&["▁", "a", "b", "ab"].map(normal));
    let refused = |change: &dyn Fn(&mut Vec<Piece<'_>>)| {
        let mut pieces = good.clone();
        change(&mut pieces);
        file(&pieces).unwrap_err()
    };
    let entry = |table, index| VocabularyError::Entry { table, index };
    assert_eq!(refused(&|p| p[6].score = f32::INFINITY), entry("scores", 6));
    assert_eq!(refused(&|p| p[6].text = "a"), entry("pieces", 6));
    // Unused pieces are looked up too.
    let unused = |text| move |p: &mut Vec<Piece<'_>>| p[6] = piece(text, 0.0, PieceKind::Unused);
    assert_eq!(refused(&unused("a▁")), entry("pieces", 6));
    assert_eq!(refused(&unused("a")), entry("pieces", 6));
    assert_eq!(refused(&unused("")), entry("pieces", 6));
    let prefixed = write(&Parts {
        model: Model::BytePairs,
        pieces: &good,
        unknown_surface: "",
        trie: &[],
        replacements: &[],
        prefix: Some(6),
    });
    assert_eq!(prefixed, Err(entry("prefix", 6)));
}

#[test]
fn a_damaged_file_is_refused_or_harmless() {
    let mut learnt = ["▁", "a", "b", "ab", "▁ab", "abab"].map(normal);
    learnt[3].1 = PieceKind::Unused;
    let pieces = with_special(&learnt);
    let file = file(&pieces).unwrap();
    for length in 0..file.len() {
        let refused = Vocabulary::parse(&file[..length]).is_err();
        assert!(refused, "cut at {length}");
    }
    let text = format!("{}__x__ abab é{}", "ab".repeat(200), "b".repeat(300));
    let mut read = 0;
    for at in 0..file.len() {
        for bits in [0x01, 0x04, 0x80, 0xFF] {
            let mut damaged = file.clone();
            damaged[at] ^= bits;
            if let Ok(vocabulary) = Vocabulary::parse(&damaged) {
                let ids = encode(&vocabulary, &text);
                decode(&vocabulary, &ids);
                read += 1;
            }
        }
    }
    assert!(read > 50, "{read}");
}
