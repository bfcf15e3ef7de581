//! Templates: the parts of a target that hold variables, and what becomes of them at each hit.
//!
//! A variable is `{{column}}`, a cell of the hit's row of the feed, or one of `{{$uuid}}`,
//! `{{$seq}}`, `{{$timestamp}}`, `{{$randomInt A B}}`, `{{$env NAME}}` and `{{$open}}`. Whatever
//! its value, it can alter no other part of the request: in a URL it is percent-encoded, in a
//! header nothing that would end it gets through.

mod check;
mod compose;
mod text;
mod variable;

pub use crate::targets::template::check::Check;
pub use crate::targets::template::variable::Scope;

pub(super) use crate::targets::template::compose::{Composer, Origin};
pub(super) use crate::targets::template::text::{Site, Text};

use bytes::Bytes;
use http::HeaderValue;
use rand::rngs::ChaCha8Rng;

use crate::error::Error;
use crate::feed::Row;
use crate::schedule::seed::HitRngs;
use crate::targets::{Target, path};

/// The parts of a target that differ from hit to hit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The whole URL.
    pub(super) url: Option<Text>,
    /// Values of headers, by their places among the target's.
    pub(super) headers: Vec<(usize, Text)>,
    pub(super) body: Option<Text>,
}

/// What the variables of one hit stand for.
#[derive(Debug)]
pub struct Values<'a> {
    seq: u64,
    unix: i64,
    row: Option<&'a Row>,
    rngs: &'a HitRngs,
    /// Created from `rngs` by the first random variable.
    numbers: Option<ChaCha8Rng>,
}

impl<'a> Values<'a> {
    /// Returns the values of hit `seq` at a time in seconds since 1970 UTC. The row is there
    /// wherever the target was read with the feed's columns.
    pub fn new(seq: u64, unix: i64, row: Option<&'a Row>, rngs: &'a HitRngs) -> Self {
        Self { seq, unix, row, rngs, numbers: None }
    }

    /// Returns the hit's random numbers, each of which is drawn once.
    fn numbers(&mut self) -> &mut ChaCha8Rng {
        self.numbers.get_or_insert_with(|| self.rngs.for_hit(self.seq))
    }
}

impl Target {
    /// Returns the target of one hit: itself, with the values of its variables.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] for a value that cannot be sent, which [`Check`] would have refused.
    pub fn expand(&self, values: &mut Values<'_>) -> Result<Target, Error> {
        let mut target = self.clone();
        let Some(template) = target.template.take() else { return Ok(target) };
        let seq = values.seq;
        let bad = |part: &str| {
            Error::Attack(format!("hit {seq}: {part} cannot be sent: the feed has changed"))
        };
        if let Some(url) = &template.url {
            target.url = url.expand(values);
            target.path = path::as_written(&target.url).map_err(|_| bad("the URL"))?;
        }
        for (place, text) in &template.headers {
            let (name, value) = &mut target.headers[*place];
            *value = HeaderValue::from_maybe_shared(Bytes::from(text.expand(values)))
                .map_err(|_| bad(&format!("header '{name}'")))?;
        }
        if let Some(body) = &template.body {
            target.body = body.expand(values).into();
        }
        Ok(target)
    }

    /// Returns whether a hit's request depends on random numbers.
    pub fn is_random(&self) -> bool {
        self.template.as_ref().is_some_and(|template| template.texts().any(Text::is_random))
    }
}

impl Template {
    /// Returns whether nothing differs from hit to hit.
    pub(super) fn is_empty(&self) -> bool {
        self.texts().next().is_none()
    }

    fn texts(&self) -> impl Iterator<Item = &Text> {
        let headers = self.headers.iter().map(|(_, text)| text);
        self.url.iter().chain(headers).chain(&self.body)
    }
}

#[cfg(test)]
mod tests;
