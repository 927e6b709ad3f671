//! Models with a vocabulary for each language.

use std::collections::BTreeMap;

use deshi_core::aligned::AlignedBytes;
use deshi_core::bundle::{self, Bundle};
use deshi_core::shortlist::{Pieces, Shortlist, mark_words, marked};
use deshi_core::tensors::EMBEDDING;
use deshi_core::vocabulary::START;
use deshi_core::weights::Weights;
use deshi_core::{Architecture, Embeddings, TargetEmbedding, random_model};

use super::testing::{self, Form, Written};
use super::tests::{SMALL, alphas, joint};
use super::{Files, Vocabularies, inspect, read, shortlist, write_weights};
use crate::{ExportError, Options};

const SOURCE: usize = 331;

fn architecture(target: TargetEmbedding) -> Architecture {
    Architecture {
        embeddings: Embeddings {
            source_vocabulary_size: SOURCE,
            target,
        },
        ..SMALL
    }
}

fn tensors(target: TargetEmbedding) -> BTreeMap<String, Vec<f32>> {
    let mut tensors = random_model::tensors(&architecture(target), 5);
    for layer in 0..SMALL.decoder_layers {
        let name = format!("decoder.{layer}.self_in.bias");
        tensors.get_mut(&name).unwrap()[..SMALL.d_model].fill(0.0);
    }
    tensors
}

fn items(target: TargetEmbedding, form: &Form) -> Vec<Written> {
    testing::items(&architecture(target), &tensors(target), form)
}

fn vocabularies(source_bytes: bool, target_bytes: bool) -> Vocabularies {
    let source = testing::vocabulary(SOURCE, source_bytes);
    let target = testing::vocabulary(SMALL.vocabulary_size, target_bytes);
    Vocabularies::import(&source, Some(&target)).unwrap()
}

const TARGETS: [TargetEmbedding; 2] = [TargetEmbedding::Tied, TargetEmbedding::Untied];

#[test]
fn both_embeddings_come_back() {
    for (target, bytes) in [(TARGETS[0], true), (TARGETS[1], false)] {
        let expected = tensors(target);
        let file = testing::file(&items(target, &Form::Float32));
        let model = read(&file, &vocabularies(bytes, bytes), &[]).unwrap();
        let got = &model.checkpoint;
        let size = 304;
        assert_eq!(got.architecture.vocabulary_size, size);
        let unknown = usize::from(!bytes);
        let embeddings = got.architecture.embeddings;
        assert_eq!(embeddings.source_vocabulary_size, SOURCE + unknown);
        assert_eq!(embeddings.target, target);
        let names: Vec<_> = expected.keys().collect();
        assert_eq!(got.tensors.keys().collect::<Vec<_>>(), names);
        for name in names
            .into_iter()
            .filter(|name| name.ends_with("embedding.weight"))
        {
            let width = SMALL.d_model;
            let got: Vec<&[f32]> = got.tensors[name].chunks(width).collect();
            let expected: Vec<&[f32]> = expected[name].chunks(width).collect();
            let own = expected.len();
            for (id, expected) in expected.iter().enumerate() {
                let is_start = id == START as usize;
                let zeros = vec![0.0; width];
                assert_eq!(
                    got[id],
                    if is_start { &zeros[..] } else { expected },
                    "{name} {id}"
                );
            }
            if !bytes {
                assert_eq!(got[own], expected[START as usize], "{name}");
            }
            let padding = got[own + unknown..].concat();
            assert!(padding.iter().all(|&value| value == 0.0), "{name}");
        }
    }
}

#[test]
fn the_output_layer_of_older_models_is_transposed() {
    let target = TargetEmbedding::Untied;
    let mut items = items(target, &Form::Float32);
    let read = |items: &[Written]| read(&testing::file(items), &vocabularies(true, true), &[]);
    let expected = read(&items).unwrap();
    let output = find(&mut items, "decoder_ff_logit_out_Wt");
    let [rows, width] = [300, SMALL.d_model];
    let values = output.data.as_chunks::<4>().0.to_vec();
    let transposed = (0..width).flat_map(|at| (0..rows).map(move |row| row * width + at));
    output.data = transposed.flat_map(|at| values[at]).collect();
    output.shape = vec![width as i32, rows as i32];
    output.name = "decoder_ff_logit_out_W".into();
    assert_eq!(read(&items).unwrap(), expected);
}

#[test]
fn what_the_runtime_reads_is_what_the_file_had() {
    for target in TARGETS {
        for form in [Form::Int8, alphas()] {
            let file = testing::file(&items(target, &form));
            let model = read(&file, &vocabularies(true, false), &[]).unwrap();
            let tied = target == TargetEmbedding::Tied;
            for (name, expected) in [
                ("source_embedding", true),
                ("target_embedding", !tied),
                (EMBEDDING, tied),
            ] {
                assert_eq!(model.int8.contains_key(name), expected, "{name}");
            }
            let (_, file) = write_weights(&model).unwrap();
            let file = AlignedBytes::copy(&file);
            let weights = Weights::new(&model.checkpoint.architecture, file.bytes()).unwrap();
            for (name, got) in weights.tensors() {
                // The untied output layer is f32 in the file.
                if tied || name != "embedding.weight" {
                    assert_eq!(got, model.checkpoint.tensors[&name], "{name}");
                }
            }
        }
    }
}

fn lists() -> Vec<u8> {
    let mut lists = vec![vec![]; SOURCE];
    lists[330] = vec![299, 1, 5];
    lists[1] = vec![270];
    testing::shortlist(4, &lists)
}

fn export(target: TargetEmbedding, form: &Form, bytes: bool) -> Result<Vec<u8>, ExportError> {
    let (shortlist, with_shortlist) = (lists(), *form != Form::Float32);
    let target_vocabulary = testing::vocabulary(300, !bytes);
    let files = Files {
        model: &testing::file(&items(target, form)),
        vocabulary: &testing::vocabulary(SOURCE, bytes),
        target_vocabulary: Some(&target_vocabulary),
        shortlist: with_shortlist.then_some(&shortlist[..]),
    };
    let (bundle, agreement) = super::export(&files, &Options::default(), &[])?;
    assert!(agreement.tokens > 50, "{agreement:?}");
    Ok(bundle)
}

#[test]
fn every_form_becomes_a_bundle_with_two_vocabularies() {
    for target in TARGETS {
        for (form, bytes) in [(Form::Float32, true), (Form::Int8, false), (alphas(), true)] {
            let bundle = export(target, &form, bytes).unwrap();
            let bundle = Bundle::parse(&bundle).unwrap();
            let file = |name| bundle.member(name).unwrap();
            let read = deshi_core::vocabulary::Vocabularies::parse(
                file(bundle::VOCABULARY),
                Some(file(bundle::SOURCE_VOCABULARY)),
            );
            let read = read.unwrap();
            assert_eq!(read.source.len(), SOURCE + usize::from(!bytes));
            assert_eq!(read.target.len(), 300 + usize::from(bytes));
            assert!(bundle.manifest().architecture.has_graphs());
        }
    }
}

#[test]
fn a_shortlist_maps_source_ids_to_target_ids() {
    for bytes in [true, false] {
        let vocabularies = vocabularies(bytes, bytes);
        let unknown = usize::from(!bytes);
        let converted = shortlist::import(&lists(), &vocabularies).unwrap();
        let pieces = Pieces::Split {
            source: SOURCE + unknown,
            target: 300 + unknown,
        };
        let converted = Shortlist::parse(&converted, pieces).unwrap();
        let mut marks = [0; mark_words(301)];
        converted.mark(&[330, 20, 0], &mut marks);
        assert!(marked(&marks).eq([0, 2, 3, 5, 299]));
        converted.mark(&[SOURCE as u32, 0], &mut marks);
        let of_unknown = (!bytes).then_some(270);
        assert!(marked(&marks).eq([0, 2, 3].into_iter().chain(of_unknown)));
    }
    let vocabularies = vocabularies(true, true);
    let refused = |file: &[u8]| {
        let error = shortlist::import(file, &vocabularies).unwrap_err();
        error.to_string()
    };
    let message = refused(&testing::shortlist(4, &vec![vec![]; 300]));
    assert!(message.contains("made for 300 source pieces, but the vocabulary has 331"));
    let mut outside = vec![vec![]; SOURCE];
    outside[9] = vec![300];
    let message = refused(&testing::shortlist(4, &outside));
    assert!(message.contains("names token 300, but the target's vocabulary has 300 pieces"));
    let message = refused(&testing::shortlist(301, &vec![vec![]; SOURCE]));
    assert!(message.contains("numbers of candidates are impossible"));
}

fn find<'i>(items: &'i mut [Written], name: &str) -> &'i mut Written {
    items.iter_mut().find(|item| item.name == name).unwrap()
}

#[test]
fn what_does_not_belong_together_is_refused_by_name() {
    let split = testing::file(&items(TARGETS[0], &alphas()));
    let joined = testing::file(&super::tests::items(&alphas()));
    let two = vocabularies(true, true);
    let swapped = Vocabularies::import(
        &testing::vocabulary(300, true),
        Some(&testing::vocabulary(SOURCE, true)),
    );
    let longer = Vocabularies::import(
        &testing::vocabulary(SOURCE, true),
        Some(&testing::vocabulary(304, true)),
    );
    for (file, vocabularies, expected) in [
        (
            &split,
            &joint(300, true),
            "name the source's .spm file, then the target's",
        ),
        (
            &joined,
            &two,
            "one vocabulary for both languages: name one .spm file",
        ),
        (
            &split,
            &swapped.unwrap(),
            "the source's vocabulary has 300 pieces, but the model was trained with 331",
        ),
        (
            &split,
            &longer.unwrap(),
            "the target's vocabulary has 304 pieces, but the model was trained with 300",
        ),
    ] {
        let message = read(file, vocabularies, &[]).unwrap_err().to_string();
        assert!(message.contains(expected), "{expected}: {message}");
    }

    type Change<'c> = &'c dyn Fn(&mut Vec<Written>);
    let cases: [(TargetEmbedding, Change<'_>, &str); 9] = [
        (
            TARGETS[0],
            &|items| items.retain(|item| item.name != "encoder_Wemb"),
            "encoder_Wemb is missing",
        ),
        (
            TARGETS[0],
            &|items| items.retain(|item| item.name != "decoder_Wemb"),
            "decoder_Wemb is missing",
        ),
        (
            TARGETS[1],
            &|items| items.retain(|item| item.name != "decoder_ff_logit_out_Wt"),
            "decoder_ff_logit_out_Wt is missing",
        ),
        (
            TARGETS[0],
            &|items| {
                let mut novel = find(items, "decoder_Wemb").clone();
                novel.name = "Wemb".into();
                items.insert(0, novel);
            },
            "unknown item Wemb",
        ),
        (
            TARGETS[0],
            &|items| {
                let width = SMALL.d_model as i32;
                find(items, "encoder_Wemb").shape = vec![width, SOURCE as i32];
            },
            "encoder_Wemb has the shape [32, 331], but must have [331, 32]",
        ),
        (
            TARGETS[0],
            &|items| {
                let item = find(items, "encoder_Wemb");
                let end = item.data.len();
                item.data[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
            },
            "encoder_Wemb[10592] is inf",
        ),
        (
            TARGETS[0],
            &|items| find(items, "encoder_Wemb").kind = 0x402,
            "encoder_Wemb has type float16",
        ),
        (
            TARGETS[1],
            &|items| {
                let output = find(items, "decoder_ff_logit_out_Wt");
                output.kind = 0x4101;
                output.data.truncate(300 * SMALL.d_model + 4);
            },
            "decoder_ff_logit_out_Wt, an output layer that is not tied, is intgemm8",
        ),
        (
            TARGETS[1],
            &|items| {
                find(items, "decoder_ff_logit_out_Wt").data[..4]
                    .copy_from_slice(&f32::NAN.to_le_bytes());
            },
            "decoder_ff_logit_out_Wt[0] is NaN",
        ),
    ];
    for (target, change, expected) in cases {
        let mut items = items(target, &alphas());
        change(&mut items);
        let error = read(&testing::file(&items), &two, &[]).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(expected), "{expected}: {message}");
        let inspected = inspect(&testing::file(&items), &[]).unwrap();
        assert!(inspected.contains(expected), "{expected}: {inspected}");
    }
    for (from, to, expected) in [
        ("- 331", "- 0", "dim-vocabs is 0, but must be 2 to 65536"),
        ("- 331", "- 1", "dim-vocabs is 1, but must be 2 to 65536"),
        (
            "- 331",
            "- 70000",
            "dim-vocabs is 70000, but must be 2 to 65536",
        ),
        (
            "- 300",
            "- 70000",
            "dim-vocabs is 70000, but must be 2 to 65536",
        ),
    ] {
        let mut items = items(TARGETS[0], &Form::Float32);
        let options = items.last_mut().unwrap();
        let text = String::from_utf8(options.data.clone()).unwrap();
        options.data = text.replacen(from, to, 1).into_bytes();
        options.shape = vec![1, options.data.len() as i32];
        let error = read(&testing::file(&items), &two, &[]).unwrap_err();
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
}

#[test]
fn inspect_names_both_vocabularies() {
    for (target, tied) in [(TARGETS[0], "tied"), (TARGETS[1], "not tied")] {
        let text = inspect(&testing::file(&items(target, &alphas())), &[]).unwrap();
        for expected in [
            &format!("source vocabulary 331, target vocabulary 300, output layer {tied}\n"),
            "can be imported, with vocabularies of 331 source and 300 target pieces",
            "encoder_Wemb intgemm8 [331, 32]",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
}

#[test]
fn damaged_models_are_refused_or_harmless() {
    let two = vocabularies(true, true);
    for target in TARGETS {
        let file = testing::file(&items(target, &alphas()));
        for at in (0..4000).chain((4000..file.len()).step_by(997)) {
            let mut damaged = file.clone();
            damaged[at] ^= 0xFF;
            if let Ok(model) = read(&damaged, &two, &[]) {
                let finite = |values: &Vec<f32>| values.iter().all(|value| value.is_finite());
                assert!(model.checkpoint.tensors.values().all(finite), "byte {at}");
            }
        }
    }
}
