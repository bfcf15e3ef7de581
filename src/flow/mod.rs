//! Flows: what one user does, as a file in the Hurl language.
//!
//! A file is compiled once, before the first request. Nothing here reads a clock or uses the
//! network: [`crate::attack`] sends the requests and passes the responses back.

mod value;
mod tree;
mod json_path;
mod expand;
mod call;
mod cookies;
mod request;
mod evaluate;
mod syntax;
mod program;
mod compiled;
mod session;

pub use call::last_message;
pub use compiled::{CallSite, Flow, Scope, Source};
pub use cookies::Cookies;
pub use evaluate::answer::{Answer, Checks, Found, MAX_BODY, Observer, Redirect};
pub use json_path::document::Document;
pub use json_path::invalid::Invalid;
pub use json_path::{JsonPath, Problem as PathProblem};
pub use program::Estimate;
pub use request::Refusal;
pub use session::{Next, Session, Step, Wait};
pub use syntax::Problem;
pub use tree::request::SocketStep;
pub use value::Value;
