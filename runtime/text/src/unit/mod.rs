//! A unit: what the model translates at once, and how its answer is read.

use crate::case::{self, Case};
use crate::doubt;
use crate::elements::{Atom, Element, texts};
use crate::languages::{Language, has};
use crate::model::SentenceTranslation;
use crate::quotations::{ATOM_LENGTH, flat, quotation_marks};
use crate::signs::{self, Kind};

mod found;
mod marks;
mod write;

use marks::marks_are_valid;
pub(crate) use write::{Written, write};

/// What is replaced by symbols, in the order in which it is tried, until an answer keeps everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Small numbers go through the model.
    First,
    /// Numbers are atoms too.
    Numbers,
    /// The text between atoms, alone: there is nothing left to damage.
    Pieces,
}

/// Why an answer is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Damage {
    /// These spans are missing or changed.
    Spans(Vec<usize>),
    /// These signs are missing, or come more often.
    Signs(Vec<Kind>),
    /// A number, a symbol or a mark is missing or changed.
    Other,
}

/// A stretch of a translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Out {
    Text(String),
    Atom(usize),
}

impl Out {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Atom(_) => None,
        }
    }
}

/// What a unit needs to know of its sentence.
#[derive(Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) case: Case,
    pub(crate) target_code: &'c str,
    pub(crate) source: &'c Language,
    pub(crate) target: &'c Language,
    pub(crate) symbols: &'c [char],
    /// Whether quotation marks stand around the whole sentence.
    pub(crate) enclosed: bool,
    /// Says whether the second of two forms of a word has fewer tokens than the first, and so is the more common one.
    pub(crate) is_shorter: &'c dyn Fn(&str, &str) -> bool,
}

/// Writes a closing quotation mark: directly behind the last word, before its comma.
fn push_closing(written: &mut String, form: &str) {
    let quoted = written.trim_end();
    let comma = quoted.ends_with(',');
    written.truncate(quoted.len() - usize::from(comma));
    written.push_str(form);
    if comma {
        written.push(',');
    }
}

/// What the model translates at once.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) sentence: usize,
    pub(crate) elements: Vec<Element>,
    pub(crate) stage: Stage,
    /// Whether it begins its sentence.
    pub(crate) first: bool,
    /// Whether it is only a part of a sentence.
    pub(crate) partial: bool,
    /// What the model sees.
    pub(crate) written: Written,
    /// Whether it only helps to find the places of marks, so that its flags are not reported.
    pub(crate) aside: bool,
    /// What its translation ends with, whatever the model ends it with.
    pub(crate) end: Option<String>,
    /// Whether it is a clause about direct speech, which stands before it: it follows a comma.
    pub(crate) behind_speech: bool,
    /// Whether it is a second try, because the first lost a span.
    pub(crate) again: bool,
    /// Its result.
    pub(crate) outcome: Outcome,
    pub(crate) log_probability: f32,
    pub(crate) tokens: usize,
    pub(crate) truncated: bool,
    pub(crate) repeated: bool,
}

/// The result of a unit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The model has not been asked yet.
    Waiting,
    /// Its translation.
    Done(Vec<Out>),
    /// Its answer was damaged: these parts replace it.
    Replaced(Vec<Part>),
}

/// A part of a sentence's translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// As it is: white space between clauses.
    Literal(String),
    Atom(usize),
    /// A unit's translation.
    Unit(usize),
}

impl Unit {
    /// A unit of `elements`. What the model sees is written by [`write`].
    pub(crate) fn new(
        sentence: usize,
        elements: Vec<Element>,
        stage: Stage,
        written: Written,
    ) -> Self {
        Self {
            sentence,
            elements,
            stage,
            first: true,
            partial: false,
            written,
            aside: false,
            end: None,
            behind_speech: false,
            again: false,
            outcome: Outcome::Waiting,
            log_probability: 0.0,
            tokens: 0,
            truncated: false,
            repeated: false,
        }
    }

    /// A placeholder for a unit while others are planned in its place.
    pub(crate) fn gone() -> Self {
        Self::new(0, Vec::new(), Stage::Pieces, Written::default())
    }

    /// Reads the model's answer.
    ///
    /// # Errors
    /// If it damaged an atom or, before the last stage, a number.
    pub(crate) fn read(
        &mut self,
        answer: SentenceTranslation,
        atoms: &[Atom],
        context: Context<'_>,
    ) -> Result<Vec<Out>, Damage> {
        self.log_probability = answer.log_probability;
        self.tokens = answer.tokens;
        self.truncated = answer.truncated;
        self.repeated = answer.repeated;
        let text = answer.text.trim();
        let cut = doubt::without_loops(text, &self.written.text);
        if matches!(cut, std::borrow::Cow::Owned(_)) {
            self.repeated = true;
        }
        let text = self.like_source(&cut);
        if text.is_empty() || answer.appended_symbols > 0 {
            return Err(Damage::Other);
        }
        let out = match context.symbols {
            [] => vec![Out::Text(text.to_owned())],
            symbols => {
                let found = self.find_symbols(text, atoms, symbols, context.target);
                found.ok_or(Damage::Other)?
            }
        };
        let out = self.find_spans(out)?;
        let source = || texts(&self.elements);
        if self.stage < Stage::Pieces
            && out_texts(&out).any(|text| text.contains(char::REPLACEMENT_CHARACTER))
            && !source().any(|text| text.contains(char::REPLACEMENT_CHARACTER))
        {
            return Err(Damage::Other);
        }
        let out = strip_foreign_symbols(out, context.symbols);
        let numbers = doubt::numbers(texts(&self.elements));
        let kept = numbers == doubt::numbers(out_texts(&out));
        // "Two dogs" may become "2 Hunde". Beside a span, a number that the source does not have is a damaged copy of the span.
        let has_spans = self
            .elements
            .iter()
            .any(|element| matches!(element, Element::Atom(_)));
        if !kept && self.stage < Stage::Pieces && (!numbers.is_empty() || has_spans) {
            return Err(Damage::Other);
        }
        // "Dear {{name}}," lost its greeting: nothing but the spans came back.
        let has_words = |text: &str| text.contains(char::is_alphabetic);
        if self.stage < Stage::Pieces
            && has_spans
            && texts(&self.elements).any(has_words)
            && !out_texts(&out).any(has_words)
        {
            return Err(Damage::Other);
        }
        if !marks_are_valid(&self.elements, &out, atoms) || !in_order(&out, atoms) {
            return Err(Damage::Other);
        }
        if self.stage < Stage::Pieces && !self.aside && !context.symbols.is_empty() {
            let mut signs = signs::differing(texts(&self.elements), out_texts(&out));
            if !self.has_its_quotes(&out) {
                signs.push(Kind::Quote);
            }
            if !signs.is_empty() {
                return Err(Damage::Signs(signs));
            }
        }
        let out = self.with_ends(self.with_quotes(out, context));
        let out = self.set_back(quotes_before_commas(out, atoms, context), context);
        Ok(match self.behind_speech {
            true => self.behind_comma(out, atoms, context),
            false => out,
        })
    }

    /// Whether a translation has as many quotation marks as its source. One without any is given none.
    fn has_its_quotes(&self, out: &[Out]) -> bool {
        match &self.written.quotes {
            None => true,
            Some(quotes) if quotes.is_empty() => true,
            Some(quotes) => quotes.len() == quotation_marks(&flat(out.iter().map(Out::text))).len(),
        }
    }

    /// A translation with the target language's quotation marks, each in the form of the source's.
    fn with_quotes(&self, out: Vec<Out>, context: Context<'_>) -> Vec<Out> {
        let Some(quotes) = &self.written.quotes else {
            return out;
        };
        let found = quotation_marks(&flat(out.iter().map(Out::text)));
        if found.is_empty() || (!quotes.is_empty() && found.len() != quotes.len()) {
            return out;
        }
        let mut marks = found.iter().enumerate().peekable();
        let mut start = 0;
        let write = |part| {
            let Out::Text(text) = part else {
                start += ATOM_LENGTH;
                return part;
            };
            let (mut written, mut end) = (String::with_capacity(text.len()), 0);
            while let Some((index, mark)) = marks.next_if(|(_, mark)| mark.at < start + text.len())
            {
                let at = mark.at - start;
                written.push_str(&text[end..at]);
                end = at + mark.length;
                match quotes.get(index) {
                    Some(quote) => match quote.form(context.target, context.enclosed) {
                        Some(form) if !quote.opens => push_closing(&mut written, form),
                        Some(form) => written.push_str(form),
                        None => written.push(quote.sign()),
                    },
                    // The source has none.
                    None if mark.is_single() => written.push_str(&text[at..end]),
                    None => {}
                }
            }
            written.push_str(&text[end..]);
            start += text.len();
            Out::Text(written)
        };
        out.into_iter().map(write).collect()
    }

    /// A translation with the signs that its source ends with: "?!".
    fn with_ends(&self, mut out: Vec<Out>) -> Vec<Out> {
        let Some(end) = self.end.as_ref().or(self.written.end.as_ref()) else {
            return out;
        };
        let Some(Out::Text(last)) = out.last_mut() else {
            out.push(Out::Text(end.clone()));
            return out;
        };
        let kept = last
            .trim_end_matches(['!', '?', '.', ',', '–', '—', ' '])
            .len();
        last.truncate(kept);
        last.push_str(end);
        out
    }

    /// A part of a sentence that does not end with a full stop is not given one.
    fn like_source<'t>(&self, translation: &'t str) -> &'t str {
        let ends = |text: &str| text.trim_end().ends_with(['.', '!', '?', '…', ':', ';']);
        if !self.partial || ends(&self.written.text) {
            return translation;
        }
        translation
            .strip_suffix('.')
            .filter(|rest| !rest.ends_with('.'))
            .unwrap_or(translation)
    }

    /// A clause that goes on with a sentence does not begin with a capital.
    fn go_on(&self, mut out: Vec<Out>, context: Context<'_>) -> Vec<Out> {
        let goes_on = self.partial && case::may_go_on(&self.written.text);
        if let Some(Out::Text(text)) = out.first_mut()
            && goes_on
            && !self.first
            && !self.is_polite(text, context)
        {
            *text = case::go_on(text, context.target, context.is_shorter);
        }
        out
    }

    /// Whether a translation begins with a word for the reader that keeps its capital, as its source does with "you".
    fn is_polite(&self, translation: &str, context: Context<'_>) -> bool {
        let first = |text: &str| {
            let end = |c: char| !(c.is_alphanumeric() || c == '\'');
            text.split(end).next().unwrap_or_default().to_owned()
        };
        context.target.polite.contains(&&*first(translation))
            && has(context.source.second_person, &first(&self.written.text))
    }

    /// A clause behind a comma, without the atom of what it is about, which stands before it.
    fn behind_comma(&self, out: Vec<Out>, atoms: &[Atom], context: Context<'_>) -> Vec<Out> {
        let is_speech = |part: &Out| match part {
            Out::Atom(atom) => atoms[*atom].is_speech(),
            Out::Text(_) => false,
        };
        let mut all: Vec<Out> = Vec::with_capacity(out.len() + 1);
        for part in out.into_iter().filter(|part| !is_speech(part)) {
            match (part, all.last_mut()) {
                // The atom stood between two words.
                (Out::Text(text), Some(Out::Text(last))) => {
                    let text = if last.ends_with(' ') {
                        text.trim_start()
                    } else {
                        &text
                    };
                    last.push_str(text);
                }
                (part, _) => all.push(part),
            }
        }
        match all.first_mut() {
            Some(Out::Text(text)) => {
                let clause = text.trim_start_matches([',', ' ']);
                let first = clause.split(|c: char| !c.is_alphanumeric()).next();
                // "Anna said": a name that the source has too.
                let is_name = first.is_some_and(|word| has_word(&self.written.text, word));
                let clause = match is_name {
                    true => clause.to_owned(),
                    false => case::go_on(clause, context.target, context.is_shorter),
                };
                *text = format!(", {clause}");
            }
            _ => all.insert(0, Out::Text(", ".to_owned())),
        }
        all
    }

    fn set_back(&self, out: Vec<Out>, context: Context<'_>) -> Vec<Out> {
        if context.case == Case::Sentence {
            return self.go_on(out, context);
        }
        let mut first = self.first;
        let polite = out_texts(&out)
            .next()
            .is_some_and(|text| self.is_polite(text, context));
        let set = |part| match part {
            Out::Text(text) if polite && first && context.case == Case::Lower => {
                first = false;
                Out::Text(text)
            }
            Out::Text(text) => {
                let written = case::set_back(
                    &text,
                    context.case,
                    first,
                    context.target_code,
                    context.target,
                    context.is_shorter,
                );
                first &= !text.contains(char::is_alphanumeric);
                Out::Text(written)
            }
            atom => atom,
        };
        out.into_iter().map(set).collect()
    }
}

/// Whether a text has a word, written as it is.
fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .any(|other| other == word)
}

/// Whether the atoms of punctuation come in their order: a closing quotation mark behind the opening one.
fn in_order(out: &[Out], atoms: &[Atom]) -> bool {
    let punctuation = |part: &Out| match part {
        Out::Atom(atom) if atoms[*atom].is_punctuation() => Some(*atom),
        _ => None,
    };
    out.iter().filter_map(punctuation).is_sorted()
}

/// German writes the comma of "Yes," behind the quotation mark.
fn quotes_before_commas(mut out: Vec<Out>, atoms: &[Atom], context: Context<'_>) -> Vec<Out> {
    let Some(((_, outer), (_, inner))) = context.target.quotes else {
        return out;
    };
    for at in 1..out.len() {
        let closes = matches!(&out[at], Out::Atom(atom) if atoms[*atom].is_punctuation() && [outer, inner].contains(&atoms[*atom].target()));
        if closes
            && let Out::Text(text) = &mut out[at - 1]
            && text.ends_with(',')
        {
            text.pop();
            match out.get_mut(at + 1) {
                Some(Out::Text(next)) if next.starts_with(',') => {}
                Some(Out::Text(next)) => next.insert(0, ','),
                _ => out.insert(at + 1, Out::Text(",".to_owned())),
            }
        }
    }
    out
}

/// The texts of a translation, without what atoms stand for.
pub(crate) fn out_texts(out: &[Out]) -> impl Iterator<Item = &str> {
    out.iter().filter_map(Out::text)
}

/// Removes symbols and other private-use characters that the model made up.
fn strip_foreign_symbols(out: Vec<Out>, symbols: &[char]) -> Vec<Out> {
    let strange = |c: char| {
        symbols.contains(&c)
            || c.is_control()
            || c == char::REPLACEMENT_CHARACTER
            || crate::characters::is_private_use(c)
    };
    let strip = |part| match part {
        Out::Text(text) if text.contains(strange) => {
            Out::Text(text.chars().filter(|&c| !strange(c)).collect())
        }
        other => other,
    };
    out.into_iter().map(strip).collect()
}
