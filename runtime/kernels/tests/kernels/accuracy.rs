//! Errors of the elementary functions against f64.

use deshi_kernels::{available, cross_attention_scratch, exp, ln, sigmoid};

use crate::cases::Random;

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

/// Attention with one head of 16 columns and chosen scores. The query is 4 times the first unit vector, the
/// first column of each key is its score, and value `j` is the unit vector `j % 16`. So each output is a sum of
/// probabilities.
#[test]
fn attention_is_the_softmax_of_its_scores() {
    const WIDTH: usize = 16;
    let mut random = Random::new(5);
    for len in [1, 2, 15, 16, 17, 70, 500] {
        let scores = random.floats(len, 20.0);
        let highest = f64::from(scores.iter().copied().fold(f32::MIN, f32::max));
        let powers: Vec<f64> = scores
            .iter()
            .map(|&score| (f64::from(score) - highest).exp())
            .collect();
        let mut exact = [0.0; WIDTH];
        for (index, power) in powers.iter().enumerate() {
            exact[index % WIDTH] += power / powers.iter().sum::<f64>();
        }
        let mut q = [0.0; WIDTH];
        // Cancels the division by the square root of the head's width.
        q[0] = 4.0;
        let mut keys = vec![0.0; WIDTH * len];
        keys[..len].copy_from_slice(&scores);
        let mut values = vec![0.0; len * WIDTH];
        for index in 0..len {
            values[index * WIDTH + index % WIDTH] = 1.0;
        }
        let mut scratch = vec![0.0; cross_attention_scratch(1, len)];
        for set in available() {
            let mut out = [0.0; WIDTH];
            set.cross_attention(&q, &keys, &values, len, 1, &mut scratch, &mut out);
            for (got, exact) in out.iter().zip(exact) {
                // An error of half an ULP in `score - highest` (up to 40) is a relative error of
                // 2e-6 in the power.
                let error = (f64::from(*got) - exact).abs();
                assert!(
                    error <= 4e-6 * exact,
                    "{}, {len}: got {got}, expected {exact}",
                    set.name()
                );
            }
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
            "{}: got {got}, expected {exact}",
            set.name()
        );
    }
}
