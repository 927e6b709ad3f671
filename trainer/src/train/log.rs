//! What a training writes while it runs: `metrics.jsonl`, and a progress bar on a terminal.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use deshi_checkpoint::Progress;
use indicatif::ProgressBar;
use serde_json::json;
use tch::{Kind, Tensor};

use super::validation::Score;
use crate::progress::progress_bar;

/// Steps between two lines with the mean loss.
const LOSS_STEPS: u64 = 100;
/// Steps between two movements of the bar, which is when losses are read: reading each step's would make a GPU wait.
const BAR_STEPS: u64 = 20;

/// The training's log.
pub(super) struct Log {
    file: File,
    bar: ProgressBar,
    /// Losses that are not read yet.
    unread: Vec<Tensor>,
    losses: Vec<f64>,
}

impl Log {
    pub(super) fn open(folder: &Path, name: &str, maximum_steps: u64) -> Result<Self> {
        let path = folder.join("metrics.jsonl");
        Ok(Self {
            file: OpenOptions::new().create(true).append(true).open(path)?,
            bar: progress_bar(maximum_steps, name),
            unread: Vec::new(),
            losses: Vec::new(),
        })
    }

    /// Notes a step's loss; reads those that it has, after some steps or where `reads` says so.
    ///
    /// # Errors
    /// If the file cannot be written, or a loss is infinite or NaN.
    pub(super) fn step(&mut self, progress: &Progress, loss: Tensor, reads: bool) -> Result<()> {
        self.unread.push(loss);
        if reads || progress.step.is_multiple_of(BAR_STEPS) {
            self.read(progress.step)?;
        }
        if progress.step.is_multiple_of(BAR_STEPS) {
            let loss = self.losses.last().copied().unwrap_or_default();
            let rate = progress.tokens as f64 / progress.seconds;
            self.bar.set_position(progress.step);
            self.bar.set_message(format!(
                "{rate:.0} tokens/s, loss {loss:.3}, best chrF {:.2}",
                progress.best
            ));
        }
        if progress.step.is_multiple_of(LOSS_STEPS) {
            let mean = self.losses.iter().sum::<f64>() / self.losses.len() as f64;
            self.losses.clear();
            let line = json!({
                "step": progress.step, "epoch": progress.epoch, "loss": mean,
                "seconds": progress.seconds, "tokens": progress.tokens,
            });
            writeln!(self.file, "{line}")?;
        }
        Ok(())
    }

    /// Reads the losses of the last steps, all at once.
    fn read(&mut self, step: u64) -> Result<()> {
        let unread = std::mem::take(&mut self.unread);
        let values = Vec::<f64>::try_from(Tensor::stack(&unread, 0).to_kind(Kind::Double))?;
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            bail!(
                "step {}: the loss is {}; lower the learning rate, or lengthen the warm-up",
                step - (values.len() - at) as u64,
                values[at]
            );
        }
        self.losses.extend(values);
        Ok(())
    }

    pub(super) fn validation(&mut self, progress: &Progress, score: Score) -> Result<()> {
        let line = json!({
            "step": progress.step, "dev_chrf": score.chrf, "dev_bleu": score.bleu, "best": progress.best,
            "seconds": progress.seconds, "tokens": progress.tokens,
        });
        writeln!(self.file, "{line}")?;
        Ok(())
    }

    pub(super) fn end(&self, name: &str, progress: &Progress) {
        self.bar.finish();
        let Progress {
            step,
            best,
            seconds,
            tokens,
            ..
        } = progress;
        eprintln!(
            "{name}: {step} steps, {tokens} target tokens, {seconds:.0} s, best dev chrF {best:.2}"
        );
    }
}
