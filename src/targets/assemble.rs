//! Puts targets together: completes URLs, adds defaults, finds variables.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};

use crate::error::Error;
use crate::targets::grpc::{Call, ListedCall};
use crate::targets::lines::error_at;
use crate::targets::problem::Problem;
use crate::targets::template::{RequestPart, Template, TemplateParser, Text, TextSource};
use crate::targets::url::grpc::is_grpc;
use crate::targets::url::websocket::is_ws;
use crate::targets::url::{ParsedUrl, complete_url};
use crate::targets::{Defaults, ReadMode, Socket, Target};

/// Puts the targets of one list together.
pub struct Assembler {
    defaults: Defaults,
    parser: TemplateParser,
}

/// A target whose headers and body may still be missing.
pub struct PartialTarget {
    target: Target,
    template: Template,
    line: usize,
    has_body: bool,
}

/// The start of a target.
pub struct RequestLine<'a> {
    /// Number of the line in the list, from 1.
    pub line: usize,
    /// Name of the target; empty without one.
    pub name: String,
    /// How often the target is hit compared with the others, >= 1.
    pub weight: u32,
    /// HTTP method.
    pub method: Method,
    /// URL as the list has it.
    pub url: &'a str,
}

impl Assembler {
    /// Returns an assembler for one list.
    pub fn new(mut defaults: Defaults, mode: ReadMode) -> Self {
        let parser = TemplateParser::new(std::mem::take(&mut defaults.scope), mode);
        Self { defaults, parser }
    }

    /// Begins a target.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a URL to which no request can be sent, or a bad variable.
    pub fn begin(&mut self, request: RequestLine<'_>) -> Result<PartialTarget, Error> {
        let RequestLine { line, name, weight, method, url: text } = request;
        let variables = self.parser.parse(text, line, RequestPart::Url, TextSource::List)?;
        let fixed = variables.as_ref().map(|url| url.fixed());
        let fixed = fixed.as_deref().unwrap_or(text);
        let ParsedUrl { url: complete, address, path } =
            complete_url(&method, fixed, &self.defaults)
                .map_err(|problem| error_at(line, problem))?;
        let is_grpc = is_grpc(&method);
        if is_grpc && variables.as_ref().is_some_and(|url| !url.is_fixed()) {
            return Err(error_at(line, Problem::GrpcVariable));
        }
        refuse_mark(variables.as_ref(), line)?;
        let socket = is_ws(&method).then(Socket::default);
        let base = complete.strip_suffix(fixed).unwrap_or_default();
        let target = Target {
            name,
            weight,
            method,
            url: format!("{base}{text}"),
            address,
            path,
            headers: Vec::new(),
            body: Bytes::new(),
            template: None,
            call: is_grpc.then(|| Call::Listed(ListedCall::new(line, line))),
            socket,
        };
        let url = variables.map(|url| url.with_prefix(base));
        let template = Template { url, ..Template::default() };
        let mut partial = PartialTarget { target, template, line, has_body: false };
        let source = self.source_of("-header");
        for header in self.defaults.headers.clone() {
            self.push_header(&mut partial, header, line, source)?;
        }
        Ok(partial)
    }

    /// Returns the source of a default that a flag gives.
    fn source_of(&self, flag: &'static str) -> TextSource<'static> {
        match self.defaults.enables_variables {
            true => TextSource::List,
            false => TextSource::Elsewhere(flag),
        }
    }

    /// Adds a header that the list gives at a line.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a bad variable.
    pub fn add_header(
        &mut self,
        partial: &mut PartialTarget,
        header: (HeaderName, HeaderValue),
        line: usize,
    ) -> Result<(), Error> {
        self.push_header(partial, header, line, TextSource::List)
    }

    fn push_header(
        &mut self,
        partial: &mut PartialTarget,
        header: (HeaderName, HeaderValue),
        line: usize,
        source: TextSource<'_>,
    ) -> Result<(), Error> {
        // A value that is not UTF-8 has no variables.
        let value = str::from_utf8(header.1.as_bytes()).unwrap_or_default();
        if let Some(text) = self.parser.parse(value, line, RequestPart::Header, source)? {
            refuse_mark(Some(&text), line)?;
            partial.template.headers.push((partial.target.headers.len(), text));
        }
        partial.target.headers.push(header);
        Ok(())
    }

    /// Sets the body of a target, which begins at a line.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a bad variable.
    pub fn set_body(
        &mut self,
        partial: &mut PartialTarget,
        body: Bytes,
        line: usize,
        source: TextSource<'_>,
    ) -> Result<(), Error> {
        let text = str::from_utf8(&body).unwrap_or_default();
        let template = self.parser.parse(text, line, RequestPart::Body, source)?;
        if partial.target.socket.is_none() {
            refuse_mark(template.as_ref(), line)?;
        }
        partial.template.body = template;
        if let Some(Call::Listed(place)) = &mut partial.target.call {
            place.set_messages_line(line);
        }
        (partial.target.body, partial.has_body) = (body, true);
        Ok(())
    }

    /// Adds a message that a WebSocket sends after each connect. It begins at a line.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a bad variable, or if the target is not a WebSocket.
    pub fn add_open(
        &mut self,
        partial: &mut PartialTarget,
        message: String,
        line: usize,
        source: TextSource<'_>,
    ) -> Result<(), Error> {
        let text = self.parser.parse(&message, line, RequestPart::Body, source)?;
        refuse_mark(text.as_ref(), line)?;
        let Some(socket) = &mut partial.target.socket else {
            return Err(error_at(line, Problem::OpenOfOther));
        };
        partial.template.open.extend(text.map(|text| (socket.open.len(), text)));
        socket.open.push(message.into());
        Ok(())
    }

    /// Finishes a target; one without a body gets the default body.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a bad variable in the default body.
    pub fn finish_target(&mut self, mut partial: PartialTarget) -> Result<Target, Error> {
        if !partial.has_body {
            let (body, line) = (self.defaults.body.clone(), partial.line);
            let source = self.source_of("-body");
            self.set_body(&mut partial, body, line, source)?;
        }
        let PartialTarget { mut target, template, .. } = partial;
        target.template = (!template.is_empty()).then(|| Arc::new(template));
        Ok(target)
    }

    /// Finishes a list that was read whole. Only now is it known whether the list has variables.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a bad variable before the line that turned variables on.
    pub fn finish_list(self, mut targets: Vec<Target>) -> Result<Vec<Target>, Error> {
        if !self.parser.finish()? {
            targets.iter_mut().for_each(|target| target.template = None);
        }
        Ok(targets)
    }
}

/// Refuses `{{$mark}}` in a text that begins at a line: only the message of a slot can be marked.
fn refuse_mark(text: Option<&Text>, line: usize) -> Result<(), Error> {
    match text {
        Some(text) if text.has_mark() => Err(error_at(line, Problem::MarkOfOther)),
        _ => Ok(()),
    }
}
