use super::*;
use crate::beam_search::Beam;

const RECIPE: &str = r#"
folder = "runs/x"
pipeline = ["student"]
[prepare]
source_language = "en"
target_language = "de"
corpora = []
[vocabulary]
size = 512
[dev]
files = []
[architectures.small]
encoder_layers = 1
decoder_layers = 1
d_model = 32
d_ff = 64
n_heads = 4
decoder = "ssru"
[models.student]
architecture = "small"
maximum_steps = 10
"#;

#[test]
fn a_recipe_has_defaults() {
    let recipe = Recipe::parse(RECIPE).unwrap();
    let model = recipe.model("student").unwrap();
    assert_eq!(model.precision, PrecisionChoice::Auto);
    assert_eq!(model.data, Data::Prepared);
    let architecture = recipe.architecture(model, 304).unwrap();
    assert_eq!(architecture.vocabulary_size, 304);
    assert_eq!(
        recipe.translate.beam(),
        Beam {
            size: 5,
            length_penalty: 0.6
        }
    );
}

#[test]
fn changes_are_made_before_a_recipe_is_checked() {
    let with = |changes: &[&str]| {
        let changes: Vec<String> = changes.iter().map(|&change| change.to_owned()).collect();
        Recipe::parse_with(RECIPE, &changes)
    };
    let recipe = with(&[
        "folder=\"runs/y\"",
        "models.student.maximum_seconds=2.5",
        "translate.beam_size=2",
    ])
    .unwrap();
    assert_eq!(recipe.folder, Path::new("runs/y"));
    assert_eq!(recipe.models["student"].maximum_seconds, 2.5);
    assert_eq!(recipe.translate.beam_size, 2);
    for (change, expected) in [
        ("folder", "--set folder: must be KEY=VALUE"),
        ("folder.x=1", "folder is not a section"),
        ("folder=runs", "--set folder=runs"),
        ("models.student.colour=1", "unknown field `colour`"),
        ("models.student.dropout=2.0", "dropout is 2, but must be"),
        (
            "models.student.augment.typos=-0.1",
            "typos is -0.1, but must be",
        ),
    ] {
        let message = format!("{:#}", with(&[change]).unwrap_err());
        assert!(message.contains(expected), "{change}: {message}");
    }
}

#[test]
fn what_is_wrong_with_a_recipe_is_named() {
    for (old, new, expected) in [
        (
            "maximum_steps = 10",
            "maximum_steps = 10\ncolour = 1",
            "unknown field `colour`",
        ),
        (
            "architecture = \"small\"",
            "architecture = \"large\"",
            "no [architectures.large]; there is small",
        ),
        ("n_heads = 4", "n_heads = 5", "[architectures.small]"),
        (
            "n_heads = 4",
            "n_heads = 4\nvocabulary_size = 512",
            "leave vocabulary_size out",
        ),
        (
            "n_heads = 4",
            "n_heads = 4\nembeddings = { source_vocabulary_size = 512 }",
            "leave embeddings out",
        ),
        (
            "[\"student\"]",
            "[\"pupil\"]",
            "no [models.pupil]; there is student",
        ),
        (
            "maximum_steps = 10",
            "maximum_steps = 10\ninitial = [\"pupil\"]",
            "no [models.pupil]",
        ),
        (
            "maximum_steps = 10",
            "maximum_steps = 10\nloss = { word_kd = 0.5 }",
            "word_kd needs a teacher",
        ),
        (
            "maximum_steps = 10",
            "maximum_steps = 10\ndropout = 1.5",
            "dropout is 1.5, but must be from 0 to 1",
        ),
        (
            "maximum_steps = 10",
            "maximum_steps = 0",
            "maximum_steps must be at least 1",
        ),
        (
            "maximum_steps = 10",
            "maximum_steps = 10\nprecision = \"f64\"",
            "unknown variant `f64`",
        ),
        (
            "[dev]",
            "[translate]\nbeam_size = 0\n[dev]",
            "beam_size must be at least 1",
        ),
        (
            "[dev]",
            "[translate]\nensemble = [\"pupil\"]\n[dev]",
            "[translate]: ensemble: no [models.pupil]",
        ),
        ("folder", "file", "unknown field `file`"),
    ] {
        assert!(RECIPE.contains(old), "{old}");
        let error = Recipe::parse(&RECIPE.replacen(old, new, 1)).unwrap_err();
        let message = format!("{error:#}");
        assert!(message.contains(expected), "{new}: {message}");
    }
}

const STUDY: &str = r#"
[models.teacher]
architecture = "small"
maximum_steps = 10
[study]
students = ["student"]
seeds = [1, 2]
test = "test.tsv"
fine_tune = { maximum_steps = 5, learning_rate = 1e-3 }
"#;

/// A recipe with a study of one size and two seeds.
pub(crate) fn study_recipe() -> Recipe {
    Recipe::parse(&format!("{RECIPE}{STUDY}")).unwrap()
}

#[test]
fn a_study_is_checked_before_it_starts() {
    let text = format!("{RECIPE}{STUDY}");
    let study = Recipe::parse(&text).unwrap().study.unwrap();
    assert_eq!((study.beam_size, study.word_kd), (5, 0.5));
    for (old, new, expected) in [
        (
            "[\"student\"]\nseeds",
            "[\"pupil\"]\nseeds",
            "no [models.pupil]",
        ),
        (
            "[\"student\"]\nseeds",
            "[]\nseeds",
            "students must be at least 1",
        ),
        (
            "seeds = [1, 2]",
            "seeds = [2, 1, 2]",
            "the seed 2 comes twice",
        ),
        (
            "seeds = [1, 2]",
            "seeds = [1]\nbeam_size = 1",
            "beam_size must be at least 2",
        ),
        (
            "seeds = [1, 2]",
            "seeds = [1]\nword_kd = 0.0",
            "word_kd is 0, but must be above 0",
        ),
        (
            "steps = 5",
            "steps = 0",
            "fine_tune.maximum_steps must be at least 1",
        ),
        ("[study]", "data = \"distilled\"\n[study]", ""),
        (
            "maximum_steps = 10",
            "maximum_steps = 10\ndata = \"distilled\"",
            "[models.student] must be a baseline",
        ),
        (
            "models.teacher",
            "models.master",
            "the teacher of [translate]: no [models.teacher]",
        ),
        (
            "[dev]",
            "[select]\nmethod = { sequence_interpolation = { similarity = \"chrf\" } }\n[dev]",
            "[study]: needs [select] method",
        ),
    ] {
        assert!(text.contains(old), "{old}");
        let result = Recipe::parse(&text.replacen(old, new, 1));
        if expected.is_empty() {
            result.unwrap();
            continue;
        }
        let message = format!("{:#}", result.unwrap_err());
        assert!(message.contains(expected), "{new}: {message}");
    }
}
