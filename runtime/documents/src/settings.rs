//! How a document is read.

/// What in a document is translated, and how it is written. The default fits most files.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    /// The translation's language as a BCP 47 tag (`de`, `pt-BR`), for formats that name it: PO's header, XLIFF, `lang`
    /// in HTML. Without it these stay as they are. A PO or XLIFF file that names another one is refused, unless
    /// [`retranslate`](Self::retranslate) is set.
    pub target_language: Option<String>,
    /// The language of the texts, as the same kind of tag: a PO or XLIFF file that names another one is refused. Without
    /// it, what the file says is not looked at.
    pub source_language: Option<String>,
    /// Plain text: lines that follow each other are one hard-wrapped paragraph. Otherwise each line is a text of its own.
    pub paragraphs: bool,
    /// PO and XLIFF: translate entries that have a translation already.
    pub retranslate: bool,
    /// PO and XLIFF: mark new translations as not reviewed (`fuzzy`, `needs-review-translation`, `initial`).
    pub mark_unreviewed: bool,
    /// JSON: the strings to translate, as patterns of key paths (`menu.*`, `*.message`; `*` matches any characters).
    /// Empty: the file's keys show its style, which decides; in a plain table, values that look like code stay.
    pub json_keys: Vec<String>,
    /// JSON: strings that are not translated, as patterns of key paths.
    pub json_keys_kept: Vec<String>,
    /// Bounds that keep hostile files from using up memory.
    pub limits: Limits,
}

/// Bounds on what a document may hold.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Levels of nested elements or values.
    pub depth: usize,
    /// Size of an archive's members when unpacked, all together, in bytes.
    pub unpacked_bytes: u64,
    /// Segments in a document.
    pub segments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 256,
            unpacked_bytes: 256 << 20,
            segments: 2_000_000,
        }
    }
}
