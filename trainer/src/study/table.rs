//! The study's table, as Markdown.

use std::fmt::Write;

use anyhow::Result;
use deshi_corpus::metrics::{BleuStatistics, PairedBootstrap};

use super::Size;
use super::plan::Method;
use super::results::{Group, Searched, compare};
use crate::evaluate::TestSet;
use crate::recipe::StudyConfig;

/// A row's numbers: both searches' BLEU, greedy chrF, perplexity, share of probability on the translation.
fn numbers(group: &Group) -> String {
    let beam = |of: fn(&Searched) -> f64| group.spread(|model| of(&model.beam));
    let greedy = |of: fn(&Searched) -> f64| group.spread(|model| of(&model.greedy));
    format!(
        "{} | {} | {} | {} | {}",
        greedy(|found| found.scores.bleu).text(1),
        beam(|found| found.scores.bleu).text(1),
        greedy(|found| found.scores.chrf).text(1),
        greedy(|found| found.scores.perplexity.unwrap_or(f64::NAN)).text(1),
        beam(|found| 100.0 * found.scores.p_mode).text(1),
    )
}

/// `+1.2 (0.3 to 2.1)`, with a star where the interval is on one side of nothing.
fn difference(compared: &PairedBootstrap) -> String {
    let PairedBootstrap {
        difference,
        low,
        high,
        ..
    } = compared;
    let star = if low * high > 0.0 { " *" } else { "" };
    format!("{difference:+.1} ({low:+.1} to {high:+.1}){star}")
}

fn millions(group: &Group) -> String {
    let parameters = group.models.first().map_or(0, |model| model.parameters);
    format!("{:.2} M", parameters as f64 / 1e6)
}

/// The table, with what its columns are.
pub(super) fn markdown(
    test_set: &TestSet,
    config: &StudyConfig,
    teacher: &Group,
    sizes: &[Size],
) -> Result<String> {
    let k = config.beam_size;
    let seeds = sizes
        .iter()
        .flat_map(|size| size.groups.iter().map(|(_, group)| group.models.len()))
        .max()
        .unwrap_or(0);
    let mut text = format!(
        "# Study\n\n\
         Test set `{}`, {} sentences. Students: mean ± standard deviation over {seeds} of {} seeds. Teacher: one training.\n\n\
         | model | parameters | BLEU, K = 1 | BLEU, K = {k} | chrF, K = 1 | PPL | p(t = ŷ), % | against the baseline, K = 1 | K = {k} against K = 1 |\n\
         |---|---|---|---|---|---|---|---|---|\n",
        test_set.name,
        test_set.sources.len(),
        config.seeds.len(),
    );
    let counts = |group: &Group| -> [Vec<BleuStatistics>; 2] {
        [
            group.statistics(&test_set.references, |model| &model.greedy),
            group.statistics(&test_set.references, |model| &model.beam),
        ]
    };
    let mut row = |label: &str, group: &Group, baseline: Option<&[BleuStatistics]>| {
        let [greedy, beam] = counts(group);
        let against = match baseline {
            Some(baseline) => difference(&compare(&greedy, baseline, config.samples)?),
            None => String::new(),
        };
        let gain = difference(&compare(&beam, &greedy, config.samples)?);
        writeln!(
            text,
            "| {label} | {} | {} | {against} | {gain} |",
            millions(group),
            numbers(group),
        )?;
        Ok::<_, anyhow::Error>(())
    };
    row("teacher", teacher, None)?;
    for size in sizes {
        let [baseline, _] = size
            .groups
            .iter()
            .find(|(method, _)| *method == Method::BASELINE)
            .map(|(_, group)| counts(group))
            .unwrap_or_default();
        for (method, group) in &size.groups {
            let against = (*method != Method::BASELINE).then_some(baseline.as_slice());
            row(&format!("{}, {}", size.name, group.label), group, against)?;
        }
    }
    let samples = config.samples;
    write!(
        text,
        "\nK is the beam; K = 1 is greedy search. PPL is the perplexity of the references. p(t = ŷ) is the mean probability of a \
         sentence's translation at K = {k}. Differences are in BLEU, with the middle 95% of {samples} test sets drawn by paired \
         bootstrap (Koehn 2004), each sentence with its translations of all seeds; * marks an interval without 0.\n\n\
         ![BLEU against size](bleu-by-size.svg)\n\n![Greedy against beam search](greedy-and-beam.svg)\n",
    )?;
    Ok(text)
}
