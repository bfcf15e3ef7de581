//! Renders a figure, which is data, as SVG.

pub mod axis;
pub mod labels;
pub mod figure;

mod canvas;
mod frame;
pub mod header;
mod svg;

pub mod palette;
pub mod shape;
pub mod json_data;
pub mod painter;
