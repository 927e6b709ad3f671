//! Whether a file's own word on its languages fits the translation.

use crate::{Error, Format, Place, Settings};
use std::borrow::Cow;

/// The primary language of a tag: `pt` of `pt-BR`, `pt_BR` and `PT@latin`.
pub(crate) fn primary(tag: &str) -> String {
    let end = tag.find(['-', '_', '@', '.']).unwrap_or(tag.len());
    tag[..end].trim().to_ascii_lowercase()
}

/// Whether both tags are of the same primary language.
pub(crate) fn same(one: &str, other: &str) -> bool {
    primary(one) == primary(other)
}

/// Checks the language that the file says its source texts have.
///
/// # Errors
///
/// The settings name another one.
pub(crate) fn check_source(
    format: Format,
    place: impl FnOnce() -> Place,
    language: Option<Cow<'_, str>>,
    settings: &Settings,
) -> Result<(), Error> {
    let language = language.filter(|language| !language.trim().is_empty());
    match (language, &settings.source_language) {
        (Some(found), Some(expected)) if !same(&found, expected) => Err(Error::SourceLanguage {
            format,
            place: place(),
            found: found.trim().to_owned(),
            expected: expected.clone(),
        }),
        _ => Ok(()),
    }
}

/// Checks the language that the file says its translations have. `has_translations`: whether it has some already, which
/// would stay.
///
/// # Errors
///
/// The settings name another one, and do not ask for a new translation of everything. A file without translations may
/// name the source's language instead, as a copy of a source file does; where the settings do not say which that is, any.
pub(crate) fn check_target(
    format: Format,
    place: impl FnOnce() -> Place,
    language: Option<Cow<'_, str>>,
    has_translations: bool,
    settings: &Settings,
) -> Result<(), Error> {
    let language = language.filter(|language| !language.trim().is_empty());
    let (Some(found), Some(expected)) = (language, &settings.target_language) else {
        return Ok(());
    };
    let source = settings.source_language.as_deref();
    let is_copy = !has_translations && source.is_none_or(|source| same(&found, source));
    if settings.retranslate || is_copy || same(&found, expected) {
        return Ok(());
    }
    Err(Error::TargetLanguage {
        format,
        place: place(),
        found: found.trim().to_owned(),
        expected: expected.clone(),
    })
}
