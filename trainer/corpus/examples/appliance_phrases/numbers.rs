//! Numbers in words.

const ENGLISH: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const ENGLISH_TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const GERMAN: [&str; 20] = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
];
const GERMAN_TENS: [&str; 10] = [
    "", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
];

/// A number up to 9999, as in `three hundred and forty-two`.
pub fn english(n: usize) -> String {
    match n {
        0..20 => ENGLISH[n].to_owned(),
        20..100 if n.is_multiple_of(10) => ENGLISH_TENS[n / 10].to_owned(),
        20..100 => format!("{}-{}", ENGLISH_TENS[n / 10], ENGLISH[n % 10]),
        100..1000 => above(english(n / 100) + " hundred", n % 100, " and "),
        _ => {
            let joint = if n % 1000 < 100 { " and " } else { " " };
            above(english(n / 1000) + " thousand", n % 1000, joint)
        }
    }
}

fn above(mut high: String, rest: usize, joint: &str) -> String {
    if rest > 0 {
        high += joint;
        high += &english(rest);
    }
    high
}

/// A number up to 9999, as in `dreihundertzweiundvierzig`.
pub fn german(n: usize) -> String {
    match n {
        0..20 => GERMAN[n].to_owned(),
        20..100 if n.is_multiple_of(10) => GERMAN_TENS[n / 10].to_owned(),
        20..100 => format!("{}und{}", german_prefix(n % 10), GERMAN_TENS[n / 10]),
        100..1000 => german_prefix(n / 100) + "hundert" + &german_rest(n % 100),
        _ => german_prefix(n / 1000) + "tausend" + &german_rest(n % 1000),
    }
}

/// `eins` loses its s before another word.
fn german_prefix(digit: usize) -> String {
    if digit == 1 {
        "ein".to_owned()
    } else {
        german(digit)
    }
}

fn german_rest(n: usize) -> String {
    if n == 0 { String::new() } else { german(n) }
}

/// A day of the month in words: `third`.
pub fn english_ordinal(n: usize) -> String {
    let irregular = [
        "", "first", "second", "third", "", "fifth", "", "", "eighth", "ninth", "", "", "twelfth",
    ];
    match n {
        1 | 2 | 3 | 5 | 8 | 9 | 12 => irregular[n].to_owned(),
        0..20 => english(n) + "th",
        _ if n.is_multiple_of(10) => english(n).trim_end_matches('y').to_owned() + "ieth",
        _ => format!("{}-{}", ENGLISH_TENS[n / 10], english_ordinal(n % 10)),
    }
}

/// A day of the month in words, without its ending: `dritt`.
pub fn german_ordinal(n: usize) -> String {
    match n {
        1 => "erst".to_owned(),
        3 => "dritt".to_owned(),
        7 => "siebt".to_owned(),
        8 => "acht".to_owned(),
        0..20 => german(n) + "t",
        _ => german(n) + "st",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelt_as_they_are_said() {
        for (n, in_english, in_german) in [
            (0, "zero", "null"),
            (1, "one", "eins"),
            (17, "seventeen", "siebzehn"),
            (21, "twenty-one", "einundzwanzig"),
            (60, "sixty", "sechzig"),
            (101, "one hundred and one", "einhunderteins"),
            (
                342,
                "three hundred and forty-two",
                "dreihundertzweiundvierzig",
            ),
            (1000, "one thousand", "eintausend"),
            (1005, "one thousand and five", "eintausendfünf"),
            (
                9716,
                "nine thousand seven hundred and sixteen",
                "neuntausendsiebenhundertsechzehn",
            ),
        ] {
            assert_eq!(english(n), in_english);
            assert_eq!(german(n), in_german);
        }
    }

    #[test]
    fn ordinals_are_spelt_as_they_are_said() {
        for (n, in_english, in_german) in [
            (1, "first", "erst"),
            (3, "third", "dritt"),
            (7, "seventh", "siebt"),
            (12, "twelfth", "zwölft"),
            (19, "nineteenth", "neunzehnt"),
            (20, "twentieth", "zwanzigst"),
            (31, "thirty-first", "einunddreißigst"),
        ] {
            assert_eq!(english_ordinal(n), in_english);
            assert_eq!(german_ordinal(n), in_german);
        }
    }
}
