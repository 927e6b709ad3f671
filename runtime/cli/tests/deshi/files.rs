//! Files: a result is whole or absent, and the inputs stay.

use super::*;

const OLD: &[u8] = b"the old result\n";

#[test]
fn a_file_becomes_a_file() {
    let folder = Folder::new(&[("in.txt", b"Where is the station?\n\nTom sleeps.\n")]);
    assert_eq!(
        folder
            .run(&["translate", "-i", "in.txt", "-o", "out.txt"])
            .result(),
        ""
    );
    assert_eq!(
        folder.read("out.txt"),
        "Wo ist der Bahnhof?\n\nTom schläft.\n"
    );
    assert_eq!(
        folder.read("in.txt"),
        "Where is the station?\n\nTom sleeps.\n"
    );
    assert_eq!(folder.names(), ["in.txt", "out.txt"]);
}

#[test]
fn a_file_can_be_translated_in_its_place() {
    let folder = Folder::new(&[("f.txt", STATION.as_bytes())]);
    folder
        .run(&["translate", "-i", "f.txt", "-o", "f.txt"])
        .result();
    assert_eq!(folder.read("f.txt"), BAHNHOF);
    assert_eq!(folder.names(), ["f.txt"]);
}

#[test]
fn what_fails_leaves_the_old_result_and_nothing_else() {
    let mut late = "Where is the station?\n".repeat(40).into_bytes();
    late.extend(b"caf\xe9\n");
    let folder = Folder::new(&[("late.txt", &late), ("out.txt", OLD)]);
    std::fs::create_dir(folder.path("folder")).unwrap();
    for (input, part) in [
        ("missing.txt", "missing.txt: No such file"),
        ("late.txt", "late.txt is not UTF-8: byte 883 is 0xE9"),
        ("folder", "folder is a folder"),
    ] {
        let run = folder.run(&["translate", "-i", input, "-o", "out.txt"]);
        run.fails(1, &[part]);
        assert_eq!(folder.read("out.txt").as_bytes(), OLD);
        assert_eq!(folder.names(), ["folder", "late.txt", "out.txt"]);
    }
}

#[test]
fn a_result_that_cannot_be_written_is_named() {
    let folder = Folder::new(&[("in.txt", STATION.as_bytes())]);
    std::fs::create_dir(folder.path("folder")).unwrap();
    for (output, part) in [
        ("none/out.txt", "none/out.txt: there is no folder none"),
        (
            "in.txt/out.txt",
            "in.txt/out.txt: in.txt is a file, not a folder",
        ),
        ("folder", "folder is a folder"),
    ] {
        folder
            .run(&["translate", "-i", "in.txt", "-o", output])
            .fails(1, &[part]);
    }
}

#[test]
fn a_hyphen_is_standard_input_and_output() {
    let folder = Folder::new(&[("in.txt", STATION.as_bytes())]);
    let command = folder.deshi(&["translate", "-i", "-", "-o", "-"]);
    assert_eq!(run_on(command, STATION.as_bytes()).result(), BAHNHOF);
    assert_eq!(
        folder
            .run(&["translate", "-i", "in.txt", "-o", "-"])
            .result(),
        BAHNHOF
    );
    assert_eq!(folder.names(), ["in.txt"]);
}

#[test]
fn several_files_go_to_a_folder() {
    let folder = Folder::new(&[
        ("a.txt", STATION.as_bytes()),
        ("b.txt", b"Tom sleeps.\r\n"),
        ("bad.txt", b"a\0b"),
    ]);
    folder
        .run(&[
            "translate",
            "-i",
            "a.txt",
            "b.txt",
            "--output-folder",
            "out",
        ])
        .result();
    assert_eq!(
        (
            folder.read("out/a.txt").as_str(),
            folder.read("out/b.txt").as_str()
        ),
        (BAHNHOF, "Tom schläft.\r\n")
    );

    // One that fails does not keep the others.
    let run = folder.run(&[
        "translate",
        "-i",
        "bad.txt",
        "-i",
        "missing.txt",
        "-i",
        "a.txt",
        "--output-folder",
        "new",
    ]);
    run.fails(
        1,
        &[
            "bad.txt is not text: byte 1 is 0",
            "missing.txt: No such file",
            "2 of 3 files",
        ],
    );
    assert_eq!(folder.read("new/a.txt"), BAHNHOF);
    assert!(!folder.path("new/bad.txt").exists());
}

#[test]
fn files_that_would_take_each_others_place_are_refused() {
    let folder = Folder::new(&[("a.txt", STATION.as_bytes())]);
    std::fs::create_dir(folder.path("sub")).unwrap();
    std::fs::write(folder.path("sub/a.txt"), "Other.").unwrap();
    for (arguments, part) in [
        (&["-i", "a.txt", "sub/a.txt"][..], "give --output-folder"),
        (
            &["-i", "a.txt", "sub/a.txt", "--output-folder", "out"],
            "both be written to out/a.txt",
        ),
        (
            &["-i", "a.txt", "--output-folder", "."],
            "take its own place",
        ),
        (
            &["-i", "-", "--output-folder", "out"],
            "standard input has no name",
        ),
    ] {
        folder
            .run(&[&["translate"], arguments].concat())
            .fails(2, &[part]);
    }
    assert_eq!(folder.read("a.txt"), STATION);
}

#[cfg(unix)]
#[test]
fn links_rights_and_devices_stay_what_they_are() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = Folder::new(&[("in.txt", STATION.as_bytes()), ("real.txt", OLD)]);
    symlink("real.txt", folder.path("link.txt")).unwrap();
    std::fs::set_permissions(folder.path("real.txt"), PermissionsExt::from_mode(0o640)).unwrap();
    folder
        .run(&["translate", "-i", "in.txt", "-o", "link.txt"])
        .result();
    assert_eq!(folder.read("real.txt"), BAHNHOF);
    assert!(folder.path("link.txt").is_symlink());
    assert_eq!(
        folder
            .path("real.txt")
            .metadata()
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o640
    );

    folder
        .run(&["translate", "-i", "in.txt", "-o", "/dev/null"])
        .result();
    assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
}

/// A run that is interrupted leaves neither a result nor its temporary file.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing() {
    let folder = Folder::new(&[("out.txt", OLD)]);
    let mut child = folder
        .deshi(&["translate", "-o", "out.txt"])
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"Where is the station?\n").unwrap();
    while folder.names().len() < 2 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert_eq!(folder.names(), ["out.txt"]);
    assert_eq!(folder.read("out.txt").as_bytes(), OLD);
}
