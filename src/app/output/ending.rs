//! The format of an output, by the ending of its file's name.

use std::path::Path;

use crate::app::exit::Usage;

/// The endings of a command's files, each with the formats that such a file may have. The first
/// format is the one that the ending selects.
pub struct Endings {
    /// The flag that selects the format, such as `-type`.
    pub flag: &'static str,
    /// In the order in which messages list them.
    pub formats: &'static [(&'static str, &'static [&'static str])],
}

/// Endings that have one meaning to everyone. A command refuses those that it cannot write.
const KNOWN: [&str; 18] = [
    "arrow", "csv", "gif", "gob", "htm", "html", "jpeg", "jpg", "json", "jsonl", "md", "ndjson",
    "parquet", "pdf", "png", "svg", "webp", "xml",
];

impl Endings {
    /// Returns the format of an output: the one that is `given`, or that its ending selects. None
    /// if neither is there, so that the default applies.
    ///
    /// # Errors
    ///
    /// [`Usage`] if the ending belongs to a format that the command does not have, or that differs
    /// from the given one.
    pub fn format(&self, output: &str, given: Option<&str>) -> Result<Option<String>, Usage> {
        let ending = Path::new(output).extension().and_then(|ending| ending.to_str());
        let ending = ending.unwrap_or_default().to_ascii_lowercase();
        let row = self.formats.iter().find(|(known, _)| *known == ending);
        let given = given.map(str::to_owned);
        match (row, &given) {
            (None, _) if KNOWN.contains(&ending.as_str()) => Err(Usage(format!(
                "cannot write {output:?}: expected a name that ends with {}",
                self.listed()
            ))),
            (Some((_, formats)), Some(given)) if !formats.contains(&given.as_str()) => {
                let (flag, first) = (self.flag, formats[0]);
                Err(Usage(format!(
                    "{flag}={given} and the ending of {output:?} contradict each other: give \
                     {flag}={first}, or another name"
                )))
            }
            (Some((_, formats)), None) => Ok(formats.first().map(|first| (*first).to_owned())),
            _ => Ok(given),
        }
    }

    fn listed(&self) -> String {
        let endings = self.formats.iter().map(|(ending, _)| format!(".{ending}"));
        endings.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDINGS: Endings =
        Endings { flag: "-type", formats: &[("txt", &["text", "hist"]), ("json", &["json"])] };

    #[test]
    fn the_ending_of_the_output_selects_the_format() {
        let contradict = |format| {
            Err(format!(
                "-type={format} and the ending of \"x.json\" contradict each other: give \
                 -type=json, or another name"
            ))
        };
        let table = [
            ("x.json", None, Ok(Some("json"))),
            ("X.JSON", None, Ok(Some("json"))),
            ("x.txt", None, Ok(Some("text"))),
            ("x.txt", Some("hist"), Ok(Some("hist"))),
            ("x.json", Some("json"), Ok(Some("json"))),
            ("x.json", Some("text"), contradict("text")),
            ("x.out", Some("text"), Ok(Some("text"))),
            ("x.out", None, Ok(None)),
            ("stdout", None, Ok(None)),
            ("json", None, Ok(None)),
            (
                "x.png",
                None,
                Err("cannot write \"x.png\": expected a name that ends with .txt, .json".to_owned()),
            ),
        ];
        for (output, given, expected) in table {
            let format = ENDINGS.format(output, given).map_err(|Usage(problem)| problem);
            assert_eq!(format, expected.map(|format| format.map(str::to_owned)), "{output}");
        }
    }
}
