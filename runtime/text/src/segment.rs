//! Text with inline markup: what documents hand to the text layer, and take back.

/// A stretch of a document that is translated as one text: a paragraph, a heading, a cell, a subtitle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segment {
    /// Its text and inline marks, in order.
    pub parts: Vec<Part>,
}

/// A part of a [`Segment`]. A document numbers its marks within a segment; what a number stands for, only the
/// document knows. In a translation every mark comes exactly once, each [`Part::Open`] before its [`Part::Close`], and
/// pairs stay nested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text to translate.
    Text(String),
    /// Begins a span, such as `<b>`.
    Open(u32),
    /// Ends the span of the same number, such as `</b>`.
    Close(u32),
    /// Stands alone, such as `<br>` or an image.
    Single(u32),
}
