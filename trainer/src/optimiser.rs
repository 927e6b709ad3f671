//! AdamW (Loshchilov and Hutter 2019) over one flat tensor, with a state that can be saved, and the
//! exponential smoothing of the parameters.

use serde::{Deserialize, Serialize};
use tch::{Tensor, no_grad};

/// A recipe's `[..optimiser]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimiserConfig {
    /// Learning rate at the end of the warm-up.
    pub learning_rate: f64,
    /// Steps over which the rate rises in a straight line; then it falls with the inverse square root.
    pub warmup_steps: u64,
    /// First moment's decay.
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
}

impl Optimiser {
    /// An optimiser before its first step.
    pub fn new(config: OptimiserConfig, flat: &Tensor) -> Self {
        let (first, second) = (flat.zeros_like(), flat.zeros_like());
        Self {
            step: 0,
            first,
            second,
            smoothed: flat.detach().copy(),
            config,
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

    /// One step. `flat`, `gradient`: `[parameters]`. Gives the gradient's norm, before it was clipped.
    pub fn step(&mut self, flat: &mut Tensor, gradient: Tensor, progress: f64) -> f64 {
        let rate = self.learning_rate(progress);
        self.step += 1;
        no_grad(|| {
            let norm = gradient.norm().double_value(&[]);
            if !norm.is_finite() {
                return norm;
            }
            let gradient = gradient * (self.config.clip_norm / norm.max(self.config.clip_norm));
            let OptimiserConfig { beta1, beta2, .. } = self.config;
            let correction = |beta: f64| 1.0 - beta.powf(self.step as f64);
            let _ = self.first.lerp_(&gradient, 1.0 - beta1);
            let _ = self.second.lerp_(&gradient.square(), 1.0 - beta2);
            let denominator = self.second.sqrt() / correction(beta2).sqrt() + 1e-9;
            let update = &self.first / denominator * (-rate / correction(beta1));
            if self.config.weight_decay > 0.0 {
                *flat *= 1.0 - rate * self.config.weight_decay;
            }
            *flat += update;
            // Early on the copy follows quickly, so that it is not held back by the random beginning.
            let smoothing = self.config.smoothing.max(1.0 / (1.0 + self.step as f64));
            let _ = self.smoothed.lerp_(flat, smoothing);
            norm
        })
    }
}
