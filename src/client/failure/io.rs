//! The wording of failures while a connection is read or written.

use std::io;

use crate::client::failure::chain::find;
use crate::client::failure::of_call;
use crate::client::failure::tls::of_tls;

/// Returns whether a stream of bytes failed because the peer closed it.
pub fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

/// Returns why reading from a connection failed; `end` if the peer closed the connection.
pub fn of_read(error: &io::Error, end: &str) -> String {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    if let Some(error) = find::<rustls::Error>(error) {
        return of_tls(error);
    }
    // h2 keeps only the kind of an error, without the code of the operating system.
    match (error.kind(), error.raw_os_error()) {
        (UnexpectedEof, _) | (BrokenPipe, None) => end.to_owned(),
        (ConnectionReset, None) => "read: connection reset by peer".to_owned(),
        (BrokenPipe, Some(_)) => of_call("write", error),
        _ => of_call("read", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_http_word_the_end_of_a_connection_alike() {
        use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
        let reset = "read: connection reset by peer";
        let table = [
            (UnexpectedEof.into(), "EOF"),
            (BrokenPipe.into(), "EOF"),
            (io::Error::new(BrokenPipe, "stream closed because of a broken pipe"), "EOF"),
            (ConnectionReset.into(), reset),
            (io::Error::from_raw_os_error(104), reset),
            (io::Error::from_raw_os_error(32), "write: broken pipe"),
        ];
        for (error, expected) in table {
            assert_eq!(of_read(&error, "EOF"), expected, "{error:?}");
        }
    }
}
