//! What a student minimises (Kim and Rush 2016, section 3).

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

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

/// The mean loss of a batch's tokens.
///
/// # Shapes
/// `logits, teacher: [batch, n, vocabulary_size]`; `targets: [batch, n]`; `padding: [batch, n]`, true where
/// nothing counts
pub fn loss(
    config: &LossConfig,
    logits: &Tensor,
    teacher: Option<&Tensor>,
    targets: &Tensor,
    padding: &Tensor,
) -> Tensor {
    let log_p = logits.log_softmax(-1, Kind::Float);
    let words = padding.logical_not().to_kind(Kind::Float);
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
    (each * &words).sum(Kind::Float) / words.sum(Kind::Float)
}

/// `-sum_k q(k) log p(k)` at each position. `log_p, teacher: [batch, n, vocabulary_size]` -> `[batch, n]`.
fn word_kd(log_p: &Tensor, teacher: &Tensor, top: i64) -> Tensor {
    let (logits, log_p) = if top > 0 {
        let (logits, tokens) = teacher.topk(top, -1, true, false);
        (logits, log_p.gather(-1, &tokens, false))
    } else {
        (teacher.shallow_clone(), log_p.shallow_clone())
    };
    -(logits.softmax(-1, Kind::Float) * log_p).sum_dim_intlist([-1].as_slice(), false, Kind::Float)
}
