use std::collections::HashMap;

use super::*;
use crate::{
    metrics::{Tokeniser, sentence_bleu_smoothed, sentence_chrf, tokenise_13a},
    nbest::{Hypothesis, NBestList, write_nbest},
};

const BLEU: Similarity = Similarity::Bleu(Tokeniser::Mteval13a);

fn list(source_index: u64, source: &str, hypotheses: &[(f64, &str)]) -> NBestList {
    let hypotheses = hypotheses.iter().map(|&(score, text)| {
        let log_probability = score * (text.split(' ').count() + 1) as f64;
        Hypothesis {
            log_probability,
            score,
            text: text.to_owned(),
        }
    });
    NBestList {
        source_index,
        source: source.to_owned(),
        hypotheses: hypotheses.collect(),
    }
}

fn hypotheses(texts: &[&str]) -> Vec<Hypothesis> {
    let scored: Vec<(f64, &str)> = texts.iter().map(|text| (-1.0, *text)).collect();
    list(0, "", &scored).hypotheses
}

#[test]
fn interpolation_takes_the_nearest() {
    let cases: &[(&[&str], Option<&str>, usize)] = &[
        (
            &["Das ist ein Hund.", "Dies ist ein Hund.", "Katze"],
            Some("Dies ist ein Hund."),
            1,
        ),
        (&["a b c", "a b c d", "a b c d e"], Some("a b c d"), 1),
        // Equally near: the better ranked.
        (&["x y", "a b", "a b"], Some("a b"), 1),
        (&["p", "q", "r"], Some("a"), 0),
        (&["", "a"], Some("a"), 1),
        // No reference: the best.
        (&["x", "a b"], None, 0),
        (&["x", "a b"], Some(""), 0),
        (&["x", "a b"], Some(" "), 0),
    ];
    for (texts, reference, expected) in cases {
        let list = hypotheses(texts);
        for similarity in [BLEU, Similarity::Chrf] {
            let method = Method::SequenceInterpolation { similarity };
            assert_eq!(
                method.choose(&list, *reference),
                *expected,
                "{similarity:?} {texts:?}"
            );
        }
        assert_eq!(Method::SequenceKd.choose(&list, *reference), 0);
    }
}

#[test]
fn bleu_of_characters_serves_languages_without_spaces() {
    let list = hypotheses(&["彼はとても速く走る。", "彼は早く走ります。"]);
    let reference = Some("彼は速く走ります。");
    let choose = |similarity| Method::SequenceInterpolation { similarity }.choose(&list, reference);
    // The word tokeniser sees one unknown word in both hypotheses.
    assert_eq!(choose(BLEU), 0);
    assert_eq!(choose(Similarity::Bleu(Tokeniser::Char)), 1);
}

/// Smoothed sentence BLEU, written independently from the formula with hash maps.
fn naive_bleu(hypothesis: &str, reference: &str) -> f64 {
    let (hypothesis, reference) = (tokenise_13a(hypothesis), tokenise_13a(reference));
    if hypothesis.is_empty() {
        return 0.0;
    }
    let (mut logarithm, mut without_match) = (0.0, 1.0);
    for n in 1..=4.min(hypothesis.len()) {
        let mut left: HashMap<&[String], usize> = HashMap::new();
        reference
            .windows(n)
            .for_each(|gram| *left.entry(gram).or_default() += 1);
        let mut matches = 0.0;
        for gram in hypothesis.windows(n) {
            if let Some(left) = left.get_mut(gram).filter(|left| **left > 0) {
                *left -= 1;
                matches += 1.0;
            }
        }
        if matches == 0.0 {
            without_match /= 2.0;
            matches = without_match;
        }
        logarithm += f64::ln(matches / hypothesis.windows(n).count() as f64) / 4.0;
    }
    let ratio = reference.len() as f64 / hypothesis.len() as f64;
    100.0 * (logarithm + 1.0 - ratio.max(1.0)).exp()
}

/// All sentences of up to four of these words, each as a reference for lists of the others.
#[test]
fn interpolation_takes_what_brute_force_takes() {
    let words = ["", "ein", "Hund", "bellt,", "laut."];
    let sentences: Vec<String> = (0..words.len().pow(4))
        .map(|number| {
            let word = |place: u32| words[number / words.len().pow(place) % words.len()];
            (0..4)
                .map(word)
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let mut not_first = 0;
    for (number, reference) in sentences
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
    {
        let texts: Vec<&str> = (1..=8)
            .map(|step| &*sentences[(number * 7 + step * 97) % sentences.len()])
            .collect();
        let list = hypotheses(&texts);
        type Score<'s> = &'s dyn Fn(&str, &str) -> f64;
        let check = |similarity, score: Score| {
            let place = Method::SequenceInterpolation { similarity }.choose(&list, Some(reference));
            let scores: Vec<f64> = texts.iter().map(|text| score(text, reference)).collect();
            let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            // Equal scores may differ in the last bits if they are computed differently.
            let first = scores
                .iter()
                .position(|score| *score > highest - 1e-9)
                .unwrap();
            assert_eq!(place, first, "{texts:?}, {reference:?}: {scores:?}");
            place
        };
        let bleu = |hypothesis: &str, reference: &str| {
            sentence_bleu_smoothed(hypothesis, reference, Tokeniser::Mteval13a)
        };
        check(BLEU, &bleu);
        check(BLEU, &naive_bleu);
        not_first += usize::from(check(Similarity::Chrf, &sentence_chrf) > 0);
    }
    assert!(
        not_first > 400,
        "the test needs lists whose nearest hypothesis is not the first: {not_first}"
    );
}

/// A folder with a shard of pairs and a shard of monolingual text, both translated.
fn folder() -> (tempfile::TempDir, Vec<Input>) {
    let folder = tempfile::tempdir().unwrap();
    let (prepared, nbest) = (folder.path().join("prepared"), folder.path().join("nbest"));
    fs::create_dir_all(&prepared).unwrap();
    fs::create_dir_all(&nbest).unwrap();
    let write = |name: &str, lines: &str, lists: &[NBestList]| {
        let shard = prepared.join(name);
        fs::write(&shard, lines).unwrap();
        write_nbest(&nbest_path(&nbest, &shard), lists).unwrap();
    };
    write(
        "train.00000.tsv",
        "one\teins\ta\ntwo\tzwei\ta\nthree four five six\tdrei\tb\n",
        &[
            list(0, "one", &[(-0.1, "eine"), (-0.2, "eins")]),
            list(1, "two", &[(-0.3, "zwei"), (-0.4, "zwo")]),
            list(2, "three four five six", &[(-0.1, "three four five six")]),
        ],
    );
    write(
        "mono.00000.tsv",
        "seven\tc\neight\tc\nnine\tc\n",
        &[
            list(0, "seven", &[(-0.9, "sieben"), (-1.0, "siebene")]),
            list(1, "eight", &[(-0.2, " ")]),
            list(2, "nine", &[(-0.3, "neun")]),
        ],
    );
    // Not translated yet.
    fs::write(prepared.join("mono.00001.tsv"), "ten\tc\n").unwrap();
    let inputs = inputs(&prepared, &nbest).unwrap();
    (folder, inputs)
}

#[test]
fn the_step_writes_what_it_counts() {
    let (folder, inputs) = folder();
    assert_eq!(
        inputs.iter().map(|input| input.kind).collect::<Vec<_>>(),
        [SourceKind::Pairs, SourceKind::Mono]
    );
    let cases = [
        (
            Method::SequenceKd,
            0.0,
            "one\teine\ta\ntwo\tzwei\ta\nseven\tsieben\tc\nnine\tneun\tc\n",
            0,
        ),
        (
            Method::SequenceInterpolation {
                similarity: Similarity::Chrf,
            },
            0.0,
            "one\teins\ta\ntwo\tzwei\ta\nseven\tsieben\tc\nnine\tneun\tc\n",
            1,
        ),
        // The worst of four pairs, -0.9; then the later of two equally bad ones.
        (
            Method::SequenceKd,
            0.25,
            "one\teine\ta\ntwo\tzwei\ta\nnine\tneun\tc\n",
            0,
        ),
        (Method::SequenceKd, 0.5, "one\teine\ta\ntwo\tzwei\ta\n", 0),
    ];
    let out = folder.path().join("distilled.tsv");
    for (method, drop_share, expected, not_first) in cases {
        let config = SelectionConfig {
            method,
            drop_share,
            ..SelectionConfig::default()
        };
        let report = run(&config, &inputs, &out, &mut |_| ()).unwrap();
        assert_eq!(fs::read_to_string(&out).unwrap(), expected);
        assert_eq!(
            (report.sources, report.references, report.not_first),
            (6, 3, not_first)
        );
        assert_eq!(report.kept, expected.lines().count() as u64);
        let dropped = |rule| report.dropped.get(&rule).copied().unwrap_or(0);
        assert_eq!((dropped(Rule::Identical), dropped(Rule::Empty)), (1, 1));
        assert_eq!(dropped(Rule::LowScore), 4 - report.kept);
        assert_eq!(
            report.lowest_score,
            Some(if drop_share == 0.0 { -0.9 } else { -0.3 })
        );
    }
}

#[test]
fn a_step_that_was_done_is_not_done_again() {
    let (folder, inputs) = folder();
    let out = folder.path().join("distilled.tsv.gz");
    let config = SelectionConfig::default();
    let report = run(&config, &inputs, &out, &mut |_| ()).unwrap();
    let again = run(&config, &inputs, &out, &mut |progress| {
        panic!("{progress:?}")
    })
    .unwrap();
    assert_eq!(again, report);
    assert!(fs::read(&out).unwrap().starts_with(&[0x1f, 0x8b]));
    let other = SelectionConfig {
        drop_share: 0.5,
        ..config
    };
    assert_ne!(run(&other, &inputs, &out, &mut |_| ()).unwrap(), report);
}

#[test]
fn lists_out_of_step_leave_the_output_as_it_was() {
    let (folder, inputs) = folder();
    let out = folder.path().join("distilled.tsv");
    fs::write(&out, "before\n").unwrap();
    fs::write(&inputs[1].sources, "seven\tc\neight\tc\nten\tc\n").unwrap();
    let error = run(&SelectionConfig::default(), &inputs, &out, &mut |_| ()).unwrap_err();
    assert!(matches!(error, Error::NBest { line: 4, .. }), "{error:?}");
    assert_eq!(fs::read_to_string(&out).unwrap(), "before\n");
}

#[test]
fn settings_are_checked() {
    let (folder, inputs) = folder();
    let cases = [
        ("drop_share = 1.0", "drop_share"),
        ("drop_share = -0.1", "drop_share"),
        ("drop_share = nan", "drop_share"),
        ("max_length_ratio = 0.9", "max_length_ratio"),
        ("max_length_ratio = nan", "max_length_ratio"),
        ("max_repeats = 0", "max_repeats"),
    ];
    for (text, expected) in cases {
        let config: SelectionConfig = toml::from_str(text).unwrap();
        let error = run(&config, &inputs, &folder.path().join("out"), &mut |_| ()).unwrap_err();
        assert!(
            matches!(error, Error::Config { field, .. } if field == expected),
            "{text}"
        );
    }
    let unknown = [
        "drop_shares = 0.1",
        "method = \"word_kd\"",
        "method = { sequence_interpolation = {} }",
        "method = { sequence_interpolation = { similarity = \"chrf\", beta = 2 } }",
        "method = { sequence_interpolation = { similarity = { bleu = \"14a\" } } }",
    ];
    for text in unknown {
        assert!(toml::from_str::<SelectionConfig>(text).is_err(), "{text}");
    }
}
