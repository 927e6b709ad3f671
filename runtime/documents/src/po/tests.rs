//! Catalogues, taken apart and written.

use super::*;
use crate::Document;
use crate::plain::{plain, text_of};

const HEADER: &str = "msgid \"\"\nmsgstr \"Plural-Forms: nplurals=2; plural=n!=1;\\n\"\n\n";

fn translated(text: &str, settings: &Settings, translate: impl Fn(&str) -> String) -> String {
    let document = Document::parse(Format::Po, text.as_bytes().to_vec(), settings).unwrap();
    let translate = |segment| plain(translate(&text_of(segment)));
    let segments: Vec<_> = document.segments().iter().map(translate).collect();
    let mut out = Vec::new();
    document.write(&segments, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn upper(text: &str, settings: &Settings) -> String {
    translated(text, settings, str::to_uppercase)
}

#[test]
fn new_translations_are_marked() {
    let settings = Settings {
        mark_unreviewed: true,
        ..Settings::default()
    };
    for (before, after) in [
        (
            "#: a.c\nmsgid \"a\"\nmsgstr \"\"\n",
            "#: a.c\n#, fuzzy\nmsgid \"a\"\nmsgstr \"A\"\n",
        ),
        (
            "#, c-format\n#| msgid \"b\"\nmsgctxt \"c\"\nmsgid \"a\"\nmsgstr \"\"\n",
            "#, fuzzy, c-format\n#| msgid \"b\"\nmsgctxt \"c\"\nmsgid \"a\"\nmsgstr \"A\"\n",
        ),
        (
            "#| msgid \"b\"\nmsgid \"a\"\nmsgstr \"\"\n",
            "#, fuzzy\n#| msgid \"b\"\nmsgid \"a\"\nmsgstr \"A\"\n",
        ),
        (
            "#, fuzzy\nmsgid \"a\"\nmsgstr \"\"",
            "#, fuzzy\nmsgid \"a\"\nmsgstr \"A\"",
        ),
    ] {
        assert_eq!(upper(before, &settings), after);
    }
}

#[test]
fn there_are_as_many_plurals_as_the_header_says() {
    let entry = "msgid \"one\"\nmsgid_plural \"many\"\nmsgstr[0] \"\"\nmsgstr[1] \"\"\n";
    for (count, expected) in [
        (1, "msgstr[0] \"MANY\"\n"),
        (2, "msgstr[0] \"ONE\"\nmsgstr[1] \"MANY\"\n"),
        (
            3,
            "msgstr[0] \"ONE\"\nmsgstr[1] \"MANY\"\nmsgstr[2] \"MANY\"\n",
        ),
    ] {
        let text = HEADER.replace("=2", &format!("={count}")) + entry;
        let written = upper(&text, &Settings::default());
        assert!(
            written.ends_with(&format!("\"many\"\n{expected}")),
            "{written}"
        );
        assert_eq!(written.contains("fuzzy"), count == 3);
    }
}

#[test]
fn a_template_gets_the_language() {
    let settings = Settings {
        target_language: Some("pt-BR".into()),
        ..Settings::default()
    };
    let text = "msgid \"\"\nmsgstr \"\"\n\"Language: \\n\"\n\"Content-Type: text/plain; charset=CHARSET\\n\"\n\
                \"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n\"\n";
    let expected = "msgid \"\"\nmsgstr \"\"\n\"Language: pt_BR\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\
                    \"Plural-Forms: nplurals=2; plural=(n > 1);\\n\"\n";
    assert_eq!(upper(text, &settings), expected);
    assert_eq!(upper(expected, &settings), expected);
}

#[test]
fn another_language_is_refused_unless_all_is_translated_anew() {
    let entry = "msgid \"Yes\"\nmsgstr \"Igen\"\n\nmsgid \"No\"\nmsgstr \"\"\n";
    let header = |lines: &str| format!("msgid \"\"\nmsgstr \"\"\n{lines}\n");
    let parse = |text: &str, retranslate: bool| {
        let settings = Settings {
            source_language: Some("en".into()),
            target_language: Some("de".into()),
            retranslate,
            ..Settings::default()
        };
        let document = Document::parse(Format::Po, text.as_bytes().to_vec(), &settings)?;
        let mut out = Vec::new();
        document.write(document.segments(), &mut out)?;
        Ok::<_, Error>(String::from_utf8(out).unwrap())
    };
    let untranslated = entry.replace("Igen", "");
    for (lines, entry) in [
        ("\"Language: hu\\n\"\n", entry),
        ("\"Language: hu\\n\"\n", &untranslated),
        ("\"Language: Hungarian\\n\"\n", entry),
        ("\"Language: en\\n\"\n", entry),
    ] {
        let text = header(lines) + entry;
        let error = parse(&text, false).expect_err(lines);
        assert!(
            matches!(&error, Error::TargetLanguage { expected, place: Place::Line(2), .. } if expected == "de"),
            "{error}"
        );
        assert!(parse(&text, true).unwrap().contains("\"Language: de\\n\""));
    }
    // A copy of a source file, another region, and a file that does not say.
    for (lines, entry, written) in [
        (
            "\"Language: en\\n\"\n",
            &*untranslated,
            "\"Language: de\\n\"\n",
        ),
        (
            "\"Language: de_AT\\n\"\n",
            entry,
            "\"Language: de_AT\\n\"\n",
        ),
        ("\"X: y\\n\"\n", entry, "\"X: y\\n\"\n\"Language: de\\n\"\n"),
    ] {
        let out = parse(&(header(lines) + entry), false).expect(lines);
        assert!(out.contains(written), "{out}");
    }
    let text = header("\"X-Source-Language: fr\\n\"\n") + entry;
    for retranslate in [false, true] {
        let error = parse(&text, retranslate).expect_err("French");
        assert!(matches!(error, Error::SourceLanguage { .. }), "{error}");
    }
}

#[test]
fn lines_of_the_header_that_stay_keep_their_bytes() {
    let settings = Settings {
        target_language: Some("de".into()),
        ..Settings::default()
    };
    let text = "msgid \"\"\nmsgstr \"\"\n\"Language-Team: A very long name of a team, wrapped by hand, \"\n\
                \"<team@example.org>\\n\"\n\"Language: \\n\"\n\"Plural-Forms: nplurals=2; plural=(n != 1);\\n\"\n";
    let expected = text.replace("\"Language: ", "\"Language: de");
    assert_eq!(upper(text, &settings), expected);
}

#[test]
fn access_keys_and_shortcuts_keep_their_places() {
    let text = format!(
        "{HEADER}msgid \"&Open\\tCtrl+O\"\nmsgstr \"\"\n\nmsgid \"Save (&S)\"\nmsgstr \"\"\n"
    );
    let written = translated(&text, &Settings::default(), |text| {
        text.replace("Open", "Öffne").replace("Save", "Sichern")
    });
    for line in ["msgstr \"&Öffne\\tCtrl+O\"", "msgstr \"Sichern (&S)\""] {
        assert!(written.contains(line), "{written}");
    }
}

#[test]
fn translations_that_are_there_are_kept_unless_asked() {
    let text = format!("{HEADER}msgid \"a\"\nmsgstr \"b\"\n\n#~ msgid \"c\"\n#~ msgstr \"\"\n");
    assert_eq!(upper(&text, &Settings::default()), text);
    let settings = Settings {
        retranslate: true,
        ..Settings::default()
    };
    assert_eq!(upper(&text, &settings), text.replace("\"b\"", "\"A\""));
    // An identity translation of a file that has one is the file.
    let id = "Lines are\\n\"\n\"wrapped as gettext's tools do, after spaces and line ends, at seventy-nine \"\n\"columns";
    let text = format!("{HEADER}msgid \"\"\n\"{id}\"\nmsgstr \"\"\n\"{id}\"\n");
    assert_eq!(translated(&text, &settings, str::to_owned), text);
}

#[test]
fn escapes_are_read_and_written() {
    let text = "msgid \"\\\"\\t\\x41\\102\\\\ %s\\r\\n\"\nmsgstr \"\"\n";
    assert_eq!(
        upper(&format!("{HEADER}{text}"), &Settings::default()),
        format!(
            "{HEADER}{}",
            text.replace("\"\"", "\"\\\"\\tAB\\\\ %S\\r\\n\"")
        )
    );
}

#[test]
fn invalid_catalogues_are_refused_with_their_line() {
    for (text, line) in [
        ("msgid \"a\"\n", 2),
        ("msgid \"a\nmsgstr \"\"", 1),
        ("\"a\"", 1),
        ("msgid \"a\"\nmsgstr\n", 2),
        ("msgid \"a\"\nmsgsrt \"\"\n", 2),
        ("msgid \"a\\q\"\nmsgstr \"\"\n", 1),
        ("msgid \"a\"\nmsgstr \"a\"b\"\n", 2),
        ("msgid \"a\"\nmsgstr[x] \"\"\n", 2),
        ("Hello.", 1),
    ] {
        let error = Document::parse(Format::Po, text.as_bytes().to_vec(), &Settings::default());
        let error = error.err().expect(text);
        assert!(
            matches!(&error, Error::Malformed { place, .. } if *place == Place::Line(line)),
            "{text}: {error}"
        );
    }
}
