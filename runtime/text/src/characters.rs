//! What kind of character a character is, and whether a model knows it.

use icu_properties::props::{ExtendedPictographic, GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::normalize::{is_separator, seen};

/// Joins emoji into one (zero-width joiner).
const ZERO_WIDTH_JOINER: char = '\u{200D}';
/// Asks for the coloured form.
const EMOJI_PRESENTATION: char = '\u{FE0F}';
/// Makes a keycap of a digit.
const KEYCAP: char = '\u{20E3}';

/// Accents and other marks on the character before.
pub(crate) fn is_mark(character: char) -> bool {
    !character.is_ascii()
        && GeneralCategoryGroup::Mark
            .contains(CodePointMapData::<GeneralCategory>::new().get(character))
}

/// Private-use characters, whose meaning is the caller's own, and characters that Unicode has not assigned.
pub(crate) fn is_private_use(character: char) -> bool {
    matches!(character, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}')
}

/// Where the emoji that begins at a place ends, with its modifiers and what is joined to it.
pub(crate) fn emoji_end(text: &str, at: usize) -> Option<usize> {
    let mut characters = text[at..].char_indices().peekable();
    let (_, first) = characters.next()?;
    if first.is_ascii() {
        // 1️⃣: a digit or a sign, a variation selector, the keycap.
        let rest = &text[at + 1..];
        let key = rest
            .strip_prefix(EMOJI_PRESENTATION)
            .unwrap_or(rest)
            .strip_prefix(KEYCAP)?;
        return (first.is_ascii_digit() || matches!(first, '#' | '*'))
            .then(|| text.len() - key.len());
    }
    if !is_emoji(first) {
        return None;
    }
    let mut end = at + first.len_utf8();
    let mut joined = false;
    for (offset, character) in characters {
        let belongs = match character {
            EMOJI_PRESENTATION | '\u{FE0E}' | KEYCAP | ZERO_WIDTH_JOINER => true,
            '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}' => true,
            _ => joined || is_emoji(character),
        };
        if !belongs {
            break;
        }
        joined = character == ZERO_WIDTH_JOINER;
        end = at + offset + character.len_utf8();
    }
    Some(end)
}

fn is_emoji(character: char) -> bool {
    matches!(character, '\u{1F1E6}'..='\u{1F1FF}')
        || (character >= '\u{A9}'
            && CodePointSetData::new::<ExtendedPictographic>().contains(character))
}

/// The script that a language is written in.
fn script_of(language: &str) -> Script {
    match language {
        "ru" | "uk" | "bg" | "sr" | "mk" | "be" | "kk" | "mn" => Script::Cyrillic,
        "el" => Script::Greek,
        "ar" | "fa" | "ur" => Script::Arabic,
        "he" | "yi" => Script::Hebrew,
        "zh" | "ja" => Script::Han,
        "ko" => Script::Hangul,
        "hi" | "mr" | "ne" => Script::Devanagari,
        "bn" => Script::Bengali,
        "th" => Script::Thai,
        "ka" => Script::Georgian,
        "hy" => Script::Armenian,
        _ => Script::Latin,
    }
}

/// Which characters a model knows, in texts of its source language.
pub(crate) struct Characters<'m> {
    knows: &'m dyn Fn(char) -> bool,
    ascii: [bool; 128],
    script: Script,
}

impl<'m> Characters<'m> {
    pub(crate) fn new(language: &str, knows: &'m dyn Fn(char) -> bool) -> Self {
        let mut ascii = [true; 128];
        for byte in 0x21..0x7Fu8 {
            ascii[usize::from(byte)] = byte.is_ascii_alphanumeric() || knows(byte.into());
        }
        Self {
            knows,
            ascii,
            script: script_of(language),
        }
    }

    pub(crate) fn knows_ascii(&self, byte: u8) -> bool {
        self.ascii
            .get(usize::from(byte))
            .is_some_and(|&known| known)
    }

    fn knows(&self, character: char) -> bool {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => self.knows_ascii(byte),
            _ => (self.knows)(character),
        }
    }

    /// A letter of a script that the model does not translate from, or that it does not know.
    pub(crate) fn is_foreign(&self, letter: char) -> bool {
        if letter.is_ascii() {
            return false;
        }
        let Some(letter) = seen(letter) else {
            return false;
        };
        let script = CodePointMapData::<Script>::new().get(letter);
        let other = self.script == Script::Latin
            && !matches!(script, Script::Latin | Script::Common | Script::Inherited);
        other || !self.knows(letter)
    }

    /// A sign that the model has no piece for. White space, accents and invisible characters do not count.
    pub(crate) fn is_unknown_sign(&self, sign: char) -> bool {
        if sign.is_whitespace() || is_separator(sign) || is_mark(sign) {
            return false;
        }
        seen(sign).is_some_and(|sign| sign != ' ' && !self.knows(sign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_ends_behind_its_modifiers() {
        for emoji in ["😀", "👍🏽", "👨‍👩‍👧‍👦", "❤️", "🇩🇪", "1️⃣", "#️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☎", "🎉🎉"]
        {
            let text = format!("{emoji} a");
            assert_eq!(emoji_end(&text, 0), Some(emoji.len()), "{emoji}");
        }
        for text in ["a", "1", "#a", "ü", "€", ""] {
            assert_eq!(emoji_end(text, 0), None, "{text:?}");
        }
    }

    #[test]
    fn letters_of_other_scripts_and_unknown_signs_are_found() {
        let knows = |character: char| character.is_ascii() || "äöüß€–".contains(character);
        let characters = Characters::new("en", &knows);
        for (character, foreign, sign) in [
            ('a', false, false),
            ('ü', false, false),
            ('ł', true, false),
            ('д', true, false),
            ('東', true, false),
            ('Ｈ', false, false),
            ('\u{FB01}', false, false),
            ('–', false, false),
            ('→', false, true),
            ('\u{308}', false, false),
            ('\u{200B}', false, false),
            ('\u{A0}', false, false),
            ('’', false, false),
        ] {
            let got = (
                character.is_alphabetic() && characters.is_foreign(character),
                !character.is_alphanumeric() && characters.is_unknown_sign(character),
            );
            assert_eq!(got, (foreign, sign), "{character:?}");
        }
    }
}
