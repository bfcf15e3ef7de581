//! Texts with placeholders, in each of the forms that the language has for them.

mod builder;
mod escape;
mod file_name;
mod key;
mod placeholder;
mod quoted;
mod unquoted;

pub use crate::flow::syntax::text::builder::Builder;
pub use crate::flow::syntax::text::file_name::file_name;
pub use crate::flow::syntax::text::key::{is_pair, key};
pub use crate::flow::syntax::text::placeholder::{is_name, placeholder, variable};
pub use crate::flow::syntax::text::quoted::{backtick, cookie_name, quoted};
pub use crate::flow::syntax::text::unquoted::unquoted;
