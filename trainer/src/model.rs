//! A model's parameters as tensors: one flat tensor, so that an optimiser's step is a few kernels, seen
//! through a leaf tensor for each name.

use std::collections::HashMap;

use anyhow::{Result, anyhow, bail};
use deshi_core::Architecture;
use deshi_core::embedding::sine;
use deshi_core::tensors::{self, Layer, TensorKind};
use tch::{Device, Kind, Tensor, no_grad};

use crate::interpreter::Precision;

/// A tensor's place in the flat one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The tensor's name, as in the checkpoint.
    pub name: String,
    /// Its shape.
    pub shape: Vec<i64>,
    /// Its first element in the flat tensor.
    pub offset: i64,
    /// Whether it is the weight of a linear layer; the embedding does not count.
    pub is_linear_weight: bool,
}

impl Slot {
    /// Elements.
    pub fn elements(&self) -> i64 {
        self.shape.iter().product()
    }
}

/// Every tensor of an architecture, in the order of the weights file.
pub fn slots(architecture: &Architecture) -> Vec<Slot> {
    let mut offset = 0;
    let slot = |tensor: tensors::Tensor| {
        let start = offset;
        offset += tensor.elements() as i64;
        Slot {
            name: tensor.to_string(),
            shape: tensor.shape().iter().map(|&size| size as i64).collect(),
            offset: start,
            is_linear_weight: matches!(tensor.layer, Layer::Linear(_))
                && tensor.kind == TensorKind::Weight,
        }
    };
    tensors::list(architecture).into_iter().map(slot).collect()
}

/// A model that can be trained.
pub struct Model {
    /// Its shape.
    pub architecture: Architecture,
    /// Every parameter: f32, `[parameters]`.
    pub flat: Tensor,
    slots: Vec<Slot>,
    leaves: HashMap<String, Tensor>,
    /// The sine table: `[maximum_positions, d_model]`.
    pub positions: Tensor,
}

impl Model {
    /// A model with random parameters: Xavier's uniform for weights (Glorot and Bengio 2010), a normal of
    /// variance `1 / d_model` for the embedding.
    pub fn random(architecture: Architecture, device: Device, seed: i64) -> Self {
        tch::manual_seed(seed);
        let slots = slots(&architecture);
        let total = slots.last().map_or(0, |last| last.offset + last.elements());
        let flat = Tensor::zeros([total], (Kind::Float, device));
        let model = Self::over(architecture, flat, slots);
        no_grad(|| {
            for slot in &model.slots {
                let mut leaf = model.leaves[&slot.name].detach();
                if slot.is_linear_weight {
                    let limit = (6.0 / (slot.shape[0] + slot.shape[1]) as f64).sqrt();
                    let _ = leaf.uniform_(-limit, limit);
                } else if slot.name.ends_with(".weight") {
                    let _ = leaf.normal_(0.0, (slot.shape[1] as f64).powf(-0.5));
                } else if slot.name.ends_with(".gamma") {
                    let _ = leaf.fill_(1.0);
                }
            }
        });
        model
    }

    fn over(architecture: Architecture, flat: Tensor, slots: Vec<Slot>) -> Self {
        let leaves = slots
            .iter()
            .map(|slot| {
                let view = flat
                    .narrow(0, slot.offset, slot.elements())
                    .view(slot.shape.as_slice());
                (slot.name.clone(), view.detach().set_requires_grad(true))
            })
            .collect();
        let Architecture {
            d_model,
            maximum_positions,
            ..
        } = architecture;
        let table: Vec<f32> = (0..maximum_positions)
            .flat_map(|position| {
                (0..d_model).map(move |column| sine(&architecture, position, column))
            })
            .collect();
        let positions = Tensor::from_slice(&table)
            .view([maximum_positions as i64, d_model as i64])
            .to_device(flat.device());
        Self {
            architecture,
            flat,
            slots,
            leaves,
            positions,
        }
    }

    /// A model of the parameters in a flat tensor, which is copied.
    pub fn from_flat(architecture: Architecture, flat: &Tensor) -> Self {
        Self::over(architecture, flat.detach().copy(), slots(&architecture))
    }

    /// A model of named tensors.
    ///
    /// # Errors
    /// If one is missing, is left over, or has another shape.
    pub fn from_named(
        architecture: Architecture,
        mut named: HashMap<String, Tensor>,
        device: Device,
    ) -> Result<Self> {
        let slots = slots(&architecture);
        let parts = slots
            .iter()
            .map(|slot| {
                let tensor = named
                    .remove(&slot.name)
                    .ok_or_else(|| anyhow!("no tensor {}", slot.name))?;
                if tensor.size() != slot.shape {
                    bail!(
                        "{} is {:?}, but must be {:?}",
                        slot.name,
                        tensor.size(),
                        slot.shape
                    );
                }
                Ok(tensor.to_kind(Kind::Float).reshape([-1]))
            })
            .collect::<Result<Vec<_>>>()?;
        if let Some(name) = named.keys().next() {
            bail!("the architecture has no tensor {name}");
        }
        Ok(Self::over(
            architecture,
            Tensor::cat(&parts, 0).to_device(device),
            slots,
        ))
    }

    /// The same model for translating: linear layers in bf16 where they compute in it, so that a decoder's step does not narrow
    /// them anew. The embedding stays as it is: it is looked up in f32.
    #[must_use]
    pub fn for_inference(mut self, precision: Precision) -> Self {
        if precision == Precision::Bf16 {
            for slot in &self.slots {
                if slot.is_linear_weight || slot.name.ends_with(".bias") {
                    let leaf = &self.leaves[&slot.name];
                    let narrow = leaf.detach().to_kind(Kind::BFloat16);
                    self.leaves.insert(slot.name.clone(), narrow);
                }
            }
        }
        self
    }

    /// Every tensor's place in the flat one.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Every tensor with its name, in order.
    pub fn named(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.slots
            .iter()
            .map(|slot| (slot.name.as_str(), &self.leaves[&slot.name]))
    }

    /// A tensor by its name.
    ///
    /// # Panics
    /// If the architecture has no tensor of this name.
    pub fn get(&self, name: &str) -> &Tensor {
        &self.leaves[name]
    }

    /// Copies the tensors that another model has too, by name and shape, and says how many: a student begins with
    /// its teacher's encoder, embedding and attention, whatever its decoder's recurrence (Shleifer and Rush 2020,
    /// "Pre-trained Summarization Distillation": shrink and fine-tune).
    pub fn take_from(&self, other: &Self) -> usize {
        let shared: Vec<_> = self
            .named()
            .filter_map(|(name, leaf)| Some((leaf, other.leaves.get(name)?)))
            .filter(|(leaf, theirs)| leaf.size() == theirs.size())
            .collect();
        no_grad(|| {
            for (leaf, theirs) in &shared {
                leaf.detach().copy_(theirs);
            }
        });
        shared.len()
    }

    /// The gradient of a loss with respect to every parameter: `[parameters]`.
    pub fn gradient(&self, loss: &Tensor) -> Tensor {
        let leaves: Vec<&Tensor> = self.named().map(|(_, leaf)| leaf).collect();
        let gradients = Tensor::run_backward(&[loss], &leaves, false, false);
        let parts: Vec<Tensor> = gradients
            .iter()
            .map(|gradient| gradient.reshape([-1]))
            .collect();
        Tensor::cat(&parts, 0)
    }
}

#[cfg(test)]
mod tests {
    use deshi_core::DecoderKind;
    use deshi_core::random_model::SMALL;

    use super::*;

    #[test]
    fn a_student_takes_what_its_teacher_has_too() {
        let teacher = Architecture {
            decoder: DecoderKind::SelfAttention,
            ..SMALL
        };
        let teacher = Model::random(teacher, Device::Cpu, 1);
        let student = Model::random(SMALL, Device::Cpu, 2);
        let before = Model::from_flat(SMALL, &student.flat);
        let taken = student.take_from(&teacher);
        let mut shared = 0;
        for (name, leaf) in student.named() {
            let theirs = teacher.leaves.get(name);
            match theirs.filter(|theirs| theirs.size() == leaf.size()) {
                Some(theirs) => {
                    shared += 1;
                    assert_eq!(leaf, theirs, "{name}");
                }
                None => assert_eq!(leaf, before.get(name), "{name}"),
            }
        }
        assert_eq!(taken, shared);
        assert!(0 < taken && taken < student.slots().len());
    }

    #[test]
    fn a_model_for_inference_computes_what_it_did() {
        use crate::beam_search::{Beam, search};
        use crate::interpreter::Mode;
        for precision in [Precision::F32, Precision::Bf16] {
            let model = Model::random(SMALL, Device::Cpu, 7);
            let source: &[u16] = &[300, 301, 305, 0];
            let mode = Mode::inference(precision);
            let before = search(&model, mode, &[source], Beam::GREEDY);
            let model = model.for_inference(precision);
            let kind = model.get("encoder.0.self_in.weight").kind();
            assert_eq!(kind == Kind::BFloat16, precision == Precision::Bf16);
            assert_eq!(model.get("embedding.weight").kind(), Kind::Float);
            assert_eq!(search(&model, mode, &[source], Beam::GREEDY), before);
        }
    }
}
