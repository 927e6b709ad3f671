//! Small exports, made here; `export/check_onnx.py` compares with `transformers`, and `tests/tests/standard.rs` runs them.

use std::error::Error;

use deshi_core::bundle::{Bundle, BundleError, Members, StandardManifest};
use serde_json::json;

use super::testing::{D_MODEL, Export, HEAD_DIM, HEADS, Weights};
use super::{Choices, Files, Model, import, pack};
use crate::hf::testing::{PAD, PIECES};
use crate::onnx::messages::{AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto};
use crate::{ExportError, Options};

fn export() -> Export {
    Export::new(&Weights::random(3))
}

fn plain(files: &Files<'_>) -> Result<Model, ExportError> {
    import(files, &Choices::default())
}

/// An error and its causes.
fn message(error: &ExportError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

#[test]
fn a_model_is_cut_to_two_graphs_and_its_weights_are_stored_once() {
    let model = export().with(true, plain).unwrap();
    let graphs = &model.graphs;
    assert_eq!(graphs.vocabulary_size, PIECES.len());
    assert_eq!((graphs.d_model, graphs.maximum_positions), (D_MODEL, 24));
    let cache = graphs.cache.unwrap();
    assert_eq!(
        (cache.decoder_layers, cache.n_heads, cache.head_dim),
        (1, HEADS, HEAD_DIM)
    );
    assert_eq!(graphs.start as usize, PAD);
    assert_eq!(&graphs.suppressed[..], [PAD as u32]);
    assert!(graphs.forced_end);
    // The embedding is in three files, the decoder's layers in two.
    let square = D_MODEL * D_MODEL;
    let numbers = 2 * PIECES.len() * D_MODEL + 7 * square;
    assert_eq!(model.parameters as usize, numbers);
    assert!((numbers * 4..numbers * 4 + 64 * 9).contains(&model.weights.len()));

    let bundle = pack(&model, &options()).unwrap();
    let members = Members::parse(&bundle).unwrap();
    let manifest = StandardManifest::parse(members.get("manifest.json").unwrap());
    assert_eq!(&manifest.unwrap().unwrap().standard_graphs, graphs);
    assert_eq!(
        Bundle::parse(&bundle).unwrap_err(),
        BundleError::StandardGraphs,
        "firmware and the native engine"
    );
}

fn options() -> Options {
    Options {
        source_language: "en".into(),
        target_language: "de".into(),
        ..Options::default()
    }
}

#[test]
fn without_a_cache_the_decoder_reads_the_hidden_vectors() {
    let model = export().with(false, plain).unwrap();
    assert_eq!(model.graphs.cache, None);
}

fn with_node(graph: &mut GraphProto, node: NodeProto) {
    graph.node.insert(0, node);
}

/// A change of an export, and words of the error.
type Change = (fn(&mut Export), &'static [&'static str]);

const CHANGES: [Change; 21] = [
    (
        |export| {
            let graph = export.graphs[2].graph.as_mut().unwrap();
            graph.input.push(ValueInfoProto {
                name: "use_cache_branch".into(),
                r#type: None,
            });
        },
        &["merged", "use_cache_branch", "--no-post-process"],
    ),
    (
        |export| export.graphs.swap(0, 1),
        &["encoder_model.onnx", "must be an encoder"],
    ),
    (
        |export| export.graphs.swap(1, 2),
        &["decoder_model.onnx", "without a cache"],
    ),
    (
        |export| export.graphs[2] = export.graphs[1].clone(),
        &["past_key_values.0.decoder.key"],
    ),
    (
        |export| export.graphs[0].graph = None,
        &["encoder_model.onnx", "not an ONNX file"],
    ),
    (
        |export| {
            let graph = export.graphs[0].graph.as_mut().unwrap();
            graph.node[0].domain = "com.microsoft".into();
            graph.node[0].op_type = "FusedGather".into();
        },
        &["com.microsoft.FusedGather", "/Gather/x", "-O1"],
    ),
    (
        |export| {
            let attribute = AttributeProto {
                name: "then_branch".into(),
                g: Some(GraphProto::default()),
                ..AttributeProto::default()
            };
            let node = NodeProto {
                name: "/If".into(),
                op_type: "If".into(),
                attribute: vec![attribute],
                ..NodeProto::default()
            };
            with_node(export.graphs[1].graph.as_mut().unwrap(), node);
        },
        &["decoder_model.onnx", "/If", "--no-post-process"],
    ),
    (
        |export| tensor(export).data_type = 10,
        &["float16", "export in float32"],
    ),
    (
        |export| tensor(export).dims = vec![i64::MAX, i64::MAX],
        &["bytes of data, which its shape"],
    ),
    (
        |export| tensor(export).dims[0] = -1,
        &["bytes of data, which its shape"],
    ),
    (
        |export| tensor(export).data_location = Some(1),
        &["its data is in another file"],
    ),
    (
        |export| export.graphs[1].opset_import[0].version = 17,
        &["version 17", "has 14", "export all files at once"],
    ),
    (
        |export| {
            let graph = export.graphs[2].graph.as_mut().unwrap();
            graph
                .output
                .retain(|port| port.name != "present.0.decoder.key");
        },
        &["decoder_with_past_model.onnx", "present.0.decoder.key"],
    ),
    (
        |export| {
            let graph = export.graphs[2].graph.as_mut().unwrap();
            graph.node[0].output = vec!["nobody".into()];
        },
        &["\"x\"", "before a node makes it"],
    ),
    (
        |export| {
            let graph = export.graphs[2].graph.as_mut().unwrap();
            graph.input[1].name = "others".into();
            graph.node[0].input[1] = "others".into();
        },
        &["its inputs must be", "others"],
    ),
    (
        |export| {
            export.vocabularies.ids.remove("▁target");
            export.vocabularies.ids.insert("<pad>".into(), PAD - 1);
            export
                .config
                .insert("decoder_start_token_id".into(), json!(PAD - 1));
        },
        &["vocab.json has 10 pieces", "11 logits"],
    ),
    (
        |export| {
            drop(
                export
                    .config
                    .insert("bad_words_ids".into(), json!([[3, 4]])),
            )
        },
        &["bad_words_ids", "lists of one token", "--ignore-option"],
    ),
    (
        |export| drop(export.config.insert("eos_token_id".into(), json!(2))),
        &["eos_token_id is 2"],
    ),
    (
        |export| {
            drop(
                export
                    .config
                    .insert("no_repeat_ngram_size".into(), json!(3)),
            )
        },
        &["no_repeat_ngram_size is 3"],
    ),
    (
        |export| {
            drop(
                export
                    .config
                    .insert("decoder_start_token_id".into(), json!(1)),
            )
        },
        &["vocab.json"],
    ),
    (
        |export| {
            drop(
                export
                    .config
                    .insert("max_position_embeddings".into(), json!(1u64 << 40)),
            )
        },
        &["max_position_embeddings is 1099511627776"],
    ),
];

/// The encoder's first tensor.
fn tensor(export: &mut Export) -> &mut TensorProto {
    &mut export.graphs[0].graph.as_mut().unwrap().initializer[0]
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    for (index, (change, expected)) in CHANGES.into_iter().enumerate() {
        let mut export = export();
        change(&mut export);
        let error = export.with(true, plain).unwrap_err();
        let message = message(&error);
        for part in expected {
            assert!(message.contains(part), "{index}: {part}: {message}");
        }
    }
}

#[test]
fn a_setting_that_is_ignored_is_not_checked() {
    let mut export = export();
    export
        .config
        .insert("no_repeat_ngram_size".into(), json!(3));
    let ignored = ["no_repeat_ngram_size".to_owned()];
    let choices = Choices {
        ignored: &ignored,
        ..Choices::default()
    };
    export.with(true, |files| import(files, &choices)).unwrap();
}

#[test]
fn without_a_configuration_the_search_is_that_of_opus_mt() {
    let model = export()
        .with(true, |files| {
            plain(&Files {
                config: None,
                ..*files
            })
        })
        .unwrap();
    assert_eq!(&model.graphs.suppressed[..], [PAD as u32]);
    assert_eq!(model.graphs.maximum_positions, 512);
    assert!(model.graphs.forced_end);
}

#[test]
fn generation_config_counts_more_than_config() {
    let generation =
        br#"{"decoder_start_token_id": 9, "suppress_tokens": [5, 3], "bad_words_ids": [[0]]}"#;
    let model = export()
        .with(true, |files| {
            plain(&Files {
                generation_config: Some(generation),
                ..*files
            })
        })
        .unwrap();
    assert_eq!((model.graphs.start, model.graphs.forced_end), (9, false));
    assert_eq!(&model.graphs.suppressed[..], [3, 5]);
    assert_eq!(model.graphs.maximum_positions, 24);
}

#[test]
fn damaged_files_are_refused_without_a_panic() {
    let whole = export();
    whole.with(true, |files| {
        let content = files.decoder.content;
        for length in (0..content.len()).step_by(97) {
            let mut cut = *files;
            cut.decoder.content = &content[..length];
            assert!(plain(&cut).is_err(), "{length}");
        }
        let mut random = deshi_core::random::Random::new(1);
        for _ in 0..300 {
            let mut altered = content.to_vec();
            let at = random.below(altered.len());
            altered[at] ^= 1 << random.below(8);
            let mut files = *files;
            files.decoder.content = &altered;
            // Many changes are only of a weight or a name.
            let _ = plain(&files);
        }
    });
}
