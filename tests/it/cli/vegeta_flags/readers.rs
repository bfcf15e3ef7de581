//! Flags of the commands that read streams.

use super::Row;

/// The flag that all readers have.
const OUTPUT: Row = Row {
    flag: "output",
    default: "stdout",
    accepted: &["-output=stdout", "-output=-"],
    refused: &[],
    failed: &[("-output=DIR/nosuch/x", "create DIR/nosuch/x: no such file or directory")],
};

pub const REPORT: &[Row] = &[
    Row {
        flag: "buckets",
        default: "",
        accepted: &[
            "-buckets=[0,1ms,10ms]",
            "-buckets=",
            "-buckets=[1ms]|-type=hist",
            "-buckets=[0, 1ms]|-type=json",
            // The text report has no buckets and does not check them.
            "-buckets=nonsense",
        ],
        refused: &[
            ("-buckets=[1]|-type=json", "bad buckets '[1]': BUCKETS"),
            ("-buckets=1ms|-type=hist", "bad buckets '1ms': BUCKETS"),
        ],
        failed: &[],
    },
    Row {
        flag: "every",
        default: "0",
        accepted: &["-every=10s", "-every=0"],
        refused: &[
            ("-every=5", "time"),
            ("-every=-1s", "invalid value \"-1s\" for flag -every: expected 0 or more"),
        ],
        failed: &[],
    },
    OUTPUT,
    Row {
        flag: "type",
        default: "",
        accepted: &[
            "-type=text",
            "-type=json",
            "-type=hist[0,1ms]",
            "-type=histogram|-buckets=[0,1ms]",
            "-type=hdrplot",
        ],
        refused: &[
            (
                "-type=xml",
                "bad report type 'xml': expected one of text, json, hist[0,1ms,10ms], hdrplot, html, junit, markdown, csv, failures-csv",
            ),
            (
                "-type=plot",
                "bad report type 'plot': expected one of text, json, hist[0,1ms,10ms], hdrplot, html, junit, markdown, csv, failures-csv",
            ),
            (
                "-type=hist",
                "bad report type 'hist': expected buckets after it, as in 'hist[0,1ms,10ms]', \
                 or in -buckets",
            ),
            ("-type=hist[]", "bad buckets '[]': BUCKETS"),
        ],
        failed: &[],
    },
];

pub const PLOT: &[Row] = &[
    OUTPUT,
    Row {
        flag: "threshold",
        default: "4000",
        accepted: &["-threshold=100", "-threshold=0", "-threshold=3"],
        refused: &[
            (
                "-threshold=-1",
                "invalid value \"-1\" for flag -threshold: expected 0 for every point, or at least 3",
            ),
            (
                "-threshold=2",
                "invalid value \"2\" for flag -threshold: expected 0 for every point, or at least 3",
            ),
        ],
        failed: &[],
    },
    Row {
        flag: "title",
        default: "",
        accepted: &["-title=Two <releases>", "-title="],
        refused: &[("-title", "flag needs an argument: -title")],
        failed: &[],
    },
];

pub const ENCODE: &[Row] = &[
    OUTPUT,
    Row {
        flag: "to",
        default: "",
        accepted: &["-to=json", "-to=csv", "-to=gob"],
        refused: &[(
            "-to=xml",
            "invalid value \"xml\" for flag -to: expected one of arrow, csv, gob, json",
        )],
        failed: &[],
    },
];
