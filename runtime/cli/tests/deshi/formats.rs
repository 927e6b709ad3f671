//! What text is read, and what is refused.

use super::*;

fn translate(bytes: &[u8], more: &[&str]) -> Run {
    let folder = Folder::new(&[("in.txt", bytes)]);
    folder.run(&[&["translate", "-i", "in.txt"], more].concat())
}

#[test]
fn byte_order_marks_are_understood() {
    let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let text = format!("\u{feff}{STATION}\r\n\u{1f600}");
        text.encode_utf16().flat_map(order).collect()
    };
    let utf8 = [b"\xef\xbb\xbf", STATION.as_bytes(), b"\r\n\xf0\x9f\x98\x80"].concat();
    for bytes in [utf8, utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)] {
        assert_eq!(
            translate(&bytes, &[]).result(),
            format!("{BAHNHOF}\r\n\u{1f600}")
        );
    }
}

#[test]
fn line_ends_are_kept() {
    for ends in [["\n", "\n"], ["\r\n", "\n"], ["\n", ""], ["\r\n", ""]] {
        let text = format!("{STATION}{}Tom sleeps.{}", ends[0], ends[1]);
        let expected = format!("{BAHNHOF}{}Tom schläft.{}", ends[0], ends[1]);
        assert_eq!(
            translate(text.as_bytes(), &[]).result(),
            expected,
            "{ends:?}"
        );
    }
}

#[test]
fn other_encodings_are_refused_by_name_and_byte() {
    let odd = [b"\xff\xfe", &b"a\0b\0c"[..]].concat();
    let lone = b"\xff\xfea\0\x00\xd8b\0";
    for (bytes, part) in [
        (
            &b"one\ntwo caf\xe9\n"[..],
            "in.txt is not UTF-8: byte 11 is 0xE9",
        ),
        (b"\xe2\x82", "in.txt is not UTF-8: byte 0 is 0xE2"),
        (b"\x7fELF\x02\x01\x01\0", "in.txt is not text: byte 7 is 0"),
        (b"a\0b\0", "in.txt is not text: byte 1 is 0"),
        (&odd, "odd number of bytes"),
        (lone, "not UTF-16: byte 4"),
    ] {
        translate(bytes, &[]).fails(1, &[part, "--lossy"]);
        assert_eq!(translate(bytes, &["--lossy"]).code, 0, "{part}");
    }
}

/// What the message says to type works.
#[test]
fn the_conversion_that_is_recommended_can_be_typed() {
    let folder = Folder::new(&[("my text", b"caf\xe9")]);
    let conversion = "`iconv -f WINDOWS-1252 -t UTF-8 'my text'`";
    folder
        .run(&["translate", "-i", "my text"])
        .fails(1, &["my text is not UTF-8", conversion]);
    let conversion = "`… | iconv -f WINDOWS-1252 -t UTF-8 | deshi translate`";
    for arguments in [&["translate"][..], &["translate", "-i", "-"]] {
        let run = run_on(folder.deshi(arguments), b"caf\xe9");
        run.fails(1, &["standard input is not UTF-8", conversion]);
    }
}

#[test]
fn damaged_characters_are_read_with_lossy() {
    let run = translate(b"Where is the station?\n\xff\xfe\xfd\n", &["--lossy"]);
    assert!(run.out.starts_with("Wo ist der Bahnhof?\n"), "{run:?}");
    assert_eq!(run.out.lines().count(), 2);
}

#[test]
fn nothing_becomes_nothing() {
    for bytes in ["", "\n", "\r\n\r\n", " \t \n", "\u{feff}"] {
        assert_eq!(
            translate(bytes.as_bytes(), &[]).result(),
            bytes.trim_start_matches('\u{feff}')
        );
    }
}
