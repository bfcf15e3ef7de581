//! Queries and filters of hurl that are not evaluated, with what to use instead.

/// Returns what is wrong with a query that hurl has and that is not evaluated. None for others.
pub fn refused_query(word: &str) -> Option<&'static str> {
    match word {
        "xpath" => Some(
            "xpath is not evaluated under load: expected regex or jsonpath, e.g. regex \
             /name=\"_csrf\" value=\"([^\"]+)\"/",
        ),
        "certificate" => Some(
            "certificate is not evaluated under load: expected a test with hurl for certificates",
        ),
        "md5" => Some("md5 is not evaluated under load: expected sha256"),
        _ => None,
    }
}

/// Returns what is wrong with a filter that hurl has and that is not evaluated. None for others.
pub fn refused_filter(word: &str) -> Option<&'static str> {
    match word {
        "xpath" => Some("xpath is not evaluated under load: expected regex or jsonpath"),
        "daysAfterNow" | "daysBeforeNow" => Some(
            "a filter that depends on the day is not evaluated under load: expected toDate and a \
             fixed date, or isDate",
        ),
        _ => None,
    }
}
