//! The inline elements of XLIFF 1.2 and 2.

use crate::spans::{Item, What, push_text};
use crate::xml::{Kind, Xml};

/// How many open spans are looked at for the one that an end tag closes: time stays linear in the file.
const MAX_OPEN: usize = 64;

/// One end of a span whose ends are elements of their own: `<bpt>` and `<ept>`, `<sc/>` and `<ec/>`.
struct End {
    item: usize,
    opens: bool,
    key: String,
}

/// The inline content of `element`.
pub(super) fn items(xml: &Xml, element: usize, version_two: bool) -> Vec<Item> {
    let mut items = Vec::new();
    let mut ends = Vec::new();
    let mut closing: Vec<usize> = Vec::new();
    let mut token = element + 1;
    while token < xml.end(element) {
        let range = xml.range(token);
        match xml.kind(token) {
            Kind::Text | Kind::CData | Kind::Reference => match xml.characters(token) {
                Some(text) => push_text(&mut items, &text, range),
                None => items.push(Item::new(What::Single, range)),
            },
            Kind::Other => items.push(Item::new(What::Single, range)),
            Kind::End => {
                closing.pop();
                items.push(Item::new(What::Close, range));
            }
            Kind::Start if is_span(xml, token) => {
                closing.push(token);
                items.push(Item::new(What::Open, range));
            }
            Kind::Start | Kind::Empty => {
                if let Some((opens, key)) = end_of_span(xml, token, version_two) {
                    ends.push(End {
                        item: items.len(),
                        opens,
                        key,
                    });
                }
                items.push(Item::new(What::Single, xml.span(token)));
                token = xml.end(token);
            }
        }
        token += 1;
    }
    pair(&mut items, &ends);
    items
}

/// Whether the element's content is text to translate.
fn is_span(xml: &Xml, token: usize) -> bool {
    match xml.name(token) {
        "g" | "pc" => true,
        "mrk" => {
            xml.attribute(token, "mtype").as_deref() != Some("protected")
                && xml.attribute(token, "translate").as_deref() != Some("no")
        }
        _ => false,
    }
}

/// Whether the element opens or closes a span, and what it has in common with the other end.
fn end_of_span(xml: &Xml, token: usize, version_two: bool) -> Option<(bool, String)> {
    let (opens, names): (bool, &[&str]) = match (xml.name(token), version_two) {
        ("bpt" | "bx", false) => (true, &["rid", "id"]),
        ("ept" | "ex", false) => (false, &["rid", "id"]),
        ("sc" | "sm", true) => (true, &["id"]),
        ("ec" | "em", true) => (false, &["startRef"]),
        _ => return None,
    };
    let key = names.iter().find_map(|name| xml.attribute(token, name))?;
    // `<sm>` and `<em>` are not paired with `<sc>` and `<ec>`, even where their ids are alike.
    let kind = if version_two {
        xml.name(token).chars().last()
    } else {
        None
    };
    Some((
        opens,
        format!("{}{key}", if kind == Some('m') { "m" } else { "" }),
    ))
}

/// Makes spans of the ends that belong together and are nested; others stay marks that stand alone.
fn pair(items: &mut [Item], ends: &[End]) {
    // Open spans: the item, and the key of an end that may find its partner.
    let mut open: Vec<(usize, Option<&str>)> = Vec::new();
    let mut ends = ends.iter().peekable();
    for index in 0..items.len() {
        match items[index].what {
            What::Open => open.push((index, None)),
            What::Close => while open.pop().is_some_and(|(_, key)| key.is_some()) {},
            What::Single => {
                let Some(end) = ends.next_if(|end| end.item == index) else {
                    continue;
                };
                if end.opens {
                    open.push((index, Some(&end.key)));
                    continue;
                }
                let candidates = open.iter().enumerate().rev().take(MAX_OPEN);
                let found = candidates
                    .take_while(|(_, (_, key))| key.is_some())
                    .find(|(_, (_, key))| *key == Some(end.key.as_str()));
                if let Some((depth, &(opening, _))) = found {
                    items[opening].what = What::Open;
                    items[index].what = What::Close;
                    open.truncate(depth);
                }
            }
            _ => {}
        }
    }
}
