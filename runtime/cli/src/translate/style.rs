//! How texts are translated, and what is written and said of them.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Instant;

use anyhow::{Context, Result};
use deshi::{Layer, ModelTranslation, TranslatedSentence, Translation, Translator};
use deshi_text::segment::{Part, Segment};
use serde_json::{Map, Value, json};

use crate::endpoint::Endpoint;
use crate::input::Line;
use crate::json::{self, Record};
use crate::messages::Messages;

use super::report::Report;

/// How lines are translated and written.
pub(super) struct Style<'a> {
    pub(super) translator: &'a Translator,
    pub(super) layer: Layer,
    /// Whether to write JSON lines.
    pub(super) json: bool,
    /// Whether the model gets lines as they are.
    pub(super) raw: bool,
    /// Whether doubtful sentences are wanted in place of the translation.
    pub(super) check: bool,
    pub(super) messages: Messages,
}

/// What some lines became.
pub(super) struct Results {
    /// The output for each, its end included.
    pub(super) lines: Vec<String>,
    /// What to say of doubtful sentences.
    pub(super) doubts: Vec<String>,
}

impl Style<'_> {
    /// Translates lines.
    pub(super) fn translate(
        &self,
        lines: &[Line],
        json_lines: bool,
        report: &mut Report,
    ) -> Result<Results> {
        let started = Instant::now();
        let mut records = Vec::with_capacity(lines.len());
        for (at, line) in lines.iter().enumerate() {
            records.push(if json_lines && !line.is_blank() {
                Record::parse(&line.text)
                    .with_context(|| format!("{}:{}", report.name, report.units + at + 1))?
            } else {
                Record::text(&line.text)
            });
        }
        let texts: Vec<&str> = records.iter().map(|record| record.text.as_str()).collect();
        let (translations, doubts) = self.run(&texts, report)?;
        let milliseconds = started.elapsed().as_secs_f64() * 1e3;
        let translated = translations.into_iter().zip(records).zip(lines);
        let write = |((translation, record), line): ((Translated, Record), &Line)| {
            let json = if json_lines {
                !line.is_blank()
            } else {
                self.json
            };
            if json {
                let fields = translation.described(milliseconds);
                json::line(&record.text, fields, &record.others, &mut report.renamed) + line.end
            } else {
                translation.text + line.end
            }
        };
        Ok(Results {
            lines: translated.map(write).collect(),
            doubts,
        })
    }

    fn run(&self, texts: &[&str], report: &mut Report) -> Result<(Vec<Translated>, Vec<String>)> {
        if self.raw {
            report.units += texts.len();
            let translations = self.translator.translate_raw_batch(texts)?;
            return Ok((
                translations.into_iter().map(Translated::from).collect(),
                Vec::new(),
            ));
        }
        let translations = self.translator.translate_batch_with(&self.layer, texts);
        let translations = translations.map_err(|error| report.place(error))?;
        let doubts = translations
            .iter()
            .flat_map(|translation| report.add(translation))
            .collect();
        Ok((
            translations.into_iter().map(Translated::from).collect(),
            doubts,
        ))
    }

    /// Paragraphs as JSON lines.
    pub(super) fn describe(
        &self,
        sources: &[Segment],
        translations: Vec<Translation>,
        milliseconds: f64,
    ) -> Vec<String> {
        let write = |(source, translation): (&Segment, Translation)| {
            let fields = Translated::from(translation).described(milliseconds);
            json::line(&text_of(source), fields, &[], &mut BTreeSet::new()) + "\n"
        };
        sources.iter().zip(translations).map(write).collect()
    }

    /// Whether the list of doubts takes the place of the translation there.
    pub(super) fn prints_doubts_only(&self, destination: &Endpoint) -> bool {
        self.check && *destination == Endpoint::StandardOutput
    }

    /// Says what a cautious reader should look at: where that is asked for, as the result.
    pub(super) fn print_doubts(&self, doubts: &[String]) -> Result<()> {
        for doubt in doubts {
            if self.check {
                writeln!(io::stdout().lock(), "{doubt}")?;
            } else {
                self.messages.detail(doubt);
            }
        }
        Ok(())
    }

    /// Sums up what there is to look at.
    pub(super) fn print_summary(&self, report: &Report) {
        if let Some(renamed) = report.renamed() {
            self.messages.warn(renamed);
        }
        if let Some(summary) = report.summary() {
            let more = if self.check || self.messages.verbose() {
                ""
            } else {
                " (--check lists them)"
            };
            self.messages.warn(summary + more);
        }
    }
}

/// A translated line: its text, and its fields in JSON.
struct Translated {
    text: String,
    fields: Map<String, Value>,
}

impl Translated {
    /// Its fields, with the time that it took together with others.
    fn described(mut self, milliseconds: f64) -> Map<String, Value> {
        let name = "milliseconds".to_owned();
        self.fields.insert(name, milliseconds.into());
        self.fields
    }
}

/// The text of a segment without marks.
fn text_of(segment: &Segment) -> String {
    let texts = segment.parts.iter().map(|part| match part {
        Part::Text(text) => text.as_str(),
        _ => "",
    });
    texts.collect()
}

impl From<ModelTranslation> for Translated {
    fn from(translation: ModelTranslation) -> Self {
        let fields = [
            ("translation", json!(translation.text)),
            ("log_probability", json!(translation.log_probability)),
            ("truncated", json!(translation.truncated)),
            ("source_tokens", json!(translation.source_tokens)),
            ("tokens", json!(translation.tokens)),
        ];
        Self {
            fields: to_map(fields),
            // A line stays a line.
            text: translation.text.replace(char::is_control, " "),
        }
    }
}

impl From<Translation> for Translated {
    fn from(translation: Translation) -> Self {
        let sentences: Vec<Value> = translation.sentences.iter().map(sentence).collect();
        let fields = [
            ("translation", json!(translation.text)),
            (
                "confidence",
                json!(translation.mean_log_probability().map(f32::exp)),
            ),
            ("flags", translation.flags.names().collect()),
            (
                "mean_log_probability",
                json!(translation.mean_log_probability()),
            ),
            ("sentences", sentences.into()),
        ];
        Self {
            fields: to_map(fields),
            text: translation.text,
        }
    }
}

fn sentence(sentence: &TranslatedSentence) -> Value {
    let fields = [
        ("source", json!(sentence.source)),
        ("translation", json!(sentence.target)),
        (
            "confidence",
            json!(sentence.mean_log_probability().map(f32::exp)),
        ),
        ("flags", sentence.flags.names().collect()),
        ("notes", json!(sentence.notes)),
    ];
    to_map(fields).into()
}

fn to_map<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}
