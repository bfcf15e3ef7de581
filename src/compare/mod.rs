//! Compares two runs and tests whether their difference exceeds random noise.

mod run;
mod row;
mod flows;
mod warnings;
mod comparison;
mod regression;
mod table;
mod text;
mod markdown;
mod json;
mod html;
mod write;
mod interval_bar;

pub use comparison::Comparison;
pub use flows::FlowRow;
pub use html::Extras;
pub use regression::RegressionResult;
pub use row::{Row, Verdict};
pub use run::Run;
pub use write::Kind;

#[cfg(test)]
mod tests;
