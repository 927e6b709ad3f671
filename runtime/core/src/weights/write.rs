//! Writing the weights file.

use std::vec;
use std::vec::Vec;

use crate::embedding::sine;
use crate::quantization::quantise_linear;

use super::{Layout, SectionKind};

/// The weights file of a model in f32: linear layers quantised, everything else as it is.
///
/// `tensor` gives the numbers of a tensor by its name, in row-major order: `NAME.weight` and
/// `NAME.bias` of every linear layer and of the embedding, `NAME.gamma` and `NAME.beta` of every
/// normalisation (see [`crate::parameters`]).
///
/// # Panics
/// If a tensor has not as many numbers as its layer.
pub fn write<'t>(layout: &Layout, tensor: impl Fn(&str) -> &'t [f32]) -> Vec<u8> {
    let mut file = vec![0; layout.total_bytes() as usize];
    let (mut scales, mut sums) = (Vec::new(), Vec::new());
    let d_model = layout.architecture().d_model;
    let sections = layout.sections();
    for (index, section) in sections.iter().enumerate() {
        let bytes = &mut file[section.offset..][..section.bytes];
        let layer = section
            .name
            .strip_suffix(section.kind.suffix())
            .expect("a section's name ends with its kind's suffix");
        match section.kind {
            SectionKind::Blocked => {
                // A layer's scales, of which there is one an output, follow its weights.
                let outputs = sections[index + 1].bytes / 4;
                let inputs = section.bytes / outputs;
                (scales, sums) = (vec![0.0; outputs], vec![0; outputs]);
                let mut blocked = vec![0i8; section.bytes];
                let weight = tensor(&std::format!("{layer}.weight"));
                quantise_linear(inputs, weight, &mut blocked, &mut scales, &mut sums);
                put(bytes, blocked.iter().map(|weight| weight.to_le_bytes()));
            }
            SectionKind::Scales => put(bytes, scales.iter().map(|scale| scale.to_le_bytes())),
            SectionKind::Sums => put(bytes, sums.iter().map(|sum| sum.to_le_bytes())),
            SectionKind::Positions => {
                let sines =
                    (0..section.bytes / 4).map(|at| sine(at / d_model, at % d_model, d_model));
                put(bytes, sines.map(f32::to_le_bytes));
            }
            SectionKind::Bias | SectionKind::Gamma | SectionKind::Beta => {
                let numbers = tensor(&section.name).iter();
                put(bytes, numbers.map(|number| number.to_le_bytes()));
            }
        }
    }
    file
}

fn put<const N: usize>(to: &mut [u8], elements: impl ExactSizeIterator<Item = [u8; N]>) {
    assert_eq!(
        to.len(),
        elements.len() * N,
        "a tensor has its layer's size"
    );
    for (to, element) in to.as_chunks_mut().0.iter_mut().zip(elements) {
        *to = element;
    }
}
