//! The model that the repository carries: real sentences, the same words on every engine and kernel set, and a damaged
//! copy is refused.

use deshi::{
    EngineKind, Glossary, ModelTranslation, Options, Translation, TranslationMemory, Translator,
    available_kernels,
};
use deshi_core::random_model::CARRIED_MODEL;

fn bundle() -> Vec<u8> {
    std::fs::read(CARRIED_MODEL).expect("the repository carries a model")
}

/// The carried model, run in every way that this build and this CPU have.
fn translators() -> Vec<Translator> {
    let bundle = bundle();
    let mut translators = Vec::new();
    for &engine in EngineKind::AVAILABLE {
        for kernels in available_kernels() {
            let options = Options::new().engine(engine).kernels(kernels).unwrap();
            translators.push(options.from_bytes(&bundle).unwrap());
        }
    }
    translators
}

fn name(translator: &Translator) -> String {
    format!("{} on {}", translator.engine(), translator.kernels())
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
            assert!(!translation.flags.doubtful(), "{:?}", translation.flags);
            assert_eq!(translation.sentences.len(), 1);
            let mean = translation.mean_log_probability().unwrap();
            assert!((-1.5..0.0).contains(&mean), "{mean}");

            let raw = translator.translate_raw(source).unwrap();
            assert_eq!(raw.text, expected);
            assert_eq!(raw.mean_log_probability(), Some(mean));
            assert_eq!(raw.scored_tokens, raw.tokens.len() + 1);
        }
    }
}

#[test]
fn sentences_and_lines_are_translated_one_by_one() {
    let translator = Translator::from_bytes(&bundle()).unwrap();
    let text = "  Where is the station?  I have three dogs and two cats.\r\n\nTom sleeps.\n";
    let translation = translator.translate(text).unwrap();
    let tom = translator.translate("Tom sleeps.").unwrap().text;
    let expected =
        format!("  Wo ist der Bahnhof?  Ich habe drei Hunde und zwei Katzen.\r\n\n{tom}\n");
    assert_eq!(translation.text, expected);
    assert_eq!(translation.sentences.len(), 3);
    for sentence in &translation.sentences {
        assert_eq!(text[sentence.source_range.clone()], sentence.source);
        assert_eq!(expected[sentence.target_range.clone()], sentence.target);
    }
}

#[test]
fn what_must_not_change_does_not_and_the_options_are_heard() {
    let text = "Write to tom@example.org or see https://example.org/a?b=1, price 12.50 €.";
    let translation = Translator::from_bytes(&bundle()).unwrap().translate(text);
    let translation = translation.unwrap().text;
    for span in ["tom@example.org", "https://example.org/a?b=1", "€"] {
        assert_eq!(
            translation.matches(span).count(),
            1,
            "{span}: {translation}"
        );
    }

    let mut glossary = Glossary::default();
    glossary.add("station", "Haltestelle");
    let mut memory = TranslationMemory::default();
    memory.add("Tom sleeps.", "Tom pennt.");
    let options = Options::new().glossary(glossary).translation_memory(memory);
    let translator = options
        .minimum_confidence(1.0)
        .unwrap()
        .from_bytes(&bundle());
    let translation = translator
        .unwrap()
        .translate("Where is the station? Tom sleeps.");
    let translation = translation.unwrap();
    assert!(translation.text.contains("Haltestelle"), "{translation:?}");
    assert!(translation.text.ends_with(" Tom pennt."), "{translation:?}");
    assert!(translation.flags.low_confidence, "{:?}", translation.flags);
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
    let answers: Vec<(Vec<Translation>, Vec<ModelTranslation>)> = translators()
        .iter()
        .map(|translator| {
            let layered = translator.translate_batch(&inputs).unwrap();
            for (input, layered) in inputs.iter().zip(&layered) {
                assert_eq!(translator.translate(input).unwrap(), *layered, "{input:?}");
            }
            (layered, translator.translate_raw_batch(&inputs).unwrap())
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
    assert!(error.to_string().contains("weights.bin"), "{error}");
}

#[test]
#[cfg(not(feature = "tract"))]
fn an_engine_that_was_not_built_is_an_error() {
    let options = Options::new().engine(EngineKind::Tract);
    let error = options.from_bytes(&bundle()).unwrap_err();
    let expected = "the engine tract is not part of this build: build it with `--features tract`";
    assert_eq!(error.to_string(), expected);
}
