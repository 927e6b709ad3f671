//! A small random model, exported.

use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::{self, About, Bundle};
use deshi_core::random_model::SMALLEST as SMALL;
use deshi_core::vocabulary::{self, END, START};
use deshi_core::weights::{Layout, Weights};
use deshi_core::{Architecture, DecoderKind, FeedForwardActivation, Side, forward, random_model};
use deshi_export::reference::{self, Precision, Reference, Rows, State};
use deshi_export::{Checkpoint, ExportError, Options, export, onnx, verify};
use ndarray::{Array1, Axis};

fn random(architecture: Architecture) -> Checkpoint {
    let tensors = random_model::tensors(&architecture, 7);
    Checkpoint {
        architecture,
        tensors,
    }
}

fn small() -> Checkpoint {
    random(SMALL)
}

fn small_vocabulary() -> Vec<u8> {
    let pieces: Vec<String> = (0..SMALL.vocabulary_size - 258)
        .map(|i| char::from_u32(0x4E00 + i as u32).unwrap().into())
        .collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    vocabulary::write(&pieces, &[]).unwrap()
}

fn shortlist(pieces: usize) -> Vec<u8> {
    let lists: Vec<Vec<u32>> = (0..pieces as u32).map(|token| vec![token | 2]).collect();
    deshi_core::shortlist::write(&[END], &lists).unwrap()
}

#[test]
fn a_shortlist_of_another_vocabulary_is_refused() {
    let options = Options {
        shortlist: shortlist(304),
        ..Default::default()
    };
    let error = export(&small(), &small_vocabulary(), &options).unwrap_err();
    assert!(matches!(error, ExportError::Shortlist(_)), "{error}");
}

#[test]
fn a_small_model_becomes_a_bundle() {
    let checkpoint = small();
    let options = Options {
        name: "small".into(),
        card: "# small\n".into(),
        shortlist: shortlist(SMALL.vocabulary_size),
        ..Default::default()
    };
    let (bundle, agreement) = export(&checkpoint, &small_vocabulary(), &options).unwrap();
    assert!(agreement.tokens > 50, "{agreement:?}");
    assert!(agreement.ties <= agreement.tokens / 50, "{agreement:?}");
    let parsed = Bundle::parse(&bundle).unwrap();
    assert_eq!(parsed.manifest().architecture, SMALL);
    let about: About = serde_json::from_slice(parsed.member("manifest.json").unwrap()).unwrap();
    assert_eq!(about.name, "small");
    let weights = AlignedBytes::copy(parsed.member(bundle::WEIGHTS).unwrap());
    let weights = Weights::new(&SMALL, weights.bytes()).unwrap();
    let tensors = weights.tensors();
    for (name, got) in &tensors {
        let expected = checkpoint.tensor(name);
        let largest = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
        // Half a step of int8; what is not a weight is as it was.
        let most = if name.ends_with(".weight") {
            0.51 * largest / 127.0
        } else {
            0.0
        };
        assert_eq!(got.len(), expected.len(), "{name}");
        let near = |(got, expected): (&f32, &f32)| (got - expected).abs() <= most;
        assert!(got.iter().zip(expected).all(near), "{name}");
    }
    let parameters: usize = tensors.values().map(Vec::len).sum();
    assert_eq!(about.parameters, parameters as u64);
    assert_eq!(parsed.member("shortlist"), Some(&options.shortlist[..]));
    // The same checkpoint gives the same bytes.
    assert_eq!(
        export(&checkpoint, &small_vocabulary(), &options)
            .unwrap()
            .0,
        bundle
    );
}

/// A decoder step written out by hand from the papers, not from `core::forward`: SSRU (Kim et al. 2019)
/// in place of self-attention, attention to the source, feed-forward, each with a residual sum and a normalisation after it.
fn step_by_hand(
    oracle: &mut Reference<'_>,
    x: &Rows,
    keys: &Rows,
    values: &Rows,
    state: &mut Array1<f32>,
) -> Rows {
    let gates = oracle.linear_layer("decoder.0.self_in", x);
    let recurrent = reference::ssru_step(gates.row(0), state).insert_axis(Axis(0));
    let x = oracle.normalise("decoder.0.self_norm", x, &recurrent);
    let query = oracle.linear_layer("decoder.0.cross_query", &x);
    let seen = reference::attention(&query, keys, values, 4, |_| keys.nrows());
    let seen = oracle.linear_layer("decoder.0.cross_out", &seen);
    let x = oracle.normalise("decoder.0.cross_norm", &x, &seen);
    let inner = oracle.linear_layer("decoder.0.feed_forward_in", &x);
    let inner = inner.mapv(|value| value.max(0.0));
    let out = oracle.linear_layer("decoder.0.feed_forward_out", &inner);
    oracle.normalise("decoder.0.feed_forward_norm", &x, &out)
}

#[test]
fn the_decoder_is_the_one_of_the_papers() {
    let checkpoint = small();
    for precision in [Precision::F32, Precision::Int8] {
        let mut oracle = Reference::new(&checkpoint, precision);
        let encoded = oracle.embed(Side::Source, &[5, 9, 300, END], 0);
        let keys_values = oracle.linear_layer("decoder.0.cross_keys_values", &encoded);
        let [keys, values] = reference::columns(&keys_values);
        let source = forward::keys_values(&mut oracle, &SMALL, encoded).unwrap();
        let (mut states, mut by_hand) = (vec![State::new(32)], Array1::zeros(32));
        for (position, token) in [START, 44, 201, 7].into_iter().enumerate() {
            let x = oracle.embed(Side::Target, &[token], position);
            let expected = step_by_hand(&mut oracle, &x, &keys, &values, &mut by_hand);
            let got = forward::decode(&mut oracle, &SMALL, x, &source, &mut states).unwrap();
            assert_eq!(got, expected, "{precision:?}, position {position}");
            assert_eq!(states[0].vector, by_hand);
        }
    }
}

#[test]
fn int8_is_near_what_was_trained() {
    let checkpoint = small();
    let encode = |precision| {
        let mut oracle = Reference::new(&checkpoint, precision);
        let x = oracle.embed(Side::Source, &[17, 30, 258, 319, END], 0);
        forward::encode(&mut oracle, &SMALL, x).unwrap()
    };
    let (exact, quantised) = (encode(Precision::F32), encode(Precision::Int8));
    let squares = exact
        .iter()
        .zip(&quantised)
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f32>();
    let error = (squares / exact.len() as f32).sqrt();
    assert!(error > 0.0 && error < 0.05, "root mean square {error}");
}

const KINDS: [(DecoderKind, FeedForwardActivation); 3] = [
    (DecoderKind::SelfAttention, FeedForwardActivation::Relu),
    (DecoderKind::Ssru, FeedForwardActivation::Swish),
    (DecoderKind::SelfAttention, FeedForwardActivation::Swish),
];

#[test]
fn other_decoders_and_activations_become_bundles_without_graphs() {
    for (decoder, activation) in KINDS {
        let architecture = Architecture {
            decoder,
            activation,
            ..SMALL
        };
        let checkpoint = random(architecture);
        let options = Options::default();
        let (bundle, agreement) = export(&checkpoint, &small_vocabulary(), &options).unwrap();
        assert!(agreement.tokens > 20, "{agreement:?}");
        let parsed = Bundle::parse(&bundle).unwrap();
        assert_eq!(parsed.manifest().architecture, architecture);
        for name in [bundle::ENCODER, bundle::DECODER_STEP] {
            assert_eq!(parsed.member(name), Some(&[][..]), "{name}");
        }
        let layout = Layout::new(&architecture).unwrap();
        for refused in [onnx::encoder(&layout), onnx::decoder_step(&layout)] {
            assert!(matches!(refused, Err(ExportError::NoGraph { .. })));
        }
    }
}

#[test]
fn other_decoders_and_activations_agree_with_the_reference_on_every_kernel_set() {
    for (decoder, activation) in KINDS {
        for shape in [random_model::SMALL, SMALL] {
            let architecture = Architecture {
                decoder,
                activation,
                ..shape
            };
            let checkpoint = random(architecture);
            let layout = Layout::new(&architecture).unwrap();
            let weights = deshi_core::weights::write(&layout, |name| checkpoint.tensor(name));
            let of_set = |kernels| verify::compare_native(&checkpoint, &weights, kernels).unwrap();
            for kernels in deshi_kernels::available() {
                let agreement = of_set(kernels);
                let case = format!("{}, {decoder:?}, {activation:?}", kernels.name());
                assert!(agreement.tokens > 20, "{case}: {agreement:?}");
                assert!(
                    agreement.ties <= 1 + agreement.tokens / 50,
                    "{case}: {agreement:?}"
                );
            }
        }
    }
}

/// Token by token with a cache, or all tokens at once with a mask.
#[test]
fn the_cache_is_self_attention_with_a_causal_mask() {
    let architecture = Architecture {
        decoder: DecoderKind::SelfAttention,
        ..SMALL
    };
    let checkpoint = random(architecture);
    let tokens = [START, 44, 201, 7, 9];
    // In int8, a sum that is rounded otherwise can move an activation by a step.
    for (precision, most) in [(Precision::F32, 1e-4), (Precision::Int8, 0.05)] {
        let mut oracle = Reference::new(&checkpoint, precision);
        let encoded = oracle.embed(Side::Source, &[5, 9, 300, END], 0);
        let source = forward::keys_values(&mut oracle, &architecture, encoded).unwrap();
        let mut states = vec![State::new(32)];
        let x = oracle.embed(Side::Target, &tokens, 0);
        let all = forward::decode(&mut oracle, &architecture, x, &source, &mut states).unwrap();
        let mut states = vec![State::new(32)];
        for (position, token) in tokens.into_iter().enumerate() {
            let x = oracle.embed(Side::Target, &[token], position);
            let got = forward::decode(&mut oracle, &architecture, x, &source, &mut states).unwrap();
            for (got, all) in got.row(0).iter().zip(all.row(position)) {
                assert!((got - all).abs() < most, "{precision:?}, {position}");
            }
        }
    }
}

#[test]
fn another_vocabulary_is_refused() {
    let other = vocabulary::write(&["a"], &[]).unwrap();
    let refused = export(&small(), &other, &Options::default());
    assert!(matches!(
        refused,
        Err(ExportError::VocabularySize {
            expected: 320,
            got: 259
        })
    ));
}

/// The bundle that the repository carries was verified by onnxruntime and runs in tract: what is written for its
/// architecture today must be the same, to the byte.
#[test]
fn the_carried_models_graphs_are_written_again_to_the_byte() {
    let path = random_model::CARRIED_MODEL;
    let file = std::fs::read(path).unwrap();
    let bundle = Bundle::parse(&file).unwrap();
    let layout = Layout::new(&bundle.manifest().architecture).unwrap();
    let graphs = [
        (bundle::ENCODER, onnx::encoder(&layout).unwrap()),
        (bundle::DECODER_STEP, onnx::decoder_step(&layout).unwrap()),
    ];
    for (name, got) in graphs {
        assert!(bundle.member(name) == Some(&got), "{name}");
    }
}
