//! What is typed by mistake, or without having read the help.

use super::*;

#[test]
fn a_sentence_alone_is_translated() {
    assert_eq!(run(&["Good morning."]).result(), "Guten Morgen.\n");
    assert_eq!(
        run(&["Where is the station?", "--threads", "1"]).result(),
        format!("{BAHNHOF}\n")
    );
}

#[test]
fn a_sentence_after_flags_is_translated() {
    for flag in ["-q", "--quiet"] {
        assert_eq!(
            run(&[flag, "Good morning."]).result(),
            "Guten Morgen.\n",
            "{flag}"
        );
    }
    for flag in ["-v", "--verbose"] {
        let run = run(&[flag, "Good morning."]);
        assert_eq!(
            (run.code, run.out.as_str()),
            (0, "Guten Morgen.\n"),
            "{run:?}"
        );
        assert!(run.err.contains("kernels"), "{run:?}");
    }
}

#[test]
fn hints_can_be_copied_into_a_shell() {
    let folder = Folder::new(&[("my notes.txt", STATION.as_bytes()), ("it's", b"x")]);
    folder
        .run(&["it's"])
        .fails(2, &[r#"deshi translate -i "it's""#]);
    folder
        .run(&["Hello!"])
        .fails(2, &["deshi translate 'Hello!'"]);
    let run = folder.run(&["my notes.txt"]);
    assert!(
        run.err.contains("deshi translate -i 'my notes.txt'"),
        "{run:?}"
    );
}

#[test]
fn a_word_or_a_file_in_the_place_of_a_subcommand_gets_a_hint() {
    let folder = Folder::new(&[("notes.txt", STATION.as_bytes())]);
    folder
        .run(&["notes.txt"])
        .fails(2, &["deshi translate -i notes.txt"]);
    folder.run(&["Hello"]).fails(2, &["deshi translate Hello"]);
    folder.run(&["translat"]).fails(2, &["translate"]);
}

#[test]
fn a_file_in_the_place_of_a_text_gets_a_hint() {
    let folder = Folder::new(&[("notes.txt", STATION.as_bytes())]);
    let run = folder.run(&["translate", "notes.txt"]);
    assert_eq!(run.code, 0);
    assert!(run.err.contains("deshi translate -i notes.txt"), "{run:?}");
    let run = folder.run(&["translate", "-q", "notes.txt"]);
    assert_eq!(run.err, "");
}

#[test]
fn texts_may_begin_with_a_hyphen() {
    let plain = |text: &str| run(&["translate", "--", text]).result();
    for text in [
        "- Where is the station?",
        "-5 degrees are cold.",
        "-- Tom sleeps.",
    ] {
        assert_eq!(run(&["translate", text]).result(), plain(text), "{text}");
        assert_eq!(run(&[text]).result(), plain(text), "{text}");
    }
    // In their order, and options are still options.
    let texts = ["- Tom sleeps.", "Tom sleeps."];
    let run = run(&["translate", texts[1], texts[0], "--threads", "1"]).result();
    assert_eq!(run, plain(texts[1]) + &plain(texts[0]));
}

#[test]
fn an_option_with_its_value_in_one_argument_is_no_text() {
    let folder = Folder::new(&[("my file.txt", STATION.as_bytes())]);
    for arguments in [
        ["translate", "-imy file.txt"],
        ["translate", "--input=my file.txt"],
    ] {
        assert_eq!(folder.run(&arguments).result(), BAHNHOF);
    }
}

#[test]
fn wrong_usage_is_said_and_has_an_exit_code_of_its_own() {
    for (arguments, part) in [
        (&[][..], "Usage: deshi"),
        (&["translate", "--executor", "magic", "x"], "magic"),
        (&["translate", "--threads", "0", "x"], "1..="),
        (&["translate", "x", "-i", "f"], "cannot be used with"),
        (
            &["translate", "x", "-o", "f", "--resume"],
            "cannot be used with",
        ),
        (
            &["translate", "x", "--output-folder", "f"],
            "cannot be used with",
        ),
        (
            &["translate", "--minimum-confidence", "2", "x"],
            "--minimum-confidence must be 0 to 1",
        ),
        (&["translate", "--resume", "-i", "-", "-o", "f"], "--resume"),
        (&["bench", "--rounds", "0"], "0"),
        (&["translate", "--kernels", "magic", "x"], "magic"),
        (&["info", "--tokens", "100000"], "--tokens 100000"),
        (&["info", "--tokens", "16,0"], "--tokens 0"),
        (&["nonsense", "--what"], "nonsense"),
    ] {
        run(arguments).fails(2, &[part]);
    }
    for (arguments, part) in [
        (
            &["translate", "-i", "/nowhere.txt"][..],
            "/nowhere.txt: No such file",
        ),
        (&["bench", "--sentences", "/nowhere.txt"], "/nowhere.txt"),
    ] {
        run(arguments).fails(1, &[part]);
    }
}

#[test]
fn help_has_examples_and_exit_codes() {
    let help = run(&["--help"]).result();
    for part in [
        "English to German",
        "Examples:",
        "Exit codes:",
        "DESHI_MODEL",
        "without a network",
    ] {
        assert!(help.contains(part), "no {part:?} in {help}");
    }
    let help = run(&["translate", "--help"]).result();
    for part in ["Examples:", "--output-folder", "--glossary", "--resume"] {
        assert!(help.contains(part), "no {part:?} in {help}");
    }
}

#[test]
fn the_version_says_what_runs() {
    let version = run(&["--version"]).result();
    for part in [
        env!("CARGO_PKG_VERSION"),
        "commit",
        "model: en-de",
        "kernels: ",
    ] {
        assert!(version.contains(part), "no {part:?} in {version}");
    }
    assert!(
        run(&["-V"])
            .result()
            .starts_with(concat!("deshi ", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn quiet_and_verbose_are_heard() {
    let run = run(&["translate", "-v", STATION]);
    assert_eq!(run.out, format!("{BAHNHOF}\n"));
    assert!(run.err.contains("kernels"), "{run:?}");
}

#[test]
fn shells_and_man_find_their_pages() {
    for (shell, part) in [
        ("bash", "_deshi()"),
        ("zsh", "#compdef deshi"),
        ("fish", "complete -c deshi"),
    ] {
        let script = run(&["completions", shell]).result();
        assert!(
            script.contains(part) && script.contains("output-folder"),
            "{shell}: {script}"
        );
    }
    let page = run(&["man"]).result();
    assert!(
        page.contains(".TH deshi 1") && page.contains("English to German"),
        "{page}"
    );
    let folder = Folder::new(&[]);
    folder.run(&["man", "--output-folder", "man1"]).result();
    assert!(folder.read("man1/deshi-translate.1").contains("glossary"));
}
