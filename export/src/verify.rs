//! Parity: compares an implementation of the model with the reference. The exporter compares the runtime's own
//! executor before it writes anything; tests compare all other implementations, with the same cases.
//!
//! Both decode greedily. The reference chooses the tokens, so that all steps after a near tie can still be
//! compared.

use deshi_core::aligned::AlignedBytes;
use deshi_core::native::{self, Native, NativeError};
use deshi_core::random::Random;
use deshi_core::search::{Excluded, Executor};
use deshi_core::vocabulary::{END, FIRST_BYTE, START};
use deshi_core::weights::Weights;
use deshi_core::{Architecture, Side, Token, forward};
use deshi_kernels::KernelSet;

use crate::reference::{Precision, Reference, State};
use crate::{Checkpoint, ExportError};

/// The largest difference of a logit, as a share of the greatest of its step. Implementations sum f32 in another order
/// than the reference, so an activation is sometimes rounded to the next int8 step, a 127th of its row's maximum, and all
/// that depends on it changes too: 0.058 was seen in a sound model. A wrong tensor or scale changes logits by as much as
/// their size.
pub const LOGIT_TOLERANCE: f32 = 0.1;
/// Logits closer than this are a tie: either may win.
pub const TIE: f32 = 0.05;

/// The bias of a token that must never be chosen, in models that were not trained by deshi.
pub const NEVER: f32 = -1e9;

/// An implementation that computes a model's logits.
pub trait Logits {
    /// Its name, for messages.
    fn name(&self) -> String;

    /// Reads a source, which includes its [`END`], and forgets the previous one.
    ///
    /// # Errors
    /// A message that says what went wrong.
    fn encode(&mut self, source: &[Token]) -> Result<(), String>;

    /// The logits after `token`, whose position is `position`: `[vocabulary_size]`.
    ///
    /// # Errors
    /// A message that says what went wrong.
    fn step(&mut self, token: Token, position: usize) -> Result<Vec<f32>, String>;
}

/// The result of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Agreement {
    /// Tokens compared.
    pub tokens: usize,
    /// Of them, those where two logits were so close that another one won.
    pub ties: usize,
    /// The largest difference of a logit, as a share of the greatest of its step.
    pub largest_difference: f32,
}

/// Compares a decoder with the int8 reference, on [`sample_sources`].
///
/// # Errors
/// If tokens differ other than by a [`TIE`], or a logit by more than [`LOGIT_TOLERANCE`].
pub fn compare(
    checkpoint: &Checkpoint,
    decoder: &mut dyn Logits,
) -> Result<Agreement, ExportError> {
    let reference = Reference::new(checkpoint, Precision::Int8);
    compare_with(reference, checkpoint, decoder)
}

fn compare_with(
    mut reference: Reference<'_>,
    checkpoint: &Checkpoint,
    decoder: &mut dyn Logits,
) -> Result<Agreement, ExportError> {
    let mut agreement = Agreement::default();
    for source in sample_sources(&checkpoint.architecture) {
        compare_one(&mut reference, decoder, checkpoint, &source, &mut agreement)?;
    }
    Ok(agreement)
}

/// Compares the runtime's native executor, which reads the weights file, with the reference, which reads the
/// checkpoint.
///
/// # Errors
/// As [`compare`].
pub fn compare_native(
    checkpoint: &Checkpoint,
    weights_file: &[u8],
    kernels: &'static dyn KernelSet,
) -> Result<Agreement, ExportError> {
    let reference = Reference::new(checkpoint, Precision::Int8);
    compare_native_with(reference, checkpoint, weights_file, kernels)
}

/// The same with a reference of int8 weights: see [`Reference::with_int8`].
///
/// # Errors
/// As [`compare`].
pub fn compare_native_with(
    reference: Reference<'_>,
    checkpoint: &Checkpoint,
    weights_file: &[u8],
    kernels: &'static dyn KernelSet,
) -> Result<Agreement, ExportError> {
    let file = AlignedBytes::copy(weights_file);
    let architecture = &checkpoint.architecture;
    let layout = |error: &dyn ToString| ExportError::Layout(error.to_string());
    let weights = Weights::new(architecture, file.bytes()).map_err(|error| layout(&error))?;

    let longest = architecture.maximum_positions;
    let mut arena = vec![0.0; native::arena_elements(architecture, longest)];
    let mut quantised = vec![0; native::quantised_elements(architecture, longest)];
    let mut native = Native::new(kernels, &weights, longest, &mut arena, &mut quantised)
        .map_err(|error| layout(&error))?;
    compare_with(reference, checkpoint, &mut native)
}

impl Logits for Native<'_> {
    fn name(&self) -> String {
        format!("the native executor on {}", self.kernels().name())
    }

    fn encode(&mut self, source: &[Token]) -> Result<(), String> {
        Executor::encode(self, source).map_err(|error| error.to_string())
    }

    fn step(&mut self, token: Token, position: usize) -> Result<Vec<f32>, String> {
        let (best, _) = Executor::step(self, token, position, Excluded::NOTHING)
            .map_err(|error: NativeError| error.to_string())?;
        let logits = self.logits().to_vec();
        if best as usize != first_highest(&logits) {
            return Err(format!("token {best} is not of the highest logit"));
        }
        Ok(logits)
    }
}

/// Token sequences of several lengths without their [`END`], spread over the source's vocabulary; the same ones each time.
pub fn sample_sources(architecture: &Architecture) -> Vec<Vec<Token>> {
    let mut random = Random::new(1);
    let ids = architecture.embedded_ids(Side::Source);
    let span = ids.saturating_sub(FIRST_BYTE as usize).max(1);
    let mut token = || FIRST_BYTE + random.below(span) as u32;
    let longest = architecture.maximum_positions - 1;
    [0, 1, 2, 5, 9, 17, 18]
        .map(|len: usize| (0..len.min(longest)).map(|_| token()).collect())
        .into()
}

fn compare_one(
    reference: &mut Reference<'_>,
    decoder: &mut dyn Logits,
    checkpoint: &Checkpoint,
    source: &[Token],
    agreement: &mut Agreement,
) -> Result<(), ExportError> {
    let architecture = &checkpoint.architecture;
    let source: Vec<Token> = source.iter().copied().chain([END]).collect();
    let executor = decoder.name();
    let fail = |position: usize, what: String| ExportError::Verification {
        executor: executor.clone(),
        what: format!("source of {} tokens, step {position}: {what}", source.len()),
    };

    let x = reference.embed(Side::Source, &source, 0);
    let encoded = forward::encode(reference, architecture, x)?;
    let keys_values = forward::keys_values(reference, architecture, encoded)?;
    decoder.encode(&source).map_err(|what| fail(0, what))?;

    let mut states = vec![State::new(architecture.d_model); architecture.decoder_layers];
    let mut token = START;
    for position in 0..(source.len() * 3 / 2 + 10).min(architecture.maximum_positions) {
        let x = reference.embed(Side::Target, &[token], position);
        let hidden = forward::decode(reference, architecture, x, &keys_values, &mut states)?;
        let expected = reference.logits(&hidden);
        let got = decoder
            .step(token, position)
            .map_err(|what| fail(position, what))?;
        token = compare_step(&expected, &got, agreement).map_err(|what| fail(position, what))?;
        if token == END {
            break;
        }
    }
    Ok(())
}

/// The reference's token, if the other's logits agree.
fn compare_step(expected: &[f32], got: &[f32], agreement: &mut Agreement) -> Result<u32, String> {
    if got.len() != expected.len() || !got.iter().all(|logit| logit.is_finite()) {
        let (got, expected) = (got.len(), expected.len());
        return Err(format!("{got} logits; expected {expected} finite ones"));
    }
    // A token that can never be chosen must stay so; how far below the others it is does not matter.
    let never = |logit: f32| logit < NEVER / 2.0;
    if let Some(token) = (0..got.len()).find(|&at| never(got[at]) != never(expected[at])) {
        return Err(format!(
            "whether token {token} can be chosen differs from the reference"
        ));
    }
    let chosen = || {
        expected
            .iter()
            .zip(got)
            .filter(|(logit, _)| !never(**logit))
    };
    let differences = chosen().map(|(a, b)| (a - b).abs());
    let greatest = chosen().fold(0.0, |most: f32, (logit, _)| most.max(logit.abs()));
    let difference = differences.fold(0.0, f32::max) / greatest.max(f32::MIN_POSITIVE);
    agreement.largest_difference = agreement.largest_difference.max(difference);
    if difference > LOGIT_TOLERANCE {
        return Err(format!("a logit differs by {difference} of the greatest"));
    }
    agreement.tokens += 1;
    let (best, chosen) = (first_highest(expected), first_highest(got));
    if chosen != best {
        let gap = expected[best] - expected[chosen];
        if gap > TIE {
            return Err(format!("token {chosen} for {best}, logits {gap} apart"));
        }
        agreement.ties += 1;
    }
    Ok(best as u32)
}

fn first_highest(logits: &[f32]) -> usize {
    (0..logits.len())
        .rev()
        .max_by(|&a, &b| logits[a].total_cmp(&logits[b]))
        .unwrap_or(0)
}
