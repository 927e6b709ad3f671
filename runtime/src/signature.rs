//! Signed bundles: whether a file is what the holder of a key signed, in minisign's format
//! (<https://jedisct1.github.io/minisign/>). `deshi-export sign` signs bundles.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use minisign_verify::Signature;
use thiserror::Error;

use crate::Error;

/// The most bytes of a key's or a signature's file. Real ones have fewer than 400.
const MAXIMUM_BYTES: u64 = 64 * 1024;

/// A public key: whoever has its secret key can sign bundles.
///
/// ```
/// use deshi::PublicKey;
///
/// let key = PublicKey::parse("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")?;
/// assert!(key.verify(b"a bundle", "no signature").is_err());
/// # Ok::<(), deshi::SignatureError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(minisign_verify::PublicKey);

/// Why a bundle does not count as signed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The public key is not one of minisign's.
    #[error(
        "it is not a public key in minisign's format: a line of comment, and a line that begins with RW"
    )]
    Key,
    /// There is no signature beside the bundle.
    #[error(
        "its signature {} does not exist; get it from whoever made the model, and put it beside the model",
        path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// What should be a signature is something else.
    #[error("its signature is not in minisign's format; get the signature again")]
    Format,
    /// The signature was made with another key than this one's.
    #[error(
        "it is signed with another key than the one to verify with; check whether you have the maker's public key, \
         or get the model from its maker"
    )]
    OtherKey,
    /// The bundle or its signature is not as it was signed.
    #[error("the model or its signature was altered after it was signed; get both again")]
    Altered,
}

/// A small text file.
fn read(path: &Path) -> io::Result<String> {
    let text = File::open(path).and_then(|file| {
        let mut text = String::new();
        file.take(MAXIMUM_BYTES).read_to_string(&mut text)?;
        Ok(text)
    });
    match text {
        // What is not text is not a key or a signature: parsing says so.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(String::new()),
        other => other,
    }
}

/// The error of a file that cannot be read.
fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Error {
    |source| Error::Read {
        path: path.to_owned(),
        source,
    }
}

/// Where the signature of this bundle is: its name and `.minisig`.
fn signature_path(bundle: &Path) -> PathBuf {
    let mut path = bundle.as_os_str().to_owned();
    path.push(".minisig");
    path.into()
}

impl PublicKey {
    /// Reads a key from a text: the two lines of a `.pub` file, or the second alone.
    ///
    /// # Errors
    /// [`SignatureError::Key`].
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let key = if text.trim().lines().count() == 1 {
            minisign_verify::PublicKey::from_base64(text.trim())
        } else {
            minisign_verify::PublicKey::decode(text.trim())
        };
        key.map(Self).map_err(|_| SignatureError::Key)
    }

    /// Reads a key from a file, such as `deshi-export keygen` or `minisign -G` writes.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a public key.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = read(path).map_err(unreadable(path))?;
        Self::parse(&text).map_err(|source| Error::PublicKey {
            path: path.to_owned(),
            source,
        })
    }

    /// Checks that this key signed these bytes. `signature` is the text of the `.minisig` file.
    ///
    /// # Errors
    /// [`SignatureError`] says why they do not count as signed.
    pub fn verify(&self, bytes: &[u8], signature: &str) -> Result<(), SignatureError> {
        use minisign_verify::Error as Minisign;

        let signature = Signature::decode(signature).map_err(|_| SignatureError::Format)?;
        // Signatures of the bytes themselves, not of their hash, are of minisign before 2015.
        let allow_legacy = false;
        (self.0.verify(bytes, &signature, allow_legacy)).map_err(|error| match error {
            Minisign::UnexpectedKeyId => SignatureError::OtherKey,
            Minisign::InvalidSignature => SignatureError::Altered,
            _ => SignatureError::Format,
        })
    }

    /// Checks a bundle's bytes, which were read from this file, against the signature beside it.
    pub(crate) fn verify_file(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let beside = signature_path(path);
        let result = match read(&beside) {
            Ok(signature) => self.verify(bytes, &signature),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(SignatureError::Missing { path: beside })
            }
            Err(error) => return Err(unreadable(&beside)(error)),
        };
        result.map_err(|source| Error::Signature {
            path: path.to_owned(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signed with `minisign -S`, version 0.11, and a key that was made for this test.
    const KEY: &str = "RWQJnJegkFP0TOBULMwqyWZ0QM0Go4cH93pwtQ9Q+IL2IoJyaZcFT68K";
    const SIGNATURE: &str = "\
untrusted comment: signature from minisign secret key
RUQJnJegkFP0TOZnaM5eWspqPZkNEc78DVfj4SET5IKT2LZffSXRDQ0xiaow69FCqirYt79QMntzClyVISwbEYwZT5rhJU3YRQQ=
trusted comment: timestamp:1795863407\tfile:bundle\thashed
JrHt5AYfG+vDA5sPpqmahoJsloap3Ex+5R1eD2vxPfkX8OjXIb+MtjWvVJP1OsIX3XLSi4DgV8i2mwC3TPvhBw==
";
    const TEXT: &[u8] = b"a bundle";

    #[test]
    fn what_minisign_signed_is_accepted_and_nothing_else() {
        let key = PublicKey::parse(KEY).unwrap();
        assert_eq!(key.verify(TEXT, SIGNATURE), Ok(()));
        let with_comment = format!("untrusted comment: a key\n{KEY}\n");
        assert_eq!(
            PublicKey::parse(&with_comment)
                .unwrap()
                .verify(TEXT, SIGNATURE),
            Ok(())
        );
        for at in 0..TEXT.len() {
            let mut altered = TEXT.to_vec();
            altered[at] ^= 1;
            assert_eq!(
                key.verify(&altered, SIGNATURE),
                Err(SignatureError::Altered)
            );
        }
        // The trusted comment is signed too.
        let altered = SIGNATURE.replace("file:bundle", "file:bindle");
        assert_ne!(altered, SIGNATURE);
        assert_eq!(key.verify(TEXT, &altered), Err(SignatureError::Altered));
        let other = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
        let other = PublicKey::parse(other).unwrap();
        assert_eq!(other.verify(TEXT, SIGNATURE), Err(SignatureError::OtherKey));
    }

    /// An endless file is read up to the limit, and is not a key.
    #[cfg(target_os = "linux")]
    #[test]
    fn no_more_than_the_limit_is_read() {
        let error = PublicKey::open("/dev/zero").unwrap_err();
        assert!(matches!(error, Error::PublicKey { .. }), "{error}");
        let text = read(Path::new("/dev/zero")).unwrap();
        assert_eq!(text.len() as u64, MAXIMUM_BYTES);
    }

    #[test]
    fn every_part_of_a_signature_is_needed() {
        let key = PublicKey::parse(KEY).unwrap();
        for end in 0..SIGNATURE.trim_end().len() {
            assert!(key.verify(TEXT, &SIGNATURE[..end]).is_err(), "{end}");
        }
        for text in [
            "",
            "\n",
            "RW",
            "untrusted comment: x\nRW",
            "\u{FFFD}",
            &SIGNATURE[..60],
        ] {
            assert_eq!(PublicKey::parse(text), Err(SignatureError::Key), "{text:?}");
        }
    }
}
