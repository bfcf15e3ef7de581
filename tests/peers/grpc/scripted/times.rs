//! Times of messages, compared with those at which the server wrote them.

use crate::grpc::scripted::{attack, scripted};

/// Two clocks of the same machine may differ by this.
const CLOCKS_NS: i64 = 1_000_000;

#[test]
fn the_first_message_and_the_longest_gap_are_those_that_the_server_wrote() {
    let server = scripted();
    let rows = attack(server.target("Tokens", "{}"), &["-rate=40", "-requests=40"]);
    let seen = server.taken();
    assert_eq!((rows.len(), seen.len()), (40, 40));
    let (mut firsts, mut gaps) = (Vec::new(), Vec::new());
    for row in &rows {
        let messaging = row.messaging.unwrap();
        let written = &seen.iter().find(|call| call.seq == row.seq).unwrap().times;
        assert_eq!((row.error.as_str(), messaging.messages_in, written.len()), ("", 4, 4));
        let first = row.timestamp_ns + messaging.first_message.unwrap().as_nanos() as i64;
        let gap = messaging.gap_max.unwrap().as_nanos() as i64;
        let written_gap = written.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        // A message does not arrive before it was written.
        assert!(first + CLOCKS_NS >= written[0], "{row:?} {written:?}");
        firsts.push(first - written[0]);
        gaps.push((gap - written_gap).abs());
    }
    // On a busy machine most messages are delayed somewhere, but not those of every call.
    let [first, gap] = [firsts, gaps].map(|differences| differences.into_iter().min().unwrap());
    assert!(first < 5_000_000 && gap < 1_000_000, "{first} ns, {gap} ns");
}
