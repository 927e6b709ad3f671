//! `DeshiTranslation`, in safe Rust.

use deshi::{Flags, TranslatedSentence, Translation};

/// A sentence was longer than the model was trained for, and was translated in parts.
pub const DESHI_FLAG_CUT: u32 = 1;
/// The translation reached its maximum length, and its end is missing.
pub const DESHI_FLAG_TRUNCATED: u32 = 2;
/// The first translation damaged something that must not change; this one is a repaired version.
pub const DESHI_FLAG_REPAIRED: u32 = 4;
/// The model repeated itself and was stopped.
pub const DESHI_FLAG_REPEATED: u32 = 8;
/// Source text was kept: there was nothing to translate, or the options say so.
pub const DESHI_FLAG_PASSED_THROUGH: u32 = 16;
/// Text is not in the model's source language.
pub const DESHI_FLAG_FOREIGN: u32 = 32;
/// The confidence is below the minimum set in the options.
pub const DESHI_FLAG_LOW_CONFIDENCE: u32 = 64;
/// The digits of source and translation differ.
pub const DESHI_FLAG_DIGITS_DIFFER: u32 = 128;
/// The translation is the same as its source, or nearly.
pub const DESHI_FLAG_COPIED: u32 = 256;
/// The source is negated and the translation is not, or the other way round.
pub const DESHI_FLAG_NEGATION_DIFFERS: u32 = 512;

/// A flag's bit, by its name; 0 for a flag that is not in the header.
fn bit(name: &str) -> u32 {
    match name {
        "cut" => DESHI_FLAG_CUT,
        "truncated" => DESHI_FLAG_TRUNCATED,
        "repaired" => DESHI_FLAG_REPAIRED,
        "repeated" => DESHI_FLAG_REPEATED,
        "passed_through" => DESHI_FLAG_PASSED_THROUGH,
        "foreign" => DESHI_FLAG_FOREIGN,
        "low_confidence" => DESHI_FLAG_LOW_CONFIDENCE,
        "digits_differ" => DESHI_FLAG_DIGITS_DIFFER,
        "copied" => DESHI_FLAG_COPIED,
        "negation_differs" => DESHI_FLAG_NEGATION_DIFFERS,
        _ => 0,
    }
}

fn bits(flags: Flags) -> u32 {
    flags.names().map(bit).fold(0, |bits, bit| bits | bit)
}

/// A sentence of a text. Positions are in bytes; an end is the position after the last byte.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeshiSentence {
    /// Where it starts in the source.
    pub source_start: usize,
    /// Where it ends in the source.
    pub source_end: usize,
    /// Where its translation starts in the text of the translation.
    pub target_start: usize,
    /// Where its translation ends.
    pub target_end: usize,
    /// The union (bitwise or) of its `DESHI_FLAG_...` values.
    pub flags: u32,
    /// Mean natural log-probability per token; NaN if the model was not used.
    pub mean_log_probability: f32,
}

impl DeshiSentence {
    fn new(sentence: &TranslatedSentence) -> Self {
        Self {
            source_start: sentence.source_range.start,
            source_end: sentence.source_range.end,
            target_start: sentence.target_range.start,
            target_end: sentence.target_range.end,
            flags: bits(sentence.flags),
            mean_log_probability: sentence.mean_log_probability().unwrap_or(f32::NAN),
        }
    }
}

/// A translated text. Several threads may read it at once.
#[derive(Debug)]
pub struct DeshiTranslation {
    /// Ends with a zero byte, for C.
    pub(crate) text: Vec<u8>,
    pub(crate) flags: u32,
    pub(crate) mean_log_probability: f32,
    pub(crate) sentences: Vec<DeshiSentence>,
}

impl DeshiTranslation {
    /// The length of the text in bytes, without the final zero byte.
    pub(crate) fn length(&self) -> usize {
        self.text.len() - 1
    }
}

impl From<Translation> for DeshiTranslation {
    fn from(translation: Translation) -> Self {
        let mean_log_probability = translation.mean_log_probability().unwrap_or(f32::NAN);
        let mut text = translation.text.into_bytes();
        text.push(0);
        Self {
            text,
            flags: bits(translation.flags),
            mean_log_probability,
            sentences: translation
                .sentences
                .iter()
                .map(DeshiSentence::new)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_its_own_bit() {
        let mut flags = Flags::default();
        assert_eq!(bits(flags), 0);
        for flag in [
            &mut flags.cut,
            &mut flags.truncated,
            &mut flags.repaired,
            &mut flags.repeated,
            &mut flags.passed_through,
            &mut flags.foreign,
            &mut flags.low_confidence,
            &mut flags.digits_differ,
            &mut flags.copied,
            &mut flags.negation_differs,
        ] {
            *flag = true;
        }
        assert_eq!(flags.names().count(), 10);
        assert!(flags.names().all(|name| bit(name).is_power_of_two()));
        assert_eq!(bits(flags).count_ones(), 10);
    }
}
