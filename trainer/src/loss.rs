//! What a student minimises (Kim and Rush 2016, section 3), and the output layer that it is the loss of.
//!
//! The logits of a batch are by far its largest tensor: 48 MB for 2,000 tokens and a vocabulary of 6,000, several times over
//! when automatic differentiation keeps what it needs. So [`loss`] goes through the output layer a few rows at a time, and
//! writes the gradient down instead: for logits `z`, `p = softmax(z)`, a target `t` and a teacher's `q`, a row's is
//!
//! ```text
//! p - (1 - word_kd) * ((1 - smoothing) * onehot(t) + smoothing / V) - word_kd * q
//! ```

use deshi_core::tensors::EMBEDDING;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor, no_grad};

use crate::batch::Batch;
use crate::interpreter::{Mode, Precision, Torch, product};
use crate::model::Model;

/// Rows that go through the output layer together: their logits fit a CPU's cache.
const CPU_ROWS: i64 = 256;
/// Logits that a GPU computes together: a gigabyte in f32, so that a batch is one piece, or a few.
const GPU_LOGITS: i64 = 1 << 28;

/// A recipe's `[..loss]`: `(1 - word_kd) * NLL + word_kd * WordKD`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LossConfig {
    /// Label smoothing of the NLL.
    pub label_smoothing: f64,
    /// Share of Word-KD: 0 for NLL alone. Above 0 the student needs a teacher.
    pub word_kd: f64,
    /// The teacher's most probable tokens that Word-KD looks at, renormalised; 0 for all.
    pub word_kd_top: i64,
}

impl Default for LossConfig {
    fn default() -> Self {
        Self {
            label_smoothing: 0.1,
            word_kd: 0.0,
            word_kd_top: 0,
        }
    }
}

/// A model before its output layer: one row for each target token of a batch.
pub struct Rows<'m> {
    model: &'m Model,
    precision: Precision,
    /// `[tokens, d_model]`
    hidden: Tensor,
}

impl<'m> Rows<'m> {
    /// Runs a model on a batch.
    pub fn of(model: &'m Model, mode: Mode, batch: &Batch) -> Self {
        let mut torch = Torch::new(model, mode, &batch.source_padding);
        let memories = torch.encode(&batch.source);
        let mut states = torch.states();
        let hidden = torch.hidden(&batch.target_in, 0, &memories, &mut states);
        let width = model.architecture.d_model as i64;
        Self {
            model,
            precision: mode.precision,
            hidden: hidden.reshape([-1, width]).index_select(0, &batch.places),
        }
    }

    /// Every row's logits: `[tokens, vocabulary_size]`.
    pub fn logits(&self) -> Tensor {
        self.logits_of(&self.hidden)
    }

    fn logits_of(&self, hidden: &Tensor) -> Tensor {
        product(self.model, self.precision, hidden, EMBEDDING).to_kind(Kind::Float)
    }

    /// The teacher's distribution in some rows: tokens, where it is of the `top` tokens alone, and probabilities.
    fn distribution(&self, start: i64, count: i64, top: i64) -> (Option<Tensor>, Tensor) {
        let hidden = self.hidden.narrow(0, start, count);
        let logits = self.logits_of(&hidden);
        if top > 0 {
            let (logits, tokens) = logits.topk(top, -1, true, false);
            (Some(tokens), logits.softmax(-1, Kind::Float))
        } else {
            (None, logits.softmax(-1, Kind::Float))
        }
    }
}

/// A batch's loss.
pub struct Loss {
    /// The mean over the target tokens, a scalar where the model is: reading it waits for the device.
    pub value: Tensor,
    /// A scalar whose gradient is the loss's; its value has no meaning.
    pub surrogate: Tensor,
}

/// The mean loss of a batch's tokens. `targets: [tokens]`.
pub fn loss(
    config: &LossConfig,
    student: &Rows<'_>,
    teacher: Option<&Rows<'_>>,
    targets: &Tensor,
) -> Loss {
    if student.precision == Precision::Int8 {
        // The rounding passes gradients through in ways that automatic differentiation knows best.
        let teacher = teacher.map(|teacher| no_grad(|| teacher.logits()));
        let mean = mean_loss(config, &student.logits(), teacher.as_ref(), targets);
        return Loss {
            value: mean.detach(),
            surrogate: mean,
        };
    }
    let rows = if targets.device().is_cuda() {
        (GPU_LOGITS / student.model.architecture.vocabulary_size as i64).max(1)
    } else {
        CPU_ROWS
    };
    by_rows(config, student, teacher, targets, rows)
}

/// The gradients of the sum of a batch's losses.
struct Gradients {
    hidden: Tensor,
    weight: Tensor,
    bias: Tensor,
}

fn by_rows(
    config: &LossConfig,
    student: &Rows<'_>,
    teacher: Option<&Rows<'_>>,
    targets: &Tensor,
    rows: i64,
) -> Loss {
    let weight = student.model.get(&format!("{EMBEDDING}.weight"));
    let bias = student.model.get(&format!("{EMBEDDING}.bias"));
    let kind = match student.precision {
        Precision::Bf16 => Kind::BFloat16,
        Precision::F32 | Precision::Int8 => Kind::Float,
    };
    let word_kd = if teacher.is_some() {
        config.word_kd
    } else {
        0.0
    };
    let smoothing = config.label_smoothing;
    let (count, device) = (targets.size()[0], targets.device());
    let [size, width] = [weight.size()[0], weight.size()[1]];
    let (value, gradients) = no_grad(|| {
        let (w, b) = (weight.detach().to_kind(kind), bias.detach().to_kind(kind));
        let hidden = student.hidden.detach().to_kind(kind);
        let (mean_weight, mean_bias) = (
            weight.mean_dim([0].as_slice(), false, Kind::Float),
            bias.mean(Kind::Float),
        );
        let f32 = (Kind::Float, device);
        let mut gradients = Gradients {
            hidden: Tensor::empty([count, width], f32),
            weight: Tensor::zeros([size, width], f32),
            bias: Tensor::zeros([size], f32),
        };
        let buffer = || Tensor::empty([rows.min(count), size], f32);
        let (logits_buffer, p_buffer) = (buffer(), buffer());
        let mut total = Tensor::zeros([], f32);
        for start in (0..count).step_by(rows as usize) {
            let here = rows.min(count - start);
            let h = hidden.narrow(0, start, here);
            let target = targets.narrow(0, start, here).unsqueeze(1);
            let logits = if kind == Kind::Float {
                b.addmm_out(&logits_buffer.narrow(0, 0, here), &h, &w.tr())
            } else {
                b.addmm(&h, &w.tr()).to_kind(Kind::Float)
            };
            let mut p = logits.internal_softmax_out(&p_buffer.narrow(0, 0, here), -1, false);
            // Below the smallest f32, a probability counts as that.
            let log_p = p.gather(1, &target, false).clamp_min(1e-38).log();
            let log_sum = logits.gather(1, &target, false) - &log_p;
            let mean_logit = h.to_kind(Kind::Float).matmul(&mean_weight).unsqueeze(1) + &mean_bias;
            let nll = log_p * (smoothing - 1.0) + (&log_sum - mean_logit) * smoothing;
            let mut each = nll * (1.0 - word_kd);
            if let Some(teacher) = teacher.filter(|_| word_kd > 0.0) {
                let (tokens, q) = teacher.distribution(start, here, config.word_kd_top);
                let theirs = match &tokens {
                    Some(tokens) => logits.gather(1, tokens, false),
                    None => logits.shallow_clone(),
                };
                let expected = (&q * theirs).sum_dim_intlist([1].as_slice(), true, Kind::Float);
                each += (log_sum - expected) * word_kd;
                let q = q * -word_kd;
                let _ = match &tokens {
                    Some(tokens) => p.scatter_add_(1, tokens, &q),
                    None => p.g_add_(&q),
                };
            }
            total += each.sum(Kind::Float);
            let peak = Tensor::full([here, 1], (word_kd - 1.0) * (1.0 - smoothing), f32);
            let _ = p.scatter_add_(1, &target, &peak);
            gradients.bias += p.sum_dim_intlist([0].as_slice(), false, Kind::Float);
            let p = p.to_kind(kind);
            gradients.hidden.narrow(0, start, here).copy_(&p.mm(&w));
            if kind == Kind::Float {
                let _ = gradients.weight.addmm_(&p.tr(), &h);
            } else {
                gradients.weight += p.tr().mm(&h);
            }
        }
        // What label smoothing takes from every logit alike.
        let uniform = (1.0 - word_kd) * smoothing / size as f64;
        gradients.hidden -= mean_weight * (uniform * size as f64);
        gradients.weight -= hidden.sum_dim_intlist([0].as_slice(), false, Kind::Float) * uniform;
        gradients.bias -= uniform * count as f64;
        (total / count as f64, gradients)
    });
    let part = |x: &Tensor, gradient: Tensor| (x * gradient).sum(Kind::Float);
    let sum = part(&student.hidden, gradients.hidden)
        + part(weight, gradients.weight)
        + part(bias, gradients.bias);
    Loss {
        value,
        surrogate: sum / count as f64,
    }
}

/// The same loss by automatic differentiation, of logits that are there.
///
/// # Shapes
/// `logits, teacher: [tokens, vocabulary_size]`; `targets: [tokens]`
pub fn mean_loss(
    config: &LossConfig,
    logits: &Tensor,
    teacher: Option<&Tensor>,
    targets: &Tensor,
) -> Tensor {
    let log_p = logits.log_softmax(-1, Kind::Float);
    let of_target = -log_p
        .gather(-1, &targets.unsqueeze(-1), false)
        .squeeze_dim(-1);
    let smooth = config.label_smoothing;
    let mut each = if smooth > 0.0 {
        of_target * (1.0 - smooth) - log_p.mean_dim([-1].as_slice(), false, Kind::Float) * smooth
    } else {
        of_target
    };
    if let (Some(teacher), share) = (teacher, config.word_kd)
        && share > 0.0
    {
        each = each * (1.0 - share) + word_kd(&log_p, teacher, config.word_kd_top) * share;
    }
    each.mean(Kind::Float)
}

/// `-sum_k q(k) log p(k)` of each row. `log_p, teacher: [tokens, vocabulary_size]` -> `[tokens]`.
fn word_kd(log_p: &Tensor, teacher: &Tensor, top: i64) -> Tensor {
    let (logits, log_p) = if top > 0 {
        let (logits, tokens) = teacher.topk(top, -1, true, false);
        (logits, log_p.gather(-1, &tokens, false))
    } else {
        (teacher.shallow_clone(), log_p.shallow_clone())
    };
    -(logits.softmax(-1, Kind::Float) * log_p).sum_dim_intlist([-1].as_slice(), false, Kind::Float)
}

#[cfg(test)]
mod tests {
    use deshi_core::random_model::SMALL;
    use deshi_corpus::examples::Example;
    use tch::Device;

    use super::*;

    #[test]
    fn losses_are_what_they_are_by_hand() {
        // p = 1/8, 2/8, 5/8; the target is the second; q = 2/4, 1/4, 1/4.
        let logits = Tensor::from_slice(&[1f32, 2.0, 5.0]).log().unsqueeze(0);
        let teacher = Tensor::from_slice(&[2f32, 1.0, 1.0]).log().unsqueeze(0);
        let targets = Tensor::from_slice(&[1i64]);
        for (label_smoothing, word_kd, word_kd_top, expected) in [
            (0.0, 0.0, 0, 1.386_294),
            // 0.9 * 1.386294 + 0.1 * (2.079442 + 1.386294 + 0.470004) / 3
            (0.1, 0.0, 0, 1.378_856),
            // 2.079442 / 2 + 1.386294 / 4 + 0.470004 / 4
            (0.1, 1.0, 0, 1.503_795),
            (0.1, 0.5, 0, 1.441_326),
            (0.1, 0.5, 1, 1.729_149),
        ] {
            let config = LossConfig {
                label_smoothing,
                word_kd,
                word_kd_top,
            };
            let loss = mean_loss(&config, &logits, Some(&teacher), &targets).double_value(&[]);
            assert!((loss - expected).abs() < 1e-5, "{config:?}: {loss}");
        }
    }

    fn batch() -> Batch {
        let examples: Vec<Example> = (1..9u16)
            .map(|length| Example {
                source: (0..length).map(|at| 262 + at * 3).chain([0]).collect(),
                target: (0..length).map(|at| 290 - at * 2).chain([0]).collect(),
            })
            .collect();
        Batch::new(&examples, Device::Cpu)
    }

    #[test]
    fn row_by_row_it_is_the_same_loss_with_the_same_gradient() {
        let (model, teacher) = (
            Model::random(SMALL, Device::Cpu, 1),
            Model::random(SMALL, Device::Cpu, 2),
        );
        let (batch, mode) = (batch(), Mode::inference(Precision::F32));
        let teacher = no_grad(|| Rows::of(&teacher, mode, &batch));
        for (label_smoothing, word_kd, word_kd_top) in [
            (0.0, 0.0, 0),
            (0.1, 0.0, 0),
            (0.1, 0.4, 0),
            (0.2, 0.7, 5),
            (0.0, 1.0, 5),
        ] {
            let config = LossConfig {
                label_smoothing,
                word_kd,
                word_kd_top,
            };
            let student = Rows::of(&model, mode, &batch);
            let logits = no_grad(|| teacher.logits());
            let mean = mean_loss(&config, &student.logits(), Some(&logits), &batch.targets);
            let (value, expected) = (mean.double_value(&[]), model.gradient(&mean));
            for rows in [7, 1000] {
                let student = Rows::of(&model, mode, &batch);
                let loss = by_rows(&config, &student, Some(&teacher), &batch.targets, rows);
                let found = loss.value.double_value(&[]);
                assert!((found - value).abs() < 1e-5, "{config:?}: {found} {value}");
                let gradient = model.gradient(&loss.surrogate);
                let difference = (gradient - &expected).abs().max().double_value(&[]);
                let largest = expected.abs().max().double_value(&[]);
                assert!(
                    difference < 1e-5 * largest.max(0.1),
                    "{config:?}: {difference} of {largest}"
                );
            }
        }
    }
}
