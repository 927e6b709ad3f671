//! The tokenizer `13a` of mteval-v13a and sacrebleu: punctuation apart from words, but not inside numbers.

/// Splits a line into BLEU's tokens.
pub fn tokenise_13a(line: &str) -> Vec<String> {
    let mut line = line.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    if line.contains('&') {
        for (entity, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
            line = line.replace(entity, character);
        }
    }
    let characters: Vec<char> = format!(" {line} ").chars().collect();
    let mut spaced = String::with_capacity(line.len() * 2);
    // ([\{-\~\[-\` -\&\(-\+\:-\@\/]) -> " \1 "
    let apart = |c: char| matches!(c, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/');
    let mut first: Vec<char> = Vec::with_capacity(characters.len() * 2);
    for &character in &characters {
        if apart(character) {
            first.extend([' ', character, ' ']);
        } else {
            first.push(character);
        }
    }
    let second = pairs(&first, |a, b| !a.is_ascii_digit() && matches!(b, '.' | ','), |a, b| [a, ' ', b, ' ']);
    let third = pairs(&second, |a, b| matches!(a, '.' | ',') && !b.is_ascii_digit(), |a, b| [' ', a, ' ', b]);
    let fourth = pairs(&third, |a, b| a.is_ascii_digit() && b == '-', |a, b| [a, ' ', b, ' ']);
    spaced.extend(fourth);
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// Replaces neighbours that `found` accepts, left to right and without overlap, as a regular expression does.
fn pairs(
    characters: &[char],
    found: impl Fn(char, char) -> bool,
    replace: impl Fn(char, char) -> [char; 4],
) -> Vec<char> {
    let mut out = Vec::with_capacity(characters.len() + 16);
    let mut at = 0;
    while at < characters.len() {
        match characters.get(at + 1) {
            Some(&next) if found(characters[at], next) => {
                out.extend(replace(characters[at], next));
                at += 2;
            }
            _ => {
                out.push(characters[at]);
                at += 1;
            }
        }
    }
    out
}
