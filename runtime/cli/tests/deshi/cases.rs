//! The cases that every face runs, through the command.

#[path = "../../../../tests/cases/cases.rs"]
mod table;

use serde_json::Value;

use super::*;

/// The case's arguments but for the text.
fn arguments(case: &table::Case) -> Vec<String> {
    let mut arguments = vec!["translate".to_owned()];
    for (name, value) in &case.options {
        arguments.push(format!("--{}", name.replace('_', "-")));
        // `--paragraphs` takes no value.
        if value != "true" {
            arguments.push(value.clone());
        }
    }
    for (option, content) in [("glossary", &case.glossary), ("memory", &case.memory)] {
        if !content.is_empty() {
            arguments.extend([format!("--{option}"), format!("{option}.tsv")]);
        }
    }
    arguments
}

#[test]
fn every_case_comes_out_as_the_table_says() {
    for case in table::cases() {
        let record = serde_json::json!({"source": case.text}).to_string();
        let folder = Folder::new(&[
            ("glossary.tsv", case.glossary.as_bytes()),
            ("memory.tsv", case.memory.as_bytes()),
            ("in.jsonl", record.as_bytes()),
        ]);
        let mut arguments = arguments(&case);
        let paragraphs = arguments.iter().any(|argument| argument == "--paragraphs");
        let more: &[&str] = match paragraphs {
            // It reads no JSON lines.
            true => &["--quiet", "--", &case.text],
            false => &["--jsonl", "-i", "in.jsonl"],
        };
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = folder.run(&arguments);
        assert_eq!(run.code, 0, "{}: {run:?}", case.name);
        if paragraphs {
            assert_eq!(run.out, case.translation + "\n", "{}", case.name);
            continue;
        }
        let line: Value = serde_json::from_str(&run.out).unwrap();
        let flags = line["flags"].as_array().unwrap().iter();
        let flags: Vec<&str> = flags.map(|flag| flag.as_str().unwrap()).collect();
        assert_eq!(
            (line["translation"].as_str().unwrap(), flags.join(" ")),
            (case.translation.as_str(), case.flags),
            "{}",
            case.name
        );
    }
}
