//! The sine table of positions (Vaswani et al. 2017, section 3.5), with the sines in the first half of
//! a row and the cosines in the second. It is stored in the weights file, so that no runtime computes
//! a sine.

/// The factor of an embedding, applied before its position is added: `sqrt(d_model)`.
pub fn embedding_factor(d_model: usize) -> f32 {
    libm::sqrt(d_model as f64) as f32
}

/// The table's element in row `position` and column `column`.
pub fn sine(position: usize, column: usize, d_model: usize) -> f32 {
    let half = d_model / 2;
    let exponent = (column % half) as f64 / half as f64;
    let angle = position as f64 / libm::pow(10_000.0, exponent);
    let value = if column < half {
        libm::sin(angle)
    } else {
        libm::cos(angle)
    };
    value as f32
}
