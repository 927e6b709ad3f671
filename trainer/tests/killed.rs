//! Steps that are killed in the middle and started again: they end as those that were not.

mod toy;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use deshi_core::bundle::{Bundle, MANIFEST, MEMBERS};
use deshi_train::checkpoint::load_model;
use tch::{Device, Tensor};

const MODELS: [&str; 3] = ["teacher", "student", "student-int8"];
/// Small students, whose training does not end by the time either.
const STUDENTS: [&str; 7] = [
    "models.student.maximum_seconds=0",
    "models.student.maximum_steps=24",
    "models.student.validate_steps=8",
    "models.student.precision=\"f32\"",
    "models.student-int8.maximum_seconds=0",
    "models.student-int8.maximum_steps=6",
    "models.student-int8.validate_steps=3",
];

/// The files of a folder, by name, but for temporary ones, which may go while this reads.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| !name.starts_with('.'))
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect()
}

/// What a bundle has, but for the day it was made.
fn members(bundle: &Path) -> Vec<Vec<u8>> {
    let file = fs::read(bundle).unwrap();
    let bundle = Bundle::parse(&file).unwrap();
    let kept = MEMBERS[..7].iter().filter(|&&name| name != MANIFEST);
    kept.map(|name| bundle.member(name).unwrap().to_vec())
        .collect()
}

#[test]
fn a_pipeline_killed_at_any_moment_ends_as_one_that_was_not() {
    let place = tempfile::tempdir().unwrap();
    let [straight, killed] = ["straight", "killed"].map(|name| place.path().join(name));
    let pipeline = |folder: &Path| {
        let out = folder.with_extension("deshi");
        toy::step(
            &["pipeline", "--export", out.to_str().unwrap()],
            folder,
            &STUDENTS,
        )
    };
    let began = Instant::now();
    toy::run(pipeline(&straight));
    let whole = began.elapsed();
    for share in toy::moments(5) {
        let started = Instant::now();
        let after: Duration = whole.mul_f64(0.02 + 0.5 * share);
        toy::kill(pipeline(&killed), || started.elapsed() >= after);
    }
    toy::run(pipeline(&killed));

    for part in ["prepared", "translated"] {
        let [expected, found] = [&straight, &killed].map(|folder| files(&folder.join(part)));
        assert!(!expected.is_empty());
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>(),
            "{part}"
        );
        for (name, content) in expected {
            assert!(found[&name] == content, "{part}/{name} differs");
        }
    }
    for name in ["vocabulary", "distilled.tsv", "shortlist"] {
        let [expected, found] = [&straight, &killed].map(|folder| fs::read(folder.join(name)));
        assert!(expected.unwrap() == found.unwrap(), "{name} differs");
    }
    // A checkpoint also has the seconds that it took: the tensors are compared.
    for name in MODELS {
        let [expected, found] = [&straight, &killed].map(|folder| -> Tensor {
            let path = folder.join(name).join("model.safetensors");
            load_model(&path, Device::Cpu).unwrap().flat
        });
        assert!(expected.equal(&found), "{name} differs");
    }
    let [expected, found] =
        [&straight, &killed].map(|folder| members(&folder.with_extension("deshi")));
    assert!(expected == found, "the bundle differs");
}

/// Lists are written shard by shard: some are pooled already when the second run begins.
#[test]
fn lists_that_a_killed_import_has_pooled_are_not_pooled_twice() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    let changes = ["prepare.lines_per_shard=4"];
    let step = |name: &[&str], folder: &Path| toy::step(name, folder, &changes);
    toy::run(step(&["prepare"], &path("straight")));
    // Rows for every source, of two engines that agree in some.
    let mut rows = [String::new(), String::new()];
    for (name, text) in files(&path("straight/prepared")) {
        if !name.ends_with(".tsv") {
            continue;
        }
        for line in String::from_utf8(text).unwrap().lines() {
            let mut columns = line.split('\t');
            let (source, target) = (columns.next().unwrap(), columns.next().unwrap());
            rows[0] += &format!("{source}\t{target}\t-0.5\n{source}\t{target} Nein.\t-0.7\n");
            rows[1] += &format!("{source}\t{target}\t-0.4\n{source}\t{target} Ja.\t-0.7\n");
        }
    }
    for (engine, rows) in rows.iter().enumerate() {
        fs::write(path(&format!("{engine}.tsv")), rows).unwrap();
    }
    let [first, second] = ["0.tsv", "1.tsv"].map(|name| path(name).to_str().unwrap().to_owned());
    toy::run(step(&["prepare"], &path("killed")));
    for folder in [path("straight"), path("killed")] {
        toy::run(step(&["import-nbest", &first], &folder));
    }
    let before = files(&path("killed/translated"));
    assert!(before.len() > 20, "{} shards", before.len());
    let pool = ["import-nbest", "--pool", &second];
    toy::run(step(&pool, &path("straight")));
    let mut partial = 0;
    for share in toy::moments(6) {
        // Killed once this many more shards are pooled.
        let pooled = || {
            let now = files(&path("killed/translated"));
            now.iter()
                .filter(|(name, content)| before.get(*name) != Some(content))
                .count()
        };
        let until = pooled() + (share * 0.3 * before.len() as f64) as usize;
        toy::kill(step(&pool, &path("killed")), || pooled() > until);
        if (1..before.len()).contains(&pooled()) {
            partial += 1;
        }
    }
    assert!(partial > 0, "no run was killed between two shards");
    toy::run(step(&pool, &path("killed")));
    let [expected, found] =
        ["straight", "killed"].map(|name| files(&path(name).join("translated")));
    assert!(found == expected, "the pooled lists differ");
}
