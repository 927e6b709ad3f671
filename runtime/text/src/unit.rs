//! A unit: what the model translates at once, and how its answer is read.

use crate::case::{self, Case};
use crate::doubt;
use crate::elements::{Atom, Element, texts};
use crate::languages::{Language, has};
use crate::model::SentenceTranslation;
use crate::quotations::{ATOM_LENGTH, flat, quotation_marks};
use crate::signs::{self, Kind};

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
    pub(crate) target: &'c Language,
    pub(crate) symbols: &'c [char],
    /// Whether quotation marks stand around the whole sentence.
    pub(crate) enclosed: bool,
    /// Says whether the second of two forms of a word has fewer tokens than the first, and so is the more common one.
    pub(crate) is_shorter: &'c dyn Fn(&str, &str) -> bool,
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
        Ok(self.set_back(quotes_before_commas(out, atoms, context), context))
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
        let (Some(end), Some(Out::Text(last))) = (&self.written.end, out.last_mut()) else {
            return out;
        };
        let kept = last.trim_end_matches(['!', '?', '.']).len();
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
        let goes_on = self.partial && self.written.text.starts_with(char::is_lowercase);
        if let Some(Out::Text(text)) = out.first_mut()
            && goes_on
            && !self.first
        {
            *text = case::go_on(text, context.target, context.is_shorter);
        }
        out
    }

    fn set_back(&self, out: Vec<Out>, context: Context<'_>) -> Vec<Out> {
        if context.case == Case::Sentence {
            return self.go_on(out, context);
        }
        let mut first = self.first;
        let set = |part| match part {
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

    /// The answer with each symbol replaced by what it stands for; `None` if a symbol is missing, doubled or unknown.
    fn find_symbols(
        &self,
        text: &str,
        atoms: &[Atom],
        symbols: &[char],
        target: &Language,
    ) -> Option<Vec<Out>> {
        let mut out = Vec::new();
        let mut seen = vec![false; self.written.groups.len()];
        let mut rest = text;
        while let Some(at) = rest.find(|c| symbols.contains(&c)) {
            let symbol = rest[at..].chars().next()?;
            let index = symbols.iter().position(|&other| other == symbol)?;
            let group = self.written.groups.get(index)?;
            if std::mem::replace(&mut seen[index], true) {
                return None;
            }
            let beside = self.beside(symbol);
            push_text(&mut out, &rest[..at]);
            rest = &rest[at + symbol.len_utf8()..];
            // The search added the symbol after the model had ended the sentence.
            let late = !rest.contains(char::is_alphanumeric) && !beside.ends_sentence;
            let end = late.then(|| take_end(&mut out, target)).flatten();
            let is_tag =
                |element: &Element| matches!(element, Element::Atom(atom) if atoms[*atom].is_tag());
            if end.is_some() && group.iter().any(is_tag) {
                return None;
            }
            if beside.space_before && ends_with_word(&out) {
                push_text(&mut out, " ");
            }
            for element in group {
                match element {
                    Element::Text(text) => push_text(&mut out, text),
                    Element::Atom(atom) => out.push(Out::Atom(*atom)),
                }
            }
            if let Some(end) = end
                && !rest.trim_start().starts_with(SIGNS)
            {
                push_text(&mut out, end);
            }
            // The model left out what stood there.
            if rest.starts_with(char::is_alphanumeric) {
                push_text(&mut out, beside.after);
            }
        }
        push_text(&mut out, rest);
        seen.iter().all(|&seen| seen).then_some(out)
    }

    /// What is beside a symbol in the source.
    fn beside(&self, symbol: char) -> Beside {
        let (before, after) = self.written.text.split_once(symbol).unwrap_or_default();
        let space = |character: Option<char>| character.is_none_or(char::is_whitespace);
        let mut following = after.chars();
        let next = following.next();
        let signs = [(',', ", "), (';', "; "), (':', ": ")];
        let sign = signs.iter().find(|(sign, _)| Some(*sign) == next);
        Beside {
            ends_sentence: before.trim_end().ends_with(ENDS),
            space_before: space(before.chars().next_back()),
            after: match sign {
                Some((_, text)) if space(following.next()) => text,
                _ if space(next) => " ",
                _ => "",
            },
        }
    }

    /// Puts the spans that the model saw as text, or as stand-ins, where the answer has them. Each must occur once.
    fn find_spans(&self, mut out: Vec<Out>) -> Result<Vec<Out>, Damage> {
        let mut wanted: Vec<&(usize, Vec<String>)> = self.written.shown.iter().collect();
        // Long ones first: a short one may stand inside a long one.
        wanted.sort_by_key(|(_, forms)| std::cmp::Reverse(forms[0].len()));
        let mut place = |(atom, forms): &&&(usize, Vec<String>)| {
            forms.iter().any(|form| place(&mut out, form, *atom))
        };
        let missing: Vec<usize> = wanted
            .iter()
            .filter(|span| !place(span))
            .map(|(atom, _)| *atom)
            .collect();
        if !missing.is_empty() {
            return Err(Damage::Spans(missing));
        }
        let comes_again = |form: &str| {
            out_texts(&out).any(|text| match is_plain(form) {
                // "12" within "1,200" is another number.
                true => find_whole(text, form).is_some(),
                false => text.contains(form),
            })
        };
        let doubled: Vec<usize> = wanted
            .iter()
            .filter(|(_, forms)| comes_again(&forms[0]))
            .map(|(atom, _)| *atom)
            .collect();
        match doubled.is_empty() {
            true => Ok(out),
            false => Err(Damage::Spans(doubled)),
        }
    }
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

/// What ends sentences.
const ENDS: &[char] = &['.', '!', '?', '…'];
/// What comes behind a word.
const SIGNS: &[char] = &['.', '!', '?', '…', ',', ';', ':'];

/// Removes the punctuation that ends the sentence, unless it is an abbreviation's full stop.
fn take_end(out: &mut Vec<Out>, target: &Language) -> Option<&'static str> {
    let Some(Out::Text(text)) = out.last_mut() else {
        return None;
    };
    let ends = [".", "!", "?", "…"];
    let end = ends
        .into_iter()
        .find(|end| text.trim_end().ends_with(end))?;
    let kept = text.trim_end().len() - end.len();
    let word = text[..kept].rsplit(' ').next().unwrap_or("");
    let lists = [target.inside, target.before_number, target.may_end];
    if word.chars().count() == 1 || lists.iter().any(|list| has(list, word)) {
        return None;
    }
    text.truncate(kept);
    if text.is_empty() {
        out.pop();
    }
    Some(end)
}

/// What is beside a symbol.
struct Beside {
    /// Whether a sentence ends before it.
    ends_sentence: bool,
    space_before: bool,
    /// White space, with the punctuation before it, or nothing.
    after: &'static str,
}

/// Puts an atom in the first place of its text.
fn place(out: &mut Vec<Out>, form: &str, atom: usize) -> bool {
    for index in 0..out.len() {
        let Out::Text(text) = &out[index] else {
            continue;
        };
        let Some(at) = find_whole(text, form) else {
            continue;
        };
        let (before, after) = (text[..at].to_owned(), text[at + form.len()..].to_owned());
        let parts = [Out::Text(before), Out::Atom(atom), Out::Text(after)];
        let filled = parts
            .into_iter()
            .filter(|part| !matches!(part, Out::Text(text) if text.is_empty()));
        out.splice(index..=index, filled);
        return true;
    }
    false
}

/// Whether a text could also come about as a part of another word or number.
fn is_plain(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | ':'))
}

/// Where a text occurs, not as a part of a word or number.
fn find_whole(text: &str, part: &str) -> Option<usize> {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let sign = |c: Option<char>| matches!(c, Some('.' | ',' | ':'));
    let mut found = text.match_indices(part).map(|(at, _)| at);
    found.find(|&at| {
        let mut before = text[..at].chars().rev();
        let mut after = text[at + part.len()..].chars();
        let (left, right) = (before.next(), after.next());
        let first = part.chars().next();
        let last = part.chars().next_back();
        let joined_left =
            letter(first) && letter(left) || digit(first) && sign(left) && digit(before.next());
        let joined_right =
            letter(last) && letter(right) || digit(last) && sign(right) && digit(after.next());
        !joined_left && !joined_right
    })
}

fn push_text(out: &mut Vec<Out>, text: &str) {
    if text.is_empty() {
        return;
    }
    match out.last_mut() {
        Some(Out::Text(last)) => last.push_str(text),
        _ => out.push(Out::Text(text.to_owned())),
    }
}

/// Whether a space belongs between a translation and what follows.
fn ends_with_word(out: &[Out]) -> bool {
    match out.last() {
        Some(Out::Text(text)) => {
            text.ends_with(|c: char| c.is_alphanumeric() || SIGNS.contains(&c))
        }
        Some(Out::Atom(_)) => true,
        None => false,
    }
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
