//! Answers to valid requests.

use serde_json::{Value, json};

use super::*;

#[test]
fn a_text_comes_in_json_a_form_parts_or_the_query() {
    let server = server(|_| {});
    let json =
        json!({"q": STATION, "source": "en", "target": "de", "format": "text", "api_key": ""});
    let form = "q=Where+is+the+station%3F&source=en&target=de&alternatives=0";
    let fields = [("q", STATION), ("source", "en"), ("target", "de")];
    let mut parts = multipart(&fields, None);
    *parts.uri_mut() = "/translate".parse().unwrap();
    for request in [
        post("/translate", JSON, json.to_string()),
        post(
            "/translate",
            "Application/JSON; charset=utf-8",
            json.to_string(),
        ),
        post("/translate", FORM, form),
        post("/translate", "text/plain", form),
        parts,
        post(&format!("/translate?{form}"), FORM, ""),
        post(
            "/translate?q=x&target=de",
            FORM,
            "q=Where+is+the+station%3F&source=en-US",
        ),
    ] {
        let answer = answer(&server, request);
        assert_eq!(answer.translation(), BAHNHOF, "{answer:?}");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    }
}

#[test]
fn the_words_are_those_of_the_library() {
    let server = server(|_| {});
    let texts = [
        "Good morning.  How are you?\n\n- See https://example.org/a?b=1\n",
        "Tom has 3 dogs.",
        "🎉",
        "   ",
    ];
    let library = deshi::Translator::open(CARRIED_MODEL).unwrap();
    let expected = library.translate_batch(&texts).unwrap();
    let request = json!({"q": texts, "source": "en", "target": "de", "details": true});
    let answer = answer(&server, post("/translate", JSON, request.to_string())).json();
    for (at, expected) in expected.iter().enumerate() {
        assert_eq!(answer["translatedText"][at], expected.text);
        let flags: Vec<_> = expected.flags.names().collect();
        assert_eq!(answer["details"][at]["flags"], json!(flags));
        let confidence = answer["details"][at]["confidence"].as_f64();
        let mean = expected
            .mean_log_probability()
            .map(|mean| f64::from(mean.exp()));
        assert_eq!(confidence.is_some(), mean.is_some());
        let difference = confidence.unwrap_or(0.0) - mean.unwrap_or(0.0);
        assert!(difference.abs() < 1e-6, "{confidence:?} {mean:?}");
    }
}

#[test]
fn a_list_is_answered_by_a_list() {
    let server = server(|_| {});
    let request = json!({"q": [STATION, ""], "source": "auto", "target": "de"});
    let answer = answer(&server, post("/translate", JSON, request.to_string())).json();
    assert_eq!(answer["translatedText"], json!([BAHNHOF, ""]));
    let found = &answer["detectedLanguage"];
    assert_eq!(found.as_array().unwrap().len(), 2);
    assert_eq!(
        (&found[1]["language"], &found[0]),
        (&json!("en"), &found[1])
    );
    let form = "q=Where+is+the+station%3F&q=No.&source=en&target=de";
    let two = super::answer(&server, post("/translate", FORM, form)).translation();
    assert_eq!(
        (&two[0], two.as_array().unwrap().len()),
        (&json!(BAHNHOF), 2)
    );
}

#[test]
fn the_language_is_found_where_it_is_asked_for() {
    let server = server(|_| {});
    let translate = |q: &str| {
        let request = json!({"q": q, "source": "auto", "target": "de"});
        answer(&server, post("/translate", JSON, request.to_string()))
    };
    let body = translate(STATION).json();
    assert_eq!(body["detectedLanguage"]["language"], "en");
    assert!(body["detectedLanguage"]["confidence"].as_f64().unwrap() > 30.0);
    // Text that is already in the target language stays as it is.
    let body = translate(BAHNHOF).json();
    assert_eq!(body["translatedText"], BAHNHOF);
    assert_eq!(body["detectedLanguage"]["language"], "de");
    let nothing = translate("🎉").json();
    assert_eq!(nothing["translatedText"], "🎉");
    assert_eq!(nothing["detectedLanguage"]["confidence"], 0.0);
    let french = "Le comité se réunira de nouveau jeudi pour discuter de la proposition.";
    translate(french).fails(400, "fr is not supported");

    let detect = |q: &str| {
        let answer = answer(&server, post("/detect", JSON, json!({"q": q}).to_string()));
        answer.json()[0]["language"].clone()
    };
    for (text, language) in [(STATION, "en"), (BAHNHOF, "de"), (french, "fr")] {
        assert_eq!(detect(text), language, "{text}");
    }
}

#[test]
fn html_keeps_its_tags() {
    let server = server(|_| {});
    let html = "<p>Where is <b>the station</b>?</p><code>x &lt; 1</code>";
    let request = json!({"q": [html, STATION], "source": "en", "target": "de", "format": "html"});
    let answer = answer(&server, post("/translate", JSON, request.to_string())).translation();
    let first = answer[0].as_str().unwrap();
    assert!(
        first.starts_with("<p>Wo ist ") && first.contains("<b>"),
        "{first}"
    );
    assert!(first.ends_with("</p><code>x &lt; 1</code>"), "{first}");
    assert_eq!(answer[1], BAHNHOF);
}

#[test]
fn the_server_says_what_it_does() {
    let server = server(|config| {
        config.api_keys.insert("secret".to_owned());
    });
    let body = |path| answer(&server, get(path)).json();
    assert_eq!(body("/health"), json!({"status": "ok"}));
    let languages = json!([
        {"code": "de", "name": "German", "targets": ["de"]},
        {"code": "en", "name": "English", "targets": ["de", "en"]},
    ]);
    assert_eq!(body("/languages"), languages);
    let settings = body("/frontend/settings");
    assert_eq!(settings["charLimit"], 100_000);
    assert_eq!(
        (&settings["apiKeys"], &settings["keyRequired"]),
        (&Value::Bool(true), &Value::Bool(true))
    );
    assert_eq!(
        settings["language"]["target"],
        json!({"code": "de", "name": "German"})
    );
    let formats = settings["supportedFilesFormat"].as_array().unwrap();
    assert!(formats.contains(&json!(".srt")) && formats.contains(&json!(".html")));
}

#[test]
fn requests_and_sentences_are_counted_without_their_text() {
    let server = server(|_| {});
    let request = json!({"q": "One dog. Two cats.", "source": "en", "target": "de"});
    answer(&server, post("/translate", JSON, request.to_string())).translation();
    answer(&server, get("/secret/path"));
    let metrics = answer(&server, get("/metrics"));
    assert!(
        metrics.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain")
    );
    for line in [
        "deshi_http_requests_total{endpoint=\"/translate\",status=\"200\"} 1",
        "deshi_http_requests_total{endpoint=\"other\",status=\"404\"} 1",
        "deshi_http_request_duration_seconds_count{endpoint=\"/translate\"} 1",
        "deshi_characters_total{source=\"en\",target=\"de\"} 17",
        "deshi_sentences_total{source=\"en\",target=\"de\"} 2",
        "deshi_translations_running 0",
    ] {
        let mut lines = metrics.text().lines();
        assert!(
            lines.any(|found| found == line),
            "{line}: {}",
            metrics.text()
        );
    }
    assert!(!metrics.text().contains("dog") && !metrics.text().contains("secret"));
}
