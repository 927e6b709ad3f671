//! A model with a vocabulary for each language: what it reads and writes, with symbols, a shortlist and the text layer, in the
//! promised memory; and parts that do not belong together.

use deshi::{Embeddings, Error, ModelTranslation, Options, TargetEmbedding, Translator};
use deshi_core::bundle::{self, BundleError, MEMBERS, Manifest};
use deshi_core::random_model::{self, SMALL};
use deshi_core::shortlist::{Pieces, ShortlistError, write, write_split};
use deshi_core::vocabulary::{self, END, FIRST_PIECE, FIRST_SYMBOL};
use deshi_core::{Architecture, Token};

const SOURCE_PIECES: usize = 290;

fn architecture(target: TargetEmbedding) -> Architecture {
    let embeddings = Embeddings {
        source_vocabulary_size: SOURCE_PIECES,
        target,
    };
    Architecture {
        embeddings,
        ..SMALL
    }
}

/// A vocabulary of single letters.
fn letters(first: char, pieces: usize) -> Vec<u8> {
    let letters = (first..).take(pieces - FIRST_PIECE as usize);
    let letters: Vec<String> = letters.map(String::from).collect();
    let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
    vocabulary::write(&letters, &[]).unwrap()
}

/// The parts of a bundle.
struct Parts {
    architecture: Architecture,
    /// Greek.
    target: Vec<u8>,
    /// Latin; `None` leaves the member out.
    source: Option<Vec<u8>>,
    shortlist: Vec<u8>,
}

impl Parts {
    fn new(target: TargetEmbedding) -> Self {
        Self {
            architecture: architecture(target),
            target: letters('\u{3B1}', SMALL.vocabulary_size),
            source: Some(letters('a', SOURCE_PIECES)),
            shortlist: vec![],
        }
    }

    fn file(&self) -> Vec<u8> {
        let manifest = Manifest {
            format: bundle::FORMAT,
            architecture: self.architecture,
            source_language: "en".try_into().unwrap(),
            target_language: "el".try_into().unwrap(),
            length_factor: 1.5,
            length_offset: 5,
        };
        let manifest = serde_json::to_vec(&manifest).unwrap();
        let weights = random_model::weights(&self.architecture, 3).unwrap();
        let mut members: Vec<(&str, &[u8])> = MEMBERS[..MEMBERS.len() - 1]
            .iter()
            .map(|&name| match name {
                bundle::MANIFEST => (name, &manifest[..]),
                bundle::VOCABULARY => (name, &self.target[..]),
                bundle::WEIGHTS => (name, &weights[..]),
                bundle::SHORTLIST => (name, &self.shortlist[..]),
                _ => (name, &[][..]),
            })
            .collect();
        if let Some(source) = &self.source {
            members.insert(2, (bundle::SOURCE_VOCABULARY, source));
        }
        bundle::write(&members)
    }

    fn refused(&self) -> Error {
        Translator::from_bytes(&self.file()).unwrap_err()
    }
}

#[test]
fn each_language_has_its_own_ids() {
    for target in [TargetEmbedding::Tied, TargetEmbedding::Untied] {
        let translator = Translator::from_bytes(&Parts::new(target).file()).unwrap();
        let translation = translator.translate_raw("cab").unwrap();
        let ids = [2, 0, 1].map(|letter| FIRST_PIECE + letter);
        assert!(translation.source_tokens.ends_with(&ids), "{translation:?}");
        // A character that the source lacks becomes bytes; one of the target's is not known to the source.
        let greek = translator.translate_raw("\u{3B1}").unwrap();
        assert!(greek.source_tokens.iter().all(|&id| id < FIRST_PIECE));
        // The target's pieces are letters from alpha on, in order; its bytes come out as U+FFFD.
        let first = '\u{3B1}' as u32;
        for text in [
            "cab", "a", "b", "ab", "bca", "ccc", "a b", "c a b c", "abcabc",
        ] {
            let translation = translator.translate_raw(text).unwrap();
            let written: Vec<Token> = (translation.text.chars())
                .filter_map(|letter| (letter as u32).checked_sub(first))
                .filter(|&piece| (piece as usize) < SMALL.vocabulary_size)
                .collect();
            let pieces = translation.tokens.iter();
            let pieces: Vec<Token> = pieces
                .filter_map(|id| id.checked_sub(FIRST_PIECE))
                .collect();
            assert_eq!(written, pieces, "{translation:?}");
        }
    }
}

#[test]
fn symbols_come_back_once() {
    let translator = Translator::from_bytes(&Parts::new(TargetEmbedding::Tied).file()).unwrap();
    let translation = translator.translate_raw("a \u{E000} b \u{E002}").unwrap();
    for symbol in [FIRST_SYMBOL, FIRST_SYMBOL + 2] {
        for tokens in [&translation.source_tokens, &translation.tokens] {
            let times = tokens.iter().filter(|&&token| token == symbol).count();
            assert_eq!(times, 1, "{translation:?}");
        }
    }
    let text = translator
        .translate("see https://example.org/x and {name}")
        .unwrap()
        .text;
    for kept in ["https://example.org/x", "{name}"] {
        assert_eq!(text.matches(kept).count(), 1, "{text}");
    }
}

#[test]
fn a_shortlist_names_the_targets_tokens_for_the_sources() {
    let mut parts = Parts::new(TargetEmbedding::Untied);
    let mut lists = vec![vec![]; SOURCE_PIECES];
    let named = SMALL.vocabulary_size as Token - 1;
    lists[FIRST_PIECE as usize] = vec![named];
    parts.shortlist = write_split(&[END], &lists, SMALL.vocabulary_size).unwrap();
    let translator = Translator::from_bytes(&parts.file()).unwrap();
    assert!(translator.has_shortlist());
    let ModelTranslation { tokens, text, .. } = translator.translate_raw("aaa").unwrap();
    assert!(tokens.iter().all(|&token| token == named), "{tokens:?}");
    let letter = char::from_u32('\u{3B1}' as u32 + named - FIRST_PIECE).unwrap();
    assert_eq!(text, letter.to_string().repeat(tokens.len()));
    assert!(translator.translate_raw("bbb").unwrap().tokens.is_empty());

    let without = Options::new().shortlist(false).from_bytes(&parts.file());
    let tokens = without.unwrap().translate_raw("aaa").unwrap().tokens;
    assert!(tokens.iter().any(|&token| token != named), "{tokens:?}");
}

#[test]
fn the_promised_memory_is_that_of_one_vocabulary() {
    let split = Parts::new(TargetEmbedding::Untied);
    let joint = Parts {
        architecture: SMALL,
        source: None,
        ..Parts::new(TargetEmbedding::Tied)
    };
    let [split, joint] = [split, joint].map(|it| Translator::from_bytes(&it.file()).unwrap());
    assert_eq!(split.working_bytes(20), joint.working_bytes(20));
    let mut tokens = 0;
    let allocated = allocation_counter::measure(|| {
        tokens = split
            .translate_raw("a b c a b c")
            .unwrap()
            .source_tokens
            .len()
            + 1;
    });
    let promised = split
        .working_bytes(tokens)
        .expect("a model of deshi's architecture knows it");
    let most = usize::try_from(allocated.bytes_max).unwrap();
    assert!(
        (promised..promised + 8192).contains(&most),
        "{promised}, {most}"
    );
}

#[test]
fn parts_that_do_not_belong_together_are_refused_by_name() {
    let tied = || Parts::new(TargetEmbedding::Tied);
    let member = bundle::SOURCE_VOCABULARY;
    let mut parts = tied();
    parts.source = None;
    let expected = BundleError::Missing { member };
    assert!(matches!(parts.refused(), Error::Bundle(got) if got == expected));

    let mut parts = tied();
    parts.architecture = SMALL;
    let expected = BundleError::Unexpected { member };
    assert!(matches!(parts.refused(), Error::Bundle(got) if got == expected));

    let mut parts = tied();
    parts.source = Some(letters('a', SOURCE_PIECES + 1));
    let error = parts.refused().to_string();
    assert!(
        error.contains("291 pieces; the architecture allows 290"),
        "{error}"
    );

    let mut parts = tied();
    parts.source = Some(b"DESHIVOC".to_vec());
    assert!(matches!(parts.refused(), Error::Vocabulary(_)));

    let mut parts = tied();
    parts.shortlist = write(&[END], &vec![vec![]; SMALL.vocabulary_size]).unwrap();
    let expected = ShortlistError::Vocabularies {
        expected: Pieces::Split {
            source: SOURCE_PIECES,
            target: SMALL.vocabulary_size,
        },
        got: Pieces::Joint(SMALL.vocabulary_size),
    };
    assert!(matches!(parts.refused(), Error::Shortlist(got) if got == expected));

    let file = tied().file();
    let mut refused = 0;
    let length = file.len();
    for at in (0..4096).chain((4096..length).step_by(499)) {
        let mut damaged = file.clone();
        damaged[at] ^= 0x20;
        refused += usize::from(Translator::from_bytes(&damaged).is_err());
    }
    assert!(refused > 1000, "{refused}");
}
