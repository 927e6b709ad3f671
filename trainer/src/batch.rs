//! Examples to padded tensors.

use std::ops::Range;

use deshi_core::vocabulary::{END, START};
use deshi_corpus::examples::Example;
use tch::{Device, Kind, Tensor};

/// Lists of whole numbers that go to a device together: many small copies cost a GPU more than one large one.
#[derive(Default)]
struct Upload {
    values: Vec<i64>,
}

impl Upload {
    /// Adds a list; gives its place.
    fn add(&mut self, values: impl IntoIterator<Item = i64>) -> Range<usize> {
        let start = self.values.len();
        self.values.extend(values);
        start..self.values.len()
    }

    /// Adds rows of tokens, padded with END to one length, which it gives too.
    fn add_padded(&mut self, rows: &[&[u16]]) -> (Range<usize>, usize) {
        let longest = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let padded = rows.iter().flat_map(|row| {
            let tokens = row.iter().copied().map(i64::from);
            tokens.chain(std::iter::repeat_n(END.into(), longest - row.len()))
        });
        (self.add(padded), longest)
    }

    /// One copy; the lists are then views of it.
    fn send(self, device: Device) -> impl Fn(&Range<usize>) -> Tensor {
        let all = send(&self.values, device);
        move |range| all.narrow(0, range.start as i64, range.len() as i64)
    }
}

/// Copies whole numbers to a device. From pinned memory the copy waits for nothing, so that the next step's kernels can be
/// queued while the GPU is still at the last one's.
fn send(values: &[i64], device: Device) -> Tensor {
    let values = Tensor::from_slice(values);
    if !device.is_cuda() {
        return values.to_device(device);
    }
    match values.f_pin_memory(device) {
        Ok(pinned) => pinned.to_device_(device, Kind::Int64, true, false),
        Err(_) => values.to_device(device),
    }
}

/// True where rows of these lengths are padded: `lengths: [rows]` -> `[rows, longest]`
fn padding(lengths: &Tensor, longest: usize) -> Tensor {
    let columns = Tensor::arange(longest as i64, (Kind::Int64, lengths.device()));
    columns.ge_tensor(&lengths.unsqueeze(1))
}

/// Token ids, padded with END: `[batch, longest]`, i64; and true where there is padding.
pub fn pad(rows: &[&[u16]], device: Device) -> (Tensor, Tensor) {
    let mut upload = Upload::default();
    let (ids, longest) = upload.add_padded(rows);
    let lengths = upload.add(rows.iter().map(|row| row.len() as i64));
    let part = upload.send(device);
    (
        part(&ids).view([rows.len() as i64, longest as i64]),
        padding(&part(&lengths), longest),
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
        let mut upload = Upload::default();
        let (source, source_len) = upload.add_padded(&sources);
        let (target_in, target_len) = upload.add_padded(&shifted);
        let words = targets.iter().flat_map(|target| target.iter());
        let words = upload.add(words.map(|&token| i64::from(token)));
        let places = targets.iter().enumerate().flat_map(|(row, target)| {
            (0..target.len()).map(move |column| (row * target_len + column) as i64)
        });
        let places = upload.add(places);
        let lengths = upload.add(sources.iter().map(|source| source.len() as i64));
        let part = upload.send(device);
        let rows = |range, columns: usize| part(range).view([sources.len() as i64, columns as i64]);
        Self {
            source: rows(&source, source_len),
            source_padding: padding(&part(&lengths), source_len),
            target_in: rows(&target_in, target_len),
            targets: part(&words),
            places: part(&places),
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
