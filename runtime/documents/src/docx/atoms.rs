//! A paragraph of WordprocessingML as a flat list.

use std::collections::HashMap;
use std::ops::Range;

use crate::code_styles::is_code_style;
use crate::spans::Point;
use crate::xml::{Kind, Xml};

/// The properties of a run: an index into [`Formats`].
pub(super) type FormatId = u32;

/// The smallest part of a paragraph, with its bytes in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) what: What,
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Text in a run: `<w:t>`, and elements that mean one character.
    Text {
        text: String,
        format: FormatId,
    },
    /// A tab stop, or the end of a page or column, in a run.
    Cut {
        format: FormatId,
    },
    /// The end of a line in a run.
    Break {
        format: FormatId,
    },
    /// The parts of a field, in a run: `<w:fldChar>` and `<w:instrText>`.
    FieldBegin {
        format: FormatId,
    },
    FieldInstruction {
        format: FormatId,
        text: String,
    },
    FieldSeparate {
        format: FormatId,
    },
    FieldEnd {
        format: FormatId,
    },
    /// What opens a hyperlink that is a field, in one or several atoms; the last of its parts, which closes it.
    LinkOpen {
        format: FormatId,
        first: bool,
    },
    LinkClose {
        format: FormatId,
    },
    /// Anything else in a run.
    Child {
        format: FormatId,
    },
    /// An anchor, in a run or not, or text that was deleted.
    Point {
        format: Option<FormatId>,
        point: Point,
    },
    /// Any other element that is not a run, and holds no text to translate.
    Outside,
    /// The beginning and the end of an element around runs.
    Open,
    Close,
}

impl Atom {
    /// The formatting of the run that the atom is in.
    pub(super) fn format(&self) -> Option<FormatId> {
        match self.what {
            What::Text { format, .. }
            | What::Cut { format }
            | What::Break { format }
            | What::FieldBegin { format }
            | What::FieldInstruction { format, .. }
            | What::FieldSeparate { format }
            | What::FieldEnd { format }
            | What::LinkOpen { format, .. }
            | What::LinkClose { format }
            | What::Child { format } => Some(format),
            What::Point { format, .. } => format,
            What::Outside | What::Open | What::Close => None,
        }
    }
}

struct Format {
    /// The first `<w:rPr>` with this format.
    raw: Range<usize>,
    /// Text in it is hidden, or program text.
    kept: bool,
    /// Whether it shows on a space.
    marks_spaces: bool,
}

/// The formats of a file's runs. The format 0 is that of a run without properties.
pub(super) struct Formats {
    ids: HashMap<String, FormatId>,
    formats: Vec<Format>,
}

impl Formats {
    pub(super) fn new() -> Self {
        let none = Format {
            raw: 0..0,
            kept: false,
            marks_spaces: false,
        };
        Self {
            ids: HashMap::from([(String::new(), 0)]),
            formats: vec![none],
        }
    }

    /// The formatting of a run, by its `<w:rPr>`.
    fn of_run(&mut self, xml: &Xml, run: usize) -> FormatId {
        let Some(properties) = xml.child(run, "w:rPr") else {
            return 0;
        };
        let mut key = String::new();
        let mut kept = false;
        let mut marks_spaces = false;
        for child in xml.children(properties) {
            match xml.name(child) {
                // What does not show, and differs between runs that look the same.
                "" | "w:lang" | "w:noProof" | "w:rPrChange" => continue,
                "w:vanish" => {
                    let value = xml.attribute(child, "w:val");
                    kept |= !matches!(value.as_deref(), Some("0" | "false" | "off"));
                }
                "w:rStyle" => {
                    kept |= xml
                        .attribute(child, "w:val")
                        .is_some_and(|name| is_code_style(&name));
                    marks_spaces = true;
                }
                "w:u" | "w:strike" | "w:dstrike" | "w:highlight" | "w:shd" | "w:bdr" => {
                    marks_spaces = true;
                }
                _ => {}
            }
            key.push_str(&xml.text()[xml.span(child)]);
        }
        if let Some(&id) = self.ids.get(&key) {
            return id;
        }
        let id = u32::try_from(self.formats.len()).expect("fewer formats than bytes");
        self.formats.push(Format {
            raw: xml.span(properties),
            kept,
            marks_spaces,
        });
        self.ids.insert(key, id);
        id
    }

    /// Whether the formatting shows on a space.
    pub(super) fn marks_spaces(&self, id: FormatId) -> bool {
        self.formats[id as usize].marks_spaces
    }

    /// The `<w:rPr>` of each formatting.
    pub(super) fn into_raw(self) -> Vec<Range<usize>> {
        self.formats.into_iter().map(|format| format.raw).collect()
    }
}

/// Whether a paragraph is program text.
pub(super) fn is_code(xml: &Xml, paragraph: usize) -> bool {
    let style = xml
        .child(paragraph, "w:pPr")
        .and_then(|properties| xml.child(properties, "w:pStyle"));
    let name = style.and_then(|style| xml.attribute(style, "w:val"));
    name.is_some_and(|name| is_code_style(&name))
}

/// The bytes of a paragraph behind its properties.
pub(super) fn content(xml: &Xml, paragraph: usize) -> Range<usize> {
    let inner = xml.inner(paragraph);
    let start = xml
        .child(paragraph, "w:pPr")
        .map_or(inner.start, |properties| xml.span(properties).end);
    start..inner.end
}

/// The atoms of a paragraph.
pub(super) fn read(xml: &Xml, paragraph: usize, formats: &mut Formats) -> Vec<Atom> {
    let mut atoms = Vec::new();
    let start = content(xml, paragraph).start;
    // The end tag of each element around runs that is open, and the bytes that end it.
    let mut open: Vec<(usize, Range<usize>)> = Vec::new();
    let mut token = paragraph + 1;
    while token < xml.end(paragraph) {
        if xml.range(token).start < start {
            token += 1;
            continue;
        }
        if let Some((_, range)) = open.pop_if(|(end, _)| *end == token) {
            // The end tag of `<w:sdtContent>` is that of `<w:sdt>` as well.
            token = xml.len().min(token_behind(xml, token, range.end));
            atoms.push(Atom {
                what: What::Close,
                range,
            });
            continue;
        }
        match (xml.kind(token), xml.name(token)) {
            (Kind::Start, "w:r") => run(xml, token, formats, &mut atoms),
            (
                Kind::Start,
                "w:hyperlink" | "w:ins" | "w:moveTo" | "w:smartTag" | "w:customXml" | "w:bdo"
                | "w:dir",
            ) => {
                open.push((xml.end(token), xml.range(xml.end(token))));
                atoms.push(Atom {
                    what: What::Open,
                    range: xml.range(token),
                });
                token += 1;
                continue;
            }
            (Kind::Start, "w:sdt") => {
                if let Some(inside) = text_control(xml, token) {
                    let (end, start) = (xml.span(token).end, xml.range(token).start);
                    open.push((xml.end(inside), xml.range(xml.end(inside)).start..end));
                    atoms.push(Atom {
                        what: What::Open,
                        range: start..xml.range(inside).end,
                    });
                    token = inside + 1;
                    continue;
                }
                atoms.push(Atom {
                    what: What::Outside,
                    range: xml.span(token),
                });
            }
            // Spelling marks mean nothing in the translation, and white space between elements never means anything.
            (Kind::Start | Kind::Empty, "w:proofErr") | (Kind::Text, _) => {}
            (Kind::Empty, "w:r") => {}
            _ => atoms.push(Atom {
                what: point(xml, token).map_or(What::Outside, |point| What::Point {
                    format: None,
                    point,
                }),
                range: xml.span(token),
            }),
        }
        token = xml.end(token) + 1;
    }
    super::fields::resolve(&mut atoms);
    atoms
}

/// Whether an element around or between runs is an anchor, or holds text that was deleted or moved away.
fn point(xml: &Xml, element: usize) -> Option<Point> {
    let name = xml.name(element);
    let id = || xml.attribute(element, "w:id").unwrap_or_default();
    if matches!(name, "w:del" | "w:moveFrom") {
        return Some(Point::Alone);
    }
    let (kind, point): (_, fn(String) -> Point) = match name.strip_suffix("Start") {
        Some(kind) => (kind, Point::Start),
        None => (name.strip_suffix("End")?, Point::End),
    };
    let known = matches!(
        kind,
        "w:bookmark" | "w:commentRange" | "w:perm" | "w:moveFromRange" | "w:moveToRange"
    );
    known.then(|| point(format!("{kind} {}", id())))
}

/// The first token that begins at `offset` or behind it, from `token` on.
fn token_behind(xml: &Xml, token: usize, offset: usize) -> usize {
    (token..xml.len())
        .find(|&token| xml.range(token).start >= offset)
        .unwrap_or(xml.len())
}

/// The `<w:sdtContent>` of a content control whose text is typed, not chosen or bound to data.
fn text_control(xml: &Xml, control: usize) -> Option<usize> {
    if let Some(properties) = xml.child(control, "w:sdtPr") {
        let bound = |child: usize| {
            let name = xml.name(child);
            matches!(
                name,
                "w:dataBinding" | "w:dropDownList" | "w:comboBox" | "w:date"
            ) || name.ends_with(":checkbox")
        };
        if xml.children(properties).any(bound) {
            return None;
        }
    }
    xml.child(control, "w:sdtContent")
        .filter(|&content| xml.kind(content) == Kind::Start)
}

fn run(xml: &Xml, run: usize, formats: &mut Formats, atoms: &mut Vec<Atom>) {
    let format = formats.of_run(xml, run);
    let kept = formats.formats[format as usize].kept;
    for child in xml.children(run) {
        let text = |text: &str| What::Text {
            text: text.to_owned(),
            format,
        };
        let what = match xml.name(child) {
            "" | "w:rPr" | "w:lastRenderedPageBreak" => continue,
            _ if kept => What::Child { format },
            "w:t" => text(&content_of_text(xml, child)),
            "w:noBreakHyphen" => text("\u{2011}"),
            "w:softHyphen" => text("\u{ad}"),
            "w:tab" => What::Cut { format },
            "w:br" => match xml.attribute(child, "w:type").as_deref() {
                Some("page" | "column") => What::Cut { format },
                _ => What::Break { format },
            },
            "w:cr" => What::Break { format },
            "w:fldChar" => match xml.attribute(child, "w:fldCharType").as_deref() {
                Some("begin") => What::FieldBegin { format },
                Some("separate") => What::FieldSeparate { format },
                Some("end") => What::FieldEnd { format },
                _ => What::Child { format },
            },
            "w:commentReference" => What::Point {
                format: Some(format),
                point: Point::Alone,
            },
            "w:instrText" => What::FieldInstruction {
                format,
                text: xml.content(child),
            },
            _ => What::Child { format },
        };
        atoms.push(Atom {
            what,
            range: xml.span(child),
        });
    }
}

/// The text of a `<w:t>` as Word sees it: without `xml:space="preserve"` white space at its ends is nothing.
fn content_of_text(xml: &Xml, element: usize) -> String {
    let text = xml.content(element).replace(['\n', '\t'], " ");
    match xml.attribute(element, "xml:space").as_deref() {
        Some("preserve") => text,
        _ => text.trim_matches(' ').to_owned(),
    }
}
