//! A request together with what sending it needs.

use std::rc::Rc;

use crate::client::connection::connector::Connector;
use crate::client::connection::encoded_headers::EncodedHeaders;
use crate::client::pool::Pool;
use crate::client::request::Request;

/// A request that is ready to be sent any number of times.
pub struct Prepared {
    /// The request as plain data.
    pub request: Request,
    /// The headers of the request in the form of each version of HTTP.
    pub(in crate::client) headers: Rc<EncodedHeaders>,
    /// The connections to the origin of the request.
    pub(in crate::client) pool: Rc<Pool<Connector>>,
}
