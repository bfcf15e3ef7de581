//! The server of `drumfire serve` beyond HTTP/1.1.

mod http2;
