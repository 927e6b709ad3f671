//! `deshi man`.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::CommandFactory;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  deshi man | man -l -
  deshi man --output-folder ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// Write a page for deshi and one for each subcommand into this folder
    #[arg(long, value_name = "FOLDER")]
    output_folder: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let command = crate::args::Args::command();
    let Some(folder) = &args.output_folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        return Ok(io::stdout().lock().write_all(&page)?);
    };
    let cannot_write = || format!("{}: cannot write manual pages", folder.display());
    fs::create_dir_all(folder).with_context(cannot_write)?;
    clap_mangen::generate_to(command, folder).with_context(cannot_write)
}
