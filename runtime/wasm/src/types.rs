//! The types that TypeScript sees.

use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &'static str = r#"
/** Sources with their targets: pairs, or a TSV file's text with a source, a tab and a target on each line. */
export type Pairs = [source: string, target: string][] | string;

/** How texts are translated. */
export interface Options {
    /** Terms whose translation is fixed. */
    glossary?: Pairs;
    /** Terms that stay as they are. */
    doNotTranslate?: string[];
    /** Sentences whose translation is fixed. */
    memory?: Pairs;
    /** Whether lines are hard-wrapped, so that a sentence can go on in the next line. Default: false. */
    paragraphs?: boolean;
    /** A translation below it, from 0 to 1, is flagged. Default: 0. */
    minimumConfidence?: number;
    /** Whether such a translation is used ("mark", the default) or the source is kept ("keep"). */
    onLowConfidence?: "mark" | "keep";
    /** What becomes of text that is not in the model's source language. Default: "keep". */
    onForeign?: "keep" | "translate" | "error";
}

/** What to know of a translation. */
export type Flag = "cut" | "truncated" | "repaired" | "repeated" | "passed_through" | "foreign" | "low_confidence"
    | "digits_differ" | "negation_differs" | "copied";

/** A translated text. */
export interface Translation {
    /** The translation. */
    text: string;
    /** The mean probability of a token, from 0 to 1; null where the model was not asked. */
    confidence: number | null;
    /** What to know of it. */
    flags: Flag[];
    /** Whether a cautious reader should look at it again. */
    doubtful: boolean;
    /** Its sentences, in order. */
    sentences: Sentence[];
}

/** One sentence of a text. */
export interface Sentence {
    /** The sentence. */
    source: string;
    /** Its translation. */
    text: string;
    /** Where it is in the source: source.slice(...sourceRange). */
    sourceRange: [start: number, end: number];
    /** Where its translation is in the text. */
    targetRange: [start: number, end: number];
    /** The mean probability of a token, from 0 to 1; null where the model was not asked. */
    confidence: number | null;
    /** What to know of it. */
    flags: Flag[];
    /** Whether a cautious reader should look at it again. */
    doubtful: boolean;
}

/** A translated document. */
export interface FileTranslation {
    /** The file. */
    bytes: Uint8Array;
    /** Paragraphs, headings, cells or subtitles that the document has. */
    segments: number;
    /** Sentences. */
    sentences: number;
    /** Sentences that a cautious reader should look at again. */
    doubtful: number;
    /** The sentences' flags together. */
    flags: Flag[];
}

/** Called with the segments that are translated, and all there are. */
export type Progress = (done: number, segments: number) => void;
"#;

#[wasm_bindgen]
extern "C" {
    /// `Options`.
    #[wasm_bindgen(typescript_type = "Options")]
    pub type Options;
    /// `Translation`.
    #[wasm_bindgen(typescript_type = "Translation")]
    pub type Translation;
    /// `FileTranslation`.
    #[wasm_bindgen(typescript_type = "FileTranslation")]
    pub type FileTranslation;
    /// `Progress`.
    #[wasm_bindgen(typescript_type = "Progress")]
    pub type Progress;
}

/// A JavaScript object with these fields.
pub(crate) fn object(value: &impl Serialize) -> Result<JsValue, JsError> {
    let json = serde_json::to_string(value)?;
    JSON::parse(&json).map_err(|_| JsError::new("JavaScript does not read the JSON"))
}

/// An error with its causes.
pub(crate) fn error(error: &dyn std::error::Error) -> JsError {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    JsError::new(&message)
}
