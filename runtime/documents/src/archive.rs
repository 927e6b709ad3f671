//! Zip archives with bounds: what DOCX, ODT and EPUB files are.
//!
//! Only members that hold text are unpacked, into memory; names are never used as paths. A written archive is canonical:
//! the members in their order, except that `mimetype` comes first and is stored; a member that did not change is copied as
//! it was compressed.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::sync::Arc;

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::{Error, Format, Place, Settings};

/// The most members of an archive. E-books have hundreds.
const MAX_MEMBERS: usize = 10_000;

/// A member that unpacks to more than this is refused if its compressed size is less than a [`MAX_RATIO`]th of that.
const RATIO_FREE_BYTES: u64 = 8 << 20;

/// Text in XML is seldom compressed to less than a 50th; zip bombs reach the 1032 of deflate.
const MAX_RATIO: u64 = 400;

const MIMETYPE: &str = "mimetype";

/// An archive, as it was read.
#[derive(Clone)]
pub(crate) struct Archive {
    format: Format,
    zip: ZipArchive<Cursor<Arc<[u8]>>>,
    names: Vec<String>,
    unpacked_bytes_left: u64,
    unpacked_bytes_limit: u64,
}

impl Archive {
    /// Reads an archive's directory.
    pub(crate) fn open(format: Format, bytes: Vec<u8>, settings: &Settings) -> Result<Self, Error> {
        let malformed = |problem: String| Error::Malformed {
            format,
            place: Place::Byte(0),
            problem: problem.into(),
        };
        check_signature(format, &bytes)?;
        // Before the directory is read into memory.
        let entries = bytes
            .windows(4)
            .filter(|window| window == b"PK\x01\x02")
            .take(20 * MAX_MEMBERS + 1)
            .count();
        if entries > 20 * MAX_MEMBERS {
            return Err(malformed(format!(
                "the archive has more than {MAX_MEMBERS} members"
            )));
        }
        let file_len = bytes.len() as u64;
        let mut zip = ZipArchive::new(Cursor::new(Arc::from(bytes)))
            .map_err(|error| malformed(format!("the file is not a zip archive: {error}")))?;
        if zip.len() > MAX_MEMBERS {
            return Err(malformed(format!(
                "the archive has more than {MAX_MEMBERS} members"
            )));
        }
        if zip.has_duplicate_names() {
            return Err(malformed(
                "the archive has two members of one name".to_owned(),
            ));
        }
        let mut names = Vec::with_capacity(zip.len());
        let mut compressed = 0_u64;
        for index in 0..zip.len() {
            let member = zip
                .by_index_raw(index)
                .map_err(|error| malformed(error.to_string()))?;
            let name = member
                .name()
                .map_err(|error| malformed(error.to_string()))?
                .into_owned();
            if member.encrypted() {
                return Err(Error::Encrypted { format });
            }
            compressed = compressed.saturating_add(member.compressed_size());
            names.push(name);
        }
        // Members that share bytes would make the copy larger than the file.
        if compressed > file_len {
            return Err(malformed("members of the archive overlap".to_owned()));
        }
        let limit = settings.limits.unpacked_bytes;
        Ok(Self {
            format,
            zip,
            names,
            unpacked_bytes_left: limit,
            unpacked_bytes_limit: limit,
        })
    }

    /// The document's format.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// The members' names, in the archive's order.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether there is a member of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|member| member == name)
    }

    /// Unpacks a member.
    ///
    /// # Errors
    ///
    /// The archive has no file of that name, or the file is damaged, or larger than the archive's bounds allow.
    pub(crate) fn read(&mut self, name: &str) -> Result<Vec<u8>, Error> {
        let format = self.format;
        let fault = |byte, problem: String| Error::Malformed {
            format,
            place: Place::Member {
                name: name.to_owned(),
                byte,
            },
            problem: problem.into(),
        };
        let Some(index) = self.names.iter().position(|member| member == name) else {
            return Err(fault(0, "the archive has no such member".to_owned()));
        };
        let member = self.zip.by_index(index).map_err(|error| match error {
            ZipError::CompressionMethodNotSupported(method) => fault(
                0,
                format!("the compression method is {method}, and only deflate can be read. Save the file again in an office program"),
            ),
            other => fault(0, other.to_string()),
        })?;
        let by_ratio = RATIO_FREE_BYTES.max(member.compressed_size().saturating_mul(MAX_RATIO));
        let limit = by_ratio.min(self.unpacked_bytes_left);
        let mut content = Vec::new();
        let result = member.take(limit + 1).read_to_end(&mut content);
        let length = content.len() as u64;
        if length > self.unpacked_bytes_left {
            return Err(Error::TooLarge {
                format,
                limit: self.unpacked_bytes_limit,
            });
        }
        if length > by_ratio {
            return Err(fault(
                content.len(),
                format!(
                    "the member is compressed to less than 1/{MAX_RATIO} of its size, as in a zip bomb"
                ),
            ));
        }
        result.map_err(|error| fault(content.len(), error.to_string()))?;
        self.unpacked_bytes_left -= length;
        Ok(content)
    }

    /// Unpacks a member that was read before: it counts once.
    pub(crate) fn read_again(&mut self, name: &str) -> Result<Vec<u8>, Error> {
        let left = std::mem::replace(&mut self.unpacked_bytes_left, self.unpacked_bytes_limit);
        let content = self.read(name);
        self.unpacked_bytes_left = left;
        content
    }

    /// Unpacks a member that is text in UTF-8.
    pub(crate) fn read_text(&mut self, name: &str) -> Result<String, Error> {
        String::from_utf8(self.read(name)?).map_err(|error| Error::Malformed {
            format: self.format,
            place: Place::Member {
                name: name.to_owned(),
                byte: error.utf8_error().valid_up_to(),
            },
            problem: "the text is not valid UTF-8".into(),
        })
    }

    /// Writes the archive again, with the members of `changed` replaced.
    pub(crate) fn write(
        &self,
        changed: &BTreeMap<&str, Vec<u8>>,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut zip = self.zip.clone();
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by_key(|&index| self.names[index] != MIMETYPE);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for index in order {
            self.write_member(&mut zip, index, changed, &mut writer)
                .map_err(|error| match error {
                    ZipError::Io(error) => Error::Write(error),
                    other => Error::Malformed {
                        format: self.format,
                        place: Place::Member {
                            name: self.names[index].clone(),
                            byte: 0,
                        },
                        problem: other.to_string().into(),
                    },
                })?;
        }
        let bytes = writer.finish().map_err(std::io::Error::from)?.into_inner();
        Ok(out.write_all(&bytes)?)
    }

    fn write_member(
        &self,
        zip: &mut ZipArchive<Cursor<Arc<[u8]>>>,
        index: usize,
        changed: &BTreeMap<&str, Vec<u8>>,
        writer: &mut ZipWriter<Cursor<Vec<u8>>>,
    ) -> Result<(), ZipError> {
        let name = self.names[index].as_str();
        let member = zip.by_index_raw(index)?;
        let options = member.options();
        if let Some(content) = changed.get(name) {
            return write_new(writer, name, options, content);
        }
        let stored = member.compression() == CompressionMethod::Stored;
        if name == MIMETYPE && (!stored || member.extra_data().is_some()) {
            drop(member);
            let mut content = Vec::new();
            zip.by_index(index)?.take(1024).read_to_end(&mut content)?;
            return write_new(
                writer,
                name,
                options.compression_method(CompressionMethod::Stored),
                &content,
            );
        }
        writer.raw_copy_file(member)
    }
}

fn write_new(
    writer: &mut ZipWriter<Cursor<Vec<u8>>>,
    name: &str,
    options: SimpleFileOptions,
    content: &[u8],
) -> Result<(), ZipError> {
    writer.start_file(name, options)?;
    Ok(writer.write_all(content)?)
}

/// Recognises files of other formats that are often mistaken for this one.
fn check_signature(format: Format, bytes: &[u8]) -> Result<(), Error> {
    // The compound files of [MS-CFB]: documents of Word before 2007, and the envelope of encrypted newer ones, which
    // holds a stream called EncryptedPackage ([MS-OFFCRYPTO], section 2.3.4).
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        let name: Vec<u8> = "EncryptedPackage"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        if bytes.windows(name.len()).any(|window| window == name) {
            return Err(Error::Encrypted { format });
        }
        return Err(Error::Malformed {
            format,
            place: Place::Byte(0),
            problem: "this is a document of Word before 2007 (.doc). Save it as .docx first".into(),
        });
    }
    if bytes.starts_with(b"PK") || bytes.windows(4).any(|window| window == b"PK\x05\x06") {
        return Ok(());
    }
    Err(Error::Malformed {
        format,
        place: Place::Byte(0),
        problem: "the file is not a zip archive. Check that it is the right file".into(),
    })
}
