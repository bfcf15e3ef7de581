//! What captures and asserts read of a response.

use regex::Regex;

use crate::flow::json_path::JsonPath;
use crate::flow::tree::template::{Slot, Template};

/// A part of a response, or a variable.
#[derive(Clone, Debug)]
pub enum Query {
    /// `status`: a number.
    Status,
    /// `version`: `1.0`, `1.1` or `2`, as text.
    Version,
    /// `url`: that of the last request, after redirects.
    Url,
    /// `header "Name"`: text; a list if it repeats.
    Header(Template),
    /// `cookie "name"` or `cookie "name[Attribute]"`: of the Set-Cookie headers of the response.
    Cookie(Template, Option<CookieAttribute>),
    /// `body`: text.
    Body,
    /// `bytes`: the body, decompressed.
    Bytes,
    /// `rawbytes`: the body.
    RawBytes,
    /// `jsonpath "$…"`.
    JsonPath(Path),
    /// `regex "…"` or `regex /…/`: the first group of the first match in the body.
    Regex(Pattern),
    /// `variable "name"`.
    Variable(Slot),
    /// `duration`: in ms.
    Duration,
    /// `sha256`: the digest of the body.
    Sha256,
    /// `redirects`: a list of objects.
    Redirects,
    /// `ip`: the address of the server, as text.
    Ip,
}

/// An attribute of a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieAttribute {
    Value,
    Expires,
    MaxAge,
    Domain,
    Path,
    Secure,
    HttpOnly,
    SameSite,
}

/// A JSONPath, compiled if it has no variables.
#[derive(Clone, Debug)]
pub enum Path {
    Fixed(JsonPath),
    Variable(Template),
}

/// A regular expression, compiled if it has no variables.
#[derive(Clone, Debug)]
pub enum Pattern {
    Fixed(Regex),
    Variable(Template),
}
