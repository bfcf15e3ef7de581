//! What commands show: HTML pages, and views on a terminal.

pub mod ending;
pub mod redraw;
pub mod run_view;
pub mod annotations;
pub mod html_page;
