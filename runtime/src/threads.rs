//! Spreads work over threads.

#[cfg(not(target_family = "wasm"))]
use std::panic::resume_unwind;
#[cfg(not(target_family = "wasm"))]
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
#[cfg(not(target_family = "wasm"))]
use std::thread;

/// Calls `work` for each of `0..count`, on this thread and up to `threads - 1` others, and returns the results
/// in order. After an error no new work starts.
///
/// # Errors
/// The first error found, of `work`.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn map<T: Send, E: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let run = || {
        let mut results = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            let result = work(index).inspect_err(|_| failed.store(true, Ordering::Relaxed));
            results.push((index, result?));
        }
        Ok(results)
    };
    let helpers = threads.min(count).saturating_sub(1);
    let mut results = thread::scope(|scope| {
        let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(run)).collect();
        let mut results = run()?;
        for helper in helpers {
            let more = helper.join().unwrap_or_else(|panic| resume_unwind(panic));
            results.append(&mut more?);
        }
        Ok(results)
    })?;
    results.sort_unstable_by_key(|&(index, _)| index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// The same, without threads.
#[cfg(target_family = "wasm")]
pub(crate) fn map<T, E>(
    _: usize,
    count: usize,
    work: impl Fn(usize) -> Result<T, E>,
) -> Result<Vec<T>, E> {
    (0..count).map(work).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_on_any_number_of_threads() {
        for threads in [1, 2, 7, 100] {
            for count in [0, 1, 2, 50] {
                let results = map(threads, count, |index| Ok::<_, ()>(index * index));
                let expected: Vec<_> = (0..count).map(|index| index * index).collect();
                assert_eq!(results, Ok(expected));
            }
        }
    }

    #[test]
    fn an_error_is_given_back() {
        for threads in [1, 3] {
            let results = map(
                threads,
                40,
                |index| if index == 7 { Err(index) } else { Ok(()) },
            );
            assert_eq!(results, Err(7));
        }
    }
}
