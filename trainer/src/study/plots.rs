//! The study's two plots.

use anyhow::Result;
use plotters::prelude::*;

use super::Size;
use super::plan::Method;
use super::results::{Group, Spread};
use crate::plot::{Entry, Mark, range, svg};

const TEACHER: Mark = Mark {
    colour: BLACK,
    triangle: false,
    size: 5,
};

/// A colour for each way to train, a triangle where a fine-tune on Seq-Inter's targets follows.
fn mark(method: Method, size: i32) -> Mark {
    let colour = match (method.seq_kd, method.word_kd) {
        (false, false) => RGBColor(110, 110, 110),
        (false, true) => RGBColor(0, 114, 178),
        (true, false) => RGBColor(213, 94, 0),
        (true, true) => RGBColor(0, 158, 115),
    };
    Mark {
        colour,
        triangle: method.seq_inter,
        size,
    }
}

fn legend() -> Vec<Entry> {
    let teacher = Entry {
        label: "teacher".to_owned(),
        mark: TEACHER,
    };
    let methods = Method::all().map(|method| Entry {
        label: method.name(),
        mark: mark(method, 5),
    });
    std::iter::once(teacher).chain(methods).collect()
}

/// A point of a plot, with its spread upwards and downwards.
struct Point {
    x: f64,
    y: Spread,
    mark: Mark,
}

/// Draws points, and what `besides` adds to the chart.
fn chart(
    title: &str,
    [x_title, y_title]: [&str; 2],
    [x, y]: [std::ops::Range<f64>; 2],
    points: &[Point],
    lines: &[(Vec<(f64, f64)>, RGBColor)],
) -> Result<String> {
    svg(&legend(), |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(52)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .x_desc(x_title)
            .y_desc(y_title)
            .light_line_style(WHITE)
            .draw()?;
        for (line, colour) in lines {
            chart.draw_series(LineSeries::new(line.iter().copied(), colour.mix(0.6)))?;
        }
        for Point { x, y, mark } in points {
            let style = mark.colour.filled();
            if y.deviation.is_finite() {
                let ends = [(*x, y.mean - y.deviation), (*x, y.mean + y.deviation)];
                chart.draw_series([PathElement::new(ends, mark.colour.mix(0.6))])?;
            }
            let at = (*x, y.mean);
            if mark.triangle {
                chart.draw_series([TriangleMarker::new(at, mark.size + 1, style)])?;
            } else {
                chart.draw_series([Circle::new(at, mark.size, style)])?;
            }
        }
        Ok(())
    })
}

fn greedy(group: &Group) -> Spread {
    group.spread(|model| model.greedy.scores.bleu)
}

fn beam(group: &Group) -> Spread {
    group.spread(|model| model.beam.scores.bleu)
}

fn millions(group: &Group) -> f64 {
    group.spread(|model| model.parameters as f64 / 1e6).mean
}

/// Every method's groups that have a model, with their size's place.
fn groups(sizes: &[Size]) -> impl Iterator<Item = (usize, Method, &Group)> {
    sizes.iter().enumerate().flat_map(|(place, size)| {
        let measured = size
            .groups
            .iter()
            .filter(|(_, group)| !group.models.is_empty());
        measured.map(move |(method, group)| (place, *method, group))
    })
}

/// Greedy BLEU against the number of parameters, a line for each method.
pub(super) fn bleu_by_size(teacher: &Group, sizes: &[Size]) -> Result<String> {
    let point = |group: &Group, mark| Point {
        x: millions(group),
        y: greedy(group),
        mark,
    };
    let mut points = vec![point(teacher, TEACHER)];
    points.extend(groups(sizes).map(|(_, method, group)| point(group, mark(method, 5))));
    let lines: Vec<_> = Method::all()
        .into_iter()
        .map(|method| {
            let of_method = groups(sizes).filter(|(_, of, _)| *of == method);
            let mut line: Vec<(f64, f64)> = of_method
                .map(|(_, _, group)| (millions(group), greedy(group).mean))
                .collect();
            line.sort_by(|a, b| a.0.total_cmp(&b.0));
            (line, mark(method, 5).colour)
        })
        .collect();
    chart(
        "BLEU of greedy search against size",
        ["parameters, millions", "BLEU, K = 1"],
        [
            range(points.iter().map(|point| point.x)),
            range(points.iter().map(|point| point.y.mean)),
        ],
        &points,
        &lines,
    )
}

/// Beam search's BLEU against greedy search's: a point on the diagonal gains nothing from a beam.
pub(super) fn greedy_and_beam(teacher: &Group, sizes: &[Size], k: usize) -> Result<String> {
    let point = |group: &Group, mark| Point {
        x: greedy(group).mean,
        y: beam(group),
        mark,
    };
    let mut points = vec![point(teacher, TEACHER)];
    points.extend(groups(sizes).map(|(place, method, group)| {
        let size = 6 - 2 * place.min(2) as i32;
        point(group, mark(method, size))
    }));
    let both = range(points.iter().flat_map(|point| [point.x, point.y.mean]));
    let diagonal = vec![(both.start, both.start), (both.end, both.end)];
    let mut title = "Greedy against beam search; on the line a beam gains nothing".to_owned();
    if sizes.len() > 1 {
        title += &format!("; larger marks: {}", sizes[0].name);
    }
    chart(
        &title,
        ["BLEU, K = 1", &format!("BLEU, K = {k}")],
        [both.clone(), both],
        &points,
        &[(diagonal, RGBColor(160, 160, 160))],
    )
}
