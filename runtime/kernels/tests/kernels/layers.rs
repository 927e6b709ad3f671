//! Linear layers that own their weights.

use deshi_kernels::LinearWeights;

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
