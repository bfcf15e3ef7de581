//! Kinds of reports, as selected by `-type` and `-buckets`.

use crate::error::Error;
use crate::metrics::{Buckets, By};

/// A kind of report, including its buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Vegeta's text report, followed by drumfire's own rows.
    Text,
    /// Vegeta's JSON object, followed by drumfire's own keys. Includes buckets if any are given.
    Json(Option<Buckets>),
    /// Vegeta's histogram.
    Hist(Buckets),
    /// Quantiles in the format of HdrHistogram's plotter.
    Hdrplot,
    /// A page with the text report and charts.
    Html,
    /// One test case per threshold, in JUnit XML.
    Junit,
    /// Markdown for a pull request or a job summary.
    Markdown,
    /// Locust's statistics: one row per group, in CSV.
    Csv,
    /// Locust's failures: one row per group and error, in CSV.
    FailuresCsv,
}

impl Kind {
    /// Parses the values of `-type` and `-buckets`; an empty `buckets` means none.
    ///
    /// Any type that begins with `hist` is the histogram. Its buckets follow that word, as in
    /// `hist[0,1ms,10ms]`, unless `buckets` lists them. JSON takes buckets from `buckets` only; the
    /// other kinds ignore them.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the type is unknown, or if a list of buckets is malformed or missing.
    pub fn parse(kind: &str, buckets: &str) -> Result<Self, Error> {
        if let Some(inline) = kind.strip_prefix("hist") {
            return parse_hist(kind, if buckets.is_empty() { inline } else { buckets });
        }
        match kind {
            "text" => Ok(Kind::Text),
            "json" if buckets.is_empty() => Ok(Kind::Json(None)),
            "json" => Ok(Kind::Json(Some(Buckets::parse(buckets)?))),
            "hdrplot" => Ok(Kind::Hdrplot),
            "html" => Ok(Kind::Html),
            "junit" => Ok(Kind::Junit),
            "markdown" => Ok(Kind::Markdown),
            "csv" => Ok(Kind::Csv),
            "failures-csv" => Ok(Kind::FailuresCsv),
            _ => Err(Error::Value {
                what: "report type",
                input: kind.to_owned(),
                expected: "one of text, json, hist[0,1ms,10ms], hdrplot, html, junit, markdown, csv, failures-csv",
            }),
        }
    }

    /// Returns whether the report shows statistics by group.
    pub fn shows_groups(&self) -> bool {
        !matches!(self, Kind::Hist(_) | Kind::Hdrplot)
    }

    /// Returns whether the report shows statistics of each flow, also without groups.
    pub fn shows_flows(&self) -> bool {
        matches!(self, Kind::Html | Kind::Csv)
    }

    /// Returns whether the report shows confidence intervals.
    pub fn shows_intervals(&self) -> bool {
        matches!(self, Kind::Text | Kind::Json(_) | Kind::Html)
    }

    /// Returns the key that the report groups requests by unless the user chooses another; None for
    /// no groups.
    pub fn by(&self) -> Option<By> {
        matches!(self, Kind::Csv | Kind::FailuresCsv).then_some(By::Request)
    }

    /// The buckets that the metrics have to count; None for no buckets.
    pub fn buckets(&self) -> Option<&Buckets> {
        match self {
            Kind::Json(buckets) => buckets.as_ref(),
            Kind::Hist(buckets) => Some(buckets),
            _ => None,
        }
    }
}

fn parse_hist(kind: &str, list: &str) -> Result<Kind, Error> {
    if list.is_empty() {
        return Err(Error::Value {
            what: "report type",
            input: kind.to_owned(),
            expected: "buckets after it, as in 'hist[0,1ms,10ms]', or in -buckets",
        });
    }
    Buckets::parse(list).map(Kind::Hist)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_buckets_choose_the_kind() {
        let list = |text| Buckets::parse(text).unwrap();
        let table = [
            ("text", "", Kind::Text),
            ("text", "nonsense", Kind::Text),
            ("json", "", Kind::Json(None)),
            ("json", "[0,1ms]", Kind::Json(Some(list("[0,1ms]")))),
            ("hist[0,1ms]", "", Kind::Hist(list("[0,1ms]"))),
            ("hist[0, 1ms]", "[5s]", Kind::Hist(list("[0,5s]"))),
            ("hist", "[5s]", Kind::Hist(list("[0,5s]"))),
            ("histogram", "[5s]", Kind::Hist(list("[0,5s]"))),
            ("hdrplot", "", Kind::Hdrplot),
            ("html", "", Kind::Html),
            ("junit", "", Kind::Junit),
            ("markdown", "", Kind::Markdown),
            ("csv", "", Kind::Csv),
            ("failures-csv", "", Kind::FailuresCsv),
        ];
        for (kind, buckets, expected) in table {
            assert_eq!(Kind::parse(kind, buckets).unwrap(), expected, "{kind} {buckets}");
        }
    }

    #[test]
    fn a_bad_type_is_refused_with_the_accepted_ones() {
        const TYPES: &str = "expected one of text, json, hist[0,1ms,10ms], hdrplot, html, junit, markdown, csv, failures-csv";
        const LIST: &str = "expected rising durations in brackets, with units unless 0, \
                            as in [0,1ms,10ms]";
        const MISSING: &str = "expected buckets after it, as in 'hist[0,1ms,10ms]', \
                               or in -buckets";
        let table = [
            ("xml", "", format!("bad report type 'xml': {TYPES}")),
            ("", "", format!("bad report type '': {TYPES}")),
            ("Text", "", format!("bad report type 'Text': {TYPES}")),
            ("hist", "", format!("bad report type 'hist': {MISSING}")),
            ("histogram", "", format!("bad buckets 'ogram': {LIST}")),
            ("hist[]", "", format!("bad buckets '[]': {LIST}")),
            ("hist[0]", "[1]", format!("bad buckets '[1]': {LIST}")),
            ("json", "1ms", format!("bad buckets '1ms': {LIST}")),
        ];
        for (kind, buckets, message) in table {
            assert_eq!(Kind::parse(kind, buckets).unwrap_err().to_string(), message);
        }
    }
}
