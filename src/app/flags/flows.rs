//! Flags for flows: files, values of variables, users, and limits.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ArgAction;
use drumfire::error::Error;
use drumfire::feed::{self, Feed, FeedFile};
use drumfire::flow::{Flow, Scope, Source, Value};
use drumfire::markup::redact::{HIDDEN, of_bad_name};
use drumfire::markup::secrets::Secrets;
use drumfire::schedule::Users;
use drumfire::schedule::seed::Seed;
use drumfire::units::parse_span;

use crate::app::exit::Usage;
use crate::app::flags::load::Limit;

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Flow: requests in the Hurl language; repeatable, A+B joins files
    ///
    /// File with a [flow](../../guide/flows.md): the requests of one user, in the
    /// [Hurl](https://hurl.dev) language. Each arrival begins one flow. The flag may be repeated;
    /// each arrival then begins one of the flows, by weight. `login.hurl+browse.hurl` joins files to
    /// one flow.
    #[arg(long, help_heading = "Flows", value_name = "FILE")]
    #[arg(conflicts_with_all = ["targets", "given", "lazy", "format", "body", "data", "base_url"])]
    #[arg(conflicts_with_all = ["order", "requests", "redirects", "chunked"])]
    flow: Vec<String>,
    /// Value of a variable in flows; repeatable
    ///
    /// Value of a variable in flows. `true`, `false`, `null` and numbers are values of these types,
    /// and `"5"` in double quotes is a text, as in hurl.
    #[arg(long, help_heading = "Flows", value_name = "NAME=VALUE")]
    variable: Vec<Assignment>,
    /// File with a NAME=VALUE on each line; repeatable
    ///
    /// File with values of variables in flows: a `NAME=VALUE` on each line. Empty lines and lines
    /// that begin with `#` are ignored. `-variable` and `-secret` take precedence.
    #[arg(long, help_heading = "Flows", value_name = "FILE")]
    variables_file: Vec<PathBuf>,
    /// Value of a variable that no output shows; repeatable
    ///
    /// Value of a variable in flows, always a text. Results, messages and `-try` show `***` in its
    /// place.
    #[arg(long, help_heading = "Flows", value_name = "NAME=VALUE")]
    secret: Vec<Assignment>,
    /// Stop after this many flows; 0: no limit
    ///
    /// Ends the attack after N flows have begun. With `0`, only the duration, the stages or the feed
    /// ends the attack.
    #[arg(long, help_heading = "Flows", value_name = "N", default_value_t = 0, requires = "flow")]
    flow_count: u64,
    /// Maximum number of flows in progress; 0: no limit
    ///
    /// Maximum number of flows in progress. An arrival over the limit waits, the arrivals after it
    /// wait too, and the wait is recorded as lag of their first requests.
    #[arg(long, help_heading = "Flows", value_name = "N", default_value_t = 0, requires = "flow")]
    #[arg(conflicts_with = "users")]
    max_flows: u64,
    /// Time for flows to finish after the last arrival or Ctrl-C
    ///
    /// How long flows in progress may go on after the last arrival, after the end of `-users`, and
    /// after Ctrl-C. Flows that are not finished then are cut. They count as not successful.
    #[arg(long, help_heading = "Flows", value_name = "TIME", value_parser = parse_span)]
    #[arg(default_value = "30s")]
    grace: Duration,
    /// Give each flow or user separate connections [default: with -users]
    ///
    /// Opens new connections for each flow, or for each user of `-users`, and closes them with it.
    /// By default, users have their own connections, as in Locust and k6, and flows of an open rate
    /// share connections.
    #[arg(long, help_heading = "Flows", action = ArgAction::Set, num_args = 0..=1)]
    #[arg(require_equals = true, default_missing_value = "true")]
    own_connections: Option<bool>,
    /// Closed loop of users instead of a rate: 50, or 100s@0..1000,200s@1000
    ///
    /// Number of users, constant or in stages, instead of `-rate`. Each user makes one flow after
    /// another, or one request after another without `-flow`. This is how Locust and k6 generate
    /// load.
    ///
    /// It is a closed loop: when the server is slow, users wait for it and send less, so percentiles
    /// look better than what visitors at a constant rate would see. The report says so, and states
    /// the rate that the users reached. `-users` excludes `-rate`, `-stages` and `-arrivals`.
    ///
    /// | stage | users |
    /// |---|---|
    /// | `200s@1000` | 1000 users |
    /// | `100s@0..1000` | one more user every 100 ms |
    #[arg(long, help_heading = "Flows", value_name = "N|STAGES", verbatim_doc_comment)]
    #[arg(conflicts_with_all = ["rate", "stages", "arrivals", "max_workers", "lazy"])]
    #[arg(value_parser = Users::parse)]
    pub users: Option<Users>,
    /// Run each flow once, without load, and print what happens
    ///
    /// Runs each flow once and prints every request, capture and check. There is no load and no
    /// stream of results. Think times are skipped, and loops make one round. The exit code is 1 if a
    /// flow fails.
    #[arg(long = "try", help_heading = "Flows", requires = "flow", conflicts_with = "dry_run")]
    pub is_try: bool,
    /// Flow to run once before the attack; repeatable
    ///
    /// Runs a flow once before the attack, for example to create what the attack needs. Its captures
    /// are variables in every flow. If it fails, no load is sent and the exit code is 1.
    #[arg(long, help_heading = "Flows", value_name = "FILE", requires = "flow")]
    before: Vec<String>,
    /// Flow to run once after the attack, also after Ctrl-C; repeatable
    ///
    /// Runs a flow once after the attack, for example to delete what it created. It is also run after
    /// Ctrl-C and if `-abort` ended the attack. If it fails, the exit code is 1.
    #[arg(long, help_heading = "Flows", value_name = "FILE", requires = "flow")]
    after: Vec<String>,
}

/// A variable and its value on the command line.
#[derive(Clone, Debug)]
struct Assignment {
    name: String,
    value: String,
}

impl FromStr for Assignment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // The value is not quoted, since it may be a secret; without a `=`, all may be one.
        let bad = |input: String| Error::Value {
            what: "variable",
            input,
            expected: "NAME=VALUE, with letters, digits, - and _ in the name",
        };
        let Some((name, value)) = text.split_once('=') else { return Err(bad(HIDDEN.to_owned())) };
        let is_valid = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
        if name.is_empty() || !name.chars().all(is_valid) {
            return Err(bad(format!("{}={HIDDEN}", of_bad_name(name))));
        }
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}

/// The files and variables of the flows, read but not compiled.
#[derive(Clone)]
pub struct FlowFiles {
    flows: Vec<Vec<Source>>,
    before: Vec<Vec<Source>>,
    after: Vec<Vec<Source>>,
    /// Variables that all flows have; a later one hides an earlier one of its name.
    variables: Vec<(String, Value)>,
    /// Values that no output may show.
    pub secrets: Secrets,
    /// Whether captures of the flows before the attack have assumed values.
    pub is_assumed: bool,
}

impl Options {
    /// Returns whether there are flows.
    pub fn has_flows(&self) -> bool {
        !self.flow.is_empty()
    }

    /// Returns a flag that has no effect without flows. None if there is none, or if there are
    /// flows.
    pub fn useless_flag(&self) -> Option<&'static str> {
        let flags = [
            ("-try", self.is_try),
            ("-before", !self.before.is_empty()),
            ("-after", !self.after.is_empty()),
            ("-variable", !self.variable.is_empty()),
            ("-variables-file", !self.variables_file.is_empty()),
            ("-secret", !self.secret.is_empty()),
            ("-flow-count", self.flow_count > 0),
            ("-max-flows", self.max_flows > 0),
            ("-own-connections", self.own_connections.is_some()),
        ];
        let given = flags.into_iter().find(|(_, is_given)| *is_given);
        given.filter(|_| !self.has_flows()).map(|(flag, _)| flag)
    }

    /// Reads the files of the flows and their variables.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or a line of `-variables-file` is no assignment.
    pub fn read(&self) -> anyhow::Result<FlowFiles> {
        let all = |names: &[String]| -> anyhow::Result<Vec<_>> {
            names.iter().map(|names| sources(names)).collect()
        };
        Ok(FlowFiles {
            flows: all(&self.flow)?,
            before: all(&self.before)?,
            after: all(&self.after)?,
            variables: self.variables()?,
            secrets: self.secrets(),
            is_assumed: false,
        })
    }

    /// Returns the values that no output may show.
    fn secrets(&self) -> Secrets {
        self.secret.iter().map(|secret| secret.value.clone()).collect()
    }

    /// Returns the variables of the flags, in the order of precedence.
    fn variables(&self) -> anyhow::Result<Vec<(String, Value)>> {
        let mut variables = Vec::new();
        for file in &self.variables_file {
            variables.extend(read_variables(file)?);
        }
        let given = self.variable.iter();
        variables.extend(given.map(|it| (it.name.clone(), Value::of_variable(&it.value))));
        let secret = self.secret.iter();
        variables.extend(secret.map(|it| (it.name.clone(), Value::text(&it.value))));
        Ok(variables)
    }

    /// Returns the number of flows after which the attack ends. None for no limit.
    pub fn flow_count(&self) -> Limit<u64> {
        Some(self.flow_count).filter(|count| *count > 0)
    }

    /// Returns the maximum number of flows in progress. None for no limit.
    pub fn max_flows(&self) -> Limit<u64> {
        Some(self.max_flows).filter(|most| *most > 0)
    }

    /// Returns how long flows in progress may go on.
    pub fn grace(&self) -> Duration {
        self.grace
    }

    /// Returns whether each flow, or each user, has separate connections.
    pub fn own_connections(&self) -> bool {
        self.own_connections.unwrap_or(self.users.is_some())
    }
}

impl FlowFiles {
    /// Adds variables, such as captures of a flow that was run before the attack.
    pub fn add_variables(&mut self, variables: Vec<(String, Value)>) {
        self.variables.extend(variables);
    }

    /// Compiles the flows of the attack, which may use these columns of a feed.
    ///
    /// # Errors
    ///
    /// If a file is no flow, and if two flows have the same name.
    pub fn flows(&self, columns: &[String]) -> anyhow::Result<Vec<Arc<Flow>>> {
        let flows = self.compile(&self.flows, columns)?;
        let mut names: Vec<_> = flows.iter().map(|flow| flow.name()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => {
                bail!("two flows are named '{}': expected different '# @flow NAME'", pair[0])
            }
            None => Ok(flows),
        }
    }

    /// Returns the number of flows that are run before the attack.
    pub fn n_before(&self) -> usize {
        self.before.len()
    }

    /// Compiles a flow that is run before the attack, by its index.
    ///
    /// # Errors
    ///
    /// If a file is no flow.
    pub fn before(&self, index: usize) -> anyhow::Result<Arc<Flow>> {
        let mut compiled = self.compile(&self.before[index..=index], &[])?;
        compiled.pop().context("no flow")
    }

    /// Returns the files as they are after the flows that are run before the attack, with `null` for
    /// each of their captures. It serves to find mistakes without sending anything.
    ///
    /// # Errors
    ///
    /// If a file is no flow.
    pub fn assuming_before(&self) -> anyhow::Result<Self> {
        let mut files = self.clone();
        for index in 0..self.n_before() {
            let flow = files.before(index)?;
            let captured = flow.captured().map(|name| (name.to_owned(), Value::Null));
            files.add_variables(captured.collect());
            files.is_assumed = true;
        }
        Ok(files)
    }

    /// Compiles the flows that are run after the attack.
    ///
    /// # Errors
    ///
    /// If a file is no flow.
    pub fn after(&self) -> anyhow::Result<Vec<Arc<Flow>>> {
        self.compile(&self.after, &[])
    }

    fn compile(&self, files: &[Vec<Source>], columns: &[String]) -> anyhow::Result<Vec<Arc<Flow>>> {
        let scope = Scope { columns: columns.to_vec(), variables: self.variables.clone() };
        let compiled = files.iter().map(|sources| Ok(Arc::new(Flow::read(sources, &scope)?)));
        compiled.collect()
    }
}

/// Checks that no flow has a loop that only users can leave.
///
/// # Errors
///
/// [`Usage`] if one has.
pub fn check_loops(flows: &[Arc<Flow>]) -> Result<(), Usage> {
    for flow in flows {
        if let Some(line) = flow.endless_loop() {
            let name = flow.name();
            return Err(Usage(format!(
                "flow '{name}', line {line}: a loop without a count ends only with -users: give \
                 -users=N, or a count, as in '# @loop 10' or '# @loop 30s'"
            )));
        }
    }
    Ok(())
}

/// Reads a feed for flows, whose messages begin with its name. Its rows have no form to check.
///
/// # Errors
///
/// If the feed cannot be read.
pub fn feed_rows(
    file: FeedFile,
    name: &Path,
    order: feed::Order,
    seed: Seed,
) -> anyhow::Result<Feed> {
    let feed = file.read(order, seed, |_| Ok::<_, Error>(()));
    feed.with_context(|| name.display().to_string())
}

/// Reads the files of one flow, whose names are joined by `+`. A file whose name has a `+` is read
/// if it exists.
fn sources(names: &str) -> anyhow::Result<Vec<Source>> {
    let names: Vec<_> = match Path::new(names).exists() {
        true => vec![names],
        false => names.split('+').collect(),
    };
    names.into_iter().map(source).collect()
}

/// Reads a file of a flow.
///
/// # Errors
///
/// [`Usage`] if the name is no name of a file; another error if the file cannot be read.
fn source(name: &str) -> anyhow::Result<Source> {
    let problem = match name {
        "" => "no name of a flow: expected a file, as in order.hurl, or several joined by +",
        // A flow has the name of its file, and other files are found next to it.
        "-" | "stdin" if !Path::new(name).exists() => {
            "a flow cannot be read from standard input: expected the name of a file"
        }
        _ => "",
    };
    if !problem.is_empty() {
        return Err(Usage(problem.to_owned()).into());
    }
    let content = fs::read(name).with_context(|| format!("open {name}"))?;
    Ok(Source { path: PathBuf::from(name), content })
}

/// Reads a file of variables. A bad line is not quoted, since it may hold a secret.
fn read_variables(file: &Path) -> anyhow::Result<Vec<(String, Value)>> {
    let name = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("open {name}"))?;
    let mut variables = Vec::new();
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let Ok(Assignment { name, value }) = text.parse() else {
            bail!("{name}: line {line}: expected NAME=VALUE");
        };
        variables.push((name, Value::of_variable(&value)));
    }
    Ok(variables)
}
