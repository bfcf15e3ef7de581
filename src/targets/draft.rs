//! Targets on their way out of a list: defaults put in, variables found.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};

use crate::error::{Error, TextFile};
use crate::targets::fields::{Place, complete_url};
use crate::targets::template::{Composer, Origin, Site, Template};
use crate::targets::{Defaults, Reading, Target};

/// Makes the targets of one list.
pub(super) struct Drafter {
    defaults: Defaults,
    composer: Composer,
}

/// A target that is not whole yet.
pub(super) struct Draft {
    target: Target,
    template: Template,
    line: usize,
    has_body: bool,
}

/// What a target begins with.
pub(super) struct Opening<'a> {
    /// Line in the list, from 1.
    pub line: usize,
    pub name: String,
    pub weight: u32,
    pub method: Method,
    /// As the list has it.
    pub url: &'a str,
}

impl Drafter {
    /// Begins a list.
    pub fn new(mut defaults: Defaults, reading: Reading) -> Self {
        let composer = Composer::new(std::mem::take(&mut defaults.scope), reading);
        Self { defaults, composer }
    }

    /// Begins a target.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a URL that cannot be hit, or for what is no variable.
    pub fn begin(&mut self, opening: Opening<'_>) -> Result<Draft, Error> {
        let Opening { line, name, weight, method, url: text } = opening;
        let url = self.composer.text(text, line, Site::Url, Origin::List)?;
        let fixed = url.as_ref().map(|url| url.fixed());
        let fixed = fixed.as_deref().unwrap_or(text);
        let place = complete_url(fixed, &self.defaults);
        let Place { url: complete, address, path } =
            place.map_err(|problem| Error::at_line(TextFile::Targets, line, problem))?;
        let front = complete.strip_suffix(fixed).unwrap_or_default();
        let url = url.map(|url| url.behind(front));
        let target = Target {
            name,
            weight,
            method,
            url: format!("{front}{text}"),
            address,
            path,
            headers: Vec::new(),
            body: Bytes::new(),
            template: None,
        };
        let template = Template { url, ..Template::default() };
        let mut draft = Draft { target, template, line, has_body: false };
        for header in self.defaults.headers.clone() {
            self.add_header(&mut draft, header, line, Origin::Elsewhere("-header"))?;
        }
        Ok(draft)
    }

    /// Adds a header of the target's own, at its line.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for what is no variable.
    pub fn header(
        &mut self,
        draft: &mut Draft,
        header: (HeaderName, HeaderValue),
        line: usize,
    ) -> Result<(), Error> {
        self.add_header(draft, header, line, Origin::List)
    }

    fn add_header(
        &mut self,
        draft: &mut Draft,
        header: (HeaderName, HeaderValue),
        line: usize,
        origin: Origin<'_>,
    ) -> Result<(), Error> {
        // What is no text has no variables.
        let value = str::from_utf8(header.1.as_bytes()).unwrap_or_default();
        if let Some(text) = self.composer.text(value, line, Site::Header, origin)? {
            draft.template.headers.push((draft.target.headers.len(), text));
        }
        draft.target.headers.push(header);
        Ok(())
    }

    /// Gives the target a body of its own, which begins at a line.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for what is no variable.
    pub fn body(
        &mut self,
        draft: &mut Draft,
        body: Bytes,
        line: usize,
        origin: Origin<'_>,
    ) -> Result<(), Error> {
        let text = str::from_utf8(&body).unwrap_or_default();
        draft.template.body = self.composer.text(text, line, Site::Body, origin)?;
        (draft.target.body, draft.has_body) = (body, true);
        Ok(())
    }

    /// Ends a target.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for what is no variable in the body that targets without one get.
    pub fn end(&mut self, mut draft: Draft) -> Result<Target, Error> {
        if !draft.has_body {
            let (body, line) = (self.defaults.body.clone(), draft.line);
            self.body(&mut draft, body, line, Origin::Elsewhere("-body"))?;
        }
        let Draft { mut target, template, .. } = draft;
        target.template = (!template.is_empty()).then(|| Arc::new(template));
        Ok(target)
    }

    /// Ends a list that was read whole; it is known now whether variables are meant in it.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for what is no variable, before the line that told.
    pub fn finish(self, mut targets: Vec<Target>) -> Result<Vec<Target>, Error> {
        if !self.composer.finish()? {
            targets.iter_mut().for_each(|target| target.template = None);
        }
        Ok(targets)
    }
}
