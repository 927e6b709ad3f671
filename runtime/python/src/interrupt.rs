//! [`run`]: work without Python's lock, which Ctrl-C stops.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

/// How often signals are looked for.
const SIGNALS: Duration = Duration::from_millis(100);

/// Runs `work` on a thread without Python's lock, so that Python's other threads run. Signals such as Ctrl-C set the flag
/// that `work` is given, and are raised once it has ended.
///
/// # Errors
/// The exception that a signal's handler raises.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&AtomicBool) -> T + Send,
) -> PyResult<T> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let (done, mut wait) = mpsc::channel::<()>();
        let stop = &stop;
        let worker = scope.spawn(move || {
            // Hangs up at the end, also of a panic.
            let _done = done;
            work(stop)
        });
        let mut raised = Ok(());
        loop {
            // A receiver cannot be shared by threads, and need not be.
            let (back, waited) = py.detach(move || {
                let waited = wait.recv_timeout(SIGNALS);
                (wait, waited)
            });
            if let Err(RecvTimeoutError::Disconnected) = waited {
                break;
            }
            if raised.is_ok() {
                raised = py.check_signals();
                if raised.is_err() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            wait = back;
        }
        let result = py.detach(|| worker.join());
        let result = result.unwrap_or_else(|panic| resume_unwind(panic));
        raised.map(|()| result)
    })
}
