//! The command `deshi-export`, run as a program.

use std::path::Path;
use std::process::{Command, Output};

use deshi_checkpoint::{Description, Tensor};
use deshi_core::bundle::{About, Bundle, CARD, MANIFEST, Members, SHORTLIST, SOURCE_VOCABULARY};
use deshi_core::random_model::{self, SMALL};
use deshi_core::{Architecture, Embeddings, tensors, vocabulary};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deshi-export"));
    command.args(arguments).current_dir(folder.path());
    command.output().unwrap()
}

/// Standard error of a run that ends with this code.
fn said(output: &Output, code: i32) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(output.stdout.is_empty(), "{output:?}");
    said
}

/// A checkpoint and a vocabulary, as the trainer writes them.
fn write_model(folder: &Path, architecture: Architecture) {
    let values = random_model::tensors(&architecture, 7);
    let shaped: Vec<_> = tensors::list(&architecture)
        .into_iter()
        .map(|tensor| {
            let (name, shape) = (tensor.to_string(), tensor.shape().to_vec());
            let values = values[&name].clone();
            (name, Tensor { shape, values })
        })
        .collect();
    let description = Description {
        architecture,
        progress: Default::default(),
    };
    let named = shaped.iter().map(|(name, tensor)| (name.as_str(), tensor));
    deshi_checkpoint::write(&folder.join("model.safetensors"), &description, named).unwrap();
    let pieces = architecture.vocabulary_size - vocabulary::FIRST_PIECE as usize;
    let pieces: Vec<String> = ('\u{4E00}'..).take(pieces).map(String::from).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    std::fs::write(
        folder.join("vocabulary"),
        vocabulary::write(&pieces, &[]).unwrap(),
    )
    .unwrap();
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path(), SMALL);
    folder
}

const EXPORT: [&str; 10] = [
    "model.safetensors",
    "vocabulary",
    "-o",
    "m.deshi",
    "--source",
    "en",
    "--target",
    "de",
    "--name",
    "small",
];
const KEYGEN: [&str; 6] = [
    "keygen",
    "--secret",
    "s.key",
    "--public",
    "p.key",
    "--no-password",
];

#[test]
fn a_checkpoint_becomes_a_bundle_that_can_be_signed() {
    let folder = folder();
    std::fs::write(folder.path().join("card.md"), "# A card\n").unwrap();
    let scores = r#"[{"test_set": "t", "metric": "chrF", "system": "s", "value": 50.5}]"#;
    std::fs::write(folder.path().join("scores.json"), scores).unwrap();
    let described = [
        "--card",
        "card.md",
        "--scores",
        "scores.json",
        "--licence",
        "MIT",
        "--date",
        "2026-11-28",
    ];
    let message = said(&run(&folder, &[&EXPORT[..], &described].concat()), 0);
    assert!(
        message.contains("m.deshi") && message.contains("tokens verified"),
        "{message}"
    );
    let file = std::fs::read(folder.path().join("m.deshi")).unwrap();
    let bundle = Bundle::parse(&file).unwrap();
    assert_eq!(bundle.manifest().architecture, SMALL);
    assert_eq!(bundle.member(CARD), Some(&b"# A card\n"[..]));
    let about: About = serde_json::from_slice(bundle.member(MANIFEST).unwrap()).unwrap();
    assert_eq!(
        (about.name.as_str(), about.scores[0].value),
        ("small", 50.5)
    );
    assert_eq!(
        (about.date.as_str(), about.licence.as_str()),
        ("2026-11-28", "MIT")
    );

    said(&run(&folder, &KEYGEN), 0);
    said(&run(&folder, &["sign", "m.deshi", "--key", "s.key"]), 0);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let public = minisign::PublicKeyBox::from_string(&read("p.key")).unwrap();
    let signature = minisign::SignatureBox::from_string(&read("m.deshi.minisig")).unwrap();
    assert!(
        signature
            .trusted_comment()
            .unwrap()
            .contains("file:m.deshi")
    );
    let key = public.into_public_key().unwrap();
    let verify = |bytes: &[u8]| {
        let bytes = std::io::Cursor::new(bytes.to_vec());
        minisign::verify(&key, &signature, bytes, true, false, false).is_ok()
    };
    assert!(verify(&file) && !verify(&file[1..]));
}

/// Checks what a bundle of an imported model says of itself: its licence, the files that it was made of, and its publisher's words.
fn check_card(folder: &TempDir, files: &[&str], licence: &str, metadata: &str) -> Vec<u8> {
    let file = std::fs::read(folder.path().join("m.deshi")).unwrap();
    let bundle = Members::parse(&file).unwrap();
    let card = std::str::from_utf8(bundle.get(CARD).unwrap()).unwrap();
    assert!(
        card.starts_with("# m\n\nFrom en to ") && card.contains(". Made by "),
        "{card}"
    );
    let about: About = serde_json::from_slice(bundle.get(MANIFEST).unwrap()).unwrap();
    assert_eq!(about.licence, licence);
    assert!(card.contains(&format!(" {licence}.\n")), "{card}");
    for name in files {
        let content = std::fs::read(folder.path().join(name)).unwrap();
        let hash: String = Sha256::digest(&content)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let name = Path::new(name).file_name().unwrap().display();
        let row = format!("\n| {name} | {} | {hash} |\n", content.len());
        assert!(card.contains(&row), "{row}: {card}");
    }
    assert!(
        card.ends_with(&format!("\n```\n{metadata}\n```\n")),
        "{card}"
    );
    file
}

#[test]
fn a_model_of_marian_becomes_a_bundle_whose_card_names_its_files() {
    use deshi_export::marian::testing::{self, Form};

    let folder = tempfile::tempdir().unwrap();
    let architecture = Architecture {
        vocabulary_size: 300,
        ..SMALL
    };
    let tensors = random_model::tensors(&architecture, 3);
    let items = testing::items(&architecture, &tensors, &Form::Int8);
    let lists: Vec<_> = (0..300).map(|id| vec![id]).collect();
    for (name, content) in [
        ("model.bin", testing::file(&items)),
        ("vocab.spm", testing::vocabulary(300, true)),
        ("lex.bin", testing::shortlist(10, &lists)),
        ("metadata.json", b"{\"flores\": 40}\n".to_vec()),
        ("empty.bin", testing::file(&[])),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let arguments = "marian model.bin vocab.spm --shortlist lex.bin --source en --target de --licence MPL-2.0 \
                     --metadata metadata.json -o m.deshi";
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let message = said(&run(&folder, &arguments), 0);
    assert!(message.contains("tokens verified"), "{message}");
    let files = ["model.bin", "vocab.spm", "lex.bin"];
    let file = check_card(&folder, &files, "MPL-2.0", "{\"flores\": 40}");
    let bundle = Bundle::parse(&file).unwrap();
    assert!(!bundle.member(SHORTLIST).unwrap().is_empty());

    for (name, part) in [
        ("model.bin", "\ncan be imported"),
        (
            "empty.bin",
            "\ncannot be imported: model: special:model.yml",
        ),
    ] {
        let output = run(&folder, &["marian", "--inspect", name]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(part), "{text}");
    }
    let split = Architecture {
        embeddings: Embeddings {
            source_vocabulary_size: 280,
            ..Embeddings::JOINT
        },
        ..architecture
    };
    let tensors = random_model::tensors(&split, 3);
    let model = testing::file(&testing::items(&split, &tensors, &Form::Int8));
    std::fs::write(folder.path().join("model.bin"), model).unwrap();
    std::fs::write(
        folder.path().join("source.spm"),
        testing::vocabulary(280, false),
    )
    .unwrap();
    let message = said(&run(&folder, &arguments), 1);
    assert!(message.contains("name the source's .spm file"), "{message}");
    let arguments = "marian model.bin source.spm vocab.spm --source en --target ja --licence MPL-2.0 --metadata metadata.json \
                     -o m.deshi";
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    said(&run(&folder, &arguments), 0);
    let files = ["model.bin", "source.spm", "vocab.spm"];
    let file = check_card(&folder, &files, "MPL-2.0", "{\"flores\": 40}");
    let bundle = Bundle::parse(&file).unwrap();
    assert!(bundle.member(SOURCE_VOCABULARY).is_some());

    let output = run(&folder, &["marian", "--inspect", "vocab.spm"]);
    assert!(said(&output, 1).contains("not a Marian binary model"));
}

#[test]
fn a_folder_of_hugging_face_becomes_a_bundle_whose_card_names_its_files() {
    use deshi_export::hf::testing::{ARCHITECTURE, Folder};

    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("opus")).unwrap();
    let mut model = Folder::new(&random_model::tensors(&ARCHITECTURE, 3));
    let id = model.ids.remove("▁target").unwrap();
    model.ids.insert(">>deu<<".into(), id);
    let mut files = vec![];
    model.with(|made| {
        for (name, content) in [
            ("opus/config.json", made.config),
            ("opus/model.safetensors", made.model),
            ("opus/vocab.json", made.vocabulary),
            ("opus/source.spm", made.source),
            ("opus/target.spm", made.target),
        ] {
            std::fs::write(folder.path().join(name), content).unwrap();
            files.push(name);
        }
    });
    std::fs::write(folder.path().join("opus/README.md"), "# Who made it\n").unwrap();
    let arguments =
        "hf opus --source en --target de --licence CC-BY-4.0 --metadata opus/README.md -o m.deshi";
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    let message = said(&run(&folder, &arguments), 1);
    assert!(message.contains("--target-code: >>deu<<"), "{message}");
    arguments.extend(["--target-code", "deu"]);
    said(&run(&folder, &arguments), 0);
    let file = check_card(&folder, &files, "CC-BY-4.0", "# Who made it");
    let bundle = Bundle::parse(&file).unwrap();
    let card = std::str::from_utf8(bundle.member(CARD).unwrap()).unwrap();
    assert!(
        card.contains("`deshi-export hf --target-code 'deu'`"),
        "{card}"
    );
    assert_eq!(bundle.manifest().architecture.n_heads, ARCHITECTURE.n_heads);
}

#[test]
fn onnx_graphs_become_a_bundle_where_tract_can_run_them() {
    use deshi_core::bundle::StandardManifest;
    use deshi_export::standard::testing::{Export, Weights};

    let folder = tempfile::tempdir().unwrap();
    let mut files = vec![];
    Export::new(&Weights::random(3)).with(true, |made| {
        let past = made.decoder_with_past.unwrap();
        for (name, content) in [
            ("encoder_model.onnx", made.encoder.content),
            ("decoder_model.onnx", made.decoder.content),
            ("decoder_with_past_model.onnx", past.content),
            ("config.json", made.config.unwrap()),
            ("source.spm", made.source),
            ("target.spm", made.target),
            ("vocab.json", made.vocabulary),
        ] {
            std::fs::write(folder.path().join(name), content).unwrap();
            files.push(name);
        }
    });
    std::fs::write(folder.path().join("README.md"), "# Who made it\n").unwrap();
    let export = |graphs: &str| {
        let arguments = format!(
            "onnx {graphs} --source-spm source.spm --target-spm target.spm --vocabulary vocab.json --source en --target de \
             --licence Apache-2.0 --metadata README.md -o m.deshi"
        );
        run(&folder, &arguments.split_whitespace().collect::<Vec<_>>())
    };
    for (graphs, part) in [
        (
            "encoder_model.onnx config.json",
            "1 graphs; give two or three",
        ),
        (
            "decoder_model.onnx encoder_model.onnx",
            "decoder_model.onnx: the first file must be an encoder",
        ),
        (
            "encoder_model.onnx decoder_model.onnx config.json config.json",
            "second config.json",
        ),
    ] {
        let message = said(&export(graphs), 1);
        assert!(message.contains(part), "{message}");
    }
    let output = export(&files[..4].join(" "));
    if cfg!(not(feature = "tract")) {
        let message = said(&output, 1);
        assert!(message.contains("--features tract"), "{message}");
        assert!(!folder.path().join("m.deshi").exists());
        return;
    }
    said(&output, 0);
    let file = check_card(&folder, &files, "Apache-2.0", "# Who made it");
    let members = Members::parse(&file).unwrap();
    let manifest = StandardManifest::parse(members.get(MANIFEST).unwrap());
    assert!(manifest.unwrap().is_some());
    said(&run(&folder, &KEYGEN), 0);
    said(&run(&folder, &["sign", "m.deshi", "--key", "s.key"]), 0);
}

#[test]
fn what_cannot_be_exported_is_named_and_nothing_is_written() {
    let folder = folder();
    let without =
        |name: &str| EXPORT.map(|argument| if argument == name { "none" } else { argument });
    for (arguments, part) in [
        (
            without("model.safetensors"),
            "none cannot be read: No such file",
        ),
        (without("vocabulary"), "none cannot be read: No such file"),
    ] {
        let message = said(&run(&folder, &arguments), 1);
        assert!(message.contains(part), "{message}");
    }
    let hf = "hf . -o m.deshi --source en --target de";
    let hf: Vec<&str> = hf.split(' ').collect();
    let message = said(&run(&folder, &hf), 1);
    assert!(
        message.contains("config.json cannot be read: No such file"),
        "{message}"
    );
    std::fs::write(folder.path().join("config.json"), "[]").unwrap();
    for file in ["vocab.json", "source.spm", "target.spm"] {
        std::fs::write(folder.path().join(file), "").unwrap();
    }
    let message = said(&run(&folder, &hf), 1);
    assert!(
        message.contains("config.json: not the expected JSON"),
        "{message}"
    );
    std::fs::write(folder.path().join("bad.json"), "{}").unwrap();
    let message = said(
        &run(&folder, &[&EXPORT[..], &["--scores", "bad.json"]].concat()),
        1,
    );
    assert!(message.contains("the scores"), "{message}");
    assert!(!folder.path().join("m.deshi").exists());
}

#[test]
fn only_bundles_are_signed_and_only_by_keys() {
    let folder = folder();
    said(&run(&folder, &KEYGEN), 0);
    for (arguments, part) in [
        (
            ["sign", "vocabulary", "--key", "s.key"],
            "vocabulary is not a deshi bundle",
        ),
        (
            ["sign", "none", "--key", "s.key"],
            "none cannot be read: No such file",
        ),
        (
            ["sign", "vocabulary", "--key", "none"],
            "none cannot be read: No such file",
        ),
        (["sign", "vocabulary", "--key", "p.key"], "not a secret key"),
        (
            ["sign", "vocabulary", "--key", "vocabulary"],
            "not a secret key",
        ),
    ] {
        let message = said(&run(&folder, &arguments), 1);
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    assert!(!folder.path().join("vocabulary.minisig").exists());
}

#[test]
fn no_key_is_lost_or_readable_by_others() {
    let folder = folder();
    said(&run(&folder, &KEYGEN), 0);
    let secret = std::fs::read(folder.path().join("s.key")).unwrap();
    let message = said(&run(&folder, &KEYGEN), 1);
    assert!(message.contains("s.key exists already"), "{message}");
    assert_eq!(std::fs::read(folder.path().join("s.key")).unwrap(), secret);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = folder.path().join("s.key").metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn wrong_usage_has_an_exit_code_of_its_own() {
    let folder = folder();
    for arguments in [
        &[][..],
        &EXPORT[..9],
        &["sign"],
        &["sign", "m.deshi"],
        &["keygen"],
    ] {
        said(&run(&folder, arguments), 2);
    }
    let help = String::from_utf8(run(&folder, &["--help"]).stdout).unwrap();
    assert!(
        help.contains("sign") && help.contains("Exit codes"),
        "{help}"
    );
}

/// A key that `minisign -G -W`, version 0.11, made; its checksum is zero.
const MINISIGN_KEY: &str = "untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACZyXoJBT9ExJ59JYyp8Lfznd28eCvrrZL2ZPfeiCgLd1wAE7VWNnjeBULMwqyWZ0QM0Go4cH93pwtQ9Q+IL2IoJyaZcFT68KAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
";

#[test]
fn a_key_of_minisign_signs_and_a_damaged_one_does_not() {
    use deshi_export::signing::SecretKey;

    let bundle = std::fs::read("../runtime/models/micro-en-de.deshi").unwrap();
    let key = |text: &str| SecretKey::parse(text, || unreachable!("it has no password"));
    let signature = key(MINISIGN_KEY).unwrap().sign("m", &bundle).unwrap();
    assert!(signature.contains("file:m"), "{signature}");
    // A letter of the key itself, in base64.
    let damaged = MINISIGN_KEY.replace("J59JYyp8", "J59JYyp9");
    assert_ne!(damaged, MINISIGN_KEY);
    let error = key(&damaged).unwrap().sign("m", &bundle).unwrap_err();
    assert!(error.to_string().contains("cannot sign"), "{error}");
}

#[test]
fn a_password_is_needed_and_must_be_right() {
    use deshi_export::signing::{KeyPair, SecretKey};

    let keys = KeyPair::generate(Some("a password")).unwrap();
    let parse = |password: &str| SecretKey::parse(&keys.secret, || Ok(password.to_owned()));
    assert!(parse("a password").is_ok());
    assert!(parse("another").is_err());
}
