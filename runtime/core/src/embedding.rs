//! Positions: a table of sines in the first half of a row and cosines in the second; [`Positions`] has the formulas.
//! The table is in the weights file, so that no runtime computes a sine.

use crate::{Architecture, Positions};

/// The factor of an embedding, applied before its position is added: `sqrt(d_model)`.
pub fn embedding_factor(d_model: usize) -> f32 {
    libm::sqrt(d_model as f64) as f32
}

/// The table's element in row `position` and column `column`.
pub fn sine(architecture: &Architecture, position: usize, column: usize) -> f32 {
    let half = architecture.d_model / 2;
    let steps = match architecture.positions {
        Positions::Vaswani => half,
        Positions::Marian => half - 1,
    };
    let exponent = (column % half) as f64 / steps as f64;
    let angle = position as f64 / libm::pow(10_000.0, exponent);
    let value = if column < half {
        libm::sin(angle)
    } else {
        libm::cos(angle)
    };
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::tests::SMALL;

    #[test]
    fn the_longest_wavelength_is_the_formulas() {
        let half = SMALL.d_model / 2;
        for (positions, longest) in [
            (
                Positions::Vaswani,
                libm::pow(10_000.0, (half - 1) as f64 / half as f64),
            ),
            (Positions::Marian, 10_000.0),
        ] {
            let architecture = Architecture { positions, ..SMALL };
            let at = |column| sine(&architecture, 7, column);
            assert_eq!(at(half - 1), libm::sin(7.0 / longest) as f32);
            assert_eq!(at(2 * half - 1), libm::cos(7.0 / longest) as f32);
            assert_eq!(at(0), libm::sin(7.0) as f32);
        }
    }
}
