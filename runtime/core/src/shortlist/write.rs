//! Writing the shortlist's file.

use crate::Token;
use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use super::{
    Copied, MAGIC, Pieces, Shortlist, ShortlistError, VERSION, VERSION_COPYING_EVERYTHING,
    VERSION_OF_TWO_VOCABULARIES, mark, mark_words,
};

/// Writes a shortlist's file, for one of deshi's own vocabularies. `lists[source]` are the candidates of a
/// source token; `always` are the tokens that are candidates of every sentence, and are left out of the
/// lists.
///
/// # Errors
/// [`ShortlistError`] if there are more than 65536 lists, a token is out of range, or [`END`](crate::vocabulary::END) is not in
/// `always`.
pub fn write(always: &[Token], lists: &[Vec<Token>]) -> Result<Vec<u8>, ShortlistError> {
    write_copying(always, lists, Copied::PiecesOrBytes)
}

/// The same for another way of copying the source's tokens, not for [`Copied::Nothing`].
///
/// # Errors
/// As [`write()`].
pub fn write_copying(
    always: &[Token],
    lists: &[Vec<Token>],
    copied: Copied,
) -> Result<Vec<u8>, ShortlistError> {
    write_file(always, lists, copied, Pieces::Joint(lists.len()))
}

/// The same for source and target with vocabularies of their own: `target` is the number of the target's pieces.
///
/// # Errors
/// As [`write()`].
pub fn write_split(
    always: &[Token],
    lists: &[Vec<Token>],
    target: usize,
) -> Result<Vec<u8>, ShortlistError> {
    let source = lists.len();
    let pieces = Pieces::Split { source, target };
    write_file(always, lists, Copied::Nothing, pieces)
}

fn write_file(
    always: &[Token],
    lists: &[Vec<Token>],
    copied: Copied,
    pieces: Pieces,
) -> Result<Vec<u8>, ShortlistError> {
    let (source, size) = match pieces {
        Pieces::Joint(size) => (None, size),
        Pieces::Split { source, target } => (Some(source), target),
    };
    let most = lists.len().max(size);
    if most > 1 << 16 {
        return Err(ShortlistError::VocabularySize {
            expected: 1 << 16,
            got: most,
        });
    }
    let mut marks = vec![0; mark_words(size)];
    for (index, &token) in always.iter().enumerate() {
        let table = "always";
        if token as usize >= size {
            return Err(ShortlistError::Entry { table, index });
        }
        mark(&mut marks, token);
    }
    let always: BTreeSet<Token> = always.iter().copied().collect();
    let (mut ends, mut bytes) = (Vec::new(), Vec::new());
    for (index, list) in lists.iter().enumerate() {
        if list.iter().any(|&token| token as usize >= size) {
            let table = "lists";
            return Err(ShortlistError::Entry { table, index });
        }
        let list: BTreeSet<Token> = list.iter().copied().collect();
        let mut next = 0;
        for &token in list.difference(&always) {
            push_gap(token - next, &mut bytes);
            next = token + 1;
        }
        ends.extend((bytes.len() as u32).to_le_bytes());
    }
    let mut file = Vec::from(MAGIC);
    let version = match copied {
        Copied::PiecesOrBytes => VERSION,
        Copied::Everything => VERSION_COPYING_EVERYTHING,
        Copied::Nothing => VERSION_OF_TWO_VOCABULARIES,
    };
    let numbers = [version, size as u32, bytes.len() as u32];
    let source = source.map(|source| source as u32);
    for number in numbers.into_iter().chain(source) {
        file.extend(number.to_le_bytes());
    }
    file.extend(marks.iter().flat_map(|word| word.to_le_bytes()));
    file.extend(ends);
    file.extend(bytes);
    Shortlist::parse(&file, pieces)?;
    Ok(file)
}

fn push_gap(mut gap: u32, bytes: &mut Vec<u8>) {
    while gap > 0x7F {
        bytes.push(gap as u8 | 0x80);
        gap >>= 7;
    }
    bytes.push(gap as u8);
}
