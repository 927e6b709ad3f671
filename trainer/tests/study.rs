//! `deshi-train study`, as a user calls it, on the toy recipe's corpus: shorter, but every method, size and seed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use deshi_core::random::Random;

fn study(folder: &Path, changes: &[&str]) -> Command {
    let mut all: Vec<String> = Vec::new();
    all.extend(
        [
            "prepare.limits={ \"written-\" = 30 }",
            "prepare.lines_per_shard=150",
            "vocabulary.size=400",
            "dev.lines=4",
            "translate.maximum_seconds=0",
            "translate.precision=\"f32\"",
            "select.max_repeats=1000",
            "select.max_length_ratio=1000.0",
            "study.lines=12",
            "study.beam_size=3",
            "study.samples=50",
            "study.fine_tune.maximum_steps=4",
            "architectures.teacher.d_model=64",
            "architectures.teacher.d_ff=128",
            "architectures.student.d_model=64",
            "architectures.student.d_ff=128",
            "architectures.small.d_model=32",
            "architectures.small.d_ff=64",
            "models.teacher.maximum_seconds=0",
            "models.teacher.maximum_steps=40",
        ]
        .map(str::to_owned),
    );
    for model in ["teacher", "medium", "small"] {
        all.push(format!("models.{model}.precision=\"f32\""));
        all.push(format!("models.{model}.batch_tokens=300"));
    }
    for model in ["medium", "small"] {
        all.push(format!("models.{model}.maximum_steps=12"));
    }
    all.push(format!("folder={:?}", folder.display().to_string()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_deshi-train"));
    command
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .args(["study", "--threads", "1", "-r", "trainer/recipes/toy.toml"]);
    all.extend(changes.iter().map(|&change| change.to_owned()));
    for change in all {
        command.args(["--set", &change]);
    }
    command
}

/// Runs it to its end; gives the table that it prints.
fn run(folder: &Path, changes: &[&str]) -> String {
    let output = study(folder, changes).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
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
    let mut random = Random::new(std::process::id().into());
    for _ in 0..4 {
        let share = 0.25 + 0.2 * f64::from(random.number());
        let mut child = study(&killed, &[])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_secs_f64(share * whole.as_secs_f64()));
        // SIGKILL; it may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
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
