//! [`Translator`]: the class.

use std::path::Path;

use deshi::Layer;
use deshi_documents::{Document, Format, Settings};
use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::options;
use crate::translation::{FileReport, Translation};
use crate::types::{self, error, object};

/// Segments of a document between two reports of progress.
const SEGMENTS: usize = 32;

/// A model in memory, and texts through it. It works on the thread that calls it: use a worker in a page.
#[wasm_bindgen]
pub struct Translator {
    translator: deshi::Translator,
    layer: Layer,
}

#[wasm_bindgen]
impl Translator {
    /// Loads a bundle.
    ///
    /// Throws an error if the bytes are not a bundle that runs here, or an option is wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &[u8], options: Option<types::Options>) -> Result<Translator, JsError> {
        let translator = deshi::Translator::from_bytes(model).map_err(|cause| error(&cause))?;
        let layer = options::layer(&translator, options.as_ref())?;
        Ok(Self { translator, layer })
    }

    /// Replaces the options by these and the defaults.
    ///
    /// Throws an error if an option is wrong; the former ones then stay.
    pub fn configure(&mut self, options: Option<types::Options>) -> Result<(), JsError> {
        self.layer = options::layer(&self.translator, options.as_ref())?;
        Ok(())
    }

    /// Translates a text with any number of lines and sentences.
    ///
    /// Throws an error if the text is in another language, and onForeign is "error".
    pub fn translate(&self, text: &str) -> Result<types::Translation, JsError> {
        let translated = self.translator.translate_batch_with(&self.layer, &[text]);
        let translated = translated.map_err(|cause| error(&cause))?;
        let translation = Translation::new(text, &translated[0]);
        Ok(object(&translation)?.unchecked_into())
    }

    /// Translates a document. Everything in it that is not text stays as it is. Its format is that of the name's
    /// extension: txt, md, html, xhtml, srt, vtt, po, json, xliff, docx, odt, epub.
    ///
    /// Throws an error if the format is unknown or the document is malformed.
    #[wasm_bindgen(js_name = translateFile)]
    pub fn translate_file(
        &self,
        name: &str,
        bytes: Vec<u8>,
        progress: Option<types::Progress>,
    ) -> Result<types::FileTranslation, JsError> {
        let refused = |cause: deshi_documents::Error| error(&cause);
        let format = Format::from_path(Path::new(name)).map_err(refused)?;
        let mut settings = Settings::default();
        settings.target_language = Some(self.translator.target_language().to_owned());
        settings.paragraphs = self.layer.options().paragraphs;
        let document = Document::parse(format, bytes, &settings).map_err(refused)?;
        let all = document.segments().len();
        let mut report = FileReport::default();
        let mut segments = Vec::with_capacity(all);
        for some in document.segments().chunks(SEGMENTS) {
            let translated = self.translator.translate_segments_with(&self.layer, some);
            for part in translated.map_err(|cause| error(&cause))? {
                report.add(&part.translated);
                segments.push(part.segment);
            }
            if let Some(progress) = &progress {
                let progress: &Function = progress.unchecked_ref();
                let (done, all) = (segments.len() as u32, all as u32);
                // What the caller's function throws is the caller's.
                let _ = progress.call2(&JsValue::NULL, &done.into(), &all.into());
            }
        }
        report.segments = all;
        let mut written = Vec::new();
        document.write(&segments, &mut written).map_err(refused)?;
        let result = object(&report)?;
        let set = Reflect::set(
            &result,
            &"bytes".into(),
            &Uint8Array::from(written.as_slice()),
        );
        set.map_err(|_| JsError::new("the result cannot be made"))?;
        Ok(result.unchecked_into())
    }

    /// The language of the texts, such as "en".
    #[wasm_bindgen(getter, js_name = sourceLanguage)]
    pub fn source_language(&self) -> String {
        self.translator.source_language().to_owned()
    }

    /// The language of the translations, such as "de".
    #[wasm_bindgen(getter, js_name = targetLanguage)]
    pub fn target_language(&self) -> String {
        self.translator.target_language().to_owned()
    }

    /// The model's name.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> Result<String, JsError> {
        let about = self.translator.about().map_err(|cause| error(&cause))?;
        Ok(about.name)
    }

    /// The kernels that are used: "simd128".
    #[wasm_bindgen(getter)]
    pub fn kernels(&self) -> String {
        self.translator.kernels().to_owned()
    }
}
