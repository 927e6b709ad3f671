//! The functions that C calls.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::ptr;

use crate::{DeshiStatus, DeshiTranslator, Failure, LAST_ERROR, guarded, open, translate};

/// What a pointer that C gave points to.
///
/// # Safety
/// It is null, or points to a `T` that nothing changes or frees during `'a`.
unsafe fn borrow<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Failure> {
    // SAFETY: the caller's.
    unsafe { pointer.as_ref() }.ok_or_else(|| Failure::argument(format!("{name} is null")))
}

/// The text that a pointer points to.
///
/// # Safety
/// It is null, or points to a text that ends with a zero and that nothing changes or frees during `'a`.
unsafe fn borrow_text<'a>(pointer: *const c_char, name: &str) -> Result<&'a CStr, Failure> {
    if pointer.is_null() {
        return Err(Failure::argument(format!("{name} is null")));
    }
    // SAFETY: it is not null; the rest is the caller's.
    Ok(unsafe { CStr::from_ptr(pointer) })
}

/// Puts a value where C asked for it.
///
/// # Safety
/// The place is null, or can be written.
unsafe fn put<T>(place: *mut T, value: T, name: &str) -> Result<(), Failure> {
    if place.is_null() {
        return Err(Failure::argument(format!("{name} is null")));
    }
    // SAFETY: it is not null; the rest is the caller's.
    unsafe { place.write(value) };
    Ok(())
}

/// Reads a bundle from the file `path` and puts a translator into `*translator`, which is to be closed by
/// `deshi_close`; a null pointer, if it cannot.
///
/// # Safety
/// `path` is null or a text that ends with a zero; `translator` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_open(
    path: *const c_char,
    translator: *mut *mut DeshiTranslator,
) -> DeshiStatus {
    guarded(|| {
        // SAFETY: the caller's.
        unsafe { put(translator, ptr::null_mut(), "translator")? };
        // SAFETY: the caller's, for the time of the call.
        let opened = open(unsafe { borrow_text(path, "path")? })?;
        // SAFETY: the caller's.
        unsafe { put(translator, Box::into_raw(Box::new(opened)), "translator") }
    })
}

/// Translates `text` and puts the translation into `*translation`, which is to be freed by `deshi_string_free`; a
/// null pointer, if it cannot. Both are UTF-8.
///
/// # Safety
/// `translator` is null or from `deshi_open` and not closed; `text` is null or a text that ends with a zero;
/// `translation` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_translate(
    translator: *const DeshiTranslator,
    text: *const c_char,
    translation: *mut *mut c_char,
) -> DeshiStatus {
    guarded(|| {
        // SAFETY: the caller's.
        unsafe { put(translation, ptr::null_mut(), "translation")? };
        // SAFETY: the caller's, for the time of the call.
        let translator = unsafe { borrow(translator, "translator")? };
        // SAFETY: the caller's, for the time of the call.
        let translated = translate(translator, unsafe { borrow_text(text, "text")? })?;
        // SAFETY: the caller's.
        unsafe { put(translation, translated.into_raw(), "translation") }
    })
}

/// The message of this thread's last call, empty if that went well. It is deshi's, and lasts until the thread's next
/// call.
#[unsafe(no_mangle)]
pub extern "C" fn deshi_last_error() -> *const c_char {
    LAST_ERROR.with(|last: &RefCell<CString>| last.borrow().as_ptr())
}

/// Frees a translation. Does nothing with a null pointer.
///
/// # Safety
/// `string` is null, or from `deshi_translate` and not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_string_free(string: *mut c_char) {
    if !string.is_null() {
        // SAFETY: it came from `CString::into_raw`, and is freed once.
        drop(unsafe { CString::from_raw(string) });
    }
}

/// Frees a translator. Does nothing with a null pointer.
///
/// # Safety
/// `translator` is null, or from `deshi_open`, not closed, and in no call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deshi_close(translator: *mut DeshiTranslator) {
    if !translator.is_null() {
        // SAFETY: it came from `Box::into_raw`, and is freed once.
        drop(unsafe { Box::from_raw(translator) });
    }
}
