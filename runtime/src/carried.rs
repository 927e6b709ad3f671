//! The model that is part of the program: English to German.

/// At the alignment that the model's numbers are read at.
#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

static MODEL: &Aligned<[u8]> = &Aligned(*include_bytes!("../models/en-de.deshi"));

/// The bundle `en-de`, English to German, as part of the program: it needs no file, and is not copied when it is opened.
///
/// ```
/// let translator = deshi::Options::new().from_static(deshi::carried_model())?;
/// assert_eq!(translator.translate("Good morning.")?.text, "Guten Morgen.");
/// # Ok::<(), deshi::Error>(())
/// ```
#[must_use]
pub fn carried_model() -> &'static [u8] {
    &MODEL.0
}
