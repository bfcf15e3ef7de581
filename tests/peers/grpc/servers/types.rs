//! Calls of all four types.

use crate::grpc::servers::{peers, server};

const N_CALLS: usize = 60;

#[test]
fn records_of_all_types_agree_with_the_log_of_the_server() {
    let one = r#"{"text": "{{$seq}}", "payload": "AAH/", "waits": [0, 1, 0]}"#;
    let two = r#"{"text": "{{$seq}}", "payload": "AAH/"} {"text": "last"}"#;
    // Messages that are sent and received.
    let table = [
        ("Unary", one, "-messages=0", (1, 1)),
        ("Tokens", one, "-messages=0", (1, 3)),
        ("Collect", two, "-messages=4", (4, 1)),
        ("Converse", two, "-messages=4", (4, 4)),
    ];
    for peer in peers() {
        let server = server(peer);
        for (method, message, flag, counts) in table {
            let list = format!("GRPC HOST/peer.v1.Calls/{method}\n# @body\n{message}\n");
            let calls = server.calls(&list, &[flag, &format!("-requests={N_CALLS}")]);
            assert_eq!(calls.len(), N_CALLS, "{peer:?}");
            for (number, (row, seen)) in (0..).zip(&calls) {
                assert_eq!((seen.seq(), seen.method.as_str()), (number, method), "{peer:?}");
                assert_eq!((row.error.as_str(), seen.status), ("", 0), "{peer:?}");
                let found =
                    (row.messaging.unwrap().messages_out, row.messaging.unwrap().messages_in);
                assert_eq!(found, counts, "{peer:?} {method}");
            }
        }
    }
}
