//! `--shard`: the results of all shards, in order, are the result of the file.

use super::*;

/// With blank lines, a line of more bytes than a shard, both ends of lines, and none at the end.
fn input() -> String {
    let mut text =
        "Where is the station?\r\n\nTom sleeps.\nHe said: \"Yes.\" She said no.\n".repeat(6);
    text += &"The weather is nice today. ".repeat(20);
    text + "\nGood morning.\nThank you."
}

#[test]
fn the_shards_in_order_are_the_file() {
    for text in [input(), format!("\u{feff}{}", input())] {
        let folder = Folder::new(&[("in.txt", text.as_bytes())]);
        folder
            .run(&["translate", "-qi", "in.txt", "-o", "whole.txt"])
            .result();
        for count in [1, 3, 7, 40] {
            let mut joined = String::new();
            for index in 0..count {
                let shard = format!("{index}/{count}");
                folder
                    .run(&[
                        "translate",
                        "-qi",
                        "in.txt",
                        "--shard",
                        &shard,
                        "-o",
                        "part.txt",
                    ])
                    .result();
                joined += &folder.read("part.txt");
            }
            assert_eq!(joined, folder.read("whole.txt"), "{count} shards");
        }
    }
}

#[test]
fn an_interrupted_shard_goes_on_but_not_with_another_shards_work() {
    let arguments = |shard| {
        [
            "translate",
            "-i",
            "in.txt",
            "-o",
            "out.txt",
            "--resume",
            "--shard",
            shard,
        ]
    };
    let folder = Folder::new(&[("in.txt", "Tom sleeps.\n".repeat(400).as_bytes())]);
    let mut child = folder.deshi(&arguments("1/2")).spawn().unwrap();
    while !folder.path("out.txt.part").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::write(folder.path("out.txt.part"), "by hand\n").unwrap();
    folder
        .run(&arguments("0/2"))
        .fails(1, &["out.txt.part was begun with another"]);
    let run = folder.run(&arguments("1/2"));
    assert!(
        run.err
            .contains("in.txt, shard 1/2: 1 lines were done before"),
        "{run:?}"
    );
    assert_eq!(
        folder.read("out.txt"),
        "by hand\n".to_owned() + &"Tom schläft.\n".repeat(199)
    );
}

#[test]
fn what_is_wrong_in_a_shard_is_named_with_its_place_in_the_file() {
    let mut text = "Where is the station?\n".repeat(9).into_bytes();
    text.extend(b"caf\xe9\n");
    let folder = Folder::new(&[("in.txt", &text)]);
    folder
        .run(&["translate", "-i", "in.txt", "--shard", "0/2"])
        .result();
    let run = folder.run(&[
        "translate",
        "-i",
        "in.txt",
        "--shard",
        "1/2",
        "-o",
        "out.txt",
    ]);
    run.fails(1, &["in.txt is not UTF-8: byte 201 is 0xE9"]);
}

#[test]
fn a_shard_is_one_of_a_files() {
    let utf16: Vec<u8> = "\u{feff}Yes.\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let folder = Folder::new(&[
        ("in.txt", b"Yes.\n"),
        ("in.md", b"Yes.\n"),
        ("utf16.txt", &utf16),
    ]);
    for (arguments, code, part) in [
        (&["Yes.", "--shard", "0/2"][..], 2, "cannot be used with"),
        (&["-i", "-", "--shard", "0/2"], 2, "--shard takes one file"),
        (
            &[
                "-i",
                "in.txt",
                "in.md",
                "--output-folder",
                "out",
                "--shard",
                "0/2",
            ],
            2,
            "--shard takes one file",
        ),
        (
            &["-i", "in.md", "--shard", "0/2"],
            2,
            "--shard is for text that is translated line by line",
        ),
        (
            &["-i", "in.txt", "--shard", "2/2"],
            2,
            "the last of 2 is 1/2",
        ),
        (&["-i", "utf16.txt", "--shard", "0/2"], 1, "iconv"),
        #[cfg(unix)]
        (
            &["-i", "/dev/null", "--shard", "0/2"],
            1,
            "not a regular file",
        ),
    ] {
        folder
            .run(&[&["translate"], arguments].concat())
            .fails(code, &[part]);
    }
}
