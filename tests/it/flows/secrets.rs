//! Secrets of flows stay out of results and messages.

use super::{Place, steps};
use crate::support::harness::drumfire;
use crate::support::results::records;

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

#[test]
fn no_output_shows_an_encoded_secret() {
    let text = "GET {{base}}/echo/a\n[BasicAuth]\nbob: {{pw}}\n[Query]\nq: {{pw}}\nHTTP 200\n\
        [Captures]\nall: body\n[Asserts]\njsonpath \"$.auth\" == \"nothing\"\n\
        GET http://127.0.0.1:1/x?{{pw}}\n";
    let place = Place::new(&[("a.hurl", &format!("# @on-failure go-on\n{text}"))]);
    let secret = "-secret=pw=p@ss\"wo\\rdé";
    let output = place.attack("-flow=a.hurl -rate=100 -flow-count=1 -max-body=0").arg(secret).run();
    let found = steps(&output.stdout);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].url.ends_with("/echo/a?q=***"), "{found:?}");
    assert!(found[1].url.ends_with("/x?***"), "{found:?}");
    assert!(found[1].error.starts_with("Get \"http://127.0.0.1:1/x?***\": "), "{found:?}");
    let tried = place.attack("-try -flow=a.hurl").arg(secret).run();
    assert_eq!(tried.status, Some(1));
    assert!(tried.text().contains("found \"Basic "), "{}", tried.text());
    let credentials = "Ym9iOnBAc3Mid29ccmTDqQ==";
    for text in [tried.text(), &tried.stderr, &output.stderr] {
        for part in ["p@ss", "p%40ss", "wo\\", "wo%5C", &credentials[8..]] {
            assert!(!text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn headers_of_responses_have_no_secret() {
    let place = Place::new(&[("a.hurl", "POST {{base}}/login\nX-Word: {{word}}\nHTTP 200\n")]);
    let run = |word: &str| {
        let attack = place.attack("-flow=a.hurl -rate=100 -flow-count=1");
        let found = records(&attack.arg(format!("-secret=word={word}")).run().stdout);
        let headers = found[0].headers.clone().unwrap();
        headers.into_iter().find(|(name, _)| name == "Set-Cookie").unwrap().1
    };
    assert_eq!(run("sid=one"), "***; Path=/");
    assert_eq!(run("other"), "sid=one; Path=/");
}

#[test]
fn the_recorded_command_keeps_addresses_of_mail_and_hides_passwords() {
    let place = Place::new(&[("a.hurl", "GET {{base}}/a?{{mail}}\n")]);
    let attack = place.attack("-flow=a.hurl -rate=100 -flow-count=1");
    let output = attack.args(["-variable=mail=ann@example.com", "-secret=pw=s3cr3t"]).run();
    let report = drumfire("report -type=json").stdin(output.stdout).run();
    let url = &place.server.url;
    let kept = format!("={url} -variable=mail=ann@example.com -secret='pw=***'");
    assert!(report.text().contains(&kept), "{}", report.text());
}
