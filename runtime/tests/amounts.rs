//! Amounts through the carried model: 1,000 sentences from templates, with times, prices, dates, codes and quantities.
//! What is written in digits stays, and so do currency signs and units.

use deshi::Translator;
use deshi_core::random_model::CARRIED_MODEL;

const TEMPLATES: &str = include_str!("data/amounts.txt");
const SENTENCES: usize = 1000;
/// At most so many of [`SENTENCES`] may have other digits than their source.
const DIGITS_MAY_DIFFER: usize = 5;

/// xorshift64: the same sentences in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn one<'s>(&mut self, of: &[&'s str]) -> &'s str {
        of[self.below(of.len() as u64) as usize]
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }
}

const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A number with a comma before each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A value of a slot, and the part of it that the translation must have.
fn fill(slot: &str, random: &mut Random) -> (String, Option<String>) {
    let same = |text: String| (text.clone(), Some(text));
    match slot {
        "price" => {
            let amount = match random.below(4) {
                0 => random.between(1, 99).to_string(),
                1 => format!("{}.{:02}", random.between(1, 99), random.below(100)),
                2 => format!(
                    "{}.{:02}",
                    grouped(random.between(1000, 99_999)),
                    random.below(100)
                ),
                _ => grouped(random.between(100, 999_999)),
            };
            match random.below(5) {
                0 | 1 => same(format!("{}{amount}", random.one(&["€", "$", "£"]))),
                2 => same(format!("{amount} €")),
                3 => same(format!("{amount} {}", random.one(&["EUR", "USD", "CHF"]))),
                _ => (format!("{amount} euros"), None),
            }
        }
        "quantity" => {
            let unit = random.one(&[
                "kg", "g", "km", "m", "cm", "mm", "l", "ml", "mg", "GB", "kWh",
            ]);
            let amount = match random.below(3) {
                0 => format!("{}.{}", random.between(1, 20), random.between(1, 9)),
                _ => random.between(1, 500).to_string(),
            };
            let space = random.one(&[" ", " ", ""]);
            same(format!("{amount}{space}{unit}"))
        }
        "time" => match random.below(3) {
            0 => (
                format!(
                    "{} {}",
                    random.between(1, 12),
                    random.one(&["a.m.", "p.m."])
                ),
                None,
            ),
            1 => same(format!("{}:{:02}", random.below(24), random.below(60))),
            _ => (
                format!(
                    "{}:{:02}{}",
                    random.between(1, 12),
                    random.below(60),
                    random.one(&[" am", " pm", "am", "pm", " p.m."])
                ),
                None,
            ),
        },
        "clock" => same(format!("{}:{:02}", random.below(24), random.below(60))),
        "year" => same(random.between(1700, 2035).to_string()),
        "phone" => same(match random.below(4) {
            0 => format!(
                "+49 {} {}",
                random.between(30, 99),
                random.between(100_000, 9_999_999)
            ),
            1 => format!("555-{:03}-{:04}", random.below(1000), random.below(10_000)),
            2 => format!(
                "0{} {}",
                random.between(30, 999),
                random.between(10_000, 999_999)
            ),
            _ => format!(
                "({}) 555-{:04}",
                random.between(201, 989),
                random.below(10_000)
            ),
        }),
        "flight" => same(format!(
            "{}{}{}",
            random.one(&["LH", "BA", "UA", "AF"]),
            random.one(&["", " "]),
            random.between(10, 9999)
        )),
        "gate" => same(format!(
            "{}{}",
            random.one(&["A", "B", "C"]),
            random.between(1, 60)
        )),
        "date" => {
            let (day, year) = (random.between(1, 28), random.between(1950, 2035));
            let month = random.one(MONTHS);
            match random.below(5) {
                0 => (format!("{day} {month} {year}"), None),
                1 => (format!("{month} {day}, {year}"), None),
                2 => (format!("{month} {day}"), None),
                3 => same(format!("{year}-{:02}-{day:02}", random.between(1, 12))),
                _ => same(format!("{day}/{}/{year}", random.between(1, 12))),
            }
        }
        "small" => (random.between(2, 99).to_string(), None),
        "large" => match random.below(2) {
            0 => same(grouped(random.between(1000, 9_999_999))),
            _ => same(random.between(100, 9999).to_string()),
        },
        "temperature" => {
            let degrees = random.between(0, 250) as i64 - 20;
            same(format!("{degrees}{}", random.one(&[" °C", "°C", "°F"])))
        }
        "fraction" => same(random.one(&["1/2", "1/4", "3/4", "2/3"]).to_owned()),
        "speed" => same(format!("{} km/h", random.between(20, 250))),
        "percent" => same(format!(
            "{}%",
            random.one(&["5", "12", "2.5", "99.9", "100", "50"])
        )),
        "code" => same(format!(
            "{}-{}",
            random.one(&["INV", "AB", "X", "RE"]),
            random.between(100, 99_999)
        )),
        "version" => same(format!(
            "{}.{}.{}",
            random.below(10),
            random.below(30),
            random.below(10)
        )),
        "decimal" => same(format!("{}.{}", random.below(100), random.between(1, 99))),
        "ordinal" => (
            random
                .one(&["1st", "2nd", "3rd", "4th", "5th", "11th", "21st"])
                .to_owned(),
            None,
        ),
        "decade" => (format!("{}", random.between(170, 202) * 10), None),
        other => panic!("unknown slot {other}"),
    }
}

/// A sentence, and the parts of it that its translation must have.
fn sentence(template: &str, random: &mut Random) -> (String, Vec<String>) {
    let (mut text, mut kept) = (String::new(), Vec::new());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let (slot, after) = behind.split_once('}').expect("a slot is closed");
        let (value, stays) = fill(slot, random);
        text += before;
        text += &value;
        kept.extend(stays);
        rest = after;
    }
    (text + rest, kept)
}

fn digits(text: &str) -> Vec<char> {
    let mut digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    digits.sort_unstable();
    digits
}

#[test]
fn amounts_stay() {
    let translator = Translator::open(CARRIED_MODEL).unwrap();
    let templates: Vec<&str> = TEMPLATES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let mut random = Random(0x5EED);
    let sentences: Vec<(String, Vec<String>)> = (0..SENTENCES)
        .map(|index| sentence(templates[index % templates.len()], &mut random))
        .collect();
    let sources: Vec<&str> = sentences.iter().map(|(text, _)| text.as_str()).collect();
    let translations = translator.translate_batch(&sources).unwrap();
    let mut other_digits = Vec::new();
    let mut lost = Vec::new();
    for ((source, kept), translation) in sentences.iter().zip(translations) {
        let target = translation.text;
        if digits(source) != digits(&target) {
            other_digits.push(format!("{source}\n  {target}"));
        }
        for span in kept {
            if target.matches(span.as_str()).count() < source.matches(span.as_str()).count() {
                lost.push(format!("{span}: {source}\n  {target}"));
            }
        }
    }
    assert!(
        other_digits.len() <= DIGITS_MAY_DIFFER,
        "{} of {SENTENCES} have other digits:\n{}",
        other_digits.len(),
        other_digits.join("\n")
    );
    assert!(lost.is_empty(), "lost:\n{}", lost.join("\n"));
}
