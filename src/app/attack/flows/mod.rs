//! Flows that are run once: to try them, and before and after an attack.

mod printer;
mod silent;

use std::io;
use std::slice;

use anyhow::{Context, bail};
use drumfire::attack::Trial;
use drumfire::feed::{Feed, Row};
use drumfire::flow::{Flow, Value};

use crate::app::attack::flows::printer::Printer;
use crate::app::attack::flows::silent::Silent;
use crate::app::attack::options::{Options, Setup};
use crate::app::flags::flows::FlowFiles;
use crate::app::os::signals;

/// Runs each flow once and prints what happens; all of them, even if one fails.
///
/// # Errors
///
/// If a flow is wrong or fails, and if standard output does not accept the text.
pub fn try_all(options: &Options, setup: &Setup, files: &FlowFiles) -> anyhow::Result<()> {
    let has_calls = check_others(options, setup, &files.assuming_before()?)?;
    let files = run_before(options, setup, files)?;
    let list = options.flow_list(&files, setup)?;
    options.check_calls_used(&list, has_calls)?;
    let trial = trial(options, setup);
    let mut failed = Vec::new();
    for (number, flow) in (0..).zip(&list.flows) {
        let row = list.feed.as_ref().map(|feed| row_of(feed, number)).transpose()?.flatten();
        let mut printer = Printer::new(io::stdout(), flow, &files.secrets);
        let session = trial.run(flow, number, row.as_ref(), &mut printer)?;
        printer.end(session.is_failed()).context("write stdout")?;
        if session.is_failed() {
            failed.push(flow.name());
        }
    }
    run_after(options, setup, &files)?;
    match failed.as_slice() {
        [] => Ok(()),
        names => {
            bail!("{} of {} flows failed: {}", names.len(), list.flows.len(), names.join(", "))
        }
    }
}

/// Compiles the flows that are run before and after the attack, without asking a server. Returns
/// whether they make gRPC calls.
///
/// # Errors
///
/// If a flow is wrong.
pub fn check_others(options: &Options, setup: &Setup, files: &FlowFiles) -> anyhow::Result<bool> {
    let mut others = files.after()?;
    for index in 0..files.n_before() {
        others.push(files.before(index)?);
    }
    options.compile_calls(setup, &mut others, false)?;
    Ok(others.iter().any(|flow| flow.has_calls()))
}

/// Runs the flows of `-before`. Returns the files with the captures as variables.
///
/// # Errors
///
/// If a flow is wrong or fails.
pub fn run_before(
    options: &Options,
    setup: &Setup,
    files: &FlowFiles,
) -> anyhow::Result<FlowFiles> {
    let mut files = files.clone();
    // A flow may use what one before it has captured.
    for index in 0..files.n_before() {
        let mut flow = files.before(index)?;
        options.compile_calls(setup, slice::from_mut(&mut flow), true)?;
        let captured = run_once(options, setup, &files, &flow).context("-before")?;
        files.add_variables(captured);
    }
    Ok(files)
}

/// Runs the flows of `-after`, all of them, even if one fails.
///
/// # Errors
///
/// If one fails.
pub fn run_after(options: &Options, setup: &Setup, files: &FlowFiles) -> anyhow::Result<()> {
    let mut after = files.after()?;
    if after.is_empty() {
        return Ok(());
    }
    // The attack has received signals until now. Its results are complete.
    signals::end_on_stop("while -after was run")?;
    options.compile_calls(setup, &mut after, true)?;
    let mut result = Ok(());
    for flow in after {
        let run = run_once(options, setup, files, &flow).context("-after").map(drop);
        result = result.and(run);
    }
    result
}

/// Runs a flow once, without output. Returns its variables.
fn run_once(
    options: &Options,
    setup: &Setup,
    files: &FlowFiles,
    flow: &Flow,
) -> anyhow::Result<Vec<(String, Value)>> {
    let mut silent = Silent::default();
    let session = trial(options, setup).run(flow, 0, None, &mut silent)?;
    if session.is_failed() {
        let problem = silent.problem();
        bail!("flow '{}' failed: {}", flow.name(), files.secrets.hide(&problem));
    }
    Ok(session.captures(flow))
}

fn trial(options: &Options, setup: &Setup) -> Trial {
    let Setup { client, tls, seed, .. } = setup;
    let headers = options.lists.header.clone();
    Trial { client: client.clone(), tls: tls.clone(), headers, seed: *seed }
}

/// Returns the row of a flow. None after the last row.
fn row_of(feed: &Feed, number: u64) -> anyhow::Result<Option<Row>> {
    Ok(feed.rows(number, 1)?.next().transpose()?)
}
