//! The text that a model sees: composed (NFC), without ligatures, full-width forms and invisible characters.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::case::capitalize;

/// What a character becomes in the text that a model sees.
enum Form {
    Itself,
    Nothing,
    Character(char),
    /// Its compatibility decomposition (NFKC).
    Compatible,
}

/// Characters with another form, by range. Everything else stays.
fn form(character: char) -> Form {
    match character {
        // Spaces of other widths, no-break spaces, tabs.
        '\t'
        | '\u{A0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200A}'
        | '\u{202F}'
        | '\u{205F}'
        | '\u{3000}' => Form::Character(' '),
        // Line ends inside a sentence.
        '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
            Form::Character(' ')
        }
        // Text in Windows-1252 that was read as Latin-1 has its quotation marks and dashes here.
        '\u{91}' | '\u{92}' => Form::Character('\''),
        '\u{93}' | '\u{94}' => Form::Character('"'),
        '\u{96}' => Form::Character('–'),
        '\u{97}' => Form::Character('—'),
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => Form::Nothing,
        // Soft hyphen, zero-width characters, marks and isolates of direction, variation selectors.
        '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{180E}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{E0100}'..='\u{E01EF}' => Form::Nothing,
        // Apostrophes and quotation marks, curly and straight alike.
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2BC}' => Form::Character('\''),
        '\u{201C}' | '\u{201D}' | '\u{201F}' => Form::Character('"'),
        // Hyphens that look like the common one.
        '\u{2010}' | '\u{2011}' => Form::Character('-'),
        // Ligatures of letters, full-width and half-width forms.
        '\u{FB00}'..='\u{FB06}' | '\u{FF01}'..='\u{FFEE}' => Form::Compatible,
        _ => Form::Itself,
    }
}

/// Control characters other than white space. They end a cell, as a tab does: in text, they separate records and fields.
pub(crate) fn is_separator(character: char) -> bool {
    character.is_control() && !character.is_whitespace() && matches!(form(character), Form::Nothing)
}

/// Invisible characters that may stand between two sentences. Those that come in pairs, and those that belong to the
/// character before, are not among them.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2060}'
            ..='\u{2064}' | '\u{FEFF}'
    )
}

/// The text as a model sees it. Fast where nothing changes.
pub(crate) fn normalize(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let changes = |character| !matches!(form(character), Form::Itself);
    let Some(first) = text.find(changes) else {
        return ComposingNormalizerBorrowed::new_nfc().normalize(text);
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    for character in text[first..].chars() {
        match form(character) {
            Form::Itself => out.push(character),
            Form::Nothing => {}
            Form::Character(other) => out.push(other),
            Form::Compatible => {
                let mut bytes = [0; 4];
                let one: &str = character.encode_utf8(&mut bytes);
                out.push_str(&ComposingNormalizerBorrowed::new_nfkc().normalize(one));
            }
        }
    }
    match ComposingNormalizerBorrowed::new_nfc().normalize(&out) {
        Cow::Borrowed(_) => Cow::Owned(out),
        Cow::Owned(composed) => Cow::Owned(composed),
    }
}

/// A text with the signs between words as models know them: a space behind each comma, also where it was forgotten
/// ("Tom,Mary"), a hyphen for a short dash without spaces ("Mon–Fri"), spaces around a long one ("He came—and left"),
/// and an apostrophe for an accent ("I`m").
pub(crate) fn with_common_signs(text: Cow<'_, str>) -> Cow<'_, str> {
    let between_letters = |at: usize, sign: &str| {
        let before = text[..at].chars().next_back();
        let after = text[at + sign.len()..].chars().next();
        let is_word = |c: char| c.is_alphabetic() || sign == "—" && c.is_numeric();
        before.is_some_and(is_word) && after.is_some_and(is_word)
    };
    let places: Vec<(usize, &str)> = text
        .match_indices([',', ';', '–', '—', '`', '´'])
        .filter(|(at, sign)| between_letters(*at, sign))
        .collect();
    if places.is_empty() {
        return text;
    }
    let mut out = String::with_capacity(text.len() + places.len());
    let mut end = 0;
    for (at, sign) in places {
        out.push_str(&text[end..at]);
        out.push_str(match sign {
            "," => ", ",
            ";" => "; ",
            "—" => " – ",
            "`" | "´" => "'",
            _ => "-",
        });
        end = at + sign.len();
    }
    Cow::Owned(out + &text[end..])
}

/// A text with its abbreviations written out. Not at the end of the sentence, where the full stop also ends the sentence.
pub(crate) fn write_out<'t>(text: Cow<'t, str>, list: &[(&str, &str)]) -> Cow<'t, str> {
    if list.is_empty()
        || ![". ", ".,", " & ", " @ "]
            .iter()
            .any(|sign| text.contains(sign))
    {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    let runs: Vec<&str> = text.split_inclusive(' ').collect();
    let capital_at = |index: Option<usize>| {
        let run = index.and_then(|index| runs.get(index));
        run.is_some_and(|run| run.starts_with(char::is_uppercase))
    };
    for (index, run) in runs.iter().copied().enumerate() {
        let word = run.trim_end();
        let abbreviation = word.trim_start_matches(['(', '"', '\'']);
        let abbreviation = abbreviation.strip_suffix(',').unwrap_or(abbreviation);
        let found = list
            .iter()
            .find(|(short, _)| short.eq_ignore_ascii_case(abbreviation));
        // "Ask Max. Peter knows." is about a person, "Smith & Sons" is a name.
        let mut letters = abbreviation.chars();
        let name = letters.next().is_some_and(char::is_uppercase)
            && letters.any(char::is_lowercase)
            || abbreviation == "&"
                && capital_at(index.checked_sub(1))
                && capital_at(Some(index + 1));
        // Before a number, "@" is kept: "3 GB @ 60 Hz".
        let before_number = abbreviation == "@" && index + 1 == runs.len();
        let is_name = name && index > 0 || before_number;
        match found.filter(|_| run.ends_with(' ') && !is_name) {
            Some((_, long)) => {
                let start = word.find(abbreviation).unwrap_or(0);
                out.push_str(&word[..start]);
                let capital = abbreviation.starts_with(char::is_uppercase);
                match capital {
                    true => out.push_str(&capitalize(long)),
                    false => out.push_str(long),
                }
                out.push_str(&run[start + abbreviation.len()..]);
            }
            None => out.push_str(run),
        }
    }
    Cow::Owned(out)
}

/// What a model sees in the place of a character: nothing, or its first character.
pub(crate) fn seen(character: char) -> Option<char> {
    match form(character) {
        Form::Itself => Some(character),
        Form::Nothing => None,
        Form::Character(other) => Some(other),
        Form::Compatible => {
            let mut bytes = [0; 4];
            let one: &str = character.encode_utf8(&mut bytes);
            let normal = ComposingNormalizerBorrowed::new_nfkc().normalize(one);
            normal.chars().next()
        }
    }
}

/// The normal form with one space between words, none around them: what is compared with a memory's sentences.
pub(crate) fn comparable(text: &str) -> String {
    let normal = normalize(text);
    let mut out = String::with_capacity(normal.len());
    for word in normal.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_are_written_out() {
        let list = crate::languages::language("en").written_out;
        for (text, expected) in [
            ("Fruit, e.g. apples.", "Fruit, for example apples."),
            ("Fruit (i.e., apples).", "Fruit (that is, apples)."),
            ("E.g. this.", "For example this."),
            // A span follows.
            ("Twice, i.e. ", "Twice, that is "),
            ("The max. speed is 5.", "The maximum speed is 5."),
            ("It takes 5 min.", "It takes 5 min."),
            ("No abbreviation. Here.", "No abbreviation. Here."),
        ] {
            assert_eq!(write_out(Cow::Borrowed(text), list), expected);
        }
    }

    #[test]
    fn signs_between_words_become_the_common_ones() {
        for (text, expected) in [
            ("Yes,no;maybe, 1,000 a,1 b", "Yes, no; maybe, 1,000 a,1 b"),
            ("Mon–Fri, 2–3 – so", "Mon-Fri, 2–3 – so"),
            ("All is well, yes.", "All is well, yes."),
        ] {
            assert_eq!(with_common_signs(Cow::Borrowed(text)), expected);
        }
    }

    #[test]
    fn what_looks_the_same_becomes_the_same() {
        for (text, expected) in [
            ("Plain text.", "Plain text."),
            ("Grüße", "Grüße"),
            ("Gru\u{308}ße", "Grüße"),
            ("e\u{301}tude", "étude"),
            ("\u{FB01}nal o\u{FB03}ce", "final office"),
            ("Ｈｅｌｌｏ，\u{3000}１２", "Hello, 12"),
            ("left\u{200E}right\u{200F}", "leftright"),
            ("co\u{AD}op\u{200B}er\u{2060}ate\u{FEFF}", "cooperate"),
            ("10\u{A0}km\u{202F}h", "10 km h"),
            ("don\u{2019}t \u{201C}go\u{201D}", "don't \"go\""),
            ("e\u{AD}\u{301}", "é"),
            ("a\u{2011}b", "a-b"),
            ("bell\u{7}", "bell"),
            (
                "It\u{92}s \u{93}late\u{94} \u{96} now",
                "It's \"late\" – now",
            ),
            ("葛\u{E0100}", "葛"),
            ("x² ½ €", "x² ½ €"),
        ] {
            assert_eq!(normalize(text), expected, "{text:?}");
        }
    }

    #[test]
    fn comparison_ignores_spacing() {
        assert_eq!(comparable("  a \u{A0} b\tc "), "a b c");
    }
}
