//! The redirects of a step.

use http::HeaderValue;

use crate::client::{OnRedirect, Redirect};
use crate::flow::{self, Session};
use crate::markup::redact::{MAX_TEXT_BYTES, cut};

/// Most redirects that are kept for checks. hurl follows at most 50 by default.
const MAX_KEPT: usize = 1_000;

/// Lets the cookies of a flow follow its redirects, and keeps the redirects for checks.
pub struct Redirects<'a> {
    session: &'a mut Session,
    /// The cookies that the step itself sends.
    own_cookies: &'a str,
    /// Whether no redirect has led to another scheme, host or port.
    is_at_origin: bool,
    /// The redirects so far.
    pub seen: Vec<flow::Redirect>,
}

impl<'a> Redirects<'a> {
    /// Returns none so far, of a step of a flow that sends these cookies itself.
    pub fn of(session: &'a mut Session, own_cookies: &'a str) -> Self {
        Self { session, own_cookies, is_at_origin: true, seen: Vec::new() }
    }
}

impl OnRedirect for Redirects<'_> {
    fn cookies(&mut self, redirect: Redirect<'_>) -> Option<Option<HeaderValue>> {
        if self.seen.len() < MAX_KEPT {
            let location = cut(redirect.to.as_str(), MAX_TEXT_BYTES);
            self.seen.push(flow::Redirect { status: redirect.status.as_u16(), location });
        }
        let Redirect { from, headers, to, .. } = redirect;
        self.is_at_origin &= from.origin() == to.origin();
        let own_cookies = if self.is_at_origin { self.own_cookies } else { "" };
        Some(self.session.redirected(from, headers, to, own_cookies))
    }
}
