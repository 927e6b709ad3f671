//! Shared by the fuzz targets: edits of a file, and bundles with altered members.

#![forbid(unsafe_code)]

use arbitrary::Arbitrary;
use deshi_core::bundle::{
    self, Bundle, MANIFEST, MEMBERS, Manifest, SOURCE_VOCABULARY, VOCABULARY, WEIGHTS,
};
use deshi_core::weights::Layout;

/// The bundle that the targets run and alter: a complete, small model.
pub const MICRO: &[u8] = include_bytes!("../../runtime/models/micro-en-de.deshi");

/// A change to a file. Positions wrap around at its end.
#[derive(Debug, Arbitrary)]
pub enum Edit {
    /// Flips one bit.
    Flip { at: u32, bit: u8 },
    /// Writes a number, low byte first.
    Number { at: u32, value: u32 },
    /// Removes bytes.
    Cut { at: u32, length: u16 },
    /// Inserts bytes.
    Insert { at: u32, bytes: Vec<u8> },
    /// Overwrites bytes.
    Overwrite { at: u32, bytes: Vec<u8> },
    /// Inserts a copy of bytes from another place.
    Repeat { from: u32, length: u16, to: u32 },
    /// Ends the file here.
    Truncate { at: u32 },
    /// Replaces the whole file.
    Replace { bytes: Vec<u8> },
}

impl Edit {
    /// Changes the file.
    pub fn apply(&self, file: &mut Vec<u8>) {
        let length = file.len();
        let at = |at: u32| at as usize % length.max(1);
        let end = |start: usize, count: u16| (start + usize::from(count)).min(length);
        match self {
            Self::Insert { at: place, bytes } => {
                file.splice(at(*place)..at(*place), bytes.iter().copied());
            }
            Self::Replace { bytes } => file.clone_from(bytes),
            _ if length == 0 => {}
            Self::Flip { at: place, bit } => file[at(*place)] ^= 1 << (bit % 8),
            Self::Number { at: place, value } => {
                let rest = &mut file[at(*place)..];
                for (byte, value) in rest.iter_mut().zip(value.to_le_bytes()) {
                    *byte = value;
                }
            }
            Self::Cut { at: place, length } => {
                file.drain(at(*place)..end(at(*place), *length));
            }
            Self::Overwrite { at: place, bytes } => {
                let rest = &mut file[at(*place)..];
                for (byte, value) in rest.iter_mut().zip(bytes) {
                    *byte = *value;
                }
            }
            Self::Repeat { from, length, to } => {
                let piece = file[at(*from)..end(at(*from), *length)].to_vec();
                file.splice(at(*to)..at(*to), piece);
            }
            Self::Truncate { at: place } => file.truncate(at(*place)),
        }
    }
}

/// A member of [`MICRO`].
pub fn micro_member(name: &str) -> &'static [u8] {
    let bundle = Bundle::parse(MICRO).expect("it is a bundle");
    bundle.member(name).expect("it has every member")
}

/// [`MICRO`] with edited members and correct checksums; then the whole file is edited.
#[derive(Debug, Arbitrary)]
pub struct AlteredBundle {
    /// The number of a member, and the edit to it.
    members: Vec<(u8, Edit)>,
    /// Gives the source a vocabulary of its own: the edit to it, and how many rows its embedding has.
    source: Option<(Edit, u16)>,
    /// Edits to the whole file, which its checksums must detect.
    whole: Vec<Edit>,
}

impl AlteredBundle {
    /// The file. Only the members named in `only` are altered.
    pub fn file(&self, only: &[&str]) -> Vec<u8> {
        let names = &MEMBERS[..MEMBERS.len() - 1];
        let mut members: Vec<_> = names
            .iter()
            .map(|name| (*name, micro_member(name).to_vec()))
            .collect();
        for (index, edit) in self.members.iter().take(16) {
            let name = only[usize::from(*index) % only.len()];
            let member = members.iter_mut().find(|(member, _)| *member == name);
            edit.apply(&mut member.expect("it is a member").1);
        }
        if let Some((edit, rows)) = &self.source {
            let mut vocabulary = micro_member(VOCABULARY).to_vec();
            edit.apply(&mut vocabulary);
            members.insert(2, (SOURCE_VOCABULARY, vocabulary));
            let json = String::from_utf8_lossy(&members[0].1);
            let embeddings = format!(
                "\"architecture\": {{\"embeddings\": {{\"source_vocabulary_size\": {rows}}},"
            );
            assert_eq!(members[0].0, MANIFEST);
            members[0].1 = json.replacen("\"architecture\": {", &embeddings, 1).into();
            let manifest = Manifest::parse(&members[0].1).ok();
            let layout = manifest.and_then(|manifest| Layout::new(&manifest.architecture).ok());
            if let Some(bytes) = layout.map(|layout| layout.total_bytes())
                && bytes < 8 << 20
            {
                let weights = members.iter_mut().find(|(name, _)| *name == WEIGHTS);
                weights.expect("it is a member").1.resize(bytes as usize, 0);
            }
        }
        let members: Vec<_> = members
            .iter()
            .map(|(name, content)| (*name, content.as_slice()))
            .collect();
        let mut file = bundle::write(&members);
        for edit in self.whole.iter().take(4) {
            edit.apply(&mut file);
        }
        file
    }
}
