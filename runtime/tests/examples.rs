//! The programs in `examples/` run, and translate. `cargo test -p deshi` builds them.

use std::path::PathBuf;
use std::process::Command;

fn example(name: &str) -> PathBuf {
    // target/PROFILE/deps/examples-HASH -> target/PROFILE/examples/NAME
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(|deps| deps.parent()).unwrap();
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    folder.join("examples").join(name)
}

#[test]
fn every_example_translates() {
    for (name, expected) in [
        (
            "one_sentence",
            &["Wo ist der Bahnhof?", "mean probability per token"][..],
        ),
        ("batch", &["Wo ist der Bahnhof?", "drei Hunde", "Tim"]),
        (
            "threads",
            &["100 translations", "drei Hunde", "Wo ist der Bahnhof?"],
        ),
        (
            "memory",
            &["a sentence of 256 tokens: ", "Wo ist der Bahnhof?"],
        ),
    ] {
        let path = example(name);
        let output = Command::new(&path)
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{name}: {:?}", output.status);
        for part in expected {
            assert!(text.contains(part), "{name}: no {part:?} in {text}");
        }
    }
}
