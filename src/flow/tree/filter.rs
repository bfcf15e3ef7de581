//! What changes a value between a query and its use.

use crate::flow::tree::charset::Charset;
use crate::flow::tree::query::{Path, Pattern};
use crate::flow::tree::template::{Placeholder, Template};

/// A filter of a value. The name of each is the one in the file, in camel case.
#[derive(Clone, Debug)]
pub enum Filter {
    Base64Decode,
    Base64Encode,
    Base64UrlSafeDecode,
    Base64UrlSafeEncode,
    /// `charsetDecode "…"` of UTF-8 or Latin-1.
    CharsetDecode(Charset),
    Count,
    /// `dateFormat "…"`, in the format of strftime.
    DateFormat(Template),
    First,
    HtmlEscape,
    HtmlUnescape,
    JsonPath(Path),
    Last,
    /// `location`: the URL that a redirect leads to.
    Location,
    /// `nth N`, from 0; negative from the end.
    Nth(i64),
    /// `nth {{n}}`: the value must be an integer.
    NthVariable(Placeholder),
    Regex(Pattern),
    /// `replace "old" "new"`.
    Replace(Template, Template),
    /// `replaceRegex /…/ "new"`.
    ReplaceRegex(Pattern, Template),
    Split(Template),
    /// `toDate "…"`, in the format of strptime.
    ToDate(Template),
    ToFloat,
    ToHex,
    ToInt,
    ToString,
    UrlDecode,
    UrlEncode,
    /// `urlQueryParam "name"`.
    UrlQueryParam(Template),
    Utf8Decode,
    Utf8Encode,
}
