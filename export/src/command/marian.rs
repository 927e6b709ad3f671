//! `deshi-export marian`.

use std::path::PathBuf;

use clap::Args;
use deshi_export::marian::{self, Files};
use deshi_export::{ExportError, Options};

use super::{AboutArgs, card, read, report, write_bundle};

/// Makes a bundle from a student that Marian trained: the files of Firefox Translations, Bergamot or browsermt.
///
/// Reads float32 and intgemm8 models (`*.bin`) with SentencePiece vocabularies: one for both languages, or one for each. int8
/// weights are kept without rounding. Whatever is unknown is refused, and the error names it.
#[derive(Debug, Args)]
pub struct MarianArgs {
    /// The binary model, such as model.ende.intgemm.alphas.bin
    model: PathBuf,
    /// Its vocabulary, such as vocab.ende.spm; or the source's, such as srcvocab.enja.spm
    #[arg(required_unless_present = "inspect")]
    vocabulary: Option<PathBuf>,
    /// The target's, such as trgvocab.enja.spm, if the model has a vocabulary for each language
    target_vocabulary: Option<PathBuf>,
    /// Its binary shortlist, such as lex.50.50.ende.s2t.bin [default: no shortlist]
    #[arg(long, value_name = "LEX.bin")]
    shortlist: Option<PathBuf>,
    /// Only describe the model's file, and say whether it can be imported
    #[arg(long)]
    inspect: bool,
    /// Where the bundle goes
    #[arg(
        short,
        long,
        value_name = "OUT.deshi",
        required_unless_present = "inspect"
    )]
    output: Option<PathBuf>,
    /// The language that the model reads, such as en
    #[arg(long, required_unless_present = "inspect")]
    source: Option<String>,
    /// The language that it writes
    #[arg(long, required_unless_present = "inspect")]
    target: Option<String>,
    #[command(flatten)]
    about: AboutArgs,
    /// The publisher's metadata, such as metadata.json; it is copied into the card
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// Ignore an unknown option of the model that has no effect on the result; can be repeated
    #[arg(long, value_name = "OPTION")]
    ignore_option: Vec<String>,
}

/// What is to be done, with every file read.
pub enum Config {
    Inspect {
        model: Vec<u8>,
        ignored: Vec<String>,
    },
    Export {
        model: Vec<u8>,
        vocabulary: Vec<u8>,
        target_vocabulary: Option<Vec<u8>>,
        shortlist: Option<Vec<u8>>,
        output: PathBuf,
        options: Box<Options>,
        ignored: Vec<String>,
    },
}

impl TryFrom<MarianArgs> for Config {
    type Error = ExportError;

    fn try_from(args: MarianArgs) -> Result<Self, ExportError> {
        let model = read(&args.model)?;
        let ignored = args.ignore_option;
        let (false, Some(vocabulary_path), Some(output), Some(source), Some(target)) = (
            args.inspect,
            args.vocabulary,
            args.output,
            args.source,
            args.target,
        ) else {
            return Ok(Self::Inspect { model, ignored });
        };
        let vocabulary = read(&vocabulary_path)?;
        let target_vocabulary = args.target_vocabulary.as_deref().map(read).transpose()?;
        let shortlist = args.shortlist.as_deref().map(read).transpose()?;
        let mut options = args.about.options(source, target, &output);
        let mut files = vec![
            (args.model.as_path(), &model),
            (vocabulary_path.as_path(), &vocabulary),
        ];
        for (path, content) in [
            (&args.target_vocabulary, &target_vocabulary),
            (&args.shortlist, &shortlist),
        ] {
            if let (Some(path), Some(content)) = (path, content) {
                files.push((path.as_path(), content));
            }
        }
        let metadata = args.metadata.as_deref().map(read).transpose()?;
        let made = "`deshi-export marian`";
        options.card = card(&options, made, &files, metadata.as_deref());
        Ok(Self::Export {
            model,
            vocabulary,
            target_vocabulary,
            shortlist,
            output,
            options: Box::new(options),
            ignored,
        })
    }
}

/// Inspects, or exports.
pub fn run(config: &Config) -> Result<(), ExportError> {
    match config {
        Config::Inspect { model, ignored } => {
            print!("{}", marian::inspect(model, ignored)?);
            Ok(())
        }
        Config::Export {
            model,
            vocabulary,
            target_vocabulary,
            shortlist,
            output,
            options,
            ignored,
        } => {
            let files = Files {
                model,
                vocabulary,
                target_vocabulary: target_vocabulary.as_deref(),
                shortlist: shortlist.as_deref(),
            };
            let (bundle, agreement) = marian::export(&files, options, ignored)?;
            write_bundle(output, &bundle)?;
            report(output, &bundle, &agreement);
            Ok(())
        }
    }
}
