//! What `--version` says.

/// The version, and the commit that it was built from.
pub(crate) const SHORT: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("DESHI_COMMIT"), ")");

/// The same, with the model and the kernels that run by default.
pub(crate) fn long() -> String {
    let model = crate::model::default_description();
    let kernels = deshi_kernels::best().name();
    let available: Vec<_> = deshi_kernels::available().map(|set| set.name()).collect();
    format!(
        "{SHORT}\nmodel: {model}\nkernels: {kernels} (of {})",
        available.join(", ")
    )
}
