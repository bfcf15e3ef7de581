//! Queries: parts of a response as values.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use url::Url;

use crate::flow::evaluate::answer::{Answer, Redirect};
use crate::flow::evaluate::body::Body;
use crate::flow::evaluate::{cookie, header, patterns};
use crate::flow::expand::{self, Context};
use crate::flow::tree::query::Query;
use crate::flow::value::{Redirection, Value};

/// Returns what a query gives. None if the response has no such part.
///
/// # Errors
///
/// Why the query cannot be made, without a value of the server.
pub fn evaluate(
    query: &Query,
    answer: &Answer<'_>,
    body: &Body<'_>,
    context: &mut Context<'_>,
) -> Result<Option<Value>, String> {
    Ok(Some(match query {
        Query::Status => Value::Integer(answer.code.into()),
        Query::Version => Value::text(answer.version),
        Query::Url => url(answer.url),
        Query::Header(name) => {
            let name = expand::text(name, context)?;
            return Ok(header::values(answer.headers, &name));
        }
        Query::Cookie(name, attribute) => {
            let name = expand::text(name, context)?;
            return cookie::query(answer.headers, &name, *attribute);
        }
        Query::Body => Value::text(body.text()?),
        Query::Bytes | Query::RawBytes => Value::Bytes(body.bytes()?.into()),
        Query::JsonPath(path) => return body.find(patterns::path(path, context)?.get()),
        Query::Regex(pattern) => {
            let text = body.text()?;
            return Ok(patterns::first_group(&*patterns::regex(pattern, context)?, text));
        }
        Query::Variable(slot) => return Ok(context.variable(*slot).ok().cloned()),
        Query::Duration => {
            Value::Integer(i64::try_from(answer.latency.as_millis()).unwrap_or(i64::MAX))
        }
        Query::Sha256 => Value::Bytes(Sha256::digest(body.bytes()?).as_slice().into()),
        Query::Redirects => Value::List(answer.redirects.iter().map(redirect).collect()),
        Query::Ip => return Ok(answer.ip.map(|ip| Value::text(&ip.to_string()))),
    }))
}

/// Returns a URL in its normal form.
fn url(text: &str) -> Value {
    Url::parse(text).map_or_else(|_| Value::text(text), |url| Value::text(url.as_str()))
}

fn redirect(redirect: &Redirect) -> Value {
    let Redirect { status, location } = redirect;
    Value::Redirect(Arc::new(Redirection { status: *status, location: location.as_str().into() }))
}
