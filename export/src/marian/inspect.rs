//! Describes a binary model, for people.

use std::fmt::{self, Write};

use super::{MarianError, binary, options, options_text};

/// Describes a binary model: its types, its options, its items, and whether it can be imported.
///
/// # Errors
/// If it is not a binary model.
pub fn inspect(model: &[u8], ignored: &[String]) -> Result<String, MarianError> {
    let items = binary::parse(model)?;
    let mut text = String::new();
    write(&mut text, &items, model.len(), ignored).expect("a String takes every text");
    Ok(text)
}

fn write(
    text: &mut String,
    items: &std::collections::BTreeMap<String, binary::Item<'_>>,
    bytes: usize,
    ignored: &[String],
) -> fmt::Result {
    writeln!(text, "binary model, {bytes} bytes, {} items", items.len())?;
    let alphas = items
        .keys()
        .filter(|name| name.ends_with("_QuantMultA"))
        .count();
    for kind in [
        binary::ItemType::Float32,
        binary::ItemType::Intgemm8,
        binary::ItemType::Int8,
    ] {
        let count = items.values().filter(|item| item.kind == kind).count();
        writeln!(text, "{kind:>9}: {count} items")?;
    }
    writeln!(
        text,
        "   alphas: {alphas} (scales of activations; deshi measures its own)"
    )?;
    match options_text(items).and_then(options::parse) {
        Err(error) => writeln!(text, "options: {error}")?,
        Ok(options) => {
            match options::architecture(&options, ignored) {
                Err(error) => writeln!(text, "cannot be imported: {error}")?,
                Ok(architecture) => writeln!(
                    text,
                    "encoder layers {}, decoder layers {}, d_model {}, d_ff {}, heads {}, vocabulary {}",
                    architecture.encoder_layers,
                    architecture.decoder_layers,
                    architecture.d_model,
                    architecture.d_ff,
                    architecture.n_heads,
                    architecture.vocabulary_size,
                )?,
            }
            writeln!(text, "\noptions")?;
            for (key, value) in options {
                writeln!(text, "  {key}: {value}")?;
            }
        }
    }
    writeln!(text, "\nitems")?;
    for (name, item) in items {
        writeln!(text, "  {name} {} {:?}", item.kind, item.shape)?;
    }
    Ok(())
}
