//! `deshi completions`.

use std::io::{self, Write};

use anyhow::Result;
use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  deshi completions bash > ~/.local/share/bash-completion/completions/deshi
  deshi completions zsh > ~/.zfunc/_deshi          (with ~/.zfunc in fpath)
  deshi completions fish > ~/.config/fish/completions/deshi.fish")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: Args) -> Result<()> {
    // Into memory first: clap_complete panics where it cannot write.
    let mut script = Vec::new();
    let mut command = crate::args::Args::command();
    clap_complete::generate(args.shell, &mut command, "deshi", &mut script);
    if args.shell == Shell::Fish {
        // Left out by clap_complete: the values of arguments without a name.
        let shells = Shell::value_variants().iter().map(Shell::to_string);
        let shells = shells.collect::<Vec<_>>().join(" ");
        writeln!(
            script,
            "complete -c deshi -n \"__fish_deshi_using_subcommand completions\" -f -a \"{shells}\""
        )?;
    }
    Ok(io::stdout().lock().write_all(&script)?)
}
