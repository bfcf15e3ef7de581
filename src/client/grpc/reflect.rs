//! The schema of services, from the server reflection of gRPC.
//!
//! Source: gRPC, doc/server-reflection.md.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use prost::Message;
use prost_reflect::prost_types::FileDescriptorProto;
use url::Url;

use crate::client::grpc::{CallKind, CallParts};
use crate::client::options::HitLimits;
use crate::client::request::headers::Header;
use crate::client::response::grpc_status::{harmless, name_of};
use crate::client::{Client, Outcome};
use crate::clock;
use crate::error::Error;
use crate::markup::redact::{MAX_TEXT_BYTES, cut};
use crate::protobuf::Schema;
use crate::protobuf::reflection::{
    ErrorResponse, MessageRequest, MessageResponse, ServerReflectionRequest,
    ServerReflectionResponse, V1_PATH, V1ALPHA_PATH,
};

/// Time limit of the whole exchange.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Maximum number of files. A server that invents imports would never end.
const MAX_FILES: usize = 10_000;

/// The status of a service or method that a server does not have.
const UNIMPLEMENTED: u8 = 12;

/// The statuses of a call that lacks permission.
const FORBIDDEN: [u8; 2] = [7, 16];

/// The status of a symbol or file that a server does not know.
const NOT_FOUND: i32 = 5;

/// Where a schema comes from.
#[derive(Clone, Copy, Debug)]
pub struct ReflectionSource<'a> {
    /// Where the connections go: scheme (http or https), host and port.
    pub address: &'a Url,
    /// The URL as users know it, for messages: `grpc://host:port`.
    pub text: &'a str,
    /// Metadata of the questions.
    pub metadata: &'a [Header],
}

/// Asks a server for the files that define some services, and all that they import.
///
/// # Errors
///
/// [`Error::Schema`] with what helps: the server does not have reflection, requires credentials,
/// does not know a service, cannot be reached, or does not answer within 10 s.
///
/// # Cancel safety
///
/// Safe: it keeps no state.
pub async fn reflect(
    client: &Client,
    source: ReflectionSource<'_>,
    services: &[String],
) -> Result<Schema, Error> {
    let deadline = clock::now() + TIME_LIMIT;
    let mut server = Server { client, source, path: V1_PATH };
    match clock::limit(Some(deadline), server.schema(services)).await {
        Some(schema) => schema,
        None => Err(server.failed(&format!("no answer within {} s", TIME_LIMIT.as_secs()))),
    }
}

/// A server with the version of reflection that it has.
struct Server<'a> {
    client: &'a Client,
    source: ReflectionSource<'a>,
    path: &'static str,
}

impl Server<'_> {
    /// Returns the schema of some services.
    async fn schema(&mut self, services: &[String]) -> Result<Schema, Error> {
        let mut files = Files::default();
        for service in services {
            let question = MessageRequest::FileContainingSymbol(service.clone());
            match self.ask(question).await? {
                MessageResponse::FileDescriptorResponse(found) => {
                    files.add(found.file_descriptor_proto);
                }
                MessageResponse::ErrorResponse(error) if error.error_code == NOT_FOUND => {
                    return Err(self.unknown(service).await);
                }
                other => return Err(self.unexpected(&other)),
            }
        }
        while let Some(name) = files.next_missing() {
            if files.all.len() > MAX_FILES {
                return Err(self.failed(&format!("it has more than {MAX_FILES} files")));
            }
            match self.ask(MessageRequest::FileByFilename(name)).await? {
                MessageResponse::FileDescriptorResponse(found) => {
                    files.add(found.file_descriptor_proto);
                }
                // Servers may leave out files that every client has. Others are missed later.
                MessageResponse::ErrorResponse(error) if error.error_code == NOT_FOUND => {}
                other => return Err(self.unexpected(&other)),
            }
        }
        let schema = Schema::from_file_descriptors(files.all);
        schema.map_err(|error| self.failed(&error.to_string()))
    }

    /// Asks one question, with the older version of reflection if the server lacks the newer one.
    async fn ask(&mut self, question: MessageRequest) -> Result<MessageResponse, Error> {
        let request =
            ServerReflectionRequest { host: String::new(), message_request: Some(question) };
        let message = Bytes::from(request.encode_to_vec());
        let mut outcome = self.call(message.clone()).await?;
        if self.path == V1_PATH && status_of(&outcome) == Some(UNIMPLEMENTED) {
            self.path = V1ALPHA_PATH;
            outcome = self.call(message).await?;
        }
        if let Some(error) = &outcome.error {
            return Err(self.refused(status_of(&outcome), error));
        }
        let response = ServerReflectionResponse::decode(&*outcome.body.bytes).ok();
        let answer = response.and_then(|response| response.message_response);
        answer.ok_or_else(|| self.failed("its answer is no message of reflection"))
    }

    async fn call(&self, message: Bytes) -> Result<Outcome, Error> {
        let ReflectionSource { address, text, metadata } = self.source;
        let parts = CallParts {
            address: address.clone(),
            text: format!("{}{}", text.trim_end_matches('/'), self.path),
            path: PathAndQuery::from_static(self.path),
            headers: metadata.to_vec(),
            // The stream of the client has one question, so that the server has one answer.
            kind: CallKind::default(),
            messages: vec![message],
        };
        let prepared = self.client.prepare_call(parts)?;
        let own = self.client.limits();
        let timeout = own.timeout.map_or(TIME_LIMIT, |timeout| timeout.min(TIME_LIMIT));
        let limits = HitLimits { timeout: Some(timeout), max_body: None, ..own };
        let mut outcome = Outcome::released_now();
        self.client.call_within(limits, &prepared, 0, &mut outcome).await;
        self.client.shared.options.body_budget.give_back(outcome.body.claimed);
        Ok(outcome)
    }

    /// Returns the error for a service that the server does not know, with those that it has.
    async fn unknown(&mut self, service: &str) -> Error {
        let listed = self.ask(MessageRequest::ListServices(String::new())).await;
        let Ok(MessageResponse::ListServicesResponse(listed)) = listed else {
            return self.failed(&format!("it does not know the service '{service}'"));
        };
        let names = listed.service.into_iter().map(|service| harmless(&service.name));
        let mut names: Vec<_> =
            names.filter(|name| !name.starts_with("grpc.reflection.")).collect();
        names.sort();
        let names = match names.is_empty() {
            true => "none".to_owned(),
            false => cut(&names.join(", "), MAX_TEXT_BYTES),
        };
        Error::Schema(format!(
            "unknown service '{service}': the server at {} has: {names}",
            self.source.text
        ))
    }

    /// Returns the error for a call that failed.
    fn refused(&self, status: Option<u8>, error: &str) -> Error {
        let Self { source: ReflectionSource { text, .. }, .. } = self;
        match status {
            Some(UNIMPLEMENTED) => Error::Schema(format!(
                "the server at {text} does not have reflection: give the schema with -proto or \
                 -protoset"
            )),
            Some(status) if FORBIDDEN.contains(&status) => Error::Schema(format!(
                "the server at {text} refuses reflection: {error}: give credentials with \
                 -reflect-header, or the schema with -proto or -protoset"
            )),
            _ => self.failed(error),
        }
    }

    /// Returns the error for an answer to another question.
    fn unexpected(&self, answer: &MessageResponse) -> Error {
        let MessageResponse::ErrorResponse(ErrorResponse { error_code, error_message }) = answer
        else {
            return self.failed("it answers another question");
        };
        let message = cut(&harmless(error_message), MAX_TEXT_BYTES);
        self.failed(&format!("{}: {message}", name_of(*error_code)))
    }

    fn failed(&self, cause: &str) -> Error {
        Error::Schema(format!(
            "cannot get the schema by reflection from {}: {cause}; -proto and -protoset give it \
             without reflection",
            self.source.text
        ))
    }
}

/// Returns the status that the server has sent. None without one.
fn status_of(outcome: &Outcome) -> Option<u8> {
    outcome.messaging.as_ref().and_then(|messaging| messaging.grpc_status)
}

/// The files that a server has sent, and those that they import.
#[derive(Default)]
struct Files {
    /// The files in serialized form, each once.
    all: Vec<Bytes>,
    /// Their names.
    received: HashSet<String>,
    /// Names of imports that may be missing.
    wanted: BTreeSet<String>,
    /// Names of files that were asked for.
    asked: HashSet<String>,
}

impl Files {
    fn add(&mut self, files: Vec<Bytes>) {
        for file in files {
            // A damaged file is reported with the schema.
            let parsed = FileDescriptorProto::decode(&*file).unwrap_or_default();
            if self.received.insert(parsed.name().to_owned()) {
                self.wanted.extend(parsed.dependency);
                self.all.push(file);
            }
        }
    }

    /// Returns a file to ask for. None if no import is missing.
    fn next_missing(&mut self) -> Option<String> {
        loop {
            let name = self.wanted.pop_first()?;
            if !self.received.contains(&name) && self.asked.insert(name.clone()) {
                return Some(name);
            }
        }
    }
}
