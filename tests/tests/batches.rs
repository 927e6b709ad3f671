//! A text's translation does not depend on the other texts or the number of threads; and with a shortlist, its
//! tokens are candidates.

use std::sync::atomic::{AtomicBool, Ordering};

use deshi::{Error, ModelTranslation, Options, Translator};
use deshi_core::Token;
use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::SHORTLIST;
use deshi_core::native::{Capacity, Native};
use deshi_core::random_model;
use deshi_core::search::{Constraints, Found, Row, greedy_batch};
use deshi_core::shortlist::{Shortlist, mark_words, marked};
use deshi_core::vocabulary::END;
use deshi_core::weights::Weights;
use deshi_tests::bundles::{members, pack};
use deshi_tests::models::{self, SMALL};
use deshi_tests::{SENTENCES, every_way, every_way_with, name};

const TEXTS: [&str; 14] = [
    "a",
    "",
    "b b b z",
    "a b. ab",
    "z.z.z.z.z.z",
    "😀",
    "a. a. a. b b b a a z z z . . . a a b b",
    "ab",
    " ",
    "a a a a",
    "b.",
    "漢字 a",
    "a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b",
    "z",
];

fn assert_equal(got: &[ModelTranslation], expected: &[ModelTranslation], what: &str) {
    assert_eq!(got, expected, "{what}");
    for (got, expected) in got.iter().zip(expected) {
        let bits = [got, expected].map(|translation| translation.log_probability.to_bits());
        assert_eq!(bits[0], bits[1], "{what}");
    }
}

#[test]
fn a_text_is_translated_alike_in_every_batch_and_on_any_number_of_threads() {
    let bundle = models::small_with_shortlist();
    let translator = Translator::from_bytes(&bundle).unwrap();
    let translate = |text: &&str| translator.translate_raw(text).unwrap();
    let alone: Vec<_> = TEXTS.iter().map(translate).collect();
    for (sentences, threads) in [(1, 1), (2, 2), (3, 5), (7, 1), (64, 2)] {
        let options = Options::new()
            .batch_sentences(sentences)
            .unwrap()
            .threads(threads)
            .unwrap();
        let translator = options.from_bytes(&bundle).unwrap();
        // A different composition of batches each time.
        for rotation in 0..TEXTS.len() {
            let (mut texts, mut expected) = (TEXTS, alone.clone());
            texts.rotate_left(rotation);
            expected.rotate_left(rotation);
            let from = rotation / 2;
            let together = translator.translate_raw_batch(&texts[from..]).unwrap();
            let what = format!("{sentences} sentences, {threads} threads");
            assert_equal(&together, &expected[from..], &what);
        }
    }
}

#[test]
fn the_carried_model_translates_a_batch_as_it_translates_each_sentence_whatever_runs_it() {
    let texts: Vec<&str> = SENTENCES.lines().collect();
    let bundle = models::carried();
    let one = Translator::from_bytes(&bundle).unwrap();
    let alone: Vec<_> = texts
        .iter()
        .map(|text| one.translate_raw(text).unwrap())
        .collect();
    let options = Options::new().threads(2).unwrap();
    for translator in every_way_with(&bundle, &options) {
        let what = name(&translator);
        assert_equal(
            &translator.translate_raw_batch(&texts).unwrap(),
            &alone,
            &what,
        );
    }
}

#[test]
fn tokens_are_candidates_unless_there_is_no_shortlist() {
    let shortlist = models::shortlist();
    let candidates = Shortlist::parse(&shortlist, SMALL.vocabulary_size).unwrap();
    let none = Translator::from_bytes(&models::small()).unwrap();
    assert!(!none.has_shortlist());
    let bundle = models::small_with_shortlist();
    for translator in every_way(&bundle) {
        assert!(translator.has_shortlist());
        let mut translations = Vec::new();
        for text in TEXTS {
            let translation = translator.translate_raw(text).unwrap();
            let mut source = translation.source_tokens.clone();
            source.push(END);
            let mut marks = [0; mark_words(SMALL.vocabulary_size)];
            candidates.mark(&source, &mut marks);
            let allowed: Vec<Token> = marked(&marks).collect();
            for token in &translation.tokens {
                assert!(allowed.contains(token), "{text:?}: {token}");
            }
            translations.push(translation);
        }
        let all = none.translate_raw_batch(&TEXTS).unwrap();
        assert_ne!(translations, all, "the shortlist had no effect");
    }
    for whole in every_way_with(&bundle, &Options::new().shortlist(false)) {
        let all = none.translate_raw_batch(&TEXTS).unwrap();
        assert_equal(
            &whole.translate_raw_batch(&TEXTS).unwrap(),
            &all,
            &name(&whole),
        );
    }
}

#[test]
fn a_damaged_shortlist_is_refused() {
    let mut members = members(&models::small_with_shortlist());
    for (name, content) in &mut members {
        if *name == SHORTLIST {
            content.pop();
        }
    }
    let error = Translator::from_bytes(&pack(&members)).unwrap_err();
    assert!(error.to_string().contains("shortlist"), "{error}");
}

/// Tokens and bits of the total log-probability of each source, computed side by side, with room for
/// `candidates` candidates.
fn decode(
    weights: &Weights<'_>,
    sources: &[&[Token]],
    candidates: usize,
) -> Vec<(Vec<Token>, u32)> {
    let capacity = Capacity {
        source_tokens: sources.iter().map(|source| source.len()).sum(),
        sentences: sources.len(),
        target_tokens: 20,
        candidates,
    };
    let mut arena = vec![f32::NAN; capacity.arena_elements(&SMALL)];
    let mut quantised = vec![1; capacity.quantised_elements(&SMALL)];
    let shortlist = models::shortlist();
    let shortlist = Shortlist::parse(&shortlist, SMALL.vocabulary_size).unwrap();
    let kernels = deshi_kernels::best();
    let mut native = Native::with_capacity(kernels, weights, capacity, &mut arena, &mut quantised)
        .unwrap()
        .with_shortlist(Some(shortlist));
    let mut rows = vec![Row::START; sources.len()];
    let mut found = vec![Found::NOTHING; sources.len()];
    let mut tokens = vec![vec![]; sources.len()];
    let push = |sentence: usize, token| tokens[sentence].push(token);
    let constraints = vec![Constraints::tokens(20); sources.len()];
    greedy_batch(
        &mut native,
        sources,
        &constraints,
        &mut rows,
        &mut found,
        push,
    )
    .unwrap();
    let bits = found.iter().map(|found| found.log_probability.to_bits());
    tokens.into_iter().zip(bits).collect()
}

#[test]
fn candidates_need_no_room_and_dirty_memory_does_no_harm() {
    let bytes = random_model::weights(&SMALL, 7).unwrap();
    let file = AlignedBytes::copy(&bytes);
    let weights = Weights::new(&SMALL, file.bytes()).unwrap();
    let sources: [&[Token]; 5] = [
        &[260, END],
        &[258, 259, 262, END],
        &[END],
        &[263, END],
        &[9, 260, END],
    ];
    let alone = |source: &&[Token]| decode(&weights, &[source], 320);
    let expected: Vec<_> = sources.iter().flat_map(alone).collect();
    assert!(expected.iter().any(|(tokens, _)| tokens.len() > 2));
    for candidates in [0, 1, 70, 150, 1000] {
        let got = decode(&weights, &sources, candidates);
        assert_eq!(got, expected, "room for {candidates}");
    }
}

#[test]
fn a_translation_that_is_stopped_is_an_error() {
    let translator = Translator::from_bytes(&models::small_with_shortlist()).unwrap();
    let stop = AtomicBool::new(true);
    let translate = || translator.translate_batch_until(translator.layer(), &["a b. a b."], &stop);
    assert!(matches!(translate(), Err(Error::Stopped)));
    stop.store(false, Ordering::Relaxed);
    assert_eq!(
        translate().unwrap(),
        translator.translate_batch(&["a b. a b."]).unwrap()
    );
}
