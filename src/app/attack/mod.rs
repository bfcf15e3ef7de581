//! `drumfire attack`: sends hits and writes a stream of records.

mod options;
mod traps;
mod preflight;
mod dry_run;
mod flows;
mod session;
mod stream_writer;
mod supervisor;
mod progress;
mod progress_line;
mod live_view;
mod view_thread;
mod metrics_server;
mod closing_line;

use drumfire::attack::{Attack, Work};
use drumfire::plan::Plan;

pub use options::Options;

use crate::app::attack::closing_line::ClosingLine;
use crate::app::attack::preflight::Preflight;
use crate::app::attack::session::{Outputs, Session};
use crate::app::console::{Console, write_stdout};
use crate::app::exit::Missed;
use crate::app::os::{file_limit, host_load};

/// Printed if the list of targets is read from a terminal, which would look like a hang.
const TYPED_LIST: &str = "reading targets from the terminal, up to Ctrl-D: type lines such as \
                          'GET http://127.0.0.1:8080/', or give -targets=FILE or a URL";

/// Runs the command, and prints remarks on how the attack went.
///
/// # Errors
///
/// [`Usage`](crate::app::exit::Usage) if flags cannot be combined; another error if a file cannot
/// be opened or written, a list of targets is wrong, or the attack cannot start or continue.
/// [`Missed`] if `-abort` ended the attack.
pub fn run(options: Options, console: Console) -> anyhow::Result<()> {
    let console = console.quiet_if(options.quiet);
    if options.lists.is_typed() {
        console.print(TYPED_LIST);
    }
    let setup = options.setup()?;
    let files = options.flows.read()?;
    if options.flows.is_try {
        return flows::try_all(&options, &setup, &files);
    }
    // What is wrong with any file is found before anything is sent.
    let assumed_files = files.assuming_before()?;
    let has_calls = flows::check_others(&options, &setup, &assumed_files)?;
    let assumed = options.attack(&setup, &assumed_files)?;
    if let Work::Flows(list) = &assumed.work {
        options.check_calls_used(list, has_calls)?;
    }
    options.check_conditions(&assumed)?;
    if options.dry_run {
        return write_stdout(&dry_run::describe(&assumed));
    }
    let files = flows::run_before(&options, &setup, &files)?;
    let attack = match files.n_before() {
        0 => assumed,
        _ => options.attack(&setup, &files)?,
    };
    let attacked = make(attack, &options, &console);
    let cleaned_up = flows::run_after(&options, &setup, &files);
    attacked.and(cleaned_up)
}

/// Makes an attack.
fn make(attack: Attack, options: &Options, console: &Console) -> anyhow::Result<()> {
    let plan = Plan { command: options.command.clone(), ..attack.plan() };
    console.print_all(&options.warnings(&attack.work));
    let outputs = Outputs::open(options, &plan, console)?;
    let bounds = options.bounds(&attack.work);
    let preflight = Preflight::new(bounds, file_limit::limit(), host_load::local_ports());
    console.print_all(&preflight.shortage());
    let closing = Session::start(attack, plan, outputs, &options.abort)?.finish()?;
    close(closing, console)
}

/// Prints the closing line, or returns it as the error of an attack that a condition ended.
fn close(closing: ClosingLine, console: &Console) -> anyhow::Result<()> {
    let line = closing.text();
    if closing.aborted.is_some() {
        return Err(Missed(line.unwrap_or_default()).into());
    }
    console.print_all(&line);
    Ok(())
}
