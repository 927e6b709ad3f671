//! Models that cannot be imported: what is said of them.

use super::testing::{self, Form, Written};
use super::tests::{alphas, items, joint};
use super::{inspect, read};

/// The error message for a changed model.
fn refused(items: &[Written]) -> String {
    read(&testing::file(items), &joint(300, true), &[])
        .unwrap_err()
        .to_string()
}

fn find<'i>(items: &'i mut [Written], name: &str) -> &'i mut Written {
    items.iter_mut().find(|item| item.name == name).unwrap()
}

#[test]
fn unknown_items_are_refused_by_name() {
    type Change<'c> = &'c dyn Fn(&mut Vec<Written>);
    let cases: [(Change<'_>, &str); 14] = [
        (
            &|items| items.retain(|item| item.name != "encoder_l2_self_bk"),
            "encoder_l2_self_bk is missing",
        ),
        (
            &|items| items.retain(|item| item.kind != 0x101),
            "special:model.yml is missing",
        ),
        (
            &|items| find(items, "Wemb").name = "encoder_Wemb".into(),
            "Wemb is missing",
        ),
        (
            &|items| find(items, "none_QuantMultA").name = "some_QuantMultA".into(),
            "unknown item some_QuantMultA",
        ),
        (
            &|items| items[0].name = items[1].name.clone(),
            "another item has the same name",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_W1").kind = 0x4102,
            "encoder_l1_ffn_W1 has type intgemm16",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_b1").kind = 0x402,
            "has type float16",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_W1").shape = vec![48, 32],
            "encoder_l1_ffn_W1 has the shape [48, 32]",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_W1").shape = vec![i32::MAX; 8],
            "but its shape needs",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_W1").shape = vec![-1, 4],
            "dimensions of at least 1",
        ),
        (
            &|items| find(items, "encoder_l1_ffn_W1").shape = vec![1; 9],
            "8 dimensions at most",
        ),
        (
            &|items| {
                find(items, "encoder_l1_self_bk").data[4..8]
                    .copy_from_slice(&f32::NAN.to_le_bytes())
            },
            "encoder_l1_self_bk[1] is NaN",
        ),
        (
            &|items| {
                let weight = find(items, "encoder_l1_self_Wk");
                let end = weight.data.len();
                weight.data[end - 4..].copy_from_slice(&0f32.to_le_bytes());
            },
            "encoder_l1_self_Wk[1024] is 0",
        ),
        (
            &|items| items[0].data.truncate(5),
            "bytes, but its shape needs",
        ),
    ];
    for (change, expected) in cases {
        let mut items = items(&alphas());
        change(&mut items);
        let message = refused(&items);
        assert!(message.contains(expected), "{expected}: {message}");
    }
    let mut mixed = items(&Form::Int8);
    let float = items(&Form::Float32)
        .into_iter()
        .find(|item| item.name == "encoder_l1_self_Wk");
    *find(&mut mixed, "encoder_l1_self_Wk") = float.unwrap();
    assert!(refused(&mixed).contains("unlike the rest of its layer"));
}

#[test]
fn unknown_options_are_refused_by_name() {
    for (from, to, expected) in [
        (
            "dec-cell: ssru",
            "dec-cell: gru",
            "dec-cell is gru, but must be ssru",
        ),
        (
            "autoreg: rnn",
            "autoreg: self-attention",
            "autoreg is self-attention, but must be rnn",
        ),
        (
            "ffn-activation: relu",
            "ffn-activation: swish",
            "ffn-activation is swish",
        ),
        (
            "transformer-postprocess: dan",
            "transformer-postprocess: dann",
            "must be dan or an",
        ),
        (
            "transformer-preprocess: \"\"",
            "transformer-preprocess: n",
            "transformer-preprocess is n, but must be unset",
        ),
        (
            "transformer-postprocess-emb: d",
            "transformer-postprocess-emb: n",
            "transformer-postprocess-emb is n, but must be d or unset",
        ),
        (
            "transformer-tied-layers:\n  []",
            "transformer-tied-layers:\n  - 1\n  - 1",
            "transformer-tied-layers is 1 1",
        ),
        (
            "tied-embeddings-all: true",
            "tied-embeddings-all: false",
            "separate vocabularies for source and target: name",
        ),
        (
            "tied-embeddings-all: true",
            "tied-embeddings-all: perhaps",
            "tied-embeddings-all is perhaps, but must be true or false",
        ),
        (
            "tied-embeddings-all: true\ntied-embeddings-src: false",
            "tied-embeddings-all: false\ntied-embeddings-src: true",
            "tied-embeddings-src is true, but must be false",
        ),
        (
            "dim-vocabs:\n  - 300",
            "dim-vocabs:\n  - 304",
            "dim-vocabs is 304 300, but must be the same number twice",
        ),
        (
            "dim-vocabs:\n  - 300\n  - 300",
            "dim-vocabs:\n  - 304\n  - 304",
            "has 300 pieces, but the model was trained with 304",
        ),
        (
            "transformer-heads: 4",
            "transformer-heads: many",
            "transformer-heads is many, but must be a number",
        ),
        (
            "dim-emb: 32",
            "dim-emb: 48",
            "encoder_l1_self_Wq has the shape [32, 32]",
        ),
        (
            "skip: false",
            "skip: false\nmystery: 7",
            "unknown option mystery (7)",
        ),
        (
            "type: transformer\n",
            "",
            "type is missing, but must be present",
        ),
        ("skip: false", "skip: [1, 2]", "line 25: not a plain value"),
        (
            "skip: false",
            "skip: false\nskip: false",
            "the option occurs twice",
        ),
        ("skip: false", "skip: &a false", "not a plain value"),
        ("skip: false", "skip", "not `key: value`"),
        (
            "bert-train-type-embeddings",
            "  - a\nbert-train-type-embeddings",
            "line 1: a list without a key",
        ),
    ] {
        let mut items = items(&Form::Float32);
        change_options(&mut items, from, to);
        let message = refused(&items);
        assert!(message.contains(expected), "{expected}: {message}");
        if to.contains("mystery") {
            let vocabulary = joint(300, true);
            let ignored = ["mystery".to_owned()];
            assert!(read(&testing::file(&items), &vocabulary, &ignored).is_ok());
        }
    }
}

/// Changes a text of the options.
fn change_options(items: &mut [Written], from: &str, to: &str) {
    let options = items.last_mut().unwrap();
    let text = String::from_utf8(options.data.clone()).unwrap();
    assert!(text.contains(from), "{from}");
    options.data = text.replacen(from, to, 1).into_bytes();
    options.shape = vec![1, options.data.len() as i32];
}

#[test]
fn sizes_out_of_range_are_refused_by_name() {
    for (key, from, to, expected) in [
        ("dec-depth", "2", "100", "1 to 16"),
        ("dec-depth", "2", "0", "1 to 16"),
        ("enc-depth", "2", "1000000000000000000", "1 to 32"),
        ("dim-emb", "32", "40", "a multiple of 16 up to 4096"),
        ("transformer-dim-ffn", "48", "16400", "a multiple of 16"),
        ("transformer-heads", "4", "5", "a divisor of dim-emb"),
        ("transformer-heads", "4", "0", "a divisor of dim-emb"),
    ] {
        let mut items = items(&Form::Float32);
        let option = |value| format!("\n{key}: {value}\n");
        change_options(&mut items, &option(from), &option(to));
        let message = refused(&items);
        let expected = format!("{key} is {to}, but must be {expected}");
        assert!(message.contains(&expected), "{expected}: {message}");
    }
    for pieces in [0, 1, 65_537, usize::MAX] {
        let mut items = items(&Form::Float32);
        let to = format!("  - {pieces}\n  - {pieces}\n");
        change_options(&mut items, "  - 300\n  - 300\n", &to);
        let expected = format!("dim-vocabs is {pieces}, but must be 2 to 65536");
        let inspected = inspect(&testing::file(&items), &[]).unwrap();
        for message in [refused(&items), inspected] {
            assert!(message.contains(&expected), "{expected}: {message}");
        }
    }
}

#[test]
fn inspect_says_whether_a_file_can_be_imported() {
    type Change = fn(&mut Vec<Written>);
    let inspected = |items: &[Written]| inspect(&testing::file(items), &[]).unwrap();
    for form in [Form::Float32, Form::Int8, alphas()] {
        let text = inspected(&items(&form));
        assert!(text.contains("\ncan be imported"), "{text}");
    }
    let cases: [(Change, &str); 6] = [
        (|items| items.clear(), "special:model.yml is missing"),
        (
            |items| items.retain(|item| item.kind == 0x101),
            "encoder_l1_self_Wq is missing",
        ),
        (|items| items[0].name = "novel".into(), "Wemb is missing"),
        (
            |items| {
                let mut novel = items[0].clone();
                novel.name = "novel".into();
                items.insert(0, novel);
            },
            "unknown item novel",
        ),
        (
            |items| {
                let bias = find(items, "encoder_l1_ffn_b1");
                bias.kind = 0x402;
                bias.data.truncate(bias.data.len() / 2);
            },
            "encoder_l1_ffn_b1 has type float16",
        ),
        (
            |items| find(items, "Wemb").kind = 0x777,
            "Wemb has type 0x777",
        ),
    ];
    for (change, reason) in cases {
        let mut items = items(&Form::Float32);
        change(&mut items);
        let text = inspected(&items);
        let line = text.lines().find(|line| line.contains("be imported"));
        let line = line.unwrap_or_default();
        assert!(line.starts_with("cannot be imported: "), "{reason}: {text}");
        assert!(line.contains(reason), "{reason}: {text}");
        assert!(text.contains(&format!(", {} items", items.len())), "{text}");
    }
}

#[test]
fn damaged_models_are_refused_or_harmless() {
    let vocabulary = joint(300, true);
    let file = testing::file(&items(&alphas()));
    for length in (0..file.len())
        .step_by(97)
        .chain(file.len() - 300..file.len())
    {
        assert!(
            read(&file[..length], &vocabulary, &[]).is_err(),
            "cut at {length}"
        );
    }
    let header = file.windows(4).position(|bytes| bytes == b"Wemb").unwrap() + 5000;
    for at in (0..header).chain((header..file.len()).step_by(997)) {
        let mut damaged = file.clone();
        damaged[at] ^= 0xFF;
        if let Ok(model) = read(&damaged, &vocabulary, &[]) {
            let finite = |values: &Vec<f32>| values.iter().all(|value| value.is_finite());
            assert!(model.checkpoint.tensors.values().all(finite), "byte {at}");
        }
    }
    let mut longer = file.clone();
    longer.push(0);
    let message = read(&longer, &vocabulary, &[]).unwrap_err().to_string();
    assert!(message.contains("1 bytes after the last item"), "{message}");
}
