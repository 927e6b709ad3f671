//! BLEU and chrF against scores from sacrebleu (`fixtures/make_metrics.py`).

use deshi_corpus::metrics::{
    SACREBLEU_VERSION, Tokeniser, corpus_bleu, corpus_chrf, sentence_bleu_smoothed, sentence_chrf,
};
use serde::Deserialize;

/// Both sides sum the same counts; only the last bits of `exp` and `ln` may differ.
const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Fixture {
    sacrebleu: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    hypotheses: Vec<String>,
    references: Vec<String>,
    bleu_13a: Bleu,
    bleu_char: Bleu,
    chrf: Chrf,
}

#[derive(Deserialize)]
struct Bleu {
    score: f64,
    precisions: [f64; 4],
    brevity_penalty: f64,
    correct: [u64; 4],
    total: [u64; 4],
    hypothesis_len: u64,
    reference_len: u64,
    signature: String,
    line: String,
    tokenised: Vec<Vec<String>>,
    smoothed: Vec<f64>,
}

#[derive(Deserialize)]
struct Chrf {
    score: f64,
    signature: String,
    line: String,
    sentences: Vec<f64>,
}

fn fixture() -> Fixture {
    let fixture: Fixture = serde_json::from_str(include_str!("fixtures/metrics.json")).unwrap();
    assert_eq!(fixture.sacrebleu, SACREBLEU_VERSION);
    assert!(fixture.cases.len() > 30);
    fixture
}

fn assert_near(got: f64, expected: f64, what: &str) {
    assert!(
        (got - expected).abs() <= TOLERANCE,
        "{what}: got {got}, sacrebleu gives {expected}"
    );
}

#[test]
fn corpus_bleu_is_sacrebleus() {
    for case in fixture().cases {
        for (tokeniser, expected) in [
            (Tokeniser::Mteval13a, &case.bleu_13a),
            (Tokeniser::Char, &case.bleu_char),
        ] {
            let name = format!("{} ({tokeniser})", case.name);
            for (hypothesis, words) in case.hypotheses.iter().zip(&expected.tokenised) {
                assert_eq!(
                    tokeniser.tokenise(hypothesis),
                    *words,
                    "{name}: {hypothesis:?}"
                );
            }
            let bleu = corpus_bleu(&case.hypotheses, &case.references, tokeniser).unwrap();
            let counts = bleu.statistics;
            assert_eq!(
                (counts.correct, counts.total),
                (expected.correct, expected.total),
                "{name}"
            );
            assert_eq!(
                (counts.hypothesis_len, counts.reference_len),
                (expected.hypothesis_len, expected.reference_len),
                "{name}"
            );
            assert_near(bleu.score, expected.score, &name);
            assert_near(bleu.brevity_penalty, expected.brevity_penalty, &name);
            for (got, expected) in bleu.precisions.iter().zip(expected.precisions) {
                assert_near(*got, expected, &name);
            }
            assert_eq!(bleu.signature(), expected.signature);
            assert_eq!(bleu.to_string(), expected.line, "{name}");
        }
    }
}

#[test]
fn corpus_and_sentence_chrf_are_sacrebleus() {
    for case in fixture().cases {
        let chrf = corpus_chrf(&case.hypotheses, &case.references).unwrap();
        assert_near(chrf.score, case.chrf.score, &case.name);
        assert_eq!(chrf.signature(), case.chrf.signature);
        assert_eq!(chrf.to_string(), case.chrf.line, "{}", case.name);
        let pairs = case.hypotheses.iter().zip(&case.references);
        for ((hypothesis, reference), expected) in pairs.zip(case.chrf.sentences) {
            assert_near(sentence_chrf(hypothesis, reference), expected, hypothesis);
        }
    }
}

#[test]
fn smoothed_sentence_bleu_is_that_of_the_formula() {
    for case in fixture().cases {
        for (tokeniser, expected) in [
            (Tokeniser::Mteval13a, &case.bleu_13a),
            (Tokeniser::Char, &case.bleu_char),
        ] {
            let pairs = case.hypotheses.iter().zip(&case.references);
            for ((hypothesis, reference), &expected) in pairs.zip(&expected.smoothed) {
                let score = sentence_bleu_smoothed(hypothesis, reference, tokeniser);
                assert_near(score, expected, &format!("{tokeniser} {hypothesis:?}"));
            }
        }
    }
}
