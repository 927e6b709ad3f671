//! What elements and attributes of HTML mean for a translation.

use super::tokens::{Tag, TagKind};

/// The role of an element in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    /// Within a sentence: `b`, `a`.
    Inline,
    /// Within a sentence, with content that is not translated: `code`.
    InlineKept,
    /// Within a sentence, without content: `img`.
    InlineEmpty,
    /// A new line: within a sentence or between two.
    LineBreak,
    /// Ends the text before it: `p`, `td`, and every unknown element.
    Block,
    /// A block with content that is not translated: `pre`.
    BlockKept,
}

impl Element {
    /// The element of a name in lower case.
    pub(crate) fn of(name: &str) -> Self {
        // Names with a prefix are XHTML's, as in `html:b`.
        match name.rsplit(':').next().unwrap_or(name) {
            "a" | "abbr" | "acronym" | "b" | "bdi" | "bdo" | "big" | "blink" | "cite" | "del"
            | "dfn" | "em" | "font" | "i" | "ins" | "mark" | "nobr" | "q" | "s" | "small"
            | "span" | "strike" | "strong" | "sub" | "sup" | "time" | "tt" | "u" => Self::Inline,
            "code" | "kbd" | "samp" | "var" | "ruby" | "math" | "svg" => Self::InlineKept,
            "img" | "wbr" => Self::InlineEmpty,
            "br" => Self::LineBreak,
            "pre" | "script" | "style" | "textarea" | "xmp" | "listing" | "plaintext" => {
                Self::BlockKept
            }
            _ => Self::Block,
        }
    }
}

/// Whether an element says that its content is not to be translated: `translate="no"`, the class `notranslate`.
pub(crate) fn is_kept(tag: &Tag, text: &str) -> bool {
    let value = |name| {
        tag.attribute(name)
            .map(|attribute| &text[attribute.value.clone()])
    };
    value("translate").is_some_and(|value| value.eq_ignore_ascii_case("no"))
        || value("class").is_some_and(|value| {
            value
                .split_ascii_whitespace()
                .any(|class| class == "notranslate")
        })
}

/// Elements that have no end tag.
pub(crate) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Whether an attribute of a tag holds text for people.
pub(crate) fn is_translated(tag: &Tag, name: &str, text: &str) -> bool {
    if tag.kind == TagKind::End {
        return false;
    }
    let value = |name: &str| {
        let attribute = tag.attribute(name)?;
        Some(text[attribute.value.clone()].to_ascii_lowercase())
    };
    match (tag.name.as_str(), name) {
        (
            _,
            "alt"
            | "title"
            | "placeholder"
            | "aria-label"
            | "aria-description"
            | "aria-placeholder"
            | "aria-roledescription"
            | "aria-valuetext",
        ) => true,
        ("table", "summary") | ("optgroup" | "option" | "track", "label") | ("th", "abbr") => true,
        ("input", "value") => {
            value("type").is_some_and(|kind| matches!(kind.as_str(), "submit" | "button" | "reset"))
        }
        ("meta", "content") => ["name", "property"]
            .into_iter()
            .filter_map(value)
            .any(|name| {
                matches!(
                    name.as_str(),
                    "description"
                        | "keywords"
                        | "title"
                        | "og:title"
                        | "og:description"
                        | "og:image:alt"
                        | "twitter:title"
                        | "twitter:description"
                        | "twitter:image:alt"
                        | "apple-mobile-web-app-title"
                )
            }),
        _ => false,
    }
}
