//! Models in Hugging Face's form, made here; `export/check_hf.py` compares with `transformers`.

use std::convert::Infallible;

use deshi_core::bundle::{self, Bundle};
use deshi_core::vocabulary::{END, START, Vocabulary};
use deshi_core::{Architecture, DecoderKind, FeedForwardActivation, random_model};
use serde_json::{Value, json};

use super::tensors::{BIAS, SHARED};
use super::testing::{ARCHITECTURE, Folder, PAD, PIECES, Tensor};
use super::vocabulary::Row;
use super::{Choices, Files, Model, export, read};
use crate::verify::NEVER;
use crate::{ExportError, Options};

fn folder() -> Folder {
    Folder::new(&random_model::tensors(&ARCHITECTURE, 5))
}

/// Reads a folder without choices.
fn plain(files: &Files<'_>) -> Result<Model, ExportError> {
    read(files, &Choices::default())
}

#[test]
fn texts_become_the_ids_of_vocab_json() {
    let model = folder().with(plain).unwrap();
    let vocabulary = Vocabulary::parse(&model.vocabulary.file).unwrap();
    let ids = encode(&model.vocabulary.file, "ab xa éü c");
    let extra = PIECES.len() as u32;
    assert_eq!(ids, [4, 2, extra, 3, 2, PAD as u32, 2, 7]);
    let original = |&id: &u32| model.vocabulary.original_id(id);
    let original: Vec<_> = ids.iter().filter_map(original).collect();
    assert_eq!(original, [4, 2, 1, 3, 2, 1, 2, 7]);

    let mut text = String::new();
    vocabulary
        .decode([6, 3, 9, 4].into_iter(), &mut text)
        .unwrap();
    assert_eq!(text, "za target ab");
}

fn encode(vocabulary: &[u8], text: &str) -> Vec<u32> {
    let mut ids = vec![];
    let Ok(()) = Vocabulary::parse(vocabulary).unwrap().encode(text, |id| {
        ids.push(id);
        Ok::<(), Infallible>(())
    });
    ids
}

#[test]
fn the_chosen_language_comes_before_every_text() {
    let mut several = folder();
    for (old, code) in [("▁z", ">>fra<<"), ("▁target", ">>deu<<")] {
        let id = several.ids.remove(old).unwrap();
        several.ids.insert(code.into(), id);
    }
    let choose = |folder: &Folder, code| {
        let choices = Choices {
            target_code: Some(code),
            ..Choices::default()
        };
        folder.with(|files| export(files, &Options::default(), &choices))
    };
    for (code, id) in [(">>fra<<", 6), ("fra", 6), ("deu", 9)] {
        let (file, _) = choose(&several, code).unwrap();
        let bundle = Bundle::parse(&file).unwrap();
        let vocabulary = bundle.member(bundle::VOCABULARY).unwrap();
        assert_eq!(encode(vocabulary, "ab a"), [id, 4, 2, 3]);
        assert!(encode(vocabulary, " ").is_empty());
    }
    for (folder, code, part) in [
        (
            &several,
            "nld",
            "--target-code nld: vocab.json has >>deu<< >>fra<<",
        ),
        (&folder(), "fra", "vocab.json has no language codes"),
    ] {
        let message = message(&choose(folder, code).unwrap_err());
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn tensors_are_the_models_and_what_cannot_be_chosen_has_no_chance() {
    let folder = folder();
    let model = folder.with(plain).unwrap();
    let checkpoint = &model.checkpoint;
    let expected = Architecture {
        vocabulary_size: 16,
        ..ARCHITECTURE
    };
    assert_eq!(checkpoint.architecture, expected);
    let values = random_model::tensors(&ARCHITECTURE, 5);
    for (name, values) in &values {
        if !name.starts_with("embedding") {
            assert_eq!(checkpoint.tensor(name), values, "{name}");
        }
    }
    let (weight, bias) = (&values["embedding.weight"], &values["embedding.bias"]);
    assert_eq!(model.vocabulary.rows[END as usize], Row::Own(0));
    assert_eq!(model.vocabulary.rows[START as usize], Row::ReadOnly(PAD));
    for (id, row) in model.vocabulary.rows.iter().enumerate() {
        let got = &checkpoint.tensor("embedding.weight")[id * 32..][..32];
        let got_bias = checkpoint.tensor("embedding.bias")[id];
        match *row {
            Row::Own(row) => {
                assert_eq!((got, got_bias), (&weight[row * 32..][..32], bias[row]));
            }
            Row::ReadOnly(row) => assert_eq!((got, got_bias), (&weight[row * 32..][..32], NEVER)),
            Row::Padding => assert_eq!((got, got_bias), (&[0.0; 32][..], NEVER)),
        }
    }
}

#[test]
fn a_folder_becomes_a_bundle_without_graphs() {
    let mut folder = folder();
    // Copies that may be there.
    let shared = folder.tensors[SHARED].clone();
    folder.tensors.insert("lm_head.weight".into(), shared);
    let positions =
        (0..24 * 32).map(|at| deshi_core::embedding::sine(&ARCHITECTURE, at / 32, at % 32));
    let positions = (vec![24, 32], positions.collect());
    let name = "model.encoder.embed_positions.weight";
    folder.tensors.insert(name.into(), positions);
    let options = Options::default();
    let (file, agreement) = folder
        .with(|files| export(files, &options, &Choices::default()))
        .unwrap();
    assert!(agreement.tokens >= 7, "{agreement:?}");
    let bundle = Bundle::parse(&file).unwrap();
    let architecture = bundle.manifest().architecture;
    assert_eq!(architecture.decoder, DecoderKind::SelfAttention);
    assert_eq!(architecture.activation, FeedForwardActivation::Swish);
    assert_eq!(bundle.manifest().maximum_tokens(3), 16);
    assert_eq!(bundle.member(bundle::ENCODER), Some(&[][..]));
}

/// An error and its causes.
fn message(error: &ExportError) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message += &format!(": {error}");
        cause = error.source();
    }
    message
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    type Change = fn(&mut Folder);
    fn set(folder: &mut Folder, key: &str, value: Value) {
        folder.config.insert(key.into(), value);
    }
    fn tensor<'f>(folder: &'f mut Folder, name: &str) -> &'f mut Tensor {
        folder.tensors.get_mut(name).unwrap()
    }
    let cases: [(Change, &str); 32] = [
        (
            |f| set(f, "model_type", json!("bart")),
            "model_type is \"bart\"",
        ),
        (
            |f| set(f, "normalize_before", json!(true)),
            "normalize_before is true",
        ),
        (
            |f| set(f, "scale_embedding", json!(false)),
            "scale_embedding is false",
        ),
        (
            |f| drop(f.config.remove("scale_embedding")),
            "scale_embedding is missing",
        ),
        (
            |f| set(f, "tie_word_embeddings", json!(false)),
            "tie_word_embeddings is false",
        ),
        (
            |f| set(f, "share_encoder_decoder_embeddings", json!(false)),
            "share_encoder_decoder_embeddings is false",
        ),
        (
            |f| set(f, "activation_function", json!("gelu")),
            "activation_function is \"gelu\"",
        ),
        (
            |f| drop(f.config.remove("activation_function")),
            "activation_function is missing",
        ),
        (
            |f| set(f, "decoder_ffn_dim", json!(128)),
            "decoder_ffn_dim is 128",
        ),
        (
            |f| drop(f.config.remove("decoder_ffn_dim")),
            "decoder_ffn_dim is missing",
        ),
        (
            |f| set(f, "decoder_attention_heads", json!(2)),
            "decoder_attention_heads is 2",
        ),
        (
            |f| set(f, "decoder_start_token_id", json!(0)),
            "decoder_start_token_id is 0",
        ),
        (|f| set(f, "eos_token_id", json!(2)), "eos_token_id is 2"),
        (|f| set(f, "d_model", json!(-1)), "d_model is -1"),
        (
            |f| set(f, "encoder_attention_heads", json!(5)),
            "decoder_attention_heads is 4",
        ),
        (
            |f| set(f, "encoder_layers", json!(99)),
            "encoder_layers is 99",
        ),
        (
            |f| set(f, "decoder_layers", json!(1_000_000)),
            "decoder_layers is 1000000, but must be 1 to 16",
        ),
        (
            |f| {
                set(f, "encoder_ffn_dim", json!(40));
                set(f, "decoder_ffn_dim", json!(40));
            },
            "encoder_ffn_dim is 40, but must be a multiple of 16",
        ),
        (
            |f| set(f, "max_position_embeddings", json!(1)),
            "max_position_embeddings is 1, but must be 2 to 4096",
        ),
        (
            |f| set(f, "vocab_size", json!(65_537)),
            "vocab_size is 65537, but must be 2 to 65536",
        ),
        (
            |f| set(f, "novel_layers", json!([1])),
            "--ignore-option novel_layers",
        ),
        (
            |f| drop(f.tensors.remove(BIAS)),
            "final_logits_bias is missing",
        ),
        (
            |f| drop(f.tensors.insert("model.novel".into(), (vec![1], vec![0.0]))),
            "model.novel is not understood",
        ),
        (
            |f| tensor(f, "model.encoder.layers.1.fc1.bias").0 = vec![1, 64],
            "model.encoder.layers.1.fc1.bias is F32 [1, 64]",
        ),
        (
            |f| tensor(f, "model.decoder.layers.0.fc2.weight").1[7] = f32::NAN,
            "model.decoder.layers.0.fc2.weight[7] is infinite or NaN",
        ),
        (
            |f| {
                let mut copy = f.tensors[SHARED].clone();
                copy.1[3] += 1.0;
                f.tensors.insert("lm_head.weight".into(), copy);
            },
            "lm_head.weight differs",
        ),
        (
            |f| {
                let name = "model.decoder.embed_positions.weight";
                f.tensors
                    .insert(name.into(), (vec![24, 32], vec![0.0; 24 * 32]));
            },
            "embed_positions.weight: position 0",
        ),
        (
            |f| {
                f.ids.insert("▁more".into(), 11);
            },
            "vocab.json has 12 pieces",
        ),
        (
            |f| {
                f.ids.insert("a".into(), 5);
            },
            "\"b\": has the id 5 of \"a\"",
        ),
        (
            |f| {
                f.ids.remove("a");
                f.ids.insert(">>fra<<".into(), 3);
            },
            "several languages; choose one with --target-code: >>fra<<",
        ),
        (
            |f| f.source.trainer_spec.as_mut().unwrap().byte_fallback = Some(true),
            "byte_fallback is true",
        ),
        (
            |f| f.target.trainer_spec.as_mut().unwrap().model_type = Some(2),
            "model_type is bpe, but must be unigram",
        ),
    ];
    for (change, part) in cases {
        let mut folder = folder();
        change(&mut folder);
        let error = folder.with(plain).unwrap_err();
        let message = message(&error);
        assert!(message.contains(part), "expected {part:?}: {message}");
    }
    // An unknown setting, a known one with another value, one that must be present, and one that repeats a size.
    let ignored = [
        ("novel_layers", json!([1])),
        ("normalize_embedding", json!("no")),
        ("scale_embedding", Value::Null),
        ("num_hidden_layers", json!(12)),
    ];
    for (key, value) in ignored {
        let mut folder = folder();
        set(&mut folder, key, value);
        assert!(folder.with(plain).is_err(), "{key}");
        let ignored = [key.to_owned()];
        let choices = Choices {
            ignored: &ignored,
            ..Choices::default()
        };
        let read = folder.with(|files| read(files, &choices));
        assert!(read.is_ok(), "{key}: {:?}", read.err());
    }
}

/// The settings that transformers 3 wrote for OPUS-MT, with this model's sizes.
#[test]
fn the_settings_of_transformers_3_are_read() {
    let config = r#"{
        "_num_labels": 3, "activation_dropout": 0.0, "activation_function": "swish", "add_bias_logits": false,
        "add_final_layer_norm": false, "architectures": ["MarianMTModel"], "attention_dropout": 0.0, "bad_words_ids": [[10]],
        "bos_token_id": 0, "classif_dropout": 0.0, "classifier_dropout": 0.0, "d_model": 32, "decoder_attention_heads": 4,
        "decoder_ffn_dim": 64, "decoder_layerdrop": 0.0, "decoder_layers": 2, "decoder_start_token_id": 10, "decoder_vocab_size": 11,
        "do_blenderbot_90_layernorm": false, "dropout": 0.1, "encoder_attention_heads": 4, "encoder_ffn_dim": 64,
        "encoder_layerdrop": 0.0, "encoder_layers": 2, "eos_token_id": 0, "extra_pos_embeddings": 11,
        "force_bos_token_to_be_generated": false, "forced_eos_token_id": 0, "gradient_checkpointing": false,
        "id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}, "init_std": 0.02, "is_encoder_decoder": true,
        "label2id": {"LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2}, "max_length": 512, "max_position_embeddings": 24,
        "model_type": "marian", "normalize_before": false, "normalize_embedding": false, "num_beams": 6, "num_hidden_layers": 2,
        "pad_token_id": 10, "save_step": 9, "scale_embedding": true, "share_encoder_decoder_embeddings": true,
        "static_position_embeddings": true, "use_cache": true, "vocab_size": 11, "xla_device": null
    }"#;
    let new = folder();
    let mut old = new.clone();
    old.config = serde_json::from_str(config).unwrap();
    let [new, old] = [new, old].map(|folder| folder.with(plain).unwrap());
    assert!(new == old);
}
