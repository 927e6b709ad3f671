//! `--resume`: an interrupted run is gone on with.

use super::*;

const ARGUMENTS: [&str; 6] = ["translate", "-i", "in.txt", "-o", "out.txt", "--resume"];

fn input() -> String {
    "Where is the station?\nTom sleeps.\n".repeat(100)
}

#[test]
fn an_interrupted_run_goes_on_where_it_was() {
    let folder = Folder::new(&[("in.txt", input().as_bytes())]);
    folder.run(&ARGUMENTS[..5]).result();
    let expected = folder.read("out.txt");
    std::fs::remove_file(folder.path("out.txt")).unwrap();

    let mut child = folder.deshi(&ARGUMENTS).spawn().unwrap();
    while !folder.path("out.txt.part").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(
        folder.names(),
        ["in.txt", "out.txt.part", "out.txt.part.json"]
    );

    // What was written is not translated again: a line that no model would write stays. The last one is half.
    std::fs::write(folder.path("out.txt.part"), "by hand\nTom schl").unwrap();
    let run = folder.run(&ARGUMENTS);
    assert!(
        run.code == 0 && run.err.contains("1 lines were done before"),
        "{run:?}"
    );
    let rest = expected.split_once('\n').unwrap().1;
    assert_eq!(folder.read("out.txt"), format!("by hand\n{rest}"));
    assert_eq!(folder.names(), ["in.txt", "out.txt"]);
}

#[test]
fn other_work_is_not_gone_on_with() {
    for (change, more) in [
        ("Other text.\n", &[][..]),
        ("", &["--raw"]),
        ("", &["--jsonl"]),
        ("", &["--no-shortlist"]),
    ] {
        let folder = Folder::new(&[("in.txt", input().as_bytes())]);
        let mut child = folder.deshi(&ARGUMENTS).spawn().unwrap();
        while !folder.path("out.txt.part").exists() {}
        child.kill().unwrap();
        child.wait().unwrap();
        if !change.is_empty() {
            std::fs::write(folder.path("in.txt"), input() + change).unwrap();
        }
        let run = folder.run(&[&ARGUMENTS, more].concat());
        run.fails(
            1,
            &["out.txt.part was begun with another", "delete out.txt.part"],
        );
        assert!(!folder.path("out.txt").exists());
    }
}
