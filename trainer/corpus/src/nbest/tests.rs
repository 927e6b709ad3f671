use std::fs;

use super::*;

fn list(source_index: u64, source: &str, texts: &[&str]) -> NBestList {
    let hypothesis = |(rank, text): (usize, &&str)| Hypothesis {
        log_probability: -0.1 - rank as f64 / 3.0,
        score: -1e-7 * rank as f64,
        text: (*text).into(),
    };
    let hypotheses = texts.iter().enumerate().map(hypothesis).collect();
    NBestList {
        source_index,
        source: source.into(),
        hypotheses,
    }
}

fn read_all(path: &Path) -> Result<Vec<NBestList>, Error> {
    let mut reader = NBestReader::open(path)?;
    std::iter::from_fn(|| reader.next().transpose()).collect()
}

#[test]
fn what_was_written_is_read_again() {
    let lists = [
        list(0, "one", &["eins", "ein", ""]),
        list(1, "日本 \"quoted\"", &["にほん"]),
        list(2, "", &["", ""]),
    ];
    let folder = tempfile::tempdir().unwrap();
    for name in ["lists.tsv", "lists.tsv.gz"] {
        let path = folder.path().join(name);
        write_nbest(&path, &lists).unwrap();
        let compressed = fs::read(&path).unwrap().starts_with(&[0x1f, 0x8b]);
        assert_eq!(compressed, name.ends_with(".gz"));
        assert_eq!(read_all(&path).unwrap(), lists);
    }
}

#[test]
fn malformed_rows_are_refused_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lists.tsv");
    let good = "0\t1\t-1\t-0.5\ts\th\n";
    let number = |column, text: &str| NBestProblem::Number {
        column,
        text: text.into(),
    };
    let order = |expected, got| NBestProblem::Order { expected, got };
    let other = |expected: &str| NBestProblem::OtherSource {
        expected: expected.into(),
    };
    let cases: &[(&[u8], u64, NBestProblem)] = &[
        (
            b"\n",
            1,
            NBestProblem::Columns {
                expected: 6,
                got: 1,
            },
        ),
        (
            b"0\t1\t-1\t-0.5\ts\n",
            1,
            NBestProblem::Columns {
                expected: 6,
                got: 5,
            },
        ),
        (
            b"0\t1\t-1\t-0.5\ts\th\tx\n",
            1,
            NBestProblem::Columns {
                expected: 6,
                got: 7,
            },
        ),
        (
            b"0\t1\t-1\t-0.5\ts\th\n1\t1\t-1",
            2,
            NBestProblem::Columns {
                expected: 6,
                got: 3,
            },
        ),
        (b"0\t1\t-1\t-0.5\ts\t\xff\n", 1, NBestProblem::Utf8),
        (b"-1\t1\t-1\t-0.5\ts\th\n", 1, number("source_index", "-1")),
        (b"0\tx\t-1\t-0.5\ts\th\n", 1, number("rank", "x")),
        (
            b"0\t1\tNaN\t-0.5\ts\th\n",
            1,
            number("log_probability", "NaN"),
        ),
        (b"0\t1\t-1\t-inf\ts\th\n", 1, number("score", "-inf")),
        (b"1\t1\t-1\t-0.5\ts\th\n", 1, order((0, 1), (1, 1))),
        (b"0\t0\t-1\t-0.5\ts\th\n", 1, order((0, 1), (0, 0))),
        (
            b"0\t1\t-1\t-0.5\ts\th\n2\t1\t-1\t-0.5\ts\th\n",
            2,
            order((1, 1), (2, 1)),
        ),
        (
            b"0\t1\t-1\t-0.5\ts\th\n0\t3\t-1\t-0.5\ts\th\n",
            2,
            order((0, 2), (0, 3)),
        ),
        (
            b"0\t1\t-1\t-0.5\ts\th\n0\t2\t-1\t-0.5\tt\th\n",
            2,
            other("s"),
        ),
    ];
    fs::write(&path, good).unwrap();
    assert_eq!(read_all(&path).unwrap().len(), 1);
    for (text, expected_line, expected) in cases {
        fs::write(&path, text).unwrap();
        match read_all(&path).unwrap_err() {
            Error::NBest { line, problem, .. } => {
                assert_eq!((line, &problem), (*expected_line, expected));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_error_names_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lists.tsv");
    fs::write(&path, "0\t1\t-1\t-0.5\ts\th\n2\t1\t-1\t-0.5\ts\th\n").unwrap();
    let expected = ":2: got source_index 2, rank 1; expected source_index 1, rank 1".to_owned();
    let error = read_all(&path).unwrap_err().to_string();
    assert_eq!(error, path.display().to_string() + &expected);
}

#[test]
fn a_truncated_archive_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.gz");
    write_nbest(&path, [&list(0, "source", &["hypothesis"])]).unwrap();
    let bytes = fs::read(&path).unwrap();
    for len in [1, 12, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..len]).unwrap();
        assert!(
            matches!(read_all(&path), Err(Error::Io { .. })),
            "{len} of {} bytes",
            bytes.len()
        );
    }
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let mut infinite = list(0, "s", &["h"]);
    infinite.hypotheses[0].score = f64::NEG_INFINITY;
    let cases = [
        list(0, "a\tb", &["h"]),
        list(0, "a", &["h\nh"]),
        list(0, "a", &["h\r"]),
        list(0, "a", &[]),
        list(1, "a", &["h"]),
        infinite,
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    for list in &cases {
        assert!(write_nbest(&path, [list]).is_err(), "{list:?}");
        assert!(!path.exists());
    }
}

#[test]
fn files_out_of_step_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (sources, nbest) = (folder.path().join("sources"), folder.path().join("nbest"));
    write_nbest(&nbest, &[list(0, "a", &["x", "y"]), list(1, "b", &["z"])]).unwrap();
    let walk = |text: &str| -> Result<Vec<_>, Error> {
        fs::write(&sources, text).unwrap();
        let mut in_step = InStep::open(&sources, &nbest)?;
        std::iter::from_fn(|| in_step.next(2).transpose())
            .map(|item| item.map(|(row, list)| (row.join("|"), list.hypotheses.len())))
            .collect()
    };
    assert_eq!(
        walk("a\tset\nb\tset\n").unwrap(),
        [("a|set".into(), 2), ("b|set".into(), 1)]
    );
    for (text, lines) in [("", 0), ("a\tset\n", 1), ("a\tset\nb\tset\nc\tset\n", 3)] {
        let error = walk(text).unwrap_err();
        let Error::Misaligned {
            source_lines,
            target_lines,
            ..
        } = error
        else {
            panic!("{error:?}");
        };
        assert_eq!((source_lines, target_lines), (lines, 2));
    }
    let error = walk("a\tset\nc\tset\n").unwrap_err();
    let expected = NBestProblem::OtherSource {
        expected: "c".into(),
    };
    assert!(
        matches!(&error, Error::NBest { line: 3, problem, .. } if *problem == expected),
        "{error:?}"
    );
    assert!(matches!(
        walk("a\n").unwrap_err(),
        Error::Shard { line: 1, .. }
    ));
}

#[test]
fn each_shard_has_its_lists() {
    let path = nbest_path(
        "runs/nbest".as_ref(),
        "runs/prepared/mono.00003.tsv".as_ref(),
    );
    assert_eq!(path, Path::new("runs/nbest/mono.00003.nbest.tsv.gz"));
}
