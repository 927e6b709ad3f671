//! JSON lines, in and out.

use serde_json::Value;

use super::*;

fn keys(line: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(line).unwrap();
    value.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn lines_are_described_in_a_useful_order() {
    let line = run(&["translate", "--jsonl", "Where is the station? Tom sleeps."]).result();
    assert_eq!(
        keys(&line),
        [
            "source",
            "translation",
            "confidence",
            "flags",
            "mean_log_probability",
            "sentences",
            "milliseconds"
        ]
    );
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["translation"], "Wo ist der Bahnhof? Tom schläft.");
    let confidence = value["confidence"].as_f64().unwrap();
    assert!((0.1..=1.0).contains(&confidence), "{confidence}");
    assert_eq!(value["sentences"].as_array().unwrap().len(), 2);
    assert_eq!(value["sentences"][1]["translation"], "Tom schläft.");
    assert_eq!(
        keys(&value["sentences"][0].to_string())[..2],
        ["source", "translation"]
    );
}

#[test]
fn the_model_alone_gives_tokens() {
    let line = run(&["translate", "--raw", "--jsonl", STATION]).result();
    assert_eq!(
        keys(&line),
        [
            "source",
            "translation",
            "log_probability",
            "truncated",
            "source_tokens",
            "tokens",
            "milliseconds"
        ]
    );
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["translation"], BAHNHOF);
    assert!(!value["tokens"].as_array().unwrap().is_empty());
}

#[test]
fn json_lines_are_read_and_other_fields_pass_through() {
    let input = "{\"id\": 7, \"source\": \"Tom sleeps.\", \"tags\": [\"a\", null]}\n\n{\"text\": \"Tom sleeps.\", \"translation\": \"?\"}\n";
    let folder = Folder::new(&[("in.jsonl", input.as_bytes()), ("in.txt", input.as_bytes())]);
    let by_extension = folder.run(&["translate", "-qi", "in.jsonl"]).result();
    let lines: Vec<&str> = by_extension.split_inclusive('\n').collect();
    assert_eq!(lines[1], "\n");
    let [first, last] = [0, 2].map(|at| serde_json::from_str::<Value>(lines[at]).unwrap());
    assert_eq!(
        (&first["translation"], &last["translation"]),
        (&"Tom schläft.".into(), &"Tom schläft.".into())
    );
    assert_eq!(
        (&first["id"], &first["tags"]),
        (&7.into(), &serde_json::json!(["a", null]))
    );
    assert_eq!(keys(lines[0]).last().unwrap(), "tags");
    assert_eq!(
        folder
            .run(&["translate", "-i", "in.txt", "--input-jsonl"])
            .code,
        0
    );
}

#[test]
fn other_fields_keep_their_bytes_and_none_is_lost() {
    let fields = "\"big\":12345678901234567890123,\"f\":1.10";
    let input =
        format!("{{\"text\":\"Tom sleeps.\",{fields},\"flags\":[\"mine\"],\"confidence\":7}}\n");
    let folder = Folder::new(&[("in.jsonl", input.as_bytes())]);
    let run = folder.run(&["translate", "-i", "in.jsonl"]);
    assert!(
        run.code == 0 && run.err.contains("input_NAME: confidence, flags"),
        "{run:?}"
    );
    let end = format!(",{fields},\"input_flags\":[\"mine\"],\"input_confidence\":7}}\n");
    assert!(run.out.ends_with(&end), "{run:?}");
    let line: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(line["flags"], serde_json::json!([]));
    let run = folder
        .run(&["translate", "--raw", "-i", "in.jsonl"])
        .result();
    assert!(
        run.contains(",\"flags\":[\"mine\"],\"confidence\":7}"),
        "{run}"
    );
}

#[test]
fn a_line_that_is_not_json_is_named() {
    let folder = Folder::new(&[("in.jsonl", b"{\"text\": \"Tom.\"}\n{\"text\": 3}\n")]);
    folder
        .run(&["translate", "-i", "in.jsonl", "-o", "out.jsonl"])
        .fails(1, &["in.jsonl:2: "]);
    assert_eq!(folder.names(), ["in.jsonl"]);
}
