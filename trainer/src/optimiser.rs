//! AdamW (Loshchilov and Hutter 2019) over one flat tensor, Muon (Jordan et al. 2024) for the matrices in it, with a
//! state that can be saved, and the exponential smoothing of the parameters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor, no_grad};

use crate::model::Slot;

/// How the weights of linear layers are updated. Embeddings, biases and normalisations are always AdamW's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum MatrixUpdate {
    /// As everything else.
    #[default]
    AdamW,
    /// By the momentum, made orthogonal, scaled so that its root mean square is AdamW's usual 0.2 of the learning
    /// rate (Liu et al. 2025, "Muon is Scalable for LLM Training", section 2.2): one learning rate serves both.
    Muon,
}

/// A recipe's `[..optimiser]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimiserConfig {
    /// Learning rate at the end of the warm-up.
    pub learning_rate: f64,
    /// Steps over which the rate rises in a straight line; then it falls with the inverse square root.
    pub warmup_steps: u64,
    /// `adam_w` or `muon`.
    pub matrices: MatrixUpdate,
    /// First moment's decay, which is Muon's momentum too (0.95 suits it).
    pub beta1: f64,
    /// Second moment's decay.
    pub beta2: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// The gradient's greatest norm.
    pub clip_norm: f64,
    /// How much of the parameters joins their smoothed copy at each step.
    pub smoothing: f64,
    /// Share of the planned time or steps, at its end, over which the rate falls to nothing in a straight line.
    pub cooldown: f64,
}

impl Default for OptimiserConfig {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            warmup_steps: 1000,
            matrices: MatrixUpdate::default(),
            beta1: 0.9,
            beta2: 0.98,
            weight_decay: 0.0,
            clip_norm: 1.0,
            smoothing: 1e-3,
            cooldown: 0.2,
        }
    }
}

/// AdamW's state.
pub struct Optimiser {
    /// Steps taken.
    pub step: u64,
    /// First moment.
    pub first: Tensor,
    /// Second moment.
    pub second: Tensor,
    /// The parameters, smoothed.
    pub smoothed: Tensor,
    config: OptimiserConfig,
    /// The matrices that [`MatrixUpdate::Muon`] updates, by shape; none has more rows than columns.
    matrices: BTreeMap<[i64; 2], Vec<Matrix>>,
    /// The ranges of the flat tensor that AdamW updates: all but the matrices. First element, elements.
    others: Vec<(i64, i64)>,
    /// 0 at matrices, 1 elsewhere, where AdamW goes over them too: `[parameters]`.
    mask: Option<Tensor>,
}

/// A matrix's place in the flat tensor.
struct Matrix {
    offset: i64,
    shape: [i64; 2],
}

impl Matrix {
    /// The matrix as a view, transposed if it has more rows than columns.
    fn of(&self, flat: &Tensor) -> Tensor {
        let [rows, columns] = self.shape;
        let view = flat
            .narrow(0, self.offset, rows * columns)
            .view([rows, columns]);
        if rows > columns { view.tr() } else { view }
    }
}

/// For each matrix of a stack, the nearest one whose singular values are all about 1. No matrix may have more rows than
/// columns. Five steps of Newton and Schulz's iteration, with the coefficients of
/// <https://kellerjordan.github.io/posts/muon/>.
///
/// # Shapes
/// `x: [n, rows, columns]`, f32 -> the same
fn orthogonal(x: &Tensor) -> Tensor {
    let norm = x.norm_scalaropt_dim(2, [1, 2].as_slice(), true);
    // A GPU multiplies bf16 fastest; a CPU without AMX takes a plain loop for it, which was 84% of a step.
    let kind = if x.device().is_cuda() {
        Kind::BFloat16
    } else {
        Kind::Float
    };
    let mut x = (x / (norm + 1e-7)).to_kind(kind);
    for _ in 0..5 {
        let a = x.bmm(&x.transpose(1, 2));
        let b = &a * -4.7750 + a.bmm(&a) * 2.0315;
        x = &x * 3.4445 + b.bmm(&x);
    }
    x.to_kind(Kind::Float)
}

/// Everything as one range, and a mask of these: between the matrices of a model are dozens of short ranges, for each of which
/// a GPU would run ten kernels.
fn in_one_range(ranges: &[(i64, i64)], flat: &Tensor) -> (Vec<(i64, i64)>, Option<Tensor>) {
    let all = vec![(0, flat.size()[0])];
    if ranges == all {
        return (all, None);
    }
    let mask = flat.zeros_like();
    for &(start, elements) in ranges {
        let _ = mask.narrow(0, start, elements).fill_(1.0);
    }
    (all, Some(mask))
}

impl Optimiser {
    /// An optimiser before its first step, for the parameters of a flat tensor that holds these tensors.
    pub fn new(config: OptimiserConfig, flat: &Tensor, slots: &[Slot]) -> Self {
        let (first, second) = (flat.zeros_like(), flat.zeros_like());
        let mut matrices = BTreeMap::<_, Vec<Matrix>>::new();
        let (mut others, mut end) = (Vec::new(), 0);
        if config.matrices == MatrixUpdate::Muon {
            for slot in slots.iter().filter(|slot| slot.is_linear_weight) {
                others.push((end, slot.offset - end));
                end = slot.offset + slot.elements();
                let [rows, columns] = [slot.shape[0], slot.shape[1]];
                let matrix = Matrix {
                    offset: slot.offset,
                    shape: [rows, columns],
                };
                let shape = [rows.min(columns), rows.max(columns)];
                matrices.entry(shape).or_default().push(matrix);
            }
        }
        others.push((end, flat.size()[0] - end));
        others.retain(|&(_, elements)| elements > 0);
        let mut mask = None;
        if flat.device().is_cuda() {
            (others, mask) = in_one_range(&others, flat);
        }
        Self {
            step: 0,
            first,
            second,
            smoothed: flat.detach().copy(),
            config,
            matrices,
            others,
            mask,
        }
    }

    /// The learning rate of the next step; `progress` is the share of the training that is done.
    pub fn learning_rate(&self, progress: f64) -> f64 {
        let step = (self.step + 1) as f64;
        let warmup = self.config.warmup_steps.max(1) as f64;
        let shape = (step / warmup).min((warmup / step).sqrt());
        let left = ((1.0 - progress) / self.config.cooldown.max(1e-9)).clamp(0.02, 1.0);
        self.config.learning_rate * shape * left
    }

    /// One step. `flat`, `gradient`: `[parameters]`; the gradient is clipped in place. Gives its norm before that, a scalar;
    /// nothing here reads it, which would wait for a GPU. A gradient that is not finite counts as none.
    pub fn step(&mut self, flat: &mut Tensor, mut gradient: Tensor, progress: f64) -> Tensor {
        let rate = self.learning_rate(progress);
        self.step += 1;
        no_grad(|| {
            let norm = gradient.norm();
            let factor = (norm.reciprocal() * self.config.clip_norm).clamp_max(1.0);
            let _ = gradient.nan_to_num_(0.0, 0.0, 0.0);
            gradient *= factor.nan_to_num(0.0, 0.0, 0.0);
            let _ = self.first.lerp_(&gradient, 1.0 - self.config.beta1);
            if self.config.weight_decay > 0.0 {
                *flat *= 1.0 - rate * self.config.weight_decay;
            }
            self.update_others(flat, &gradient, rate);
            self.update_matrices(flat, &gradient, rate);
            // Early on the copy follows quickly, so that it is not held back by the random beginning.
            let smoothing = self.config.smoothing.max(1.0 / (1.0 + self.step as f64));
            let _ = self.smoothed.lerp_(flat, smoothing);
            norm
        })
    }

    /// AdamW's update of all that Muon does not update.
    fn update_others(&self, flat: &Tensor, gradient: &Tensor, rate: f64) {
        let OptimiserConfig { beta1, beta2, .. } = self.config;
        let correction = |beta: f64| 1.0 - beta.powf(self.step as f64);
        for &(start, elements) in &self.others {
            let part = |tensor: &Tensor| tensor.narrow(0, start, elements);
            let mut second = part(&self.second);
            let _ = second.lerp_(&part(gradient).square(), 1.0 - beta2);
            let mut denominator = second.sqrt();
            denominator /= correction(beta2).sqrt();
            denominator += 1e-9;
            let mut update = part(&self.first) / denominator;
            update *= -rate / correction(beta1);
            if let Some(mask) = &self.mask {
                update *= mask;
            }
            let mut flat = part(flat);
            flat += update;
        }
    }

    /// Muon's update of the matrices. The first moment is a mean of the gradients, as AdamW's; here Nesterov's: the
    /// newest gradient counts once more.
    fn update_matrices(&self, flat: &Tensor, gradient: &Tensor, rate: f64) {
        if self.matrices.is_empty() {
            return;
        }
        let momentum = gradient.lerp(&self.first, self.config.beta1);
        for ([rows, columns], matrices) in &self.matrices {
            let stack: Vec<Tensor> = matrices.iter().map(|matrix| matrix.of(&momentum)).collect();
            let size = 0.2 * (*rows.max(columns) as f64).sqrt();
            let steps = orthogonal(&Tensor::stack(&stack, 0)) * (-rate * size);
            for (matrix, step) in matrices.iter().zip(steps.unbind(0)) {
                let mut weight = matrix.of(flat);
                weight += step;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    #[test]
    fn an_orthogonal_update_has_singular_values_about_one() {
        tch::manual_seed(1);
        let x = Tensor::randn([3, 16, 48], (Kind::Float, Device::Cpu)) * 7.0;
        let (_, values, _) = orthogonal(&x).svd(true, false);
        let (lowest, highest) = (
            values.min().double_value(&[]),
            values.max().double_value(&[]),
        );
        assert!(lowest > 0.5 && highest < 1.4, "{lowest} to {highest}");
    }

    #[test]
    fn the_rate_rises_falls_and_ends() {
        let config = OptimiserConfig {
            learning_rate: 1.0,
            warmup_steps: 4,
            cooldown: 0.5,
            ..OptimiserConfig::default()
        };
        let flat = Tensor::zeros([1], (Kind::Float, Device::Cpu));
        let mut optimiser = Optimiser::new(config, &flat, &[]);
        for (steps_before, progress, expected) in [
            (0, 0.0, 0.25),
            (1, 0.0, 0.5),
            (3, 0.0, 1.0),
            // The square root of 4 / 16.
            (15, 0.0, 0.5),
            (15, 0.5, 0.5),
            // Half of the cooldown is over.
            (15, 0.75, 0.25),
            // It does not fall below a fiftieth.
            (15, 1.0, 0.01),
        ] {
            optimiser.step = steps_before;
            let rate = optimiser.learning_rate(progress);
            assert!(
                (rate - expected).abs() < 1e-12,
                "{steps_before}, {progress}: {rate}"
            );
        }
    }

    #[test]
    fn adamw_is_what_the_paper_writes() {
        let config = OptimiserConfig {
            learning_rate: 0.1,
            warmup_steps: 1,
            weight_decay: 0.01,
            clip_norm: 2.0,
            smoothing: 0.1,
            cooldown: 0.0,
            ..OptimiserConfig::default()
        };
        let gradients = [[0.5, -1.0], [3.0, 4.0], [0.1, 0.2]];
        let mut flat = Tensor::from_slice(&[1f32, -2.0]);
        let mut optimiser = Optimiser::new(config.clone(), &flat, &[]);
        // Algorithm 2 of Loshchilov and Hutter 2019, and the smoothed copy.
        let (mut x, mut m, mut v) = ([1.0, -2.0], [0.0; 2], [0.0; 2]);
        let mut smoothed = x;
        for (step, gradient) in gradients.into_iter().enumerate() {
            let t = step as i32 + 1;
            let rate = 0.1 * (1.0 / f64::from(t)).sqrt();
            let norm = f64::hypot(gradient[0], gradient[1]);
            for at in 0..2 {
                let g = gradient[at] * (2.0 / norm).min(1.0);
                m[at] = 0.9 * m[at] + 0.1 * g;
                v[at] = 0.98 * v[at] + 0.02 * g * g;
                let (m, v) = (
                    m[at] / (1.0 - 0.9f64.powi(t)),
                    v[at] / (1.0 - 0.98f64.powi(t)),
                );
                x[at] -= rate * (m / v.sqrt() + 0.01 * x[at]);
                let share = 0.1f64.max(1.0 / f64::from(1 + t));
                smoothed[at] += share * (x[at] - smoothed[at]);
            }
            let gradient = Tensor::from_slice(&gradient.map(|value| value as f32));
            let before = optimiser.step(&mut flat, gradient, 0.0).double_value(&[]);
            assert!((before - norm).abs() < 1e-5);
        }
        for (tensor, expected) in [(&flat, x), (&optimiser.smoothed, smoothed)] {
            let values = Vec::<f64>::try_from(&tensor.to_kind(Kind::Double)).unwrap();
            for (value, expected) in values.iter().zip(expected) {
                assert!((value - expected).abs() < 1e-5, "{values:?} {expected:?}");
            }
        }
    }

    #[test]
    fn muon_is_what_its_polynomial_says() {
        // Of a diagonal matrix, the singular values are the diagonal: each goes through the polynomial by itself.
        let diagonal = [3f64, 4.0];
        let slots = [Slot {
            name: "encoder.0.self_in.weight".to_owned(),
            shape: vec![2, 3],
            offset: 0,
            is_linear_weight: true,
        }];
        let config = OptimiserConfig {
            learning_rate: 0.1,
            warmup_steps: 1,
            matrices: MatrixUpdate::Muon,
            cooldown: 0.0,
            ..OptimiserConfig::default()
        };
        let mut flat = Tensor::zeros([6], (Kind::Float, Device::Cpu));
        let mut optimiser = Optimiser::new(config, &flat, &slots);
        let gradient =
            Tensor::from_slice(&[diagonal[0] as f32, 0.0, 0.0, 0.0, diagonal[1] as f32, 0.0]);
        let _ = optimiser.step(&mut flat, gradient, 0.0);
        let values = Vec::<f32>::try_from(&flat).unwrap();
        for (at, sigma) in [(0, diagonal[0] / 5.0), (4, diagonal[1] / 5.0)] {
            let orthogonal = (0..5).fold(sigma, |x, _| {
                3.4445 * x - 4.7750 * x.powi(3) + 2.0315 * x.powi(5)
            });
            let expected = -0.1 * 0.2 * 3f64.sqrt() * orthogonal;
            assert!(
                (f64::from(values[at]) - expected).abs() < 1e-4,
                "{values:?}, {expected}"
            );
        }
        assert!(
            [1, 2, 3, 5].iter().all(|&at| values[at].abs() < 1e-6),
            "{values:?}"
        );
    }

    #[test]
    fn muon_updates_linear_weights_alone_and_turns_tall_ones() {
        let slot = |name: &str, shape: &[i64], offset| Slot {
            name: name.to_owned(),
            shape: shape.to_vec(),
            offset,
            is_linear_weight: name.starts_with("encoder") && name.ends_with(".weight"),
        };
        let slots = [
            slot("encoder.0.self_in.weight", &[6, 2], 0),
            slot("encoder.0.self_in.bias", &[6], 12),
            slot("encoder.0.self_out.weight", &[2, 6], 18),
            slot("embedding.weight", &[5, 2], 30),
        ];
        let update = |matrices| {
            tch::manual_seed(2);
            let gradient = Tensor::randn([40], (Kind::Float, Device::Cpu));
            let mut flat = gradient.zeros_like();
            let config = OptimiserConfig {
                matrices,
                warmup_steps: 1,
                ..OptimiserConfig::default()
            };
            let _ = Optimiser::new(config, &flat, &slots).step(&mut flat, gradient, 0.0);
            flat
        };
        let (adam, muon) = (update(MatrixUpdate::AdamW), update(MatrixUpdate::Muon));
        let same = |from: i64, to: i64| {
            adam.narrow(0, from, to - from)
                .equal(&muon.narrow(0, from, to - from))
        };
        assert!(same(12, 18) && same(30, 40));
        assert!(!same(0, 12) && !same(18, 30));
        let tall = muon.narrow(0, 0, 12).view([6, 2]);
        let root_mean_square = tall.square().mean(Kind::Float).sqrt().double_value(&[]);
        let expected = 0.2 * OptimiserConfig::default().learning_rate;
        assert!(
            (root_mean_square / expected - 1.0).abs() < 0.4,
            "{root_mean_square}"
        );
    }

    #[test]
    fn one_range_with_a_mask_is_the_same_update() {
        tch::manual_seed(4);
        let slots: Vec<Slot> = (0..4)
            .map(|at| Slot {
                name: format!("encoder.{at}.self_in.weight"),
                shape: vec![2, 3],
                offset: 3 + at * 8,
                is_linear_weight: true,
            })
            .collect();
        let config = OptimiserConfig {
            matrices: MatrixUpdate::Muon,
            ..OptimiserConfig::default()
        };
        let (mut flat, gradient) = (
            Tensor::randn([40], (Kind::Float, Device::Cpu)),
            Tensor::randn([40], (Kind::Float, Device::Cpu)),
        );
        let mut whole = flat.copy();
        let mut optimiser = Optimiser::new(config.clone(), &flat, &slots);
        assert_eq!(optimiser.others.len(), 5);
        let _ = optimiser.step(&mut flat, gradient.copy(), 0.0);
        let mut optimiser = Optimiser::new(config, &whole, &slots);
        (optimiser.others, optimiser.mask) = in_one_range(&optimiser.others, &whole);
        assert_eq!(optimiser.others.len(), 1);
        let _ = optimiser.step(&mut whole, gradient, 0.0);
        assert!(whole.allclose(&flat, 1e-6, 1e-7, false));
    }

    #[test]
    fn a_gradient_that_is_not_finite_changes_nothing() {
        for broken in [f32::NAN, f32::INFINITY] {
            let mut flat = Tensor::from_slice(&[1f32, -2.0]);
            let mut optimiser = Optimiser::new(OptimiserConfig::default(), &flat, &[]);
            let gradient = Tensor::from_slice(&[0.5f32, broken]);
            let norm = optimiser.step(&mut flat, gradient, 0.0).double_value(&[]);
            assert!(!norm.is_finite());
            assert_eq!(Vec::<f32>::try_from(&flat).unwrap(), [1.0, -2.0]);
            let first = Vec::<f32>::try_from(&optimiser.first).unwrap();
            assert_eq!(first, [0.0, 0.0]);
        }
    }
}
