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
            let explained = corpus.name().is_some() && corpus.note().is_some();
            assert!(explained, "{}: {corpus:?}", path.display());
        }
    }
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
