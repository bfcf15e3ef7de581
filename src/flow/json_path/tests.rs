//! Tests of JSONPath: tables, and the walk against the tree.

use proptest::prelude::*;
use proptest::sample::select;

use super::document::Document;
use super::invalid::{Invalid, MAX_DEPTH};
use super::*;
use crate::flow::value::Value;

const BOOKS: &str = r#"{
    "id": 12345678901234567890123, "u": 9223372036854775808, "f": 1.50, "e": "\u00e9\ud83d\ude00",
    "books": [
        { "title": "Dune", "price": 8.95, "tags": ["a", "b"], "isbn": null },
        { "title": "Solaris", "price": 12, "tags": [] }
    ],
    "a.b": { "": true }, "big": [1, 12345678901234567890123]
}"#;

/// Returns what a path leads to in a document, which must be the same with and without a tree.
fn find(document: &str, path: &str) -> Result<Option<String>, Invalid> {
    let path = JsonPath::parse(path).unwrap();
    let found = Document::new(document).find(&path);
    let in_tree = Document::new(document).find_in_tree(&path);
    // Numbers of different types are equal, but are not shown alike. Which of two problems is found
    // first may differ.
    let shown = |value| format!("{value:?}");
    assert_eq!(found.clone().ok().map(shown), in_tree.ok().map(shown), "{document}");
    found.map(|value| value.map(|value| value.to_string()))
}

#[test]
fn paths_lead_to_nodes() {
    let table = [
        ("$.books[0].title", Some("Dune")),
        ("$.books[1].price", Some("12")),
        ("$['books'][0]['price']", Some("8.95")),
        ("$.books[0].isbn", Some("null")),
        ("$.books[1].isbn", None),
        ("$.books[2]", None),
        ("$.books[-1].title", Some("Solaris")),
        ("$.books.title", None),
        ("$.f[0]", None),
        ("$.f.x", None),
        ("$.e", Some("é😀")),
        ("$['a.b']['']", Some("true")),
        ("$.f", Some("1.5")),
        ("$.u", Some("9223372036854775808")),
        ("$.id", Some("12345678901234567890123")),
        ("$.big", Some(r#"[1,"12345678901234567890123"]"#)),
        ("$.big[*]", Some(r#"[1,"12345678901234567890123"]"#)),
        ("$.big[1:]", Some("12345678901234567890123")),
        ("$.books[*].title", Some(r#"["Dune","Solaris"]"#)),
        ("$..price", Some("[8.95,12]")),
        ("$.books[?@.price > 10].title", Some("Solaris")),
        ("$.books[?@.price > 100].title", None),
        ("$.books[1].tags", Some("[]")),
        ("$.books[0].tags[*]", Some(r#"["a","b"]"#)),
    ];
    for (path, expected) in table {
        assert_eq!(find(BOOKS, path), Ok(expected.map(str::to_owned)), "{path}");
    }
    assert_eq!(find("7 ", "$"), Ok(Some("7".to_owned())));
    assert_eq!(find(" \"x\"", "$"), Ok(Some("x".to_owned())));
}

#[test]
fn the_last_of_equal_names_counts() {
    let document = r#"{"a": {"b": 1}, "a": {"c": 2}, "\u0061": {"b": 3}}"#;
    assert_eq!(find(document, "$.a.b"), Ok(Some("3".to_owned())));
    assert_eq!(find(document, "$.a.c"), Ok(None));
}

#[test]
fn documents_that_cannot_be_used_are_refused_wherever_the_problem_is() {
    let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let table = [
        ("", Invalid::NotJson),
        ("{", Invalid::NotJson),
        (r#"{"a": 1} x"#, Invalid::NotJson),
        (r#"{"a": 1, "b": tru}"#, Invalid::NotJson),
        (r#"{"a": 1, "b": "\ud800"}"#, Invalid::NotJson),
        (r#"{"a": "\ud800"}"#, Invalid::NotJson),
        (r#"{"a": "\x"}"#, Invalid::NotJson),
        (r#"{"a": 01}"#, Invalid::NotJson),
        (r#"{"a": 1, "b": 01e400}"#, Invalid::NotJson),
        (r#"{"a": 1e400, "b": tru}"#, Invalid::NotJson),
        ("\u{feff}{}", Invalid::NotJson),
        (&format!(r#"{{"a": 1, "b": {}}}"#, nested(MAX_DEPTH)), Invalid::TooDeep),
        (&format!(r#"{{"a": {}}}"#, nested(MAX_DEPTH)), Invalid::TooDeep),
        (&"[".repeat(1 << 20), Invalid::TooDeep),
    ];
    for (document, expected) in table {
        assert_eq!(find(document, "$.a"), Err(expected), "{document:.40}");
        assert_eq!(find(document, "$.c[1]"), Err(expected), "{document:.40}");
    }
    let deepest = format!(r#"{{"a": {}}}"#, nested(MAX_DEPTH - 1));
    assert!(find(&deepest, "$.a").unwrap().is_some());
}

#[test]
fn numbers_beyond_the_range_of_floats_are_kept() {
    let document = format!(r#"{{"a": 1, "b": [1e400, "1e400", -{}], "c": 2}}"#, "9".repeat(400));
    let found = |path| find(&document, path).unwrap().unwrap().to_string();
    assert_eq!((found("$.a").as_str(), found("$.c").as_str()), ("1", "2"));
    assert_eq!((found("$.b[0]").as_str(), found("$.b[1]").as_str()), ("1e+400", "1e400"));
    assert_eq!(found("$.b[2]"), format!("-{}", "9".repeat(400)));
    assert_eq!(found("$.b[?@ > 5]"), "1e+400");
    assert_eq!(found("$[?@ == 2]"), "2");
    let paths = ["$.a", "$.b", "$.b[0]", "$.d"].map(|text| JsonPath::parse(text).unwrap());
    let shared = Document::with_paths(&document, &paths);
    for path in &paths {
        assert_eq!(shared.find(path), shared.find_in_tree(path), "{path:?}");
    }
}

#[test]
fn paths_that_are_known_beforehand_share_one_walk() {
    let texts =
        ["$.f", "$", "$.books[1].price", "$.books", "$.books[0]", "$.nope", "$.f", "$.books[*]"];
    let paths = texts.map(|text| JsonPath::parse(text).unwrap());
    let document = Document::with_paths(BOOKS, &paths);
    for path in &paths {
        assert_eq!(document.find(path), document.find_in_tree(path), "{path:?}");
    }
    // A path that was not known takes another walk, or the tree if there are many.
    let other = JsonPath::parse("$.f").unwrap();
    for _ in 0..20 {
        assert_eq!(document.find(&other).unwrap().unwrap().to_string(), "1.5");
    }
    let wrong = Document::with_paths("{\"f\": 1, \"g\": }", &paths);
    assert!(paths.iter().all(|path| wrong.find(path) == Err(Invalid::NotJson)));
}

#[test]
fn any_number_of_paths_can_be_known_beforehand() {
    let paths: Vec<_> = (0..100).map(|i| JsonPath::parse(&format!("$[{i}]")).unwrap()).collect();
    let text = format!("[{}]", (0..90).map(|i| i.to_string()).collect::<Vec<_>>().join(","));
    let document = Document::with_paths(&text, &paths);
    for (i, path) in (0..).zip(&paths) {
        let expected = (i < 90).then_some(Value::Integer(i));
        assert_eq!(document.find(path), Ok(expected), "{i}");
    }
}

#[test]
fn a_text_that_is_no_path_is_refused_at_its_position() {
    let nested = format!("$[?{}@{}]", "(".repeat(40), ")".repeat(40));
    let long = format!("$.{}", "a".repeat(5000));
    let root = "'$', the root";
    let name = "a name of letters, digits and '_', or ['a name'] without a point before it";
    let hex = r"four hexadecimal digits after '\u'";
    let filter = "a filter such as [?@.price > 10]";
    let step = "'.name', '['name']', '[0]', '[*]', '[?@.price > 10]', '..' or the end";
    let table = [
        ("", 1, root),
        ("a.b", 1, root),
        ("$.", 3, name),
        ("$.1a", 3, name),
        ("$é", 2, step),
        ("$.é[", 4, step),
        ("$.a b", 4, step),
        ("$[?@.a = 1]", 8, filter),
        (r#"$["a\u"#, 7, hex),
        (r"$['\uD800\ud", 13, hex),
        (&*nested, 35, "at most 32 levels of brackets"),
        (&*long, 1, "at most 4096 bytes"),
    ];
    for (text, position, expected) in table {
        let expected = Problem { position, expected: expected.to_owned() };
        assert_eq!(JsonPath::parse(text).unwrap_err(), expected, "{text}");
    }
}

/// JSON texts with what parsers get wrong: names that repeat, escapes, large numbers, errors.
fn documents() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "null",
        "true",
        "0",
        "-0",
        "1.5",
        "-2e3",
        "9223372036854775808",
        "123456789012345678901234",
        "122.416294033786585",
        r#""""#,
        r#""a\"b""#,
        r#""\ud83d\ude00""#,
        r#""é""#,
        r#""\ud800""#,
        "1e400",
        "01",
        "nul",
        "[",
        " 7 ",
    ]);
    let leaf = leaf.prop_map(str::to_owned);
    leaf.prop_recursive(4, 32, 4, |inner| {
        let name = select(vec!["a", "b", r"\u0061", "", "a b"]);
        let object = prop::collection::vec((name, inner.clone()), 0..4).prop_map(|members| {
            let members = members.iter().map(|(name, value)| format!("\"{name}\": {value}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        });
        let list =
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(",")));
        prop_oneof![object, list]
    })
}

fn paths() -> impl Strategy<Value = String> {
    let step = select(vec![".a", ".b", "['a b']", "['']", "[0]", "[1]", "[2]", "[\"a\"]"]);
    prop::collection::vec(step, 0..4).prop_map(|steps| format!("${}", steps.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_walk_finds_what_the_tree_has(
        text in documents(),
        paths in prop::collection::vec(paths(), 1..5),
    ) {
        let parsed: Vec<_> = paths.iter().map(|path| JsonPath::parse(path).unwrap()).collect();
        let together = Document::with_paths(&text, &parsed);
        for (path, parsed) in paths.iter().zip(&parsed) {
            prop_assert!(parsed.singular.is_some());
            let found = find(&text, path).ok();
            let shared = together.find(parsed).ok();
            prop_assert_eq!(found, shared.map(|value| value.map(|value| value.to_string())));
        }
    }

    #[test]
    fn no_text_makes_the_parser_fail(
        text in r"\$?([\.\[\]\(\)\*\?@'a0-9=<! ]|\\|\\u|\\ud|\\uD8|\[\x22){0,40}",
    ) {
        if let Ok(path) = JsonPath::parse(&text) {
            Document::new(BOOKS).find(&path).ok();
        }
    }
}

#[test]
fn a_document_with_too_many_values_needs_no_more_memory() {
    use super::invalid::MAX_VALUES;
    let document = format!("[[{}1]]", "1,".repeat(MAX_VALUES));
    let wild = JsonPath::parse("$[*]").unwrap();
    assert_eq!(Document::new(&document).find(&wild), Err(Invalid::TooMany));
    let whole = JsonPath::parse("$[0]").unwrap();
    assert_eq!(Document::new(&document).find(&whole), Err(Invalid::TooMany));
    // Without a tree, one value is found among any number of them.
    let one = JsonPath::parse("$[0][7]").unwrap();
    assert_eq!(Document::new(&document).find(&one), Ok(Some(Value::Integer(1))));

    let nested = format!("{}{}1{}", "[".repeat(100), "1,".repeat(MAX_VALUES / 20), "]".repeat(100));
    let all = JsonPath::parse("$..*").unwrap();
    assert_eq!(Document::new(&nested).find(&all), Err(Invalid::TooMany));
}
