//! Examples to padded tensors.

use deshi_core::vocabulary::{END, START};
use deshi_corpus::examples::Example;
use tch::{Device, Tensor};

/// Token ids, padded with END: `[batch, longest]`, i64; and true where there is padding.
pub fn pad(rows: &[&[u16]], device: Device) -> (Tensor, Tensor) {
    let longest = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let mut ids = vec![i64::from(END); rows.len() * longest];
    let mut padding = vec![true; rows.len() * longest];
    for (row, tokens) in rows.iter().enumerate() {
        for (column, &token) in tokens.iter().enumerate() {
            ids[row * longest + column] = token.into();
            padding[row * longest + column] = false;
        }
    }
    let shape = [rows.len() as i64, longest as i64];
    (
        Tensor::from_slice(&ids).view(shape).to_device(device),
        Tensor::from_slice(&padding).view(shape).to_device(device),
    )
}

/// A batch of examples, ready for training.
pub struct Batch {
    /// `[batch, source_len]`
    pub source: Tensor,
    /// True where `source` is padding: `[batch, source_len]`
    pub source_padding: Tensor,
    /// What the decoder reads, START first: `[batch, target_len]`
    pub target_in: Tensor,
    /// The target's tokens, one sentence after the other, without padding: `[tokens]`
    pub targets: Tensor,
    /// The position of each of them in the flattened `target_in`: `[tokens]`
    pub places: Tensor,
    /// Target tokens, without padding.
    pub tokens: usize,
}

impl Batch {
    /// Pads examples.
    pub fn new<'e>(examples: impl IntoIterator<Item = &'e Example>, device: Device) -> Self {
        let (mut sources, mut targets): (Vec<&[u16]>, Vec<&[u16]>) = (Vec::new(), Vec::new());
        for example in examples {
            sources.push(&example.source);
            targets.push(&example.target);
        }
        let shifted: Vec<Vec<u16>> = targets
            .iter()
            .map(|target| {
                std::iter::once(START as u16)
                    .chain(target[..target.len() - 1].iter().copied())
                    .collect()
            })
            .collect();
        let shifted: Vec<&[u16]> = shifted.iter().map(Vec::as_slice).collect();
        let longest = targets.iter().map(|target| target.len()).max().unwrap_or(0);
        let (mut words, mut places) = (Vec::new(), Vec::new());
        for (row, target) in targets.iter().enumerate() {
            words.extend(target.iter().map(|&token| i64::from(token)));
            places.extend((0..target.len()).map(|column| (row * longest + column) as i64));
        }
        let (source, source_padding) = pad(&sources, device);
        let (target_in, _) = pad(&shifted, device);
        Self {
            source,
            source_padding,
            target_in,
            targets: Tensor::from_slice(&words).to_device(device),
            places: Tensor::from_slice(&places).to_device(device),
            tokens: words.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_padded_and_its_targets_are_found_in_it() {
        let example = |source: &[u16], target: &[u16]| Example {
            source: source.to_vec(),
            target: target.to_vec(),
        };
        let examples = [
            example(&[5, 6, 0], &[7, 0]),
            example(&[8, 0], &[9, 10, 11, 0]),
        ];
        let batch = Batch::new(&examples, Device::Cpu);
        let rows = |tensor: &Tensor| Vec::<Vec<i64>>::try_from(tensor).unwrap();
        assert_eq!(rows(&batch.source), [[5, 6, 0], [8, 0, 0]]);
        let padding = Vec::<Vec<bool>>::try_from(&batch.source_padding).unwrap();
        assert_eq!(padding, [[false, false, false], [false, false, true]]);
        assert_eq!(rows(&batch.target_in), [[1, 7, 0, 0], [1, 9, 10, 11]]);
        assert_eq!(batch.tokens, 6);
        let list = |tensor: &Tensor| Vec::<i64>::try_from(tensor).unwrap();
        assert_eq!(list(&batch.targets), [7, 0, 9, 10, 11, 0]);
        assert_eq!(list(&batch.places), [0, 1, 4, 5, 6, 7]);
    }
}
