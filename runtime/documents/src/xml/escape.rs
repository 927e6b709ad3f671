//! Text as XML writes it.

/// Text as character data. Characters that XML 1.0 does not allow are left out.
pub(crate) fn escape_text(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            _ if !is_xml_character(character) => {}
            _ => out.push(character),
        }
    }
}

/// Text as an attribute's value, for either quote.
pub(crate) fn escape_attribute(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            other => escape_text(other.encode_utf8(&mut [0; 4]), out),
        }
    }
}

/// Whether XML 1.0 allows the character (section 2.2).
fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Xml;

    #[test]
    fn what_is_written_is_read_again() {
        let text = "a < b & c > d \"e\" 'f'\tg\nh\ri é😀";
        let (mut content, mut value) = (String::new(), String::new());
        escape_text(text, &mut content);
        escape_attribute(text, &mut value);
        let xml = Xml::parse(
            format!("<a b=\"{value}\" c='{value}'>{content}</a>"),
            &[],
            10,
        )
        .unwrap();
        assert_eq!(xml.content(xml.root()), text);
        assert_eq!(xml.attribute(xml.root(), "b").as_deref(), Some(text));
        assert_eq!(xml.attribute(xml.root(), "c").as_deref(), Some(text));
        let mut out = String::new();
        escape_text("a\0b\u{1}c\u{ffff}d", &mut out);
        assert_eq!(out, "abcd", "XML has no place for these");
    }
}
