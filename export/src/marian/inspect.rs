//! Describes a binary model, for people.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use deshi_core::{Embeddings, Side, TargetEmbedding};

use super::MarianError;
use super::binary::{self, Items};
use super::tensors::Unknown;
use super::{architecture, options, options_text, tensors};

/// Describes a binary model: its types, whether it can be imported, its options, and its items.
///
/// # Errors
/// If it is not a binary model.
pub fn inspect(model: &[u8], ignored: &[String]) -> Result<String, MarianError> {
    let items = binary::parse(model)?;
    let mut text = String::new();
    write(&mut text, &items, model.len(), ignored).expect("a String takes every text");
    Ok(text)
}

fn write(text: &mut String, items: &Items<'_>, bytes: usize, ignored: &[String]) -> fmt::Result {
    writeln!(text, "binary model, {bytes} bytes, {} items", items.len())?;
    let mut kinds = BTreeMap::new();
    for item in items.values() {
        *kinds.entry(item.kind).or_insert(0) += 1;
    }
    for (kind, count) in kinds {
        writeln!(text, "{:>9}: {count} items", kind.to_string())?;
    }
    let scales = items.keys();
    let scales = scales.filter(|name| name.ends_with(tensors::INPUT_SCALE));
    writeln!(
        text,
        "   alphas: {} (scales of activations; deshi measures its own)",
        scales.count()
    )?;
    let architecture = architecture(items, ignored);
    if let Ok(architecture) = &architecture {
        writeln!(
            text,
            "encoder layers {}, decoder layers {}, d_model {}, d_ff {}, heads {}, {}",
            architecture.encoder_layers,
            architecture.decoder_layers,
            architecture.d_model,
            architecture.d_ff,
            architecture.n_heads,
            match architecture.embeddings {
                embeddings if embeddings == Embeddings::JOINT => {
                    format!("vocabulary {}", architecture.vocabulary_size)
                }
                embeddings => format!(
                    "source vocabulary {}, target vocabulary {}, output layer {}",
                    embeddings.source_vocabulary_size,
                    architecture.vocabulary_size,
                    match embeddings.target {
                        TargetEmbedding::Tied => "tied",
                        _ => "not tied",
                    }
                ),
            }
        )?;
    }
    // Everything that an import reads of this file. The vocabularies' files only say where the row of `<unk>` goes.
    match architecture.and_then(|architecture| {
        tensors::model(items, &architecture, Unknown::default())?;
        Ok(architecture)
    }) {
        Ok(architecture) if architecture.has_split_vocabularies() => writeln!(
            text,
            "can be imported, with vocabularies of {} source and {} target pieces",
            architecture.embedded_ids(Side::Source),
            architecture.embedded_ids(Side::Target)
        )?,
        Ok(architecture) => writeln!(
            text,
            "can be imported, with a vocabulary of {} pieces",
            architecture.vocabulary_size
        )?,
        Err(error) => writeln!(text, "cannot be imported: {error}")?,
    }
    if let Ok(options) = options_text(items).and_then(options::parse) {
        writeln!(text, "\noptions")?;
        for (key, value) in options {
            writeln!(text, "  {key}: {value}")?;
        }
    }
    writeln!(text, "\nitems")?;
    for (name, item) in items {
        writeln!(text, "  {name} {} {:?}", item.kind, item.shape)?;
    }
    Ok(())
}
