//! The gRPC calls of a flow, and the schemas that they need.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::flow::call::{Call, CallProblem};
use crate::flow::compiled::{Flow, Initial};
use crate::flow::expand::Context;
use crate::flow::program::MadeStep;
use crate::flow::request;
use crate::flow::syntax::Problem;
use crate::flow::tree::request::Entry;
use crate::flow::tree::template::Template;
use crate::flow::value::Value;
use crate::protobuf::Schema;
use crate::targets::Target;

/// A gRPC call that needs a schema.
#[derive(Clone, Debug)]
pub struct CallSite {
    /// Name of the service with its package.
    pub service: String,
    /// The server, with the metadata that is the same in all flows, without the call. None if the
    /// server is known only during the flow, or has its name from a feed.
    pub server: Option<Target>,
}

impl Flow {
    /// Returns whether the flow makes gRPC calls.
    pub fn has_calls(&self) -> bool {
        self.program.steps.iter().any(|step| step.entry.call.is_some())
    }

    /// Returns all gRPC calls.
    ///
    /// # Errors
    ///
    /// If a variable has a value that makes no URL or no metadata.
    pub fn call_sites(&self) -> Result<Vec<CallSite>, Problem> {
        let sites = self.program.steps.iter().map(|step| self.call_site(step));
        sites.filter_map(Result::transpose).collect()
    }

    /// Finds the methods of all gRPC calls in schemas, and encodes their messages as far as possible.
    /// `schema` returns the schema for a call; None leaves the call, which then cannot be made.
    ///
    /// # Errors
    ///
    /// If there is no schema, if it has no such method, or if a message does not fit the method.
    pub fn compile_calls(
        &mut self,
        mut schema: impl FnMut(&CallSite) -> Result<Option<Schema>, String>,
    ) -> Result<(), Problem> {
        for index in 0..self.program.steps.len() {
            let step = &self.program.steps[index];
            let Some(site) = self.call_site(step)? else { continue };
            let of_call = |text| self.problem(step, step.entry.line, text);
            let Some(schema) = schema(&site).map_err(of_call)? else { continue };
            let call = Call::compile(&step.entry, &schema)
                .map_err(|CallProblem { line, text }| self.problem(step, line, text))?;
            self.program.steps[index].call = call;
        }
        Ok(())
    }

    /// Returns the call of a step. None for HTTP.
    fn call_site(&self, step: &MadeStep) -> Result<Option<CallSite>, Problem> {
        let Some(call) = &step.entry.call else { return Ok(None) };
        let server = self.server(&step.entry);
        let server = server.map_err(|text| self.problem(step, step.entry.line, text))?;
        Ok(Some(CallSite { service: call.service().to_owned(), server }))
    }

    /// Returns the server of a call. None if it is not the same in all flows.
    fn server(&self, entry: &Entry) -> Result<Option<Target>, String> {
        let mut values = vec![Value::Unset; self.n_slots()];
        for (slot, initial) in &self.initial {
            let place = values.get_mut(usize::from(slot.0));
            if let (Initial::Fixed(value), Some(place)) = (initial, place) {
                *place = value.clone();
            }
        }
        let is_known = |text: &Template| {
            let mut values = text.variables().map(|slot| values.get(usize::from(slot.0)));
            values.all(|value| value.is_some_and(|value| !matches!(value, Value::Unset)))
        };
        if !is_known(&entry.url) {
            return Ok(None);
        }
        let is_pair_known = |(one, other): &(Template, Template)| is_known(one) && is_known(other);
        let mut known = entry.clone();
        known.headers.retain(is_pair_known);
        known.basic_auth = known.basic_auth.filter(is_pair_known);
        known.options.headers.retain(is_known);
        known.options.user = known.options.user.filter(is_known);
        let context = &mut Context {
            names: &self.names,
            values: &values,
            random: &mut ChaCha8Rng::seed_from_u64(0),
            wall_ns: 0,
        };
        request::server(&known, context).map(Some)
    }

    fn problem(&self, step: &MadeStep, line: usize, text: String) -> Problem {
        let path = self.files.get(step.file).cloned().unwrap_or_default();
        Problem { path, line: Some(line), text }
    }
}
