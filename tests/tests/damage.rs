//! Damaged and hostile bundles: truncated, altered, and altered with corrected checksums.

use std::error::Error;

use deshi::{EngineKind, Options, Translator};
use deshi_core::bundle::{self, Bundle, DECODER_STEP, ENCODER, MEMBERS};
use deshi_tests::bundles::{members, pack, whole_message};
use deshi_tests::random::Random;
use deshi_tests::{ENGINES, models};

fn assert_names_a_member(error: &dyn Error) {
    let message = whole_message(error);
    let named = MEMBERS.iter().any(|member| message.contains(member));
    assert!(named, "no member is named: {message}");
}

#[test]
fn a_cut_bundle_is_refused_by_name() {
    let bundle = models::carried();
    // A tar ends with two blocks of zeros, which may be missing.
    let end = bundle.len() - 3 * 512;
    let mut random = Random::new(1);
    let ends = (0..end).step_by(end / 100);
    for length in ends.chain((0..100).map(|_| random.below(end))) {
        let error = Translator::from_bytes(&bundle[..length]).expect_err("it is cut");
        assert_names_a_member(&error);
    }
}

#[test]
fn an_altered_byte_is_refused_by_name() {
    let bundle = models::carried();
    let whole = Bundle::parse(&bundle).unwrap();
    let mut random = Random::new(2);
    let mut refused = 0;
    for _ in 0..200 {
        let mut altered = bundle.clone();
        altered[random.below(bundle.len())] ^= 1 << random.below(8);
        match Bundle::parse(&altered) {
            Err(_) => {
                refused += 1;
                let error = Translator::from_bytes(&altered).expect_err("it is altered");
                assert_names_a_member(&error);
            }
            // Padding was altered: no member has changed.
            Ok(same) => {
                for member in MEMBERS {
                    assert_eq!(same.member(member), whole.member(member));
                }
            }
        }
    }
    assert!(refused > 190, "{refused} of 200");
}

/// Changes a file a little: flips bits, replaces bytes, or cuts, duplicates or moves a piece.
fn mutate(content: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        if content.is_empty() {
            content.push(random.bits() as u8);
        }
        let at = random.below(content.len());
        let end = (at + 1 + random.below(40)).min(content.len());
        match random.below(6) {
            0 | 1 => content[at] ^= 1 << random.below(8),
            2 => content[at] = random.bits() as u8,
            3 => drop(content.drain(at..end)),
            4 => {
                let piece = content[at..end].to_vec();
                let to = random.below(content.len());
                content.splice(to..to, piece);
            }
            _ => content.truncate(at),
        }
    }
}

/// Opens a possible bundle and translates with it, on both engines; an error must name its member. Returns
/// how far the engines got: 0 both refused it, 1 tract refused its graphs, 2 both translated.
fn try_out(file: &[u8]) -> usize {
    for engine in ENGINES {
        match Options::new().engine(engine).from_bytes(file) {
            Ok(translator) => {
                let translation = translator.translate_raw("ab c").unwrap();
                assert!(translation.tokens.len() <= 2 * models::SMALL.maximum_positions);
            }
            Err(error) if engine == EngineKind::Tract => {
                assert_names_a_member(&error);
                return 1;
            }
            Err(error) => {
                let message = whole_message(&error);
                // Errors in vocabulary and weights name those instead of the file.
                let named = MEMBERS.iter().any(|member| message.contains(member));
                assert!(named || message.contains("weights"), "{message}");
                return 0;
            }
        }
    }
    2
}

fn fuzz(name: &str, rounds: u64) -> [usize; 3] {
    let original = members(&models::small());
    let index = MEMBERS
        .into_iter()
        .position(|member| member == name)
        .unwrap();
    let mut outcomes = [0; 3];
    for round in 0..rounds {
        let mut random = Random::new(round);
        let mut members = original.clone();
        mutate(&mut members[index].1, &mut random);
        outcomes[try_out(&pack(&members))] += 1;
    }
    eprintln!("{name}: refused, graphs refused, translated: {outcomes:?}");
    outcomes
}

#[test]
fn mutated_graphs_with_right_checksums_are_refused_or_run() {
    for name in [ENCODER, DECODER_STEP] {
        let [refused, graphs_refused, translated] = fuzz(name, 3000);
        assert_eq!(refused, 0, "the native engine does not read graphs");
        assert!(graphs_refused > 500, "{graphs_refused}");
        // tract does not read the ONNX functions for other engines, so a change there is harmless.
        assert!(translated > 100, "{translated}");
    }
}

#[test]
fn other_mutated_members_with_right_checksums_are_refused_or_run() {
    for name in [bundle::MANIFEST, bundle::VOCABULARY, bundle::WEIGHTS] {
        let [refused, graphs_refused, _] = fuzz(name, 500);
        assert_eq!(graphs_refused, 0, "{name}: the graphs are right");
        // Most mutations change the length, or break the JSON or a required order.
        assert!(refused > 250, "{name}: {refused} of 500");
    }
    // The card does not affect translation.
    assert_eq!(fuzz(bundle::CARD, 500), [0, 0, 500]);
}
