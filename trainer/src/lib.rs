//! The trainer: teacher, translations by beam search, selection, student, fine-tune with emulated int8, evaluation, bundle.
//!
//! The steps, each a subcommand of `deshi-train`, are driven by one [`recipe::Recipe`]. `docs/train.md` describes them, and
//! says why tch's `nn` is not used.

pub mod batch;
pub mod beam_search;
pub mod checkpoint;
pub mod cuda;
pub mod estimate;
pub mod evaluate;
pub mod export;
pub mod interpreter;
pub mod loss;
pub mod machine;
pub mod model;
pub mod optimiser;
pub mod pipeline;
pub mod plot;
pub mod progress;
pub mod recipe;
pub mod report;
pub mod resize;
pub mod select;
pub mod sheet;
pub mod study;
pub mod system;
pub mod text;
pub mod train;
pub mod translate;
