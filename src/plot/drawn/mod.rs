//! How charts are painted: a figure, which is data, becomes SVG.

pub mod axis;
pub mod labels;
pub mod figure;
pub mod paint;

mod canvas;
mod frame;
pub mod header;
mod data;
mod svg;

pub mod palette;
pub mod shape;
