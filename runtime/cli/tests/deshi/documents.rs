//! Documents: which files are read as what, and what is said where something is missing.

use super::*;

#[test]
fn files_of_unknown_formats_are_refused_by_name() {
    for name in [
        "report.fodt",
        "a.tmx",
        "a.resx",
        "a.ts",
        "a.strings",
        "a.ods",
        "a.docm",
        "a.ass",
        "a.sub",
        "a.yml",
        "a.YAML",
        "a.csv",
        "a.properties",
        "a.rst",
        "a.1",
        "a.pl",
        "a.cs",
        "a.bak",
    ] {
        let folder = Folder::new(&[(name, STATION.as_bytes())]);
        let extension = name.split('.').next_back().unwrap().to_lowercase();
        folder
            .run(&["translate", "-i", name, "-o", "out"])
            .fails(1, &[name, &format!(".{extension} files"), "--format txt"]);
        assert_eq!(folder.names(), [name]);
        let run = folder.run(&["translate", "-i", name, "--format", "txt"]);
        assert_eq!(run.result(), BAHNHOF, "{name}");
    }
}

#[test]
fn files_of_plain_text_are_read_whatever_their_name() {
    for name in [
        "a.txt",
        "a.TEXT",
        "a.log",
        "README",
        ".hidden",
        "corpus.en",
        "notes.2026",
        "part.00",
        "Letter to Dr. Smith",
        "a.",
    ] {
        let folder = Folder::new(&[(name, STATION.as_bytes())]);
        let run = folder.run(&["translate", "-i", name]);
        assert_eq!(run.result(), BAHNHOF, "{name}");
    }
}

#[test]
fn a_result_whose_name_says_another_format_is_refused() {
    let folder = Folder::new(&[
        ("a.docx", b""),
        ("a.html", STATION.as_bytes()),
        ("a.txt", STATION.as_bytes()),
        ("a.jsonl", b"{\"text\": \"Yes.\"}\n"),
        ("a.json", b"{}"),
    ]);
    let names = folder.names();
    for (arguments, parts) in [
        (&["-i", "a.docx", "-o", "o.txt"][..], &["docx", "txt"][..]),
        (&["-i", "a.html", "-o", "o.md"], &["html", "md"]),
        (&["-i", "a.txt", "-o", "o.md"], &["txt", "md"]),
        (&["-i", "a.txt", "-o", "o.pdf"], &["txt", "pdf"]),
        (&["-i", "a.txt", "-o", "o.jsonl"], &["txt", "JSON lines"]),
        (&["-i", "a.jsonl", "-o", "o.txt"], &["JSON lines", "txt"]),
        (&["-i", "a.json", "-o", "o.jsonl"], &["json", "JSON lines"]),
        (
            &["--jsonl", "-i", "a.txt", "-o", "o.html"],
            &["JSON lines", "html"],
        ),
        (&["-o", "o.html"], &["standard input", "--format html"]),
    ] {
        let run = folder.run(&[&["translate"], arguments].concat());
        run.fails(2, parts);
        assert_eq!(folder.names(), names, "{arguments:?}");
    }
    for (arguments, out) in [
        (&["-i", "a.html", "-o", "o.xhtml"][..], "o.xhtml"),
        (&["-i", "a.html", "-o", "o.new"], "o.new"),
        (&["--jsonl", "-i", "a.txt", "-o", "o.txt"], "o.txt"),
        (&["-i", "a.jsonl", "-o", "o.json"], "o.json"),
        (
            &["-i", "a.html", "--format", "txt", "-o", "o.html"],
            "o.html",
        ),
    ] {
        folder.run(&[&["translate"], arguments].concat()).result();
        assert!(folder.path(out).exists(), "{arguments:?}");
    }
}

#[test]
fn text_that_looks_like_a_document_gets_a_hint() {
    for (text, format) in [
        ("<!DOCTYPE html>\n<p>Yes.</p>\n", "html"),
        ("1\n00:00:00,000 --> 00:00:02,000\nTom sleeps.\n", "srt"),
    ] {
        let hint = format!("standard input looks like {format}");
        let run = run_on(deshi(&["translate"]), text.as_bytes());
        assert_eq!(run.code, 0);
        assert_eq!(run.err.matches(&hint).count(), 1, "{run:?}");
        for more in [["--format", "txt"], ["--format", format]] {
            let run = run_on(
                deshi(&[&["translate"][..], &more].concat()),
                text.as_bytes(),
            );
            assert!(!run.err.contains(&hint), "{run:?}");
        }
    }
}

#[test]
fn a_file_of_another_target_language_is_refused_unless_all_is_translated_anew() {
    let po = "msgid \"\"\nmsgstr \"\"\n\"Language: hu\\n\"\n\nmsgid \"Yes.\"\nmsgstr \"Igen.\"\n\nmsgid \"Tom sleeps.\"\nmsgstr \"\"\n";
    let xliff = |languages: &str| {
        format!(
            "<xliff version=\"1.2\"><file {languages}><trans-unit><source>Tom sleeps.</source></trans-unit></file></xliff>"
        )
    };
    let french = xliff("source-language=\"en\" target-language=\"fr\"");
    let from_french = xliff("source-language=\"fr\"");
    let folder = Folder::new(&[
        ("hu.po", po.as_bytes()),
        ("fr.xlf", french.as_bytes()),
        ("from-fr.xlf", from_french.as_bytes()),
    ]);
    for (name, found, expected, option) in [
        ("hu.po", "\"hu\"", "\"de\"", ["--retranslate", ""]),
        ("fr.xlf", "\"fr\"", "\"de\"", ["--retranslate", ""]),
        (
            "from-fr.xlf",
            "\"fr\"",
            "\"en\"",
            ["--on-foreign", "translate"],
        ),
    ] {
        folder
            .run(&["translate", "-i", name])
            .fails(1, &[name, found, expected, option[0]]);
        let options: Vec<&str> = option.into_iter().filter(|part| !part.is_empty()).collect();
        let translated = folder.run(&[&["translate", "-qi", name], &options[..]].concat());
        let translated = translated.result();
        assert!(
            translated.contains("Tom schläft.") && !translated.contains("Igen"),
            "{translated}"
        );
    }
}

#[test]
fn keys_that_no_string_has_are_named() {
    let folder = Folder::new(&[("a.json", b"{\"menu\": \"Tom sleeps.\"}")]);
    let run = folder.run(&["translate", "-i", "a.json", "--json-keys", "nix,no.*"]);
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "{\"menu\": \"Tom sleeps.\"}")
    );
    assert!(run.err.contains("nix or no.*"), "{run:?}");
    let run = folder.run(&["translate", "-i", "a.json", "--json-keys", "nix,menu"]);
    assert_eq!(run.result(), "{\"menu\": \"Tom schläft.\"}");
}

#[test]
fn subtitles_that_cannot_be_read_are_counted() {
    let good = "WEBVTT\n\n00:01.000 --> 00:02.000\nTom sleeps.\n";
    let wrong = good.replace("-->", "->");
    let both = format!("{good}\n00:03.000 -> 00:04.000\nTom sleeps.\n");
    let folder = Folder::new(&[
        ("good.vtt", good.as_bytes()),
        ("wrong.vtt", wrong.as_bytes()),
        ("both.vtt", both.as_bytes()),
        ("none.vtt", b"WEBVTT\n\nTom sleeps.\n"),
    ]);
    folder.run(&["translate", "-i", "good.vtt"]).result();
    for (name, part) in [
        (
            "wrong.vtt",
            "1 lines of times have another arrow than \"-->\", the first in line 3; their subtitles are not read, 0 are",
        ),
        (
            "both.vtt",
            "the first in line 6; their subtitles are not read, 1 are",
        ),
        ("none.vtt", "no subtitle with text was found"),
    ] {
        let run = folder.run(&["translate", "-i", name]);
        assert!(run.code == 0 && run.err.contains(part), "{run:?}");
    }
    let run = folder.run(&["translate", "-vi", "good.vtt"]);
    assert!(
        run.err.contains("good.vtt: 1 subtitles with text"),
        "{run:?}"
    );
}

#[test]
fn paragraphs_become_json_lines() {
    let folder = Folder::new(&[("in.txt", b"Tom\nsleeps.\n\nWhere is the\nstation?\n")]);
    let run = folder.run(&["translate", "--paragraphs", "--jsonl", "-i", "in.txt"]);
    let lines: Vec<serde_json::Value> = run
        .result()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let translations: Vec<&str> = lines
        .iter()
        .map(|line| line["translation"].as_str().unwrap())
        .collect();
    assert_eq!(translations, ["Tom schläft.", BAHNHOF]);
    assert!(lines[1]["flags"].is_array() && lines[1]["milliseconds"].is_number());
    folder
        .run(&["translate", "--paragraphs", "--input-jsonl", "-i", "in.txt"])
        .fails(2, &["--paragraphs", "--input-jsonl"]);
}
