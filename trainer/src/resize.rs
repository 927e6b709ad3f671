//! A model with more or fewer feed-forward units than the one that it begins with.
//!
//! Pruning: of each feed-forward layer `out(ReLU(in(x)))`, the units with the largest product of the norms of their weights
//! into and out of them are kept (magnitude pruning of whole units: Li et al. 2017, "Pruning Filters for Efficient ConvNets"), so
//! that file and time shrink with the layer. Widening: new units have random weights into them and zeros out of them, so
//! that the model computes what it did (Chen et al. 2016, "Net2Net").
//!
//! Attention heads stay: an architecture's heads share its width, so that fewer heads would only be wider ones.

use anyhow::{Result, bail};
use tch::{Kind, Tensor, no_grad};

use crate::model::Model;

const INTO: &str = ".feed_forward_in.weight";

impl Model {
    /// Takes every tensor of another model, which may differ in the width of its feed-forward layers alone.
    ///
    /// # Errors
    /// If it differs in more.
    pub fn take_resized(&self, other: &Self) -> Result<()> {
        let same = deshi_core::Architecture {
            d_ff: self.architecture.d_ff,
            maximum_positions: self.architecture.maximum_positions,
            ..other.architecture
        };
        if same != self.architecture {
            bail!(
                "a resized model may differ in d_ff alone: {:?} is not {:?}",
                other.architecture,
                self.architecture
            );
        }
        self.take_from(other);
        let layers = self.named().filter_map(|(name, _)| name.strip_suffix(INTO));
        no_grad(|| layers.for_each(|layer| self.take_units(other, layer)));
        Ok(())
    }

    /// Takes the most important units of a layer, in their order.
    fn take_units(&self, other: &Self, layer: &str) {
        let [into, bias, out] = ["in.weight", "in.bias", "out.weight"]
            .map(|tensor| format!("{layer}.feed_forward_{tensor}"));
        let [mut ours_into, mut ours_bias, mut ours_out] =
            [&into, &bias, &out].map(|name| self.get(name).detach());
        let importance = importance(other.get(&into), other.get(&bias), other.get(&out));
        let taken = importance.size()[0].min(ours_bias.size()[0]);
        let (_, best) = importance.topk(taken, 0, true, true);
        let (kept, _) = best.sort(0, false);
        // Zeros out of new units; their random weights into them stay.
        let _ = ours_out.zero_();
        for (ours, theirs, dimension) in [
            (&mut ours_into, &into, 0),
            (&mut ours_bias, &bias, 0),
            (&mut ours_out, &out, 1),
        ] {
            let theirs = other.get(theirs).detach().index_select(dimension, &kept);
            ours.narrow(dimension, 0, taken).copy_(&theirs);
        }
    }
}

/// Each unit's importance: `[d_ff]`, of weights `[d_ff, d_model]`, `[d_ff]` and `[d_model, d_ff]`.
fn importance(into: &Tensor, bias: &Tensor, out: &Tensor) -> Tensor {
    let sum =
        |squares: Tensor, dimension: i64| squares.sum_dim_intlist(dimension, false, Kind::Float);
    let into = sum(into.detach().square(), 1) + bias.detach().square();
    (into * sum(out.detach().square(), 0)).sqrt()
}

#[cfg(test)]
mod tests {
    use deshi_core::Architecture;
    use deshi_core::random_model::SMALL;
    use tch::Device;

    use super::*;

    fn of(d_ff: usize, seed: i64) -> Model {
        Model::random(Architecture { d_ff, ..SMALL }, Device::Cpu, seed)
    }

    fn assert_equal(one: &Model, other: &Model) {
        for (name, tensor) in one.named() {
            assert_eq!(tensor, other.get(name), "{name}");
        }
    }

    #[test]
    fn a_widened_model_pruned_again_is_the_model() {
        let model = of(SMALL.d_ff, 1);
        let wide = of(SMALL.d_ff * 2, 2);
        wide.take_resized(&model).unwrap();
        let narrow = of(SMALL.d_ff, 3);
        narrow.take_resized(&wide).unwrap();
        assert_equal(&narrow, &model);
        // The new units have weights into them, and none out of them.
        for (name, tensor) in wide.named() {
            let new = |dimension| tensor.narrow(dimension, SMALL.d_ff as i64, SMALL.d_ff as i64);
            let norm = |part: Tensor| part.detach().square().sum(Kind::Double).double_value(&[]);
            if name.ends_with("feed_forward_out.weight") {
                assert_eq!(norm(new(1)), 0.0, "{name}");
            } else if name.ends_with(INTO) {
                assert!(norm(new(0)) > 0.0, "{name}");
            }
        }
    }

    #[test]
    fn the_most_important_units_are_kept_in_their_order() {
        let model = of(SMALL.d_ff, 1);
        let [into, out] = ["in", "out"].map(|end| format!("encoder.0.feed_forward_{end}.weight"));
        // Unit 3 leads nowhere, unit 0 leads furthest.
        no_grad(|| {
            let _ = model.get(&out).detach().select(1, 3).zero_();
            let _ = model.get(&out).detach().select(1, 0).fill_(9.0);
        });
        let narrow = of(SMALL.d_ff - 1, 2);
        narrow.take_resized(&model).unwrap();
        let theirs = model.get(&into).detach();
        let expected = Tensor::cat(
            &[
                theirs.narrow(0, 0, 3),
                theirs.narrow(0, 4, SMALL.d_ff as i64 - 4),
            ],
            0,
        );
        assert_eq!(narrow.get(&into).detach(), expected);
    }

    #[test]
    fn a_model_of_another_kind_is_refused() {
        let other = Architecture {
            encoder_layers: SMALL.encoder_layers + 1,
            ..SMALL
        };
        let other = Model::random(other, Device::Cpu, 1);
        let error = of(SMALL.d_ff, 1).take_resized(&other).unwrap_err();
        assert!(error.to_string().contains("d_ff alone"), "{error}");
    }
}
