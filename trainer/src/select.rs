//! From n-best lists to the pairs that a student learns from.

use anyhow::Result;
use deshi_corpus::files::write_whole;
use deshi_corpus::metrics::{sentence_bleu_smoothed, sentence_chrf};

use crate::recipe::{Recipe, SelectMethod};
use crate::text::read_columns;

/// One source with its hypotheses, best first: text and score.
struct List {
    source: String,
    reference: String,
    set: String,
    hypotheses: Vec<(String, f64)>,
}

/// Writes the distilled pairs: source, target, set.
///
/// # Errors
/// If the lists cannot be read, or the pairs not written.
pub fn run(recipe: &Recipe) -> Result<()> {
    let config = &recipe.select;
    let mut chosen = Vec::new();
    let (mut empty, mut looping) = (0, 0);
    for path in deshi_corpus::files::shards(&recipe.translated(), "nbest")? {
        for list in lists(read_columns::<6>(&path)?)? {
            let (target, score) = choose(config.method, &list);
            if target.is_empty() {
                empty += 1;
            } else if repeats(&target) {
                looping += 1;
            } else {
                chosen.push((list.source, target, list.set, score));
            }
        }
    }
    let mut scores: Vec<f64> = chosen.iter().map(|(.., score)| *score).collect();
    scores.sort_by(f64::total_cmp);
    let worst = (scores.len() as f64 * config.drop_share) as usize;
    let threshold = scores.get(worst).copied().unwrap_or(f64::NEG_INFINITY);
    let before = chosen.len();
    chosen.retain(|(.., score)| *score >= threshold);
    write_whole(&recipe.distilled(), |out| {
        chosen.iter().try_for_each(|(source, target, set, _)| writeln!(out, "{source}\t{target}\t{set}"))
    })?;
    eprintln!(
        "select: {} pairs kept; dropped {} by score, {empty} empty, {looping} looping",
        chosen.len(),
        before - chosen.len()
    );
    Ok(())
}

fn lists(rows: Vec<[String; 6]>) -> Result<Vec<List>> {
    let mut lists: Vec<List> = Vec::new();
    for [source, reference, set, hypothesis, _, score] in rows {
        let score = score.parse()?;
        match lists.last_mut() {
            Some(last) if last.source == source && last.reference == reference => {
                last.hypotheses.push((hypothesis, score));
            }
            _ => lists.push(List { source, reference, set, hypotheses: vec![(hypothesis, score)] }),
        }
    }
    Ok(lists)
}

/// The hypothesis that the method takes; where there is no reference, the best by score.
fn choose(method: SelectMethod, list: &List) -> (String, f64) {
    let similarity: fn(&str, &str) -> f64 = match method {
        SelectMethod::SeqInterBleu if !list.reference.is_empty() => sentence_bleu_smoothed,
        SelectMethod::SeqInterChrf if !list.reference.is_empty() => sentence_chrf,
        _ => return list.hypotheses[0].clone(),
    };
    let mut best = 0;
    let mut most = f64::NEG_INFINITY;
    for (index, (hypothesis, _)) in list.hypotheses.iter().enumerate() {
        let here = similarity(hypothesis, &list.reference);
        if here > most {
            (best, most) = (index, here);
        }
    }
    list.hypotheses[best].clone()
}

/// Whether a text says the same words over and over: a run of one to three words, four times in a row.
fn repeats(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    (1..=3).any(|n| {
        words.windows(4 * n).any(|window| window[n..].iter().zip(window).all(|(a, b)| a == b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(reference: &str) -> List {
        List {
            source: "s".into(),
            reference: reference.into(),
            set: "x".into(),
            hypotheses: vec![("das ist ein Hund".into(), -0.1), ("dies ist eine Katze".into(), -0.2)],
        }
    }

    #[test]
    fn sequence_interpolation_takes_the_nearest() {
        for method in [SelectMethod::SeqInterBleu, SelectMethod::SeqInterChrf] {
            assert_eq!(choose(method, &list("dies ist eine Katze")).0, "dies ist eine Katze");
            assert_eq!(choose(method, &list("")).0, "das ist ein Hund");
        }
        assert_eq!(choose(SelectMethod::SeqKd, &list("dies ist eine Katze")).0, "das ist ein Hund");
    }

    #[test]
    fn loops_are_seen() {
        assert!(repeats("nein nein nein nein"));
        assert!(repeats("so ist so ist so ist so ist es"));
        assert!(!repeats("nein nein nein, das ist es nicht"));
    }
}
