//! The binary `deshi-train`, as a user calls it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use deshi_core::random_model::CARRIED_MODEL;

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
        "import-nbest",
        "select",
        "quantise",
        "shortlist",
        "evaluate",
        "export",
        "report",
        "sheet",
        "score-sheet",
        "estimate",
        "study",
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
        &["report", "a.txt"],
        &["sheet", "a.txt", "b.txt", "test.tsv"],
        &[
            "sheet", "a.txt", "b.txt", "test.tsv", "--out", "x", "--lines", "0",
        ],
        &["score-sheet", "sheet.csv"],
        &["estimate", "--volume", "1e9"],
        &["import-nbest"],
        &["translate", "--shard", "2/2"],
        &["translate", "--shard", "1"],
    ] {
        let output = deshi_train(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("--help"), "{arguments:?}");
    }
}

#[test]
fn help_says_defaults_for_people() {
    for (step, part) in [
        ("evaluate", "[default: all]"),
        ("report", "[default: all]"),
        ("translate", "I/N"),
    ] {
        let help = text(&deshi_train(&[step, "--help"]).stdout);
        assert!(
            help.contains(part) && !help.contains("18446744073709551615"),
            "{help}"
        );
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

#[test]
fn missing_dev_and_test_sets_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let toy = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/toy.toml");
    let run = format!("folder = \"{}/run\"", folder.path().display());
    for (key, command, expected) in [
        ("dev.files", "pipeline", "the dev set gone.tsv is missing"),
        ("study.test", "study", "the test set gone.tsv is missing"),
        (
            "prepare.held_out",
            "prepare",
            "the held-out set gone.tsv is missing",
        ),
    ] {
        let value = if key == "study.test" {
            "\"no/gone.tsv\""
        } else {
            "[\"no/gone.tsv\"]"
        };
        let output = Command::new(env!("CARGO_BIN_EXE_deshi-train"))
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .args([command, "--threads", "1", "--recipe", toy.to_str().unwrap()])
            .args(["--set", &run, "--set", &format!("{key}={value}")])
            .output()
            .unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        for part in [expected, "separated by a tab", "come with the repository"] {
            assert!(message.contains(part), "{key}: {message}");
        }
    }
}

#[test]
fn a_sheet_is_made_judged_and_scored() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("test.tsv"), "one\teins\ntwo\tzwei\nthree\tdrei\n").unwrap();
    fs::write(path("a.txt"), "eins\nzwo\ndrei\n").unwrap();
    fs::write(path("b.txt"), "ein\nzwo\ndreie\n").unwrap();
    let out = path("sheet");
    let output = deshi_train(&[
        "sheet",
        &path("a.txt"),
        &path("b.txt"),
        &path("test.tsv"),
        "--out",
        &out,
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = fs::read_to_string(path("sheet/sheet.html")).unwrap();
    assert!(page.contains("dreie") && !page.contains("a.txt"), "{page}");
    // The judge likes what is A's.
    let sheet = fs::read_to_string(path("sheet/sheet.csv")).unwrap();
    assert!(
        !sheet.contains("a.txt") && sheet.lines().count() == 3,
        "{sheet}"
    );
    let judged: Vec<String> = sheet
        .lines()
        .map(|line| {
            let columns: Vec<&str> = line.split(',').collect();
            match columns[2] {
                "left" => line.to_owned(),
                "eins" | "drei" => format!("{line}left"),
                _ => format!("{line}right"),
            }
        })
        .collect();
    fs::write(path("judged.csv"), judged.join("\n")).unwrap();
    let key = path("sheet/key.json");
    let output = deshi_train(&["score-sheet", &path("judged.csv"), "--key", &key]);
    let score = text(&output.stdout);
    assert!(
        score.contains("A is better in 2 sentences, B in 0"),
        "{score}"
    );
    assert!(
        score.contains("translate 1 of 3 sentences alike"),
        "{score}"
    );

    let same = deshi_train(&[
        "sheet",
        &path("a.txt"),
        &path("a.txt"),
        &path("test.tsv"),
        "--out",
        &out,
    ]);
    assert_eq!(same.status.code(), Some(1));
    assert!(text(&same.stderr).contains("all 3 sentences alike"));
    fs::write(path("b.txt"), "ein\n").unwrap();
    let short = deshi_train(&[
        "sheet",
        &path("a.txt"),
        &path("b.txt"),
        &path("test.tsv"),
        "--out",
        &out,
    ]);
    assert!(text(&short.stderr).contains("1 translations of 3 sentences"));
}

#[test]
fn a_report_of_the_carried_model_needs_no_recipe() {
    let test = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/written/test.tsv");
    let output = deshi_train(&[
        "report",
        CARRIED_MODEL,
        test,
        "--lines",
        "20",
        "--examples",
        "2",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report = text(&output.stdout);
    assert!(report.contains("20 sentences. Models"), "{report}");
    assert!(report.matches("\n- line ").count() >= 2, "{report}");
    let bleu = report
        .lines()
        .find_map(|line| line.strip_prefix("| BLEU | "));
    let bleu: f64 = bleu.unwrap().trim_end_matches(" |").parse().unwrap();
    assert!(bleu > 10.0, "{bleu}");
}

#[test]
fn an_estimate_refuses_what_makes_no_sense() {
    let with = |speed: &str| {
        let numbers = [
            "estimate",
            "--volume",
            "2e9",
            "--teacher-speed",
            speed,
            "--teacher-price",
            "2.5",
            "--student-speed",
            "20000",
            "--student-price",
            "0.1",
            "--training-price",
            "2.5",
            "--teacher-hours",
            "40",
            "--distilled-words",
            "5e8",
            "--distilling-speed",
            "6000",
            "--student-hours",
            "20",
            "--people",
            "8000",
        ];
        deshi_train(&numbers)
    };
    let output = with("3000");
    let estimate = text(&output.stdout);
    // 2e9 words / 3000 / 3600 / 0.3 hours, at 2.5.
    assert!(
        estimate.contains("| serving, first month | 1,543 EUR | 9.26 EUR |"),
        "{estimate}"
    );
    assert!(
        estimate.contains("paid back at the end of month 6"),
        "{estimate}"
    );
    for speed in ["0", "fast", "inf"] {
        let output = with(speed);
        assert_eq!(output.status.code(), Some(2), "{speed}");
        assert!(
            text(&output.stderr).contains("above 0"),
            "{}",
            text(&output.stderr)
        );
    }
}
