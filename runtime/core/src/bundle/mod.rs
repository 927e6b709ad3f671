//! The bundle `NAME.deshi`: an uncompressed ustar tar with the members [`MEMBERS`], in that order. Each
//! starts at a multiple of 512 bytes, so that it can be read in place; `tar tf` lists it. If source and target have
//! vocabularies of their own, [`SOURCE_VOCABULARY`] follows [`VOCABULARY`], which is then the target's.
//!
//! The last member, `checksums`, is text: a line `crc32 size name` for each member before it, and a
//! line `crc32 - checksums` over the lines above.

use core::fmt::Write;
use core::ops::Range;

use heapless::String;

use crate::architecture::ArchitectureError;

mod manifest;
mod standard;
#[cfg(feature = "alloc")]
mod write;

pub use manifest::Manifest;
#[cfg(feature = "std")]
pub use manifest::{About, Licence, Score};
pub use standard::{Cache, StandardGraphs, StandardManifest, UNKNOWN};
#[cfg(feature = "alloc")]
pub use standard::{Size, StandardInterface, StandardPort};
#[cfg(feature = "alloc")]
pub use write::write;

/// The members of every bundle, in order.
pub const MEMBERS: [&str; 8] = [
    MANIFEST,
    VOCABULARY,
    ENCODER,
    DECODER_STEP,
    WEIGHTS,
    SHORTLIST,
    CARD,
    CHECKSUMS,
];
/// [`Manifest`] and, for hosts, [`About`].
pub const MANIFEST: &str = "manifest.json";
/// See [`crate::vocabulary`]; the target's, if [`SOURCE_VOCABULARY`] is there.
pub const VOCABULARY: &str = "vocabulary";
/// The source's own vocabulary; only in bundles of models that have one.
pub const SOURCE_VOCABULARY: &str = "source_vocabulary";
/// The encoder's graph.
pub const ENCODER: &str = "encoder.onnx";
/// The graph of one step of the decoder.
pub const DECODER_STEP: &str = "decoder_step.onnx";
/// See [`crate::weights`].
pub const WEIGHTS: &str = "weights.bin";
/// See [`crate::shortlist`]; empty if the model has none.
pub const SHORTLIST: &str = "shortlist";
/// The model card, for people: what the model is for, and its limits.
pub const CARD: &str = "CARD.md";
/// The other members' sizes and CRC-32.
pub const CHECKSUMS: &str = "checksums";
/// The version of the format.
pub const FORMAT: u32 = 2;
/// The version of the format whose graphs have standard operators: see [`StandardManifest`].
pub const STANDARD_FORMAT: u32 = 3;

const BLOCK: usize = 512;
/// Where a header has the magic word `ustar`.
const USTAR: Range<usize> = 257..262;

/// Why the bytes are not a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The file is of another kind: it does not begin as bundles do.
    #[error(
        "not a deshi bundle: its {bytes} bytes do not begin with {MANIFEST}; a model is a file NAME.deshi"
    )]
    NotABundle {
        /// The file's size.
        bytes: usize,
    },
    /// The file ends before the member does.
    #[error("bundle: ends within {member}: the file was cut off; get it again")]
    Truncated {
        /// The member.
        member: &'static str,
    },
    /// The checksum of the member's header or content is wrong.
    #[error("bundle: {member} was altered or is damaged; get the file again")]
    Altered {
        /// The member.
        member: &'static str,
    },
    /// The member is missing, or another one is in its place.
    #[error("bundle: {member} is missing")]
    Missing {
        /// The member.
        member: &'static str,
    },
    /// The member occurs twice.
    #[error("bundle: {member} occurs twice")]
    Duplicate {
        /// The member.
        member: &'static str,
    },
    /// The manifest cannot be read.
    #[error("bundle: {MANIFEST} cannot be read")]
    Manifest(#[source] serde_json_core::de::Error),
    /// A format version that this program does not read.
    #[error(
        "bundle: {MANIFEST} has format {got}; this program reads {FORMAT} and {STANDARD_FORMAT}"
    )]
    Format {
        /// The format in the manifest.
        got: u32,
    },
    /// The model is ONNX graphs of standard operators: see [`StandardManifest`].
    #[error(
        "bundle: the model is ONNX graphs of standard operators, which only the engine tract runs; \
         use a program built with `--features tract`, or import the model's weights with `deshi-export hf`"
    )]
    StandardGraphs,
    /// A value of a [`StandardManifest`] is out of range.
    #[error("bundle: {MANIFEST}: standard_graphs.{field} must be {expected}, got {got}")]
    StandardValue {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        got: usize,
    },
    /// The manifest's architecture is invalid.
    #[error("bundle: the architecture in {MANIFEST} is invalid")]
    Architecture(#[source] ArchitectureError),
    /// A member that the manifest's architecture has no use for.
    #[error("bundle: {member} is there, but {MANIFEST} has one vocabulary for both languages")]
    Unexpected {
        /// The member.
        member: &'static str,
    },
    /// The manifest's `length_factor` is out of range.
    #[error("bundle: {MANIFEST}: length_factor must be 0 to 100")]
    LengthFactor,
}

/// The members of a bundle, checked but not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members<'a> {
    members: [Member<'a>; MEMBERS.len()],
    source_vocabulary: Option<Member<'a>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Member<'a> {
    content: &'a [u8],
    /// Where the content starts in the file.
    start: usize,
}

impl Member<'_> {
    fn range(&self) -> Range<usize> {
        self.start..self.start + self.content.len()
    }
}

impl<'a> Members<'a> {
    /// Reads the members in place, checking every checksum.
    ///
    /// # Errors
    /// [`BundleError`]: what is wrong, and with which member.
    pub fn parse(file: &'a [u8]) -> Result<Self, BundleError> {
        let mut members = [Member::default(); MEMBERS.len()];
        let mut source_vocabulary = None;
        let mut rest = file;
        if !begins_as_bundle(file) {
            return Err(BundleError::NotABundle { bytes: file.len() });
        }
        for (index, member) in MEMBERS.into_iter().enumerate() {
            members[index] = take_member(file, &mut rest, index, member)?;
            if member == VOCABULARY && is_next(rest, SOURCE_VOCABULARY) {
                source_vocabulary = Some(take_member(file, &mut rest, index, SOURCE_VOCABULARY)?);
                if is_next(rest, SOURCE_VOCABULARY) {
                    let member = SOURCE_VOCABULARY;
                    return Err(BundleError::Duplicate { member });
                }
            }
        }
        check_no_more(rest)?;
        check(&members, source_vocabulary)?;
        Ok(Self {
            members,
            source_vocabulary,
        })
    }

    /// A member's content, by its name; `None` if the bundle has no such member.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        Some(self.find(name)?.content)
    }

    /// Where a member's content is in the file, by its name.
    pub fn range(&self, name: &str) -> Option<Range<usize>> {
        Some(self.find(name)?.range())
    }

    fn find(&self, name: &str) -> Option<&Member<'a>> {
        if name == SOURCE_VOCABULARY {
            return self.source_vocabulary.as_ref();
        }
        let index = MEMBERS.into_iter().position(|member| member == name)?;
        Some(&self.members[index])
    }
}

/// A bundle of a model of deshi's architecture, read in place.
#[derive(Debug, Clone)]
pub struct Bundle<'a> {
    manifest: Manifest,
    members: Members<'a>,
}

impl<'a> Bundle<'a> {
    /// Reads a bundle in place, checking every member's checksum.
    ///
    /// # Errors
    /// [`BundleError`]: what is wrong, and with which member.
    pub fn parse(file: &'a [u8]) -> Result<Self, BundleError> {
        Self::of(Members::parse(file)?)
    }

    /// A bundle of members that were read.
    ///
    /// # Errors
    /// [`BundleError`]: the manifest is not one of deshi's architecture, or does not fit the vocabularies.
    pub fn of(members: Members<'a>) -> Result<Self, BundleError> {
        let manifest = Manifest::parse(members.members[0].content)?;
        let member = SOURCE_VOCABULARY;
        match (
            manifest.architecture.has_split_vocabularies(),
            members.source_vocabulary,
        ) {
            (true, None) => Err(BundleError::Missing { member }),
            (false, Some(_)) => Err(BundleError::Unexpected { member }),
            _ => Ok(Self { manifest, members }),
        }
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// A member's content, by its name; `None` if the bundle has no such member.
    pub fn member(&self, name: &str) -> Option<&'a [u8]> {
        self.members.get(name)
    }

    /// Where a member's content is in the file, by its name.
    pub fn range(&self, name: &str) -> Option<Range<usize>> {
        self.members.range(name)
    }
}

/// Whether the next member has this name.
fn is_next(rest: &[u8], name: &str) -> bool {
    let header = rest.get(..BLOCK).and_then(read_header);
    header.is_some_and(|(next, _)| next == name.as_bytes())
}

/// Whether a file is a bundle, though perhaps a damaged one: it begins with the name of the first member, or with a tar's
/// header.
fn begins_as_bundle(file: &[u8]) -> bool {
    file.starts_with(MANIFEST.as_bytes()) || file.get(USTAR) == Some(b"ustar")
}

/// Takes the next member off the rest of the file.
fn take_member<'a>(
    file: &'a [u8],
    rest: &mut &'a [u8],
    index: usize,
    member: &'static str,
) -> Result<Member<'a>, BundleError> {
    let start = file.len() - rest.len() + BLOCK;
    let content;
    (content, *rest) = next_member(rest, index, member)?;
    Ok(Member { content, start })
}

fn next_member<'a>(
    file: &'a [u8],
    index: usize,
    member: &'static str,
) -> Result<(&'a [u8], &'a [u8]), BundleError> {
    let (header, rest) = file
        .split_at_checked(BLOCK)
        .ok_or(BundleError::Truncated { member })?;
    if header.iter().all(|&byte| byte == 0) {
        return Err(BundleError::Missing { member });
    }
    let (name, size) = read_header(header).ok_or(BundleError::Altered { member })?;
    if name != member.as_bytes() {
        return Err(
            match MEMBERS
                .into_iter()
                .position(|known| known.as_bytes() == name)
            {
                Some(before) if before < index => BundleError::Duplicate {
                    member: MEMBERS[before],
                },
                _ => BundleError::Missing { member },
            },
        );
    }
    let size = usize::try_from(size).map_err(|_| BundleError::Truncated { member })?;
    let (content, rest) = rest
        .split_at_checked(size)
        .ok_or(BundleError::Truncated { member })?;
    let padding = size.next_multiple_of(BLOCK) - size;
    Ok((content, rest.get(padding..).unwrap_or(&[])))
}

/// Accepts nothing or zeros after the last member, but no further member.
fn check_no_more(rest: &[u8]) -> Result<(), BundleError> {
    match rest.get(..BLOCK).and_then(read_header) {
        Some((name, _)) => {
            let known = MEMBERS.into_iter().find(|known| known.as_bytes() == name);
            Err(
                known.map_or(BundleError::Altered { member: CHECKSUMS }, |member| {
                    BundleError::Duplicate { member }
                }),
            )
        }
        None => Ok(()),
    }
}

/// Name and size from a ustar header with a correct checksum (POSIX.1-1988, `pax`, "ustar Interchange
/// Format").
fn read_header(header: &[u8]) -> Option<(&[u8], u64)> {
    let is_ours = &header[USTAR] == b"ustar" && header[156] == b'0';
    if !is_ours || octal(&header[148..156])? != u64::from(header_sum(header)) {
        return None;
    }
    let name = header[..100].split(|&byte| byte == 0).next()?;
    Some((name, octal(&header[124..136])?))
}

/// The sum of a header's bytes, with the eight bytes of the checksum field counted as spaces.
fn header_sum(header: &[u8]) -> u32 {
    let byte = |(at, &byte): (usize, &u8)| {
        if (148..156).contains(&at) {
            32
        } else {
            u32::from(byte)
        }
    };
    header.iter().enumerate().map(byte).sum()
}

fn octal(digits: &[u8]) -> Option<u64> {
    let end = digits
        .iter()
        .position(|&byte| byte == 0 || byte == b' ')
        .unwrap_or(digits.len());
    digits[..end].iter().try_fold(0u64, |value, &digit| {
        matches!(digit, b'0'..=b'7').then(|| value << 3 | u64::from(digit - b'0'))
    })
}

/// Compares every member with its line of `checksums`.
fn check(
    members: &[Member<'_>; MEMBERS.len()],
    source_vocabulary: Option<Member<'_>>,
) -> Result<(), BundleError> {
    let altered = |member| BundleError::Altered { member };
    let mut rest = members[MEMBERS.len() - 1].content;
    let take = |line: &str, rest: &mut &[u8]| match rest.strip_prefix(line.as_bytes()) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    };
    // Checks the table first: if the table is damaged, its lines would blame other members.
    let table = rest;
    let last = table
        .len()
        .checked_sub(LAST_LINE_BYTES)
        .ok_or(altered(CHECKSUMS))?;
    if table[last..] != *last_line(&table[..last]).as_bytes() {
        return Err(altered(CHECKSUMS));
    }
    for (name, member) in MEMBERS.into_iter().zip(members).take(MEMBERS.len() - 1) {
        if !take(&line(name, member.content), &mut rest) {
            return Err(altered(name));
        }
        if let (VOCABULARY, Some(member)) = (name, source_vocabulary)
            && !take(&line(SOURCE_VOCABULARY, member.content), &mut rest)
        {
            return Err(altered(SOURCE_VOCABULARY));
        }
    }
    if rest.len() == LAST_LINE_BYTES {
        Ok(())
    } else {
        Err(altered(CHECKSUMS))
    }
}

const LAST_LINE_BYTES: usize = 8 + " - ".len() + CHECKSUMS.len() + 1;

fn crc32(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(bytes);
    hasher.finalize()
}

fn line(member: &str, content: &[u8]) -> String<64> {
    let mut line = String::new();
    writeln!(line, "{:08x} {} {member}", crc32(content), content.len())
        .expect("8 digits, 20 digits and a member's name are fewer than 64");
    line
}

fn last_line(lines: &[u8]) -> String<64> {
    let mut line = String::new();
    writeln!(line, "{:08x} - {CHECKSUMS}", crc32(lines)).expect("it is shorter than 64 bytes");
    line
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use std::format;
    use std::vec::Vec;

    const JSON: &str = r#"{"format":2,"name":"tiny \"q\" ü","parameters":7,"scores":[{"test_set":"t","metric":"BLEU","system":"s","value":1.5}],
        "architecture":{"encoder_layers":2,"decoder_layers":1,"d_model":32,"d_ff":64,"n_heads":4,"decoder":"ssru",
        "vocabulary_size":320,"maximum_positions":24},"source_language":"en","target_language":"de",
        "length_factor":2.0,"length_offset":8,"licences":[]}"#;

    fn small() -> Vec<(&'static str, &'static [u8])> {
        let contents: [&[u8]; 7] = [
            JSON.as_bytes(),
            b"vocabulary",
            b"e",
            b"d",
            &[7; 600],
            b"",
            b"",
        ];
        MEMBERS.into_iter().zip(contents).collect()
    }

    #[test]
    fn a_vocabulary_of_the_source_comes_where_the_architecture_has_one() {
        let split = JSON.replace(
            "\"maximum_positions\":24",
            "\"maximum_positions\":24,\"embeddings\":{\"source_vocabulary_size\":100}",
        );
        let with = |json: &'static [u8], members: &[&'static str]| {
            let mut list = small();
            list[0].1 = json;
            for member in members.iter().rev() {
                list.insert(2, (*member, b"source"));
            }
            Bundle::parse(&write(&list)).map(|bundle| {
                let range = bundle.range(SOURCE_VOCABULARY);
                (bundle.member(SOURCE_VOCABULARY).map(<[u8]>::to_vec), range)
            })
        };
        let split: &'static [u8] = split.into_bytes().leak();
        let (source, range) = with(split, &[SOURCE_VOCABULARY]).unwrap();
        assert_eq!(
            (source.as_deref(), range.unwrap().len()),
            (Some(&b"source"[..]), 6)
        );
        let joint = JSON.as_bytes();
        assert_eq!(with(joint, &[]), Ok((None, None)));
        let member = SOURCE_VOCABULARY;
        assert_eq!(with(split, &[]), Err(BundleError::Missing { member }));
        assert_eq!(
            with(joint, &[member]),
            Err(BundleError::Unexpected { member })
        );
        assert_eq!(
            with(split, &[member, member]),
            Err(BundleError::Duplicate { member })
        );

        let mut list = small();
        list[0].1 = split;
        list.insert(2, (SOURCE_VOCABULARY, b"source"));
        let mut file = write(&list);
        let at = Bundle::parse(&file).unwrap().range(member).unwrap();
        file[at.start] ^= 1;
        assert_eq!(
            Bundle::parse(&file).unwrap_err(),
            BundleError::Altered { member }
        );
        // In any other place it is not the member that is due.
        let moved = list.remove(2);
        list.insert(4, moved);
        let missing = BundleError::Missing { member: WEIGHTS };
        assert_eq!(Bundle::parse(&write(&list)).unwrap_err(), missing);
    }

    #[test]
    fn what_is_written_is_read() {
        let file = write(&small());
        let bundle = Bundle::parse(&file).unwrap();
        assert_eq!(bundle.member(WEIGHTS), Some(&[7u8; 600][..]));
        for member in MEMBERS {
            let range = bundle.range(member).unwrap();
            assert_eq!(bundle.member(member), Some(&file[range]));
        }
        assert_eq!(bundle.manifest().target_language, "de");
        assert_eq!(bundle.manifest().maximum_tokens(4), 16);
        assert_eq!(bundle.manifest().maximum_tokens(400), 24);
    }

    #[test]
    fn every_cut_is_refused_by_name_or_harmless() {
        let file = write(&small());
        let content_end = file.len() - 3 * BLOCK;
        for length in 0..file.len() {
            match Bundle::parse(&file[..length]) {
                Ok(_) => assert!(length > content_end, "cut at {length}"),
                Err(BundleError::Truncated { member }) => assert!(MEMBERS.contains(&member)),
                Err(BundleError::NotABundle { bytes }) => {
                    assert_eq!(bytes, length);
                    assert!(length < MANIFEST.len(), "cut at {length}");
                }
                Err(other) => panic!("cut at {length}: {other}"),
            }
        }
    }

    #[test]
    fn files_of_other_kinds_are_told_from_damaged_bundles() {
        let text = b"Good morning. ".repeat(100);
        let random: Vec<u8> = (0..2000u32).map(|at| (at * at % 251) as u8).collect();
        for file in [&b""[..], b"x", &text, &random, &[0; 2000], b"manifest"] {
            let error = Bundle::parse(file).unwrap_err();
            assert_eq!(error, BundleError::NotABundle { bytes: file.len() });
            assert!(format!("{error}").contains("not a deshi bundle"));
        }
        // Another tar.
        let tar = write(&[("other", b"x")]);
        let error = Bundle::parse(&tar).unwrap_err();
        assert_eq!(error, BundleError::Missing { member: MANIFEST });
    }

    #[test]
    fn every_altered_byte_is_refused_by_name_or_harmless() {
        let file = write(&small());
        let whole = Bundle::parse(&file).unwrap();
        for at in 0..file.len() {
            for bits in [0x01, 0x10, 0x80, 0xFF] {
                let mut damaged = file.clone();
                damaged[at] ^= bits;
                match Bundle::parse(&damaged) {
                    Ok(bundle) => assert_eq!(bundle.members, whole.members, "byte {at}"),
                    Err(error) => {
                        let message = format!("{error}");
                        assert!(
                            MEMBERS.iter().any(|member| message.contains(member)),
                            "{message}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn members_are_there_once() {
        let members = small();
        for index in 0..members.len() {
            let mut fewer = members.clone();
            let (name, _) = fewer.remove(index);
            assert_eq!(
                Bundle::parse(&write(&fewer)).unwrap_err(),
                BundleError::Missing { member: name }
            );
            let mut more = members.clone();
            more.insert(index, members[index]);
            assert_eq!(
                Bundle::parse(&write(&more)).unwrap_err(),
                BundleError::Duplicate { member: name }
            );
        }
    }
}
