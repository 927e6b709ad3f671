//! `deshi-train`: from a corpus and a recipe to a small model.

use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::available_parallelism;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use deshi::Shard;
use deshi_train::checkpoint::is_bundle;
use deshi_train::estimate::Assumptions;
use deshi_train::interpreter::Precision;
use deshi_train::recipe::Recipe;
use deshi_train::report::ReportConfig;
use deshi_train::sheet::SheetConfig;
use deshi_train::{
    cuda, evaluate, export, machine, pipeline, report, select, sheet, study, train, translate,
};

/// Trains a teacher, lets it translate, and distils a small student from its translations.
///
/// Every step writes what it makes into the recipe's folder, and finds there what is done already: a run that
/// was interrupted is started again with the same command.
#[derive(Parser)]
#[command(version, after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage.")]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// The recipe, a TOML file
    #[arg(short, long, global = true, default_value = "recipe.toml")]
    recipe: PathBuf,
    /// A change to the recipe, such as models.teacher.maximum_seconds=60; may come several times
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Threads of the CPU that tensors are computed on [default: what is measured to be fastest]
    #[arg(short, long, global = true, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Step(Step),
    /// Where a model's translations differ from the references, and from its teacher's: Markdown
    ///
    /// A model is a name of the recipe's, a bundle NAME.deshi, or a file of translations NAME.txt, one a line. Example:
    ///
    ///     deshi-train report runtime/models/en-de.deshi trainer/corpora/written/test.tsv
    #[command(verbatim_doc_comment)]
    Report(ReportConfig),
    /// Make a blind sheet, on which people judge two systems: CSV and HTML
    ///
    /// A system is named as for `report`. key.json says which translation is whose: keep it from the judges. Example:
    ///
    ///     deshi-train sheet old.deshi new.deshi trainer/corpora/written/test.tsv --out runs/sheet
    #[command(verbatim_doc_comment)]
    Sheet(SheetConfig),
    /// Score sheets that came back from the judges: Markdown
    ///
    /// Example:
    ///
    ///     deshi-train score-sheet anna.csv ben.csv --key runs/sheet/key.json
    #[command(verbatim_doc_comment)]
    ScoreSheet {
        /// Filled-in sheets, one for each judge
        #[arg(required = true)]
        sheets: Vec<PathBuf>,
        /// The sheet's key.json
        #[arg(long)]
        key: PathBuf,
    },
    /// What teacher, distillation and serving cost, and when the student pays back: Markdown, and a plot
    ///
    /// Every number is an argument: measure the speeds, and look the prices up. Example:
    ///
    ///     deshi-train estimate --volume 2e9 --teacher-speed 3000 --teacher-price 2.5 --student-speed 20000 --student-price 0.1 \
    ///         --training-price 2.5 --teacher-hours 40 --distilled-words 5e8 --distilling-speed 6000 --student-hours 20 --people 8000
    #[command(verbatim_doc_comment)]
    Estimate {
        #[command(flatten)]
        assumptions: Assumptions,
        /// Write the costs by month as a plot: NAME.svg
        #[arg(long, value_name = "OUT.svg")]
        plot: Option<PathBuf>,
    },
}

/// What a recipe configures.
#[derive(Subcommand)]
enum Step {
    /// Clean the corpora
    Prepare,
    /// Learn the joint vocabulary
    Vocabulary,
    /// Train a model of the recipe: teacher, student, or the student's fine-tune with emulated int8
    Train {
        /// The model's name: a section [models.NAME]
        name: String,
    },
    /// Translate the corpus with the teacher, by beam search
    Translate {
        /// Translate one part of the corpus: the part I, counted from 0, of N [default: all]
        #[arg(long, value_name = "I/N")]
        shard: Option<Shard>,
    },
    /// Choose what the student learns from
    Select,
    /// Take n-best lists from any other engine, for `select`
    ///
    /// Rows of source, hypothesis and score (higher is better), separated by tabs, in any order. The sources are those of the
    /// prepared shards: cut -f1 RUN/prepared/train.00000.tsv. Example:
    ///
    ///     deshi-train import-nbest marian.tsv.gz -r trainer/recipes/toy.toml
    #[command(verbatim_doc_comment)]
    ImportNbest {
        /// The files; those that end in .gz are decompressed
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Add to the lists that are there, in place of refusing
        #[arg(long)]
        pool: bool,
    },
    /// Fine-tune a student with emulated int8: what the kernels will compute
    Quantise {
        /// The model's name: a section [models.NAME] whose precision is int8
        #[arg(default_value = "student-int8")]
        name: String,
    },
    /// List what each source token may become, from the distilled pairs
    Shortlist,
    /// BLEU and chrF of a model, as JSON lines
    Evaluate {
        /// The model's name, or the path of a bundle, NAME.deshi, which the runtime then translates with
        name: String,
        /// Tab-separated source and reference
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Beam sizes
        #[arg(long, value_delimiter = ',', default_value = "1")]
        beam: Vec<usize>,
        /// Arithmetic of the linear layers
        #[arg(long, value_enum, default_value = "f32")]
        precision: PrecisionArg,
        /// Lines of each file [default: all]
        #[arg(long)]
        lines: Option<usize>,
    },
    /// Make a bundle of a trained student, and translate the recipe's samples with it
    Export {
        /// Where the bundle goes: NAME.deshi
        out: PathBuf,
        /// The model's name [default: the last of the recipe's pipeline]
        #[arg(long)]
        model: Option<String>,
    },
    /// Compare the methods of distillation: train and measure students by each, and write a table and two plots
    ///
    /// The recipe's section [study] says which sizes and seeds; the results are in study/ in the recipe's folder. Example:
    ///
    ///     deshi-train study -r trainer/recipes/toy.toml
    #[command(verbatim_doc_comment)]
    Study,
    /// All steps, in order
    Pipeline {
        /// Make a bundle of the last model, too: NAME.deshi
        #[arg(long, value_name = "OUT.deshi")]
        export: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum PrecisionArg {
    F32,
    Bf16,
    Int8,
}

impl From<PrecisionArg> for Precision {
    fn from(argument: PrecisionArg) -> Self {
        match argument {
            PrecisionArg::F32 => Self::F32,
            PrecisionArg::Bf16 => Self::Bf16,
            PrecisionArg::Int8 => Self::Int8,
        }
    }
}

fn run(args: Args) -> Result<()> {
    let Args {
        command,
        recipe,
        set,
        threads,
    } = args;
    let read_recipe = || {
        let available = available_parallelism().map_or(1, usize::from);
        let threads = threads.map(i32::from);
        tch::set_num_threads(threads.unwrap_or_else(|| machine::fastest_threads(available)));
        Recipe::read_with(&recipe, &set)
    };
    match command {
        Command::Step(Step::Evaluate {
            name, files, lines, ..
        }) if is_bundle(name.as_ref()) => evaluate::run_bundle(name.as_ref(), &files, lines),
        Command::Step(step) => run_step(&read_recipe()?, step),
        Command::Report(config) => report::run(read_recipe, &config),
        Command::Sheet(config) => sheet::run(read_recipe, &config),
        Command::ScoreSheet { sheets, key } => sheet::score::run(&sheets, &key),
        Command::Estimate { assumptions, plot } => assumptions.run(plot.as_deref()),
    }
}

fn run_step(recipe: &Recipe, step: Step) -> Result<()> {
    match step {
        Step::Prepare => pipeline::run_prepare(recipe),
        Step::Vocabulary => pipeline::run_vocabulary(recipe),
        Step::Train { name } => train::run(recipe, &name),
        Step::Translate { shard } => translate::run(recipe, shard.unwrap_or(Shard::WHOLE)),
        Step::ImportNbest { files, pool } => select::import(recipe, &files, pool),
        Step::Quantise { name } => train::quantise(recipe, &name),
        Step::Select => select::run(recipe),
        Step::Shortlist => pipeline::run_shortlist(recipe),
        Step::Evaluate {
            name,
            files,
            beam,
            precision,
            lines,
        } => evaluate::run(recipe, &name, &files, &beam, precision.into(), lines),
        Step::Export { out, model } => {
            let model = model.map_or_else(|| pipeline::last(recipe).map(str::to_owned), Ok)?;
            export::run(recipe, &model, &out)
        }
        Step::Study => study::run(recipe),
        Step::Pipeline { export } => pipeline::run(recipe, export.as_deref()),
    }
}

fn main() -> ExitCode {
    cuda::preload();
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("deshi-train: {error:#}");
            ExitCode::FAILURE
        }
    }
}
