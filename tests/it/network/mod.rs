//! Tests of connections, seen from the server.

mod addresses;
mod client_certs;
mod content_encoding;
mod dns;
mod http2;
mod http2_frames;
mod proxies;
mod responses;
mod tls;
