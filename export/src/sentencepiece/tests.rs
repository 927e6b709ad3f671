use std::convert::Infallible;

use deshi_core::vocabulary::Vocabulary;
use prost::Message;

use super::messages::{ModelProto, NormalizerSpec, SentencePiece, TrainerSpec};
use super::{SentencePieceError, import};

fn piece(text: &str, score: f32, kind: i32) -> SentencePiece {
    SentencePiece {
        piece: Some(text.to_owned()),
        score: Some(score),
        r#type: Some(kind),
    }
}

/// A model of a few letters, without bytes.
fn small() -> ModelProto {
    let mut pieces = vec![piece("</s>", 0.0, 3), piece("<unk>", 0.0, 2)];
    pieces.extend(["▁", "a", "b", "▁ab"].map(|text| piece(text, -2.0, 1)));
    pieces.push(piece("__x__", 0.0, 4));
    ModelProto {
        pieces,
        trainer_spec: Some(TrainerSpec::default()),
        normalizer_spec: Some(NormalizerSpec::default()),
        denormalizer_spec: None,
    }
}

fn with_bytes() -> ModelProto {
    let mut model = small();
    let bytes = (0..256).map(|byte| piece(&format!("<0x{byte:02X}>"), 0.0, 6));
    model.pieces.splice(2..2, bytes);
    model.trainer_spec.as_mut().unwrap().byte_fallback = Some(true);
    model
}

fn ids(file: &[u8], text: &str) -> Vec<u32> {
    let vocabulary = Vocabulary::parse(file).unwrap();
    let mut ids = vec![];
    let Ok(()) = vocabulary.encode(text, |id| {
        ids.push(id);
        Ok::<(), Infallible>(())
    });
    ids
}

#[test]
fn ids_stay_but_for_the_unknown_piece() {
    let imported = import(&small().encode_to_vec()).unwrap();
    assert_eq!((imported.pieces, imported.unknown), (7, Some(7)));
    assert_eq!(ids(&imported.file, "ab aéé__x__"), [5, 2, 3, 7, 6]);
    let originals = [0, 1, 5, 7, 8].map(|id| imported.original_id(id));
    assert_eq!(originals, [Some(0), None, Some(5), Some(1), None]);

    let imported = import(&with_bytes().encode_to_vec()).unwrap();
    assert_eq!((imported.pieces, imported.unknown), (263, None));
    assert_eq!(ids(&imported.file, "abé"), [261, 2 + 0xC3, 2 + 0xA9]);
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    type Change<'c> = &'c dyn Fn(&mut ModelProto);
    fn trainer(model: &mut ModelProto) -> &mut TrainerSpec {
        model.trainer_spec.as_mut().unwrap()
    }
    fn normalizer(model: &mut ModelProto) -> &mut NormalizerSpec {
        model.normalizer_spec.as_mut().unwrap()
    }
    let cases: [(Change<'_>, &str); 18] = [
        (&|model| trainer(model).model_type = Some(3), "type word;"),
        (&|model| trainer(model).model_type = Some(4), "type char;"),
        (&|model| trainer(model).model_type = Some(7), "type 7;"),
        (
            &|model| trainer(model).treat_whitespace_as_suffix = Some(true),
            "treat_whitespace_as_suffix",
        ),
        (
            &|model| normalizer(model).add_dummy_prefix = Some(false),
            "add_dummy_prefix",
        ),
        (
            &|model| normalizer(model).remove_extra_whitespaces = Some(false),
            "remove_extra_whitespaces",
        ),
        (
            &|model| normalizer(model).escape_whitespaces = Some(false),
            "escape_whitespaces",
        ),
        (
            &|model| normalizer(model).precompiled_charsmap = Some(vec![0; 3]),
            "cut off",
        ),
        (
            &|model| normalizer(model).precompiled_charsmap = Some(vec![0; 5]),
            "multiple of 1024",
        ),
        (
            &|model| {
                let spec = NormalizerSpec {
                    precompiled_charsmap: Some(vec![1]),
                    ..NormalizerSpec::default()
                };
                model.denormalizer_spec = Some(spec);
            },
            "denormalizer_spec",
        ),
        (&|model| model.pieces.swap(0, 1), "piece 0"),
        (
            &|model| model.pieces.swap(1, 2),
            "must be the unknown piece",
        ),
        (&|model| model.pieces.clear(), "piece 0"),
        (&|model| model.pieces[3].r#type = Some(9), "unknown type"),
        (
            &|model| model.pieces[3].piece = Some("a▁".into()),
            "after its start",
        ),
        (
            &|model| model.pieces[3].piece = Some("a".repeat(65)),
            "more than 64",
        ),
        (
            &|model| model.pieces[3].score = Some(f32::NAN),
            "infinite or NaN",
        ),
        (
            &|model| trainer(model).byte_fallback = Some(true),
            "disagree",
        ),
    ];
    for (change, expected) in cases {
        let mut model = small();
        change(&mut model);
        let error = import(&model.encode_to_vec()).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let cases: [(Change<'_>, &str); 3] = [
        (&|model| model.pieces.swap(2, 3), "follow each other"),
        (&|model| drop(model.pieces.remove(257)), "follow each other"),
        (&|model| trainer(model).byte_fallback = None, "disagree"),
    ];
    for (change, expected) in cases {
        let mut model = with_bytes();
        change(&mut model);
        let error = import(&model.encode_to_vec()).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

/// BPE: the pieces of [`small`], the earlier ones merged first.
fn merging() -> ModelProto {
    let mut model = small();
    for (rank, piece) in model.pieces.iter_mut().enumerate() {
        piece.score = Some(-(rank as f32));
    }
    model.pieces.push(piece("ab", -1.0, 5));
    model.trainer_spec.as_mut().unwrap().model_type = Some(2);
    model
}

#[test]
fn bpe_merges_by_score_through_unused_pieces() {
    let imported = import(&merging().encode_to_vec()).unwrap();
    assert_eq!((imported.pieces, imported.unknown), (8, Some(8)));
    // `▁ab` is made of `▁` and `ab`, which is unused.
    assert_eq!(ids(&imported.file, "ab aéé__x__"), [5, 2, 3, 8, 6]);
    assert_eq!(ids(&imported.file, "aab"), [2, 3, 3, 4]);
}

#[test]
fn what_merging_does_not_understand_is_refused_by_name() {
    type Change<'c> = &'c dyn Fn(&mut ModelProto);
    let cases: [(Change<'_>, &str); 6] = [
        (
            &|model| model.pieces[7].piece = Some("a▁b".into()),
            "piece 7, \"a▁b\": has a space after its start",
        ),
        (
            &|model| model.pieces[7].piece = Some("a".repeat(65)),
            "more than 64",
        ),
        (
            &|model| model.pieces[7].piece = Some("</s>".into()),
            "piece 7, \"</s>\": has the name of a special piece",
        ),
        (
            &|model| model.pieces[7] = piece("c", 0.0, 3),
            "is a control piece of one character",
        ),
        (
            &|model| model.pieces[4].score = Some(f32::NEG_INFINITY),
            "piece 4, \"b\": has an infinite or NaN score",
        ),
        (
            &|model| model.pieces[7].piece = Some("a".into()),
            "the converted vocabulary cannot be read",
        ),
    ];
    for (change, expected) in cases {
        let mut model = merging();
        change(&mut model);
        let error = import(&model.encode_to_vec()).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn damaged_files_are_refused_or_harmless() {
    assert!(matches!(
        import(b"\xFF\xFF"),
        Err(SentencePieceError::Protobuf(_))
    ));
    for model in [with_bytes(), merging()] {
        let file = model.encode_to_vec();
        for at in (0..file.len()).step_by(3) {
            let mut damaged = file.clone();
            damaged[at] ^= 0xFF;
            for damaged in [&damaged[..], &file[..at]] {
                if let Ok(imported) = import(damaged) {
                    ids(&imported.file, "ab é __x__");
                }
            }
        }
    }
}
