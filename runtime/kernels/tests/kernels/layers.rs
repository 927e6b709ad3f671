//! Linear layers that own their weights, and the un-blocking and gathering of weights.

use deshi_kernels::{LinearWeights, ShapeError, ShortlistBuffers};

use crate::cases::Random;

pub struct Layer {
    pub inputs: usize,
    pub outputs: usize,
    pub blocked: Vec<i8>,
    pub scales: Vec<f32>,
    pub sums: Vec<i32>,
    pub bias: Vec<f32>,
}

impl Layer {
    /// `rows: [outputs, inputs]`
    pub fn new(inputs: usize, rows: &[i8], scales: Vec<f32>, bias: Vec<f32>) -> Self {
        let outputs = rows.len() / inputs;
        let mut blocked = vec![0; rows.len()];
        for (output, row) in rows.chunks(inputs).enumerate() {
            for (input, weight) in row.iter().enumerate() {
                let block = output / 16 * (inputs / 4) + input / 4;
                blocked[block * 64 + output % 16 * 4 + input % 4] = *weight;
            }
        }
        let sum = |row: &[i8]| row.iter().map(|&weight| i32::from(weight)).sum();
        let sums = rows.chunks(inputs).map(sum).collect();
        Self {
            inputs,
            outputs,
            blocked,
            scales,
            sums,
            bias,
        }
    }

    pub fn random(inputs: usize, outputs: usize, random: &mut Random) -> Self {
        let rows = random.bytes(inputs * outputs);
        let (scales, bias) = (random.floats(outputs, 0.01), random.floats(outputs, 2.0));
        Self::new(inputs, &rows, scales, bias)
    }

    pub fn weights(&self) -> LinearWeights<'_> {
        let Self {
            inputs,
            outputs,
            blocked,
            scales,
            sums,
            bias,
        } = self;
        LinearWeights::new(*inputs, *outputs, blocked, scales, sums, bias).unwrap()
    }
}

#[test]
fn row_undoes_the_blocking() {
    let (inputs, outputs) = (12, 48);
    let rows = Random::new(1).bytes(inputs * outputs);
    let layer = Layer::new(inputs, &rows, vec![1.0; outputs], vec![0.0; outputs]);
    let mut row = vec![0; inputs];
    for (output, expected) in rows.chunks(inputs).enumerate() {
        layer.weights().row(output, &mut row);
        assert_eq!(row, expected);
    }
}

#[test]
fn sums_are_checked() {
    let mut layer = Layer::random(20, 32, &mut Random::new(2));
    assert!(layer.weights().sums_are_right());
    layer.sums[17] += 1;
    assert!(!layer.weights().sums_are_right());
}

#[test]
fn gathered_outputs_are_the_candidates() {
    let layer = Layer::random(20, 64, &mut Random::new(3));
    let candidates = [63, 0, 5, 5, 17, 31, 32, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 40];
    let padded = ShortlistBuffers::padded(candidates.len());
    assert_eq!(padded, 32);
    let (mut blocked, mut scales) = (vec![99; 20 * 40], vec![f32::NAN; 40]);
    let (mut sums, mut bias) = (vec![99; 40], vec![f32::NAN; 40]);
    let buffers = ShortlistBuffers {
        blocked: &mut blocked,
        scales: &mut scales,
        sums: &mut sums,
        bias: &mut bias,
    };
    let whole = layer.weights();
    let gathered = whole.gather(&candidates, buffers).unwrap();
    assert_eq!((gathered.inputs(), gathered.outputs()), (20, 32));
    assert!(gathered.sums_are_right());
    let (mut row, mut expected) = (vec![0; 20], vec![0; 20]);
    for (index, &candidate) in candidates.iter().enumerate() {
        gathered.row(index, &mut row);
        whole.row(candidate as usize, &mut expected);
        assert_eq!(row, expected);
        assert_eq!(gathered.scales()[index], whole.scales()[candidate as usize]);
        assert_eq!(gathered.bias()[index], whole.bias()[candidate as usize]);
    }
    for index in candidates.len()..padded {
        gathered.row(index, &mut row);
        assert_eq!(row, [0; 20]);
        assert_eq!(gathered.bias()[index], f32::NEG_INFINITY);
    }
}

#[test]
fn a_shortlist_from_a_bad_file_is_an_error() {
    let layer = Layer::random(4, 16, &mut Random::new(4));
    let gather = |candidates: &[u32], blocked: usize| {
        let (mut blocked, mut scales) = (vec![0; blocked], vec![0.0; 16]);
        let (mut sums, mut bias) = (vec![0; 16], vec![0.0; 16]);
        let buffers = ShortlistBuffers {
            blocked: &mut blocked,
            scales: &mut scales,
            sums: &mut sums,
            bias: &mut bias,
        };
        layer.weights().gather(candidates, buffers).map(|_| ())
    };
    assert_eq!(gather(&[3], 64), Ok(()));
    let candidate = ShapeError::Candidate {
        candidate: 16,
        outputs: 16,
    };
    assert_eq!(gather(&[3, 16], 64), Err(candidate));
    assert_eq!(gather(&[], 64), Err(ShapeError::Outputs { outputs: 0 }));
    let length = ShapeError::Length {
        buffer: "blocked",
        expected: 64,
        got: 63,
    };
    assert_eq!(gather(&[3], 63), Err(length));
}
