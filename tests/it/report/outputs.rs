//! The format of an output: by the ending of its file, and refused on a terminal if it is a page.

use std::fs;

use crate::support::harness::drumfire;
use crate::support::pty::Pty;

const RUN: &str = "tests/golden/mix.csv";

#[test]
fn the_ending_of_the_output_selects_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let table = [
        ("report", "x.json", "{\"latencies\""),
        ("report", "x.html", "<!doctype html>"),
        ("report", "x.xml", "<?xml"),
        ("report", "x.csv", "Type,Name,"),
        ("report -type=failures-csv", "x.csv", "Method,Name,"),
        ("report", "x.out", "Requests "),
        ("plot", "x.svg", "<svg "),
        ("plot", "x.htm", "<!doctype html>"),
        ("compare", "x.json", "{\"base\""),
        ("encode", "x.csv", "1"),
        ("encode", "x.jsonl", "{\"attack\""),
        ("encode", "x.arrow", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
    ];
    for (line, name, start) in table {
        let file = folder.path().join(name);
        let runs = if line == "compare" { vec![RUN, RUN] } else { vec![RUN] };
        let output = drumfire(line).arg("-output").arg(&file).args(runs).run();
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{line} {name}");
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).to_ascii_lowercase();
        assert!(text.starts_with(&start.to_ascii_lowercase()), "{line} {name}: {text:.80}");
    }
}

#[test]
fn an_ending_that_the_format_contradicts_is_refused_before_anything_is_written() {
    let contradict = |flag: &str, name: &str, right: &str| {
        format!(
            "{flag} and the ending of {name:?} contradict each other: give {right}, or another name"
        )
    };
    let table = [
        ("report -type=text -output=x.json", contradict("-type=text", "x.json", "-type=json")),
        ("report -type=hist[0,1s] -output=x.html", contradict("-type=hist", "x.html", "-type=html")),
        ("encode -to=gob -output=x.csv", contradict("-to=gob", "x.csv", "-to=csv")),
        ("plot -type=html -output=x.svg", contradict("-type=html", "x.svg", "-type=svg")),
        ("compare -type=json -output=x.md", contradict("-type=json", "x.md", "-type=markdown")),
        (
            "plot -output=x.png",
            "cannot write \"x.png\": expected a name that ends with .html, .svg, .htm".to_owned(),
        ),
        (
            "report -output=x.pdf",
            "cannot write \"x.pdf\": expected a name that ends with .txt, .json, .html, .htm, .xml, \
             .md, .csv"
                .to_owned(),
        ),
    ];
    for (line, problem) in table {
        let folder = tempfile::tempdir().unwrap();
        let runs = if line.starts_with("compare") { vec!["a", "b"] } else { vec!["a"] };
        let output = drumfire(line).args(runs).dir(folder.path()).run();
        let name = line.split(' ').next().unwrap();
        let expected = format!("drumfire {name}: {problem}\nsee 'drumfire {name} -h'\n");
        assert_eq!((output.status, output.stderr), (Some(2), expected), "{line}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{line}");
    }
}

#[test]
fn a_page_on_a_terminal_is_refused_with_what_to_type() {
    let table = [
        ("report -type=html", "html"),
        ("plot", "html"),
        ("plot -chart=latency", "svg"),
        ("compare -type=html", "html"),
    ];
    for (line, ending) in table {
        let mut terminal = Pty::new(80, 24);
        let runs = if line.starts_with("compare") { vec![RUN, RUN] } else { vec![RUN] };
        let output = terminal.show(drumfire(line).args(runs)).run();
        let name = line.split(' ').next().unwrap();
        let problem = format!(
            "drumfire {name}: refusing to write {ending} to the terminal: name a file, as in \
             -output=report.{ending}, or pipe it\n"
        );
        assert_eq!((output.status, output.stderr), (Some(1), problem), "{line}");
        assert_eq!(terminal.last_screen(), "", "{line}");
    }
}
