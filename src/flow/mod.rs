//! Flows: what one user does, as a file in the Hurl language.
//!
//! A file is compiled once, before the first request. Nothing here reads a clock or uses the
//! network: [`crate::attack`] sends the requests and passes the responses back.

mod value;
mod tree;
mod charset;
mod pattern;
mod json_path;
mod answer;
mod expand;
mod cookies;
mod request;
mod evaluate;
