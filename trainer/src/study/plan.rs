//! Which models a study trains, from which data, in which order.

use crate::recipe::{Data, ModelConfig, Recipe, StudyConfig};

/// A method of distillation: the paper's eight are all combinations of its three parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Method {
    /// Learn from the teacher's best translations in place of the references.
    pub seq_kd: bool,
    /// Learn the teacher's distribution at each position besides.
    pub word_kd: bool,
    /// Then go on with the translations in the teacher's beam that are nearest to the references.
    pub seq_inter: bool,
}

impl Method {
    /// References alone.
    pub const BASELINE: Self = Self {
        seq_kd: false,
        word_kd: false,
        seq_inter: false,
    };

    /// All eight, in the paper's order.
    pub fn all() -> [Self; 8] {
        [
            (false, false, false),
            (false, true, false),
            (true, false, false),
            (false, false, true),
            (false, true, true),
            (true, false, true),
            (true, true, false),
            (true, true, true),
        ]
        .map(|(seq_kd, word_kd, seq_inter)| Self {
            seq_kd,
            word_kd,
            seq_inter,
        })
    }

    /// The paper's name: `Word-KD + Seq-Inter`.
    pub fn name(self) -> String {
        let parts = [
            (!self.seq_kd && !self.word_kd, "baseline"),
            (self.seq_kd, "Seq-KD"),
            (self.word_kd, "Word-KD"),
            (self.seq_inter, "Seq-Inter"),
        ];
        let parts: Vec<&str> = parts
            .into_iter()
            .filter_map(|(has, name)| has.then_some(name))
            .collect();
        parts.join(" + ")
    }

    /// The name as a part of a folder's: `word-kd+seq-inter`.
    fn slug(self) -> String {
        self.name().to_lowercase().replace(' ', "")
    }

    /// The method whose model this one goes on from.
    fn before(self) -> Option<Self> {
        self.seq_inter.then_some(Self {
            seq_inter: false,
            ..self
        })
    }
}

/// A training of the study.
#[derive(Debug, Clone)]
pub struct Run {
    /// The section `[models.NAME]` that it is a copy of: its size.
    pub student: String,
    /// How it learns.
    pub method: Method,
    /// From which random numbers.
    pub seed: u64,
}

impl Run {
    /// The model's name in the study's recipe, which is its folder too.
    pub fn name(&self) -> String {
        let Self {
            student,
            method,
            seed,
        } = self;
        format!("study/{student}.{}.{seed}", method.slug())
    }

    fn config(&self, recipe: &Recipe, study: &StudyConfig) -> ModelConfig {
        let mut config = recipe.models[&self.student].clone();
        config.seed = self.seed;
        if self.method.seq_kd {
            config.data = Data::Distilled;
        }
        if self.method.word_kd {
            config.teacher = Some(recipe.translate.teacher.clone());
            config.loss.word_kd = study.word_kd;
            config.loss.word_kd_top = study.word_kd_top;
        }
        if let Some(method) = self.method.before() {
            let before = Self {
                method,
                ..self.clone()
            };
            let fine_tune = &study.fine_tune;
            config.initial = vec![before.name()];
            config.data = Data::Interpolated;
            config.maximum_steps = fine_tune.maximum_steps;
            config.validate_steps = config.validate_steps.min(fine_tune.maximum_steps);
            config.optimiser.learning_rate = fine_tune.learning_rate;
            config.optimiser.warmup_steps = fine_tune.warmup_steps;
        }
        config
    }
}

/// The trainings of a study in their order: all sizes and methods with the first seed, then with the next, so that a study that
/// is interrupted has whole tables.
pub fn runs(study: &StudyConfig) -> Vec<Run> {
    let mut runs = Vec::new();
    for &seed in &study.seeds {
        for student in &study.students {
            runs.extend(Method::all().map(|method| Run {
                student: student.clone(),
                method,
                seed,
            }));
        }
    }
    runs
}

/// The recipe with a model for each training.
pub fn with_runs(recipe: &Recipe, study: &StudyConfig, runs: &[Run]) -> Recipe {
    let mut with = recipe.clone();
    for run in runs {
        with.models.insert(run.name(), run.config(recipe, study));
    }
    with
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::tests::study_recipe;

    #[test]
    fn the_methods_are_the_papers() {
        let names = Method::all().map(Method::name);
        assert_eq!(
            names,
            [
                "baseline",
                "Word-KD",
                "Seq-KD",
                "baseline + Seq-Inter",
                "Word-KD + Seq-Inter",
                "Seq-KD + Seq-Inter",
                "Seq-KD + Word-KD",
                "Seq-KD + Word-KD + Seq-Inter",
            ]
        );
    }

    #[test]
    fn each_method_learns_from_its_data_with_its_loss() {
        let recipe = study_recipe();
        let study = recipe.study.clone().unwrap();
        let runs = runs(&study);
        assert_eq!(runs.len(), 2 * 8);
        let with = with_runs(&recipe, &study, &runs);
        let of = |slug: &str| &with.models[&format!("study/student.{slug}.2")];
        for (slug, data, word_kd, initial, steps) in [
            ("baseline", Data::Prepared, 0.0, None, 10),
            ("word-kd", Data::Prepared, 0.5, None, 10),
            ("seq-kd", Data::Distilled, 0.0, None, 10),
            (
                "baseline+seq-inter",
                Data::Interpolated,
                0.0,
                Some("baseline"),
                5,
            ),
            (
                "word-kd+seq-inter",
                Data::Interpolated,
                0.5,
                Some("word-kd"),
                5,
            ),
            (
                "seq-kd+seq-inter",
                Data::Interpolated,
                0.0,
                Some("seq-kd"),
                5,
            ),
            ("seq-kd+word-kd", Data::Distilled, 0.5, None, 10),
            (
                "seq-kd+word-kd+seq-inter",
                Data::Interpolated,
                0.5,
                Some("seq-kd+word-kd"),
                5,
            ),
        ] {
            let config = of(slug);
            assert_eq!((config.data, config.seed), (data, 2), "{slug}");
            assert_eq!(config.loss.word_kd, word_kd, "{slug}");
            assert_eq!(config.teacher.is_some(), word_kd > 0.0, "{slug}");
            let before: Vec<String> = initial
                .map(|before| format!("study/student.{before}.2"))
                .into_iter()
                .collect();
            assert_eq!(config.initial, before, "{slug}");
            assert_eq!(config.maximum_steps, steps, "{slug}");
        }
        // What a model goes on from is trained before it.
        let place = |name: &str| runs.iter().position(|run| run.name() == name).unwrap();
        for run in &runs {
            for before in &with.models[&run.name()].initial {
                assert!(place(before) < place(&run.name()), "{before}");
            }
        }
    }
}
