//! What a reader should know of the translations: summed up on standard error, or listed by `--check`.

use std::collections::BTreeSet;

use anyhow::anyhow;
use deshi::text::TranslateError;
use deshi::{TranslatedSentence, Translation, language_name};

/// The flags, in plain words.
const REASONS: [(&str, &str); 10] = [
    ("truncated", "without its end"),
    ("digits_differ", "with other digits than the source"),
    ("negation_differs", "with a negation lost or added"),
    ("repeated", "with repetitions cut off"),
    ("cut", "too long, translated in parts"),
    ("repaired", "repaired after a wrong first try"),
    ("foreign", "in another language"),
    ("low_confidence", "with low confidence"),
    ("copied", "equal to the source"),
    ("passed_through", "kept as it is"),
];

fn reason(flag: &str) -> &str {
    let found = REASONS.iter().find(|(name, _)| *name == flag);
    found.map_or(flag, |(_, reason)| reason)
}

/// What was found in one input.
pub(super) struct Report {
    pub(super) name: String,
    /// What is counted: lines of a file, segments of a document.
    unit: &'static str,
    /// How many of them so far.
    pub(super) units: usize,
    pub(super) sentences: usize,
    doubtful: usize,
    /// How many sentences have each of [`REASONS`].
    counts: [usize; REASONS.len()],
    /// Fields of JSON lines that were given other names.
    pub(super) renamed: BTreeSet<String>,
}

impl Report {
    pub(super) fn new(name: &str, unit: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            units: 0,
            sentences: 0,
            doubtful: 0,
            counts: [0; REASONS.len()],
            renamed: BTreeSet::new(),
        }
    }

    /// Adds the translation of the next unit. Gives what to say of its doubtful sentences.
    pub(super) fn add(&mut self, translation: &Translation) -> Vec<String> {
        self.units += 1;
        self.sentences += translation.sentences.len();
        let mut doubts = Vec::new();
        for sentence in &translation.sentences {
            let flags = sentence.flags;
            for (count, (name, _)) in self.counts.iter_mut().zip(REASONS) {
                *count += usize::from(flags.names().any(|flag| flag == name));
            }
            if flags.doubtful() {
                self.doubtful += 1;
                doubts.push(self.describe(sentence));
            }
        }
        doubts
    }

    fn describe(&self, sentence: &TranslatedSentence) -> String {
        let reasons: Vec<_> = sentence.flags.names().map(reason).collect();
        format!(
            "{}, {} {}: {}\n  {}\n  {}",
            self.name,
            self.unit,
            self.units,
            reasons.join("; "),
            sentence.source.trim(),
            sentence.target.trim()
        )
    }

    /// The error of the next units' translation, with its place in the input.
    pub(super) fn place(&self, error: deshi::Error) -> anyhow::Error {
        let foreign = match &error {
            deshi::Error::Text(error) => match &**error {
                TranslateError::Foreign {
                    text,
                    language,
                    expected,
                    excerpt,
                } => Some((text, language, expected, excerpt)),
                _ => None,
            },
            _ => None,
        };
        let Some((text, language, expected, excerpt)) = foreign else {
            return anyhow::Error::from(error).context(self.name.clone());
        };
        anyhow!(
            "{}, {} {}: the model translates {}, and this is in another language ({language}): {excerpt:?}. \
             --on-foreign keep leaves it as it is",
            self.name,
            self.unit,
            self.units + text + 1,
            language_name(expected)
        )
    }

    /// Which fields of JSON lines have other names now.
    pub(super) fn renamed(&self) -> Option<String> {
        let names: Vec<&str> = self.renamed.iter().map(String::as_str).collect();
        (!names.is_empty()).then(|| {
            format!(
                "{}: deshi writes fields of these names; the input's are now called input_NAME: {}",
                self.name,
                names.join(", ")
            )
        })
    }

    /// What to look at again, in a sentence; nothing where all is well.
    pub(super) fn summary(&self) -> Option<String> {
        let reasons = REASONS
            .iter()
            .zip(self.counts)
            .filter(|&(_, count)| count > 0);
        let reasons: Vec<_> = reasons
            .map(|((_, reason), count)| format!("{count} {reason}"))
            .collect();
        (self.doubtful > 0).then(|| {
            format!(
                "{}: look again at {} of {} sentences: {}",
                self.name,
                self.doubtful,
                self.sentences,
                reasons.join(", ")
            )
        })
    }
}
