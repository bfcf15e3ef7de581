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
    /// The redirects so far.
    pub seen: Vec<flow::Redirect>,
}

impl<'a> Redirects<'a> {
    /// Returns none so far, of a flow.
    pub fn of(session: &'a mut Session) -> Self {
        Self { session, seen: Vec::new() }
    }
}

impl OnRedirect for Redirects<'_> {
    fn cookies(&mut self, redirect: Redirect<'_>) -> Option<Option<HeaderValue>> {
        if self.seen.len() < MAX_KEPT {
            let location = cut(redirect.to.as_str(), MAX_TEXT_BYTES);
            self.seen.push(flow::Redirect { status: redirect.status.as_u16(), location });
        }
        Some(self.session.redirected(redirect.from, redirect.headers, redirect.to))
    }
}
