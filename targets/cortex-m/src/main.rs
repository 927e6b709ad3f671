//! Firmware that translates phrases with a model read in place in flash: no allocator, no operating system, and
//! buffers with a size known at compile time (see `build.rs`).
//!
//! It prints a line for every phrase, `[token ids] translation`, by semihosting: to QEMU, or to a debugger.
//! This crate has no unsafe code of its own; it denies and does not forbid it, because cortex-m-rt's macro `entry`
//! adds an unsafe attribute.

#![no_std]
#![no_main]

use core::fmt;

use cortex_m as _;
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use deshi_core::Token;
use deshi_core::bundle::{self, Bundle, BundleError};
use deshi_core::native::{Native, NativeError};
use deshi_core::search::{Constraints, greedy};
use deshi_core::vocabulary::{END, Vocabularies, VocabularyError};
use deshi_core::weights::{Weights, WeightsError};
use panic_semihosting as _;
use static_cell::ConstStaticCell;

/// The model, and sizes from its manifest, written by `build.rs`.
mod limits {
    include!(concat!(env!("OUT_DIR"), "/limits.rs"));
}
use limits::{ARENA_ELEMENTS, MODEL, QUANTISED_ELEMENTS, SOURCE_TOKENS, TARGET_TOKENS};

/// The most bytes of a translation.
const TEXT_BYTES: usize = 512;
/// The phrases, one per line.
const PHRASES: &str = if cfg!(feature = "idle") {
    ""
} else {
    include_str!("../phrases.txt")
};

/// Starts at a multiple of the weights' alignment, so that they can be read in place.
#[repr(align(64))]
struct Aligned<T>(T);

static BUNDLE: Aligned<[u8; MODEL.len()]> = Aligned(*MODEL);
static ARENA: ConstStaticCell<[f32; ARENA_ELEMENTS]> = ConstStaticCell::new([0.0; ARENA_ELEMENTS]);
static QUANTISED: ConstStaticCell<[i8; QUANTISED_ELEMENTS]> =
    ConstStaticCell::new([0; QUANTISED_ELEMENTS]);

/// Why the translation failed.
#[derive(Debug)]
enum Error {
    Bundle(BundleError),
    Vocabulary(VocabularyError),
    Weights(WeightsError),
    Native(NativeError),
    /// The phrase has more tokens than [`SOURCE_TOKENS`].
    SourceFull,
    /// The translation has more tokens than [`TARGET_TOKENS`].
    TargetFull,
    /// The translation has more bytes than [`TEXT_BYTES`].
    TextFull,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundle(error) => write!(f, "{error}"),
            Self::Vocabulary(error) => write!(f, "{error}"),
            Self::Weights(error) => write!(f, "{error}"),
            Self::Native(error) => write!(f, "{error}"),
            Self::SourceFull => write!(f, "a phrase has more than {SOURCE_TOKENS} tokens"),
            Self::TargetFull => write!(f, "a translation has more than {TARGET_TOKENS} tokens"),
            Self::TextFull => write!(f, "a translation has more than {TEXT_BYTES} bytes"),
        }
    }
}

/// A translation: its tokens and its text.
type Translation = (
    heapless::Vec<Token, TARGET_TOKENS>,
    heapless::String<TEXT_BYTES>,
);

fn translate(
    native: &mut Native<'_>,
    vocabularies: &Vocabularies<'_>,
    maximum_tokens: impl Fn(usize) -> usize,
    text: &str,
) -> Result<Translation, Error> {
    let mut source: heapless::Vec<Token, SOURCE_TOKENS> = heapless::Vec::new();
    vocabularies
        .source
        .encode(text, |token| source.push(token))
        .and_then(|()| source.push(END))
        .map_err(|_| Error::SourceFull)?;
    let mut tokens = heapless::Vec::new();
    let mut full = false;
    let push = |token| full |= tokens.push(token).is_err();
    let constraints = Constraints {
        maximum_tokens: maximum_tokens(source.len()),
        required: vocabularies.required_symbols(&source),
    };
    greedy(native, &source, constraints, push).map_err(Error::Native)?;
    if full {
        return Err(Error::TargetFull);
    }
    let mut translation = heapless::String::new();
    vocabularies
        .target
        .decode(tokens.iter().copied(), &mut translation)
        .map_err(|_| Error::TextFull)?;
    Ok((tokens, translation))
}

fn run(arena: &mut [f32], quantised: &mut [i8]) -> Result<(), Error> {
    let bundle = Bundle::parse(&BUNDLE.0).map_err(Error::Bundle)?;
    let member = |name| {
        bundle
            .member(name)
            .expect("a parsed bundle has every member")
    };
    let source = bundle.member(bundle::SOURCE_VOCABULARY);
    let vocabularies =
        Vocabularies::parse(member(bundle::VOCABULARY), source).map_err(Error::Vocabulary)?;
    let manifest = bundle.manifest();
    let weights =
        Weights::new(&manifest.architecture, member(bundle::WEIGHTS)).map_err(Error::Weights)?;
    let kernels = deshi_kernels::best();
    let mut native =
        Native::new(kernels, &weights, SOURCE_TOKENS, arena, quantised).map_err(Error::Native)?;
    for phrase in PHRASES.lines() {
        let maximum_tokens = |source_tokens| manifest.maximum_tokens(source_tokens);
        let (tokens, text) = translate(&mut native, &vocabularies, maximum_tokens, phrase)?;
        hprintln!("{:?} {}", tokens, text);
    }
    Ok(())
}

#[entry]
fn main() -> ! {
    let result = run(ARENA.take(), QUANTISED.take());
    if let Err(error) = &result {
        hprintln!("deshi: {}", error);
    }
    debug::exit(match result {
        Ok(()) => debug::EXIT_SUCCESS,
        Err(_) => debug::EXIT_FAILURE,
    });
    loop {
        cortex_m::asm::wfi();
    }
}
