//! A compiled flow file: its entries, with variables resolved to slots, and patterns and paths
//! compiled.

pub mod assert;
pub mod filter;
pub mod options;
pub mod query;
pub mod request;
pub mod template;
