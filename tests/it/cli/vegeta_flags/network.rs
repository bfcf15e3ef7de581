//! Flags of `attack` for connections, and for reading targets and serving metrics.

use super::Row;

const DETOUR: &str = "expected format: src:port:dst:port, an IPv6 address in brackets";
const LOCAL: &str = "expected an IP address of this machine, or a name that has one";
const ADDRESS: &str = "expected IP:PORT, as in 127.0.0.1:8880, or :8880 for every interface";
const NAME_SERVER: &str = "expected IP or IP:PORT, an IPv6 address before a port in brackets";

/// Words for messages that refuse a value of these flags.
pub const KINDS: [(&str, &str); 4] =
    [("detour", DETOUR), ("local", LOCAL), ("name server", NAME_SERVER), ("address", ADDRESS)];

pub const ROWS: &[Row] = &[
    Row {
        flag: "cert",
        default: "",
        accepted: &["-cert=DIR/both.pem", "-cert=DIR/cert.pem|-key=DIR/key.pem", "-cert="],
        refused: &[],
        failed: &[
            ("-cert=DIR/nosuch", "bad -cert file 'DIR/nosuch': no such file or directory"),
            (
                "-cert=DIR/body.txt",
                "bad -cert file 'DIR/body.txt': expected certificates in PEM form",
            ),
            (
                "-cert=DIR/cert.pem",
                "bad -cert file 'DIR/cert.pem': expected the certificate's private key in the \
                 same file, in PEM form and not encrypted, or in a file given by -key",
            ),
        ],
    },
    Row {
        flag: "chunked",
        default: "",
        accepted: &["-chunked", "-chunked=false", "-chunked|-body=DIR/body.txt"],
        refused: &[("-chunked=maybe", "boolean")],
        failed: &[],
    },
    Row {
        flag: "connect-to",
        default: "",
        accepted: &[
            "-connect-to=127.0.0.1:1:127.0.0.1:2",
            "-connect-to=a:80:b:81|-connect-to=a:80:[::1]:82",
        ],
        refused: &[
            ("-connect-to=a:b:c", "detour"),
            ("-connect-to=a:1:b:99999", "detour"),
            ("-connect-to=", "detour"),
        ],
        failed: &[],
    },
    Row {
        flag: "dns-ttl",
        default: "0s",
        accepted: &["-dns-ttl=10s", "-dns-ttl=0", "-dns-ttl=-1", "-dns-ttl=-1s"],
        refused: &[("-dns-ttl=5", "time"), ("-dns-ttl=", "time")],
        failed: &[],
    },
    Row {
        flag: "h2c",
        default: "",
        accepted: &[
            "-h2c",
            "-h2c=false",
            "-h2c|-session-tickets",
            "-h2c|-unix-socket=DIR/nosuch",
            "-h2c|-connect-to=a:80:b:81",
        ],
        refused: &[("-h2c=maybe", "boolean")],
        failed: &[],
    },
    Row {
        flag: "http2",
        default: "true",
        accepted: &["-http2", "-http2=false"],
        refused: &[("-http2=foo", "boolean")],
        failed: &[],
    },
    Row {
        flag: "key",
        default: "",
        accepted: &["-key=DIR/key.pem|-cert=DIR/cert.pem", "-key="],
        refused: &[(
            "-key=DIR/key.pem",
            "-key requires -cert: name the certificate that the key belongs to",
        )],
        failed: &[
            (
                "-key=DIR/nosuch|-cert=DIR/cert.pem",
                "bad -key file 'DIR/nosuch': no such file or directory",
            ),
            (
                "-key=DIR/cert.pem|-cert=DIR/cert.pem",
                "bad -key file 'DIR/cert.pem': expected a private key in PEM form, not encrypted",
            ),
        ],
    },
    Row {
        flag: "laddr",
        default: "0.0.0.0",
        accepted: &["-laddr=127.0.0.1", "-laddr=0.0.0.0", "-laddr=::1"],
        refused: &[("-laddr=", "local")],
        failed: &[],
    },
    Row {
        flag: "lazy",
        default: "",
        accepted: &["-lazy", "-lazy=false", "-lazy|-cpus=2"],
        refused: &[
            ("-lazy=maybe", "boolean"),
            ("-lazy|-threads=2", "-lazy needs -threads=1: a single engine sends hit k to target k"),
        ],
        failed: &[],
    },
    Row {
        flag: "prometheus-addr",
        default: "",
        accepted: &["-prometheus-addr=127.0.0.1:PORT", "-prometheus-addr="],
        refused: &[
            ("-prometheus-addr", "flag needs an argument: -prometheus-addr"),
            ("-prometheus-addr=8880", "address"),
            ("-prometheus-addr=127.0.0.1:http", "address"),
        ],
        failed: &[],
    },
    Row {
        flag: "proxy-header",
        default: "",
        accepted: &["-proxy-header=A: 1", "-proxy-header=A: 1|-proxy-header=B: 2"],
        refused: &[
            (
                "-proxy-header=foo",
                "invalid value \"***\" for flag -proxy-header: expected 'Key: Value'",
            ),
            (
                "-proxy-header=: foo",
                "invalid value \"***\" for flag -proxy-header: expected 'Key: Value'",
            ),
        ],
        failed: &[],
    },
    Row {
        flag: "resolvers",
        default: "",
        accepted: &["-resolvers=127.0.0.1", "-resolvers=127.0.0.1:53,[::1]:53", "-resolvers=::1"],
        refused: &[
            ("-resolvers=foo", "name server"),
            ("-resolvers=127.0.0.1:99999", "name server"),
            ("-resolvers=", "name server"),
        ],
        failed: &[],
    },
    Row {
        flag: "session-tickets",
        default: "",
        accepted: &["-session-tickets", "-session-tickets=F"],
        refused: &[("-session-tickets=maybe", "boolean")],
        failed: &[],
    },
    Row {
        flag: "unix-socket",
        default: "",
        accepted: &["-unix-socket=DIR/nosuch", "-unix-socket="],
        refused: &[("-unix-socket", "flag needs an argument: -unix-socket")],
        failed: &[],
    },
];
