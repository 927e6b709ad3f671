//! The trainer: teacher, translations by beam search, selection, student, fine-tune with emulated int8, evaluation.
//!
//! The steps, each a subcommand of `deshi-train`, are driven by one [`recipe::Recipe`].

pub mod batch;
pub mod checkpoint;
pub mod cuda;
pub mod decode;
pub mod evaluate;
pub mod interpreter;
pub mod loss;
pub mod model;
pub mod optimiser;
pub mod pipeline;
pub mod recipe;
pub mod select;
pub mod text;
pub mod train;
pub mod translate;
