//! `deshi-train study`, as a user calls it, on the toy recipe's corpus: shorter, but every method, size and seed.

mod toy;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// What makes the study short.
const STUDY: [&str; 12] = [
    "study.lines=12",
    "study.beam_size=3",
    "study.samples=50",
    "study.fine_tune.maximum_steps=4",
    "architectures.small.d_model=32",
    "architectures.small.d_ff=64",
    "models.medium.precision=\"f32\"",
    "models.small.precision=\"f32\"",
    "models.medium.batch_tokens=300",
    "models.small.batch_tokens=300",
    "models.medium.maximum_steps=12",
    "models.small.maximum_steps=12",
];

fn study(folder: &Path, changes: &[&str]) -> Command {
    toy::step(&["study"], folder, &[&STUDY[..], changes].concat())
}

/// Runs it to its end; gives the table that it prints.
fn run(folder: &Path, changes: &[&str]) -> String {
    toy::run(study(folder, changes))
}

/// What a study writes for people, by name.
fn written(folder: &Path) -> BTreeMap<&'static str, String> {
    let read = |name| {
        (
            name,
            fs::read_to_string(folder.join("study").join(name)).unwrap(),
        )
    };
    ["table.md", "bleu-by-size.svg", "greedy-and-beam.svg"]
        .map(read)
        .into()
}

#[test]
fn a_study_killed_at_any_moment_ends_as_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let [straight, killed] = ["straight", "killed"].map(|name| folder.path().join(name));
    let began = Instant::now();
    let table = run(&straight, &[]);
    let whole = began.elapsed();
    let files = written(&straight);
    assert_eq!(files["table.md"], table);

    // The table has the teacher, and every method at both sizes, each with numbers.
    let rows: Vec<&str> = table.lines().filter(|line| line.contains(" M |")).collect();
    assert_eq!(rows.len(), 1 + 2 * 8, "{table}");
    for method in [
        "baseline",
        "Word-KD",
        "Seq-KD",
        "baseline + Seq-Inter",
        "Word-KD + Seq-Inter",
        "Seq-KD + Seq-Inter",
        "Seq-KD + Word-KD",
        "Seq-KD + Word-KD + Seq-Inter",
    ] {
        for size in ["medium", "small"] {
            let label = format!("| {size}, {method} |");
            let row = rows.iter().find(|row| row.starts_with(&label));
            let row = row.unwrap_or_else(|| panic!("no {label} in\n{table}"));
            assert!(row.contains(" ± ") && !row.contains("NaN"), "{row}");
            // Both differences; the baseline is not compared with itself.
            let differences = if method == "baseline" { 1 } else { 2 };
            assert_eq!(row.matches(" to ").count(), differences, "{row}");
        }
    }
    // Each method is another training: no two models give the references the same probability.
    let mut perplexities = Vec::new();
    for entry in fs::read_dir(straight.join("study")).unwrap() {
        let path = entry.unwrap().path().join("measured.json");
        if let Ok(json) = fs::read(path) {
            let measured: serde_json::Value = serde_json::from_slice(&json).unwrap();
            perplexities.push(measured["greedy"]["scores"]["perplexity"].to_string());
        }
    }
    assert_eq!(perplexities.len(), 2 * 8 * 2);
    perplexities.sort();
    perplexities.dedup();
    assert_eq!(perplexities.len(), 2 * 8 * 2);
    // A mark for each of the 17 groups, and one for each of the legend's 9 lines.
    for name in ["bleu-by-size.svg", "greedy-and-beam.svg"] {
        let marks =
            files[name].matches("<circle").count() + files[name].matches("<polygon").count();
        assert_eq!(marks, 17 + 9, "{name}");
    }

    // Killed four times, at moments that differ from run to run.
    for share in toy::moments(4) {
        let started = Instant::now();
        let after = whole.mul_f64(0.05 + 0.4 * share);
        toy::kill(study(&killed, &[]), || started.elapsed() >= after);
    }
    assert_eq!(run(&killed, &[]), table);
    assert_eq!(written(&killed), files);

    // A changed test is measured again, with the trained models.
    let trained = fs::read(straight.join("study/small.seq-kd.1/model.safetensors")).unwrap();
    let longer = run(&straight, &["study.lines=13"]);
    assert!(longer.contains("13 sentences"), "{longer}");
    let after = fs::read(straight.join("study/small.seq-kd.1/model.safetensors")).unwrap();
    assert_eq!(trained, after);
}

#[test]
fn a_recipe_without_a_study_is_explained() {
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/micro.toml");
    let output = Command::new(env!("CARGO_BIN_EXE_deshi-train"))
        .args(["study", "--threads", "1", "-r", recipe.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("no section [study]"), "{message}");
}
