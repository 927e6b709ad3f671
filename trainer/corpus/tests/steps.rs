//! The steps `prepare` and `vocabulary` on a toy corpus, and the vocabulary against its oracle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use deshi_core::vocabulary::{FIRST_PIECE, Vocabulary};
use deshi_corpus::{
    Error,
    agreement::Oracle,
    prepare::{self, Corpus, PrepareConfig, Report, Rule},
    vocabulary::{self, VocabularyConfig, VocabularyReport},
};
use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn config(corpora: Vec<Corpus>) -> PrepareConfig {
    let languages = "source_language = 'en'\ntarget_language = 'de'\ncorpora = []";
    PrepareConfig {
        corpora,
        ..toml::from_str(languages).unwrap()
    }
}

fn tsv(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> Corpus {
    let path = folder.join(name);
    if name.ends_with(".gz") {
        let mut file = GzEncoder::new(fs::File::create(&path).unwrap(), Compression::fast());
        file.write_all(text.as_ref()).unwrap();
        file.finish().unwrap();
    } else {
        fs::write(&path, text).unwrap();
    }
    Corpus::Tsv {
        path,
        set: None,
        name: None,
        note: None,
    }
}

fn run(config: &PrepareConfig, out: &Path) -> Result<Report, Error> {
    prepare::run(config, out, &mut |_| ())
}

fn lines(paths: Vec<PathBuf>) -> Vec<String> {
    let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
    texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Sentences of a few words, all different.
fn sentences(count: usize) -> Vec<String> {
    let subjects = [
        "The cat",
        "My naïve sister",
        "Tom",
        "Nobody's dog",
        "A 3.5 kg fish 😀",
    ];
    let verbs = ["sees", "does not see", "wants", "can't find", "will buy"];
    let objects = [
        "the house",
        "Größe & Maß",
        "café no.",
        "東京タワーへ",
        "what?!...",
        "x_y=z",
    ];
    (0..count)
        .map(|i| {
            let (subject, verb) = (subjects[i % 5], verbs[i / 5 % 5]);
            format!("{subject} {verb} {} {i}, again.", objects[i / 25 % 6])
        })
        .collect()
}

fn toy_corpus() -> String {
    let pair = |(i, sentence): (usize, &String)| {
        let set = if i % 3 == 0 { "tatoeba" } else { "msdocs1-ht" };
        let target = sentence.replace("again", "wieder");
        format!("{sentence}\t{target}\t{set}\n")
    };
    sentences(3000).iter().enumerate().map(pair).collect()
}

#[test]
fn every_rule_drops_what_it_should() {
    let folder = folder();
    let long = "word ".repeat(101);
    let lines = [
        ("one column only", Some(Rule::Columns)),
        ("a\tb\tset\tmore", Some(Rule::Columns)),
        ("Hello there.\tHallo du.\tgood", None),
        ("  Hello\u{A0} again. \tHallo\u{200B} noch mal.\tgood", None),
        ("OK\tOK\tgood", None),
        ("12:30\t12:30\tgood", None),
        ("Old.\tAlt.\tbad-set", Some(Rule::Excluded)),
        ("\tLeer.\tgood", Some(Rule::Empty)),
        ("Empty.\t \u{200B} \tgood", Some(Rule::Empty)),
        (&format!("{long}\tLang.\tgood"), Some(Rule::TooLong)),
        (
            "Hi.\tEin viel zu langer Satz für so einen kurzen.\tgood",
            Some(Rule::LengthRatio),
        ),
        (
            "This was not translated\tThis was not translated\tgood",
            Some(Rule::Identical),
        ),
        ("Hello.\tПривет.\tgood", Some(Rule::Script)),
        ("It is 5.\tEs ist 6.\tgood", Some(Rule::Numbers)),
        ("HELD out!\tZurückgehalten.\tgood", Some(Rule::HeldOut)),
        ("Other source.\tanderes ziel\tgood", Some(Rule::HeldOut)),
        ("Hello there.\tHallo  du.\tother", Some(Rule::Duplicate)),
    ];
    let mut text: Vec<u8> = lines
        .iter()
        .flat_map(|(l, _)| format!("{l}\n").into_bytes())
        .collect();
    text.extend(b"\xFF\xFE\tx\tgood\n");
    let mut config = config(vec![tsv(folder.path(), "all.tsv.gz", text)]);
    let held_out = folder.path().join("test.tsv");
    fs::write(&held_out, "Held, out.\tx\n1\tAnderes Ziel.\n").unwrap();
    config.held_out = vec![held_out];
    config.exclude = vec!["bad".into()];
    config.match_numbers = true;

    let out = folder.path().join("out");
    let report = run(&config, &out).unwrap();

    let mut expected = BTreeMap::from([(Rule::Utf8, 1)]);
    for rule in lines.iter().filter_map(|(_, rule)| *rule) {
        *expected.entry(rule).or_default() += 1;
    }
    assert_eq!(report.pairs.dropped, expected);
    assert_eq!((report.pairs.read, report.pairs.kept), (18, 4));
    let kept: BTreeSet<String> = self::lines(prepare::train_shards(&out).unwrap())
        .into_iter()
        .collect();
    let expected = [
        "Hello there.\tHallo du.\tgood",
        "Hello again.\tHallo noch mal.\tgood",
        "OK\tOK\tgood",
        "12:30\t12:30\tgood",
    ];
    assert_eq!(kept, expected.map(str::to_owned).into());
}

#[test]
fn a_pair_of_files_must_be_in_step() {
    let folder = folder();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let source = path("europarl.en", "One house.\r\nTwo houses.\n");
    let pair = |target| {
        config(vec![Corpus::Pair {
            source: source.clone(),
            target,
            set: None,
            name: None,
            note: None,
        }])
    };
    let out = folder.path().join("out");
    run(&pair(path("good.de", "Ein Haus.\nZwei Häuser.")), &out).unwrap();
    let mut kept = lines(prepare::train_shards(&out).unwrap());
    kept.sort();
    assert_eq!(
        kept,
        [
            "One house.\tEin Haus.\teuroparl",
            "Two houses.\tZwei Häuser.\teuroparl"
        ]
    );

    for (name, text, lines) in [
        ("short.de", "Ein Haus.\n", 1),
        ("long.de", "a\nb\nc\nd\n", 4),
    ] {
        match run(&pair(path(name, text)), &out) {
            Err(Error::Misaligned {
                source_lines: 2,
                target_lines,
                ..
            }) => {
                assert_eq!(target_lines, lines, "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_missing_corpus_is_explained() {
    let folder = folder();
    let corpus: Corpus = toml::from_str(
        r#"
kind = "pair"
source = "nowhere/europarl.en"
target = "nowhere/europarl.de"
name = "Europarl"
note = "Download it from https://www.statmt.org/europarl."
"#,
    )
    .unwrap();
    let error = run(&config(vec![corpus]), folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the corpus Europarl is missing: no file nowhere/europarl.en (two files that correspond line by \
         line)\nDownload it from https://www.statmt.org/europarl."
    );
}

#[test]
fn a_missing_held_out_set_is_explained() {
    let folder = folder();
    let corpus = tsv(folder.path(), "pairs.tsv", "Good morning.\tGuten Morgen.\n");
    let config = PrepareConfig {
        held_out: vec!["nowhere/newstest.tsv".into()],
        held_out_note: Some("Download it from https://www.statmt.org.".to_owned()),
        ..config(vec![corpus])
    };
    let error = run(&config, &folder.path().join("out")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the held-out set newstest.tsv is missing: no file nowhere/newstest.tsv (source and reference in each \
         line, separated by a tab)\nDownload it from https://www.statmt.org."
    );
}

#[test]
fn a_folder_is_its_files_in_the_order_of_their_names() {
    let folder = folder();
    let corpora = folder.path().join("corpora");
    fs::create_dir(&corpora).unwrap();
    tsv(&corpora, "b.tsv", "Good morning.\tGuten Morgen.\n");
    tsv(&corpora, "a.tsv.gz", "Good night.\tGute Nacht.\tfirst\n");
    fs::write(corpora.join("README.md"), "Not\ta corpus\n").unwrap();
    let corpus = |path: PathBuf| Corpus::Tsv {
        path,
        set: None,
        name: None,
        note: None,
    };
    let out = folder.path().join("out");
    let report = run(&config(vec![corpus(corpora)]), &out).unwrap();
    let read: Vec<_> = report
        .inputs
        .files
        .iter()
        .map(|file| file.path.file_name().unwrap())
        .collect();
    assert_eq!(read, ["a.tsv.gz", "b.tsv"]);
    let mut written = lines(prepare::train_shards(&out).unwrap());
    written.sort();
    assert_eq!(
        written,
        [
            "Good morning.\tGuten Morgen.\tb",
            "Good night.\tGute Nacht.\tfirst"
        ]
    );

    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let error = run(&config(vec![corpus(empty)]), &out).unwrap_err();
    assert!(error.to_string().contains("without a .tsv"), "{error}");
}

#[test]
fn source_text_alone_is_kept_apart_and_not_repeated() {
    let folder = folder();
    let pairs = tsv(folder.path(), "pairs.tsv", "Hello there.\tHallo du.\n");
    let path = folder.path().join("mono.tsv");
    fs::write(&path, "Hello there.\nA new one.\tnews\nA new one.\tnews\n").unwrap();
    let out = folder.path().join("out");
    let mono = Corpus::Mono {
        path,
        set: None,
        name: None,
        note: None,
    };
    let report = run(&config(vec![mono, pairs]), &out).unwrap();
    assert_eq!((report.pairs.kept, report.mono.kept), (1, 1));
    assert_eq!(report.mono.dropped, BTreeMap::from([(Rule::Duplicate, 2)]));
    assert_eq!(
        lines(prepare::train_shards(&out).unwrap()),
        ["Hello there.\tHallo du.\tpairs"]
    );
    assert_eq!(
        lines(prepare::mono_shards(&out).unwrap()),
        ["A new one.\tnews"]
    );
}

#[test]
fn shards_are_shuffled_limited_and_made_once() {
    let folder = folder();
    let corpus = tsv(folder.path(), "toy.tsv", toy_corpus());
    let mut config = config(vec![corpus]);
    config.min_script_share = 0.0;
    config.lines_per_shard = 700;
    config.limits = BTreeMap::from([("ms".into(), 5), ("msdocs".into(), 900)]);
    let out = folder.path().join("out");
    let report = run(&config, &out).unwrap();
    assert_eq!(report.pairs.kept, 1900);
    assert_eq!(
        report.sets["msdocs1-ht"].counts.dropped,
        BTreeMap::from([(Rule::Limit, 1100)])
    );
    assert_eq!(report.shards.len(), 3);
    let first = lines(prepare::train_shards(&out).unwrap());
    assert_eq!(first.len(), 1900);
    assert!(!first.is_sorted_by_key(|line| line.len()));
    // A limited set is spread over all shards.
    let limited = |lines: &[String]| {
        lines
            .iter()
            .filter(|line| line.contains("msdocs1-ht"))
            .count()
    };
    let early = limited(&first[..950]);
    assert!((375..525).contains(&early), "{early} of 900");

    // The step is done already: nothing is written.
    let shard = out.join("train.00000.tsv");
    fs::write(&shard, "untouched").unwrap();
    assert_eq!(run(&config, &out).unwrap(), report);
    assert_eq!(fs::read_to_string(&shard).unwrap(), "untouched");

    // The same seed gives the same order, another seed another order; old shards are deleted.
    fs::remove_file(out.join(prepare::REPORT)).unwrap();
    run(&config, &out).unwrap();
    assert_eq!(lines(prepare::train_shards(&out).unwrap()), first);
    config.seed = 2;
    config.lines_per_shard = 5000;
    run(&config, &out).unwrap();
    let second = lines(prepare::train_shards(&out).unwrap());
    assert_eq!(second.len(), 1900);
    assert_ne!(second, first);

    // Sets that come first do, shuffled.
    config.first = vec!["msdocs".into()];
    run(&config, &out).unwrap();
    let ordered = lines(prepare::train_shards(&out).unwrap());
    assert_eq!(limited(&ordered[..900]), 900);
    assert!(!ordered[..900].is_sorted());
    assert!(!ordered[900..].is_sorted());
}

#[test]
fn unknown_and_senseless_settings_are_refused() {
    let recipe = "source_language = 'en'\ntarget_language = 'de'\n";
    for extra in [
        "corpora = []\nmax_word = 3",
        "[[corpora]]\nkind = 'tsv'\npath = 'x'\nsets = 'y'",
    ] {
        assert!(
            toml::from_str::<PrepareConfig>(&format!("{recipe}{extra}")).is_err(),
            "{extra}"
        );
    }
    assert!(toml::from_str::<VocabularyConfig>("sizes = 8000").is_err());
    let nothing = run(&config(vec![]), Path::new("/nowhere"));
    assert!(matches!(
        nothing,
        Err(Error::Config {
            field: "corpora",
            ..
        })
    ));
    for size in [8001, 256, 1 << 17] {
        let config = VocabularyConfig {
            size,
            ..VocabularyConfig::default()
        };
        let result = vocabulary::run(&config, Path::new("/"), Path::new("/nowhere"), &mut |_| ());
        assert!(
            matches!(result, Err(Error::Config { field: "size", .. })),
            "{size}"
        );
    }
}

/// A vocabulary of the toy corpus: its file and its report.
fn learn(folder: &Path, config: &VocabularyConfig) -> (Vec<u8>, VocabularyReport) {
    let mut prepare = self::config(vec![tsv(folder, "toy.tsv", toy_corpus())]);
    prepare.min_script_share = 0.0;
    let prepared = folder.join("prepared");
    run(&prepare, &prepared).unwrap();
    let out = folder.join("vocabulary");
    let report = vocabulary::run(config, &prepared, &out, &mut |_| ()).unwrap();
    assert_eq!(
        vocabulary::run(config, &prepared, &out, &mut |_| ()).unwrap(),
        report
    );
    (fs::read(out).unwrap(), report)
}

#[test]
fn the_vocabulary_has_the_size_asked_for_or_the_next_that_fits() {
    let folder = folder();
    let small = VocabularyConfig {
        size: 448,
        ..VocabularyConfig::default()
    };
    let (bytes, report) = learn(folder.path(), &small);
    assert_eq!((report.size, report.unused), (448, 0));
    assert_eq!(Vocabulary::parse(&bytes).unwrap().len(), 448);

    let large = VocabularyConfig {
        size: 8000,
        ..VocabularyConfig::default()
    };
    let (bytes, report) = learn(folder.path(), &large);
    let vocabulary = Vocabulary::parse(&bytes).unwrap();
    assert_eq!(vocabulary.len(), report.size);
    assert!(report.size < 8000 && report.size.is_multiple_of(vocabulary::SIZE_MULTIPLE));
    let used = FIRST_PIECE as usize + report.characters + report.merges;
    assert!(report.unused < vocabulary::SIZE_MULTIPLE && report.size - report.unused <= used);
    let mut pieces = Vec::new();
    let push = |id| {
        pieces.push(vocabulary.piece(id));
        Ok::<(), ()>(())
    };
    vocabulary.encode("Tom sees", push).unwrap();
    assert_eq!(pieces, [Some("▁Tom"), Some("▁sees")]);
}

#[test]
fn encoding_and_decoding_agree_with_tokenizers() {
    let folder = folder();
    // A low coverage spells many characters in bytes.
    for (size, character_coverage) in [(400, 0.9), (448, 1.0), (8000, 0.99)] {
        let config = VocabularyConfig {
            size,
            character_coverage,
            ..VocabularyConfig::default()
        };
        let (bytes, _) = learn(folder.path(), &config);
        let oracle = Oracle::new(Vocabulary::parse(&bytes).unwrap()).unwrap();
        let mut texts = sentences(3000);
        // Words that were not learnt: the sentences' letters in reverse order.
        texts.extend(
            sentences(3000)
                .iter()
                .map(|text| text.chars().rev().collect()),
        );
        texts.extend(
            [
                "",
                " ",
                "<s> </s> <0x41>",
                "▁",
                "aaaaaaa",
                "\u{301}e\u{301}",
            ]
            .map(String::from),
        );
        texts.push("the".repeat(500));
        for text in texts {
            assert_eq!(oracle.check(&text).unwrap(), None, "{text:?}");
        }
    }
}

#[test]
fn the_oracle_notices_another_vocabulary() {
    let folder = folder();
    let learn = |size| {
        let config = VocabularyConfig {
            size,
            ..VocabularyConfig::default()
        };
        self::learn(folder.path(), &config).0
    };
    let (small, large) = (learn(400), learn(8000));
    let vocabulary = |bytes| Vocabulary::parse(bytes).unwrap();
    let oracle = Oracle::between(vocabulary(&small), vocabulary(&large)).unwrap();
    assert!(oracle.check("Tom sees the house").unwrap().is_some());
}
