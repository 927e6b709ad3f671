//! The functions that C calls. Longer than other files, because all unsafe code of the crate is here.

use std::ffi::{CStr, c_char};
use std::{ptr, slice};

use crate::options::DeshiOptions;
use crate::status::{DeshiStatus, Failure, guarded, last_error};
use crate::translation::{DeshiSentence, DeshiTranslation};
use crate::{DeshiTranslator, open, open_memory, translate, utf8};

/// A text in memory: `length` bytes of UTF-8, which may contain zeros.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct DeshiText {
    /// The first byte. May be null if the length is 0.
    pub data: *const c_char,
    /// Length in bytes.
    pub length: usize,
}

/// Borrows the object behind a pointer from C.
///
/// # Safety
/// It is null, or points to a `T` that nothing changes or frees during `'a`.
unsafe fn borrow<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Failure> {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { pointer.as_ref() }.ok_or_else(|| Failure::argument(format!("{name} is null")))
}

/// As [`borrow`], for an object that the call changes.
///
/// # Safety
/// It is null, or points to a `T` that nothing else uses during `'a`.
unsafe fn borrow_mut<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T, Failure> {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { pointer.as_mut() }.ok_or_else(|| Failure::argument(format!("{name} is null")))
}

/// Borrows the elements behind a pointer from C.
///
/// # Safety
/// It is null, or points to `length` elements that nothing changes or frees during `'a`.
unsafe fn borrow_slice<'a, T>(
    pointer: *const T,
    length: usize,
    name: &str,
) -> Result<&'a [T], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(Failure::argument(format!("{name} is null")));
    }
    if length > isize::MAX as usize / size_of::<T>() {
        return Err(Failure::argument(format!(
            "{name}: {length} elements exceed the address space"
        )));
    }
    // SAFETY: it is not null, and the length fits memory; the caller upholds the rest of `# Safety`.
    Ok(unsafe { slice::from_raw_parts(pointer, length) })
}

/// Borrows a text, given by a pointer and a length.
///
/// # Safety
/// The pointer is null, or points to `length` bytes that nothing changes or frees during `'a`.
unsafe fn borrow_text<'a>(
    pointer: *const c_char,
    length: usize,
    name: &str,
) -> Result<&'a str, Failure> {
    // SAFETY: the caller upholds `# Safety`.
    utf8(unsafe { borrow_slice(pointer.cast(), length, name)? }, name)
}

/// Borrows a name or path that ends with a zero byte.
///
/// # Safety
/// It is null, or points to a text that ends with a zero byte and that nothing changes or frees during
/// `'a`.
unsafe fn borrow_name<'a>(pointer: *const c_char, name: &str) -> Result<&'a str, Failure> {
    if pointer.is_null() {
        return Err(Failure::argument(format!("{name} is null")));
    }
    // SAFETY: it is not null; the caller upholds the rest of `# Safety`.
    utf8(unsafe { CStr::from_ptr(pointer) }.to_bytes(), name)
}

/// Writes a value to an out-parameter of C.
///
/// # Safety
/// The place is null, or writable.
unsafe fn put<T>(place: *mut T, value: T, name: &str) -> Result<(), Failure> {
    if place.is_null() {
        return Err(Failure::argument(format!("{name} is null")));
    }
    // SAFETY: it is not null; the caller upholds the rest of `# Safety`.
    unsafe { place.write(value) };
    Ok(())
}

/// Writes a new object to an out-parameter of C.
///
/// # Safety
/// The place is null, or writable.
unsafe fn put_new<T>(
    place: *mut *mut T,
    name: &str,
    make: impl FnOnce() -> Result<T, Failure>,
) -> Result<(), Failure> {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { put(place, ptr::null_mut(), name)? };
    let value = make()?;
    // SAFETY: the caller upholds `# Safety`.
    unsafe { put(place, Box::into_raw(Box::new(value)), name) }
}

/// Frees an object of [`put_new`].
///
/// # Safety
/// The pointer is null, or from [`put_new`] and not freed before.
unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: it came from `Box::into_raw`, and is freed once.
        drop(unsafe { Box::from_raw(pointer) });
    }
}

/// deshi's version, such as "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn deshi_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The message of this thread's last call; empty if that call succeeded. deshi owns the message. It is valid until the
/// thread's next call.
#[unsafe(no_mangle)]
pub extern "C" fn deshi_last_error() -> *const c_char {
    last_error()
}

/// Puts options with their defaults into `*options`. Free them with `deshi_options_free`.
///
/// # Safety
/// `options` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_new(options: *mut *mut DeshiOptions) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe { put_new(options, "options", || Ok(DeshiOptions::default())) })
}

/// Frees options. A null pointer is ignored.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_free(options: *mut DeshiOptions) {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { free(options) };
}

/// Sets the engine that runs the model: "auto" (default), "native", or "tract" if deshi is built with it. Every engine
/// gives the same translations.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread; `engine` is null, or ends with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_engine(
    options: *mut DeshiOptions,
    engine: *const c_char,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe {
        borrow_mut(options, "options")?.set_engine(borrow_name(engine, "engine")?)
    })
}

/// Sets the kernel set by its name, such as "plain". Default: the fastest that this CPU has. Every kernel set gives the
/// same translations.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread; `kernels` is null, or ends with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_kernels(
    options: *mut DeshiOptions,
    kernels: *const c_char,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe {
        borrow_mut(options, "options")?.set_kernels(borrow_name(kernels, "kernels")?)
    })
}

/// Sets the number of threads of a call, from 1 to 1024. Default: the number of threads that the machine runs
/// in parallel.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_threads(
    options: *mut DeshiOptions,
    threads: usize,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe { borrow_mut(options, "options")?.set_threads(threads) })
}

/// Sets how many sentences each thread computes side by side, from 1 to 64. Default: 8.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_batch_sentences(
    options: *mut DeshiOptions,
    sentences: usize,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe { borrow_mut(options, "options")?.set_batch_sentences(sentences) })
}

/// Sets whether to use the model's shortlist, if it has one. Default: true. Without it, translation is slower,
/// and some translations differ.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_shortlist(
    options: *mut DeshiOptions,
    shortlist: bool,
) -> DeshiStatus {
    guarded(|| {
        // SAFETY: the caller upholds `# Safety`.
        unsafe { borrow_mut(options, "options")? }.set_shortlist(shortlist);
        Ok(())
    })
}

/// Sets whether lines are hard-wrapped paragraphs, so that a sentence can continue on the next line. Default:
/// false.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_paragraphs(
    options: *mut DeshiOptions,
    paragraphs: bool,
) -> DeshiStatus {
    guarded(|| {
        // SAFETY: the caller upholds `# Safety`.
        unsafe { borrow_mut(options, "options")? }.set_paragraphs(paragraphs);
        Ok(())
    })
}

/// Sets the minimum confidence: the least mean probability per token, from 0 to 1. A translation below it is
/// flagged or not used, see `deshi_options_set_on_low_confidence`. Default: 0, which accepts all.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_minimum_confidence(
    options: *mut DeshiOptions,
    probability: f32,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe { borrow_mut(options, "options")?.set_minimum_confidence(probability) })
}

/// Sets what happens to a translation below the minimum confidence: "mark" (default) flags it, "keep" keeps the
/// source instead.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread; `action` is null, or ends with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_on_low_confidence(
    options: *mut DeshiOptions,
    action: *const c_char,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe {
        borrow_mut(options, "options")?.set_on_low_confidence(borrow_name(action, "action")?)
    })
}

/// Sets what happens to text that is not in the model's source language: "keep" (default) leaves it unchanged,
/// "translate" translates it anyway, "error" fails with `DESHI_STATUS_TRANSLATE`.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread; `action` is null, or ends with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_on_foreign(
    options: *mut DeshiOptions,
    action: *const c_char,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe {
        borrow_mut(options, "options")?.set_on_foreign(borrow_name(action, "action")?)
    })
}

/// Sets terms with a fixed translation: lines with a source term, a tab and a target term. The text is copied.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread; `tsv` is null, or has `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_glossary(
    options: *mut DeshiOptions,
    tsv: *const c_char,
    length: usize,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe {
        borrow_mut(options, "options")?.set_glossary(borrow_text(tsv, length, "tsv")?)
    })
}

/// Sets sentences with a fixed translation: lines with a source sentence, a tab and its translation. The text
/// is copied.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread; `tsv` is null, or has `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_translation_memory(
    options: *mut DeshiOptions,
    tsv: *const c_char,
    length: usize,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe {
        borrow_mut(options, "options")?.set_translation_memory(borrow_text(tsv, length, "tsv")?)
    })
}

/// Accepts only bundles that were signed with this key: the text of a public key's file, `length` bytes, as
/// `deshi-export keygen` or `minisign -G` writes it. `deshi_open` then looks for the signature in the file `path` with
/// ".minisig" behind it, and `deshi_open_memory` fails. Default: no key, and every bundle is accepted.
///
/// # Safety
/// `options` is null, or from `deshi_options_new` and used by no other thread; `key` is null, or has `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_options_set_public_key(
    options: *mut DeshiOptions,
    key: *const c_char,
    length: usize,
) -> DeshiStatus {
    // SAFETY: the caller's.
    guarded(|| unsafe {
        borrow_mut(options, "options")?.set_public_key(borrow_text(key, length, "key")?)
    })
}

/// Loads a bundle from the file `path` and puts a translator into `*translator`, or a null pointer if it fails. Close the
/// translator with `deshi_close`. `options` may be null for the defaults, and may be freed after the call.
///
/// # Safety
/// `path` is null, or ends with a zero; `options` is null, or from `deshi_options_new`; `translator` is null or can be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_open(
    path: *const c_char,
    options: *const DeshiOptions,
    translator: *mut *mut DeshiTranslator,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe {
        put_new(translator, "translator", || {
            open(borrow_name(path, "path")?, options.as_ref())
        })
    })
}

/// Loads a bundle of `length` bytes from memory, as `deshi_open` does from a file. The bytes are copied.
///
/// # Safety
/// `bundle` is null, or has `length` bytes; `options` is null, or from `deshi_options_new`; `translator` is null or can be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_open_memory(
    bundle: *const u8,
    length: usize,
    options: *const DeshiOptions,
    translator: *mut *mut DeshiTranslator,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe {
        put_new(translator, "translator", || {
            open_memory(borrow_slice(bundle, length, "bundle")?, options.as_ref())
        })
    })
}

/// Closes a translator. A null pointer is ignored.
///
/// # Safety
/// `translator` is null, or from `deshi_open` or `deshi_open_memory`, not closed before, and in no call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_close(translator: *mut DeshiTranslator) {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { free(translator) };
}

/// Translates `text`, `length` bytes of UTF-8, and puts the translation into `*translation`, or a null pointer if it
/// fails. Free the translation with `deshi_translation_free`. The text can have any number of sentences and lines.
///
/// # Safety
/// `translator` is null, or open; `text` is null, or has `length` bytes; `translation` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_translate(
    translator: *const DeshiTranslator,
    text: *const c_char,
    length: usize,
    translation: *mut *mut DeshiTranslation,
) -> DeshiStatus {
    // SAFETY: the caller upholds `# Safety`.
    guarded(|| unsafe {
        put_new(translation, "translation", || {
            let translator = borrow(translator, "translator")?;
            let mut translations = translate(translator, &[borrow_text(text, length, "text")?])?;
            Ok(translations.pop().expect("a translation for each text"))
        })
    })
}

/// Translates `count` texts, faster than one by one and with the same results, and puts the translations into
/// `translations[0]` to `translations[count - 1]`, or null pointers if it fails. Free each translation with
/// `deshi_translation_free`.
///
/// # Safety
/// `translator` is null, or open; `texts` is null, or has `count` texts, each with `length` bytes;
/// `translations` is null, or has room for `count` pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_translate_batch(
    translator: *const DeshiTranslator,
    texts: *const DeshiText,
    count: usize,
    translations: *mut *mut DeshiTranslation,
) -> DeshiStatus {
    guarded(|| {
        // SAFETY: the caller upholds `# Safety`.
        let texts = unsafe { borrow_slice(texts, count, "texts")? };
        for index in 0..count {
            let place = translations.wrapping_add(index);
            // SAFETY: the caller upholds `# Safety`; if `translations` is null, the first `put` returns an error.
            unsafe { put(place, ptr::null_mut(), "translations")? };
        }
        // SAFETY: the caller upholds `# Safety`.
        let translator = unsafe { borrow(translator, "translator")? };
        let texts: Vec<&str> = (texts.iter().enumerate())
            // SAFETY: the caller upholds `# Safety`.
            .map(|(index, text)| unsafe {
                borrow_text(text.data, text.length, &format!("texts[{index}]"))
            })
            .collect::<Result<_, _>>()?;
        for (index, translation) in translate(translator, &texts)?.into_iter().enumerate() {
            let new = Box::into_raw(Box::new(translation));
            // SAFETY: there is room for one pointer per text; the loop above has written them all.
            unsafe { translations.add(index).write(new) };
        }
        Ok(())
    })
}

/// The text of a translation: UTF-8, followed by a zero byte. It may contain zeros: see
/// `deshi_translation_length`. It is valid until the translation is freed. A null pointer gives a null pointer.
///
/// # Safety
/// `translation` is null, or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_translation_text(
    translation: *const DeshiTranslation,
) -> *const c_char {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { translation.as_ref() }.map_or(ptr::null(), |it| it.text.as_ptr().cast())
}

/// The length of a translation's text in bytes, without the final zero byte.
///
/// # Safety
/// `translation` is null, or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_translation_length(translation: *const DeshiTranslation) -> usize {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { translation.as_ref() }.map_or(0, DeshiTranslation::length)
}

/// The union (bitwise or) of the `DESHI_FLAG_...` values of a translation's sentences.
///
/// # Safety
/// `translation` is null, or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_translation_flags(translation: *const DeshiTranslation) -> u32 {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { translation.as_ref() }.map_or(0, |it| it.flags)
}

/// The mean natural log-probability per token of a translation; NaN if the model was not used.
///
/// # Safety
/// `translation` is null, or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_translation_mean_log_probability(
    translation: *const DeshiTranslation,
) -> f32 {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { translation.as_ref() }.map_or(f32::NAN, |it| it.mean_log_probability)
}

/// The number of sentences of a translation.
///
/// # Safety
/// `translation` is null, or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_translation_sentences(
    translation: *const DeshiTranslation,
) -> usize {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { translation.as_ref() }.map_or(0, |it| it.sentences.len())
}

/// Puts a sentence of a translation into `*sentence`. Indices start at 0.
///
/// # Safety
/// `translation` is null, or not freed; `sentence` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_translation_sentence(
    translation: *const DeshiTranslation,
    index: usize,
    sentence: *mut DeshiSentence,
) -> DeshiStatus {
    guarded(|| {
        // SAFETY: the caller upholds `# Safety`.
        let sentences = &unsafe { borrow(translation, "translation")? }.sentences;
        let found = sentences.get(index).ok_or_else(|| {
            Failure::argument(format!(
                "no sentence {index}; the translation has {}",
                sentences.len()
            ))
        })?;
        // SAFETY: the caller upholds `# Safety`.
        unsafe { put(sentence, *found, "sentence") }
    })
}

/// Frees a translation. A null pointer is ignored.
///
/// # Safety
/// `translation` is null, or from `deshi_translate` or `deshi_translate_batch`, and not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_translation_free(translation: *mut DeshiTranslation) {
    // SAFETY: the caller upholds `# Safety`.
    unsafe { free(translation) };
}
