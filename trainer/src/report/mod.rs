//! `deshi-train report`: where a model's translations differ from the references, and from its teacher's, as Markdown.

pub mod faults;

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Result;
use deshi_corpus::metrics::{
    BleuStatistics, CorpusStatistics, Tokeniser, paired_bootstrap, sentence_chrf,
};

use crate::evaluate::TestSet;
use crate::recipe::Recipe;
use crate::system::{System, is_of_recipe};
use crate::text::read_columns;
use faults::{Fault, Training, faults};

/// Test sets that the comparison of model and teacher draws.
const SAMPLES: usize = 1000;

/// What to report.
#[derive(Debug, Clone, clap::Args)]
pub struct ReportConfig {
    /// The model
    pub model: String,
    /// Tab-separated source and reference
    #[arg(value_name = "FILE")]
    pub test: PathBuf,
    /// Another model, to compare it with
    #[arg(long, value_name = "MODEL")]
    pub teacher: Option<String>,
    /// Pairs that the model was trained on, to find targets that it gives to other sources [default: those of the recipe, if the
    /// model is the recipe's]
    #[arg(long, value_name = "FILE")]
    pub training: Vec<PathBuf>,
    /// Lines of the file [default: all]
    #[arg(long)]
    pub lines: Option<usize>,
    /// Examples of each fault
    #[arg(long, default_value_t = 5)]
    pub examples: usize,
}

/// A system's translations, and what is wrong with them.
struct Measured {
    name: String,
    texts: Vec<String>,
    faults: Vec<Vec<Fault>>,
    /// Each sentence's chrF.
    chrf: Vec<f64>,
    statistics: Vec<BleuStatistics>,
}

impl Measured {
    fn of(name: &str, texts: Vec<String>, test_set: &TestSet, training: &Training) -> Self {
        let sentences = || {
            let references = test_set.references.iter().map(String::as_str);
            let sources = test_set.sources.iter().map(String::as_str);
            sources
                .zip(references)
                .zip(texts.iter().map(String::as_str))
        };
        let faults = sentences()
            .map(|((source, reference), text)| faults(training, source, reference, text))
            .collect();
        let chrf = sentences()
            .map(|((_, reference), text)| sentence_chrf(text, reference))
            .collect();
        let statistics = sentences()
            .map(|((_, reference), text)| {
                BleuStatistics::of_sentence(text, reference, Tokeniser::default())
            })
            .collect();
        Self {
            name: name.to_owned(),
            faults,
            chrf,
            statistics,
            texts,
        }
    }

    fn bleu(&self) -> f64 {
        let mut sum = BleuStatistics::default();
        for &statistics in &self.statistics {
            sum += statistics;
        }
        sum.score()
    }

    fn count(&self, fault: Fault) -> usize {
        self.faults
            .iter()
            .filter(|faults| faults.contains(&fault))
            .count()
    }

    fn sound(&self) -> usize {
        self.faults
            .iter()
            .filter(|faults| faults.is_empty())
            .count()
    }

    fn characters(&self) -> usize {
        self.texts.iter().map(|text| text.chars().count()).sum()
    }

    fn exact(&self, references: &[String]) -> usize {
        let pairs = self.texts.iter().zip(references);
        pairs.filter(|(text, reference)| text == reference).count()
    }
}

/// Translates the test set, and prints the report.
///
/// # Errors
/// If a file cannot be read, or a model cannot run.
pub fn run(recipe: impl Fn() -> Result<Recipe>, config: &ReportConfig) -> Result<()> {
    print!("{}", report(recipe, config)?);
    Ok(())
}

fn report(recipe: impl Fn() -> Result<Recipe>, config: &ReportConfig) -> Result<String> {
    let test_set = TestSet::read(&config.test, config.lines)?;
    let mut training = Training::default();
    let files = if config.training.is_empty() && is_of_recipe(&config.model) {
        training_of(&recipe()?)
    } else {
        config.training.clone()
    };
    for path in &files {
        for [source, target] in read_columns::<2>(path)? {
            training.add(&source, &target);
        }
    }
    let mut systems = Vec::new();
    for name in std::iter::once(&config.model).chain(&config.teacher) {
        let found = System::open(&recipe, name)?.translate(&test_set.sources)?;
        let texts = found.into_iter().map(|found| found.text).collect();
        systems.push(Measured::of(name, texts, &test_set, &training));
    }
    markdown(&test_set, &systems, training.is_empty(), config.examples)
}

fn markdown(
    test_set: &TestSet,
    systems: &[Measured],
    without_training: bool,
    examples: usize,
) -> Result<String> {
    let lines = test_set.sources.len();
    let (model, teacher) = (&systems[0], systems.get(1));
    let mut text = format!(
        "# {} on {}\n\n{lines} sentences. Models and bundles translate by greedy search.\n\n",
        model.name, test_set.name
    );
    let mut row = |label: &str, cell: &dyn Fn(&Measured) -> String| {
        let cells: Vec<String> = systems.iter().map(cell).collect();
        writeln!(text, "| {label} | {} |", cells.join(" | "))
    };
    row("system", &|system| system.name.clone())?;
    row("---", &|_| "---".to_owned())?;
    row("BLEU", &|system| format!("{:.1}", system.bleu()))?;
    row("mean sentence chrF", &|system| {
        format!("{:.1}", system.chrf.iter().sum::<f64>() / lines as f64)
    })?;
    let of_references: usize = test_set
        .references
        .iter()
        .map(|reference| reference.chars().count())
        .sum();
    row("length against the references", &|system| {
        format!(
            "{:.2}",
            system.characters() as f64 / of_references.max(1) as f64
        )
    })?;
    let share = |count: usize| format!("{count} ({:.1}%)", 100.0 * count as f64 / lines as f64);
    row("the reference exactly", &|system| {
        share(system.exact(&test_set.references))
    })?;
    row("no fault found", &|system| share(system.sound()))?;
    for fault in Fault::ALL {
        if fault == Fault::Memorised && without_training {
            continue;
        }
        row(fault.name(), &|system| share(system.count(fault)))?;
    }
    if let Some(teacher) = teacher {
        compare(&mut text, test_set, model, teacher, examples)?;
    }
    for fault in Fault::ALL {
        let with = (0..lines).filter(|&at| model.faults[at].contains(&fault));
        section(
            &mut text,
            fault.name(),
            test_set,
            systems,
            with.take(examples),
        )?;
    }
    let mut worst: Vec<usize> = (0..lines).collect();
    worst.sort_by(|&a, &b| model.chrf[a].total_cmp(&model.chrf[b]));
    let worst = worst.into_iter().take(examples);
    section(
        &mut text,
        "furthest from the reference",
        test_set,
        systems,
        worst,
    )?;
    Ok(text)
}

/// How model and teacher differ.
fn compare(
    text: &mut String,
    test_set: &TestSet,
    model: &Measured,
    teacher: &Measured,
    examples: usize,
) -> Result<()> {
    let same = model.exact(&teacher.texts);
    let lines = model.texts.len();
    let compared = paired_bootstrap(&model.statistics, &teacher.statistics, SAMPLES, 1)?;
    writeln!(
        text,
        "\n{} gives {same} of {lines} sentences the translation that {} gives them. Its BLEU is {:+.1} against it; the middle 95% of \
         {SAMPLES} test sets drawn by paired bootstrap are from {:+.1} to {:+.1}.",
        model.name, teacher.name, compared.difference, compared.low, compared.high
    )?;
    let mut by_difference: Vec<usize> = (0..lines).collect();
    let difference = |at: usize| model.chrf[at] - teacher.chrf[at];
    by_difference.sort_by(|&a, &b| difference(a).total_cmp(&difference(b)));
    by_difference.retain(|&at| difference(at) != 0.0);
    let below = by_difference
        .iter()
        .copied()
        .filter(|&at| difference(at) < 0.0);
    let above = by_difference
        .iter()
        .rev()
        .copied()
        .filter(|&at| difference(at) > 0.0);
    let pair = [model, teacher];
    section(
        text,
        "further from the reference than the other",
        test_set,
        pair,
        below.take(examples),
    )?;
    section(
        text,
        "nearer to the reference than the other",
        test_set,
        pair,
        above.take(examples),
    )
}

/// Examples under a heading; nothing without examples.
fn section<'m>(
    text: &mut String,
    title: &str,
    test_set: &TestSet,
    systems: impl IntoIterator<Item = &'m Measured> + Copy,
    examples: impl Iterator<Item = usize>,
) -> Result<()> {
    let mut examples = examples.peekable();
    if examples.peek().is_none() {
        return Ok(());
    }
    writeln!(text, "\n## {title}\n")?;
    for at in examples {
        writeln!(text, "- line {}", at + 1)?;
        writeln!(text, "  - source: {}", test_set.sources[at])?;
        writeln!(text, "  - reference: {}", test_set.references[at])?;
        for system in systems {
            writeln!(text, "  - {}: {}", system.name, system.texts[at])?;
        }
    }
    Ok(())
}

/// What a recipe's models learn from, as far as it is made.
fn training_of(recipe: &Recipe) -> Vec<PathBuf> {
    let distilled = [recipe.distilled(), recipe.interpolated()];
    let shards = deshi_corpus::prepare::train_shards(&recipe.prepared()).unwrap_or_default();
    let all = shards.into_iter().chain(distilled);
    all.filter(|path| path.is_file()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn example(teacher: bool) -> String {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let test = write(
            "test.tsv",
            "He is 39.\tEr ist 39.\nGood morning.\tGuten Morgen.\nRemove it.\tEntferne es.\n",
        );
        let model = write("a.txt", "Er ist 93.\nGuten Morgen.\nEntferne es jetzt.\n");
        let other = write("b.txt", "Er ist 39.\nGuten Tag.\nEntferne es jetzt.\n");
        let name = |path: &Path| path.to_str().unwrap().to_owned();
        let config = ReportConfig {
            model: name(&model),
            teacher: teacher.then(|| name(&other)),
            test,
            lines: Some(3),
            training: Vec::new(),
            examples: 2,
        };
        let text = report(|| anyhow::bail!("no recipe is needed"), &config).unwrap();
        text.replace(&format!("{}/", folder.path().display()), "")
    }

    #[test]
    fn a_report_counts_and_shows_faults() {
        let text = example(false);
        for part in [
            "# a.txt on test\n\n3 sentences",
            "| the reference exactly | 1 (33.3%) |",
            "| no fault found | 2 (66.7%) |",
            "| a number that source and reference lack | 1 (33.3%) |",
            "| repeats itself | 0 (0.0%) |",
            "| a pronoun for \"it\" of another gender | 0 (0.0%) |",
            "## a number of source and reference is lost\n\n- line 1\n  - source: He is 39.\n  - reference: Er ist 39.\n  - a.txt: Er ist 93.\n",
        ] {
            assert!(text.contains(part), "no {part:?} in\n{text}");
        }
        // Nothing to remember is given, and nothing repeats itself.
        assert!(
            !text.contains("training target") && !text.contains("## repeats"),
            "{text}"
        );
    }

    #[test]
    fn a_report_compares_two() {
        let text = example(true);
        for part in [
            "| system | a.txt | b.txt |",
            "| no fault found | 2 (66.7%) | 3 (100.0%) |",
            "a.txt gives 1 of 3 sentences the translation that b.txt gives them",
            "## further from the reference than the other\n\n- line 1\n",
            "## nearer to the reference than the other\n\n- line 2\n",
            "  - a.txt: Guten Morgen.\n  - b.txt: Guten Tag.\n",
        ] {
            assert!(text.contains(part), "no {part:?} in\n{text}");
        }
    }
}
