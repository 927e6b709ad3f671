//! Transposition of a matrix.

/// Rows and columns of a block that is transposed in registers.
const BLOCK: usize = 4;

/// Writes `to[column][row] = from[row][column]` for `rows` rows. Columns of `to` past them keep
/// their content.
///
/// # Shapes
/// `from: [rows, from_stride]`, which may end with the last column read of its last row; `to:
/// [columns, to_stride]`
///
/// # Panics
/// If the shapes do not fit.
#[inline(always)]
pub fn transpose(from: &[f32], from_stride: usize, to: &mut [f32], to_stride: usize, rows: usize) {
    if rows == 0 {
        return;
    }
    let columns = to.len() / to_stride;
    let mut row = 0;
    // Blocks stay in registers: the compiler transposes one with shuffles.
    while row + BLOCK <= rows {
        let mut column = 0;
        while column + BLOCK <= columns {
            transpose_block(
                &from[row * from_stride + column..],
                from_stride,
                &mut to[column * to_stride + row..],
                to_stride,
            );
            column += BLOCK;
        }
        for column in column..columns {
            for row in row..row + BLOCK {
                to[column * to_stride + row] = from[row * from_stride + column];
            }
        }
        row += BLOCK;
    }
    for row in row..rows {
        for column in 0..columns {
            to[column * to_stride + row] = from[row * from_stride + column];
        }
    }
}

#[inline(always)]
fn transpose_block(from: &[f32], from_stride: usize, to: &mut [f32], to_stride: usize) {
    let mut block = [[0.0; BLOCK]; BLOCK];
    for (row, block) in block.iter_mut().enumerate() {
        *block = *from[row * from_stride..].first_chunk().expect("a block");
    }
    for column in 0..BLOCK {
        let to = to[column * to_stride..].first_chunk_mut().expect("a block");
        *to = block.map(|row| row[column]);
    }
}

#[cfg(test)]
mod tests {
    use super::transpose;

    #[test]
    fn rows_become_columns_whatever_the_blocks_leave_over() {
        let from: [f32; 70] = core::array::from_fn(|index| index as f32);
        for (rows, columns) in [(0, 3), (1, 1), (3, 5), (4, 4), (5, 9), (7, 8)] {
            let (from_stride, to_stride) = (columns + 1, rows + 2);
            let mut to = [-1.0; 90];
            let to = &mut to[..columns * to_stride];
            let from = &from[..(rows * from_stride).saturating_sub(1)];
            transpose(from, from_stride, to, to_stride, rows);
            for (index, &value) in to.iter().enumerate() {
                let (column, row) = (index / to_stride, index % to_stride);
                let expected = match row < rows {
                    true => from[row * from_stride + column],
                    false => -1.0,
                };
                assert_eq!(value, expected, "{rows} x {columns}: {row}, {column}");
            }
        }
    }
}
