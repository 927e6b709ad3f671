//! What this machine computes fastest, measured at the start: which precision, and on how many threads.

use std::time::{Duration, Instant};

use tch::{Device, Kind, Tensor, no_grad};

use crate::interpreter::Precision;

/// How much faster an alternative must be before it is taken: measurements on a busy machine differ by a few percent.
const CLEARLY_FASTER: f64 = 0.85;

/// f32 or bf16, whichever multiplies matrices faster. A CPU without bf16 instructions takes more than twice as long for
/// bf16; a GPU is always faster with it.
pub fn faster_precision(device: Device) -> Precision {
    if device.is_cuda() {
        return Precision::Bf16;
    }
    let (x, weight) = no_grad(|| {
        let random = |rows| Tensor::randn([rows, 512], (Kind::Float, device));
        (random(512), random(512))
    });
    let time = |kind| {
        let (x, weight) = (x.to_kind(kind), weight.to_kind(kind));
        shortest(|| drop(x.linear(&weight, None::<&Tensor>)))
    };
    let (single, half) = (time(Kind::Float), time(Kind::BFloat16));
    if half.as_secs_f64() < CLEARLY_FASTER * single.as_secs_f64() {
        Precision::Bf16
    } else {
        Precision::F32
    }
}

/// The number of threads that computes a layer fastest. On a machine whose cores are busy, each thread more makes it
/// slower: every operation waits for the last of them.
pub fn fastest_threads(available: usize) -> i32 {
    let layer = no_grad(|| {
        let random =
            |rows: i64, columns: i64| Tensor::randn([rows, columns], (Kind::Float, Device::Cpu));
        (random(1024, 256), random(1024, 256), random(256, 1024))
    });
    let pass = || {
        let (x, wide, narrow) = &layer;
        let hidden = x.linear(wide, None::<&Tensor>).relu();
        drop(
            hidden
                .linear(narrow, None::<&Tensor>)
                .softmax(-1, Kind::Float),
        );
    };
    let mut best = (1, Duration::MAX);
    let mut threads = 1;
    while threads <= available {
        tch::set_num_threads(threads as i32);
        let time = average(pass);
        if time.as_secs_f64() < CLEARLY_FASTER * best.1.as_secs_f64() {
            best = (threads, time);
        }
        threads *= 2;
    }
    best.0 as i32
}

fn shortest(mut run: impl FnMut()) -> Duration {
    no_grad(|| {
        run();
        let times = (0..5).map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        });
        times.min().unwrap_or_default()
    })
}

/// The mean over 100 ms: other programs on the machine count here.
fn average(mut run: impl FnMut()) -> Duration {
    no_grad(|| {
        run();
        let (started, mut count) = (Instant::now(), 0);
        while started.elapsed() < Duration::from_millis(100) {
            run();
            count += 1;
        }
        started.elapsed() / count.max(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_one_of_what_there_is() {
        assert!(matches!(
            faster_precision(Device::Cpu),
            Precision::F32 | Precision::Bf16
        ));
        assert_eq!(fastest_threads(1), 1);
        let threads = fastest_threads(4);
        tch::set_num_threads(1);
        assert!([1, 2, 4].contains(&threads), "{threads}");
    }
}
