//! Plots as SVG.

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;

/// What a plot is drawn on.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Width and height of a plot, in pixels.
const SIZE: (u32, u32) = (880, 500);
/// Where the legend begins.
const LEGEND_X: i32 = 640;

/// A line of a legend.
pub struct Entry {
    /// What it says.
    pub label: String,
    /// Its mark.
    pub mark: Mark,
}

/// How a point is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Its colour.
    pub colour: RGBColor,
    /// A triangle; otherwise a circle.
    pub triangle: bool,
    /// Half its width, in pixels.
    pub size: i32,
}

/// A plot on the left with its legend on the right, as the text of an SVG file.
///
/// # Errors
/// If it cannot be drawn.
pub fn svg(legend: &[Entry], draw: impl FnOnce(&Area<'_>) -> Result<()>) -> Result<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let (left, right) = area.split_horizontally(LEGEND_X);
        draw(&left)?;
        for (line, Entry { label, mark }) in legend.iter().enumerate() {
            let y = 60 + 22 * line as i32;
            draw_mark(&right, (14, y), *mark)?;
            right.draw(&Text::new(
                label.clone(),
                (28, y - 7),
                ("sans-serif", 14).into_font(),
            ))?;
        }
        area.present()?;
    }
    Ok(text)
}

fn draw_mark(area: &Area<'_>, at: (i32, i32), mark: Mark) -> Result<()> {
    let style = mark.colour.filled();
    if mark.triangle {
        area.draw(&TriangleMarker::new(at, mark.size + 1, style))?;
    } else {
        area.draw(&Circle::new(at, mark.size, style))?;
    }
    Ok(())
}

/// A range with room around some values.
pub fn range(values: impl IntoIterator<Item = f64>) -> std::ops::Range<f64> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.into_iter().filter(|value| value.is_finite()) {
        (low, high) = (low.min(value), high.max(value));
    }
    if low > high {
        return 0.0..1.0;
    }
    let room = (0.08 * (high - low)).max(0.02 * high.abs()).max(0.01);
    low - room..high + room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_room_whatever_the_values() {
        let around = range([2.0, f64::NAN, 4.0]);
        assert!(around.start < 2.0 && around.end > 4.0 && around.end < 5.0);
        for values in [vec![], vec![3.0], vec![0.0]] {
            let around = range(values);
            assert!(around.start < around.end);
        }
    }
}
