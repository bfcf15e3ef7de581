//! Foreign text in documents: escaped, redacted, cut, aligned, or embedded in Markdown and HTML.

pub mod escape;
pub mod redact;
pub mod secrets;
pub mod go_json;
pub mod text_table;
pub mod markdown;
pub mod html;
