//! The search with scripted executors: symbols, repetition, batches.

use super::*;
use crate::Token;
use crate::vocabulary::{FIRST_PIECE, FIRST_SYMBOL, SYMBOLS};
use core::convert::Infallible;
use std::vec;
use std::vec::Vec;

/// The tokens that a [`Script`] knows: the end, the symbols, and some pieces.
fn tokens() -> impl Iterator<Item = Token> {
    let symbols = FIRST_SYMBOL..FIRST_SYMBOL + SYMBOLS;
    core::iter::once(END)
        .chain(symbols)
        .chain(FIRST_PIECE..FIRST_PIECE + 6)
}

fn hash(numbers: &[u64]) -> u64 {
    numbers.iter().fold(7, |hash: u64, number| {
        let mixed = (hash ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed ^ mixed >> 29
    })
}

/// A model whose scores are random, but the same each time. `end` and `symbols` are added to the scores of the end and of
/// the symbols. A `damaged` one returns the token with the highest score, excluded or not. One with a `period` looks only
/// at the position, and so repeats itself.
#[derive(Clone)]
struct Script {
    seed: u64,
    end: u64,
    symbols: u64,
    damaged: bool,
    period: Option<u32>,
    source: Vec<Token>,
}

impl Executor for Script {
    type Error = Infallible;

    fn encode(&mut self, source: &[Token]) -> Result<(), Infallible> {
        self.source = source.to_vec();
        Ok(())
    }

    fn step(
        &mut self,
        token: Token,
        position: usize,
        excluded: Excluded,
    ) -> Result<(Token, f32), Infallible> {
        let source = self.source.iter().map(|&token| u64::from(token));
        let source = hash(&source.collect::<Vec<_>>());
        let score = |&next: &u32| {
            let love = match next {
                END => self.end,
                _ if SymbolSet::ALL.contains(next) => self.symbols,
                _ => 0,
            };
            let place = match self.period {
                Some(period) => [0, position as u32 % period],
                None => [token, position as u32],
            };
            let numbers = [place[0], place[1], next].map(u64::from);
            let random = hash(&[self.seed, source, hash(&numbers)]) % 1000;
            (random + love, next)
        };
        let allowed = tokens().filter(|&next| self.damaged || !excluded.contains(next));
        let best = allowed.max_by_key(score).unwrap();
        Ok((best, score(&best).0 as f32 / -1000.0))
    }
}

/// Scripts side by side.
struct Scripts(Script, Vec<Script>);

impl BatchExecutor for Scripts {
    type Error = Infallible;

    fn encode_batch(&mut self, sources: &[&[Token]]) -> Result<(), Infallible> {
        self.1 = vec![self.0.clone(); sources.len()];
        let mut scripts = self.1.iter_mut().zip(sources);
        scripts.try_for_each(|(script, source)| script.encode(source))
    }

    fn step_batch(&mut self, position: usize, rows: &mut [Row]) -> Result<(), Infallible> {
        for row in rows {
            let script = &mut self.1[row.sentence];
            let step = script.step(row.token, position, row.excluded);
            (row.token, row.log_probability) = step?;
        }
        Ok(())
    }
}

type Output = (Vec<Token>, Found);

fn alone(script: &Script, source: &[Token], constraints: Constraints) -> Output {
    let mut tokens = vec![];
    let push = |token| tokens.push(token);
    let Ok(found) = greedy(&mut script.clone(), source, constraints, push);
    (tokens, found)
}

fn check((tokens, found): &Output, constraints: &Constraints) {
    assert_eq!(tokens.len(), found.tokens);
    let symbols = || {
        tokens
            .iter()
            .copied()
            .filter(|&token| SymbolSet::ALL.contains(token))
    };
    let required = constraints.required.unwrap();
    assert_eq!(symbols().collect::<SymbolSet>(), required, "{tokens:?}");
    assert_eq!(symbols().count(), required.len(), "once each: {tokens:?}");
    assert!(symbols().is_sorted(), "in their order: {tokens:?}");
    let decoded = found.tokens - found.appended_symbols;
    assert!(decoded <= constraints.maximum_tokens);
    let appended = &tokens[decoded..];
    assert!(appended.iter().all(|&token| required.contains(token)));
    assert!(found.truncated || found.appended_symbols == 0);
    assert!(found.repeats().end == decoded);
}

#[test]
fn every_required_symbol_comes_once_and_no_other_whatever_the_model_says() {
    let mut ways = [0; 5];
    for seed in 0..3000 {
        let random = |of: u64| hash(&[seed, of]);
        let script = Script {
            seed,
            end: [0, 300, 2000][(random(1) % 3) as usize],
            symbols: [0, 500, 3000][(random(2) % 3) as usize],
            damaged: random(3) % 8 == 0,
            period: [Some(1), Some(3), None][(random(5) % 3) as usize],
            source: vec![],
        };
        let sources: Vec<Vec<Token>> = (0..1 + random(4) % 6)
            .map(|sentence| {
                let mask = random(10 + sentence) as u8;
                let symbols = (0..SYMBOLS).filter(|at| mask >> at & 1 == 1);
                let symbols = symbols.map(|at| FIRST_SYMBOL + at);
                symbols.chain([FIRST_PIECE + 3, END]).collect()
            })
            .collect();
        let sources: Vec<&[Token]> = sources.iter().map(Vec::as_slice).collect();
        let constraints: Vec<Constraints> = (20..)
            .zip(&sources)
            .map(|(of, source)| Constraints {
                maximum_tokens: (random(of) % 25) as usize,
                required: Some(source.iter().copied().collect()),
            })
            .collect();
        let count = sources.len();
        let mut outputs: Vec<Vec<Token>> = vec![vec![]; count];
        let (mut rows, mut found) = (vec![Row::START; count], vec![Found::NOTHING; count]);
        let push = |sentence: usize, token| outputs[sentence].push(token);
        let mut scripts = Scripts(script.clone(), vec![]);
        let Ok(()) = greedy_batch(
            &mut scripts,
            &sources,
            &constraints,
            &mut rows,
            &mut found,
            push,
        );
        let outputs = outputs.into_iter().zip(found);
        for ((output, source), constraints) in outputs.zip(&sources).zip(&constraints) {
            check(&output, constraints);
            assert_eq!(output, alone(&script, source, *constraints), "seed {seed}");
            let found = output.1;
            ways[0] += usize::from(found.appended_symbols > 0);
            ways[1] += usize::from(!found.truncated);
            ways[2] += usize::from(found.repeated_tokens > 0);
            ways[3] +=
                usize::from(!found.truncated && constraints.required != Some(SymbolSet::EMPTY));
            ways[4] += usize::from(script.damaged && found.tokens < constraints.maximum_tokens);
        }
    }
    assert!(
        ways.iter().all(|&count| count > 20),
        "every way to end: {ways:?}"
    );
}

/// A model that would end at once: every other token has a small probability.
struct Silent;

impl Executor for Silent {
    type Error = Infallible;

    fn encode(&mut self, _: &[Token]) -> Result<(), Infallible> {
        Ok(())
    }

    fn step(
        &mut self,
        _: Token,
        at: usize,
        excluded: Excluded,
    ) -> Result<(Token, f32), Infallible> {
        match excluded.contains(END) {
            true => Ok((FIRST_PIECE + at as u32, -4.0)),
            false => Ok((END, -0.1)),
        }
    }
}

#[test]
fn a_model_that_would_end_is_given_the_missing_symbols() {
    let source = [
        FIRST_SYMBOL + 1,
        FIRST_PIECE,
        FIRST_SYMBOL + 4,
        FIRST_PIECE,
        END,
    ];
    let constraints = Constraints {
        maximum_tokens: 20,
        required: Some(source.iter().copied().collect()),
    };
    let mut tokens = vec![];
    let push = |token| tokens.push(token);
    let Ok(found) = greedy(&mut Silent, &source, constraints, push);
    let expected = [
        FIRST_PIECE,
        FIRST_PIECE + 1,
        FIRST_SYMBOL + 1,
        FIRST_SYMBOL + 4,
    ];
    assert_eq!(tokens, expected);
    assert!(!found.truncated && found.appended_symbols == 0);
}

#[test]
fn a_vocabulary_without_symbols_is_not_constrained() {
    let script = Script {
        seed: 1,
        end: 0,
        symbols: 3000,
        damaged: false,
        period: None,
        source: vec![],
    };
    let (tokens, found) = alone(&script, &[FIRST_SYMBOL, END], Constraints::tokens(12));
    assert!(tokens.iter().all(|&token| SymbolSet::ALL.contains(token)));
    assert_eq!((found.tokens, found.appended_symbols), (12, 0));
}

/// Repeats the same three tokens without end.
struct Parrot;

impl Executor for Parrot {
    type Error = Infallible;

    fn encode(&mut self, _: &[Token]) -> Result<(), Infallible> {
        Ok(())
    }

    fn step(&mut self, _: Token, at: usize, _: Excluded) -> Result<(Token, f32), Infallible> {
        Ok((FIRST_PIECE + at as u32 % 3, -1.0))
    }
}

#[test]
fn a_translation_that_repeats_itself_is_cut_off_and_keeps_its_symbols() {
    let constraints = Constraints {
        maximum_tokens: 200,
        required: Some([FIRST_SYMBOL + 2].into_iter().collect()),
    };
    let mut tokens = vec![];
    let push = |token| tokens.push(token);
    let Ok(found) = greedy(&mut Parrot, &[FIRST_SYMBOL + 2, END], constraints, push);
    assert_eq!(found.tokens, 16);
    assert_eq!(found.repeats(), 3..15);
    assert_eq!(tokens[15], FIRST_SYMBOL + 2);
    assert!(found.truncated);
    assert_eq!(found.log_probability, -15.0);
}
