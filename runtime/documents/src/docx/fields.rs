//! Complex fields of WordprocessingML: `begin`, an instruction, `separate`, the result, `end`.

use super::atoms::{Atom, What};

/// Fields that are nested deeper count as part of those around them, so that time stays linear in the file.
const MAX_NESTED: usize = 32;

/// Makes hyperlinks elements around their text, and leaves every other field's result as it is.
///
/// A field that does not end within its paragraph and within the element that it begins in (a table of contents) keeps
/// its parts where they are; its result is text like any other.
pub(super) fn resolve(atoms: &mut [Atom]) {
    // For each field that is open: its first atom, where its result begins, and its instruction; `None` for an element.
    let mut open: Vec<Option<Field>> = Vec::new();
    for index in 0..atoms.len() {
        match &atoms[index].what {
            What::Open => open.push(None),
            What::Close => while open.pop().is_some_and(|field| field.is_some()) {},
            What::FieldBegin { .. } => open.push(Some(Field {
                begin: index,
                separate: None,
                instruction: String::new(),
            })),
            What::FieldInstruction { text, .. } => {
                if let Some(Some(field)) = open.last_mut() {
                    field.instruction.push_str(text);
                }
            }
            What::FieldSeparate { .. } => {
                if let Some(Some(field)) = open.last_mut() {
                    field.separate = Some(index);
                }
            }
            What::FieldEnd { .. } => {
                let field = open.pop_if(|field| field.is_some()).flatten();
                if let Some(field) = field.filter(|_| open.len() < MAX_NESTED) {
                    close(atoms, &field, index);
                }
            }
            _ => {}
        }
    }
}

struct Field {
    begin: usize,
    separate: Option<usize>,
    instruction: String,
}

fn close(atoms: &mut [Atom], field: &Field, end: usize) {
    let is_link = field
        .instruction
        .trim_start()
        .get(..9)
        .is_some_and(|name| name.eq_ignore_ascii_case("HYPERLINK"));
    // What is between the parts, such as a bookmark, could not stay there.
    let in_runs = |separate: &usize| {
        atoms[field.begin..=*separate]
            .iter()
            .all(|atom| atom.format().is_some())
    };
    if let Some(separate) = field.separate.filter(|_| is_link).filter(in_runs) {
        for (index, atom) in atoms[field.begin..=separate].iter_mut().enumerate() {
            if let Some(format) = atom.format() {
                atom.what = What::LinkOpen {
                    format,
                    first: index == 0,
                };
            }
        }
        if let Some(format) = atoms[end].format() {
            atoms[end].what = What::LinkClose { format };
        }
        return;
    }
    for atom in &mut atoms[field.begin..=end] {
        if let Some(format) = atom.format() {
            atom.what = What::Child { format };
        }
    }
}
