//! Expressions that have one translation when they are a whole sentence: greetings, thanks, wishes. Without a context, small
//! models guess at them, and people try a translator with them first. Those that models know are not listed.

use crate::case::capitalize;

/// Expressions in small letters, and their translations as they are within a sentence.
pub(crate) type Expressions = &'static [(&'static str, &'static str)];

pub(super) const ENGLISH_TO_GERMAN: Expressions = &[
    ("hello", "hallo"),
    ("hi", "hallo"),
    ("hi there", "hallo"),
    ("goodbye", "auf Wiedersehen"),
    ("good bye", "auf Wiedersehen"),
    ("good-bye", "auf Wiedersehen"),
    ("bye", "tschüss"),
    ("bye bye", "tschüss"),
    ("bye-bye", "tschüss"),
    ("see you", "bis dann"),
    ("see you later", "bis später"),
    ("see you soon", "bis bald"),
    ("no", "nein"),
    ("yes, please", "ja, bitte"),
    ("no, thanks", "nein, danke"),
    ("no, thank you", "nein, danke"),
    ("thanks", "danke"),
    ("thanks a lot", "vielen Dank"),
    ("many thanks", "vielen Dank"),
    ("you're welcome", "gern geschehen"),
    ("congratulations", "herzlichen Glückwunsch"),
    ("happy birthday", "alles Gute zum Geburtstag"),
    ("merry christmas", "frohe Weihnachten"),
    ("happy easter", "frohe Ostern"),
    ("happy new year", "frohes neues Jahr"),
    ("good luck", "viel Glück"),
    ("have fun", "viel Spaß"),
    ("get well soon", "gute Besserung"),
    ("enjoy your meal", "guten Appetit"),
    ("bless you", "Gesundheit"),
    ("cheers", "prost"),
    ("stop", "stopp"),
    ("best regards", "mit freundlichen Grüßen"),
    ("kind regards", "mit freundlichen Grüßen"),
    ("regards", "viele Grüße"),
    ("greetings", "viele Grüße"),
    ("all the best", "alles Gute"),
    ("take care", "mach's gut"),
    ("respectfully", "hochachtungsvoll"),
    ("to whom it may concern", "sehr geehrte Damen und Herren"),
    ("warm regards", "herzliche Grüße"),
    ("best wishes", "viele Grüße"),
    ("yours sincerely", "mit freundlichen Grüßen"),
    ("yours faithfully", "mit freundlichen Grüßen"),
    ("yours truly", "mit freundlichen Grüßen"),
    ("sincerely", "mit freundlichen Grüßen"),
    ("sincerely yours", "mit freundlichen Grüßen"),
];

/// The most words of a name behind one.
const NAME_WORDS: usize = 3;

/// Whether a word is written as names are: with one capital, at its beginning.
fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.clone().next().is_some()
        && letters.all(|c| c.is_lowercase() || matches!(c, '-' | '\'' | '.'))
}

/// What may come behind an expression.
const ENDS: &[char] = &[':', '!', '.', ',', '?', '…'];

/// The translation of a sentence that is an expression, alone or with signs behind it, written as its source is.
pub(crate) fn translation(sentence: &str, expressions: Expressions) -> Option<String> {
    let text = sentence.trim_end_matches(ENDS);
    // "Best regards, Anna Miller": the name stays.
    if let Some((before, name)) = text.split_once(", ")
        && name.split(' ').count() <= NAME_WORDS
        && name.split(' ').all(is_name)
        && let Some(translation) = translation(before, expressions)
    {
        return Some(format!(
            "{translation}, {}",
            &sentence[text.len() - name.len()..]
        ));
    }
    let plain = text.replace('’', "'");
    let (_, target) = expressions
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(&plain))?;
    let mut letters = text.chars().filter(|c| c.is_alphabetic());
    let capital = letters.next().is_some_and(char::is_uppercase);
    let small = letters.any(char::is_lowercase);
    let end = &sentence[text.len()..];
    Some(match (capital, small) {
        (true, false) => target.to_uppercase() + end,
        (true, true) => capitalize(target) + end,
        (false, _) => (*target).to_owned() + end,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_written_as_their_source_is() {
        for (text, expected) in [
            ("Hello", Some("Hallo")),
            ("hi!", Some("hallo!")),
            ("GOODBYE.", Some("AUF WIEDERSEHEN.")),
            ("You’re welcome!", Some("Gern geschehen!")),
            ("Thanks,", Some("Danke,")),
            ("No", Some("Nein")),
            ("Cheers?!", Some("Prost?!")),
            (
                "Best regards, Anna Miller",
                Some("Mit freundlichen Grüßen, Anna Miller"),
            ),
            ("Thanks, Tom!", Some("Danke, Tom!")),
            ("Thanks, but no", None),
            ("No, I am not.", None),
            ("No. 5", None),
            ("Hello Tom", None),
            ("", None),
        ] {
            let found = translation(text, ENGLISH_TO_GERMAN);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
