//! A response as flows see it, and what became of its checks.

use std::net::IpAddr;
use std::time::Duration;

use http::HeaderMap;

use crate::flow::value::Value;

/// Most bytes of a body that checks and captures see.
pub const MAX_BODY: usize = 16 << 20;

/// The outcome of a request.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// HTTP status; 0 if there was no response.
    pub code: u16,
    /// Version of HTTP: `1.0`, `1.1` or `2`.
    pub version: &'a str,
    /// URL of the last request, after redirects.
    pub url: &'a str,
    /// Headers of the response.
    pub headers: &'a HeaderMap,
    /// Body of the response, decompressed. Of a gRPC call: its messages, each after its prefix of
    /// five bytes.
    pub body: &'a [u8],
    /// Whether the body was longer than [`MAX_BODY`], so that its rest was not kept.
    pub is_truncated: bool,
    /// Whether the body has no messages of the type that the gRPC method returns.
    pub is_undecodable: bool,
    /// Whether the status means success: that of HTTP, and in a call that of gRPC too.
    pub is_good: bool,
    /// Time from the request to the end of the response.
    pub latency: Duration,
    /// The redirects before the response, in order; empty for none.
    pub redirects: &'a [Redirect],
    /// Address of the server. None if it is not known.
    pub ip: Option<IpAddr>,
    /// Why the request failed. None if there was a response.
    pub error: Option<&'a str>,
}

/// A redirect that was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// HTTP status of the response that redirected.
    pub status: u16,
    /// The URL that it led to.
    pub location: String,
}

/// What became of the checks of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// Number of checks that were made: version, status, each header, body, each assert. None if
    /// nothing was expected.
    pub made: Option<u16>,
    /// Number of those that failed.
    pub failed: u16,
    /// The first failed check or capture, as the file has it; never a value of the server. None if
    /// there was no failure.
    pub error: Option<String>,
}

/// What a check compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found<'a> {
    /// The value. None if there was none, or if it is the whole body.
    pub value: Option<&'a Value>,
    /// Why the check failed, if it is not because of the value; never a value of the server. None
    /// otherwise.
    pub reason: Option<&'a str>,
}

/// What wants to see every capture and check.
pub trait Observer {
    /// A capture of a line of the file set a variable. `redact` asks not to show its value.
    fn captured(&mut self, line: usize, name: &str, value: &Value, redact: bool);

    /// A check of a line of the file was made. `text` is the line or says what was expected.
    /// `found` is what was compared.
    fn checked(&mut self, line: usize, text: &str, held: bool, found: Found<'_>);

    /// A capture failed. `text` is its line of the file, and `reason` says why, without a value of
    /// the server.
    fn missed(&mut self, line: usize, text: &str, reason: &str) {
        let _ = (line, text, reason);
    }
}

/// Sees nothing.
impl Observer for () {
    fn captured(&mut self, _: usize, _: &str, _: &Value, _: bool) {}
    fn checked(&mut self, _: usize, _: &str, _: bool, _: Found<'_>) {}
}
