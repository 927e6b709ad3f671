//! Unpacks and packs bundles.

use std::error::Error;

use deshi_core::bundle::{self, Bundle, MEMBERS};

/// A member's name and content.
pub type Member = (&'static str, Vec<u8>);

/// The members of a bundle, without the checksums.
///
/// # Panics
/// If the file is not a bundle.
pub fn members(file: &[u8]) -> Vec<Member> {
    let bundle = Bundle::parse(file).expect("the bundle is one");
    let content = |name| bundle.member(name).expect("it has every member").to_vec();
    let names = MEMBERS.into_iter().take(MEMBERS.len() - 1);
    names.map(|name| (name, content(name))).collect()
}

/// A bundle of these members, with correct checksums.
pub fn pack(members: &[Member]) -> Vec<u8> {
    let members: Vec<_> = members
        .iter()
        .map(|(name, content)| (*name, content.as_slice()))
        .collect();
    bundle::write(&members)
}

/// An error and its causes, in one line.
pub fn whole_message(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message += &format!(": {error}");
        cause = error.source();
    }
    message
}
