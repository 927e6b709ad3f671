//! Calls of the C interface in any order, with null pointers, empty texts and texts that are not UTF-8. What the header
//! forbids (a pointer to freed memory, a wrong length) is not tried. The address sanitizer watches what the calls do to memory.

#![no_main]

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use arbitrary::Arbitrary;
use deshi_c::*;
use deshi_fuzz::{AlteredBundle, MICRO};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Call<'a> {
    New,
    Free,
    Engine(Option<&'a [u8]>),
    Kernels(Option<&'a [u8]>),
    Threads(u8),
    Sentences(usize),
    Shortlist(bool),
    Paragraphs(bool),
    Confidence(f32),
    OnLow(Option<&'a [u8]>),
    OnForeign(Option<&'a [u8]>),
    Glossary(&'a [u8]),
    Memory(&'a [u8]),
    Open(Option<&'a [u8]>),
    OpenMicro,
    OpenAltered(AlteredBundle),
    OpenBytes(&'a [u8]),
    Close,
    Translate(&'a [u8]),
    Batch(Vec<&'a [u8]>),
    NullBatch(usize),
    Read(usize),
}

/// A text that ends with a zero, or null.
fn name(bytes: Option<&[u8]>) -> Option<CString> {
    let bytes = bytes?;
    let end = bytes.iter().position(|&byte| byte == 0);
    Some(CString::new(&bytes[..end.unwrap_or(bytes.len())]).expect("it was cut at a zero"))
}

fn pointer(name: &Option<CString>) -> *const c_char {
    name.as_ref().map_or(ptr::null(), |name| name.as_ptr())
}

fn short(text: &[u8]) -> &[u8] {
    &text[..text.len().min(200)]
}

struct State {
    options: *mut DeshiOptions,
    translator: *mut DeshiTranslator,
    translation: *mut DeshiTranslation,
}

impl State {
    fn set_translation(&mut self, new: *mut DeshiTranslation) {
        // SAFETY: it is null, or came from the interface and was not freed.
        unsafe { deshi_translation_free(self.translation) };
        self.translation = new;
    }

    fn set_translator(&mut self, new: *mut DeshiTranslator) {
        // SAFETY: as above.
        unsafe { deshi_close(self.translator) };
        self.translator = new;
    }

    fn set_options(&mut self, new: *mut DeshiOptions) {
        // SAFETY: as above.
        unsafe { deshi_options_free(self.options) };
        self.options = new;
    }

    fn open_memory(&mut self, bytes: &[u8]) -> DeshiStatus {
        let mut new = ptr::null_mut();
        // SAFETY: the bytes and the place are valid.
        let status =
            unsafe { deshi_open_memory(bytes.as_ptr(), bytes.len(), self.options, &mut new) };
        self.set_translator(new);
        status
    }

    /// Reads the whole translation.
    fn read(&self, index: usize) -> DeshiStatus {
        // SAFETY: the translation is null or not freed.
        unsafe {
            let length = deshi_translation_length(self.translation);
            let text = deshi_translation_text(self.translation);
            if !text.is_null() {
                let text = std::slice::from_raw_parts(text.cast::<u8>(), length + 1);
                assert_eq!(text[length], 0);
                assert!(std::str::from_utf8(&text[..length]).is_ok());
            }
            deshi_translation_flags(self.translation);
            deshi_translation_mean_log_probability(self.translation);
            let sentences = deshi_translation_sentences(self.translation);
            let mut sentence = std::mem::MaybeUninit::uninit();
            let status = deshi_translation_sentence(self.translation, index, sentence.as_mut_ptr());
            assert_eq!(status == DeshiStatus::Ok, index < sentences);
            if status == DeshiStatus::Ok {
                assert!(sentence.assume_init().target_end <= length);
            }
            status
        }
    }

    fn call(&mut self, call: &Call<'_>) -> DeshiStatus {
        let options = self.options;
        // SAFETY: what the header asks for holds: pointers are null or valid, lengths are right.
        unsafe {
            match call {
                Call::New => {
                    let mut new = ptr::null_mut();
                    let status = deshi_options_new(&mut new);
                    self.set_options(new);
                    status
                }
                Call::Free => {
                    self.set_options(ptr::null_mut());
                    deshi_options_new(ptr::null_mut())
                }
                Call::Engine(text) => deshi_options_set_engine(options, pointer(&name(*text))),
                Call::Kernels(text) => deshi_options_set_kernels(options, pointer(&name(*text))),
                // Few, so that the fuzzer does not measure the system's threads.
                Call::Threads(threads) => deshi_options_set_threads(options, (threads % 3).into()),
                Call::Sentences(number) => deshi_options_set_batch_sentences(options, *number),
                Call::Shortlist(on) => deshi_options_set_shortlist(options, *on),
                Call::Paragraphs(on) => deshi_options_set_paragraphs(options, *on),
                Call::Confidence(least) => deshi_options_set_minimum_confidence(options, *least),
                Call::OnLow(text) => {
                    deshi_options_set_on_low_confidence(options, pointer(&name(*text)))
                }
                Call::OnForeign(text) => {
                    deshi_options_set_on_foreign(options, pointer(&name(*text)))
                }
                Call::Glossary(text) => {
                    deshi_options_set_glossary(options, text.as_ptr().cast(), text.len())
                }
                Call::Memory(text) => {
                    deshi_options_set_translation_memory(options, text.as_ptr().cast(), text.len())
                }
                Call::Open(path) => {
                    // A name that cannot exist, so that no file of this computer is opened.
                    let path = path.map(|path| [b"/dev/null/", path].concat());
                    let mut new = ptr::null_mut();
                    let status = deshi_open(pointer(&name(path.as_deref())), options, &mut new);
                    assert!(new.is_null() && status != DeshiStatus::Ok);
                    status
                }
                Call::OpenMicro => self.open_memory(MICRO),
                Call::OpenAltered(bundle) => {
                    self.open_memory(&bundle.file(&deshi_core::bundle::MEMBERS[..1]))
                }
                Call::OpenBytes(bytes) => self.open_memory(bytes),
                Call::Close => {
                    self.set_translator(ptr::null_mut());
                    deshi_open_memory(ptr::null(), 1, options, &mut ptr::null_mut())
                }
                Call::Translate(text) => {
                    let text = short(text);
                    let mut new = ptr::null_mut();
                    let status = deshi_translate(
                        self.translator,
                        text.as_ptr().cast(),
                        text.len(),
                        &mut new,
                    );
                    assert_eq!(status == DeshiStatus::Ok, !new.is_null());
                    self.set_translation(new);
                    status
                }
                Call::Batch(texts) => self.batch(texts),
                Call::NullBatch(count) => {
                    deshi_translate_batch(self.translator, ptr::null(), *count, ptr::null_mut())
                }
                Call::Read(index) => self.read(*index),
            }
        }
    }

    fn batch(&mut self, texts: &[&[u8]]) -> DeshiStatus {
        let texts: Vec<_> = texts
            .iter()
            .take(8)
            .map(|text| DeshiText {
                data: short(text).as_ptr().cast(),
                length: short(text).len(),
            })
            .collect();
        let mut translations = vec![ptr::null_mut(); texts.len()];
        // SAFETY: the texts are valid, and there is room for as many translations.
        let status = unsafe {
            deshi_translate_batch(
                self.translator,
                texts.as_ptr(),
                texts.len(),
                translations.as_mut_ptr(),
            )
        };
        for translation in translations {
            assert_eq!(status == DeshiStatus::Ok, !translation.is_null());
            self.set_translation(translation);
        }
        status
    }
}

fuzz_target!(|calls: Vec<Call<'_>>| {
    let mut state = State {
        options: ptr::null_mut(),
        translator: ptr::null_mut(),
        translation: ptr::null_mut(),
    };
    for call in calls.iter().take(20) {
        let status = state.call(call);
        // SAFETY: it is valid until the next call, and ends with a zero.
        let message = unsafe { CStr::from_ptr(deshi_last_error()) };
        assert_ne!(status, DeshiStatus::Panic, "{call:?}");
        // Freeing has no status and no message.
        assert!(status == DeshiStatus::Ok || !message.is_empty(), "{call:?}");
    }
    state.set_translation(ptr::null_mut());
    state.set_translator(ptr::null_mut());
    state.set_options(ptr::null_mut());
});
