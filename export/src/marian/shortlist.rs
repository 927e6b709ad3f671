//! Marian's binary shortlists, `lex.*.s2t.bin`.
//!
//! Little endian: `u64` magic, checksum, `first`, `best`, number of offsets, number of entries; the offsets, `u64`; the
//! entries, `u32`. A sentence's candidates are the ids below `first`, its own tokens if both languages have one vocabulary, and the
//! entries of each of its tokens.
//! (browsermt/marian-dev, `src/data/shortlist.cpp`.)

use deshi_core::shortlist::{Copied, write_copying, write_split};
use deshi_core::vocabulary::START;

use super::{MarianError, Vocabularies};
use crate::sentencepiece::Imported;

pub(super) const MAGIC: u64 = 0xF11A_48D5_0134_17F5;

/// Converts a shortlist to deshi's format, for imported vocabularies.
///
/// # Errors
/// If it is damaged, or was made for other vocabularies.
pub fn import(file: &[u8], vocabularies: &Vocabularies) -> Result<Vec<u8>, MarianError> {
    let wrong = |problem: String| MarianError::Shortlist { problem };
    let words = file.as_chunks::<8>().0;
    let word = |at: usize| u64::from_le_bytes(words[at]);
    if words.len() < 6 || word(0) != MAGIC {
        return Err(wrong("not a Marian binary shortlist".into()));
    }
    let [checksum, first, best, offsets, entries] = [1, 2, 3, 4, 5].map(word);
    let expected = [offsets.saturating_mul(8), entries.saturating_mul(4), 48];
    let expected = expected.into_iter().fold(0u64, u64::saturating_add);
    if expected != file.len() as u64 {
        let got = file.len();
        return Err(wrong(format!(
            "{got} bytes, but its header says {expected}"
        )));
    }
    if sum(&words[2..]) != checksum {
        return Err(wrong("its checksum is wrong: the file is damaged".into()));
    }
    let (source, target) = (vocabularies.source(), &vocabularies.target);
    let pieces = source.pieces;
    if offsets != pieces as u64 + 1 {
        let got = offsets.saturating_sub(1);
        return Err(wrong(format!(
            "made for {got} source pieces, but the vocabulary has {pieces}"
        )));
    }
    if first > target.pieces as u64 || best > target.pieces as u64 {
        return Err(wrong(format!(
            "its numbers of candidates are impossible: first {first}, best {best}"
        )));
    }
    let (offsets, entries) = file[48..].split_at(8 * offsets as usize);
    let offsets: Vec<u64> = offsets
        .as_chunks::<8>()
        .0
        .iter()
        .map(|bytes| u64::from_le_bytes(*bytes))
        .collect();
    let entries = entries.as_chunks::<4>().0;
    let ordered = offsets.is_sorted() && offsets[0] == 0 && offsets[pieces] == entries.len() as u64;
    if !ordered {
        return Err(wrong("its offsets are out of order".into()));
    }
    let own = |side: &Imported| side.pieces + usize::from(side.unknown.is_some());
    let mut lists = vec![Vec::new(); own(source)];
    for (token, ends) in offsets.windows(2).enumerate() {
        // Sources contain <unk> with its new id, or not at all.
        let list = match (token as u32, source.unknown) {
            (START, None) => continue,
            (START, Some(unknown)) => &mut lists[unknown as usize],
            _ => &mut lists[token],
        };
        for entry in &entries[ends[0] as usize..ends[1] as usize] {
            let named = u32::from_le_bytes(*entry);
            if named as usize >= target.pieces {
                let pieces = target.pieces;
                return Err(wrong(format!(
                    "names token {named}, but the target's vocabulary has {pieces} pieces"
                )));
            }
            // <unk> is never produced.
            if named != START {
                list.push(named);
            }
        }
    }
    let always: Vec<u32> = (0..first.max(1) as u32).filter(|&id| id != START).collect();
    let written = match vocabularies.source {
        None => write_copying(&always, &lists, Copied::Everything),
        Some(_) => write_split(&always, &lists, own(target)),
    };
    written.map_err(|error| wrong(error.to_string()))
}

/// Marian's checksum of some words.
pub(super) fn sum(words: &[[u8; 8]]) -> u64 {
    words.iter().fold(0, |sum: u64, &word| {
        let mixed = u64::from_le_bytes(word)
            .wrapping_add(0x9e37_79b9)
            .wrapping_add(sum << 6)
            .wrapping_add(sum >> 2);
        sum ^ mixed
    })
}
