//! Flags for what to request: a list of targets, and a feed of values for its variables.

use std::env;
use std::io::{self, BufReader, IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use bytes::Bytes;
use drumfire::attack::{Order, StreamedList, TargetList, TargetSource};
use drumfire::client::dial;
use drumfire::error::{Error, TextFile, plain_text};
use drumfire::feed::{self, Feed, FeedFile};
use drumfire::markup::redact::{HIDDEN_USER, without_users};
use drumfire::protobuf::Schema;
use drumfire::schedule::seed::Seed;
use drumfire::targets::{
    BaseUrl, Check, Defaults, Scope, Target, http_targets, json_targets, parse_base_url,
    parse_header, read_http, read_json,
};
use drumfire::units::parse_keyword;
use http::{HeaderName, HeaderValue};

use crate::app::exit::Usage;
use crate::app::flags::given_targets;
use crate::app::flags::grpc::Schemas;
use crate::app::input::files::Input;

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// List of targets
    ///
    /// The [list of targets](../../guide/targets.md). It is read completely before the attack
    /// begins. Hits go to the targets in turn, or by weight.
    #[arg(long, help_heading = "Targets", value_name = "FILE", default_value = "stdin")]
    targets: String,
    /// Format of the list of targets
    ///
    /// Format of the list of targets; see [the targets format](../targets-format.md).
    #[arg(long, help_heading = "Targets", value_name = "http|json", default_value = "http")]
    format: ListFormat,
    /// Order of targets: exact rotation by weight, or random by weight
    ///
    /// `even` distributes hits exactly by [weight](../../guide/targets.md#weights), and in turn if
    /// there are no weights. `random` draws each target at random, with the weights as
    /// probabilities.
    #[arg(long, help_heading = "Targets", value_name = "even|random", default_value = "even")]
    order: Order,
    /// Values of {{column}} in targets: CSV with a header, or JSON lines
    ///
    /// Rows of [values for `{{column}}`](../../guide/targets.md#variables-and-feeds) in the
    /// targets: a CSV file with a header line, or JSON lines.
    #[arg(long, help_heading = "Targets", value_name = "FILE")]
    pub feed: Option<PathBuf>,
    /// Order of the feed's rows; once: stop after the last row
    ///
    /// Which row of the feed each hit uses.
    ///
    /// - `cyclic`: rows in file order, starting over after the last one.
    /// - `shuffle`: every row once per round, in a different random order each round.
    /// - `random`: any row, drawn independently for each hit.
    /// - `once`: rows in file order; the attack ends after the last row.
    #[arg(long, help_heading = "Targets", value_name = "cyclic|shuffle|random|once")]
    #[arg(default_value = "cyclic", verbatim_doc_comment)]
    pub feed_order: feed::Order,
    /// Read each target when needed, use it once, stop after the last
    ///
    /// Reads targets [as they are needed](../../guide/targets.md#lists-longer-than-memory), uses
    /// each for one hit, and ends the attack at the end of the list. The list may be longer than
    /// memory, or may still be growing. Weights and variables are not available, and there is one
    /// engine thread.
    #[arg(long, help_heading = "Targets")]
    pub lazy: bool,
    /// File with the request body of targets that have none
    ///
    /// File with the request body of targets that have no body. `-data` gives the body itself.
    #[arg(long, help_heading = "Targets", value_name = "FILE")]
    body: Option<String>,
    /// Request body of targets that have none; @FILE: from a file
    ///
    /// Request body of targets that have no body, as text, or from a file after `@`:
    /// `-data='{"item": "snare"}'`, `-data=@order.json`. No header is added. It cannot be combined
    /// with a TARGET that is a URL alone, because that means GET. Command lines in results and on
    /// pages show `***` in place of the text.
    #[arg(long, help_heading = "Targets", value_name = "TEXT", conflicts_with = "body")]
    data: Option<String>,
    /// Add a header to every target
    ///
    /// Header that is added to the headers of every target.
    #[arg(long, help_heading = "Targets", value_name = "KEY: VALUE", value_parser = parse_header)]
    pub header: Vec<(HeaderName, HeaderValue)>,
    /// Prefix for target URLs that begin with /
    ///
    /// URL that is placed before target URLs that begin with `/`.
    #[arg(long, help_heading = "Targets", value_name = "URL", value_parser = parse_base_url)]
    base_url: Option<BaseUrl>,
    /// Targets, instead of a list: URLs, or 'METHOD URL' in quotes
    ///
    /// Targets to attack in turn, instead of a list: a URL, which is requested with GET, or a
    /// target as in a list, in quotes.
    #[arg(value_name = "TARGET", conflicts_with_all = ["targets", "lazy", "format"])]
    given: Vec<String>,
}

impl Options {
    /// Returns whether a person has to type the list of targets.
    pub fn is_typed(&self) -> bool {
        let reads_stdin = self.given.is_empty() && Input::names_stdin(&self.targets);
        reads_stdin && io::stdin().is_terminal()
    }
}

/// Format of a list of targets.
#[derive(Clone, Copy, Debug)]
enum ListFormat {
    Http,
    Json,
}

impl FromStr for ListFormat {
    type Err = Error;

    fn from_str(format: &str) -> Result<Self, Error> {
        parse_keyword("format", format, &[("http", Self::Http), ("json", Self::Json)])
    }
}

/// Returns the targets and their feed.
///
/// All targets are checked with every row of the feed, and whether connections to them can be
/// opened, except those that `-lazy` reads later.
///
/// # Errors
///
/// [`Usage`] if flags cannot be combined; another error if a file cannot be read or its content is
/// wrong.
pub fn targets(
    options: &Options,
    seed: Seed,
    dial: &dial::Options,
    schemas: &Schemas<'_>,
) -> anyhow::Result<TargetSource> {
    check_lazy(options)?;
    let feed_file = options.feed.as_deref().map(open_feed).transpose()?;
    let columns = feed_file.as_ref().map(|file| file.columns().to_vec());
    let texts = env::vars_os().filter_map(|(name, value)| {
        // A list can neither name nor send a variable that is not UTF-8.
        name.into_string().ok().zip(value.into_string().ok())
    });
    let defaults = Defaults {
        headers: options.header.clone(),
        body: body(options)?,
        base_url: options.base_url.clone(),
        scope: Scope { columns, env: texts.collect() },
        enables_variables: false,
    };
    if options.lazy {
        let input = Input::open(&options.targets)?;
        let has_calls = schemas.files.is_some();
        let targets =
            lazy_targets(options.format, input, defaults, dial.clone(), schemas.files.clone());
        return Ok(TargetSource::Streamed(StreamedList { targets, has_calls }));
    }
    let targets = whole_list(options, &defaults, schemas)?;
    targets.iter().try_for_each(|target| dial.check(&target.address))?;
    let feed = feed_file.map(|file| rows(file, options, seed, &targets)).transpose()?;
    Ok(TargetSource::Fixed(TargetList { targets, order: options.order, feed, seed }))
}

/// Returns the targets of the arguments, or of the list if there are no arguments.
fn whole_list(
    options: &Options,
    defaults: &Defaults,
    schemas: &Schemas<'_>,
) -> anyhow::Result<Vec<Target>> {
    if !options.given.is_empty() {
        return given_targets::read(&options.given, defaults, schemas);
    }
    let input = Input::open(&options.targets)?;
    let list = BufReader::new(input.file);
    let targets = match options.format {
        ListFormat::Http => read_http(list, defaults),
        ListFormat::Json => read_json(list, defaults),
    };
    let compiled = targets.and_then(|mut targets| {
        schemas.compile(&mut targets)?;
        Ok(targets)
    });
    compiled.context(input.name)
}

/// Rejects flags that cannot be combined with `-lazy`.
fn check_lazy(options: &Options) -> Result<(), Usage> {
    let problem = match options {
        Options { lazy: false, .. } => return Ok(()),
        Options { order: Order::Random, .. } => {
            "-lazy and -order=random cannot be combined: -lazy uses each target once, in list order"
        }
        Options { feed: Some(_), .. } => {
            "-lazy and -feed cannot be combined: write the values into the list"
        }
        _ => return Ok(()),
    };
    Err(Usage(problem.to_owned()))
}

/// Returns the targets of a list, each read when it is needed.
fn lazy_targets(
    format: ListFormat,
    input: Input,
    defaults: Defaults,
    dial: dial::Options,
    schema: Option<Schema>,
) -> Box<dyn Iterator<Item = Result<Target, Error>> + Send> {
    let Input { name, file } = input;
    let list = BufReader::new(file);
    let list: Box<dyn Iterator<Item = Result<Target, Error>> + Send> = match format {
        ListFormat::Http => Box::new(http_targets(list, defaults)),
        ListFormat::Json => Box::new(json_targets(list, defaults)),
    };
    // The attack reports these errors. It does not know the name of the list.
    let named =
        move |error: Error| Error::Attack(format!("{name}: {}", plain_text(&error.to_string())));
    Box::new(list.map(move |read| {
        let mut target = read.map_err(&named)?;
        match &schema {
            Some(schema) => target.compile(schema).map_err(&named)?,
            None if target.call.is_some() => return Err(named(no_schema())),
            None => {}
        }
        dial.check(&target.address).map(|()| target)
    }))
}

/// Returns the error of a gRPC target in a list that is read during the attack.
fn no_schema() -> Error {
    let problem = "-lazy asks no server for the schema of gRPC targets: give -proto or -protoset";
    Error::Attack(problem.to_owned())
}

/// Opens a feed.
///
/// # Errors
///
/// If it cannot be read.
pub fn open_feed(file: &Path) -> anyhow::Result<FeedFile> {
    FeedFile::open(file).map_err(|error| {
        let context = match &error {
            Error::Io(_) => format!("open {}", name_of(file)),
            Error::Line { what: TextFile::Feed, .. } => name_of(file),
            _ => return error.into(),
        };
        anyhow::Error::from(error).context(context)
    })
}

/// Reads a whole feed and checks the targets with each of its rows.
fn rows(file: FeedFile, options: &Options, seed: Seed, targets: &[Target]) -> anyhow::Result<Feed> {
    let mut check = Check::new(targets, file.columns());
    let feed = file.read(options.feed_order, seed, |row| check.row(row));
    feed.with_context(|| options.feed.as_deref().map(name_of).unwrap_or_default())
}

fn name_of(file: &Path) -> String {
    file.display().to_string()
}

/// Returns the body of targets that have none.
fn body(options: &Options) -> anyhow::Result<Bytes> {
    if let Some(data) = &options.data {
        check_methods(options)?;
        return match data.strip_prefix('@') {
            Some(name) => read_body(name),
            None => Ok(Bytes::from(data.clone())),
        };
    }
    // Scripts write an empty name for no body.
    let Some(name) = options.body.as_deref().filter(|name| !name.is_empty()) else {
        return Ok(Bytes::new());
    };
    check_body_name(name)?;
    read_body(name)
}

fn read_body(name: &str) -> anyhow::Result<Bytes> {
    let Input { name, mut file } = Input::open(name)?;
    let mut body = Vec::new();
    file.read_to_end(&mut body).with_context(|| format!("read {name}"))?;
    Ok(body.into())
}

/// Checks that no argument is a GET, since a body needs another method.
fn check_methods(options: &Options) -> Result<(), Usage> {
    let is_get = |argument: &&String| {
        given_targets::is_bare_url(argument) && given_targets::method_of_scheme(argument).is_none()
    };
    let bare = options.given.iter().find(is_get);
    bare.map_or(Ok(()), |url| {
        let url = without_users(url, HIDDEN_USER);
        Err(Usage(format!("-data needs a method: give the target as 'POST {url}'")))
    })
}

/// Checks that the value of `-body` can be meant as the name of a file. A value that is a body is
/// not quoted, since it may hold a secret.
fn check_body_name(name: &str) -> Result<(), Usage> {
    if Path::new(name).exists() {
        return Ok(());
    }
    let file = name.strip_prefix('@').filter(|file| Path::new(file).exists());
    let problem = match file {
        Some(file) => format!("-body is the name of a file: give -body={file}"),
        None if name.starts_with(['{', '[', '<', '"']) || name.contains(['=', '\n']) => {
            "-body is the name of a file: for the body itself, give -data='…'".to_owned()
        }
        None => return Ok(()),
    };
    Err(Usage(problem))
}
