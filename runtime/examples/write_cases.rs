//! Writes the expected translations into the table of cases that every face runs, by the carried model: `cargo run
//! --release -p deshi --features carried-model --example write_cases`

#[path = "../../tests/cases/cases.rs"]
mod cases;
#[path = "../../tests/cases/library.rs"]
mod library;

use std::error::Error;

use deshi::Options;

fn main() -> Result<(), Box<dyn Error>> {
    let translator = Options::new().from_static(deshi::carried_model())?;
    let mut table = cases::COLUMNS.join("\t") + "\n";
    let mut changed = 0;
    for case in cases::cases() {
        let translation = library::translate(&translator, &case);
        let flags = library::flags(&translation);
        if (&translation.text, &flags) != (&case.translation, &case.flags) {
            println!("{}: {:?} {flags}", case.name, translation.text);
            changed += 1;
        }
        let options: Vec<String> = case
            .options
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let fields = [
            case.name,
            case.text,
            options.join(" "),
            case.glossary,
            case.memory,
            translation.text,
            flags,
        ];
        table += &fields.map(|field| write_field(&field)).join("\t");
        table.push('\n');
    }
    let path = cases::path();
    std::fs::write(&path, table)?;
    println!("{changed} cases changed: {}", path.display());
    Ok(())
}

fn write_field(field: &str) -> String {
    field
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t")
}
