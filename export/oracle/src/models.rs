//! The models: the carried one in Marian's form, and random ones of Firefox's shapes.

use std::collections::BTreeMap;

use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::{self, Bundle};
use deshi_core::random::Random;
use deshi_core::vocabulary::{END, FIRST_PIECE, START, Vocabulary};
use deshi_core::weights::Weights;
use deshi_core::{
    Architecture, DecoderKind, Embeddings, FeedForwardActivation, Positions, Side, TargetEmbedding,
    random_model,
};
use deshi_export::marian::testing;
use deshi_export::sentencepiece;

/// The lines that the carried model translates.
const SENTENCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/sentences.en");

/// A model, and what it translates.
pub struct Case {
    pub name: String,
    pub architecture: Architecture,
    pub tensors: BTreeMap<String, Vec<f32>>,
    /// Of both languages, or of the target.
    pub vocabulary: Vec<u8>,
    /// Of the source, where each language has its own.
    pub source_vocabulary: Option<Vec<u8>>,
    pub sources: Vec<Vec<u32>>,
    /// The sources' texts, if they have any.
    pub lines: Vec<String>,
    /// The size of Firefox's int8 file with alphas, whose options have 1,595 bytes.
    pub expected_bytes: Option<usize>,
}

type Make = Box<dyn Fn() -> Case>;

/// The models whose names have `only` in them.
pub fn cases(sentences: usize, random: usize, only: &str) -> Vec<Make> {
    let architecture = |layers: usize, d_model, d_ff, vocabulary_size, embeddings| Architecture {
        encoder_layers: 6,
        decoder_layers: layers,
        d_model,
        d_ff,
        n_heads: 8,
        decoder: DecoderKind::Ssru,
        vocabulary_size,
        maximum_positions: 256,
        positions: Positions::Marian,
        activation: FeedForwardActivation::Relu,
        embeddings,
    };
    let shape = |name: &'static str,
                 layers,
                 d_model,
                 d_ff,
                 vocabulary,
                 bytes,
                 fallback|
     -> (String, Make) {
        let shape = architecture(layers, d_model, d_ff, vocabulary, Embeddings::JOINT);
        let name = format!(
            "random, {name}, {vocabulary} pieces{}",
            if fallback { "" } else { ", no bytes" }
        );
        let make = name.clone();
        (
            name,
            Box::new(move || random_case(make.clone(), shape, random, bytes, fallback)),
        )
    };
    let carried = |name: &'static str, target: Option<TargetEmbedding>| -> (String, Make) {
        let make = move || carried(name, sentences, target);
        (name.into(), Box::new(make))
    };
    let split = |name: &'static str, target| -> (String, Make) {
        let embeddings = Embeddings {
            source_vocabulary_size: 16_000,
            target,
        };
        let architecture = architecture(2, 256, 1536, 32_000, embeddings);
        let make = move || random_case(name.into(), architecture, random, None, true);
        (name.into(), Box::new(make))
    };
    let all = [
        carried("carried", None),
        carried("carried, split vocabularies", Some(TargetEmbedding::Tied)),
        carried(
            "carried, split vocabularies, untied",
            Some(TargetEmbedding::Untied),
        ),
        split("random, tiny, split vocabularies", TargetEmbedding::Tied),
        split(
            "random, tiny, split vocabularies, untied",
            TargetEmbedding::Untied,
        ),
        shape("tiny", 2, 256, 1536, 32_000, Some(17_141_051), true),
        shape("base-memory", 4, 384, 1536, 32_000, Some(31_561_787), true),
        shape("base", 2, 512, 2048, 32_000, Some(42_992_955), true),
        shape("tiny", 2, 256, 1536, 16_000, None, false),
        shape("tiny", 2, 256, 1536, 64_000, None, true),
    ];
    let chosen = all.into_iter().filter(|(name, _)| name.contains(only));
    chosen.map(|(_, make)| make).collect()
}

/// Clears the biases that Marian has no place for, and keeps the start from ever being chosen.
fn fit(architecture: &Architecture, tensors: &mut BTreeMap<String, Vec<f32>>) {
    for layer in 0..architecture.decoder_layers {
        let bias = tensors.get_mut(&format!("decoder.{layer}.self_in.bias"));
        bias.expect("the decoder has an SSRU")[..architecture.d_model].fill(0.0);
    }
    let bias = tensors
        .get_mut("embedding.bias")
        .expect("every model has it");
    bias[START as usize] = -1e4;
}

/// Pieces by which the source's vocabulary is rotated, so that its ids are not the target's.
const ROTATED: usize = 1000;

/// The carried model. With `split`, its source has a vocabulary and an embedding of its own: the same pieces in another order.
fn carried(name: &str, sentences: usize, split: Option<TargetEmbedding>) -> Case {
    let file = std::fs::read(random_model::CARRIED_MODEL).expect("the repository carries a model");
    let bundle = Bundle::parse(&file).expect("it is a bundle");
    let member = |name| bundle.member(name).expect("it has every member");
    let vocabulary = Vocabulary::parse(member(bundle::VOCABULARY)).expect("it has a vocabulary");
    let mut architecture = Architecture {
        positions: Positions::Marian,
        ..bundle.manifest().architecture
    };
    let weights = AlignedBytes::copy(member(bundle::WEIGHTS));
    let weights =
        Weights::new(&bundle.manifest().architecture, weights.bytes()).expect("it has weights");
    let mut tensors = weights.tensors();
    fit(&architecture, &mut tensors);
    let text = std::fs::read_to_string(SENTENCES).expect("the tests have sentences");
    // A unigram vocabulary with the same pieces, and a row for each.
    let pieces = (0..architecture.vocabulary_size as u32).skip(FIRST_PIECE as usize);
    let fill = |id: u32| {
        char::from_u32(0xF0000 + id)
            .expect("a private character")
            .into()
    };
    let piece = |id| vocabulary.piece(id).map_or_else(|| fill(id), str::to_owned);
    let learnt: Vec<String> = pieces.clone().map(piece).collect();
    let spm = testing::vocabulary_of(&learnt, true);
    let mut source_spm = None;
    if let Some(target) = split {
        let mut ids: Vec<u32> = pieces
            .filter(|&id| vocabulary.piece(id).is_some())
            .collect();
        ids.rotate_left(ROTATED);
        let piece = |&id: &u32| learnt[(id - FIRST_PIECE) as usize].clone();
        source_spm = Some(testing::vocabulary_of(
            &ids.iter().map(piece).collect::<Vec<_>>(),
            true,
        ));
        let joint = tensors["embedding.weight"].clone();
        let width = architecture.d_model;
        let row = |id: u32| joint[id as usize * width..][..width].to_vec();
        let source: Vec<f32> = (0..FIRST_PIECE).chain(ids).flat_map(row).collect();
        architecture.embeddings = Embeddings {
            source_vocabulary_size: source.len() / width,
            target,
        };
        tensors.insert("source_embedding.weight".into(), source);
        tensors.insert("target_embedding.weight".into(), joint);
    }
    let imported =
        sentencepiece::import(source_spm.as_ref().unwrap_or(&spm)).expect("it is a vocabulary");
    let vocabulary = Vocabulary::parse(&imported.file).expect("it can be read");
    let source = |line: &str| {
        let mut tokens = Vec::new();
        let push = |token| {
            tokens.push(token);
            Ok::<(), ()>(())
        };
        vocabulary.encode(line, push).expect("nothing stops it");
        tokens.push(END);
        tokens
    };
    let lines: Vec<String> = text.lines().take(sentences).map(str::to_owned).collect();
    Case {
        name: name.into(),
        architecture,
        tensors,
        sources: lines.iter().map(|line| source(line)).collect(),
        lines,
        vocabulary: spm,
        source_vocabulary: source_spm,
        expected_bytes: None,
    }
}

fn random_case(
    name: String,
    architecture: Architecture,
    sentences: usize,
    expected_bytes: Option<usize>,
    byte_fallback: bool,
) -> Case {
    let mut tensors = random_model::tensors(&architecture, 11);
    fit(&architecture, &mut tensors);
    let mut random = Random::new(2);
    let mut source = |_| {
        let length = 3 + random.below(6);
        let token = |_| 2 + random.below(architecture.embedded_ids(Side::Source) - 2) as u32;
        (0..length).map(token).chain([END]).collect()
    };
    Case {
        name,
        vocabulary: testing::vocabulary(architecture.vocabulary_size, byte_fallback),
        source_vocabulary: architecture.has_split_vocabularies().then(|| {
            let pieces = architecture.embedded_ids(Side::Source);
            testing::vocabulary(pieces, byte_fallback)
        }),
        sources: (0..sentences).map(&mut source).collect(),
        lines: Vec::new(),
        architecture,
        tensors,
        expected_bytes,
    }
}
