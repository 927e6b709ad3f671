//! Small SentencePiece vocabularies, and what SentencePiece itself makes of some lines: `export/check_sentencepiece.py --golden`
//! wrote both.

use std::convert::Infallible;

use deshi_core::vocabulary::Vocabulary;
use deshi_export::sentencepiece::import;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    text: String,
    ids: Vec<u32>,
    decoded: String,
}

#[test]
fn lines_are_segmented_and_joined_as_sentencepiece_does() {
    for (name, spm, rows) in [
        (
            "bytes",
            &include_bytes!("data/bytes.spm")[..],
            include_str!("data/bytes.jsonl"),
        ),
        (
            "unknown",
            include_bytes!("data/unknown.spm"),
            include_str!("data/unknown.jsonl"),
        ),
        (
            "bpe_bytes",
            include_bytes!("data/bpe_bytes.spm"),
            include_str!("data/bpe_bytes.jsonl"),
        ),
        (
            "bpe_unknown",
            include_bytes!("data/bpe_unknown.spm"),
            include_str!("data/bpe_unknown.jsonl"),
        ),
    ] {
        let imported = import(spm).unwrap();
        let vocabulary = Vocabulary::parse(&imported.file).unwrap();
        for row in rows.lines() {
            let row: Row = serde_json::from_str(row).unwrap();
            let mut own = Vec::new();
            let Ok(()) = vocabulary.encode(&row.text, |id| {
                own.push(id);
                Ok::<(), Infallible>(())
            });
            let ids: Vec<u32> = own
                .iter()
                .map(|&id| imported.original_id(id).unwrap())
                .collect();
            assert_eq!(ids, row.ids, "{name}: {:?}", row.text);
            let mut text = String::new();
            vocabulary.decode(own.into_iter(), &mut text).unwrap();
            assert_eq!(text, row.decoded, "{name}: {:?}", row.text);
        }
        assert!(rows.lines().count() > 15);
    }
}
