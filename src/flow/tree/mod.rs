//! A compiled flow file: its entries, with variables resolved to slots, and patterns and paths
//! compiled.

pub mod assert;
pub mod charset;
pub mod filter;
pub mod options;
pub mod pattern;
pub mod query;
pub mod request;
pub mod template;
