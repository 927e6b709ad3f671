//! The arguments, as parsed.

use std::path::PathBuf;

use clap::ValueHint;
use deshi::Shard;
use deshi_documents::Format;

use crate::model::ModelArgs;

const EXAMPLES: &str = "\
Examples:
  deshi translate \"Where is the station?\" \"Thank you.\"
  deshi translate -i letter.txt -o brief.txt
  deshi translate -i report.docx -o bericht.docx
  deshi translate -i *.txt --output-folder german
  deshi translate -i big.txt -o gross.txt --resume   go on with an earlier run
  deshi translate -i big.txt --shard 0/4 -o gross.0  the first quarter of a file
  deshi translate -i rows.jsonl -o out.jsonl         translate JSON lines
  deshi translate --check -i letter.txt              list what to look at again

Where sentences were kept as they are, or need a second look, standard error
says so, and the exit code is 0; with --on-foreign error it is 1.
Every line of a text file becomes a line of the result; documents keep their
form. A file is written whole or not at all, so -i and -o may name the same
file. Put a text that begins with a hyphen after --.";

/// Translate text, files or standard input.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, override_usage = "\
deshi translate [OPTIONS] TEXT...
       deshi translate [OPTIONS] -i FILE [-o FILE]
       COMMAND | deshi translate [OPTIONS]")]
pub(crate) struct Args {
    /// Texts to translate; each becomes a line
    #[arg(value_parser = crate::args::text)]
    pub(super) text: Vec<String>,
    #[command(flatten)]
    pub(super) files: FileArgs,
    #[command(flatten)]
    pub(super) documents: DocumentArgs,
    #[command(flatten)]
    pub(super) quality: QualityArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Files")]
pub(super) struct FileArgs {
    /// Files to read; - is standard input
    #[arg(short, long, num_args = 1.., value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "text")]
    pub(super) input: Vec<PathBuf>,
    /// The file to write; - is standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,
    /// The folder to write into, for several files; they keep their names
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, conflicts_with_all = ["text", "output"], requires = "input")]
    pub(super) output_folder: Option<PathBuf>,
    /// Write a JSON object for each line, or for each paragraph with --paragraphs: source, translation, confidence, flags and more
    #[arg(long)]
    pub(super) jsonl: bool,
    /// Read JSON lines, and write them: the text is in the field "source" or "text", other fields stay byte for byte; one
    /// with the name of a field that deshi writes is called input_NAME. Files that end in .jsonl or .ndjson are read in
    /// this way without being asked
    #[arg(long, conflicts_with_all = ["text", "format"])]
    pub(super) input_jsonl: bool,
    /// Read what is not valid UTF-8 all the same; damaged characters become U+FFFD
    #[arg(long)]
    pub(super) lossy: bool,
    /// Keep unfinished work in FILE.part, and go on with it in the next run
    #[arg(long, conflicts_with = "text", requires = "input", requires = "output")]
    pub(super) resume: bool,
    /// Translate the lines of one part of the file: the part I, counted from 0, of N. In order, the results of all parts
    /// are the result of the file
    #[arg(long, conflicts_with = "text", requires = "input", value_name = "I/N")]
    pub(super) shard: Option<Shard>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Documents")]
pub(super) struct DocumentArgs {
    #[arg(long, value_parser = format, value_name = "FORMAT", help = format!(
        "The format of the files, where their names do not say it: {}", Format::list()
    ))]
    pub(super) format: Option<Format>,
    /// PO and XLIFF: also translate what has a translation, in whatever language the file says it is
    #[arg(long)]
    pub(super) retranslate: bool,
    /// PO and XLIFF: mark new translations as not reviewed
    #[arg(long)]
    pub(super) mark_unreviewed: bool,
    /// JSON: the keys of the strings to translate, with * for any characters, such as menu.* [default: by the style of
    /// the file]
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub(super) json_keys: Vec<String>,
    /// JSON: the keys of strings that stay as they are
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub(super) keep_json_keys: Vec<String>,
}

/// A format that this build reads.
fn format(name: &str) -> Result<Format, deshi_documents::Error> {
    let format: Format = name.parse()?;
    if format.is_built() {
        Ok(format)
    } else {
        Err(deshi_documents::Error::NotBuilt { format })
    }
}

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Translation")]
pub(super) struct QualityArgs {
    /// Translate these terms in this way: a file with a term, a tab and its translation on each line, or a TBX file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) glossary: Vec<PathBuf>,
    /// Leave these terms as they are: a file with one on each line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) do_not_translate: Vec<PathBuf>,
    /// Use these translations instead of the model's: a file with a sentence, a tab and its translation on each line, or a
    /// TMX file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) memory: Vec<PathBuf>,
    /// The confidence, from 0 to 1, below which a translation needs a second look
    #[arg(long, value_name = "X", default_value_t = 0.0)]
    pub(super) minimum_confidence: f32,
    /// What to do with a translation below --minimum-confidence
    #[arg(long, value_enum, default_value_t, value_name = "ACTION")]
    pub(super) on_low_confidence: OnLowConfidence,
    /// What to do with text in another language than the model's. A PO or XLIFF file that says its source language is
    /// another one is refused, but for "translate"
    #[arg(long, value_enum, default_value_t, value_name = "ACTION")]
    pub(super) on_foreign: OnForeign,
    /// The lines of the text are broken by hand: join them into paragraphs first
    #[arg(long, conflicts_with_all = ["input_jsonl", "resume", "shard"])]
    pub(super) paragraphs: bool,
    /// Print what a careful reader should look at again, instead of the translation
    #[arg(long)]
    pub(super) check: bool,
    /// Give each line to the model as it is, as one sentence: nothing is protected, checked or repaired
    #[arg(long, conflicts_with_all = [
        "glossary", "do_not_translate", "memory", "minimum_confidence", "on_low_confidence", "on_foreign", "paragraphs", "check",
    ])]
    pub(super) raw: bool,
}

/// [`deshi::OnLowConfidence`], as the command line names it.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub(super) enum OnLowConfidence {
    /// Report it
    #[default]
    Mark,
    /// Write the source in its place, and report it
    Keep,
}

impl From<OnLowConfidence> for deshi::OnLowConfidence {
    fn from(action: OnLowConfidence) -> Self {
        match action {
            OnLowConfidence::Mark => Self::Mark,
            OnLowConfidence::Keep => Self::Keep,
        }
    }
}

/// [`deshi::OnForeign`], as the command line names it.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub(super) enum OnForeign {
    /// Leave it as it is, and report it
    #[default]
    Keep,
    /// Translate it all the same, and report it
    Translate,
    /// Stop
    Error,
}

impl From<OnForeign> for deshi::OnForeign {
    fn from(action: OnForeign) -> Self {
        match action {
            OnForeign::Keep => Self::Keep,
            OnForeign::Translate => Self::Translate,
            OnForeign::Error => Self::Error,
        }
    }
}
