//! Signs bundles in minisign's format (<https://jedisct1.github.io/minisign/>), so that a user can refuse bundles that
//! someone else made or altered: `deshi --verify` and `deshi::PublicKey` verify, and so does the command `minisign`.
//!
//! ```
//! use deshi_export::signing::KeyPair;
//!
//! let keys = KeyPair::generate(Some("a password"))?;
//! assert!(keys.public.contains("minisign public key"));
//! # Ok::<(), deshi_export::ExportError>(())
//! ```

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use ct_codecs::{Base64, Decoder};
use deshi_core::bundle::Members;
use minisign::{PublicKey, SecretKeyBox};

use crate::ExportError;

/// Bytes of a secret key's second line: `Ed`, the key derivation (`Sc`, or zeros without a password), the
/// checksum's algorithm, salt, limits, key id, key and checksum (<https://jedisct1.github.io/minisign/#secret-key-format>).
const SECRET_KEY_BYTES: usize = 158;

/// A secret key and its public key: the texts of their files.
pub struct KeyPair {
    /// Whoever has it can sign, with its password if it has one.
    pub secret: String,
    /// Whoever has it can verify.
    pub public: String,
}

impl KeyPair {
    /// Makes a new pair. The secret key is encrypted if there is a password.
    ///
    /// # Errors
    /// If the system gives no random numbers, or not the memory that the password's key derivation takes.
    pub fn generate(password: Option<&str>) -> Result<Self, ExportError> {
        let keys = match password {
            Some(password) => {
                minisign::KeyPair::generate_encrypted_keypair(Some(password.to_owned()))
            }
            None => minisign::KeyPair::generate_unencrypted_keypair(),
        };
        let texts = keys.and_then(|keys| {
            Ok(Self {
                secret: keys.sk.to_box(None)?.into_string(),
                public: keys.pk.to_box()?.into_string(),
            })
        });
        texts.map_err(ExportError::Signing)
    }
}

/// A secret key that can sign.
pub struct SecretKey(minisign::SecretKey);

impl SecretKey {
    /// Reads a key from the text of its file. `ask` gives the password of an encrypted key.
    ///
    /// # Errors
    /// If the text is not a secret key, or the password is wrong.
    pub fn parse(
        text: &str,
        ask: impl FnOnce() -> Result<String, ExportError>,
    ) -> Result<Self, ExportError> {
        let line = text.lines().nth(1).unwrap_or_default().trim();
        let bytes = Base64::decode_to_vec(line, None).unwrap_or_default();
        let key = match bytes.as_slice() {
            [b'E', b'd', b'S', b'c', ..] if bytes.len() == SECRET_KEY_BYTES => {
                SecretKeyBox::from(text.to_owned()).into_secret_key(Some(ask()?))
            }
            // Not through a box, which checks a checksum that `minisign -G -W` leaves zero. `sign` verifies what it made.
            [b'E', b'd', 0, 0, ..] if bytes.len() == SECRET_KEY_BYTES => {
                minisign::SecretKey::from_bytes(&bytes)
            }
            _ => return Err(ExportError::NotASecretKey),
        };
        key.map(Self).map_err(ExportError::Signing)
    }

    /// Signs a bundle. Returns the text of its signature's file. The file's name is part of what is signed, for people
    /// to read.
    ///
    /// # Errors
    /// If the bytes are not a bundle.
    pub fn sign(&self, name: &str, bundle: &[u8]) -> Result<String, ExportError> {
        Members::parse(bundle).map_err(|source| ExportError::NotABundle {
            name: name.to_owned(),
            source,
        })?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = now.map_or(0, |time| time.as_secs());
        // The name is part of a line, which a control character would end.
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        let comment = format!("timestamp:{seconds}\tfile:{name}\thashed");
        let untrusted = Some("signature by deshi-export");
        let signature = PublicKey::from_secret_key(&self.0).and_then(|public| {
            minisign::sign(Some(&public), &self.0, bundle, Some(&comment), untrusted)
        });
        signature
            .map(|signature| signature.into_string())
            .map_err(ExportError::Signing)
    }
}

/// Where the signature of this bundle goes, and is looked for: `en-de.deshi.minisig`.
pub fn signature_path(bundle: &Path) -> PathBuf {
    let mut path = bundle.as_os_str().to_owned();
    path.push(".minisig");
    path.into()
}
