//! What all flows of one engine share.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use tokio::sync::Semaphore;

use crate::attack::flow_counts::FlowCounts;
use crate::attack::flows::response::MAX_READ_BODY;
use crate::attack::hit_task::HitContext;
use crate::attack::stop::Stop;
use crate::client::HitLimits;
use crate::flow::Flow;
use crate::markup::secrets::Secrets;
use crate::record::Headers;
use crate::schedule::seed::HitRngs;

/// What all flows of one engine share.
pub struct Shared {
    /// What they share with hits that are in no flow.
    pub hits: Rc<HitContext>,
    /// All flows of the attack.
    pub flows: Vec<Arc<Flow>>,
    /// The random numbers of flows.
    pub draws: HitRngs,
    /// The limits of a step that sets none.
    pub limits: HitLimits,
    /// Whether each flow, or each user, has separate connections.
    pub own_connections: bool,
    /// Headers of every request, before its own ones.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Values that records must not show.
    pub secrets: Secrets,
    /// The turn of the response that another thread evaluates.
    pub turn: Semaphore,
    /// The number of flows, by what became of them.
    pub counts: Arc<FlowCounts>,
    /// Whether the attack is being stopped.
    pub stop: Stop,
    /// Number of the next request of this engine.
    pub next_seq: Cell<u64>,
    /// Distance between the numbers of two requests of this engine: the number of engines.
    pub seq_step: u64,
}

impl Shared {
    /// Returns the number of the next request, which is unique in the attack.
    pub fn take_seq(&self) -> u64 {
        self.next_seq.replace(self.next_seq.get() + self.seq_step)
    }

    /// Returns response headers without the secrets. None if they have none.
    pub fn without_secrets(&self, headers: Headers<'_>) -> Option<Vec<(String, String)>> {
        // Most attacks have no secrets, and copy nothing.
        let mut has_secret = false;
        if self.secrets.is_empty() {
            return None;
        }
        headers.for_each(|_, value| {
            has_secret |= matches!(self.secrets.hide(value), Cow::Owned(_));
        });
        let mut shown = has_secret.then(|| headers.to_pairs())?;
        shown.iter_mut().for_each(|(_, value)| *value = self.secrets.hide(value).into_owned());
        Some(shown)
    }

    /// Returns how many bytes of a body are kept while it is checked; None for no limit.
    pub fn kept_body(&self, is_checked: bool) -> Option<u64> {
        // Without a limit on what is kept, there is still one on what is checked.
        let checked = Some(MAX_READ_BODY).filter(|_| is_checked);
        match (self.limits.max_body, checked) {
            (Some(most), Some(checked)) => Some(most.max(checked)),
            (most, _) => most,
        }
    }
}
