//! The model that the repository carries: real sentences, the same words on every kernel set, and no trust in
//! a damaged copy.

use std::path::Path;

use deshi::Translator;

fn bundle() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/en-de.deshi");
    std::fs::read(path).expect("the repository carries a model")
}

#[test]
fn everyday_sentences_come_out_in_german_and_alike_on_every_kernel_set() {
    let bundle = bundle();
    let sentences = [
        ("Where is the station?", "Wo ist der Bahnhof?"),
        (
            "I have three dogs and two cats.",
            "Ich habe drei Hunde und zwei Katzen.",
        ),
    ];
    for kernels in deshi_kernels::available() {
        let translator = Translator::from_bytes(&bundle)
            .unwrap()
            .with_kernels(kernels);
        for (source, expected) in sentences {
            let translation = translator.translate(source).unwrap();
            assert_eq!(translation.text, expected, "{}", kernels.name());
            assert!(!translation.truncated);
        }
    }
}

#[test]
fn strange_input_is_answered_alike_on_every_kernel_set() {
    let bundle = bundle();
    let long = "All work and no play. ".repeat(500);
    let inputs = [
        "",
        "\u{7}\u{0}",
        "😀😀",
        "x",
        "12.50 € https://example.org {name} %1$s",
        long.as_str(),
    ];
    let answers: Vec<Vec<Vec<u32>>> = deshi_kernels::available()
        .map(|kernels| {
            let translator = Translator::from_bytes(&bundle)
                .unwrap()
                .with_kernels(kernels);
            inputs
                .iter()
                .map(|input| translator.translate(input).unwrap().tokens)
                .collect()
        })
        .collect();
    for pair in answers.windows(2) {
        assert_eq!(pair[0], pair[1]);
    }
}

#[test]
fn a_damaged_copy_is_refused_by_name() {
    let mut damaged = bundle();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let Err(error) = Translator::from_bytes(&damaged) else {
        panic!("it was opened")
    };
    let cause = std::error::Error::source(&error)
        .map(ToString::to_string)
        .unwrap_or_default();
    assert!(cause.contains("weights.bin"), "{error}: {cause}");
}
