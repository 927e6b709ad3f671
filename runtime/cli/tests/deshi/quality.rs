//! What is asked of the translation, and what is said of it.

use super::*;

const TMX: &str = r#"<tmx version="1.4"><header/><body><tu>
<tuv xml:lang="en"><seg>Tom sleeps.</seg></tuv><tuv xml:lang="de"><seg>Tom ruht.</seg></tuv>
</tu></body></tmx>"#;

const TBX: &str = r#"<tbx><text><body><conceptEntry id="1">
<langSec xml:lang="en"><termSec><term>station</term></termSec></langSec>
<langSec xml:lang="de"><termSec><term>Bahnstation</term></termSec></langSec>
</conceptEntry></body></text></tbx>"#;

#[test]
fn terms_and_sentences_of_ones_own_are_used() {
    let folder = Folder::new(&[
        ("terms.tsv", b"# a comment\nstation\tHaltestelle\n"),
        ("keep.txt", b"Green Light\n"),
        ("memory.tsv", b"Tom sleeps.\tTom macht ein Nickerchen.\n"),
        ("memory.tmx", TMX.as_bytes()),
        ("terms.tbx", TBX.as_bytes()),
        ("bad.tsv", b"station\tHaltestelle\nno tab\n"),
    ]);
    let translate =
        |option: &str, file: &str, text: &str| folder.run(&["translate", "-q", option, file, text]);
    let translated = translate("--glossary", "terms.tsv", STATION).result();
    assert!(translated.contains("Haltestelle"), "{translated}");
    let translated =
        translate("--do-not-translate", "keep.txt", "We work for Green Light.").result();
    assert!(translated.contains("Green Light"), "{translated}");
    let translated = translate(
        "--memory",
        "memory.tsv",
        "Tom sleeps. Where is the station?",
    )
    .result();
    assert_eq!(translated, format!("Tom macht ein Nickerchen. {BAHNHOF}\n"));
    let translated = translate("--memory", "memory.tmx", "Tom sleeps.").result();
    assert_eq!(translated, "Tom ruht.\n");
    let translated = translate("--glossary", "terms.tbx", STATION).result();
    assert!(translated.contains("Bahnstation"), "{translated}");
    for option in ["--glossary", "--memory"] {
        translate(option, "bad.tsv", STATION).fails(1, &["bad.tsv", "line 2"]);
        translate(option, "missing.tsv", STATION).fails(1, &["missing.tsv: No such file"]);
    }
}

#[test]
fn text_in_another_language_is_kept_translated_or_refused() {
    let german = "Die Katze liegt seit heute Morgen auf dem warmen Sofa und schläft ganz tief.";
    let kept = run(&["translate", german]);
    assert_eq!((kept.code, kept.out), (0, format!("{german}\n")));
    assert!(kept.err.contains("in another language"), "{}", kept.err);
    let help = run(&["translate", "--help"]).result();
    let said = "and the exit code is 0; with --on-foreign error it is 1";
    assert!(help.contains(said), "{help}");
    let translated = run(&["translate", "--on-foreign", "translate", german]);
    assert!(
        translated.code == 0 && translated.out != format!("{german}\n"),
        "{translated:?}"
    );
    run(&["translate", "--on-foreign", "error", german])
        .fails(1, &["command line, text 1", "English", "Die Katze"]);
}

#[test]
fn doubt_is_summed_up_listed_and_described() {
    let text = "Where is the station?\nDie Katze liegt seit heute Morgen auf dem warmen Sofa und schläft ganz tief.\n";
    let folder = Folder::new(&[("in.txt", text.as_bytes())]);
    let run = folder.run(&["translate", "-i", "in.txt"]);
    assert_eq!(run.out.lines().count(), 2);
    assert!(
        run.err
            .contains("in.txt: look again at 1 of 2 sentences: 1 in another language"),
        "{run:?}"
    );
    assert_eq!(run.err.lines().count(), 1, "{run:?}");

    let run = folder.run(&["translate", "--check", "-q", "-i", "in.txt"]);
    assert!(
        run.out
            .starts_with("in.txt, line 2: kept as it is; in another language"),
        "{run:?}"
    );
    assert!(
        !run.out.contains(BAHNHOF) && run.out.contains("Die Katze"),
        "{run:?}"
    );

    let run = folder.run(&[
        "translate",
        "--check",
        "-q",
        "-i",
        "in.txt",
        "-o",
        "out.txt",
    ]);
    assert!(run.out.starts_with("in.txt, line 2"), "{run:?}");
    assert_eq!(folder.read("out.txt").lines().next(), Some(BAHNHOF));

    let run = folder
        .run(&["translate", "--jsonl", "-q", "-i", "in.txt"])
        .result();
    let flags: Vec<serde_json::Value> = run
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(flags[0]["flags"], serde_json::json!([]));
    assert!(
        flags[1]["flags"]
            .as_array()
            .unwrap()
            .contains(&"foreign".into()),
        "{run}"
    );
}

#[test]
fn low_confidence_is_reported_or_kept() {
    let marked = run(&["translate", "--minimum-confidence", "1", STATION]);
    assert_eq!(marked.out, format!("{BAHNHOF}\n"));
    assert!(marked.err.contains("with low confidence"), "{marked:?}");
    let kept = run(&[
        "translate",
        "--minimum-confidence",
        "1",
        "--on-low-confidence",
        "keep",
        STATION,
    ]);
    assert_eq!(kept.out, format!("{STATION}\n"));
}

#[test]
fn broken_lines_are_joined_into_paragraphs() {
    let folder = Folder::new(&[("in.txt", b"Where is\nthe station?\n\nTom sleeps.\n")]);
    let joined = folder
        .run(&["translate", "-q", "-i", "in.txt", "--paragraphs"])
        .result();
    assert_eq!(
        joined.split_whitespace().collect::<Vec<_>>().join(" "),
        format!("{BAHNHOF} Tom schläft.")
    );
}

#[test]
fn documents_keep_their_form() {
    let srt = "1\n00:00:01,000 --> 00:00:02,000\nWhere is the station?\n\n2\n00:00:03,000 --> 00:00:04,000\nTom sleeps.\n";
    let folder = Folder::new(&[
        ("in.srt", srt.as_bytes()),
        ("noname", srt.as_bytes()),
        ("in.tex", b"\\emph{x}"),
    ]);
    let expected = srt
        .replace(STATION, BAHNHOF)
        .replace("Tom sleeps.", "Tom schläft.");
    assert_eq!(
        folder.run(&["translate", "-q", "-i", "in.srt"]).result(),
        expected
    );
    folder
        .run(&[
            "translate",
            "-q",
            "-i",
            "noname",
            "-o",
            "out.srt",
            "--format",
            "srt",
        ])
        .result();
    assert_eq!(folder.read("out.srt"), expected);
    folder
        .run(&["translate", "-i", "in.tex"])
        .fails(1, &["in.tex", "srt", "--format txt"]);
    folder
        .run(&["translate", "-i", "in.srt", "--format", "magic"])
        .fails(2, &["magic", "srt"]);
    for option in ["--jsonl", "--raw", "--lossy"] {
        folder
            .run(&["translate", "-i", "in.srt", option])
            .fails(2, &[option, "in.srt"]);
    }
}

#[test]
fn an_option_that_no_input_can_obey_is_refused() {
    let folder = Folder::new(&[
        ("page.html", b"<p>Tom sleeps.</p>"),
        ("menu.json", br#"{"title": "Tom sleeps."}"#),
        ("list.po", b"msgid \"Tom sleeps.\"\nmsgstr \"\"\n"),
        ("notes.txt", b"Tom sleeps.\n"),
    ]);
    let others = [
        (&["--json-keys", "title"][..], "json files", "page.html"),
        (&["--keep-json-keys", "title"], "json files", "notes.txt"),
        (&["--retranslate"], "po and xliff files", "menu.json"),
        (&["--mark-unreviewed"], "po and xliff files", "page.html"),
        (&["--paragraphs"], "txt files", "page.html"),
        (&["--jsonl"], "line by line", "list.po"),
    ];
    for (option, scope, file) in others {
        let arguments = [&["translate", "-q", "-i", file], option].concat();
        folder.run(&arguments).fails(2, &[option[0], scope, file]);
        // One of the files is enough, but for what changes every line.
        let arguments = [
            &[
                "translate",
                "-q",
                "-i",
                "page.html",
                "menu.json",
                "list.po",
                "notes.txt",
            ][..],
            &["--output-folder", "out"],
            option,
        ]
        .concat();
        let several = folder.run(&arguments);
        assert_eq!(several.code == 0, option != ["--jsonl"], "{several:?}");
    }
    for option in [
        &["--format", "html"][..],
        &["--json-keys", "a"],
        &["--retranslate"],
    ] {
        let arguments = [&["translate", "Tom sleeps."], option].concat();
        run(&arguments).fails(2, &[option[0], "-i"]);
    }
}
