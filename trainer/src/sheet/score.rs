//! What the judges said.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Key, Row, read};

/// A judgement of one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    A,
    B,
    Equal,
}

/// Counts of judgements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    a: u64,
    b: u64,
    equal: u64,
}

impl Counts {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::A => self.a += 1,
            Verdict::B => self.b += 1,
            Verdict::Equal => self.equal += 1,
        }
    }

    fn all(self) -> u64 {
        self.a + self.b + self.equal
    }
}

/// Reads filled-in sheets, one for each judge, with the key; prints the score as Markdown.
///
/// # Errors
/// If a file cannot be read, a sheet is another key's, or a verdict is not `left`, `right` or `equal`.
pub fn run(sheets: &[PathBuf], key: &Path) -> Result<()> {
    let json = fs::read(key).with_context(|| format!("cannot read the key {}", key.display()))?;
    let key: Key =
        serde_json::from_slice(&json).with_context(|| format!("{} is not a key", key.display()))?;
    let judges = sheets
        .iter()
        .map(|path| verdicts(&read(path)?, &key).with_context(|| path.display().to_string()))
        .collect::<Result<Vec<_>>>()?;
    print!("{}", markdown(sheets, &key, &judges)?);
    Ok(())
}

/// One verdict for each row; `None` where the judge left it out.
fn verdicts(rows: &[Row], key: &Key) -> Result<Vec<Option<Verdict>>> {
    let mut verdicts = vec![None; key.rows.len()];
    for row in rows {
        let number = row.number;
        let secret = number.checked_sub(1).and_then(|at| key.rows.get(at));
        if secret.is_none_or(|secret| secret.source != row.source) {
            bail!("sentence {number} is not the key's: is this the key of another sheet?");
        }
        let a_is_left = secret.is_some_and(|secret| secret.a_is_left);
        verdicts[number - 1] = match row.verdict.trim().to_lowercase().as_str() {
            "" => None,
            "equal" => Some(Verdict::Equal),
            side @ ("left" | "right") if (side == "left") == a_is_left => Some(Verdict::A),
            "left" | "right" => Some(Verdict::B),
            other => bail!(
                "sentence {number}: the verdict is {other:?}, but must be left, right, equal or nothing"
            ),
        };
    }
    Ok(verdicts)
}

fn markdown(sheets: &[PathBuf], key: &Key, judges: &[Vec<Option<Verdict>>]) -> Result<String> {
    let [a, b] = &key.systems;
    let mut text = format!(
        "A is {a}, B is {b}. They translate {} of {} sentences alike; {} of the others are on the sheet.\n\n\
         | judge | judged | A is better | equal | B is better |\n|---|---|---|---|---|\n",
        key.same,
        key.sentences,
        key.rows.len()
    );
    let mut all = Counts::default();
    let mut row = |name: &str, counts: Counts| {
        let Counts { a, b, equal } = counts;
        writeln!(text, "| {name} | {} | {a} | {equal} | {b} |", counts.all())
    };
    for (path, verdicts) in sheets.iter().zip(judges) {
        let mut counts = Counts::default();
        for &verdict in verdicts.iter().flatten() {
            counts.add(verdict);
            all.add(verdict);
        }
        row(&path.display().to_string(), counts)?;
    }
    row("all", all)?;
    if all.all() == 0 {
        bail!("no sentence is judged: the column `verdict` is empty");
    }
    // A sentence counts once, however many judged it: by the majority.
    let mut by_sentence = Counts::default();
    for at in 0..key.rows.len() {
        let mut counts = Counts::default();
        for verdict in judges.iter().filter_map(|verdicts| verdicts[at]) {
            counts.add(verdict);
        }
        if counts.all() > 0 {
            by_sentence.add(match counts.a.cmp(&counts.b) {
                std::cmp::Ordering::Greater => Verdict::A,
                std::cmp::Ordering::Less => Verdict::B,
                std::cmp::Ordering::Equal => Verdict::Equal,
            });
        }
    }
    let Counts { a, b, equal } = by_sentence;
    let p = sign_test(a, b);
    writeln!(
        text,
        "\nBy the majority of the judges, A is better in {a} sentences, B in {b}, and {equal} are equal. If neither were better, a \
         difference of this size or more would come with probability {p:.3} (two-sided sign test, equal ones left out)."
    )?;
    if let Some((same, pairs)) = agreement(judges) {
        let share = 100.0 * same as f64 / pairs as f64;
        writeln!(
            text,
            "\nTwo judges of the same sentence said the same in {share:.0}% of {pairs} cases."
        )?;
    }
    Ok(text)
}

/// Pairs of judgements of one sentence that are the same, and all pairs; `None` without a pair.
fn agreement(judges: &[Vec<Option<Verdict>>]) -> Option<(u64, u64)> {
    let (mut same, mut pairs) = (0, 0);
    for (place, one) in judges.iter().enumerate() {
        for other in &judges[place + 1..] {
            for both in one.iter().zip(other) {
                if let (Some(one), Some(other)) = both {
                    pairs += 1;
                    same += u64::from(one == other);
                }
            }
        }
    }
    (pairs > 0).then_some((same, pairs))
}

/// The probability of at least as uneven a split when both sides are equally likely: the two-sided sign test.
fn sign_test(a: u64, b: u64) -> f64 {
    let (count, fewer) = (a + b, a.min(b));
    // Of 2^count outcomes, by logarithms: the numbers themselves are too large.
    let mut log_ways = 0.0;
    let mut tail = 0.0;
    let log_all = count as f64 * 2f64.ln();
    for wins in 0..=fewer {
        if wins > 0 {
            log_ways += ((count - wins + 1) as f64 / wins as f64).ln();
        }
        tail += (log_ways - log_all).exp();
    }
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::KeyRow;

    #[test]
    fn the_sign_test_is_the_binomials_tail() {
        assert_eq!(sign_test(0, 0), 1.0);
        assert!((sign_test(5, 0) - 2.0 / 32.0).abs() < 1e-12);
        assert!((sign_test(1, 5) - 2.0 * 7.0 / 64.0).abs() < 1e-12);
        assert_eq!(sign_test(3, 3), 1.0);
        // The sum of the binomials, in whole numbers.
        let p = sign_test(1200, 800);
        assert!((p / 3.505_006_207e-19 - 1.0).abs() < 1e-6, "{p:e}");
    }

    fn key() -> Key {
        let row = |source: &str, a_is_left| KeyRow {
            source: source.to_owned(),
            a_is_left,
        };
        Key {
            systems: ["student".to_owned(), "teacher".to_owned()],
            same: 2,
            sentences: 5,
            rows: vec![row("x", true), row("y", false), row("z", false)],
        }
    }

    fn sheet(verdicts: [&str; 3]) -> Vec<Row> {
        let sources = ["x", "y", "z"];
        let rows = sources.iter().zip(verdicts).enumerate();
        rows.map(|(index, (source, verdict))| Row {
            number: index + 1,
            source: (*source).to_owned(),
            left: String::new(),
            right: String::new(),
            verdict: verdict.to_owned(),
        })
        .collect()
    }

    #[test]
    fn verdicts_are_counted_for_the_system_not_the_side() {
        let judges = [["left", "right", " Equal "], ["left", "left", ""]]
            .map(|verdicts_| verdicts(&sheet(verdicts_), &key()).unwrap());
        use Verdict::{A, B, Equal};
        assert_eq!(judges[0], [Some(A), Some(A), Some(Equal)]);
        assert_eq!(judges[1], [Some(A), Some(B), None]);
        let paths = [PathBuf::from("anna.csv"), PathBuf::from("ben.csv")];
        let text = markdown(&paths, &key(), &judges).unwrap();
        for part in [
            "A is student, B is teacher. They translate 2 of 5 sentences alike; 3 of the others",
            "| anna.csv | 3 | 2 | 1 | 0 |",
            "| ben.csv | 2 | 1 | 0 | 1 |",
            "| all | 5 | 3 | 1 | 1 |",
            "A is better in 1 sentences, B in 0, and 2 are equal",
            "in 50% of 2 cases",
        ] {
            assert!(text.contains(part), "no {part:?} in\n{text}");
        }
    }

    #[test]
    fn a_wrong_sheet_is_refused() {
        let error = |rows: &[Row]| verdicts(rows, &key()).unwrap_err().to_string();
        assert!(
            error(&sheet(["left", "better", ""])).contains("sentence 2: the verdict is \"better\"")
        );
        let mut other = sheet([""; 3]);
        other[1].source = "another".to_owned();
        assert!(error(&other).contains("sentence 2 is not the key's"));
        let mut more = sheet([""; 3]);
        more[2].number = 4;
        assert!(error(&more).contains("sentence 4 is not the key's"));
        let nothing = vec![vec![None; 3]];
        let message = markdown(&[PathBuf::from("a.csv")], &key(), &nothing).unwrap_err();
        assert!(message.to_string().contains("no sentence is judged"));
    }
}
