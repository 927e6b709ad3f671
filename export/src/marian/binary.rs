//! Marian's binary models: a list of named tensors.
//!
//! Little endian: `u64 version, u64 items`; for each item four `u64`: the length of its name (with a zero byte), its type, its number
//! of dimensions, and the length of its data; the names; the shapes, `i32`; `u64` a number of zero bytes, and those bytes; the data.
//! (browsermt/marian-dev, `src/common/binary.cpp`.)

use std::collections::BTreeMap;
use std::fmt;

use super::MarianError;

/// The type of a tensor's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemType {
    /// f32.
    Float32,
    /// int8 with one multiplier for the tensor; matrices are transposed.
    Intgemm8,
    /// Bytes: the options, as text.
    Int8,
    /// Marian's number of any other type; no model with one can be imported.
    Other(u64),
}

impl ItemType {
    /// The type that a number means in Marian (`src/common/types.h`).
    fn of(number: u64) -> Self {
        match number {
            0x404 => Self::Float32,
            0x4101 => Self::Intgemm8,
            0x101 => Self::Int8,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for ItemType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Float32 => "float32",
            Self::Intgemm8 => "intgemm8",
            Self::Int8 => "int8",
            Self::Other(0x402) => "float16",
            Self::Other(0x408) => "float64",
            Self::Other(0x4102) => "intgemm16",
            Self::Other(number) => return write!(f, "{number:#x}"),
        })
    }
}

/// A named tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Item<'f> {
    /// Its type.
    pub kind: ItemType,
    /// Its declared shape.
    pub shape: Vec<i32>,
    /// Its block: the values, the multiplier if they are int8, and padding.
    pub data: &'f [u8],
}

/// The items of a model, by name.
pub type Items<'f> = BTreeMap<String, Item<'f>>;

/// The most dimensions of a tensor.
const MOST_DIMENSIONS: u64 = 8;
/// Blocks of data are padded to this.
const BLOCK: u64 = 256;

/// The items of a binary model, by name. Checks that every block of a known type has the size that its type and shape need; does
/// not check the values.
///
/// # Errors
/// [`MarianError`]: what is wrong, and where.
pub fn parse(file: &[u8]) -> Result<Items<'_>, MarianError> {
    let mut reader = Reader { rest: file };
    let version = reader.u64("the version")?;
    if version != 1 {
        return Err(MarianError::Version { got: version });
    }
    let count = reader.u64("the number of items")?;
    // Each item has four numbers, so the file's size limits their count.
    let headers = reader.take(count.saturating_mul(32), "the items' headers")?;
    let headers: Vec<[u64; 4]> = headers
        .as_chunks::<32>()
        .0
        .iter()
        .map(|header| {
            let numbers = header.as_chunks::<8>().0;
            [0, 1, 2, 3].map(|at| u64::from_le_bytes(numbers[at]))
        })
        .collect();
    let mut names = Vec::with_capacity(headers.len());
    for (index, header) in headers.iter().enumerate() {
        let wrong = |problem| MarianError::Name { index, problem };
        let bytes = reader.take(header[0], &format!("the name of item {index}"))?;
        let name = bytes
            .strip_suffix(&[0])
            .ok_or(wrong("its name does not end with a zero byte"))?;
        let name = std::str::from_utf8(name)
            .ok()
            .filter(|name| !name.contains('\0'));
        names.push(name.ok_or(wrong("its name is not text"))?);
    }
    let mut shapes = Vec::with_capacity(headers.len());
    for (name, header) in names.iter().zip(&headers) {
        if header[2] > MOST_DIMENSIONS {
            return Err(MarianError::Shape {
                item: (*name).to_owned(),
                expected: format!("{MOST_DIMENSIONS} dimensions at most"),
                got: vec![],
            });
        }
        let bytes = reader.take(4 * header[2], &format!("the shape of {name}"))?;
        let shape = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| i32::from_le_bytes(*bytes));
        shapes.push(shape.collect::<Vec<i32>>());
    }
    let padding = reader.u64("the padding")?;
    reader.take(padding, "the padding")?;
    let mut items = BTreeMap::new();
    for (index, ((name, shape), header)) in names.iter().zip(shapes).zip(&headers).enumerate() {
        let item = (*name).to_owned();
        let data = reader.take(header[3], &item)?;
        let kind = ItemType::of(header[1]);
        let elements = elements(&shape).ok_or_else(|| MarianError::Shape {
            item: item.clone(),
            expected: "dimensions of at least 1".into(),
            got: shape.clone(),
        })?;
        let expected = match kind {
            ItemType::Float32 => Some(elements.saturating_mul(4)),
            ItemType::Intgemm8 => Some(elements.saturating_add(4)),
            ItemType::Int8 => Some(elements),
            ItemType::Other(_) => None,
        };
        if let Some(expected) = expected {
            let most = expected.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX);
            if !(expected..=most).contains(&(data.len() as u64)) {
                return Err(MarianError::Size {
                    item,
                    expected,
                    got: data.len(),
                });
            }
        }
        if items.insert(item, Item { kind, shape, data }).is_some() {
            let problem = "another item has the same name";
            return Err(MarianError::Name { index, problem });
        }
    }
    match reader.rest.len() {
        0 => Ok(items),
        bytes => Err(MarianError::Trailing { bytes }),
    }
}

/// The number of values of a shape; `None` if a dimension is not at least 1.
fn elements(shape: &[i32]) -> Option<u64> {
    shape.iter().try_fold(1u64, |product, &dimension| {
        let dimension = u64::try_from(dimension)
            .ok()
            .filter(|&dimension| dimension > 0)?;
        Some(product.saturating_mul(dimension))
    })
}

struct Reader<'f> {
    rest: &'f [u8],
}

impl<'f> Reader<'f> {
    fn take(&mut self, bytes: u64, what: &str) -> Result<&'f [u8], MarianError> {
        let bytes = usize::try_from(bytes).ok();
        let taken = bytes.and_then(|bytes| self.rest.split_at_checked(bytes));
        let (taken, rest) = taken.ok_or_else(|| MarianError::Truncated {
            what: what.to_owned(),
        })?;
        self.rest = rest;
        Ok(taken)
    }

    fn u64(&mut self, what: &str) -> Result<u64, MarianError> {
        let bytes = self.take(8, what)?;
        Ok(u64::from_le_bytes(
            bytes.try_into().expect("eight bytes were taken"),
        ))
    }
}
