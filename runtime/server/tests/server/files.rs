//! Files, sent and fetched.

use super::*;

const PAIR: [(&str, &str); 2] = [("source", "en"), ("target", "de")];

/// The path of the link in an answer.
fn link(answer: &Answer, start: &str) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    let link = body["translatedFileUrl"].as_str().unwrap();
    link.strip_prefix(start).expect(link).to_owned()
}

#[test]
fn a_file_is_translated_and_can_be_fetched() {
    let server = server(|_| {});
    let srt = b"1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>Where is the station?</i>\r\n";
    let mut request = multipart(&PAIR[..], Some(("My film.SRT", srt)));
    request
        .headers_mut()
        .insert("host", "translate.local:5000".parse().unwrap());
    let link = link(&answer(&server, request), "http://translate.local:5000");
    assert!(
        link.starts_with("/download_file/") && link.ends_with(".My_film_de.srt"),
        "{link}"
    );
    for _ in 0..2 {
        let file = answer(&server, get(&link));
        assert_eq!(file.status, 200);
        let expected = "1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>Wo ist der Bahnhof?</i>\r\n";
        assert_eq!(file.text(), expected);
        let disposition = &file.headers["content-disposition"];
        assert_eq!(disposition, "attachment; filename=\"My_film_de.srt\"");
    }
    let guess = link.replace(|c: char| c.is_ascii_digit(), "0");
    answer(&server, get(&guess)).fails(404, "Not found");
}

#[test]
fn the_language_of_a_file_is_found() {
    let server = server(|config| config.public_url = Some("https://t.example.org/".to_owned()));
    for (text, expected) in [
        ("Where is the station?\n", "Wo ist der Bahnhof?\n"),
        ("Wo ist der Bahnhof?\n", "Wo ist der Bahnhof?\n"),
    ] {
        let fields = [("source", "auto"), ("target", "de")];
        let request = multipart(&fields, Some(("a.txt", text.as_bytes())));
        let link = link(&answer(&server, request), "https://t.example.org");
        assert_eq!(answer(&server, get(&link)).text(), expected);
    }
}

#[test]
fn files_that_cannot_be_translated_are_refused() {
    let server = server(|_| {});
    for (fields, file, message) in [
        (&PAIR[..], None, "missing file parameter"),
        (&PAIR[..1], Some(("a.txt", "x")), "missing target parameter"),
        (&PAIR[..], Some(("", "x")), "empty file"),
        (&PAIR[..], Some(("a.exe", "x")), "file format not supported"),
        (&PAIR[..], Some(("a", "x")), "file format not supported"),
        (
            &PAIR[..],
            Some(("a.srt", "no subtitles")),
            "Cannot translate file",
        ),
        (
            &[("source", "de"), ("target", "en")][..],
            Some(("a.txt", "x")),
            "not available",
        ),
    ] {
        let file = file.map(|(name, text)| (name, text.as_bytes()));
        answer(&server, multipart(fields, file)).fails(400, message);
    }
    let cut = post(
        "/translate_file",
        "multipart/form-data; boundary=b",
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nx",
    );
    answer(&server, cut).fails(400, "Invalid request");
    let unbound = post("/translate_file", "multipart/form-data", "x");
    answer(&server, unbound).fails(400, "Invalid request");
}

#[test]
fn the_limit_on_files_is_ours() {
    let server = server(|_| {});
    let file = vec![b'a'; 3 << 20];
    let request = multipart(&PAIR, Some(("a.exe", &file)));
    answer(&server, request).fails(400, "file format not supported");
}
