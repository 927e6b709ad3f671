use std::string::String;
use std::vec::Vec;
use std::{format, vec};

use super::{HEADER, Model, Parts, Piece, PieceKind, write};
use crate::Token;
use crate::vocabulary::{Vocabulary, VocabularyError};

const SYMBOL: &str = "__x__";

/// With these scores the whole word is best, and `ab` + `c` ties with `a` + `bc`: the first that is tried wins.
fn pieces(bytes: &[String]) -> Vec<Piece<'_>> {
    let piece = |text, score, kind| Piece { text, score, kind };
    let control = |text| piece(text, 0.0, PieceKind::Control);
    let normal = |(text, score)| piece(text, score, PieceKind::Normal);
    let mut pieces = vec![
        control("</s>"),
        control("<s>"),
        piece(SYMBOL, 0.0, PieceKind::Symbol),
    ];
    pieces.extend(bytes.iter().map(|byte| piece(byte, 0.0, PieceKind::Byte)));
    let learnt = [
        ("▁", -3.0),
        ("a", -4.0),
        ("b", -4.0),
        ("c", -4.0),
        ("ab", -5.0),
        ("bc", -5.0),
        ("▁hallo", -6.0),
        ("h", -5.0),
        ("1", -4.5),
        ("2", -4.5),
        ("▁a", -4.5),
        ("日本", -6.0),
        ("日", -5.0),
        ("本", -5.0),
        ("aaa", -6.0),
        ("_", -7.0),
    ];
    pieces.extend(learnt.map(normal));
    if bytes.is_empty() {
        pieces.push(piece("<unk>", 0.0, PieceKind::Unknown));
    }
    pieces
}

fn file(with_bytes: bool) -> Vec<u8> {
    let bytes: Vec<String> = (0..256).map(|byte| format!("<0x{byte:02X}>")).collect();
    let bytes = if with_bytes { &bytes[..] } else { &[] };
    write(&Parts {
        model: Model::Unigram,
        pieces: &pieces(bytes),
        unknown_surface: " ⁇ ",
        trie: &[],
        replacements: &[],
        prefix: None,
    })
    .unwrap()
}

pub(super) fn encode(vocabulary: &Vocabulary<'_>, text: &str) -> Vec<Token> {
    let mut ids = vec![];
    let push = |id| {
        ids.push(id);
        Ok::<(), ()>(())
    };
    vocabulary.encode(text, push).unwrap();
    ids
}

pub(super) fn decode(vocabulary: &Vocabulary<'_>, ids: &[Token]) -> String {
    let mut text = String::new();
    vocabulary.decode(ids.iter().copied(), &mut text).unwrap();
    text
}

pub(super) fn spelt<'v>(vocabulary: &Vocabulary<'v>, text: &str) -> Vec<&'v str> {
    let ids = encode(vocabulary, text);
    ids.into_iter()
        .map(|id| vocabulary.piece(id).unwrap())
        .collect()
}

#[test]
fn text_is_cut_where_the_scores_are_highest() {
    let file = file(true);
    let vocabulary = Vocabulary::parse(&file).unwrap();
    for (text, expected) in [
        ("", &[][..]),
        ("  ", &[]),
        ("hallo", &["▁hallo"]),
        (" hallo  hallo ", &["▁hallo", "▁hallo"]),
        ("abc", &["▁a", "bc"]),
        ("12", &["▁", "1", "2"]),
        ("日本日", &["▁", "日本", "日"]),
        ("▁▁a", &["▁", "▁", "▁a"]),
        ("a▁", &["▁a"]),
        ("é", &["▁", "<0xC3>", "<0xA9>"]),
        ("a__x__b", &["▁a", SYMBOL, "b"]),
        ("__x_", &["▁", "_", "_", "<0x78>", "_"]),
    ] {
        assert_eq!(spelt(&vocabulary, text), expected, "{text:?}");
    }
    assert_eq!(
        decode(&vocabulary, &encode(&vocabulary, " a  é hallo")),
        "a é hallo"
    );
}

#[test]
fn a_run_of_unknown_characters_is_one_token() {
    let file = file(false);
    let vocabulary = Vocabulary::parse(&file).unwrap();
    assert_eq!(spelt(&vocabulary, "aéüb"), ["▁a", "<unk>", "b"]);
    let unknown = vocabulary.len() as u32 - 1;
    assert_eq!(encode(&vocabulary, "é").last(), Some(&unknown));
    assert!(!vocabulary.is_learnt(unknown) && vocabulary.is_learnt(unknown - 1));
    assert_eq!(decode(&vocabulary, &encode(&vocabulary, "aéüb")), "a ⁇ b");
}

#[test]
fn a_prefix_comes_before_every_text_and_out_of_none() {
    const CODE: &str = ">>fra<<";
    let mut pieces = pieces(&[]);
    let code = pieces.len() as Token;
    pieces.push(Piece {
        text: CODE,
        score: 0.0,
        kind: PieceKind::Unused,
    });
    let parts = |prefix| Parts {
        model: Model::Unigram,
        pieces: &pieces,
        unknown_surface: "",
        trie: &[],
        replacements: &[],
        prefix,
    };
    let file = write(&parts(Some(code))).unwrap();
    let vocabulary = Vocabulary::parse(&file).unwrap();
    for (text, expected) in [
        ("", &[][..]),
        (" ", &[]),
        ("hallo", &[CODE, "▁hallo"]),
        ("é", &[CODE, "▁", "<unk>"]),
        (CODE, &[CODE, "▁", "<unk>", "a", "<unk>"]),
    ] {
        assert_eq!(spelt(&vocabulary, text), expected, "{text:?}");
    }
    assert!(vocabulary.is_learnt(code));
    // Without a prefix the file is the one of before.
    let without = write(&parts(None)).unwrap();
    assert_eq!(without.len() + 4, file.len());
    assert_eq!(without[12], 1);
    for wrong in [0, 2, 5, code - 1, code + 1, u32::MAX] {
        let error = write(&parts(Some(wrong))).unwrap_err();
        let expected = VocabularyError::Entry {
            table: "prefix",
            index: wrong as usize,
        };
        assert_eq!(error, expected);
    }
    let mut refused = 0;
    for length in 0..file.len() {
        refused += usize::from(Vocabulary::parse(&file[..length]).is_err());
    }
    assert_eq!(refused, file.len());
}

#[test]
fn bytes_become_characters_again() {
    let file = file(true);
    let vocabulary = Vocabulary::parse(&file).unwrap();
    let first = encode(&vocabulary, "é")[1] - 0xC3;
    let a = encode(&vocabulary, "a")[0];
    let byte = |byte: u8| first + u32::from(byte);
    for (ids, expected) in [
        (&[0xF0u8, 0x9F, 0x98, 0x80].map(byte)[..], "😀"),
        (&[byte(0xE2), byte(0x82)], "\u{FFFD}\u{FFFD}"),
        (&[byte(0xFF), byte(0x61)], "\u{FFFD}a"),
        (&[byte(0xE2), a, byte(0x82)], "\u{FFFD} a\u{FFFD}"),
        (&[0, a, 1, 0, 99_999], "a"),
    ] {
        assert_eq!(decode(&vocabulary, ids), expected, "{ids:?}");
    }
}

#[test]
fn long_runs_are_cut_as_short_ones() {
    let file = file(true);
    let vocabulary = Vocabulary::parse(&file).unwrap();
    // The ways through a run of one letter never meet, so the cut may be anywhere, but nothing is lost.
    let letters = "a".repeat(100_000);
    assert_eq!(decode(&vocabulary, &encode(&vocabulary, &letters)), letters);
    // Here all ways meet at each 1.
    let run = "bc1日本aaa";
    let mut expected = vec!["▁"];
    expected.extend(["bc", "1", "日本", "aaa"].iter().cycle().take(4000));
    assert_eq!(spelt(&vocabulary, &run.repeat(1000)), expected);
}

#[test]
fn a_damaged_file_is_refused_or_harmless() {
    let mut trie = vec![0u8; 1024];
    // From the root to `a` (97), and from there to a leaf.
    trie[..4].copy_from_slice(&(1u32 << 10).to_le_bytes());
    let a = 1 ^ 97usize;
    trie[4 * a..][..4].copy_from_slice(&((2u32 << 10) | 1 << 8 | 97).to_le_bytes());
    let leaf = a ^ 2;
    trie[4 * leaf..][..4].copy_from_slice(&(1u32 << 31).to_le_bytes());
    let parts = Parts {
        model: Model::Unigram,
        pieces: &pieces(&[]),
        unknown_surface: " ⁇ ",
        trie: &trie,
        replacements: "hallo\0".as_bytes(),
        prefix: None,
    };
    let file = write(&parts).unwrap();
    let vocabulary = Vocabulary::parse(&file).unwrap();
    assert_eq!(spelt(&vocabulary, "a"), ["▁hallo"]);

    for length in 0..file.len() {
        assert!(
            Vocabulary::parse(&file[..length]).is_err(),
            "cut at {length}"
        );
    }
    let mut refused = 0;
    for at in 0..file.len() {
        for bits in [0x01, 0x04, 0x80, 0xFF] {
            let mut damaged = file.clone();
            damaged[at] ^= bits;
            match Vocabulary::parse(&damaged) {
                Ok(vocabulary) => {
                    let ids = encode(&vocabulary, "hallo __x__ abc日本é");
                    decode(&vocabulary, &ids);
                    vocabulary.piece(ids[0]);
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 4 * HEADER, "{refused} of {}", 4 * file.len());
    let mut other = file.clone();
    other[12] = 4;
    let error = Vocabulary::parse(&other).unwrap_err();
    assert_eq!(error, VocabularyError::Kind { got: 4 });
}

#[test]
fn what_cannot_be_read_is_not_written() {
    let good = pieces(&[]);
    type Change<'c> = &'c dyn Fn(&mut Vec<Piece<'_>>);
    let long = "a".repeat(65);
    let changes: [(Change<'_>, &str); 6] = [
        (&|pieces| pieces.truncate(pieces.len() - 1), "kinds"),
        (&|pieces| pieces[5].text = pieces[4].text, "pieces"),
        (&|pieces| pieces[5].text = "a▁", "pieces"),
        (&|pieces| pieces[5].text = "", "pieces"),
        (&|pieces| pieces[5].score = f32::NAN, "scores"),
        (&|pieces| pieces[1].kind = PieceKind::Normal, "kinds"),
    ];
    let refused = |pieces: &[Piece<'_>]| {
        let parts = Parts {
            model: Model::Unigram,
            pieces,
            unknown_surface: "",
            trie: &[],
            replacements: &[],
            prefix: None,
        };
        write(&parts).unwrap_err()
    };
    for (change, table) in changes {
        let mut pieces = good.clone();
        change(&mut pieces);
        let error = refused(&pieces);
        assert!(
            matches!(error, VocabularyError::Entry { table: got, .. } if got == table),
            "{table}: {error}"
        );
    }
    let mut pieces = good;
    pieces[5].text = &long;
    assert!(matches!(
        refused(&pieces),
        VocabularyError::Entry {
            table: "pieces",
            ..
        }
    ));
}
