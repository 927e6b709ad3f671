//! deshi for Python: the module `deshi._deshi`, which the package `deshi` shows.
//!
//! | module | what it holds |
//! |---|---|
//! | `translator` | the class `Translator` |
//! | `translation` | what a translation is in Python |
//! | `options` | keyword arguments to options |
//! | `files` | documents |
//! | `errors` | errors to exceptions |
//! | `interrupt` | work without Python's lock, which Ctrl-C stops |
//!
//! `python/deshi/_deshi.pyi` has the types and the documentation that Python's tools read.

mod errors;
mod files;
mod interrupt;
mod options;
mod translation;
mod translator;

use pyo3::prelude::*;

#[pymodule]
#[pyo3(name = "_deshi")]
fn deshi_module(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("Error", module.py().get_type::<errors::Error>())?;
    module.add_class::<translator::Translator>()?;
    module.add_class::<translation::Translation>()?;
    module.add_class::<translation::Sentence>()?;
    module.add_class::<files::FileTranslation>()
}
