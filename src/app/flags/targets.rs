//! attack's flags for what hits ask for: a list of targets, and a feed of values for it.

use std::env;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use bytes::Bytes;
use drumfire::attack::{Order, TargetList, TargetSource};
use drumfire::client::dial;
use drumfire::error::{Error, TextFile, plain_text};
use drumfire::feed::{self, Feed, FeedFile};
use drumfire::schedule::seed::Seed;
use drumfire::targets::{
    BaseUrl, Check, Defaults, Scope, Target, http_targets, json_targets, parse_base_url,
    parse_header, read_http, read_json,
};
use drumfire::units::parse_keyword;
use http::{HeaderName, HeaderValue};

use crate::app::Usage;
use crate::app::input::files::Input;

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// List of targets
    #[arg(long, help_heading = "Targets", value_name = "FILE", default_value = "stdin")]
    targets: String,
    /// Format of the list
    #[arg(long, help_heading = "Targets", value_name = "http|json", default_value = "http")]
    format: ListFormat,
    /// How targets follow one another: by weight, or by chance
    #[arg(long, help_heading = "Targets", value_name = "even|random", default_value = "even")]
    order: Order,
    /// Values of {{column}} in the targets: CSV with a header line, or JSON lines
    #[arg(long, help_heading = "Targets", value_name = "FILE")]
    feed: Option<PathBuf>,
    /// Which row each hit has; once: the attack ends with the rows
    #[arg(long, help_heading = "Targets", value_name = "cyclic|shuffle|random|once")]
    #[arg(default_value = "cyclic")]
    feed_order: feed::Order,
    /// Read targets as they are needed, each for one hit, and end with the list
    #[arg(long, help_heading = "Targets")]
    pub lazy: bool,
    /// Body of the targets that have none
    #[arg(long, help_heading = "Targets", value_name = "FILE")]
    body: Option<String>,
    /// Header of every target; repeatable
    #[arg(long, help_heading = "Targets", value_name = "KEY: VALUE", value_parser = parse_header)]
    header: Vec<(HeaderName, HeaderValue)>,
    /// Put before URLs that begin with /
    #[arg(long, help_heading = "Targets", value_name = "URL", value_parser = parse_base_url)]
    base_url: Option<BaseUrl>,
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

/// Returns the targets, each of which connections can be opened to, and the feed, each row of which
/// they can be sent with.
///
/// # Errors
///
/// [`Usage`] where flags exclude one another; where a file cannot be read or is not what it should
/// be.
pub fn targets(
    options: &Options,
    seed: Seed,
    dial: &dial::Options,
) -> anyhow::Result<TargetSource> {
    refuse_what_lazy_excludes(options)?;
    let feed_file = options.feed.as_deref().map(open_feed).transpose()?;
    let columns = feed_file.as_ref().map(|file| file.columns().to_vec());
    let texts = env::vars_os().filter_map(|(name, value)| {
        // What is no text is nothing that a list could name or send.
        name.into_string().ok().zip(value.into_string().ok())
    });
    let defaults = Defaults {
        headers: options.header.clone(),
        body: body(options)?,
        base_url: options.base_url.clone(),
        scope: Scope { columns, env: texts.collect() },
    };
    let input = Input::open(&options.targets)?;
    if options.lazy {
        return Ok(TargetSource::Streamed(as_needed(
            options.format,
            input,
            defaults,
            dial.clone(),
        )));
    }
    let list = BufReader::new(input.file);
    let targets = match options.format {
        ListFormat::Http => read_http(list, &defaults),
        ListFormat::Json => read_json(list, &defaults),
    };
    let targets = targets.context(input.name)?;
    targets.iter().try_for_each(|target| dial.check(&target.address))?;
    let feed = feed_file.map(|file| rows(file, options, seed, &targets)).transpose()?;
    Ok(TargetSource::Fixed(TargetList { targets, order: options.order, feed, seed }))
}

fn refuse_what_lazy_excludes(options: &Options) -> Result<(), Usage> {
    let problem = match options {
        Options { lazy: false, .. } => return Ok(()),
        Options { order: Order::Random, .. } => {
            "-lazy excludes -order=random: its targets are read in their order, each once"
        }
        Options { feed: Some(_), .. } => {
            "-lazy excludes -feed: a list that is read as it comes brings its own values"
        }
        _ => return Ok(()),
    };
    Err(Usage(problem.to_owned()))
}

/// Returns the targets of a list, each read as it is needed.
fn as_needed(
    format: ListFormat,
    input: Input,
    defaults: Defaults,
    dial: dial::Options,
) -> Box<dyn Iterator<Item = Result<Target, Error>> + Send> {
    let Input { name, file } = input;
    let list = BufReader::new(file);
    let list: Box<dyn Iterator<Item = Result<Target, Error>> + Send> = match format {
        ListFormat::Http => Box::new(http_targets(list, defaults)),
        ListFormat::Json => Box::new(json_targets(list, defaults)),
    };
    // Errors come from the attack, which does not know the name of the list.
    let named =
        move |error: Error| Error::Attack(format!("{name}: {}", plain_text(&error.to_string())));
    Box::new(list.map(move |read| {
        let target = read.map_err(&named)?;
        dial.check(&target.address).map(|()| target)
    }))
}

fn open_feed(file: &Path) -> anyhow::Result<FeedFile> {
    FeedFile::open(file).map_err(|error| {
        let context = match &error {
            Error::Io(_) => format!("open {}", name_of(file)),
            Error::Line { what: TextFile::Feed, .. } => name_of(file),
            _ => return error.into(),
        };
        anyhow::Error::from(error).context(context)
    })
}

/// Reads a feed to its end and looks whether the targets can be sent with each of its rows.
fn rows(file: FeedFile, options: &Options, seed: Seed, targets: &[Target]) -> anyhow::Result<Feed> {
    let mut check = Check::new(targets, file.columns());
    let feed = file.read(options.feed_order, seed, |row| check.row(row));
    feed.with_context(|| options.feed.as_deref().map(name_of).unwrap_or_default())
}

fn name_of(file: &Path) -> String {
    file.display().to_string()
}

fn body(options: &Options) -> anyhow::Result<Bytes> {
    // Scripts give an empty name for no body.
    let Some(name) = options.body.as_deref().filter(|name| !name.is_empty()) else {
        return Ok(Bytes::new());
    };
    let Input { name, mut file } = Input::open(name)?;
    let mut body = Vec::new();
    file.read_to_end(&mut body).with_context(|| format!("read {name}"))?;
    Ok(body.into())
}
