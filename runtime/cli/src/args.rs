//! The arguments, as parsed: no effects, but for a look at whether a file exists when an argument makes no sense.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};

#[cfg(all(feature = "server", not(target_family = "wasm")))]
use crate::serve;
use crate::{bench, completions, info, man, models, translate, version};

const EXAMPLES: &str = "\
Examples:
  deshi \"Good morning.\"                         translate a sentence
  deshi translate -i letter.txt -o brief.txt    translate a file
  grep TODO notes.txt | deshi translate         translate another program's output
  deshi models                                  list the models that were found

Exit codes:
  0  success; standard error says which sentences were kept or need a second look
  1  a text or a file could not be translated; standard error says why
  2  the command line is wrong

Environment:
  DESHI_MODEL    the model to use where --model is not given
  DESHI_KERNELS  the same for --kernels
  DESHI_VERIFY   the same for --verify
  XDG_DATA_HOME, XDG_DATA_DIRS
                 where models are looked for, in their folder deshi";

/// Translate text on this computer, without a network.
///
/// The model that comes with deshi translates English to German. Others are files named NAME.deshi.
#[derive(Debug, Parser)]
#[command(name = "deshi", version = version::SHORT, after_help = EXAMPLES)]
#[command(
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Say nothing but errors; show no progress
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: the model, the time, and each line that needs a second look
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Translate text, files or standard input
    Translate(Box<translate::Args>),
    /// Describe a model: languages, scores, licences, memory
    Info(info::Args),
    /// Measure speed and memory
    Bench(bench::Args),
    /// Translate for other programs, over HTTP
    #[cfg(all(feature = "server", not(target_family = "wasm")))]
    Serve(Box<serve::Args>),
    /// List the models that were found
    Models(models::Args),
    /// Print a shell's completions
    Completions(completions::Args),
    /// Print a manual page
    Man(man::Args),
}

/// Marks a text that begins with a hyphen, so that clap does not take it for an option: no argument of a process
/// contains this character.
const TEXT: char = '\0';

/// A text as given, without [`TEXT`].
pub(crate) fn text(argument: &str) -> Result<String, std::convert::Infallible> {
    Ok(argument.strip_prefix(TEXT).unwrap_or(argument).to_owned())
}

/// Parses the arguments of the process, its name the first.
///
/// # Errors
/// If they are wrong, or ask for help; clap's error says which.
pub(crate) fn parse(mut arguments: Vec<OsString>) -> Result<Args, clap::Error> {
    // `deshi "Good morning."`, `deshi -q "Good morning."`: a sentence is not a subcommand.
    let first = first_after_flags(&arguments);
    if (arguments.get(first)).is_some_and(|argument| is_sentence(argument)) {
        arguments.insert(first, "translate".into());
    }
    let translate = arguments
        .iter()
        .position(|argument| argument == "translate");
    if let Some(at) = translate {
        mark_texts(&mut arguments[at..]);
    }
    Args::try_parse_from(arguments).map_err(with_hint)
}

/// The place of the first argument that is not a flag such as `--quiet`, which may stand before a subcommand.
fn first_after_flags(arguments: &[OsString]) -> usize {
    let command = Args::command();
    let is_flag = |argument: &OsString| {
        let Some(name) = argument.to_str().and_then(|text| text.strip_prefix('-')) else {
            return false;
        };
        command.get_opts().any(|option| {
            let long = option.get_long();
            let short = option.get_short();
            name.strip_prefix('-')
                .is_some_and(|name| long == Some(name))
                || !name.is_empty() && name.chars().all(|letter| short == Some(letter))
        })
    };
    let flags = arguments
        .iter()
        .skip(1)
        .take_while(|argument| is_flag(argument));
    1 + flags.count()
}

fn has_white_space(text: &str) -> bool {
    text.contains(char::is_whitespace)
}

fn is_sentence(argument: &OsStr) -> bool {
    argument.to_str().is_some_and(|text| {
        has_white_space(text.trim()) && (!text.starts_with('-') || is_text_with_hyphen(text))
    })
}

/// Whether the argument begins with a hyphen and is a text all the same: `- Yes, please.`, `-5 degrees`,
/// `--- Chapter one ---`.
fn is_text_with_hyphen(argument: &str) -> bool {
    let mut after = argument.chars().skip(1);
    let Some(second) = argument.strip_prefix('-').and_then(|_| after.next()) else {
        return false;
    };
    let name = argument.trim_start_matches('-');
    let word = name.split(char::is_whitespace).next().unwrap_or_default();
    let long = second == '-' && !word.contains('=');
    // `-o my file.txt` in one argument is an option with its value.
    let short = second != '-' && !takes_a_value(second);
    second.is_whitespace()
        || second.is_ascii_digit()
        || has_white_space(argument) && (long || short)
}

/// Whether `translate` has a short option of this name that takes a value.
fn takes_a_value(short: char) -> bool {
    let command = Args::command();
    let translate = command.find_subcommand("translate");
    let mut options = translate.into_iter().flat_map(clap::Command::get_opts);
    options.any(|option| option.get_short() == Some(short))
}

/// Marks texts that begin with a hyphen, up to a `--`, after which clap takes all as texts.
fn mark_texts(arguments: &mut [OsString]) {
    for argument in arguments
        .iter_mut()
        .take_while(|argument| **argument != *"--")
    {
        if argument.to_str().is_some_and(is_text_with_hyphen) {
            let mut marked = OsString::from(TEXT.to_string());
            marked.push(&*argument);
            *argument = marked;
        }
    }
}

/// The same error, with a hint where a file or a word was given instead of a subcommand.
fn with_hint(mut error: clap::Error) -> clap::Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let quoted = quoted(word);
    let hint = if Path::new(word).exists() {
        format!("to translate the file: deshi translate -i {quoted}")
    } else {
        format!("to translate the text: deshi translate {quoted}")
    };
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(vec![hint.into()]),
    );
    error
}

/// A text as a shell takes it for one argument, to be copied from a hint: in quotes only where it needs them.
pub(crate) fn quoted(text: &str) -> std::borrow::Cow<'_, str> {
    // It fails on a zero byte, which no argument has.
    shlex::try_quote(text).unwrap_or(text.into())
}
