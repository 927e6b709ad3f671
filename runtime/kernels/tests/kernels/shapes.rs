//! Wrong shapes: an error where the shape may come from a file, a panic elsewhere.

use deshi_kernels::{
    LinearWeights, ShapeError, available, best, by_name, cross_attention_scratch,
    self_attention_scratch,
};

#[test]
fn weights_of_a_wrong_shape_are_errors() {
    let make = |inputs, outputs, blocked, scales, sums, bias| {
        let (blocked, scales) = (vec![0; blocked], vec![0.0; scales]);
        let (sums, bias) = (vec![0; sums], vec![0.0; bias]);
        LinearWeights::new(inputs, outputs, &blocked, &scales, &sums, &bias).map(|_| ())
    };
    let length = |buffer, expected, got| {
        Err(ShapeError::Length {
            buffer,
            expected,
            got,
        })
    };
    assert_eq!(make(4, 16, 64, 16, 16, 16), Ok(()));
    assert_eq!(
        make(0, 16, 0, 16, 16, 16),
        Err(ShapeError::Inputs { inputs: 0 })
    );
    assert_eq!(
        make(6, 16, 96, 16, 16, 16),
        Err(ShapeError::Inputs { inputs: 6 })
    );
    assert_eq!(
        make(1 << 20, 16, 0, 16, 16, 16),
        Err(ShapeError::Inputs { inputs: 1 << 20 })
    );
    assert_eq!(
        make(4, 0, 0, 0, 0, 0),
        Err(ShapeError::Outputs { outputs: 0 })
    );
    assert_eq!(
        make(4, 17, 68, 17, 17, 17),
        Err(ShapeError::Outputs { outputs: 17 })
    );
    let outputs = usize::MAX - 15;
    assert_eq!(
        make(16, outputs, 0, 0, 0, 0),
        Err(ShapeError::Outputs { outputs })
    );
    assert_eq!(make(4, 16, 63, 16, 16, 16), length("blocked", 64, 63));
    assert_eq!(make(4, 16, 64, 15, 16, 16), length("scales", 16, 15));
    assert_eq!(make(4, 16, 64, 16, 17, 16), length("sums", 16, 17));
    assert_eq!(make(4, 16, 64, 16, 16, 0), length("bias", 16, 0));
}

#[test]
fn sets_are_found_by_name() {
    let names: Vec<_> = available().map(|set| set.name()).collect();
    println!("available: {names:?}");
    assert_eq!(names.last(), Some(&"plain"));
    assert_eq!(best().name(), names[0]);
    for name in names {
        assert_eq!(by_name(name).unwrap().name(), name);
    }
    assert!(by_name("no such set").is_none());
}

// WebAssembly aborts instead of unwinding.
#[cfg(panic = "unwind")]
#[test]
fn wrong_lengths_panic() {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use deshi_kernels::{Activation, KernelSet};

    let weights = LinearWeights::new(4, 16, &[0; 64], &[0.0; 16], &[0; 16], &[0.0; 16]).unwrap();
    let none = Activation::None;
    type Call<'a> = &'a dyn Fn(&dyn KernelSet);
    let calls: [Call<'_>; 14] = [
        &|set| set.quantise_rows(&[0.0; 8], 4, &mut [0; 8], &mut [0.0; 3]),
        &|set| set.quantise_rows(&[0.0; 8], 4, &mut [0; 7], &mut [0.0; 2]),
        &|set| set.quantise_rows(&[], 0, &mut [], &mut []),
        &|set| set.linear(2, &[0; 4], &[0.0; 2], &weights, none, &mut [0.0; 32]),
        &|set| set.linear(1, &[0; 4], &[0.0; 1], &weights, none, &mut [0.0; 15]),
        &|set| set.add_norm(&[0.0; 8], &[0.0; 8], &[0.0; 4], &[0.0; 3], &mut [0.0; 8]),
        &|set| set.add_norm(&[0.0; 8], &[0.0; 8], &[0.0; 4], &[0.0; 4], &mut [0.0; 4]),
        &|set| set.self_attention(&[0.0; 24], 8, 3, &mut [0.0; 999], &mut [0.0; 8]),
        &|set| set.self_attention(&[0.0; 24], 8, 2, &mut [0.0; 1], &mut [0.0; 8]),
        &|set| {
            let (q, keys, values) = ([0.0; 8], [0.0; 24], [0.0; 24]);
            set.cross_attention(&q, &keys, &values, 3, 2, &mut [0.0; 15], &mut [0.0; 8]);
        },
        &|set| {
            let (q, keys, values) = ([0.0; 8], [0.0; 20], [0.0; 24]);
            set.cross_attention(&q, &keys, &values, 3, 2, &mut [0.0; 99], &mut [0.0; 8]);
        },
        &|set| {
            let (q, keys, values) = ([0.0; 8], [0.0; 24], [0.0; 24]);
            set.cached_attention(&q, &keys, &values, 4, 2, &mut [0.0; 99], &mut [0.0; 8]);
        },
        &|set| {
            let (q, keys, values) = ([0.0; 8], [0.0; 24], [0.0; 24]);
            set.cached_attention(&q, &keys, &values, 2, 2, &mut [0.0; 15], &mut [0.0; 8]);
        },
        &|set| set.ssru(&[0.0; 16], &mut [0.0; 4], &mut [0.0; 4]),
    ];
    for set in available() {
        for (index, call) in calls.iter().enumerate() {
            let outcome = catch_unwind(AssertUnwindSafe(|| call(set)));
            assert!(
                outcome.is_err(),
                "{}: call {index} did not panic",
                set.name()
            );
        }
    }
}

#[test]
fn scratch_is_what_the_documentation_says() {
    assert_eq!(self_attention_scratch(25, 256, 8), 32 * 32 + 4 * 32);
    assert_eq!(self_attention_scratch(1, 256, 8), 32 * 16 + 16);
    assert_eq!(cross_attention_scratch(1, 25), 32);
    assert_eq!(cross_attention_scratch(9, 16), 64);
    assert_eq!(cross_attention_scratch(9, 0), 0);
}
