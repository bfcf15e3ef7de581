//! grpcio, gRPC's library for Python, as a client of `serve`.

use crate::setup::installed::python;
use crate::support::harness::program;
use crate::support::servers::serve;

/// Calls methods of all four types, by the schema of reflection, and checks the responses.
const CLIENT: &str = include_str!("client.py");

#[test]
fn grpcio_calls_methods_of_all_four_types() {
    let server = serve(&["-latency=1ms"]);
    let address = server.url.trim_start_matches("http://");
    let output = program(python()).args(["-c", CLIENT, address]).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    assert_eq!(output.text(), "all checks passed\n");
}
