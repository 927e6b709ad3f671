//! Reading text, line by line: from files or standard input, UTF-8 or UTF-16, and nothing else by mistake.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, IsTerminal, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use deshi::Shard;

use crate::args::quoted;
use crate::endpoint::Endpoint;

/// Bytes that are read at once, and so about how much text is translated at once.
const WINDOW_BYTES: usize = 1 << 15;

/// The byte order mark of UTF-8.
const UTF8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

impl Endpoint {
    /// Whether a person has to type the text.
    pub(crate) fn is_terminal(&self) -> bool {
        *self == Self::StandardInput && io::stdin().is_terminal()
    }

    /// How many bytes it has, where that is known before they are read.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let metadata = self.path()?.metadata().ok()?;
        metadata.is_file().then_some(metadata.len())
    }

    fn open(&self) -> Result<Box<dyn Read>> {
        Ok(match self {
            Self::File(path) => Box::new(self.open_file(path)?),
            Self::StandardInput | Self::StandardOutput => Box::new(io::stdin()),
        })
    }

    fn open_file(&self, path: &Path) -> Result<File> {
        let file = File::open(path).with_context(|| self.to_string())?;
        let metadata = file.metadata().with_context(|| self.to_string())?;
        ensure!(
            !metadata.is_dir(),
            "{self} is a folder: name the files in it, for example {}",
            path.join("*.txt").display()
        );
        Ok(file)
    }

    /// A command that a user can type to make UTF-8 of it.
    fn conversion(&self, encoding: &str) -> String {
        let iconv = format!("iconv -f {encoding} -t UTF-8");
        match self.path().map(Path::to_string_lossy) {
            Some(path) => format!("{iconv} {}", quoted(&path)),
            None => format!("… | {iconv} | deshi translate"),
        }
    }

    /// All of its bytes.
    pub(crate) fn read(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open()?
            .read_to_end(&mut bytes)
            .with_context(|| self.to_string())?;
        Ok(bytes)
    }
}

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Without its end.
    pub(crate) text: String,
    /// `\n`, `\r\n`, or nothing at the end of the input.
    pub(crate) end: &'static str,
}

impl Line {
    /// A text that ends here, whatever is in it.
    pub(crate) fn whole(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            end: "\n",
        }
    }

    /// How many bytes of UTF-8 it takes.
    pub(crate) fn bytes(&self) -> u64 {
        (self.text.len() + self.end.len()) as u64
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    fn new(line: &str) -> Self {
        let ends = ["\r\n", "\n"];
        let found = ends
            .into_iter()
            .find_map(|end| Some((line.strip_suffix(end)?, end)));
        let (text, end) = found.unwrap_or((line, ""));
        Self {
            text: text.to_owned(),
            end,
        }
    }
}

/// The lines of a source.
pub(crate) struct Lines {
    source: Endpoint,
    lossy: bool,
    reader: BufReader<Box<dyn Read>>,
    /// Of the next byte.
    offset: u64,
    /// How many bytes are to be read, where that is known.
    pub(crate) bytes: Option<u64>,
    /// Whether the source is UTF-16; the lines are UTF-8.
    pub(crate) utf16: bool,
}

impl Lines {
    /// Opens the source, and reads so much of it that its encoding is known.
    ///
    /// # Errors
    /// If it cannot be read, or is not text.
    pub(crate) fn open(source: &Endpoint, lossy: bool) -> Result<Self> {
        let mut input = source.open()?;
        let start = read_start(&mut input).with_context(|| source.to_string())?;
        let big_endian = match start[..] {
            [0xfe, 0xff] => Some(true),
            [0xff, 0xfe] => Some(false),
            _ => None,
        };
        let (input, offset): (Box<dyn Read>, _) = if let Some(big_endian) = big_endian {
            let text = read_utf16(source, input, big_endian, lossy)?;
            (Box::new(Cursor::new(text.into_bytes())), 0)
        } else if start == UTF8_MARK {
            (input, UTF8_MARK.len() as u64)
        } else {
            (Box::new(Cursor::new(start).chain(input)), 0)
        };
        Ok(Self {
            source: source.clone(),
            lossy,
            reader: BufReader::with_capacity(WINDOW_BYTES, input),
            offset,
            bytes: source.bytes(),
            utf16: big_endian.is_some(),
        })
    }

    /// Opens the source, a file, and reads the lines of a shard of it.
    ///
    /// # Errors
    /// If it cannot be read at any place, or is UTF-16.
    pub(crate) fn open_shard(source: &Endpoint, shard: Shard, lossy: bool) -> Result<Self> {
        let path = source.path().expect("--shard takes a file");
        let mut file = source.open_file(path)?;
        let name = || source.to_string();
        ensure!(
            file.metadata().with_context(name)?.is_file(),
            "{source} is not a regular file, so it has no shards"
        );
        let start = read_start(&mut file).with_context(name)?;
        ensure!(
            !matches!(start[..], [0xfe, 0xff] | [0xff, 0xfe]),
            "{source} is UTF-16, which has no shards: convert it, for example with `{}`",
            source.conversion("UTF-16")
        );
        let mut range = shard.range(&file).with_context(name)?;
        if range.start == 0 && start == UTF8_MARK {
            range.start = range.end.min(UTF8_MARK.len() as u64);
        }
        file.seek(SeekFrom::Start(range.start)).with_context(name)?;
        let bytes = range.end - range.start;
        let input: Box<dyn Read> = Box::new(file.take(bytes));
        Ok(Self {
            source: source.clone(),
            lossy,
            reader: BufReader::with_capacity(WINDOW_BYTES, input),
            offset: range.start,
            bytes: Some(bytes),
            utf16: false,
        })
    }

    /// The lines that are there without waiting, at least one: so an interactive client gets each reply before it sends
    /// its next line. None at the end.
    ///
    /// # Errors
    /// If the source cannot be read, or is not text.
    pub(crate) fn next_window(&mut self) -> Result<Option<Vec<Line>>> {
        let mut lines = Vec::new();
        let mut bytes = Vec::new();
        loop {
            let read = self.reader.read_until(b'\n', &mut bytes);
            if read.with_context(|| self.source.to_string())? == 0 {
                break;
            }
            lines.push(Line::new(&self.decode(&bytes)?));
            self.offset += bytes.len() as u64;
            bytes.clear();
            if !self.reader.buffer().contains(&b'\n') {
                break;
            }
        }
        Ok((!lines.is_empty()).then_some(lines))
    }

    fn decode<'a>(&self, bytes: &'a [u8]) -> Result<std::borrow::Cow<'a, str>> {
        if self.lossy {
            return Ok(String::from_utf8_lossy(bytes));
        }
        if let Some(zero) = bytes.iter().position(|&byte| byte == 0) {
            let at = self.offset + zero as u64;
            bail!(
                "{} is not text: byte {at} is 0, as in a binary file or UTF-16 without a byte order mark. \
                 Convert it to UTF-8, or translate it all the same with --lossy",
                self.source
            );
        }
        std::str::from_utf8(bytes).map(Into::into).or_else(|error| {
            let valid = error.valid_up_to();
            let at = self.offset + valid as u64;
            bail!(
                "{} is not UTF-8: byte {at} is 0x{:02X}. Convert it, for example with `{}`, or translate it all the same \
                 with --lossy",
                self.source,
                bytes[valid],
                self.source.conversion("WINDOWS-1252")
            )
        })
    }
}

/// The first byte, and the next ones where they may make a byte order mark. (Never more: a client may send a line of one
/// byte, and wait.)
fn read_start(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    input.by_ref().take(1).read_to_end(&mut start)?;
    let more = match start[..] {
        [0xef] => 2,
        [0xfe | 0xff] => 1,
        _ => 0,
    };
    input.by_ref().take(more).read_to_end(&mut start)?;
    Ok(start)
}

/// The rest of a UTF-16 input, after its byte order mark.
fn read_utf16(
    source: &Endpoint,
    mut input: impl Read,
    big_endian: bool,
    lossy: bool,
) -> Result<String> {
    let mut bytes = Vec::new();
    input
        .read_to_end(&mut bytes)
        .with_context(|| source.to_string())?;
    let (pairs, rest) = bytes.as_chunks::<2>();
    let unit = |&pair: &[u8; 2]| {
        if big_endian {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }
    };
    let mut text = String::with_capacity(pairs.len());
    // The byte order mark has two bytes.
    let mut offset = 2;
    for decoded in char::decode_utf16(pairs.iter().map(unit)) {
        let decoded = decoded.ok().filter(|&char| lossy || char != '\0');
        ensure!(
            lossy || decoded.is_some(),
            "{source} has a UTF-16 byte order mark, but is not UTF-16: byte {offset}. Convert it to UTF-8, or translate \
             it all the same with --lossy"
        );
        let char = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
        offset += 2 * char.len_utf16();
        text.push(char);
    }
    ensure!(
        lossy || rest.is_empty(),
        "{source} has a UTF-16 byte order mark, but an odd number of bytes: it was cut off, or is not UTF-16. Convert it \
         to UTF-8, or translate it all the same with --lossy"
    );
    Ok(text)
}
