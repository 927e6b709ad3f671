use super::{HEADER, pre_tokens, write};
use crate::Token;
use crate::vocabulary::{END, FIRST_BYTE, START, Vocabulary};
use std::string::String as Text;
use std::vec::Vec as List;
use std::{format, vec};

fn small() -> List<u8> {
    write(
        &[
            "▁", "h", "a", "l", "o", ".", "1", "al", "▁h", "lo", "▁hal", "▁hallo",
        ],
        &[(2, 3), (0, 1), (3, 4), (8, 7), (10, 9)],
    )
    .unwrap()
}

fn round_trip(vocabulary: &Vocabulary<'_>, text: &str) -> (List<Token>, Text) {
    let mut ids = vec![];
    vocabulary
        .encode(text, |id| {
            ids.push(id);
            Ok::<(), ()>(())
        })
        .unwrap();
    let mut joined = Text::new();
    vocabulary.decode(ids.iter().copied(), &mut joined).unwrap();
    (ids, joined)
}

#[test]
fn pre_tokens_split_words_digits_and_signs() {
    for (text, expected) in [
        ("Hello, world", &["▁Hello", ",", "▁world"][..]),
        ("  a\t\nb ", &["▁a", "▁b"]),
        ("x12.5!!", &["▁x", "1", "2", ".", "5", "!!"]),
        ("12", &["▁1", "2"]),
        ("don\u{2019}t", &["▁don", "\u{2019}", "t"]),
        ("東京タワーへ", &["▁東京", "タワー", "へ"]),
        ("", &[]),
        (" \u{200B} ", &[]),
    ] {
        let mut got = vec![];
        pre_tokens(text, |run| {
            got.push(Text::from(run));
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(got, expected, "{text:?}");
    }
}

#[test]
fn text_comes_back() {
    let file = small();
    let vocabulary = Vocabulary::parse(&file).unwrap();
    let (ids, text) = round_trip(&vocabulary, "hallo hal. 1ü😀\u{FFFD}");
    assert_eq!(vocabulary.piece(ids[0]), Some("▁hallo"));
    assert_eq!(text, "hallo hal. 1ü😀\u{FFFD}");
    let long = "x".repeat(1000) + &"😀".repeat(1000);
    assert_eq!(round_trip(&vocabulary, &long).1, long);
}

#[test]
fn bytes_that_are_no_text_become_replacement_characters() {
    let file = small();
    let vocabulary = Vocabulary::parse(&file).unwrap();
    for (bytes, expected) in [
        (&[0xF0u8, 0x9F, 0x98, 0x80][..], "😀"),
        (&[0xFF, 0x61], "\u{FFFD}a"),
        (&[0xE2, 0x82], "\u{FFFD}"),
        (&[0xF0, 0x9F, 0x61], "\u{FFFD}a"),
    ] {
        let mut text = Text::new();
        let ids = bytes.iter().map(|&byte| FIRST_BYTE + u32::from(byte));
        vocabulary.decode(ids, &mut text).unwrap();
        assert_eq!(text, expected, "{bytes:?}");
    }
    let mut text = Text::new();
    vocabulary
        .decode([END, START, 99_999].into_iter(), &mut text)
        .unwrap();
    assert_eq!(text, "");
}

#[test]
fn a_damaged_file_is_refused_or_harmless() {
    let file = small();
    for length in 0..file.len() {
        assert!(
            Vocabulary::parse(&file[..length]).is_err(),
            "cut at {length}"
        );
    }
    let mut refused = 0;
    for at in 0..file.len() {
        for bits in [0x01, 0x80, 0xFF] {
            let mut damaged = file.clone();
            damaged[at] ^= bits;
            match Vocabulary::parse(&damaged) {
                Ok(vocabulary) => {
                    // A character of the text was changed, or an entry is still valid.
                    assert!(at >= HEADER, "byte {at} of the header");
                    round_trip(&vocabulary, "hallo 1 ü");
                }
                Err(_) => refused += 1,
            }
        }
    }
    // Most altered bytes of the ends, characters and merges break an order.
    assert!(refused > file.len(), "{refused} of {}", 3 * file.len());
    let message = format!("{}", Vocabulary::parse(b"nothing").unwrap_err());
    assert!(message.contains("DESHIVOC"), "{message}");
}
