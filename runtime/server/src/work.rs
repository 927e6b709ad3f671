//! [`Work`]: the threads that translate, and the queue for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::error::ApiError;

/// Slots for translations: `workers` run, and up to `waiting` more wait, in order of arrival.
#[derive(Debug)]
pub(crate) struct Work {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    slots: usize,
    workers: usize,
}

/// Tells a thread to stop once nobody waits for its result: the client went away, or the time is up.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Work {
    pub(crate) fn new(workers: usize, waiting: usize) -> Self {
        let slots = workers.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self {
            admitted: Arc::new(Semaphore::new(slots)),
            running: Arc::new(Semaphore::new(workers)),
            slots,
            workers,
        }
    }

    /// About how many run, and how many wait.
    pub(crate) fn load(&self) -> (usize, usize) {
        let running = self.workers - self.running.available_permits();
        let admitted = self.slots - self.admitted.available_permits();
        (running, admitted.saturating_sub(running))
    }

    /// Runs `job` on its own thread when there is a slot. `job` must end soon after the flag that it gets is set. Only
    /// when it has ended is its slot free.
    ///
    /// # Errors
    /// If too many wait already, or the job is not done in time.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        time: Duration,
        job: impl FnOnce(&AtomicBool) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| ApiError::Busy)?;
        let stop = StopOnDrop(Arc::default());
        let done = async {
            let slot = Arc::clone(&self.running).acquire_owned().await;
            let stop = Arc::clone(&stop.0);
            spawn_blocking(move || {
                let _slots = (slot, admitted);
                job(&stop)
            })
            .await
        };
        match timeout(time, done).await {
            Ok(Ok(result)) => result,
            // The thread panicked: a bug in deshi.
            Ok(Err(_)) => Err(ApiError::Internal),
            Err(_) => Err(ApiError::TimeLimit(time)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use tokio::time::sleep;

    const LONG: Duration = Duration::from_secs(60);

    /// A job that runs until it is stopped.
    fn endless(stop: &AtomicBool) -> Result<(), ApiError> {
        while !stop.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    async fn until(work: &Work, load: (usize, usize)) {
        while work.load() != load {
            sleep(Duration::from_millis(1)).await;
        }
    }

    fn test(body: impl Future<Output = ()>) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().build().unwrap();
        runtime.block_on(async { timeout(LONG, body).await.unwrap() });
    }

    #[test]
    fn more_than_can_wait_are_refused_and_who_leaves_frees_the_slot() {
        test(async {
            let work = Arc::new(Work::new(1, 1));
            let run = || {
                let work = Arc::clone(&work);
                tokio::spawn(async move { work.run(LONG, endless).await })
            };
            let first = run();
            until(&work, (1, 0)).await;
            let second = run();
            until(&work, (1, 1)).await;
            assert!(matches!(work.run(LONG, endless).await, Err(ApiError::Busy)));
            first.abort();
            until(&work, (1, 0)).await;
            second.abort();
            until(&work, (0, 0)).await;
            work.run(LONG, |_| Ok(())).await.unwrap();
        });
    }

    #[test]
    fn what_is_not_done_in_time_is_stopped() {
        test(async {
            let work = Work::new(1, 0);
            let result = work.run(Duration::from_millis(20), endless).await;
            assert!(matches!(result, Err(ApiError::TimeLimit(_))));
            until(&work, (0, 0)).await;
        });
    }

    #[test]
    fn a_panic_is_an_error_and_frees_the_slot() {
        test(async {
            let work = Work::new(1, 0);
            let panics = |_: &AtomicBool| -> Result<(), ApiError> { panic!("on purpose") };
            assert!(matches!(
                work.run(LONG, panics).await,
                Err(ApiError::Internal)
            ));
            until(&work, (0, 0)).await;
        });
    }
}
