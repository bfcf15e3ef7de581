//! What a command shows: a page, a view on a terminal.

pub mod redraw;
pub mod run_view;
pub mod html_page;
