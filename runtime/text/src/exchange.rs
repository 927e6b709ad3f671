//! TMX and TBX: the XML files in which translation programs exchange sentences and terms.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::error::ResourceError;

/// The elements of a format.
pub(crate) struct Format {
    /// The roots that it may have; the first names the format.
    pub(crate) roots: &'static [&'static str],
    /// Holds one entry.
    pub(crate) entry: &'static [&'static str],
    /// Holds what is in one language.
    pub(crate) language: &'static [&'static str],
    /// Holds a text.
    pub(crate) text: &'static str,
    /// Inside a text: markup, which is not text.
    pub(crate) markup: &'static [&'static str],
}

/// Translation Memory eXchange 1.4.
pub(crate) const TMX: Format = Format {
    roots: &["tmx"],
    entry: &["tu"],
    language: &["tuv"],
    text: "seg",
    markup: &["bpt", "ept", "it", "ph", "ut"],
};

/// TermBase eXchange, ISO 30042:2008 and 2019.
pub(crate) const TBX: Format = Format {
    roots: &["tbx", "martif"],
    entry: &["termEntry", "conceptEntry"],
    language: &["langSet", "langSec"],
    text: "term",
    markup: &[],
};

/// The texts of a file's entries in two languages: the first text of each; for terms, every source with the first target.
pub(crate) fn pairs(
    file: &str,
    format: &Format,
    source_language: &str,
    target_language: &str,
) -> Result<Vec<(String, String)>, ResourceError> {
    let mut reader = Reader::from_str(file);
    let mut state = State::default();
    let mut found = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| ResourceError::Xml {
            byte: reader.error_position(),
            reason: error.to_string(),
        })?;
        match event {
            Event::Start(start) => state.open(&start, format)?,
            Event::Empty(start) if !state.rooted => state.open(&start, format)?,
            Event::End(end) => state.close(
                end.local_name().as_ref(),
                format,
                source_language,
                target_language,
                &mut found,
            ),
            Event::Text(text) => state.push(&text.xml10_content()),
            Event::CData(text) => state.push(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => state.push(character.encode_utf8(&mut [0; 4])),
                Ok(None) => state.push(entity(&reference.xml10_content())),
                Err(error) => {
                    return Err(ResourceError::Xml {
                        byte: reader.buffer_position(),
                        reason: error.to_string(),
                    });
                }
            },
            Event::Eof => break,
            _ => {}
        }
    }
    if !state.rooted || state.depth > 0 {
        return Err(ResourceError::Xml {
            byte: reader.buffer_position(),
            reason: "the file ends before its root element does".to_owned(),
        });
    }
    if found.is_empty() {
        return Err(ResourceError::Languages {
            source_language: source_language.to_owned(),
            target_language: target_language.to_owned(),
        });
    }
    Ok(found)
}

/// XML's five predefined entities; others become nothing.
fn entity(name: &str) -> &'static str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    }
}

#[derive(Default)]
struct State {
    rooted: bool,
    depth: usize,
    language: String,
    text: Option<String>,
    /// Markup elements that are open inside a text.
    markup: usize,
    /// Language and text of the entry's texts.
    entry: Vec<(String, String)>,
}

impl State {
    fn open(&mut self, start: &BytesStart<'_>, format: &Format) -> Result<(), ResourceError> {
        let name = start.local_name();
        let name: &str = name.as_ref();
        if !self.rooted {
            if !format.roots.contains(&name) {
                return Err(ResourceError::Root {
                    expected: format.roots[0],
                    got: name.to_owned(),
                });
            }
            self.rooted = true;
        }
        self.depth += 1;
        if format.entry.contains(&name) {
            self.entry.clear();
        } else if format.language.contains(&name) {
            let attribute = start
                .attributes()
                .flatten()
                .find(|attribute| attribute.key.local_name().as_ref() == "lang");
            self.language = attribute
                .map(|attribute| attribute.value.to_lowercase())
                .unwrap_or_default();
        } else if name == format.text {
            self.text = Some(String::new());
        } else if self.text.is_some() && format.markup.contains(&name) {
            self.markup += 1;
        }
        Ok(())
    }

    fn push(&mut self, text: &str) {
        if let Some(own) = self.text.as_mut().filter(|_| self.markup == 0) {
            own.push_str(text);
        }
    }

    fn close(
        &mut self,
        name: &str,
        format: &Format,
        source: &str,
        target: &str,
        found: &mut Vec<(String, String)>,
    ) {
        self.depth = self.depth.saturating_sub(1);
        if name == format.text {
            let text = self.text.take().unwrap_or_default();
            if !text.trim().is_empty() {
                self.entry
                    .push((self.language.clone(), text.trim().to_owned()));
            }
            self.markup = 0;
        } else if self.text.is_some() && format.markup.contains(&name) {
            self.markup = self.markup.saturating_sub(1);
        } else if format.entry.contains(&name) {
            let in_language = |code: &str| {
                let code = code.to_lowercase();
                let same = move |(language, _): &&(String, String)| {
                    *language == code || language.split(['-', '_']).next() == Some(code.as_str())
                };
                self.entry
                    .iter()
                    .filter(same)
                    .map(|(_, text)| text.clone())
                    .collect::<Vec<_>>()
            };
            if let Some(translation) = in_language(target).first() {
                found.extend(
                    in_language(source)
                        .into_iter()
                        .map(|text| (text, translation.clone())),
                );
            }
            self.entry.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: &str = r#"<?xml version="1.0"?>
<tmx version="1.4"><header srclang="en"/><body>
<tu><tuv xml:lang="en-US"><seg>Save &amp; <bpt i="1">&lt;b></bpt>exit<ept i="1">&lt;/b></ept>&#33;</seg></tuv>
    <tuv xml:lang="DE"><seg>Speichern und beenden!</seg></tuv></tu>
<tu><tuv lang="fr"><seg>Oui</seg></tuv><tuv lang="de"><seg>Ja</seg></tuv></tu>
</body></tmx>"#;

    #[test]
    fn a_memory_is_read() {
        let found = pairs(MEMORY, &TMX, "en", "de").unwrap();
        assert_eq!(
            found,
            [(
                "Save & exit!".to_owned(),
                "Speichern und beenden!".to_owned()
            )]
        );
        let found = pairs(MEMORY, &TMX, "fr", "de").unwrap();
        assert_eq!(found, [("Oui".to_owned(), "Ja".to_owned())]);
    }

    #[test]
    fn terms_are_read_from_both_versions() {
        for (root, entry, language, around) in [
            ("martif", "termEntry", "langSet", "tig"),
            ("tbx", "conceptEntry", "langSec", "termSec"),
        ] {
            let side = |code: &str, terms: &[&str]| {
                let terms: String = terms
                    .iter()
                    .map(|term| format!("<{around}><term>{term}</term></{around}>"))
                    .collect();
                format!("<{language} xml:lang=\"{code}\">{terms}</{language}>")
            };
            let file = format!(
                "<{root}><text><body><{entry} id=\"1\">{}{}</{entry}></body></text></{root}>",
                side("en", &["bank", "shore"]),
                side("de", &["Ufer", "Strand"])
            );
            let found = pairs(&file, &TBX, "en", "de").unwrap();
            let expected =
                [("bank", "Ufer"), ("shore", "Ufer")].map(|(a, b)| (a.to_owned(), b.to_owned()));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn wrong_files_are_named() {
        assert!(matches!(
            pairs("<html></html>", &TMX, "en", "de"),
            Err(ResourceError::Root { .. })
        ));
        assert!(matches!(
            pairs("no xml", &TMX, "en", "de"),
            Err(ResourceError::Xml { .. })
        ));
        assert!(matches!(
            pairs("<tmx><body>", &TMX, "en", "de"),
            Err(ResourceError::Xml { .. })
        ));
        assert!(matches!(
            pairs("<tmx><a></b></tmx>", &TMX, "en", "de"),
            Err(ResourceError::Xml { .. })
        ));
        assert!(matches!(
            pairs(MEMORY, &TMX, "ja", "de"),
            Err(ResourceError::Languages { .. })
        ));
        for length in 0..MEMORY.len() {
            if MEMORY.is_char_boundary(length) {
                pairs(&MEMORY[..length], &TMX, "en", "de").unwrap_err();
            }
        }
    }
}
