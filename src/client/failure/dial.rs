//! The wording of failures before a connection exists: lookup, dial, proxy.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use hickory_resolver::net::{DnsError, NetError};

use crate::client::failure::of_call;
use crate::error::{plain_text, with_small_initial};

/// The cause of a name without an address.
pub const NO_SUCH_HOST: &str = "no such host";

/// Returns the cause of a failed dial.
pub fn of_dial(address: SocketAddr, error: &io::Error) -> String {
    format!("dial tcp {address}: {}", of_call("connect", error))
}

/// Returns the cause of a dial whose local address could not be bound.
pub fn of_bind(address: SocketAddr, error: &io::Error) -> String {
    format!("dial tcp {address}: {}", of_call("bind", error))
}

/// Returns the cause of a failed dial to a Unix socket.
pub fn of_unix_dial(path: &Path, error: &io::Error) -> String {
    format!("dial unix {}: {}", path.display(), of_call("connect", error))
}

/// Returns the cause of a name that could not be resolved.
pub fn of_lookup(host: &str, cause: &str) -> String {
    format!("dial tcp: lookup {host}: {cause}")
}

/// Returns why the system's resolver found no address.
pub fn of_system_lookup(error: &io::Error) -> String {
    let text = error.to_string();
    // The messages of getaddrinfo for an unknown name and for a name without an address.
    let missing = ["Name or service not known", "No address associated", "nodename nor servname"];
    match text.strip_prefix("failed to lookup address information: ") {
        Some(words) if missing.iter().any(|missing| words.starts_with(missing)) => {
            NO_SUCH_HOST.to_owned()
        }
        Some(words) => with_small_initial(words),
        None => plain_text(&text),
    }
}

/// Returns why a name server returned no address.
pub fn of_name_server(error: &NetError) -> String {
    match error {
        NetError::Dns(DnsError::ResponseCode(_)) => "server misbehaving".to_owned(),
        NetError::Timeout => "i/o timeout".to_owned(),
        NetError::Io(error) => of_call("read", error),
        error => error.to_string(),
    }
}

/// Returns why a SOCKS proxy opened no connection.
pub fn of_socks(error: &tokio_socks::Error) -> String {
    use tokio_socks::Error as Socks;
    match error {
        Socks::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        Socks::Io(error) => of_call("read", error),
        Socks::NoAcceptableAuthMethods => "no acceptable authentication methods".to_owned(),
        Socks::PasswordAuthFailure(_) => "username/password authentication failed".to_owned(),
        Socks::TtlExpired => "unknown error TTL expired".to_owned(),
        Socks::GeneralSocksServerFailure
        | Socks::ConnectionNotAllowedByRuleset
        | Socks::NetworkUnreachable
        | Socks::HostUnreachable
        | Socks::ConnectionRefused
        | Socks::CommandNotSupported
        | Socks::AddressTypeNotSupported => {
            format!("unknown error {}", with_small_initial(&error.to_string()))
        }
        error => with_small_initial(&error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_have_the_wording_of_go() {
        let refused = io::Error::from_raw_os_error(111);
        let address: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let cause = of_dial(address, &refused);
        assert_eq!(cause, "dial tcp 127.0.0.1:1: connect: connection refused");
        assert_eq!(
            of_lookup("nosuch.invalid", NO_SUCH_HOST),
            "dial tcp: lookup nosuch.invalid: no such host"
        );
        let taken = io::Error::from_raw_os_error(99);
        assert_eq!(
            of_bind(address, &taken),
            "dial tcp 127.0.0.1:1: bind: cannot assign requested address"
        );
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(
            of_unix_dial(Path::new("/run/x.sock"), &missing),
            "dial unix /run/x.sock: connect: no such file or directory"
        );
    }

    #[test]
    fn an_unknown_name_differs_from_a_failing_resolver() {
        let table = [
            ("Name or service not known", "no such host"),
            ("No address associated with hostname", "no such host"),
            ("Temporary failure in name resolution", "temporary failure in name resolution"),
        ];
        for (message, expected) in table {
            let error = format!("failed to lookup address information: {message}");
            assert_eq!(of_system_lookup(&io::Error::other(error)), expected);
        }
    }
}
