//! `deshi-export hf`.

use std::path::PathBuf;

use clap::Args;
use deshi_export::hf::{self, Choices, Files};
use deshi_export::{ExportError, Options};

use super::{AboutArgs, card, read, report, write_bundle};

/// The files of a folder that are read.
const FILES: [&str; 5] = [
    "config.json",
    "model.safetensors",
    "vocab.json",
    "source.spm",
    "target.spm",
];

/// Makes a bundle of a MarianMT model in Hugging Face's form, such as OPUS-MT's.
///
/// Reads config.json, model.safetensors (float32), vocab.json, source.spm and target.spm of a folder. The weights are quantised to
/// int8, and only the native engine runs the bundle. What is not understood is refused by name.
#[derive(Debug, Args)]
pub struct HfArgs {
    /// The folder, as `save_pretrained` or a download leaves it
    folder: PathBuf,
    /// Where the bundle goes
    #[arg(short, long, value_name = "OUT.deshi")]
    output: PathBuf,
    /// The language that the model reads, such as en
    #[arg(long)]
    source: String,
    /// The language that it writes
    #[arg(long)]
    target: String,
    /// The code of the language to write, such as '>>fra<<' or fra, where the model writes several: it comes before every text
    #[arg(long, value_name = "CODE")]
    target_code: Option<String>,
    #[command(flatten)]
    about: AboutArgs,
    /// What its publisher says of it, such as README.md: put into the card as it is
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// A setting of config.json that is not understood and has no effect; can be repeated
    #[arg(long, value_name = "KEY")]
    ignore_option: Vec<String>,
}

/// What is to be done, with every file read.
pub struct Config {
    files: [Vec<u8>; 5],
    output: PathBuf,
    options: Options,
    ignored: Vec<String>,
    target_code: Option<String>,
}

impl TryFrom<HfArgs> for Config {
    type Error = ExportError;

    fn try_from(args: HfArgs) -> Result<Self, ExportError> {
        let paths = FILES.map(|name| args.folder.join(name));
        let mut files = [const { Vec::new() }; 5];
        for (file, path) in files.iter_mut().zip(&paths) {
            *file = read(path)?;
        }
        let metadata = args.metadata.as_deref().map(read).transpose()?;
        let mut options = (args.about).options(args.source, args.target, &args.output);
        let named: Vec<_> = paths.iter().map(PathBuf::as_path).zip(&files).collect();
        let code = args.target_code.iter();
        let code: String = code
            .map(|code| format!(" --target-code '{code}'"))
            .collect();
        let made = format!("`deshi-export hf{code}`");
        options.card = card(&options, &made, &named, metadata.as_deref());
        Ok(Self {
            files,
            output: args.output,
            options,
            ignored: args.ignore_option,
            target_code: args.target_code,
        })
    }
}

/// Exports.
pub fn run(config: &Config) -> Result<(), ExportError> {
    let [settings, model, vocabulary, source, target] = &config.files;
    let files = Files {
        config: settings,
        model,
        vocabulary,
        source,
        target,
    };
    let choices = Choices {
        ignored: &config.ignored,
        target_code: config.target_code.as_deref(),
    };
    let (bundle, agreement) = hf::export(&files, &config.options, &choices)?;
    write_bundle(&config.output, &bundle)?;
    report(&config.output, &bundle, &agreement);
    Ok(())
}
