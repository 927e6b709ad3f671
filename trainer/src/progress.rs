//! Progress on a terminal, and nothing elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use deshi_corpus::Progress;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// How often a step that does not know its end shows that it lives.
const TICK: Duration = Duration::from_millis(250);

fn styled(bar: ProgressBar, template: &str, name: &str) -> ProgressBar {
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_prefix(name.to_owned())
}

/// A bar on a terminal, and nothing elsewhere: what happened is in `metrics.jsonl`.
pub fn progress_bar(total: u64, name: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{prefix} {bar:24} {pos}/{len} {msg}, {eta} left";
    styled(ProgressBar::new(total), template, name)
}

/// A bar that disappears at its end: for what is measured, whose result is printed.
pub fn passing_bar(total: u64, name: &str) -> ProgressBar {
    progress_bar(total, name).with_finish(ProgressFinish::AndClear)
}

/// What shows how far a step of the corpus is: its stage, and its lines. How many there will be is not known, because a corpus
/// is read once.
pub fn stages(name: &str) -> impl FnMut(Progress) + use<> {
    let bar = if std::io::stderr().is_terminal() {
        let template = "{prefix} {spinner} {msg}, {elapsed}";
        let bar = styled(ProgressBar::new_spinner(), template, name);
        bar.set_message("reading");
        bar.enable_steady_tick(TICK);
        bar.with_finish(ProgressFinish::AndClear)
    } else {
        ProgressBar::hidden()
    };
    move |progress| bar.set_message(message(progress))
}

fn message(Progress { stage, lines }: Progress) -> String {
    match lines {
        0 => stage.to_owned(),
        lines => format!("{stage}, {lines} lines"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_named_with_its_lines() {
        let at = |lines| {
            message(Progress {
                stage: "cleaning",
                lines,
            })
        };
        assert_eq!(at(0), "cleaning");
        assert_eq!(at(10_000), "cleaning, 10000 lines");
    }
}
