//! A progress bar on a terminal, for what takes longer than a second.

#[cfg(feature = "progress")]
pub(crate) use bar::Progress;
#[cfg(not(feature = "progress"))]
pub(crate) use none::Progress;

#[cfg(feature = "progress")]
mod bar {
    use std::io::{self, IsTerminal};
    use std::time::{Duration, Instant};

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

    /// What takes less shows nothing.
    const PATIENCE: Duration = Duration::from_secs(1);
    const STYLE: &str = "{prefix} {bar:30} {percent:>3}%  {msg}, {eta} left";
    const STYLE_WITHOUT_END: &str = "{prefix} {spinner} {msg}, {elapsed}";

    /// How far the work is.
    pub(crate) struct Progress {
        bar: ProgressBar,
        started: Instant,
        sentences: u64,
        wanted: bool,
        shown: bool,
    }

    impl Progress {
        /// `bytes` is the whole work, where it is known. Results on the same terminal would run into the bar.
        pub(crate) fn new(
            name: &str,
            bytes: Option<u64>,
            wanted: bool,
            results_on_terminal: bool,
        ) -> Self {
            let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::hidden());
            let style = if bytes.is_some() {
                STYLE
            } else {
                STYLE_WITHOUT_END
            };
            let style = ProgressStyle::with_template(style).expect("the template is valid");
            bar.set_style(style);
            bar.set_prefix(name.to_owned());
            Self {
                bar,
                started: Instant::now(),
                sentences: 0,
                wanted: wanted && io::stderr().is_terminal() && !results_on_terminal,
                shown: false,
            }
        }

        /// Counts bytes that an earlier run has translated. They leave the speed as it is.
        pub(crate) fn skip(&mut self, bytes: u64) {
            self.bar.inc(bytes);
            self.bar.reset_eta();
        }

        /// Counts what was translated.
        pub(crate) fn add(&mut self, bytes: u64, sentences: u64) {
            self.sentences += sentences;
            let elapsed = self.started.elapsed();
            if self.wanted && !self.shown && elapsed > PATIENCE {
                self.bar.set_draw_target(ProgressDrawTarget::stderr());
                self.shown = true;
            }
            let rate = self.sentences as f64 / elapsed.as_secs_f64().max(1e-3);
            self.bar
                .set_message(format!("{} sentences, {rate:.0} a second", self.sentences));
            self.bar.inc(bytes);
        }

        /// Prints to standard error, the bar out of the way.
        pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
            self.bar.suspend(print)
        }

        /// Removes the bar.
        pub(crate) fn finish(&self) {
            self.bar.finish_and_clear();
        }
    }
}

/// Without the feature: nothing is shown.
#[cfg(not(feature = "progress"))]
mod none {
    pub(crate) struct Progress;

    impl Progress {
        pub(crate) fn new(_: &str, _: Option<u64>, _: bool, _: bool) -> Self {
            Self
        }

        pub(crate) fn skip(&mut self, _: u64) {}

        pub(crate) fn add(&mut self, _: u64, _: u64) {}

        pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
            print()
        }

        pub(crate) fn finish(&self) {}
    }
}
