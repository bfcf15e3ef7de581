//! A run over time: bins of equal width, and what is cut or made from them.

pub mod bins;
pub mod slices;
pub mod timeline;
pub mod history;
