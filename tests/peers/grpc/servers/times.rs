//! Times of the messages of a stream, compared with those of the server.

use crate::grpc::servers::{peers, server};

/// One nanosecond, in s: the precision of the records.
const TICK: f64 = 1e-9;

#[test]
fn the_first_message_and_the_longest_gap_are_those_of_the_server() {
    // The longest wait is between the second and the third message.
    let list = "GRPC HOST/peer.v1.Calls/Tokens\n# @body\n{\"waits\": [40, 10, 90, 20]}\n";
    for peer in peers() {
        let calls = server(peer).calls(list, &["-requests=20", "-rate=20"]);
        assert_eq!(calls.len(), 20);
        // How far each call is from the server in its first message and in its longest gap, in s.
        let (mut firsts, mut gaps) = (Vec::new(), Vec::new());
        for (row, seen) in &calls {
            let latency = row.latency.as_secs_f64();
            let first = row.messaging.unwrap().first_message.unwrap().as_secs_f64();
            let gap = row.messaging.unwrap().gap_max.unwrap().as_secs_f64();
            let sent_gaps = seen.times.windows(2).map(|pair| pair[1] - pair[0]);
            let sent_gap = sent_gaps.fold(0.0, f64::max);
            // The server starts a call after its release, and a message arrives after it was sent.
            assert!(first + TICK >= seen.times[0], "{peer:?}: {row:?} {seen:?}");
            assert!(first + 3.0 * gap + TICK >= seen.times[3], "{peer:?}: {row:?} {seen:?}");
            assert!(first + gap <= latency + TICK, "{peer:?}: {row:?} {seen:?}");
            firsts.push(first - seen.times[0]);
            gaps.push((gap - sent_gap).abs());
        }
        // On a busy machine most calls are delayed somewhere, but not all of them.
        let [first, gap] =
            [firsts, gaps].map(|differences| differences.into_iter().fold(f64::MAX, f64::min));
        assert!(first < 0.5 && gap < 0.005, "{peer:?}: {first} {gap}");
    }
}
