//! Text as people type it in a hurry, and as they write titles.

use rand::Rng;

/// The rows of a keyboard, for typos with a neighbouring key.
const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Shorter words are left alone: their typos are often other words.
const SHORTEST: usize = 4;

/// The text with one letter of one word deleted, doubled, swapped with the next or mistyped; `None` if no word
/// is long enough.
pub(super) fn with_typo(random: &mut impl Rng, text: &str) -> Option<String> {
    let words: Vec<(usize, &str)> = text
        .split(' ')
        .scan(0, |end, word| {
            let start = *end;
            *end += word.len() + 1;
            Some((start, word))
        })
        .filter(|(_, word)| {
            word.chars().count() >= SHORTEST
                && word.chars().all(|c| c.is_alphabetic() && c.is_lowercase())
        })
        .collect();
    if words.is_empty() {
        return None;
    }
    let (start, word) = words[random.random_range(0..words.len())];
    let mut letters: Vec<char> = word.chars().collect();
    // People rarely mistype the first letter.
    let at = random.random_range(1..letters.len() - 1);
    match random.random_range(0..4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 => letters.swap(at, at + 1),
        _ => letters[at] = neighbour(random, letters[at]).unwrap_or(letters[at + 1]),
    }
    let wrong: String = letters.into_iter().collect();
    Some(format!(
        "{}{wrong}{}",
        &text[..start],
        &text[start + word.len()..]
    ))
}

fn neighbour(random: &mut impl Rng, letter: char) -> Option<char> {
    let row = KEYS.iter().find(|row| row.contains(letter))?;
    let at = row.find(letter)?;
    let before = at.checked_sub(1).and_then(|at| row.as_bytes().get(at));
    let after = row.as_bytes().get(at + 1);
    let choices: Vec<u8> = before.into_iter().chain(after).copied().collect();
    Some(char::from(choices[random.random_range(0..choices.len())]))
}

/// Words that are not capitalised in an English title.
const SMALL: [&str; 16] = [
    "a", "an", "and", "as", "at", "but", "by", "for", "in", "of", "on", "or", "the", "to", "up",
    "with",
];

/// An English title: words are capitalised, small ones only at the beginning.
pub(super) fn title_case(text: &str) -> String {
    let words: Vec<String> = text
        .split(' ')
        .enumerate()
        .map(|(index, word)| {
            if index > 0 && SMALL.contains(&word) {
                return word.to_owned();
            }
            let mut characters = word.chars();
            let first = characters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(characters).collect()
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_typo_changes_one_long_word_a_little() {
        let text = "Press the button to begin, Anna.";
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let wrong = with_typo(&mut random, text).unwrap();
            let (before, after): (Vec<_>, Vec<_>) =
                (text.split(' ').collect(), wrong.split(' ').collect());
            assert_eq!(before.len(), after.len());
            for (old, new) in before.iter().zip(after) {
                let may = *old == "button";
                assert!(may || *old == new, "{wrong}");
                assert!(new.len().abs_diff(old.len()) <= 1);
                assert_eq!(old.chars().next(), new.chars().next());
            }
            seen.insert(wrong);
        }
        assert!(seen.len() > 10, "{seen:?}");
        let mut random = ChaCha8Rng::seed_from_u64(1);
        assert_eq!(with_typo(&mut random, "Go to 12.50 now"), None);
    }

    #[test]
    fn titles_are_as_english_writes_them() {
        for (text, expected) in [
            ("the end of the road", "The End of the Road"),
            ("Press the power button", "Press the Power Button"),
            ("über alles", "Über Alles"),
            ("", ""),
        ] {
            assert_eq!(title_case(text), expected);
        }
    }
}
