//! Secrets of flows stay out of results and messages.

use super::{Place, steps};
use crate::support::harness::drumfire;

#[test]
fn no_output_shows_a_secret() {
    let text = "GET {{base}}/echo/{{password}}\nAuthorization: Bearer {{password}}\nHTTP 200\n\
        [Asserts]\njsonpath \"$.auth\" == \"nothing\"\n";
    let place = Place::new(&[("a.hurl", text)]);
    let secret = "-secret=password=s3cr3t";
    let output = place.attack("-flow=a.hurl -rate=100 -flow-count=1 -max-body=0").arg(secret).run();
    let found = steps(&output.stdout);
    assert!(found[0].url.ends_with("/echo/***"), "{found:?}");
    for kind in ["text", "json", "html"] {
        let report = drumfire(&format!("report -type={kind}")).stdin(output.stdout.clone()).run();
        assert!(!report.text().contains("s3cr3t"), "{kind}");
    }
    let tried = place.attack("-try -flow=a.hurl").arg(secret).run();
    assert_eq!(tried.status, Some(1));
    for text in [tried.text(), &tried.stderr, &output.stderr] {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
    assert!(tried.text().contains("found \"Bearer ***\""), "{}", tried.text());
    let bad = place.attack("-flow=a.hurl").arg("-secret=s3cr3t").run();
    assert_eq!(bad.status, Some(2));
    assert!(!bad.stderr.contains("s3cr3t"), "{}", bad.stderr);
}
