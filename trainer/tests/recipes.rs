//! The recipes in the repository.

use std::fs;
use std::path::Path;

use deshi_train::recipe::Recipe;

fn recipes() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu/plan.toml"));
    paths.sort();
    paths
}

#[test]
fn every_recipe_is_valid_and_explains_its_corpora() {
    let paths = recipes();
    assert!(paths.len() >= 5, "{paths:?}");
    for path in paths {
        let recipe = Recipe::read(&path).unwrap_or_else(|error| panic!("{error:#}"));
        assert!(!recipe.pipeline.is_empty(), "{}", path.display());
        for corpus in &recipe.prepare.corpora {
            assert_explained(&path, corpus.note());
        }
        assert_explained(&path, recipe.prepare.held_out_note.as_deref());
        // The note on the held-out sets explains these, too.
        let study = recipe.study.as_ref().map(|study| &study.test);
        for set in recipe.dev.files.iter().chain(study) {
            let held_out = &recipe.prepare.held_out;
            let copy = set.starts_with(&recipe.folder);
            assert!(
                held_out.contains(set) || copy,
                "{}: {set:?} is not held out",
                path.display()
            );
        }
    }
}

/// A note says where a corpus comes from, and does not send the reader to another recipe.
fn assert_explained(recipe: &Path, note: Option<&str>) {
    let note = note.unwrap_or_default().trim();
    assert!(
        !note.is_empty() && !note.starts_with("See "),
        "{}: {note:?}",
        recipe.display()
    );
}

#[test]
fn the_toy_needs_nothing_but_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let recipe = Recipe::read(&root.join("trainer/recipes/toy.toml")).unwrap();
    let corpora = recipe
        .prepare
        .corpora
        .iter()
        .flat_map(|corpus| corpus.paths());
    let held_out = recipe.prepare.held_out.iter().map(|path| path.as_path());
    let dev = recipe.dev.files.iter().map(|path| path.as_path());
    let mut count = 0;
    for path in corpora.chain(held_out).chain(dev) {
        assert!(root.join(path).is_file(), "{}", path.display());
        count += 1;
    }
    assert!(count >= 4);
}
