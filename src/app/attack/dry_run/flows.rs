//! What an attack with flows or users would do, by arithmetic alone.

use std::time::Duration;

use drumfire::attack::{Attack, FlowList};
use drumfire::plan::Plan;
use drumfire::schedule::Users;
use drumfire::units::GoDuration;

/// Number of requests from which a flow behaves more like a closed loop than an open one.
///
/// Source: Schroeder, Wierman, Harchol-Balter, Open Versus Closed: A Cautionary Tale, NSDI 2006.
const CLOSED_FROM: f64 = 10.0;

/// Returns the number of flows, as text.
pub fn count(plan: &Plan) -> String {
    plan.flow_count.map_or("unlimited until the end".to_owned(), |count| count.to_string())
}

/// Returns names and values of rows about flows.
pub fn rows(list: &FlowList, attack: &Attack) -> Vec<(&'static str, String)> {
    let mean = Mean::of(list);
    let arrivals = attack.pacer.stages().map(|stages| stages.mean());
    let mut rows = vec![("Mix", mix(list)), ("Requests", requests(&mean, arrivals))];
    if let Some(thinking) = mean.thinking.filter(|thinking| !thinking.is_zero()) {
        rows.push(("Waiting", waiting(thinking, arrivals)));
    }
    if arrivals.is_some() && mean.requests.is_some_and(|requests| requests > CLOSED_FROM) {
        let text = "partly open: most requests wait for the response before them, so a slow server \
                    gets fewer requests per second";
        rows.push(("Loop", text.to_owned()));
    }
    rows
}

/// Returns names and values of rows about users.
pub fn user_rows(users: &Users, list: Option<&FlowList>) -> Vec<(&'static str, String)> {
    let number = format!("{} at most, {} on average", users.most(), rounded(users.mean()));
    let text = "closed: users wait for responses, so a slow server gets fewer requests per second";
    vec![("Users", number), ("Loop", text.to_owned()), ("Open rate", open_rate(users, list))]
}

/// Returns the rate of an open loop with the same load, or why it is unknown and what to do.
fn open_rate(users: &Users, list: Option<&FlowList>) -> String {
    let endless = list.into_iter().flat_map(|list| &list.flows);
    if let Some(flow) = endless.into_iter().find(|flow| flow.endless_loop().is_some()) {
        let name = flow.name();
        return format!(
            "none: a user makes flow '{name}' only once; for -rate, give its loop a number of \
             rounds, as in '# @loop 10'"
        );
    }
    let thinking = list.and_then(|list| Mean::of(list).thinking);
    match thinking.filter(|thinking| !thinking.is_zero()) {
        // Little's law: users = rate * time of a flow. Responses add to the time.
        Some(thinking) => {
            let rate = users.mean() / thinking.as_secs_f64();
            format!("at most -rate={}, if responses are immediate", rounded(rate))
        }
        None => "unknown, since it depends on the time of responses: the report of the attack \
                 has it"
            .to_owned(),
    }
}

/// A mean flow: the flows by their weights.
struct Mean {
    /// None if unknown.
    requests: Option<f64>,
    least: u64,
    /// None if there is no limit.
    most: Option<u64>,
    /// None if unknown.
    thinking: Option<Duration>,
}

impl Mean {
    fn of(list: &FlowList) -> Self {
        let all: f64 = list.flows.iter().map(|flow| f64::from(flow.weight())).sum();
        let shares: Vec<_> = list
            .flows
            .iter()
            .map(|flow| (f64::from(flow.weight()) / all, flow.estimate()))
            .collect();
        let most = shares.iter().map(|(_, flow)| flow.most).collect::<Option<Vec<_>>>();
        Self {
            requests: shares.iter().map(|(share, flow)| Some(flow.requests? * share)).sum(),
            least: shares.iter().map(|(_, flow)| flow.least).min().unwrap_or(0),
            most: most.and_then(|most| most.into_iter().max()),
            thinking: shares.iter().map(|(share, flow)| Some(flow.thinking?.mul_f64(*share))).sum(),
        }
    }
}

/// Returns the share of each flow.
fn mix(list: &FlowList) -> String {
    let all: f64 = list.flows.iter().map(|flow| f64::from(flow.weight())).sum();
    let share = |weight: u32| rounded(100.0 * f64::from(weight) / all);
    let flows = list.flows.iter().map(|flow| format!("{} {}%", flow.name(), share(flow.weight())));
    flows.collect::<Vec<_>>().join(", ")
}

fn requests(mean: &Mean, arrivals: Option<f64>) -> String {
    let range = match mean.most {
        Some(most) if most == mean.least => String::new(),
        Some(most) => format!(" ({} to {most})", mean.least),
        None => format!(" ({} or more)", mean.least),
    };
    let Some(requests) = mean.requests else {
        return format!("any number per flow{range}");
    };
    let rate = arrivals.map_or(String::new(), |rate| {
        format!(", about {}/s once the first flows have ended", rounded(rate * requests))
    });
    format!("{} per flow{range}{rate}", rounded(requests))
}

fn waiting(thinking: Duration, arrivals: Option<f64>) -> String {
    let text = GoDuration(Duration::from_millis(thinking.as_millis() as u64)).to_string();
    let at_a_time = arrivals.map_or(String::new(), |rate| {
        let flows = (rate * thinking.as_secs_f64()).ceil();
        format!(", so about {flows} flows are in progress if responses are immediate")
    });
    format!("{text} per flow{at_a_time}")
}

/// Returns a number with at most two decimals.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
