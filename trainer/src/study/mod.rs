//! The paper's table from one command: every method of distillation, at every size, with every seed (Kim and Rush 2016,
//! "Sequence-Level Knowledge Distillation", table 1).
//!
//! It is the pipeline's steps over a recipe that has a model for each training ([`plan`]); each is skipped where it is done
//! already. What is measured is in `study/` in the recipe's folder, and the table is written anew after each seed.

pub mod plan;
mod plots;
pub mod results;
mod table;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use deshi_core::tensors;
use deshi_whole_file::write_whole;

use crate::checkpoint;
use crate::evaluate::{Evaluation, TestSet};
use crate::interpreter::Precision;
use crate::recipe::{Recipe, StudyConfig};
use crate::system::TrainedModel;
use crate::{pipeline, train};
use plan::{Method, Run};
use results::{Group, Measured, Searched};

/// A student's size, and its models by method.
struct Size {
    name: String,
    groups: Vec<(Method, Group)>,
}

/// A study that runs.
struct Study<'r> {
    /// With a model for each training.
    recipe: Recipe,
    config: &'r StudyConfig,
    test_set: TestSet,
}

/// Runs the recipe's study, or goes on where it was interrupted; prints the table.
///
/// # Errors
/// If the recipe has no `[study]`, or a step fails.
pub fn run(recipe: &Recipe) -> Result<()> {
    let config = recipe.study.as_ref().context(
        "the recipe has no section [study]; docs/train.md and recipes/study.toml show one",
    )?;
    recipe.check_sets()?;
    let runs = plan::runs(config);
    let study = Study {
        recipe: plan::with_runs(recipe, config, &runs),
        config,
        test_set: TestSet::read(&config.test, Some(config.lines)).context("[study] test")?,
    };
    pipeline::run_prepare(recipe)?;
    pipeline::run_vocabulary(recipe)?;
    let teacher = &recipe.translate.teacher;
    train::run(&study.recipe, teacher)?;
    fs::create_dir_all(study.folder())?;
    let teacher = Group {
        label: "teacher".to_owned(),
        models: vec![study.measure(teacher)?],
    };

    let mut table = String::new();
    let mut sizes: Vec<Size> = config
        .students
        .iter()
        .map(|name| empty_size(name))
        .collect();
    for (index, run) in runs.iter().enumerate() {
        eprintln!("study: {} of {}: {}", index + 1, runs.len(), run.name());
        let measured = study.train(run)?;
        let size = sizes.iter_mut().find(|size| size.name == run.student);
        let groups = &mut size.expect("one for each student").groups;
        let group = groups.iter_mut().find(|(method, _)| *method == run.method);
        group.expect("one for each method").1.models.push(measured);
        if runs.get(index + 1).is_none_or(|next| next.seed != run.seed) {
            table = study.write(&teacher, &sizes)?;
        }
    }
    print!("{table}");
    Ok(())
}

fn empty_size(name: &str) -> Size {
    let group = |method: Method| Group {
        label: method.name(),
        models: Vec::new(),
    };
    Size {
        name: name.to_owned(),
        groups: Method::all().map(|method| (method, group(method))).into(),
    }
}

impl Study<'_> {
    fn folder(&self) -> PathBuf {
        self.recipe.folder.join("study")
    }

    fn train(&self, run: &Run) -> Result<Measured> {
        let name = run.name();
        pipeline::make_data(&self.recipe, self.recipe.model(&name)?.data)?;
        train::run(&self.recipe, &name)?;
        self.measure(&name)
    }

    /// A trained model's translations and scores, from its file if they are there.
    fn measure(&self, name: &str) -> Result<Measured> {
        let path = self.recipe.model_folder(name).join("measured.json");
        let (description, _) = checkpoint::read(&self.recipe.model_path(name))?;
        let is_current = |measured: &Measured| {
            let searched = [
                (&measured.greedy, 1),
                (&measured.beam, self.config.beam_size),
            ];
            measured.progress == description.progress
                && searched.iter().all(|(searched, beam)| {
                    searched.scores.test_set == self.test_set.name
                        && searched.scores.lines == self.test_set.sources.len()
                        && searched.scores.beam == *beam
                })
        };
        if let Some(measured) = Measured::read(&path).filter(is_current) {
            return Ok(measured);
        }
        let model = TrainedModel::open(&self.recipe, name, Precision::F32)?;
        let TestSet {
            sources,
            references,
            ..
        } = &self.test_set;
        let perplexity = model.perplexity(sources, references);
        let search = |beam: usize| {
            let translations = model.translate(sources, beam);
            let scores = Evaluation {
                perplexity: Some(perplexity),
                ..Evaluation::of(name, Precision::F32, beam, &self.test_set, &translations)?
            };
            Ok::<_, anyhow::Error>(Searched {
                scores,
                translations: translations.into_iter().map(|found| found.text).collect(),
            })
        };
        let measured = Measured {
            progress: description.progress,
            parameters: tensors::parameters(&description.architecture),
            greedy: search(1)?,
            beam: search(self.config.beam_size)?,
        };
        measured.write(&path)?;
        Ok(measured)
    }

    /// Writes the table and the plots; gives the table.
    fn write(&self, teacher: &Group, sizes: &[Size]) -> Result<String> {
        let table = table::markdown(&self.test_set, self.config, teacher, sizes)?;
        let files = [
            ("table.md", table.clone()),
            ("bleu-by-size.svg", plots::bleu_by_size(teacher, sizes)?),
            (
                "greedy-and-beam.svg",
                plots::greedy_and_beam(teacher, sizes, self.config.beam_size)?,
            ),
        ];
        for (name, text) in files {
            let path = self.folder().join(name);
            write_whole(&path, |file| file.write_all(text.as_bytes()))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(table)
    }
}
