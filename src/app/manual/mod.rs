//! Manual pages.

pub mod man_page;
