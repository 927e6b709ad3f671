//! Which options are for which inputs: an option that no input can obey is an error, not ignored.

use anyhow::Result;
use deshi_documents::Format;

use crate::usage::usage;

use super::args::{DocumentArgs, FileArgs, QualityArgs};
use super::config::Job;
use super::kind::Kind;

/// Inputs that an option is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Text that is translated line by line. Every input must be such text.
    Lines,
    /// The same, or plain text by paragraphs.
    Text,
    /// Documents of these formats. At least one input must be such a document.
    Documents(&'static [Format]),
}

impl Scope {
    fn holds(self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Lines | Self::Text, Kind::Lines | Kind::JsonLines)
            | (Self::Text, Kind::Document(Format::Text)) => true,
            (Self::Documents(formats), Kind::Document(format)) => formats.contains(&format),
            _ => false,
        }
    }

    fn describe(self) -> String {
        match self {
            Self::Lines | Self::Text => "text that is translated line by line".to_owned(),
            Self::Documents(formats) => {
                let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
                format!("{} files", names.join(" and "))
            }
        }
    }
}

const BILINGUAL: Scope = Scope::Documents(&[Format::Po, Format::Xliff]);
const JSON: Scope = Scope::Documents(&[Format::Json]);
const PARAGRAPHS: Scope = Scope::Documents(&[Format::Text]);

/// The options that are given and that are not for every input.
fn given(
    files: &FileArgs,
    documents: &DocumentArgs,
    quality: &QualityArgs,
) -> impl Iterator<Item = (&'static str, Scope)> {
    [
        (files.jsonl, "--jsonl", Scope::Text),
        (files.lossy, "--lossy", Scope::Lines),
        (files.resume, "--resume", Scope::Lines),
        (files.shard.is_some(), "--shard", Scope::Lines),
        (quality.raw, "--raw", Scope::Lines),
        (quality.paragraphs, "--paragraphs", PARAGRAPHS),
        (documents.retranslate, "--retranslate", BILINGUAL),
        (documents.mark_unreviewed, "--mark-unreviewed", BILINGUAL),
        (!documents.json_keys.is_empty(), "--json-keys", JSON),
        (
            !documents.keep_json_keys.is_empty(),
            "--keep-json-keys",
            JSON,
        ),
    ]
    .into_iter()
    .filter(|(given, _, _)| *given)
    .map(|(_, option, scope)| (option, scope))
}

/// Checks that the options can be obeyed for these inputs.
///
/// # Errors
/// If one cannot.
pub(super) fn check_files(
    files: &FileArgs,
    documents: &DocumentArgs,
    quality: &QualityArgs,
    jobs: &[Job],
) -> Result<()> {
    for (option, scope) in given(files, documents, quality) {
        let mut others = jobs.iter().filter(|job| !scope.holds(job.kind));
        let Some(other) = others.next() else {
            continue;
        };
        let all = 1 + others.count() == jobs.len();
        if all || matches!(scope, Scope::Lines | Scope::Text) {
            usage!(
                "{option} is for {}; {} is read as {}",
                scope.describe(),
                other.source,
                other.kind
            );
        }
    }
    Ok(())
}

/// Checks that the options can be obeyed for texts of the command line.
///
/// # Errors
/// If one cannot.
pub(super) fn check_texts(documents: &DocumentArgs) -> Result<()> {
    let format = documents.format.map(|_| "--format");
    let files = FileArgs::default();
    let quality = QualityArgs::default();
    let options = given(&files, documents, &quality).map(|(option, _)| option);
    if let Some(option) = format.into_iter().chain(options).next() {
        usage!("{option} is for files: name them with -i, in place of a text");
    }
    Ok(())
}
