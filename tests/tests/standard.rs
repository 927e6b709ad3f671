//! ONNX graphs of standard operators, as others export them: a small encoder-decoder that is made here runs in tract as plain loops
//! have it, and hostile graphs are refused.

use deshi::{EngineKind, EngineReason, Error, Options, Translator};
use deshi_core::bundle::{self, DECODER_STEP, ENCODER, MANIFEST, Members, WEIGHTS};
use deshi_core::random::Random;
use deshi_core::vocabulary::{END, Vocabulary};
use deshi_export::hf::testing::PAD;
use deshi_export::standard::testing::{ByHand, Export, Weights};
use deshi_export::standard::{Choices, import, pack};
use prost::Message;
use tract_onnx::pb::ModelProto;

const TEXTS: [&str; 12] = [
    "ab", "a b c", "abab", "c d a", "b", "x y z", "d d d d", "ab c ab", "ca", "dab", "a", "abc abc",
];

fn bundle(weights: &Weights, with_past: bool) -> Vec<u8> {
    Export::new(weights).with(with_past, |files| {
        let model = import(files, &Choices::default()).unwrap();
        let options = deshi_export::Options {
            source_language: "en".into(),
            target_language: "de".into(),
            name: "small".into(),
            ..deshi_export::Options::default()
        };
        pack(&model, &options).unwrap()
    })
}

/// deshi's ids as those of `vocab.json`: the start and `<unk>` have changed places.
fn graph_id(id: u32) -> usize {
    match id as usize {
        1 => PAD,
        PAD.. => 1,
        id => id,
    }
}

#[test]
fn tract_finds_what_plain_loops_find_with_and_without_a_cache() {
    let mut different = std::collections::BTreeSet::new();
    for seed in 0..6 {
        let weights = Weights::random(seed);
        for with_past in [true, false] {
            let translator = Translator::from_bytes(&bundle(&weights, with_past)).unwrap();
            assert_eq!(translator.engine(), EngineKind::Tract);
            assert_eq!(translator.engine_reason(), EngineReason::StandardGraphs);
            for text in TEXTS {
                let got = translator.translate_raw(text).unwrap();
                let mut source: Vec<usize> =
                    got.source_tokens.iter().copied().map(graph_id).collect();
                source.push(END as usize);
                let most = translator.maximum_tokens(source.len());
                let expected = ByHand(&weights).translate(&source, most);
                let tokens: Vec<usize> = got.tokens.iter().copied().map(graph_id).collect();
                // A translation that repeats itself is cut off by deshi alone.
                let same = match got.repeated {
                    true => expected.starts_with(&tokens),
                    false => expected == tokens,
                };
                assert!(same, "{seed} {with_past} {text}: {tokens:?}, {expected:?}");
                assert!(got.log_probability <= 0.0 && got.log_probability.is_finite());
                different.insert(tokens);
            }
        }
    }
    assert!(different.len() > 20, "{} translations", different.len());
}

#[test]
fn a_translation_is_the_same_alone_and_among_others_and_goes_through_the_text_layer() {
    let file = bundle(&Weights::random(1), true);
    let translator = Options::new()
        .threads(2)
        .unwrap()
        .from_bytes(&file)
        .unwrap();
    let together = translator.translate_raw_batch(&TEXTS).unwrap();
    for (text, together) in TEXTS.iter().zip(together) {
        assert_eq!(translator.translate_raw(text).unwrap(), together, "{text}");
    }
    let text = translator
        .translate("ab c. See https://example.org/a?b=c now.")
        .unwrap()
        .text;
    assert!(text.contains("https://example.org/a?b=c"), "{text}");
}

#[test]
fn the_native_engine_refuses_it_by_name() {
    let file = bundle(&Weights::random(1), true);
    let options = Options::new().engine(EngineKind::Native);
    let error = options.from_bytes(&file).unwrap_err();
    assert!(matches!(error, Error::StandardGraphs { .. }), "{error}");
    let message = error.to_string();
    assert!(
        message.contains("tract") && message.contains("native"),
        "{message}"
    );
    let forced = Options::new().engine(EngineKind::Tract);
    let translator = forced.from_bytes(&file).unwrap();
    assert_eq!(translator.engine_reason(), EngineReason::Requested);
    assert_eq!(translator.architecture(), None);
    assert_eq!(translator.working_bytes(5), None);
}

/// The bundle with some members changed, and right checksums.
fn altered(file: &[u8], change: impl Fn(&str, &[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let members = Members::parse(file).unwrap();
    let names = &bundle::MEMBERS[..bundle::MEMBERS.len() - 1];
    let contents: Vec<Vec<u8>> = names
        .iter()
        .map(|name| {
            let content = members.get(name).unwrap();
            change(name, content).unwrap_or_else(|| content.to_vec())
        })
        .collect();
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&contents)
        .map(|(name, content)| (*name, &content[..]))
        .collect();
    bundle::write(&members)
}

fn message(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

/// A change of a graph, and words of the error.
type Change = (fn(&mut ModelProto), &'static [&'static str]);

#[test]
fn hostile_graphs_are_refused_by_name() {
    let file = bundle(&Weights::random(1), true);
    let changes: [Change; 9] = [
        (
            |model| model.graph.as_mut().unwrap().node[3].op_type = "Teleport".into(),
            &["does not have the operator", "Teleport", "node"],
        ),
        (
            |model| model.graph.as_mut().unwrap().node[3].domain = "com.microsoft".into(),
            &["com.microsoft."],
        ),
        (
            |model| model.graph.as_mut().unwrap().node[0].output[0] = "other".into(),
            &["used before a node produces it"],
        ),
        (
            |model| drop(model.graph.as_mut().unwrap().output.pop()),
            &["the architecture needs logits"],
        ),
        (
            |model| model.graph.as_mut().unwrap().initializer[0].dims = vec![1 << 40, 1 << 40],
            &["initializer", "not its section"],
        ),
        (
            |model| {
                let entries = &mut model.graph.as_mut().unwrap().initializer[0].external_data;
                entries[1].value = u64::MAX.to_string();
            },
            &["initializer", "not its section"],
        ),
        (
            |model| {
                let graph = model.graph.as_mut().unwrap();
                for copy in 0..100 {
                    let mut again = graph.initializer[0].clone();
                    again.name = format!("again{copy}");
                    graph.initializer.push(again);
                }
            },
            &["more than the", "of the weights"],
        ),
        (
            |model| {
                let nodes = &mut model.graph.as_mut().unwrap().node;
                let node = nodes.iter_mut().find(|node| node.op_type == "Constant");
                let tensor = node.unwrap().attribute[0].t.as_mut().unwrap();
                tensor.dims = vec![1 << 50];
            },
            &["type, shape and data do not match"],
        ),
        (
            |model| {
                let nodes = &mut model.graph.as_mut().unwrap().node;
                let node = nodes.iter_mut().find(|node| node.op_type == "MatMul");
                node.unwrap().input.swap(0, 1);
            },
            &["decoder_step.onnx cannot be used"],
        ),
    ];
    for (index, (change, expected)) in changes.into_iter().enumerate() {
        let hostile = altered(&file, |name, content| {
            (name == DECODER_STEP).then(|| {
                let mut model = ModelProto::decode(content).unwrap();
                change(&mut model);
                model.encode_to_vec()
            })
        });
        let error = Translator::from_bytes(&hostile).unwrap_err();
        let message = message(&error);
        for part in expected {
            assert!(message.contains(part), "{index}: {part}: {message}");
        }
    }
}

#[test]
fn wrong_sizes_in_the_manifest_are_refused() {
    let file = bundle(&Weights::random(1), true);
    for (from, to) in [
        ("\"vocabulary_size\": 11", "\"vocabulary_size\": 12"),
        ("\"vocabulary_size\": 11", "\"vocabulary_size\": 10"),
        (
            "\"vocabulary_size\": 11",
            "\"vocabulary_size\": 99999999999",
        ),
        ("\"n_heads\": 2", "\"n_heads\": 3"),
        ("\"head_dim\": 16", "\"head_dim\": 1000000"),
        ("\"decoder_layers\": 1", "\"decoder_layers\": 2"),
        ("\"format\": 3", "\"format\": 2"),
        ("\"start\": 10", "\"start\": 11"),
    ] {
        let changed = altered(&file, |name, content| {
            let text = std::str::from_utf8(content).ok()?;
            (name == MANIFEST).then(|| {
                assert!(text.contains(from), "{text}");
                text.replace(from, to).into_bytes()
            })
        });
        assert!(Translator::from_bytes(&changed).is_err(), "{to}");
    }
}

#[test]
fn mutated_graphs_and_weights_are_refused_or_run() {
    let file = bundle(&Weights::random(1), true);
    let mut random = Random::new(7);
    let mut loaded = 0;
    for round in 0..60 {
        let target = [ENCODER, DECODER_STEP, WEIGHTS][round % 3];
        let (at, bit) = (random.bits() as usize, random.below(8));
        let changed = altered(&file, |name, content| {
            (name == target).then(|| {
                let mut content = content.to_vec();
                let at = at % content.len();
                content[at] ^= 1 << bit;
                content
            })
        });
        if let Ok(translator) = Translator::from_bytes(&changed) {
            loaded += 1;
            let _ = translator.translate_raw("ab c");
        }
    }
    assert!(loaded > 0, "a weight may have any value");
}

#[test]
fn its_vocabulary_has_no_symbols() {
    let file = bundle(&Weights::random(1), true);
    let members = Members::parse(&file).unwrap();
    let vocabulary = Vocabulary::parse(members.get(bundle::VOCABULARY).unwrap()).unwrap();
    assert!(!vocabulary.has_symbols());
}
