//! deshi for JavaScript: the module that the npm package `deshi` loads.
//!
//! | module | what it holds |
//! |---|---|
//! | `translator` | the class `Translator` |
//! | `options` | the text layer's options, from a JavaScript object |
//! | `translation` | what a translation is in JavaScript |
//! | `types` | the types that TypeScript sees |
//!
//! `npm/` has the JavaScript around it: loading, and a worker.

mod options;
mod translation;
mod translator;
mod types;
