//! A document that is an archive: the members that hold text, and the archive around them.

use std::collections::BTreeMap;
use std::io::Write;

use deshi_text::segment::Segment;

use crate::archive::Archive;
use crate::{Content, Error, Parsed};

/// An archive with the members that are translated.
pub(crate) struct Package {
    archive: Archive,
    members: Vec<Member>,
    segments: Vec<Segment>,
    limit: usize,
}

struct Member {
    name: String,
    content: Box<dyn Content>,
    /// How many of the document's segments are its own.
    segments: usize,
}

impl Package {
    /// An archive of which no member is translated yet; at most `limit` segments can be added.
    pub(crate) fn new(archive: Archive, limit: usize) -> Self {
        Self {
            archive,
            members: Vec::new(),
            segments: Vec::new(),
            limit,
        }
    }

    /// The archive.
    pub(crate) fn archive(&mut self) -> &mut Archive {
        &mut self.archive
    }

    /// Adds a member that was taken apart.
    pub(crate) fn add(&mut self, name: &str, parsed: Parsed) -> Result<(), Error> {
        let count = parsed.segments.len();
        if self.segments.len() + count > self.limit {
            return Err(Error::TooManySegments {
                format: self.archive.format(),
                limit: self.limit,
            });
        }
        self.segments.extend(parsed.segments);
        self.members.push(Member {
            name: name.to_owned(),
            content: parsed.content,
            segments: count,
        });
        Ok(())
    }

    /// The document.
    pub(crate) fn into_parsed(mut self) -> Parsed {
        let segments = std::mem::take(&mut self.segments);
        Parsed {
            segments,
            content: Box::new(self),
        }
    }
}

impl Content for Package {
    fn write(
        &self,
        source: &[Segment],
        translated: &[Segment],
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut archive = self.archive.clone();
        let mut changed = BTreeMap::new();
        let mut first = 0;
        for member in &self.members {
            let range = first..first + member.segments;
            first = range.end;
            let mut bytes = Vec::new();
            member
                .content
                .write(&source[range.clone()], &translated[range], &mut bytes)?;
            // What did not change is copied as it was compressed.
            if archive.read_again(&member.name)? != bytes {
                changed.insert(member.name.as_str(), bytes);
            }
        }
        archive.write(&changed, out)
    }
}
