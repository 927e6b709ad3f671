//! Models that are signed, and those that are not as they were signed.

use deshi_export::signing::{KeyPair, SecretKey};

use super::*;

/// A folder with the model `m.deshi`, its signature, and the public keys `our.key` and `other.key`.
fn signed() -> Folder {
    let bundle = std::fs::read(carried()).unwrap();
    let [ours, other] = [(); 2].map(|()| KeyPair::generate(None).unwrap());
    let secret = SecretKey::parse(&ours.secret, || unreachable!("it has no password")).unwrap();
    let signature = secret.sign("m.deshi", &bundle).unwrap();
    Folder::new(&[
        ("m.deshi", &bundle),
        ("m.deshi.minisig", signature.as_bytes()),
        ("our.key", ours.public.as_bytes()),
        ("other.key", other.public.as_bytes()),
    ])
}

const OURS: [&str; 5] = ["translate", "--verify", "our.key", "-m", "m.deshi"];

fn translate(folder: &Folder) -> Run {
    folder.run(&[&OURS[..], &[STATION]].concat())
}

#[test]
fn a_signed_model_translates() {
    let folder = signed();
    let expected = format!("{BAHNHOF}\n");
    assert_eq!(translate(&folder).result(), expected);
    let mut by_variable = folder.deshi(&["translate", "-m", "m.deshi", STATION]);
    by_variable.env("DESHI_VERIFY", "our.key");
    assert_eq!(run_on(by_variable, b"").result(), expected);
}

#[test]
fn a_model_that_was_altered_is_refused() {
    let folder = signed();
    let bundle = std::fs::read(carried()).unwrap();
    // In the last member, the card for people: without signatures, nothing but its checksum guards it.
    for at in [0, bundle.len() / 2, bundle.len() - 1] {
        let mut altered = bundle.clone();
        altered[at] ^= 1;
        std::fs::write(folder.path("m.deshi"), altered).unwrap();
        translate(&folder).fails(1, &["m.deshi is not accepted", "altered", "again"]);
    }
}

#[test]
fn a_model_of_another_maker_is_refused() {
    let folder = signed();
    for (command, expected) in [
        (&["translate", "-m", "m.deshi", "x"][..], 1),
        (&["info", "-m", "m.deshi"], 1),
    ] {
        let mut command = folder.deshi(command);
        command.env("DESHI_VERIFY", "other.key");
        run_on(command, b"").fails(expected, &["m.deshi is not accepted", "another key"]);
    }
}

#[test]
fn a_model_without_a_signature_is_refused() {
    let folder = signed();
    std::fs::remove_file(folder.path("m.deshi.minisig")).unwrap();
    translate(&folder).fails(1, &["m.deshi.minisig does not exist", "whoever made"]);
    std::fs::write(folder.path("m.deshi.minisig"), "\u{FFFD}").unwrap();
    translate(&folder).fails(1, &["m.deshi is not accepted", "minisign's format"]);
    // Without a key, signatures do not matter.
    folder
        .run(&["translate", "-m", "m.deshi", STATION])
        .result();
}

#[test]
fn a_key_that_cannot_be_read_is_named() {
    let folder = signed();
    for (key, parts) in [
        (
            "nowhere.key",
            &["--verify", "DESHI_VERIFY", "nowhere.key", "No such file"][..],
        ),
        ("m.deshi", &["m.deshi", "public key"]),
        ("m.deshi.minisig", &["m.deshi.minisig", "public key"]),
    ] {
        let run = folder.run(&["translate", "--verify", key, "-m", "m.deshi", "x"]);
        run.fails(1, parts);
    }
}

#[test]
fn models_that_would_be_refused_are_listed_as_such() {
    let folder = signed();
    let data = folder.path("data/deshi");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::copy(carried(), data.join("unsigned.deshi")).unwrap();
    let mut models = folder.deshi(&["models", "--verify", "our.key"]);
    models.env("XDG_DATA_HOME", folder.path("data"));
    let listed = run_on(models, b"").result();
    let line = listed
        .lines()
        .find(|line| line.contains("unsigned"))
        .unwrap();
    assert!(line.contains("cannot be used"), "{listed}");
}

/// It is as trustworthy as the program that it is part of.
#[cfg(feature = "carried-model")]
#[test]
fn the_model_inside_the_program_needs_no_signature() {
    let folder = signed();
    let run = folder.run(&["translate", "--verify", "our.key", STATION]);
    assert_eq!(run.result(), format!("{BAHNHOF}\n"));
}
