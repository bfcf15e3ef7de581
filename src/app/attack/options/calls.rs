//! Schemas of the gRPC calls of flows: those of files, or of the servers that are called.

use std::sync::Arc;

use anyhow::Context;
use drumfire::attack::FlowList;
use drumfire::error::Error;
use drumfire::flow::{CallSite, Flow};
use drumfire::protobuf::Schema;
use drumfire::targets::Target;

use crate::app::attack::options::setup::Setup;
use crate::app::attack::options::{Options, reflection};
use crate::app::exit::Usage;

/// What is wrong with a call whose server cannot be asked for its schema.
const UNKNOWN_SERVER: &str = "the server of the call is known only during the flow, and cannot be \
                              asked for its schema before: expected -proto or -protoset";

impl Options {
    /// Finds the methods of the gRPC calls of flows, and encodes their messages. If no file has the
    /// schema and `may_ask` is set, each server is asked once for the schema of its services.
    /// Otherwise, calls without a schema are left.
    ///
    /// # Errors
    ///
    /// If a call does not fit its schema; another error if a server does not provide one.
    pub fn compile_calls(
        &self,
        setup: &Setup,
        flows: &mut [Arc<Flow>],
        may_ask: bool,
    ) -> anyhow::Result<()> {
        if setup.schema.is_none() && may_ask {
            self.ask_servers(setup, flows)?;
        }
        let schema = |site: &CallSite| match (&setup.schema, &site.server) {
            (Some(schema), _) => Ok(Some(schema.clone())),
            (None, _) if !may_ask => Ok(None),
            (None, None) => Err(UNKNOWN_SERVER.to_owned()),
            (None, Some(server)) => Ok(setup.asked.find(server, &site.service)),
        };
        for flow in flows {
            let flow = Arc::get_mut(flow).context("a flow is in use before it is compiled")?;
            flow.compile_calls(schema)?;
        }
        Ok(())
    }

    /// Rejects flags of gRPC if no flow makes calls: neither one of `list` nor one that is run before
    /// or after the attack, as `others_do` says.
    ///
    /// # Errors
    ///
    /// [`Usage`] if such a flag is given.
    pub fn check_calls_used(&self, list: &FlowList, others_do: bool) -> Result<(), Usage> {
        self.grpc.check_used(others_do || list.has_calls())
    }

    /// Rejects flags that have no effect on any target, if all of them are calls.
    ///
    /// # Errors
    ///
    /// [`Usage`] if such a flag is given.
    pub fn check_call_flags(&self, targets: &[Target]) -> Result<(), Usage> {
        if targets.iter().any(|target| target.call.is_none()) {
            return Ok(());
        }
        let problem = if !self.http2 {
            "-http2=false and gRPC cannot be combined: gRPC needs HTTP/2"
        } else if self.chunked {
            "-chunked and gRPC cannot be combined: gRPC frames its messages"
        } else {
            return Ok(());
        };
        Err(Usage(problem.to_owned()))
    }

    /// Asks the servers of calls for the schemas of services that are not known.
    fn ask_servers(&self, setup: &Setup, flows: &[Arc<Flow>]) -> anyhow::Result<()> {
        let mut sites = Vec::new();
        for flow in flows {
            sites.extend(flow.call_sites()?);
        }
        let known = sites.iter().filter_map(|site| Some((site.server.as_ref()?, &site.service)));
        let known: Vec<_> = known.collect();
        for (server, service) in &known {
            if setup.asked.find(server, service).is_some() {
                continue;
            }
            let of_server =
                known.iter().filter(|(other, _)| other.address.origin() == server.address.origin());
            let mut services: Vec<_> = of_server.map(|(_, service)| service.to_string()).collect();
            services.sort();
            services.dedup();
            let schema = self.ask(setup, server, &services)?;
            setup.asked.add(server, services, &schema);
        }
        Ok(())
    }

    fn ask(&self, setup: &Setup, server: &Target, services: &[String]) -> Result<Schema, Error> {
        let mut server = (*server).clone();
        server.headers.splice(..0, self.lists.header.iter().cloned());
        reflection::ask(setup, self.grpc.reflect_headers(), &server, services)
    }
}
