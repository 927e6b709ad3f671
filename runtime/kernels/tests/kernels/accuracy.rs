//! How near the elementary functions come to the exact ones, in f64.

use deshi_kernels::{available, exp, ln, sigmoid};

use crate::cases::Random;
use crate::contract;

fn worst(from: f32, to: f32, relative_error: impl Fn(f32) -> f64) -> f64 {
    let steps = 1_000_000;
    let step = f64::from(to - from) / f64::from(steps);
    (0..=steps)
        .map(|i| relative_error((f64::from(from) + step * f64::from(i)) as f32))
        .fold(0.0, f64::max)
}

#[test]
fn exp_is_within_2e_7() {
    let error = |x: f32| (f64::from(exp(x)) / f64::from(x).exp() - 1.0).abs();
    let (whole, near_zero) = (worst(-87.0, 88.0, error), worst(-1.0, 1.0, error));
    println!("exp: {whole:e}, near zero {near_zero:e}");
    assert!(whole <= 2e-7 && near_zero <= 2e-7);
}

#[test]
fn exp_is_held_within_its_range() {
    assert_eq!(exp(0.0), 1.0);
    assert_eq!(exp(-0.0), 1.0);
    assert_eq!(exp(-88.0), exp(-87.0));
    assert_eq!(exp(f32::NEG_INFINITY), exp(-87.0));
    assert_eq!(exp(f32::NAN), exp(-87.0));
    assert_eq!(exp(f32::INFINITY), exp(88.0));
    assert!(exp(-87.0) >= f32::MIN_POSITIVE && exp(88.0) < f32::INFINITY);
}

#[test]
fn exp_never_decreases_noticeably() {
    let mut previous = 0.0;
    for step in -8_700_000..=8_800_000 {
        let power = exp(step as f32 * 1e-5);
        assert!(power >= previous * (1.0 - 3e-7));
        previous = power;
    }
}

#[test]
fn sigmoid_is_within_3e_7() {
    let error = |x: f32| (f64::from(sigmoid(x)) * (1.0 + (-f64::from(x)).exp()) - 1.0).abs();
    let worst = worst(-86.0, 86.0, error);
    println!("sigmoid: {worst:e}");
    assert!(worst <= 3e-7);
    assert_eq!(sigmoid(0.0), 0.5);
}

#[test]
fn ln_is_within_1e_7() {
    let error = |x: f32| ((f64::from(ln(x)) - f64::from(x).ln()) / f64::from(x).ln()).abs();
    let worst = worst(1.5, 40_000.0, error);
    println!("ln: {worst:e}");
    assert!(worst <= 1e-7);
    assert_eq!(ln(1.0), 0.0);
}

#[test]
fn softmax_is_within_1e_6() {
    let mut random = Random::new(5);
    for len in [1, 2, 15, 16, 17, 70, 500] {
        let scores = random.floats(len, 20.0);
        let highest = f64::from(scores.iter().copied().fold(f32::MIN, f32::max));
        let exact = scores
            .iter()
            .map(|&score| (f64::from(score) - highest).exp());
        let total: f64 = exact.clone().sum();
        for (got, exact) in contract::softmax(&scores).into_iter().zip(exact) {
            // An error of half an ULP in `score - highest` (up to 40) is 2e-6 of the power.
            assert!((f64::from(got) / (exact / total) - 1.0).abs() <= 4e-6);
        }
    }
}

#[test]
fn log_sum_exp_is_within_1e_6() {
    let logits = Random::new(6).floats(8000, 12.0);
    let exact = logits
        .iter()
        .map(|&logit| f64::from(logit).exp())
        .sum::<f64>()
        .ln();
    for set in available() {
        let (_, max) = set.argmax(&logits);
        let got = f64::from(set.log_sum_exp(&logits, max));
        assert!(
            (got / exact - 1.0).abs() <= 1e-6,
            "{}: {got} {exact}",
            set.name()
        );
    }
}
