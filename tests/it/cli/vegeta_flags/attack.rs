//! Flags of `attack` for load, targets, hits and output.

use super::Row;

const NO_WORKERS: &str =
    "-rate=0 requires setting -max-workers: only the hits in flight then limit the rate";

pub const ROWS: &[Row] = &[
    Row {
        flag: "body",
        default: "",
        accepted: &["-body=DIR/body.txt", "-body=", "-body=stdin|-targets=DIR/list.txt"],
        refused: &[],
        failed: &[
            ("-body=DIR/nosuch", "open DIR/nosuch: no such file or directory"),
            (
                "-body=stdin",
                "stdin: no targets to attack: expected a line like 'GET http://127.0.0.1:8080/'",
            ),
        ],
    },
    Row {
        flag: "connections",
        default: "10000",
        accepted: &["-connections=5", "-connections=0", "-connections=0x10"],
        refused: &[("-connections=-1", "number"), ("-connections=many", "number")],
        failed: &[],
    },
    Row {
        flag: "cpus",
        default: "0",
        accepted: &["-cpus=2", "-cpus=0", "-cpus=-1", "-cpus=0x4"],
        refused: &[("-cpus=x", "number")],
        failed: &[],
    },
    Row {
        flag: "duration",
        default: "0s",
        accepted: &[
            "-duration=10s",
            "-duration=1m30s",
            "-duration=1.5h",
            "-duration=0",
            "-duration=-1s",
        ],
        refused: &[("-duration=5", "time"), ("-duration=abc", "time"), ("-duration=", "time")],
        failed: &[],
    },
    Row {
        flag: "format",
        default: "http",
        accepted: &["-format=http", "-format=json|-targets=DIR/list.json"],
        refused: &[(
            "-format=xml",
            "invalid value \"xml\" for flag -format: expected http or json",
        )],
        failed: &[],
    },
    Row {
        flag: "header",
        default: "",
        accepted: &["-header=Accept: text/html", "-header=a:b", "-header=a: 1|-header=a: 2:3"],
        refused: &[
            ("-header=foo", "invalid value \"***\" for flag -header: expected 'Key: Value'"),
            ("-header=foo:", "invalid value \"foo:\" for flag -header: expected 'Key: Value'"),
            ("-header=: foo", "invalid value \"***\" for flag -header: expected 'Key: Value'"),
        ],
        failed: &[],
    },
    Row {
        flag: "insecure",
        default: "",
        accepted: &["-insecure", "-insecure=true", "-insecure=F"],
        refused: &[("-insecure=maybe", "boolean"), ("-insecure=", "boolean")],
        failed: &[],
    },
    Row {
        flag: "keepalive",
        default: "true",
        accepted: &["-keepalive", "-keepalive=false", "-keepalive=0", "-keepalive=T"],
        refused: &[
            ("-keepalive=no", "boolean"), // Vegeta takes it for a file, and passes it over.
            (
                "-keepalive|false",
                "unexpected argument \"false\": a boolean flag takes its value only after '=', as in \
                 -keepalive=false",
            ),
        ],
        failed: &[],
    },
    Row {
        flag: "max-body",
        default: "-1",
        accepted: &[
            "-max-body=10kb",
            "-max-body=-1",
            "-max-body=0",
            "-max-body=10 KB",
            "-max-body=1GigaByte",
            "-max-body=2 m",
            "-max-body=7eb",
        ],
        refused: &[
            ("-max-body=abc", "size"),
            ("-max-body=-2", "size"),
            ("-max-body=10Kb", "size"),
            ("-max-body=8eb", "size"),
            ("-max-body=", "size"),
        ],
        failed: &[],
    },
    Row {
        flag: "max-connections",
        default: "0",
        accepted: &["-max-connections=1", "-max-connections=0"],
        refused: &[("-max-connections=-1", "number"), ("-max-connections=1.5", "number")],
        failed: &[],
    },
    Row {
        flag: "max-workers",
        default: "0",
        accepted: &[
            "-max-workers=1",
            "-max-workers=0",
            "-max-workers=1_0",
            "-max-workers=18446744073709551615",
        ],
        refused: &[("-max-workers=-1", "number"), ("-max-workers=18446744073709551616", "number")],
        failed: &[],
    },
    Row {
        flag: "name",
        default: "",
        accepted: &["-name=release 7", "-name="],
        refused: &[("-name", "flag needs an argument: -name")],
        failed: &[],
    },
    Row {
        flag: "output",
        default: "stdout",
        accepted: &["-output=stdout", "-output=-"],
        refused: &[],
        failed: &[
            ("-output=DIR/nosuch/x", "create DIR/nosuch/x: no such file or directory"),
            ("-output=", "create : no such file or directory"),
        ],
    },
    Row {
        flag: "rate",
        default: "50/1s",
        accepted: &[
            "-rate=50",
            "-rate=+20",
            "-rate=50/s",
            "-rate=3000/1m",
            "-rate=1/500ms",
            "-rate=7/1h30m",
            "-rate=5/µs",
            "-rate=2000000000",
            "-rate=0.5",
            "-rate=0|-max-workers=1",
            "-rate=0/m|-max-workers=1",
            "-rate=infinity|-max-workers=1",
            "-rate=50/0s|-max-workers=1",
        ],
        refused: &[
            ("-rate=abc", "rate"),
            ("-rate=1e3", "rate"),
            ("-rate=1.5.5", "rate"),
            ("-rate= 5", "rate"),
            ("-rate=", "rate"),
            ("-rate=50/", "rate"),
            ("-rate=50/2", "rate"),
            ("-rate=50/xx", "rate"),
            ("-rate=-1", "rate"),
            ("-rate=1/-1s", "rate"),
            ("-rate", "flag needs an argument: -rate"),
            ("-rate=0", NO_WORKERS),
            ("-rate=infinity", NO_WORKERS),
            ("-rate=50/0s", NO_WORKERS),
            ("-rate=0|-max-workers=0", NO_WORKERS),
        ],
        failed: &[],
    },
    Row {
        flag: "redirects",
        default: "10",
        accepted: &["-redirects=3", "-redirects=0", "-redirects=-1", "-redirects=0x2"],
        refused: &[
            ("-redirects=-2", "invalid value \"-2\" for flag -redirects: expected -1 or more"),
            ("-redirects=few", "invalid value \"few\" for flag -redirects: expected -1 or more"),
        ],
        failed: &[],
    },
    Row {
        flag: "root-certs",
        default: "",
        accepted: &["-root-certs=DIR/cert.pem", "-root-certs=DIR/cert.pem,DIR/both.pem"],
        refused: &[("-root-certs=", "invalid value \"\" for flag -root-certs: expected a value")],
        failed: &[
            (
                "-root-certs=DIR/nosuch",
                "bad -root-certs file 'DIR/nosuch': no such file or directory",
            ),
            (
                "-root-certs=DIR/body.txt",
                "bad -root-certs file 'DIR/body.txt': expected certificates in PEM form",
            ),
        ],
    },
    Row {
        flag: "targets",
        default: "stdin",
        accepted: &["-targets=DIR/list.txt", "-targets=stdin", "-targets=-"],
        refused: &[],
        failed: &[
            ("-targets=DIR/nosuch", "open DIR/nosuch: no such file or directory"),
            ("-targets=", "open : no such file or directory"),
        ],
    },
    Row {
        flag: "timeout",
        default: "30s",
        accepted: &["-timeout=10s", "-timeout=0", "-timeout=-1s", "-timeout=500ms"],
        refused: &[("-timeout=5", "time"), ("-timeout=1d", "time")],
        failed: &[],
    },
    Row {
        flag: "workers",
        default: "10",
        accepted: &["-workers=5", "-workers=0", "-workers=0x2", "-workers=0b11", "-workers=0o7"],
        refused: &[("-workers=-1", "number"), ("-workers=1__0", "number"), ("-workers=", "number")],
        failed: &[],
    },
];
