//! Shortlists, written from lists and altered: parsing, and the candidates of sentences.

#![no_main]

use arbitrary::Arbitrary;
use deshi_core::shortlist::{self, Pieces, Shortlist, mark_words, marked, nth_marked};
use deshi_fuzz::Edit;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    always: Vec<u16>,
    lists: Vec<Vec<u16>>,
    /// The number of further, empty lists, so that there can be as many tokens as in a real vocabulary.
    further: u16,
    /// Pieces of the target's vocabulary, if it has one of its own.
    target: Option<u16>,
    edits: Vec<Edit>,
    source: Vec<u16>,
}

fn ids(tokens: &[u16]) -> Vec<u32> {
    tokens.iter().map(|&token| token.into()).collect()
}

fuzz_target!(|input: Input| {
    let mut lists: Vec<_> = input.lists.iter().map(|list| ids(list)).collect();
    lists.resize(lists.len() + usize::from(input.further), Vec::new());
    let (source_size, always) = (lists.len(), ids(&input.always));
    let (written, pieces, size) = match input.target {
        None => (
            shortlist::write(&always, &lists),
            Pieces::Joint(source_size),
            source_size,
        ),
        Some(target) => {
            let target = usize::from(target);
            let source = source_size;
            let written = shortlist::write_split(&always, &lists, target);
            (written, Pieces::Split { source, target }, target)
        }
    };
    let Ok(mut file) = written else {
        return;
    };
    Shortlist::parse(&file, pieces).expect("what was written can be read");
    for edit in &input.edits {
        edit.apply(&mut file);
    }
    let Ok(shortlist) = Shortlist::parse(&file, pieces) else {
        return;
    };
    let source = ids(&input.source);
    for &token in &source {
        let list: Vec<_> = shortlist.tokens(token).collect();
        assert!(list.is_sorted() && list.iter().all(|&token| (token as usize) < size));
    }
    let mut marks = vec![u32::MAX; mark_words(size) + 1];
    let inside = source.iter().all(|&token| (token as usize) < source_size);
    // Bytes are always tokens of a vocabulary of both languages.
    if !inside || input.target.is_none() && size < vocabulary_minimum() {
        return;
    }
    let count = shortlist.mark(&source, &mut marks);
    assert!(count <= shortlist.most(&source));
    assert_eq!(marked(&marks).count(), count);
    assert_eq!(nth_marked(&marks, count), None);
    let last = count
        .checked_sub(1)
        .and_then(|last| nth_marked(&marks, last));
    assert_eq!(last, marked(&marks).last());
    assert!(last.is_none_or(|last| (last as usize) < size));
});

fn vocabulary_minimum() -> usize {
    deshi_core::vocabulary::FIRST_PIECE as usize
}
