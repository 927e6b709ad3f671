//! The model that the repository carries: real sentences, the same words on every kernel set, and no trust in
//! a damaged copy.

use std::path::Path;

use deshi::{ExecutorKind, Translation, Translator};

fn bundle() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/en-de.deshi");
    std::fs::read(path).expect("the repository carries a model")
}

/// The carried model, run in every way that this build and this CPU have.
fn translators() -> Vec<Translator> {
    let executors = [
        ExecutorKind::Native,
        #[cfg(feature = "tract")]
        ExecutorKind::Tract,
    ];
    let bundle = bundle();
    let mut translators = Vec::new();
    for executor in executors {
        for kernels in deshi_kernels::available() {
            let translator = Translator::from_bytes(&bundle).unwrap();
            translators.push(
                translator
                    .with_kernels(kernels)
                    .with_executor(executor)
                    .unwrap(),
            );
        }
    }
    translators
}

fn name(translator: &Translator) -> String {
    format!("{:?} on {}", translator.executor(), translator.kernels())
}

#[test]
fn everyday_sentences_come_out_in_german_whatever_runs_the_model() {
    let sentences = [
        ("Where is the station?", "Wo ist der Bahnhof?"),
        (
            "I have three dogs and two cats.",
            "Ich habe drei Hunde und zwei Katzen.",
        ),
    ];
    for translator in translators() {
        for (source, expected) in sentences {
            let translation = translator.translate(source).unwrap();
            assert_eq!(translation.text, expected, "{}", name(&translator));
            assert!(!translation.truncated);
        }
    }
}

#[test]
fn strange_input_is_answered_alike_whatever_runs_the_model() {
    let long = "All work and no play. ".repeat(500);
    let inputs = [
        "",
        "\u{7}\u{0}",
        "😀😀",
        "x",
        "12.50 € https://example.org {name} %1$s",
        long.as_str(),
    ];
    let answers: Vec<Vec<Translation>> = translators()
        .iter()
        .map(|translator| {
            let answers = inputs.iter().map(|input| translator.translate(input));
            answers.map(Result::unwrap).collect()
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
