//! `deshi-train estimate`: what a teacher, its distillation and serving cost, and the month in which the student pays back.
//! Arithmetic on what it is given; it knows no prices or speeds.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use deshi_whole_file::write_whole;
use plotters::prelude::*;

use crate::plot::{Entry, Mark, range, svg};

/// Everything that is assumed. Prices are in one currency; speeds in source words a second, on the machine with the price.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Assumptions {
    /// Words to translate in the first month
    #[arg(long, value_name = "WORDS", value_parser = above_zero)]
    pub volume: f64,
    /// Growth of the volume from month to month, as a share: 0.05 is 5%
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = above_minus_one, allow_hyphen_values = true)]
    pub growth: f64,
    /// Months to look ahead
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub months: u32,
    /// Share of the time that a serving machine is paid for in which it translates
    #[arg(long, value_name = "SHARE", default_value_t = 0.3, value_parser = share)]
    pub utilisation: f64,
    /// The teacher's speed when it serves, in words a second: measured on the machine with --teacher-price
    #[arg(long, value_name = "WORDS", value_parser = above_zero)]
    pub teacher_speed: f64,
    /// Price of the teacher's serving machine, an hour
    #[arg(long, value_name = "PRICE", value_parser = zero_or_more)]
    pub teacher_price: f64,
    /// The student's speed when it serves, in words a second: measured on the machine with --student-price
    #[arg(long, value_name = "WORDS", value_parser = above_zero)]
    pub student_speed: f64,
    /// Price of the student's serving machine, an hour; 0 where it runs on the users' devices
    #[arg(long, value_name = "PRICE", value_parser = zero_or_more)]
    pub student_price: f64,
    /// Price of the machine for training and for the teacher's translations, an hour
    #[arg(long, value_name = "PRICE", value_parser = zero_or_more)]
    pub training_price: f64,
    /// Hours to train the teacher; 0 where there is one
    #[arg(long, value_name = "HOURS", value_parser = zero_or_more)]
    pub teacher_hours: f64,
    /// Words that the teacher translates for the student
    #[arg(long, value_name = "WORDS", value_parser = zero_or_more)]
    pub distilled_words: f64,
    /// The teacher's speed when it translates them, with beam search, on the training machine
    #[arg(long, value_name = "WORDS", value_parser = above_zero)]
    pub distilling_speed: f64,
    /// Hours to train the student
    #[arg(long, value_name = "HOURS", value_parser = zero_or_more)]
    pub student_hours: f64,
    /// People's work on the student, once: price
    #[arg(long, value_name = "PRICE", default_value_t = 0.0, value_parser = zero_or_more)]
    pub people: f64,
    /// The currency's name
    #[arg(long, default_value = "EUR")]
    pub currency: String,
}

fn number(text: &str, holds: impl Fn(f64) -> bool, must: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("must be {must}"))?;
    if value.is_finite() && holds(value) {
        Ok(value)
    } else {
        Err(format!("must be {must}"))
    }
}

fn above_zero(text: &str) -> Result<f64, String> {
    number(text, |value| value > 0.0, "a number above 0")
}

fn zero_or_more(text: &str) -> Result<f64, String> {
    number(text, |value| value >= 0.0, "0 or a number above")
}

fn above_minus_one(text: &str) -> Result<f64, String> {
    number(text, |value| value > -1.0, "a number above -1")
}

fn share(text: &str) -> Result<f64, String> {
    number(
        text,
        |value| value > 0.0 && value <= 1.0,
        "above 0 and at most 1",
    )
}

/// The costs that follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// To train the teacher: spent in either case.
    pub teacher: f64,
    /// To let it translate the student's training data.
    pub translation: f64,
    /// To train the student.
    pub student: f64,
    /// People's work.
    pub people: f64,
    /// To serve the first month's volume, with the teacher and with the student.
    pub serving: [f64; 2],
    /// All costs up to the end of each month, from month 0, before serving begins: with the teacher, with the student.
    pub total: Vec<[f64; 2]>,
    /// The first month at whose end the student has cost no more than the teacher, if it comes.
    pub pays_back: Option<u32>,
}

impl Assumptions {
    /// The price of serving so many words.
    fn serve(&self, words: f64, speed: f64, price: f64) -> f64 {
        words / speed / 3600.0 / self.utilisation * price
    }

    /// Works the costs out.
    pub fn estimate(&self) -> Estimate {
        let hours = self.distilled_words / self.distilling_speed / 3600.0;
        let teacher = self.teacher_hours * self.training_price;
        let translation = hours * self.training_price;
        let student = self.student_hours * self.training_price;
        let mut total = vec![[teacher, teacher + translation + student + self.people]];
        let serving = |words| {
            [
                self.serve(words, self.teacher_speed, self.teacher_price),
                self.serve(words, self.student_speed, self.student_price),
            ]
        };
        let mut words = self.volume;
        for month in 0..self.months as usize {
            let ([of_teacher, of_student], [with_teacher, with_student]) =
                (total[month], serving(words));
            total.push([of_teacher + with_teacher, of_student + with_student]);
            words *= 1.0 + self.growth;
        }
        let pays_back = total
            .iter()
            .position(|[teacher, student]| student <= teacher);
        Estimate {
            teacher,
            translation,
            student,
            people: self.people,
            serving: serving(self.volume),
            total,
            pays_back: pays_back.map(|month| month as u32),
        }
    }

    /// Prints the assumptions and what follows from them; writes the plot.
    ///
    /// # Errors
    /// If the plot cannot be written.
    pub fn run(&self, plot: Option<&Path>) -> Result<()> {
        if let Some(path) = plot {
            let svg = self.plot()?;
            write_whole(path, |file| file.write_all(svg.as_bytes()))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        print!("{}", self.markdown()?);
        Ok(())
    }

    /// The assumptions and what follows from them, as Markdown.
    fn markdown(&self) -> Result<String> {
        let estimate = self.estimate();
        let currency = &self.currency;
        let money = |amount: f64| format!("{} {currency}", grouped(amount));
        let mut text = String::from("# Estimate\n\n| assumed | |\n|---|---|\n");
        for (what, value) in [
            (
                "words to translate in the first month",
                grouped(self.volume),
            ),
            ("growth a month", format!("{}%", 100.0 * self.growth)),
            (
                "share of paid serving time that translates",
                format!("{}%", 100.0 * self.utilisation),
            ),
            (
                "teacher, words a second when it serves",
                grouped(self.teacher_speed),
            ),
            ("its machine, an hour", money(self.teacher_price)),
            (
                "student, words a second when it serves",
                grouped(self.student_speed),
            ),
            ("its machine, an hour", money(self.student_price)),
            ("training machine, an hour", money(self.training_price)),
            ("hours to train the teacher", grouped(self.teacher_hours)),
            (
                "words that the teacher translates for the student",
                grouped(self.distilled_words),
            ),
            (
                "its words a second, with beam search",
                grouped(self.distilling_speed),
            ),
            ("hours to train the student", grouped(self.student_hours)),
            ("people's work on the student", money(self.people)),
        ] {
            writeln!(text, "| {what} | {value} |")?;
        }
        text += "\n| cost | serving with the teacher | serving with the student |\n|---|---|---|\n";
        let Estimate {
            teacher,
            translation,
            student,
            people,
            serving,
            ..
        } = estimate;
        let none = || "–".to_owned();
        let end = estimate.total[self.months as usize];
        for (what, with_teacher, with_student) in [
            ("training the teacher", money(teacher), money(teacher)),
            (
                "its translations for the student",
                none(),
                money(translation),
            ),
            ("training the student", none(), money(student)),
            ("people's work on the student", none(), money(people)),
            ("serving, first month", money(serving[0]), money(serving[1])),
            ("all, after the last month", money(end[0]), money(end[1])),
        ] {
            writeln!(text, "| {what} | {with_teacher} | {with_student} |")?;
        }
        match estimate.pays_back {
            Some(0) => text += "\nThe student costs nothing more from the beginning.\n",
            Some(month) => writeln!(
                text,
                "\nThe student has paid back at the end of month {month}."
            )?,
            None => writeln!(
                text,
                "\nThe student does not pay back within {} months.",
                self.months
            )?,
        }
        Ok(text)
    }

    /// All costs by month, as an SVG.
    fn plot(&self) -> Result<String> {
        let estimate = self.estimate();
        let colours = [RGBColor(213, 94, 0), RGBColor(0, 114, 178)];
        let legend = ["serving with the teacher", "serving with the student"];
        let legend: Vec<Entry> = legend
            .into_iter()
            .zip(colours)
            .map(|(label, colour)| Entry {
                label: label.to_owned(),
                mark: Mark {
                    colour,
                    triangle: false,
                    size: 5,
                },
            })
            .collect();
        svg(&legend, |area| {
            let highest = range(estimate.total.iter().flatten().copied().chain([0.0])).end;
            let mut chart = ChartBuilder::on(area)
                .caption("All costs up to the end of each month", ("sans-serif", 18))
                .margin(12)
                .x_label_area_size(42)
                .y_label_area_size(80)
                .build_cartesian_2d(0f64..f64::from(self.months), 0f64..highest)?;
            chart
                .configure_mesh()
                .x_desc("month")
                .y_desc(self.currency.as_str())
                .y_label_formatter(&|amount: &f64| grouped(*amount))
                .light_line_style(WHITE)
                .draw()?;
            for (which, colour) in colours.into_iter().enumerate() {
                let line = estimate.total.iter().enumerate();
                let line = line.map(|(month, total)| (month as f64, total[which]));
                chart.draw_series(LineSeries::new(line, colour.stroke_width(2)))?;
            }
            if let Some(month) = estimate.pays_back {
                let at = (f64::from(month), estimate.total[month as usize][1]);
                chart.draw_series([Circle::new(at, 5, BLACK.filled())])?;
            }
            Ok(())
        })
    }
}

/// A number with commas between its thousands; small ones with two digits after the point.
fn grouped(value: f64) -> String {
    if value.abs() < 100.0 {
        let text = format!("{value:.2}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len() - at;
        if at > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Round numbers: a month costs 1000 with the teacher, and 100 with the student, which costs 2,500 to make.
    fn assumptions() -> Assumptions {
        Assumptions {
            volume: 3.6e6,
            growth: 0.0,
            months: 12,
            utilisation: 0.5,
            teacher_speed: 10.0,
            teacher_price: 5.0,
            student_speed: 100.0,
            student_price: 5.0,
            training_price: 10.0,
            teacher_hours: 100.0,
            distilled_words: 3.6e6,
            distilling_speed: 20.0,
            student_hours: 50.0,
            people: 1500.0,
            currency: "EUR".to_owned(),
        }
    }

    #[test]
    fn costs_are_what_they_are_by_hand() {
        let estimate = assumptions().estimate();
        assert_eq!(estimate.teacher, 1000.0);
        assert_eq!(estimate.translation, 500.0);
        assert_eq!(estimate.student, 500.0);
        assert_eq!(estimate.serving, [1000.0, 100.0]);
        assert_eq!(estimate.total[0], [1000.0, 3500.0]);
        assert_eq!(estimate.total[3], [4000.0, 3800.0]);
        // After two months 3,000 against 3,700.
        assert_eq!(estimate.pays_back, Some(3));
    }

    #[test]
    fn growth_brings_it_forward_and_a_slow_student_never_pays() {
        let faster = Assumptions {
            growth: 1.0,
            ..assumptions()
        };
        // 900 and 1,800: 2,700 of 2,500 after two months.
        assert_eq!(faster.estimate().pays_back, Some(2));
        let never = Assumptions {
            student_speed: 10.0,
            ..assumptions()
        };
        assert_eq!(never.estimate().pays_back, None);
        let text = never.markdown().unwrap();
        assert!(
            text.contains("does not pay back within 12 months"),
            "{text}"
        );
    }

    #[test]
    fn every_assumption_is_in_the_report() {
        let text = assumptions().markdown().unwrap();
        for part in [
            "| words to translate in the first month | 3,600,000 |",
            "| share of paid serving time that translates | 50% |",
            "| people's work on the student | 1,500 EUR |",
            "| all, after the last month | 13,000 EUR | 4,700 EUR |",
            "paid back at the end of month 3",
        ] {
            assert!(text.contains(part), "no {part:?} in\n{text}");
        }
        let plot = assumptions().plot().unwrap();
        // Two in the legend, and the month in which it pays back.
        assert_eq!(plot.matches("<circle").count(), 3);
        assert!(plot.matches("<polyline").count() >= 2, "{plot}");
    }

    #[test]
    fn numbers_are_grouped() {
        for (value, expected) in [
            (0.0, "0"),
            (0.25, "0.25"),
            (99.0, "99"),
            (1234.4, "1,234"),
            (1e6, "1,000,000"),
        ] {
            assert_eq!(grouped(value), expected);
        }
    }
}
