//! A small random model, exported.

use std::collections::HashMap;

use deshi_core::bundle::{About, Bundle};
use deshi_core::vocabulary::{self, END, START};
use deshi_core::{Architecture, DecoderKind, model, random_model};
use deshi_export::reference::{self, Precision, Reference, Rows, State};
use deshi_export::{Checkpoint, ExportError, Options, checkpoint, export};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

const SMALL: Architecture = Architecture {
    encoder_layers: 2,
    decoder_layers: 1,
    d_model: 32,
    d_ff: 64,
    n_heads: 4,
    decoder: DecoderKind::Ssru,
    vocabulary_size: 320,
    maximum_positions: 24,
};

/// Names and shapes of tensors.
type Shapes = Vec<(String, Vec<usize>)>;

/// The trainer's file, of random numbers; `change` may spoil it.
fn checkpoint_file(architecture: Architecture, change: impl Fn(&mut Shapes)) -> Vec<u8> {
    let mut shapes = checkpoint::shapes(&architecture);
    change(&mut shapes);
    let random = random_model::tensors(&architecture, 7);
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .map(|(name, shape)| {
            // A tensor that no layer has is one of zeros.
            let zeros = vec![0.0; shape.iter().product()];
            let numbers = random.get(&name).unwrap_or(&zeros);
            let bytes = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
            (name, shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (
            name.clone(),
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    let description =
        serde_json::json!({ "architecture": architecture, "progress": { "step": 1 } });
    let metadata = HashMap::from([(checkpoint::DESCRIPTION.to_owned(), description.to_string())]);
    safetensors::serialize(views, Some(metadata)).unwrap()
}

fn small() -> Checkpoint {
    Checkpoint::parse(&checkpoint_file(SMALL, |_| {})).unwrap()
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
    let weights = parsed.member("weights.bin").unwrap();
    assert!(weights.len() > about.parameters as usize);
    assert_eq!(parsed.member("shortlist"), Some(&options.shortlist[..]));
    // The same checkpoint gives the same bytes.
    assert_eq!(
        export(&checkpoint, &small_vocabulary(), &options)
            .unwrap()
            .0,
        bundle
    );
}

/// A decoder step written out by hand from the papers, not from `core::model`: SSRU (Kim et al. 2019)
/// in place of self-attention, attention to the source, feed-forward, each with a residual sum and a normalisation after it.
fn step_by_hand(
    oracle: &mut Reference<'_>,
    x: &Rows,
    keys: &Rows,
    values: &Rows,
    state: &mut [f32],
) -> Rows {
    let gates = oracle.linear_layer("decoder.0.self_in", x);
    let recurrent = vec![reference::ssru_step(&gates[0], state)];
    let x = oracle.normalise("decoder.0.self_norm", x, &recurrent);
    let query = oracle.linear_layer("decoder.0.cross_query", &x);
    let seen = reference::attention(&query, keys, values, 4, |_| keys.len());
    let seen = oracle.linear_layer("decoder.0.cross_out", &seen);
    let x = oracle.normalise("decoder.0.cross_norm", &x, &seen);
    let mut inner = oracle.linear_layer("decoder.0.feed_forward_in", &x);
    inner[0]
        .iter_mut()
        .for_each(|value| *value = value.max(0.0));
    let out = oracle.linear_layer("decoder.0.feed_forward_out", &inner);
    oracle.normalise("decoder.0.feed_forward_norm", &x, &out)
}

#[test]
fn the_decoder_is_the_one_of_the_papers() {
    let checkpoint = small();
    for precision in [Precision::F32, Precision::Int8] {
        let mut oracle = Reference::new(&checkpoint, precision);
        let encoded = oracle.embed(&[5, 9, 300, END], 0);
        let keys_values = oracle.linear_layer("decoder.0.cross_keys_values", &encoded);
        let keys = reference::columns(&keys_values, 0, 32);
        let values = reference::columns(&keys_values, 32, 64);
        let memories = model::memorise(&mut oracle, &SMALL, encoded).unwrap();
        let (mut states, mut by_hand) = (vec![State::default()], vec![0.0; 32]);
        for (position, token) in [START, 44, 201, 7].into_iter().enumerate() {
            let x = oracle.embed(&[token], position);
            let expected = step_by_hand(&mut oracle, &x, &keys, &values, &mut by_hand);
            let got = model::decode(&mut oracle, &SMALL, x, &memories, &mut states).unwrap();
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
        let x = oracle.embed(&[17, 30, 258, 319, END], 0);
        model::encode(&mut oracle, &SMALL, x).unwrap().concat()
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

#[test]
fn a_checkpoint_that_does_not_fit_its_architecture_is_refused() {
    let refused = |change: &dyn Fn(&mut Shapes)| {
        Checkpoint::parse(&checkpoint_file(SMALL, change))
            .unwrap_err()
            .to_string()
    };
    assert!(
        refused(&|shapes| drop(shapes.remove(1))).contains("encoder.0.self_in.bias is missing")
    );
    assert!(refused(&|shapes| shapes.push(("more".into(), vec![1]))).contains("no tensor more"));
    let message = refused(&|shapes| shapes[0].1 = vec![32, 96]);
    assert!(
        message.contains("[32, 96], but must be F32 [96, 32]"),
        "{message}"
    );
    assert!(Checkpoint::parse(b"nothing").is_err());
}

#[test]
fn a_teacher_is_refused() {
    let teacher = Architecture {
        decoder: DecoderKind::SelfAttention,
        ..SMALL
    };
    let checkpoint = Checkpoint::parse(&checkpoint_file(teacher, |_| {})).unwrap();
    let refused = export(&checkpoint, &small_vocabulary(), &Options::default());
    assert!(matches!(refused, Err(ExportError::SelfAttentionDecoder)));
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
