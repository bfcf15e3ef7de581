//! Options of hurl that a flow cannot have, with what to use instead.

/// Returns what is wrong with an option that hurl has and that is not supported. None for others.
pub fn refused_option(name: &str) -> Option<String> {
    let instead = match name {
        "cacert" => "-root-certs",
        "cert" => "-cert",
        "key" => "-key",
        "insecure" => "-insecure",
        "connect-to" | "resolve" => "-connect-to",
        "unix-socket" => "-unix-socket",
        "proxy" => "HTTP_PROXY in the environment",
        "http1.0" | "http1.1" | "http2" | "http3" => "-http2 or -h2c",
        "ipv4" | "ipv6" => "an address of that kind in the URL",
        "connect-timeout" => "-timeout",
        "limit-rate" => "no such line",
        "pinnedpubkey" => "-root-certs",
        _ => return refused_login(name),
    };
    Some(format!("option '{name}' is the same for the whole attack: expected {instead}"))
}

/// Returns whether an option that is not supported may stand in a file with the value `false`, which
/// asks for nothing. The versions of HTTP are no such options: `http2: false` asks for another one.
pub fn is_off_by_default(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "insecure",
        "ipv4",
        "ipv6",
        "digest",
        "ntlm",
        "negotiate",
        "netrc",
        "netrc-optional",
        "location-trusted",
    ];
    NAMES.contains(&name)
}

/// Returns what is wrong with an option for a way to log in.
fn refused_login(name: &str) -> Option<String> {
    let instead = match name {
        "digest" | "ntlm" | "negotiate" | "aws-sigv4" => "[BasicAuth] or an Authorization header",
        "netrc" | "netrc-file" | "netrc-optional" => "[BasicAuth] with a -secret",
        "location-trusted" => "'location', which sends no password to another host",
        "no-jsonpath-coercion" | "fail-with-body" | "no-header" => "an option of hurl 8.0",
        _ => return None,
    };
    Some(format!("option '{name}' is not supported: expected {instead}"))
}
