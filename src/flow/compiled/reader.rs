//! Compiles the files of a flow.

use crate::flow::compiled::{Flow, Initial, Scope, Source, name_of_file};
use crate::flow::program::{self, BlockReader, Known, Loop, Node, Program, Rounds, Step};
use crate::flow::syntax;
use crate::flow::syntax::Problem;
use crate::flow::syntax::names::{Names, Place};
use crate::flow::tree::options::Setting;
use crate::flow::tree::request::Entry;
use crate::flow::tree::template::{Placeholder, Slot};

impl Flow {
    /// Compiles the files of a flow, which are read as one text: slots and numbers of entries
    /// continue.
    ///
    /// # Errors
    ///
    /// If a file is not in the language, has something that is not supported, or uses a variable
    /// that may not be set; and if there is no request to make.
    ///
    /// # Example
    ///
    /// ```
    /// use drumfire::flow::{Flow, Scope, Source};
    ///
    /// let content = b"GET http://127.0.0.1:8080/\nHTTP 200\n".to_vec();
    /// let source = Source { path: "home.hurl".into(), content };
    /// let flow = Flow::read(&[source], &Scope::default())?;
    /// assert_eq!(flow.name(), "home");
    /// # Ok::<(), drumfire::flow::Problem>(())
    /// ```
    pub fn read(sources: &[Source], scope: &Scope) -> Result<Self, Problem> {
        read(sources, scope)
    }
}

fn read(sources: &[Source], scope: &Scope) -> Result<Flow, Problem> {
    let at = |(place, text): (Place, String)| problem(sources, place, text);
    let mut names = Names::default();
    let mut blocks = BlockReader::default();
    let mut n_entries = 0;
    for (file, source) in sources.iter().enumerate() {
        names.begin(file);
        let (items, more) = syntax::read(&source.path, &source.content, names, n_entries)?;
        names = more;
        n_entries += syntax::n_entries(&items);
        blocks.file(file, items).map_err(at)?;
    }
    let (flow, nodes) = blocks.finish();
    check_requests(&nodes).map_err(at)?;
    check_raw_bodies(&nodes).map_err(at)?;
    let initial = initial(&names, scope);
    check_variables(&nodes, &names, &initial).map_err(at)?;
    let first = sources.first().map_or_else(|| "flow".into(), |source| name_of_file(&source.path));
    let (name, weight) = flow.unwrap_or((first, 1));
    let estimate = program::estimate(&nodes);
    let (endless_loop, is_random) = (endless_loop(&nodes), is_random(&nodes));
    let set = names.all_set();
    let program = Program::of(nodes).ok_or_else(|| {
        at((Place::default(), "too many requests and blocks: expected at most 65535".to_owned()))
    })?;
    Ok(Flow {
        name,
        weight,
        files: sources.iter().map(|source| source.path.clone()).collect(),
        names: names.into_names(),
        initial,
        set,
        program,
        estimate,
        endless_loop,
        is_random,
    })
}

/// Returns a problem of a line of one of the files. Line 0 stands for no line.
fn problem(sources: &[Source], place: Place, text: String) -> Problem {
    let path = sources.get(place.file).map(|source| source.path.clone()).unwrap_or_default();
    Problem { path, line: Some(place.line).filter(|line| *line > 0), text }
}

/// Checks that something is sent, and in each round of a loop that could turn without an end.
fn check_requests(nodes: &[Node]) -> Result<(), (Place, String)> {
    if !may_send(nodes) {
        // An attack that sends nothing would look like one that passed.
        let steps = program::steps(nodes);
        let first = steps.first().map(|step| step.place);
        let text = match first {
            Some(_) => {
                "no request to make: all are left out by 'skip: true', 'repeat: 0', \
                        '# @chance 0%' or '# @loop 0': expected at least one that is made, or no \
                        -flow with this file"
            }
            None => "no request to make: expected one, as in GET http://127.0.0.1:8080/",
        };
        return Err((first.unwrap_or_default(), text.to_owned()));
    }
    match loops(nodes).into_iter().find(|inner| is_open(inner) && !may_send(&inner.body)) {
        Some(inner) => Err((inner.place, "a loop that sends nothing: expected a request".into())),
        None => Ok(()),
    }
}

/// Refuses `rawbytes` in a call, and next to what reads the decompressed body.
fn check_raw_bodies(nodes: &[Node]) -> Result<(), (Place, String)> {
    let problem = |step: &&Step| {
        let (line, text) = raw_body_problem(&step.entry)?;
        Some((Place { line, ..step.place }, text.to_owned()))
    };
    program::steps(nodes).iter().find_map(problem).map_or(Ok(()), Err)
}

fn raw_body_problem(entry: &Entry) -> Option<(usize, &'static str)> {
    if let Some(line) = program::raw_body_of_call(entry) {
        return Some((line, "rawbytes in a gRPC call: expected bytes, the messages as JSON"));
    }
    let text = "rawbytes in a response whose body is also read decompressed: expected it in a \
                separate entry";
    program::mixed_raw_body(entry).map(|line| (line, text))
}

/// Returns whether a loop ends by itself only after some time.
fn is_open(inner: &Loop) -> bool {
    let has_steps = !program::steps(&inner.body).is_empty();
    has_steps && matches!(inner.rounds, Rounds::Endless | Rounds::Time(_))
}

fn may_send(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Think(_) => false,
        Node::Step(step) => may_be_made(step),
        Node::Loop(inner) => inner.rounds.most() != Some(0) && may_send(&inner.body),
        Node::Pick(alternatives) => alternatives.iter().any(|inner| may_send(&inner.body)),
    })
}

fn may_be_made(step: &Step) -> bool {
    let options = &step.entry.options;
    let is_skipped = matches!(options.skip, Setting::Fixed(true));
    let is_zero = matches!(options.repeat, Some(Setting::Fixed(0)));
    !is_skipped && !is_zero && step.chance != Some(0.0)
}

/// Returns all loops, outer ones first.
fn loops(nodes: &[Node]) -> Vec<&Loop> {
    let mut found = Vec::new();
    for node in nodes {
        match node {
            Node::Think(_) | Node::Step(_) => {}
            Node::Loop(inner) => {
                found.push(inner);
                found.extend(loops(&inner.body));
            }
            Node::Pick(alternatives) => {
                found.extend(alternatives.iter().flat_map(|alternative| loops(&alternative.body)));
            }
        }
    }
    found
}

/// Returns the line of the first loop without an end.
fn endless_loop(nodes: &[Node]) -> Option<usize> {
    let mut loops = loops(nodes).into_iter().filter(|inner| is_open(inner));
    loops.find(|inner| inner.rounds == Rounds::Endless).map(|inner| inner.place.line)
}

/// Returns where the variables that are used have their first values from.
fn initial(names: &Names, scope: &Scope) -> Vec<(Slot, Initial)> {
    let columns = scope.columns.iter().enumerate();
    let columns = columns.map(|(index, name)| (name, Initial::Column(index)));
    let fixed = scope.variables.iter().map(|(name, value)| (name, Initial::Fixed(value.clone())));
    let mut initial: Vec<(Slot, Initial)> = Vec::new();
    for (name, value) in columns.chain(fixed) {
        let Some(slot) = names.find(name).filter(|slot| names.is_used(*slot)) else { continue };
        match initial.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, known)) => *known = value,
            None => initial.push((slot, value)),
        }
    }
    initial
}

fn check_variables(
    nodes: &[Node],
    names: &Names,
    initial: &[(Slot, Initial)],
) -> Result<(), (Place, String)> {
    let mut known = Known::new(names.len(), initial.iter().map(|(slot, _)| *slot));
    program::check(nodes, &mut known).map_err(|unset| {
        let steps = program::steps(nodes);
        let after = steps.iter().position(|step| step.place == unset.step).map(|index| index + 1);
        let next = after.and_then(|index| steps.get(index)).map(|step| step.place);
        unset.problem(names, next)
    })
}

fn is_random(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Think(delay) => delay.is_random(),
        Node::Step(step) => is_random_step(step),
        Node::Loop(inner) => inner.rounds.is_random() || is_random(&inner.body),
        Node::Pick(_) => true,
    })
}

fn is_random_step(step: &Step) -> bool {
    let is_made_by_chance = step.chance.is_some_and(|share| share > 0.0 && share < 1.0);
    if is_made_by_chance || step.think.is_some_and(|delay| delay.is_random()) {
        return true;
    }
    let entry = &step.entry;
    let mut has_uuid = false;
    let visit: program::Visit<'_> =
        &mut |placeholder| has_uuid |= placeholder == Placeholder::NewUuid;
    entry.options.variables.iter().for_each(|(_, value)| program::of_value(value, visit));
    program::of_options(&entry.options, visit);
    program::of_request(entry, visit);
    if let Some(expected) = &entry.expected {
        program::of_expected(expected, visit);
        expected.captures.iter().for_each(|capture| program::of_capture(capture, visit));
    }
    has_uuid
}
