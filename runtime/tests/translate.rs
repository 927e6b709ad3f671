//! A small random model, and inputs that no one expects, on every kernel set.

use deshi::Translator;
use deshi_core::bundle;
use deshi_core::embedding::sine;
use deshi_core::native::{Capacity, Native};
use deshi_core::quantization::quantise_linear;
use deshi_core::search::{Found, Row, greedy_batch};
use deshi_core::weights::{Layout, SectionKind, Weights};
use deshi_core::{Architecture, DecoderKind, shortlist, vocabulary};

const ARCHITECTURE: Architecture = Architecture {
    encoder_layers: 2,
    decoder_layers: 2,
    d_model: 32,
    d_ff: 64,
    n_heads: 4,
    decoder: DecoderKind::Ssru,
    vocabulary_size: 272,
    maximum_positions: 24,
};

/// Numbers within -1 and 1 (Numerical Recipes' linear congruential generator).
fn random(state: &mut u32) -> f32 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*state >> 8) as f32 / (1 << 23) as f32 - 1.0
}

fn weights() -> Vec<u8> {
    let layout = Layout::new(&ARCHITECTURE).unwrap();
    let mut file = vec![0u8; layout.total_bytes() as usize];
    let mut seed = 1;
    let (mut scales, mut sums) = (Vec::new(), Vec::new());
    let sections = layout.sections();
    for (index, section) in sections.iter().enumerate() {
        let elements = section.bytes / 4;
        let numbers: Vec<[u8; 4]> = match section.kind {
            SectionKind::Blocked => {
                let outputs = sections[index + 1].bytes / 4;
                let weight: Vec<f32> = (0..section.bytes)
                    .map(|_| random(&mut seed) * 0.3)
                    .collect();
                let mut blocked = vec![0; weight.len()];
                (scales, sums) = (vec![0.0; outputs], vec![0; outputs]);
                let inputs = weight.len() / outputs;
                quantise_linear(inputs, &weight, &mut blocked, &mut scales, &mut sums);
                let bytes = blocked.iter().map(|&weight| weight as u8);
                bytes.collect::<Vec<_>>().as_chunks().0.to_vec()
            }
            SectionKind::Scales => scales
                .iter()
                .map(|scale: &f32| scale.to_le_bytes())
                .collect(),
            SectionKind::Sums => sums.iter().map(|sum: &i32| sum.to_le_bytes()).collect(),
            SectionKind::Positions => (0..elements)
                .map(|at| sine(at / 32, at % 32, 32).to_le_bytes())
                .collect(),
            _ => (0..elements)
                .map(|_| random(&mut seed).to_le_bytes())
                .collect(),
        };
        file[section.offset..][..section.bytes].copy_from_slice(numbers.as_flattened());
    }
    file
}

/// The candidates of each token: the three behind it; and every fifth for all.
fn shortlist() -> Vec<u8> {
    let size = vocabulary::FIRST_PIECE + 6;
    let always: Vec<u32> = (0..size).step_by(5).collect();
    let list = |token: u32| (token + 1..token + 4).filter(|next| (2..size).contains(next));
    let lists: Vec<Vec<u32>> = (0..size).map(|token| list(token).collect()).collect();
    shortlist::write(&always, &lists).unwrap()
}

fn small() -> Vec<u8> {
    bundle_with(&shortlist())
}

fn bundle_with(shortlist: &[u8]) -> Vec<u8> {
    let manifest = format!(
        r#"{{"format":{},"architecture":{},"source_language":"en","target_language":"de","length_factor":2.0,"length_offset":4}}"#,
        bundle::FORMAT,
        serde_json::to_string(&ARCHITECTURE).unwrap()
    );
    let vocabulary = vocabulary::write(&["▁", "a", "b", "▁a", ".", "1"], &[(0, 1)]).unwrap();
    let weights = weights();
    bundle::write(&[
        (bundle::MANIFEST, manifest.as_bytes()),
        (bundle::VOCABULARY, &vocabulary),
        (bundle::ENCODER, b""),
        (bundle::DECODER_STEP, b""),
        (bundle::WEIGHTS, &weights),
        (bundle::SHORTLIST, shortlist),
        (bundle::CARD, b""),
    ])
}

#[test]
fn every_kernel_set_gives_the_same_tokens_for_every_input() {
    let file = small();
    let long = "ab a. ".repeat(1700);
    let unbroken = "😀".repeat(500);
    let texts = [
        "",
        " \t\u{200B}",
        "a b. ab",
        "\0\u{7}\u{1B}[0m\n",
        "😀👩‍👩‍👧",
        "العربية 漢字",
        &long,
        &unbroken,
    ];
    for text in texts {
        let translations: Vec<_> = deshi_kernels::available()
            .map(|set| Translator::from_bytes(&file).unwrap().with_kernels(set))
            .map(|translator| translator.translate(text).unwrap())
            .collect();
        for translation in &translations {
            assert_eq!(translation, &translations[0], "{text:?}");
            assert!(translation.log_probability <= 0.0);
        }
        assert_eq!(
            translations[0].source_tokens == 0,
            text.trim().is_empty() || text == texts[1]
        );
    }
}

#[test]
fn different_sources_have_different_translations() {
    let translator = Translator::from_bytes(&small()).unwrap();
    let [a, b] = ["a", "b b b 1"].map(|text| translator.translate(text).unwrap());
    assert!(!a.tokens.is_empty() || !b.tokens.is_empty());
    assert_ne!(a.log_probability, b.log_probability);
}

const TEXTS: [&str; 14] = [
    "a",
    "",
    "b b b 1",
    "a b. ab",
    "1.1.1.1.1.1",
    "😀",
    "a. a. a. b b b a a 1 1 1 . . . a a b b",
    "ab",
    " ",
    "a a a a",
    "b.",
    "漢字 a",
    "a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b",
    "1",
];

#[test]
fn a_text_is_translated_alike_in_every_batch_and_on_any_number_of_threads() {
    let file = small();
    let translator = Translator::from_bytes(&file).unwrap();
    let translate = |text: &&str| translator.translate(text).unwrap();
    let alone: Vec<_> = TEXTS.iter().map(translate).collect();
    let bits = |log_probability: f32| log_probability.to_bits();
    for sentences in [1, 2, 3, 7, 64] {
        for threads in [1, 2, 5] {
            let translator = Translator::from_bytes(&file)
                .unwrap()
                .with_batch_sentences(sentences)
                .with_threads(threads);
            // Batches of another composition each time.
            for rotation in 0..TEXTS.len() {
                let mut texts = TEXTS;
                texts.rotate_left(rotation);
                let mut together = translator.translate_batch(&texts[rotation / 2..]).unwrap();
                let mut expected = alone.clone();
                expected.rotate_left(rotation);
                for (got, expected) in together.drain(..).zip(&expected[rotation / 2..]) {
                    assert_eq!(&got, expected);
                    assert_eq!(bits(got.log_probability), bits(expected.log_probability));
                }
            }
        }
    }
}

#[test]
fn tokens_are_candidates_unless_there_is_no_shortlist() {
    let translator = Translator::from_bytes(&small()).unwrap();
    let whole = Translator::from_bytes(&small())
        .unwrap()
        .without_shortlist();
    let none = Translator::from_bytes(&bundle_with(b"")).unwrap();
    assert!(translator.has_shortlist() && !whole.has_shortlist() && !none.has_shortlist());
    let file = shortlist();
    let shortlist = shortlist::Shortlist::parse(&file, 264).unwrap();
    let mut differ = false;
    for text in ["a", "b b b 1", "a. b", "1 1 1"] {
        let translation = translator.translate(text).unwrap();
        let mut marks = [0; shortlist::mark_words(272)];
        let pieces = vocabulary::write(&["▁", "a", "b", "▁a", ".", "1"], &[(0, 1)]).unwrap();
        let pieces = vocabulary::Vocabulary::parse(&pieces).unwrap();
        let mut source = vec![vocabulary::END];
        let Ok(()) = pieces.encode(text, |token| {
            source.push(token);
            Ok::<(), std::convert::Infallible>(())
        });
        shortlist.mark(&source, &mut marks);
        let candidates: Vec<u32> = shortlist::marked(&marks).collect();
        for token in &translation.tokens {
            assert!(candidates.contains(token), "{text:?}: {token}");
        }
        let all = whole.translate(text).unwrap();
        assert_eq!(all, none.translate(text).unwrap());
        differ |= all.tokens != translation.tokens;
    }
    assert!(differ, "the shortlist had no effect");
}

#[test]
fn a_damaged_shortlist_is_refused() {
    let mut damaged = shortlist();
    damaged.truncate(damaged.len() - 1);
    let error = Translator::from_bytes(&bundle_with(&damaged)).unwrap_err();
    assert!(error.to_string().contains("shortlist"), "{error}");
}

/// Tokens and bits of the sum of log-probabilities of each source, all of them side by side.
fn decode(sources: &[&[u32]], candidates: usize) -> Vec<(Vec<u32>, u32)> {
    let bytes = weights();
    let mut aligned = vec![0u64; bytes.len().div_ceil(8)];
    let file = bytemuck::cast_slice_mut(&mut aligned);
    file[..bytes.len()].copy_from_slice(&bytes);
    let weights = Weights::new(&ARCHITECTURE, &file[..bytes.len()]).unwrap();
    let capacity = Capacity {
        source_tokens: sources.iter().map(|source| source.len()).sum(),
        sentences: sources.len(),
        candidates,
    };
    let mut arena = vec![f32::NAN; capacity.arena_elements(&ARCHITECTURE)];
    let mut quantised = vec![1; capacity.quantised_elements(&ARCHITECTURE)];
    let shortlist = shortlist();
    let shortlist = shortlist::Shortlist::parse(&shortlist, 264).unwrap();
    let best = deshi_kernels::best();
    let mut native = Native::with_capacity(best, &weights, capacity, &mut arena, &mut quantised)
        .unwrap()
        .with_shortlist(Some(shortlist));
    let mut rows = vec![Row::START; sources.len()];
    let mut found = vec![Found::NOTHING; sources.len()];
    let mut tokens = vec![vec![]; sources.len()];
    let bounds = vec![20; sources.len()];
    greedy_batch(
        &mut native,
        sources,
        &bounds,
        &mut rows,
        &mut found,
        |sentence, token| {
            tokens[sentence].push(token);
        },
    )
    .unwrap();
    let bits = found.iter().map(|found| found.log_probability.to_bits());
    tokens.into_iter().zip(bits).collect()
}

#[test]
fn candidates_need_no_room_and_dirty_memory_does_no_harm() {
    let sources: [&[u32]; 5] = [
        &[260, 0],
        &[258, 259, 262, 0],
        &[0],
        &[263, 0],
        &[9, 260, 0],
    ];
    let expected: Vec<_> = sources
        .iter()
        .flat_map(|source| decode(&[source], 300))
        .collect();
    assert!(expected.iter().any(|(tokens, _)| tokens.len() > 2));
    for candidates in [0, 1, 70, 150, 1000] {
        assert_eq!(
            decode(&sources, candidates),
            expected,
            "room for {candidates}"
        );
    }
}
