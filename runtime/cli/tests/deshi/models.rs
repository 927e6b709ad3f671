//! Where models are found, and what is said of them.

use serde_json::Value;

use super::*;

fn json(run: Run) -> Value {
    serde_json::from_str(&run.result()).unwrap()
}

/// A copy of the program alone in a folder translates: the model is inside.
#[cfg(feature = "carried-model")]
#[test]
fn a_copied_program_works_anywhere() {
    let folder = Folder::new(&[]);
    std::fs::copy(env!("CARGO_BIN_EXE_deshi"), folder.path("copy")).unwrap();
    let mut command = Command::new(folder.path("copy"));
    command
        .arg(STATION)
        .env_clear()
        .current_dir(folder.path("."));
    let output = command.output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("{BAHNHOF}\n")
    );
}

#[test]
fn models_are_found_by_name_by_path_and_by_variable() {
    let folder = Folder::new(&[]);
    let data = folder.path("data");
    std::fs::create_dir_all(data.join("deshi")).unwrap();
    std::fs::copy(carried(), data.join("deshi/mine.deshi")).unwrap();
    let mine = data.join("deshi/mine.deshi");
    let with = |variable: &str, value: &Path, arguments: &[&str]| {
        let mut command = folder.deshi(arguments);
        command.env(variable, value);
        run_on(command, b"")
    };
    let expected = format!("{BAHNHOF}\n");
    for variable in ["XDG_DATA_HOME", "XDG_DATA_DIRS"] {
        let run = with(variable, &data, &["translate", "--model", "mine", STATION]);
        assert_eq!(run.result(), expected);
        let listed = json(with(variable, &data, &["models", "--json"]));
        let names: Vec<_> = listed["models"]
            .as_array()
            .unwrap()
            .iter()
            .map(|model| &model["name"])
            .collect();
        assert!(names.contains(&&Value::from("mine")), "{listed}");
        assert!(
            with(variable, &data, &["models"])
                .result()
                .contains("English to German")
        );
    }
    let path = mine.to_str().unwrap();
    assert_eq!(
        folder.run(&["translate", "-m", path, STATION]).result(),
        expected
    );
    assert_eq!(
        with("DESHI_MODEL", &mine, &["translate", STATION]).result(),
        expected
    );
    assert_eq!(
        with(
            "DESHI_MODEL",
            Path::new("/nowhere.deshi"),
            &["translate", "-m", path, STATION]
        )
        .result(),
        expected
    );
}

#[test]
fn a_model_that_is_missing_or_damaged_is_named() {
    let mut damaged = std::fs::read(carried()).unwrap();
    damaged.truncate(damaged.len() / 2);
    let random: Vec<u8> = (0..9999u32).map(|at| (at * at % 251) as u8).collect();
    let folder = Folder::new(&[
        ("damaged.deshi", &damaged),
        ("text.deshi", b"no model"),
        ("empty.deshi", b""),
        ("random.deshi", &random),
    ]);
    for (model, parts) in [
        (
            "damaged.deshi",
            &["damaged.deshi", "ends within weights.bin", "get it again"][..],
        ),
        (
            "text.deshi",
            &["text.deshi", "not a deshi bundle", "NAME.deshi"],
        ),
        (
            "empty.deshi",
            &["empty.deshi", "not a deshi bundle", "0 bytes"],
        ),
        ("random.deshi", &["random.deshi", "not a deshi bundle"]),
        ("/nowhere.deshi", &["/nowhere.deshi", "No such file"]),
        ("nobody", &["no model nobody", "nobody.deshi"]),
    ] {
        folder.run(&["translate", "-m", model, "x"]).fails(1, parts);
    }
    let mut command = deshi(&["translate", STATION]);
    command.env("DESHI_KERNELS", "magic");
    run_on(command, b"").fails(2, &["DESHI_KERNELS", "magic", "plain"]);
}

#[test]
fn info_is_for_people_and_for_programs() {
    let info = run(&["info"]).result();
    for part in [
        "English to German",
        " MB",
        "million",
        "Scores",
        "chrF",
        "Tatoeba",
        "kernels",
        "\n  engine         native (the fastest for this model)\n",
    ] {
        assert!(info.contains(part), "no {part:?} in {info}");
    }
    let info = run(&["info", "--executor", "native"]).result();
    let row = "\n  engine         native (as requested)\n";
    assert!(info.contains(row), "{info}");
    let info = json(run(&["info", "--json", "--tokens", "10,20"]));
    assert_eq!(
        (&info["source_language"], &info["target_language"]),
        (&"en".into(), &"de".into())
    );
    let memory = info["working_memory_bytes"].as_object().unwrap();
    assert_eq!(memory.keys().collect::<Vec<_>>(), ["10", "20"]);
    assert!(memory["10"].as_u64() < memory["20"].as_u64());
    assert!(!info["about"]["scores"].as_array().unwrap().is_empty());
    let length = std::fs::metadata(carried()).unwrap().len();
    assert_eq!(info["bytes"].as_u64(), Some(length));
    let kernels = info["available_kernels"].as_array().unwrap();
    assert!(kernels.contains(&info["kernels"]) && kernels.contains(&"plain".into()));
}

#[test]
fn kernels_are_chosen() {
    for arguments in [
        &["info", "--json", "--kernels", "plain"][..],
        &["info", "--json"],
    ] {
        let mut command = deshi(arguments);
        command.env("DESHI_KERNELS", "plain");
        assert_eq!(json(run_on(command, b""))["kernels"], "plain");
    }
}

#[test]
fn bench_measures() {
    let folder = Folder::new(&[
        ("two.txt", b"Where is the station?\nTom sleeps.\n"),
        ("none.txt", b""),
    ]);
    let bench = json(folder.run(&[
        "bench",
        "--json",
        "--rounds",
        "2",
        "--sentences",
        "two.txt",
        "--threads",
        "1",
    ]));
    assert_eq!(
        (&bench["sentences"], &bench["source_words"]),
        (&2.into(), &6.into())
    );
    let of = |field: &str| bench[field].as_f64().unwrap();
    for field in [
        "load_ms",
        "first_sentence_ms",
        "sentences_per_second",
        "sentences_per_second_batched",
    ] {
        assert!(of(field) > 0.0, "{bench}");
    }
    assert!(of("latency_median_ms") <= of("latency_p99_ms"));
    assert!(!cfg!(target_os = "linux") || of("peak_memory_bytes") > 1e6);
    let bench = folder
        .run(&["bench", "--rounds", "1", "--sentences", "two.txt"])
        .result();
    assert!(
        bench.contains("sentences/s") && bench.contains("2 (6 words)"),
        "{bench}"
    );
    folder
        .run(&["bench", "--sentences", "none.txt"])
        .fails(1, &["none.txt has no sentences"]);
}

#[test]
fn both_vocabularies_are_shown() {
    use deshi_core::bundle::{self, MEMBERS};
    use deshi_core::random_model::{self, SMALL};
    use deshi_core::{Architecture, Embeddings, vocabulary};

    let architecture = Architecture {
        embeddings: Embeddings {
            source_vocabulary_size: 290,
            ..Embeddings::JOINT
        },
        ..SMALL
    };
    let manifest = serde_json::json!({
        "format": bundle::FORMAT, "architecture": architecture, "source_language": "en", "target_language": "ja",
        "length_factor": 1.5, "length_offset": 5,
    });
    let manifest = manifest.to_string();
    let weights = random_model::weights(&architecture, 1).unwrap();
    let vocabulary = vocabulary::write(&["a", "b"], &[]).unwrap();
    let mut members: Vec<(&str, &[u8])> = MEMBERS[..MEMBERS.len() - 1]
        .iter()
        .map(|&name| match name {
            bundle::MANIFEST => (name, manifest.as_bytes()),
            bundle::VOCABULARY => (name, &vocabulary[..]),
            bundle::WEIGHTS => (name, &weights[..]),
            _ => (name, &[][..]),
        })
        .collect();
    members.insert(2, (bundle::SOURCE_VOCABULARY, &vocabulary));
    let folder = Folder::new(&[("split.deshi", &bundle::write(&members))]);
    let info = |arguments: &[&str]| {
        let arguments = [&["info", "-m", "split.deshi"], arguments].concat();
        run_on(folder.deshi(&arguments), b"")
    };
    let text = info(&[]).result();
    let row = "\n  vocabulary     290 pieces of words in the source, 320 in the target\n";
    assert!(text.contains(row), "{text}");
    let shape = &json(info(&["--json"]))["architecture"];
    assert_eq!(shape["embeddings"]["source_vocabulary_size"], 290);
}
