//! Flags for gRPC targets: where their schema is from, and how calls are made.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use drumfire::client::CallOptions;
use drumfire::error::Error;
use drumfire::protobuf::Schema;
use drumfire::targets::{Target, parse_header};
use drumfire::units::{parse_keyword, parse_span};
use http::{HeaderName, HeaderValue};
use url::Origin;

use crate::app::exit::Usage;

/// Asks a server for the schema of services, with the first target of the server. None if nothing
/// may be sent, as in a dry run.
pub type Reflect<'a> = dyn Fn(&Target, &[String]) -> Result<Option<Schema>, Error> + 'a;

/// Where the schema of gRPC targets is from.
pub struct Schemas<'a> {
    /// The schema of files. None if there are none: then servers are asked.
    pub files: Option<Schema>,
    /// Asks a server.
    pub reflect: &'a Reflect<'a>,
}

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// .proto file with services of GRPC targets; repeatable
    ///
    /// File with the services and messages of [gRPC targets](../../guide/protocols/grpc.md). Files
    /// that it imports are read too. Without `-proto` and `-protoset`, drumfire asks the server for
    /// them once, before the attack, by server reflection.
    #[arg(long, help_heading = "gRPC", value_name = "FILE")]
    proto: Vec<PathBuf>,
    /// Directory with files that .proto files import; repeatable
    ///
    /// Directory in which the imports of `-proto` are looked up, in the order of the flags. By
    /// default, it is the directory of each `-proto`, and the current one.
    #[arg(long, help_heading = "gRPC", value_name = "DIR", requires = "proto")]
    import_path: Vec<PathBuf>,
    /// Compiled schema, as buf build or protoc -o write it; repeatable
    ///
    /// File with a compiled schema (`FileDescriptorSet`), as `buf build -o` and
    /// `protoc --include_imports -o` write it.
    #[arg(long, help_heading = "gRPC", value_name = "FILE")]
    protoset: Vec<PathBuf>,
    /// Header for server reflection; repeatable [default: those of targets]
    ///
    /// Header of the requests for server reflection, such as a token. By default, they have the
    /// headers of the first target of each server, without variables.
    #[arg(long, help_heading = "gRPC", value_name = "KEY: VALUE", value_parser = parse_header)]
    reflect_header: Vec<(HeaderName, HeaderValue)>,
    /// Connections per server, used in turn; 0: as many as needed
    ///
    /// Number of HTTP/2 connections for each server. Calls use them in turn. With `0`, a connection
    /// is opened if all others carry as many calls as the server allows.
    #[arg(long, help_heading = "gRPC", value_name = "N", default_value_t = 0)]
    channels: usize,
    /// Compress messages
    ///
    /// Compression of the messages that are sent. Responses may be compressed with gzip in any case.
    #[arg(long, help_heading = "gRPC", value_name = "none|gzip", default_value = "none")]
    compress: Compression,
    /// Messages to send in each client or bidirectional stream; 0: those listed
    ///
    /// Number of messages that each call of a client-streaming or bidirectional method sends. The
    /// listed messages are sent in turn. With `0`, each of them is sent once.
    #[arg(long, help_heading = "gRPC", value_name = "N", default_value_t = 0)]
    messages: u32,
    /// Time between the messages of a stream
    ///
    /// Time from the start of one message of a stream to the start of the next.
    #[arg(long, help_heading = "gRPC", value_name = "TIME", value_parser = parse_span)]
    #[arg(default_value = "0s")]
    message_interval: Duration,
    /// End streams after this time; 0: when the server does
    ///
    /// How long a call of a streaming method lasts at most. The client then sends no more messages.
    /// A client stream waits for its response, up to `-timeout`. A server stream is canceled at
    /// once. A bidirectional stream is canceled 1 s later, unless the server ends it first. These
    /// calls are successes, but a call whose response has not begun fails with `rpc error: no
    /// response began within -stream-length`. With `0`, the server ends streams.
    #[arg(long, help_heading = "gRPC", value_name = "TIME", value_parser = parse_span)]
    #[arg(default_value = "0s")]
    stream_length: Duration,
    /// Streams that stay open; each hit is a message on one of them
    ///
    /// Number of bidirectional streams that stay open during the attack. First they are opened, at
    /// `-connect-rate` (1000/s by default). Then each slot of `-rate` or `-stages` is one message,
    /// on the streams in turn. `-requests`, `-duration` and `-max-workers` count messages. With
    /// `0`, each hit is a call. See [the guide](../../guide/protocols/grpc.md#messages-on-open-streams).
    #[arg(long, help_heading = "gRPC", value_name = "N", default_value_t = 0)]
    streams: u32,
    /// Time between the last stream or socket opened and the first message
    ///
    /// How long `-streams` or `-sockets` rest after the last one is opened, before the first message is
    /// due.
    #[arg(long, help_heading = "gRPC", value_name = "TIME", value_parser = parse_span)]
    #[arg(default_value = "1s")]
    settle: Duration,
}

/// How messages are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
}

impl Schemas<'_> {
    /// Finds the methods of gRPC targets, and encodes their messages. A dry run leaves targets whose
    /// server would have to be asked.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a target that does not fit its schema; another error if a server does not
    /// provide one.
    pub fn compile(&self, targets: &mut [Target]) -> Result<(), Error> {
        if let Some(schema) = &self.files {
            return targets.iter_mut().try_for_each(|target| target.compile(schema));
        }
        let mut servers = Vec::<(Origin, BTreeSet<String>)>::new();
        for target in targets.iter() {
            let Some(service) = target.service() else { continue };
            let origin = target.address.origin();
            let known = servers.iter_mut().find(|(known, _)| *known == origin);
            match known {
                Some((_, services)) => drop(services.insert(service.to_owned())),
                None => servers.push((origin, BTreeSet::from([service.to_owned()]))),
            }
        }
        for (origin, services) in servers {
            let of_server =
                |target: &&mut Target| target.call.is_some() && target.address.origin() == origin;
            let mut of_server: Vec<_> = targets.iter_mut().filter(of_server).collect();
            let services: Vec<_> = services.into_iter().collect();
            if let Some(schema) = (self.reflect)(of_server[0], &services)? {
                of_server.iter_mut().try_for_each(|target| target.compile(&schema))?;
            }
        }
        Ok(())
    }
}

impl FromStr for Compression {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse_keyword("compression", text, &[("none", Self::None), ("gzip", Self::Gzip)])
    }
}

impl Options {
    /// Returns how calls are made.
    pub fn calls(&self) -> CallOptions {
        CallOptions {
            channels: NonZeroUsize::new(self.channels),
            is_compressed: self.compress == Compression::Gzip,
            messages: NonZeroU32::new(self.messages),
            message_interval: self.message_interval,
            stream_length: Some(self.stream_length).filter(|length| !length.is_zero()),
            ..CallOptions::default()
        }
    }

    /// Returns the number of streams that stay open. None if each hit is a call.
    pub fn streams(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.streams)
    }

    /// Returns the time between the last stream opened and the first message.
    pub fn settle(&self) -> Duration {
        self.settle
    }

    /// Returns whether a number of messages is given for each call.
    pub fn has_messages(&self) -> bool {
        self.messages > 0
    }

    /// Returns whether a time between the messages of a call is given.
    pub fn has_message_interval(&self) -> bool {
        !self.message_interval.is_zero()
    }

    /// Returns whether calls are ended after a time.
    pub fn has_stream_length(&self) -> bool {
        !self.stream_length.is_zero()
    }

    /// Returns the schema of the files. None if there are none.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or is wrong.
    pub fn schema(&self) -> Result<Option<Schema>, Error> {
        let protos = match self.proto.is_empty() {
            true => None,
            false => Some(Schema::from_protos(&self.proto, &self.import_path)?),
        };
        let sets = match self.protoset.is_empty() {
            true => None,
            false => Some(Schema::from_protosets(&self.protoset)?),
        };
        match (protos, sets) {
            (Some(protos), Some(sets)) => protos.merged(sets).map(Some),
            (protos, sets) => Ok(protos.or(sets)),
        }
    }

    /// Returns the headers for server reflection. None for those of the targets.
    pub fn reflect_headers(&self) -> Option<&[(HeaderName, HeaderValue)]> {
        (!self.reflect_header.is_empty()).then_some(&self.reflect_header)
    }

    /// Rejects flags that no target uses.
    ///
    /// # Errors
    ///
    /// [`Usage`] if a flag is given and there is no gRPC target.
    pub fn check_used(&self, has_calls: bool) -> Result<(), Usage> {
        let given = [
            ("-proto", !self.proto.is_empty()),
            ("-protoset", !self.protoset.is_empty()),
            ("-reflect-header", !self.reflect_header.is_empty()),
            ("-channels", self.channels > 0),
            ("-compress", self.compress != Compression::None),
            ("-messages", self.has_messages()),
            ("-message-interval", self.has_message_interval()),
            ("-stream-length", self.has_stream_length()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) if !has_calls => Err(Usage(format!(
                "{flag} needs a gRPC target: give one, as in 'GRPC localhost:50051/pkg.Service/Method'"
            ))),
            _ => Ok(()),
        }
    }
}
