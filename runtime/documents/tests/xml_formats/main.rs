//! The formats made of XML: XLIFF, and the archives DOCX, ODT and EPUB.

#![cfg(all(feature = "xliff", feature = "docx", feature = "odt", feature = "epub"))]

mod common;
mod docx;
mod epub;
mod hostile;
mod odt;
mod xliff;
