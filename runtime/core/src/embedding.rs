//! Positions: the sine table of Vaswani et al. 2017, section 3.5, sines in the first half of a row and
//! cosines in the second. The table is in the weights file, so that no runtime computes a sine.

/// What an embedding is multiplied by before its position is added: `sqrt(d_model)`.
pub fn embedding_factor(d_model: usize) -> f32 {
    libm::sqrt(d_model as f64) as f32
}

/// The element of `column` in the row of `position`.
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
