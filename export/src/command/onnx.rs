//! `deshi-export onnx`.

use std::path::{Path, PathBuf};

use clap::Args;
use deshi_export::standard::{self, Choices, Files, NamedFile};
use deshi_export::{ExportError, Options};

use super::{AboutArgs, card, read, write_bundle};

/// Makes a bundle of a MarianMT model that was exported as ONNX graphs, as `optimum-cli export onnx` writes it.
///
/// The engine tract runs the graphs as they are, greedily, in their own arithmetic: float32, or int8 of onnxruntime's dynamic
/// quantisation. Before the bundle is written, tract runs them here (feature `tract`). What is not understood is refused by name.
#[derive(Debug, Args)]
#[command(after_help = "\
deshi-export onnx encoder_model.onnx decoder_model.onnx decoder_with_past_model.onnx config.json generation_config.json \\
    --source-spm source.spm --target-spm target.spm --vocabulary vocab.json --source en --target de -o en-de.deshi")]
pub struct OnnxArgs {
    /// encoder_model.onnx, decoder_model.onnx and, for a cache, decoder_with_past_model.onnx, in this order; then config.json and
    /// generation_config.json, if there are any
    #[arg(required = true, num_args = 2..=5, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The SentencePiece model that cuts sources into pieces, source.spm
    #[arg(long, value_name = "source.spm")]
    source_spm: PathBuf,
    /// The one of translations, target.spm
    #[arg(long, value_name = "target.spm")]
    target_spm: PathBuf,
    /// The pieces' ids, vocab.json
    #[arg(long, value_name = "vocab.json")]
    vocabulary: PathBuf,
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
    /// A setting of config.json or generation_config.json that may be passed over; can be repeated
    #[arg(long, value_name = "KEY")]
    ignore_option: Vec<String>,
}

/// A file that was read.
struct Input {
    path: PathBuf,
    content: Vec<u8>,
}

impl Input {
    fn read(path: PathBuf) -> Result<Self, ExportError> {
        let content = read(&path)?;
        Ok(Self { path, content })
    }

    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// What is to be done, with every file read.
pub struct Config {
    /// Two or three.
    graphs: Vec<Input>,
    config: Option<Input>,
    generation_config: Option<Input>,
    source: Input,
    target: Input,
    vocabulary: Input,
    output: PathBuf,
    options: Options,
    ignored: Vec<String>,
    target_code: Option<String>,
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "json")
}

impl TryFrom<OnnxArgs> for Config {
    type Error = ExportError;

    fn try_from(args: OnnxArgs) -> Result<Self, ExportError> {
        let (settings, graphs): (Vec<_>, Vec<_>) =
            args.files.into_iter().partition(|path| is_json(path));
        if !(2..=3).contains(&graphs.len()) {
            return Err(ExportError::GraphFiles { got: graphs.len() });
        }
        let (mut config, mut generation_config) = (None, None);
        for path in settings {
            let is_generation = path
                .file_stem()
                .is_some_and(|stem| stem == "generation_config");
            let place = match is_generation {
                true => &mut generation_config,
                false => &mut config,
            };
            let input = Input::read(path)?;
            if let Some(before) = place.replace(input) {
                return Err(ExportError::TwoConfigurations { path: before.path });
            }
        }
        let graphs = graphs.into_iter().map(Input::read);
        let mut config = Self {
            graphs: graphs.collect::<Result<_, _>>()?,
            config,
            generation_config,
            source: Input::read(args.source_spm)?,
            target: Input::read(args.target_spm)?,
            vocabulary: Input::read(args.vocabulary)?,
            options: (args.about).options(args.source, args.target, &args.output),
            output: args.output,
            ignored: args.ignore_option,
            target_code: args.target_code,
        };
        let metadata = args.metadata.as_deref().map(read).transpose()?;
        let code = config.target_code.iter();
        let code: String = code
            .map(|code| format!(" --target-code '{code}'"))
            .collect();
        let made = format!("`deshi-export onnx{code}`");
        let files: Vec<_> = config.inputs().collect();
        config.options.card = card(&config.options, &made, &files, metadata.as_deref());
        Ok(config)
    }
}

impl Config {
    fn inputs(&self) -> impl Iterator<Item = (&Path, &Vec<u8>)> {
        let settings = self.config.iter().chain(&self.generation_config);
        let others = [&self.source, &self.target, &self.vocabulary];
        let all = self.graphs.iter().chain(settings).chain(others);
        all.map(|input| (input.path.as_path(), &input.content))
    }

    fn import(&self) -> Result<standard::Model, ExportError> {
        let names: Vec<String> = self.graphs.iter().map(Input::name).collect();
        let mut graphs = names
            .iter()
            .zip(&self.graphs)
            .map(|(name, graph)| NamedFile {
                name,
                content: &graph.content,
            });
        let (Some(encoder), Some(decoder)) = (graphs.next(), graphs.next()) else {
            return Err(ExportError::GraphFiles { got: names.len() });
        };
        let content = |input| Option::as_ref(input).map(|input: &Input| &input.content[..]);
        let files = Files {
            encoder,
            decoder,
            decoder_with_past: graphs.next(),
            source: &self.source.content,
            target: &self.target.content,
            vocabulary: &self.vocabulary.content,
            config: content(&self.config),
            generation_config: content(&self.generation_config),
        };
        let choices = Choices {
            ignored: &self.ignored,
            target_code: self.target_code.as_deref(),
        };
        standard::import(&files, &choices)
    }
}

/// Exports.
pub fn run(config: &Config) -> Result<(), ExportError> {
    let model = config.import()?;
    let tokens = standard::run_once(&model)?;
    let bundle = standard::pack(&model, &config.options)?;
    write_bundle(&config.output, &bundle)?;
    eprintln!(
        "{}: {} bytes; tract ran the graphs for {tokens} tokens{}",
        config.output.display(),
        bundle.len(),
        match model.graphs.cache {
            Some(_) => "",
            None =>
                "; without decoder_with_past_model.onnx, each reads the whole translation again",
        }
    );
    Ok(())
}
