//! What is wrong with a translation, as far as a program can see it.

use std::collections::{HashMap, HashSet};

use deshi_corpus::selection::most_repeats;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// No translation.
    Empty,
    /// A number that neither source nor reference has.
    NumberInvented,
    /// A number that source and reference have is missing.
    NumberLost,
    /// Much shorter than the reference.
    Short,
    /// Much longer than the reference.
    Long,
    /// It repeats itself, as neither source nor reference does.
    Repetition,
    /// It has words of the source that the reference does not have.
    Copied,
    /// Where the source has "it", a German pronoun of another gender than the reference's: er or ihn, sie, es.
    PronounGender,
    /// It is a target of the training data, and not the reference.
    Memorised,
}

impl Fault {
    /// Every kind, in the order of the report.
    pub const ALL: [Self; 9] = [
        Self::Empty,
        Self::NumberInvented,
        Self::NumberLost,
        Self::Short,
        Self::Long,
        Self::Repetition,
        Self::Copied,
        Self::PronounGender,
        Self::Memorised,
    ];

    /// What it is, in a few words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NumberInvented => "a number that source and reference lack",
            Self::NumberLost => "a number of source and reference is lost",
            Self::Short => "shorter than half of the reference",
            Self::Long => "longer than twice the reference",
            Self::Repetition => "repeats itself",
            Self::Copied => "words copied from the source",
            Self::PronounGender => "a pronoun for \"it\" of another gender",
            Self::Memorised => "another sentence's training target",
        }
    }
}

/// Characters that a sentence may be shorter or longer than a share of the reference allows: short ones differ much.
const LENGTH_SLACK: usize = 12;
/// The least characters of a word that counts as copied: shorter ones are often alike in two languages.
const COPIED_CHARACTERS: usize = 4;
/// The least words of a translation that counts as memorised: short ones are common.
const MEMORISED_WORDS: usize = 4;

/// A text's numbers, in its order: digits, without the marks between them, which differ between languages.
fn numbers(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut numbers = Vec::new();
    let mut number = String::new();
    for (at, &character) in characters.iter().enumerate() {
        if character.is_ascii_digit() {
            number.push(character);
            continue;
        }
        let between = matches!(character, '.' | ',' | ':' | '\u{a0}' | '\u{202f}')
            && characters.get(at + 1).is_some_and(char::is_ascii_digit);
        if !number.is_empty() && !between {
            numbers.push(std::mem::take(&mut number));
        }
    }
    if !number.is_empty() {
        numbers.push(number);
    }
    numbers
}

/// A text's words: letters only.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphabetic())
        .filter(|word| !word.is_empty())
}

/// The words of a translation that stand in the source, but not in the reference. Capitals are left alone: names and German
/// nouns would be found, and a name that the reference spells in another way is not a fault.
pub fn copied<'t>(source: &str, reference: &str, translation: &'t str) -> Vec<&'t str> {
    let of_source: HashSet<&str> = words(source).collect();
    let of_reference: HashSet<String> = words(reference).map(str::to_lowercase).collect();
    words(translation)
        .filter(|word| {
            word.chars().count() >= COPIED_CHARACTERS
                && word.chars().all(char::is_lowercase)
                && of_source.contains(word)
                && !of_reference.contains(*word)
        })
        .collect()
}

/// Words of the source that German also translates with er, sie or es. A pronoun may belong to one of them instead of "it".
const OTHER_PRONOUNS: [&str; 6] = ["he", "him", "she", "her", "they", "them"];

/// How often a German text has a pronoun of each gender: masculine, feminine, neuter. "Sie" with a capital is "you", but where
/// the text begins with it, and `has_you` is false.
fn pronouns(text: &str, has_you: bool) -> [usize; 3] {
    let mut counts = [0; 3];
    for (at, word) in words(text).enumerate() {
        let gender = match word.to_lowercase().as_str() {
            "er" | "ihn" => 0,
            "sie" if word.starts_with('s') || at == 0 && !has_you => 1,
            "es" => 2,
            _ => continue,
        };
        counts[gender] += 1;
    }
    counts
}

/// Whether the translation says "it" with a pronoun of one gender where the reference has one of another. A pronoun more or
/// less does not count: "es" may refer to nothing, as in "es regnet".
fn differs_in_gender(source: &str, reference: &str, translation: &str) -> bool {
    let of_source: HashSet<String> = words(source).map(str::to_lowercase).collect();
    let has = |word: &&str| of_source.contains(*word);
    if !has(&"it") || OTHER_PRONOUNS.iter().any(has) {
        return false;
    }
    let has_you = ["you", "your", "yours", "yourself"].iter().any(has);
    let [expected, found] = [reference, translation].map(|text| pronouns(text, has_you));
    let differs =
        |test: fn(&usize, &usize) -> bool| expected.iter().zip(&found).any(|(a, b)| test(a, b));
    differs(|expected, found| found > expected) && differs(|expected, found| found < expected)
}

/// The training targets with the sources that they belong to, to find translations that are another sentence's.
#[derive(Debug, Default)]
pub struct Training {
    sources: HashMap<String, HashSet<String>>,
}

impl Training {
    /// Adds a pair.
    pub fn add(&mut self, source: &str, target: &str) {
        if words(target).count() >= MEMORISED_WORDS {
            let sources = self.sources.entry(target.to_owned()).or_default();
            sources.insert(source.to_owned());
        }
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    fn is_of_another(&self, source: &str, translation: &str) -> bool {
        let sources = self.sources.get(translation);
        sources.is_some_and(|sources| !sources.contains(source))
    }
}

/// The faults of a translation.
pub fn faults(training: &Training, source: &str, reference: &str, translation: &str) -> Vec<Fault> {
    if translation.trim().is_empty() {
        return vec![Fault::Empty];
    }
    let [of_source, of_reference, found] = [source, reference, translation].map(numbers);
    let invented = |number: &String| !of_source.contains(number) && !of_reference.contains(number);
    let lost = |number: &String| of_reference.contains(number) && !found.contains(number);
    let [length, of_the_reference] = [translation, reference].map(|text| text.chars().count());
    let repeats = most_repeats(translation);
    let has = |fault| match fault {
        Fault::Empty => false,
        Fault::NumberInvented => found.iter().any(invented),
        Fault::NumberLost => of_source.iter().any(lost),
        Fault::Short => 2 * length + LENGTH_SLACK < of_the_reference,
        Fault::Long => length > 2 * of_the_reference + LENGTH_SLACK,
        Fault::Repetition => {
            repeats > 1 && repeats > most_repeats(source).max(most_repeats(reference))
        }
        Fault::Copied => !copied(source, reference, translation).is_empty(),
        Fault::PronounGender => differs_in_gender(source, reference, translation),
        Fault::Memorised => translation != reference && training.is_of_another(source, translation),
    };
    Fault::ALL.into_iter().filter(|&fault| has(fault)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_found_and_sound_translations_have_none() {
        let mut training = Training::default();
        training.add(
            "The cat sleeps on the sofa.",
            "Die Katze schläft auf dem Sofa.",
        );
        training.add(
            "The cat sleeps on the couch.",
            "Die Katze schläft auf dem Sofa.",
        );
        training.add("Yes.", "Ja, gern.");
        let long = "Das Haus, in dem wir wohnen, ist sehr alt und sehr groß, aber schön.";
        for (source, reference, translation, expected) in [
            ("Good morning.", "Guten Morgen.", "Guten Tag.", &[][..]),
            ("Good morning.", "Guten Morgen.", " ", &[Fault::Empty]),
            // Times, and numbers written in another way.
            ("At 2 p.m.", "Um 14 Uhr.", "Um 14 Uhr.", &[]),
            (
                "It costs 1,000 euros.",
                "Es kostet 1.000 Euro.",
                "Es kostet 1000 Euro.",
                &[],
            ),
            (
                "Two cats.",
                "Zwei Katzen.",
                "2 Katzen.",
                &[Fault::NumberInvented],
            ),
            (
                "He is 39.",
                "Er ist 39.",
                "Er ist 93.",
                &[Fault::NumberInvented, Fault::NumberLost],
            ),
            ("He is 39.", "Er ist neununddreißig.", "Er ist alt.", &[]),
            (
                "Version 2.5 of 3.",
                "Version 2.5 von 3.",
                "Version 3.",
                &[Fault::NumberLost],
            ),
            (long, long, "Das Haus ist alt.", &[Fault::Short]),
            (
                "Yes.",
                "Ja.",
                "Ja, das Haus ist alt und groß.",
                &[Fault::Long],
            ),
            (
                "She is very tired today.",
                "Sie ist heute sehr müde, sehr, sehr müde.",
                "Sie ist müde, sie ist müde, sie ist müde.",
                &[Fault::Repetition],
            ),
            (
                "Remove the filter.",
                "Den Filter entfernen.",
                "Den filter remove.",
                &[],
            ),
            (
                "You must remove it.",
                "Man muss es entfernen.",
                "Man muss es remove.",
                &[Fault::Copied],
            ),
            (
                "The dog sleeps.",
                "Der Hund schläft.",
                "Die Katze schläft auf dem Sofa.",
                &[Fault::Memorised],
            ),
            (
                "The cat sleeps on the sofa.",
                "Die Katze liegt auf dem Sofa und schläft.",
                "Die Katze schläft auf dem Sofa.",
                &[],
            ),
            ("Of course.", "Aber ja.", "Ja, gern.", &[]),
            (
                "Take the filter out and clean it.",
                "Nehmen Sie den Filter heraus und reinigen Sie ihn.",
                "Nehmen Sie den Filter heraus und reinigen Sie es.",
                &[Fault::PronounGender],
            ),
            (
                "It is broken, and it is raining.",
                "Sie ist kaputt, und es regnet.",
                "Es ist kaputt, und es regnet.",
                &[Fault::PronounGender],
            ),
            (
                "It works.",
                "Er läuft.",
                "Sie läuft.",
                &[Fault::PronounGender],
            ),
            (
                "Take it out and clean it.",
                "Nehmen Sie es heraus und reinigen Sie es.",
                "Es herausnehmen und reinigen, dann es prüfen.",
                &[],
            ),
            // The formal "you" is no pronoun for "it", and "es" may stand for nothing.
            (
                "Can you see it? You can.",
                "Können Sie ihn sehen? Sie können es.",
                "Siehst du ihn? Du kannst es.",
                &[],
            ),
            (
                "It is hard to find it.",
                "Es ist schwer, ihn zu finden.",
                "Ihn zu finden ist schwer.",
                &[],
            ),
            // Whose pronoun it is cannot be told, or there is no "it".
            ("She has it.", "Sie hat ihn.", "Sie hat es.", &[]),
            ("The lamp works.", "Sie läuft.", "Es läuft.", &[]),
        ] {
            let found = faults(&training, source, reference, translation);
            assert_eq!(found, expected, "{translation}");
        }
    }

    #[test]
    fn a_number_is_its_digits() {
        assert_eq!(
            numbers("1,000.50 und 3. Mai 2024, 14:30."),
            ["100050", "3", "2024", "1430"]
        );
        assert_eq!(numbers("none"), [""; 0]);
    }
}
