//! The file that ships, `NAME.deshi`: an uncompressed ustar tar with the members [`MEMBERS`], in that
//! order. Each starts at a multiple of 512 bytes, so that it can be read where it lies; `tar tf` lists it.
//!
//! `checksums`, the last, is text: a line `crc32 size name` for each member before it, and a line
//! `crc32 - checksums` over the lines above.

use core::fmt::{self, Write};
use core::ops::Range;

use heapless::String;
use serde::{Deserialize, Serialize};

use crate::Architecture;
use crate::architecture::ArchitectureError;
use crate::search::maximum_tokens;

/// The members, in order.
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
/// See [`crate::vocabulary`].
pub const VOCABULARY: &str = "vocabulary";
/// The encoder's graph.
pub const ENCODER: &str = "encoder.onnx";
/// The graph of one step of the decoder.
pub const DECODER_STEP: &str = "decoder_step.onnx";
/// See [`crate::weights`].
pub const WEIGHTS: &str = "weights.bin";
/// See [`crate::shortlist`]; empty if the model has none.
pub const SHORTLIST: &str = "shortlist";
/// What the model is and is not, for people.
pub const CARD: &str = "CARD.md";
/// The other members' sizes and CRC-32.
pub const CHECKSUMS: &str = "checksums";
/// The version of the format.
pub const FORMAT: u32 = 2;

const BLOCK: usize = 512;

/// Why the bytes are no bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleError {
    /// The file ends before the member does.
    Truncated {
        /// The member.
        member: &'static str,
    },
    /// The member's header or content is not what was written.
    Altered {
        /// The member.
        member: &'static str,
    },
    /// Another member, or none, stands in its place.
    Missing {
        /// The member.
        member: &'static str,
    },
    /// The member is there twice.
    Duplicate {
        /// The member.
        member: &'static str,
    },
    /// The manifest cannot be read.
    Manifest(serde_json_core::de::Error),
    /// A format that this program does not read.
    Format {
        /// The format in the manifest.
        got: u32,
    },
    /// The manifest's architecture is none.
    Architecture(ArchitectureError),
    /// The manifest's `length_factor` is no length.
    LengthFactor,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { member } => write!(f, "bundle: ends within {member}"),
            Self::Altered { member } => write!(f, "bundle: {member} was altered or is damaged"),
            Self::Missing { member } => write!(f, "bundle: {member} is missing"),
            Self::Duplicate { member } => write!(f, "bundle: {member} is there twice"),
            Self::Manifest(_) => write!(f, "bundle: {MANIFEST} cannot be read"),
            Self::Format { got } => {
                write!(
                    f,
                    "bundle: {MANIFEST} says format {got}, but this program reads {FORMAT}"
                )
            }
            Self::Architecture(_) => write!(f, "bundle: {MANIFEST} has no valid architecture"),
            Self::LengthFactor => write!(f, "bundle: {MANIFEST}: length_factor must be 0 to 100"),
        }
    }
}

impl core::error::Error for BundleError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Manifest(error) => Some(error),
            Self::Architecture(error) => Some(error),
            _ => None,
        }
    }
}

/// What every runtime needs to know of a model. Other fields of `manifest.json` are not read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The model's hyper-parameters.
    pub architecture: Architecture,
    /// BCP 47, such as `en`.
    pub source_language: String<16>,
    /// BCP 47, such as `de`.
    pub target_language: String<16>,
    /// See [`Self::maximum_tokens`].
    pub length_factor: f32,
    /// See [`Self::maximum_tokens`].
    pub length_offset: u32,
}

impl Manifest {
    /// Reads and checks `manifest.json`.
    ///
    /// # Errors
    /// [`BundleError`]: what is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, BundleError> {
        let (manifest, _): (Self, _) =
            serde_json_core::from_slice(json).map_err(BundleError::Manifest)?;
        if manifest.format != FORMAT {
            return Err(BundleError::Format {
                got: manifest.format,
            });
        }
        manifest
            .architecture
            .validate()
            .map_err(BundleError::Architecture)?;
        if !(0.0..=100.0).contains(&manifest.length_factor) {
            return Err(BundleError::LengthFactor);
        }
        Ok(manifest)
    }

    /// Tokens that a translation can have, its end included: see [`crate::search::maximum_tokens`].
    pub fn maximum_tokens(&self, source_tokens: usize) -> usize {
        let positions = self.architecture.maximum_positions;
        maximum_tokens(
            self.length_factor,
            self.length_offset,
            source_tokens,
            positions,
        )
    }
}

/// What people want to know of a model: further fields of `manifest.json`, for hosts.
#[cfg(feature = "std")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// The model's name.
    pub name: std::string::String,
    /// Numbers in the model.
    pub parameters: u64,
    /// What it scored.
    pub scores: std::vec::Vec<Score>,
    /// Whose data it was made of.
    pub licences: std::vec::Vec<Licence>,
}

/// A test's result.
#[cfg(feature = "std")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Such as `newstest2019`.
    pub test_set: std::string::String,
    /// Such as `BLEU`.
    pub metric: std::string::String,
    /// Whose translations: this model's, the teacher's, another's.
    pub system: std::string::String,
    /// The score.
    pub value: f64,
}

/// The licence of a training set.
#[cfg(feature = "std")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Licence {
    /// The set.
    pub set: std::string::String,
    /// Its licence.
    pub licence: std::string::String,
    /// Whom it asks to be named.
    pub attribution: std::string::String,
}

/// A bundle, read in place.
#[derive(Debug, Clone)]
pub struct Bundle<'a> {
    manifest: Manifest,
    members: [&'a [u8]; MEMBERS.len()],
    /// Where each member's content starts in the file.
    starts: [usize; MEMBERS.len()],
}

impl<'a> Bundle<'a> {
    /// Reads a bundle in place, checking every member's checksum.
    ///
    /// # Errors
    /// [`BundleError`]: what is wrong, and with which member.
    pub fn parse(file: &'a [u8]) -> Result<Self, BundleError> {
        let mut members: [&[u8]; MEMBERS.len()] = [&[]; MEMBERS.len()];
        let mut starts = [0; MEMBERS.len()];
        let mut rest = file;
        for (index, member) in MEMBERS.into_iter().enumerate() {
            starts[index] = file.len() - rest.len() + BLOCK;
            (members[index], rest) = next_member(rest, index, member)?;
        }
        check_no_more(rest)?;
        check(&members)?;
        Ok(Self {
            manifest: Manifest::parse(members[0])?,
            members,
            starts,
        })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// A member's content, by its name.
    pub fn member(&self, name: &str) -> Option<&'a [u8]> {
        let index = MEMBERS.into_iter().position(|member| member == name)?;
        Some(self.members[index])
    }

    /// Where a member's content is in the file, by its name.
    pub fn range(&self, name: &str) -> Option<Range<usize>> {
        let index = MEMBERS.into_iter().position(|member| member == name)?;
        let length = self.members[index].len();
        Some(self.starts[index]..self.starts[index] + length)
    }
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

/// After the last member: nothing, or zeros, but no further member.
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

/// Name and size of a ustar header whose checksum is right (POSIX.1-1988, `pax`, "ustar Interchange Format").
fn read_header(header: &[u8]) -> Option<(&[u8], u64)> {
    let is_ours = &header[257..262] == b"ustar" && header[156] == b'0';
    if !is_ours || octal(&header[148..156])? != u64::from(header_sum(header)) {
        return None;
    }
    let name = header[..100].split(|&byte| byte == 0).next()?;
    Some((name, octal(&header[124..136])?))
}

/// The sum of a header's bytes, with the eight of the checksum itself as spaces.
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
fn check(members: &[&[u8]; MEMBERS.len()]) -> Result<(), BundleError> {
    let altered = |member| BundleError::Altered { member };
    let mut rest = members[MEMBERS.len() - 1];
    let take = |line: &str, rest: &mut &[u8]| match rest.strip_prefix(line.as_bytes()) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    };
    // The table first: where it is damaged, it is not the member it speaks of.
    let table = rest;
    let last = table
        .len()
        .checked_sub(LAST_LINE_BYTES)
        .ok_or(altered(CHECKSUMS))?;
    if table[last..] != *last_line(&table[..last]).as_bytes() {
        return Err(altered(CHECKSUMS));
    }
    for (member, content) in MEMBERS.into_iter().zip(members).take(MEMBERS.len() - 1) {
        if !take(&line(member, content), &mut rest) {
            return Err(altered(member));
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

/// Writes a bundle: the members as given, and their checksums behind.
///
/// # Panics
/// If a name is longer than 100 bytes, or a content than 8 GiB.
#[cfg(feature = "std")]
pub fn write(members: &[(&str, &[u8])]) -> std::vec::Vec<u8> {
    let mut file = std::vec::Vec::new();
    let mut lines = std::vec::Vec::new();
    for (name, content) in members {
        lines.extend(line(name, content).bytes());
        write_member(&mut file, name, content);
    }
    let last = last_line(&lines);
    lines.extend(last.bytes());
    write_member(&mut file, CHECKSUMS, &lines);
    file.resize(file.len() + 2 * BLOCK, 0);
    file
}

#[cfg(feature = "std")]
fn write_member(file: &mut std::vec::Vec<u8>, name: &str, content: &[u8]) {
    use std::format;
    let mut header = [0u8; BLOCK];
    let size = format!("{:011o}", content.len());
    assert!(size.len() == 11, "{name} is longer than 8 GiB");
    let mut put = |at: usize, field: &[u8]| header[at..at + field.len()].copy_from_slice(field);
    assert!(name.len() <= 100, "{name} is longer than 100 bytes");
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, size.as_bytes());
    put(136, b"00000000000");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum = format!("{:06o}\0 ", header_sum(&header));
    header[148..156].copy_from_slice(sum.as_bytes());
    file.extend(header);
    file.extend(content);
    file.resize(file.len().next_multiple_of(BLOCK), 0);
}

#[cfg(all(test, feature = "std"))]
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
                Err(other) => panic!("cut at {length}: {other}"),
            }
        }
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
