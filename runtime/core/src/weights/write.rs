//! Writing the weights file.

use alloc::vec;
use alloc::vec::Vec;

use crate::embedding::sine;
use crate::quantization::quantise_linear;

use super::{Layout, SectionKind};

/// Writes the weights file of an f32 model: linear layers quantised, everything else unchanged.
///
/// `numbers` returns the elements of a tensor, in row-major order, by its name (see
/// [`crate::tensors`]).
///
/// # Panics
/// If a tensor does not have as many elements as its shape.
pub fn write<'t>(layout: &Layout, numbers: impl Fn(&str) -> &'t [f32]) -> Vec<u8> {
    let mut file = vec![0; layout.total_bytes() as usize];
    let (mut scales, mut sums) = (Vec::new(), Vec::new());
    let d_model = layout.architecture().d_model;
    layout.visit(|section| {
        let bytes = &mut file[section.offset..][..section.bytes];
        let Some(tensor) = section.tensor else {
            let sines = (0..section.bytes / 4).map(|at| sine(at / d_model, at % d_model, d_model));
            return put(bytes, sines.map(f32::to_le_bytes));
        };
        match section.kind {
            SectionKind::Blocked => {
                let [outputs, inputs] = tensor.shape()[..] else {
                    unreachable!("a weight has two dimensions");
                };
                // The next sections are the scales and sums.
                (scales, sums) = (vec![0.0; outputs], vec![0; outputs]);
                let mut blocked = vec![0i8; section.bytes];
                let weight = numbers(&tensor.name());
                quantise_linear(inputs, weight, &mut blocked, &mut scales, &mut sums);
                put(bytes, blocked.iter().map(|weight| weight.to_le_bytes()));
            }
            SectionKind::Scales => put(bytes, scales.iter().map(|scale| scale.to_le_bytes())),
            SectionKind::Sums => put(bytes, sums.iter().map(|sum| sum.to_le_bytes())),
            _ => {
                let numbers = numbers(&tensor.name()).iter();
                put(bytes, numbers.map(|number| number.to_le_bytes()));
            }
        }
    });
    file
}

fn put<const N: usize>(to: &mut [u8], elements: impl ExactSizeIterator<Item = [u8; N]>) {
    assert_eq!(
        to.len(),
        elements.len() * N,
        "a tensor must have as many elements as its shape"
    );
    for (to, element) in to.as_chunks_mut().0.iter_mut().zip(elements) {
        *to = element;
    }
}
