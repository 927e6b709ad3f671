//! `deshi-export sign` and `deshi-export keygen`.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use deshi_export::ExportError;
use deshi_export::signing::{KeyPair, SecretKey, signature_path};
use deshi_whole_file::write_whole;

use crate::command::read;

/// Sign a bundle: writes BUNDLE.minisig beside it.
///
/// Publish both files. Whoever has the public key can check them: deshi --verify PUBLIC.key, or minisign -V.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The bundle
    bundle: PathBuf,
    /// The secret key, as `deshi-export keygen` or `minisign -G` writes it
    #[arg(long, value_name = "SECRET.key")]
    key: PathBuf,
}

/// Make a key pair to sign with.
///
/// Keep the secret key for yourself; give your users the public key by another way than the bundles.
#[derive(Debug, clap::Args)]
pub(crate) struct KeygenArgs {
    /// Where the secret key goes
    #[arg(long, value_name = "SECRET.key")]
    secret: PathBuf,
    /// Where the public key goes
    #[arg(long, value_name = "PUBLIC.key")]
    public: PathBuf,
    /// Do not protect the secret key with a password: whoever can read the file can sign
    #[arg(long)]
    no_password: bool,
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> ExportError {
    let path = path.to_owned();
    |source| ExportError::Write { path, source }
}

/// Asks the terminal for a password.
fn password(prompt: &str) -> Result<String, ExportError> {
    rpassword::prompt_password(prompt).map_err(|source| ExportError::Read {
        path: PathBuf::from("the terminal"),
        source,
    })
}

pub(crate) fn sign(args: &Args) -> Result<(), ExportError> {
    let key = read(&args.key)?;
    let key = SecretKey::parse(&String::from_utf8_lossy(&key), || {
        password(&format!("password of {}: ", args.key.display()))
    })?;
    let name = args.bundle.file_name().unwrap_or_default();
    let signature = key.sign(&name.to_string_lossy(), &read(&args.bundle)?)?;
    let path = signature_path(&args.bundle);
    write_whole(&path, |out| out.write_all(signature.as_bytes())).map_err(unwritable(&path))?;
    eprintln!("{}: written", path.display());
    Ok(())
}

/// A new file, which only its owner can read if it is secret.
fn create(path: &Path, secret: bool) -> Result<File, ExportError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    options.open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => ExportError::KeyExists {
            path: path.to_owned(),
        },
        _ => unwritable(path)(source),
    })
}

/// A new password, typed twice.
fn new_password() -> Result<String, ExportError> {
    loop {
        let first = password("password of the new secret key: ")?;
        if first == password("the same again: ")? {
            return Ok(first);
        }
        eprintln!("The passwords differ.");
    }
}

pub(crate) fn keygen(args: &KeygenArgs) -> Result<(), ExportError> {
    for path in [&args.secret, &args.public] {
        if path.exists() {
            return Err(ExportError::KeyExists { path: path.clone() });
        }
    }
    let password = if args.no_password {
        None
    } else {
        Some(new_password()?)
    };
    let keys = KeyPair::generate(password.as_deref())?;
    for (path, text, secret) in [
        (&args.secret, &keys.secret, true),
        (&args.public, &keys.public, false),
    ] {
        let mut file = create(path, secret)?;
        file.write_all(text.as_bytes()).map_err(unwritable(path))?;
        file.sync_all().map_err(unwritable(path))?;
        eprintln!("{}: written", path.display());
    }
    Ok(())
}
