//! Writing the weights file.

use alloc::vec;
use alloc::vec::Vec;

use crate::embedding::sine;
use crate::quantization::{arrange_linear, quantise_linear, quantise_row, scale};

use super::{Layout, SectionKind};

/// A tensor's numbers, in row-major order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Numbers<'t> {
    /// Weights are quantised when they are written.
    F32(&'t [f32]),
    /// Weights that are quantised already: they are written as they are.
    Int8 {
        /// Within -127 and 127.
        values: &'t [i8],
        /// What an int8 step of each row is worth.
        scales: &'t [f32],
    },
}

impl<'t> From<&'t [f32]> for Numbers<'t> {
    fn from(numbers: &'t [f32]) -> Self {
        Self::F32(numbers)
    }
}

impl<'t> From<&'t Vec<f32>> for Numbers<'t> {
    fn from(numbers: &'t Vec<f32>) -> Self {
        Self::F32(numbers)
    }
}

/// Writes the weights file of a model: f32 weights quantised, everything else unchanged.
///
/// `numbers` returns the elements of a tensor by its name (see [`crate::tensors`]).
///
/// # Panics
/// If a tensor does not have as many elements as its shape, or one that is not a weight is int8.
pub fn write<'t, N: Into<Numbers<'t>>>(layout: &Layout, numbers: impl Fn(&str) -> N) -> Vec<u8> {
    let mut file = vec![0; layout.total_bytes() as usize];
    let (mut scales, mut sums) = (Vec::new(), Vec::new());
    let architecture = layout.architecture();
    let d_model = architecture.d_model;
    layout.visit(|section| {
        let bytes = &mut file[section.offset..][..section.bytes];
        let Some(tensor) = section.tensor else {
            let sines =
                (0..section.bytes / 4).map(|at| sine(architecture, at / d_model, at % d_model));
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
                let given: Numbers<'t> = numbers(&tensor.name()).into();
                match given {
                    Numbers::F32(weight) => {
                        quantise_linear(inputs, weight, &mut blocked, &mut scales, &mut sums);
                    }
                    Numbers::Int8 {
                        values,
                        scales: given,
                    } => {
                        scales.copy_from_slice(given);
                        arrange_linear(inputs, values, &mut blocked, &mut sums);
                    }
                }
                put(bytes, blocked.iter().map(|weight| weight.to_le_bytes()));
            }
            SectionKind::Rows => {
                let ids = tensor.shape()[0];
                let given: Numbers<'t> = numbers(&tensor.name()).into();
                // The next section is the scales.
                match given {
                    Numbers::F32(weight) => {
                        assert_eq!(weight.len(), section.bytes, "{tensor}: [ids, d_model]");
                        scales.clear();
                        let rows = weight.chunks_exact(d_model);
                        for (row, bytes) in rows.zip(bytes.chunks_exact_mut(d_model)) {
                            scales.push(scale(row));
                            quantise_row(row, |at, value| bytes[at] = value as u8);
                        }
                    }
                    Numbers::Int8 {
                        values,
                        scales: given,
                    } => {
                        assert_eq!(given.len(), ids, "{tensor}: a scale for each row");
                        scales = given.to_vec();
                        put(bytes, values.iter().map(|value| value.to_le_bytes()));
                    }
                }
            }
            SectionKind::Scales => put(bytes, scales.iter().map(|scale| scale.to_le_bytes())),
            SectionKind::Sums => put(bytes, sums.iter().map(|sum| sum.to_le_bytes())),
            _ => {
                let given: Numbers<'t> = numbers(&tensor.name()).into();
                let Numbers::F32(numbers) = given else {
                    panic!("{tensor} is not a weight, so it must be f32");
                };
                put(bytes, numbers.iter().map(|number| number.to_le_bytes()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aligned::AlignedBytes;
    use crate::random_model::{self, SMALL};
    use crate::tensors;
    use crate::weights::Weights;
    use std::collections::BTreeMap;
    use std::string::ToString;

    #[test]
    fn int8_weights_are_written_as_they_are() {
        let layout = Layout::new(&SMALL).unwrap();
        let exact = random_model::tensors(&SMALL, 3);
        // Not what quantising would choose: small values of one scale.
        let int8: BTreeMap<_, (Vec<i8>, Vec<f32>)> = tensors::list(&SMALL)
            .into_iter()
            .filter(|tensor| tensor.kind == tensors::TensorKind::Weight)
            .map(|tensor| {
                let values = (0..tensor.elements()).map(|at| (at * 7 % 11) as i8 - 5);
                let scales = vec![0.013; tensor.shape()[0]];
                (tensor.to_string(), (values.collect(), scales))
            })
            .collect();
        let file = write(&layout, |name| match int8.get(name) {
            Some((values, scales)) => Numbers::Int8 { values, scales },
            None => Numbers::F32(&exact[name]),
        });
        let file = AlignedBytes::copy(&file);
        let weights = Weights::new(&SMALL, file.bytes()).unwrap();
        assert!(weights.embedding().sums_are_right());
        let read = weights.tensors();
        for (name, numbers) in &exact {
            match int8.get(name) {
                Some((values, _)) => {
                    let expected = values.iter().map(|&value| f32::from(value) * 0.013);
                    assert!(read[name].iter().copied().eq(expected), "{name}");
                }
                None => assert_eq!(&read[name], numbers, "{name}"),
            }
        }
    }
}
