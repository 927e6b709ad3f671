//! Documents: what in a file is text to translate, and the file with that text replaced.

#![forbid(unsafe_code)]
