//! Invalid public keys and signatures: they are refused, without a panic.

#![no_main]

use deshi::{PublicKey, SignatureError};
use libfuzzer_sys::fuzz_target;

const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

fuzz_target!(|input: (&str, &str, &[u8])| {
    let (key, signature, bytes) = input;
    let known = PublicKey::parse(KEY).expect("it is a key");
    // Nobody who runs this has the secret key.
    assert!(known.verify(bytes, signature).is_err());
    match PublicKey::parse(key) {
        Ok(key) => drop(key.verify(bytes, signature)),
        Err(error) => assert_eq!(error, SignatureError::Key),
    }
});
