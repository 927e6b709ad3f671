//! The binary `deshi-train`, as a user calls it.

use std::fs;
use std::process::{Command, Output};

fn deshi_train(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deshi-train"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn help_lists_every_step() {
    let output = deshi_train(&["--help"]);
    assert!(output.status.success());
    let help = text(&output.stdout);
    for step in [
        "prepare",
        "vocabulary",
        "train",
        "translate",
        "select",
        "quantise",
        "shortlist",
        "evaluate",
        "export",
        "pipeline",
    ] {
        assert!(
            help.contains(&format!("\n  {step}")),
            "{step} is not in\n{help}"
        );
    }
    assert!(help.contains("Exit codes"), "{help}");
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    for arguments in [
        &["cook"][..],
        &["train"],
        &["evaluate", "student"],
        &["prepare", "--threads", "0"],
    ] {
        let output = deshi_train(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("--help"), "{arguments:?}");
    }
}

#[test]
fn a_missing_recipe_is_named() {
    let output = deshi_train(&["prepare", "--recipe", "no/such.toml"]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(
        message.contains("cannot read the recipe no/such.toml"),
        "{message}"
    );
}

#[test]
fn a_missing_corpus_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = folder.path().join("recipe.toml");
    let place = folder.path().display();
    fs::write(
        &recipe,
        format!(
            r#"
folder = "{place}/run"
pipeline = []
models = {{}}
architectures = {{}}
vocabulary = {{}}
dev = {{ files = [] }}
[prepare]
source_language = "en"
target_language = "de"
[[prepare.corpora]]
kind = "tsv"
path = "{place}/tatoeba.tsv.gz"
name = "Tatoeba"
note = "Download it from https://tatoeba.org."
"#
        ),
    )
    .unwrap();
    let output = deshi_train(&["pipeline", "--recipe", recipe.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    for part in [
        "Tatoeba is missing",
        "tatoeba.tsv.gz",
        "separated by tabs",
        "https://tatoeba.org",
    ] {
        assert!(message.contains(part), "{message}");
    }
}
