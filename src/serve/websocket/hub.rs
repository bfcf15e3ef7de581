//! All open sockets, and who hears whose broadcasts.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_websockets::CloseCode;

use crate::clock;
use crate::serve::websocket::link::Link;

/// Longest time in which sockets may complete their closing handshakes when the server stops.
const FAREWELL: Duration = Duration::from_secs(1);

/// Sockets by their number.
type Members = BTreeMap<u64, Rc<Link>>;

/// All open sockets.
#[derive(Default)]
pub struct Hub {
    open: RefCell<Members>,
    /// Sockets of broadcasts, by their path.
    rooms: RefCell<HashMap<String, Members>>,
    /// Number of the last socket.
    last: Cell<u64>,
    /// Notified when the last socket ends.
    emptied: Notify,
}

impl Hub {
    /// Returns the number of a new socket, from 1.
    pub fn number(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.last.get()
    }

    /// Adds a socket until the returned seat is dropped. `room` is None for a socket that receives
    /// no broadcasts.
    pub(super) fn enter(&self, number: u64, room: Option<&str>) -> Seat<'_> {
        let link = Rc::new(Link::default());
        self.open.borrow_mut().insert(number, link.clone());
        if let Some(room) = room {
            let rooms = &mut *self.rooms.borrow_mut();
            rooms.entry(room.to_owned()).or_default().insert(number, link.clone());
        }
        Seat { hub: self, number, room: room.map(str::to_owned), link }
    }

    /// Ends all sockets, because the server stops, and waits a second at most until they have
    /// ended.
    pub async fn end_all(&self) {
        let open: Vec<_> = self.open.borrow().values().cloned().collect();
        open.iter().for_each(|link| link.end(CloseCode::GOING_AWAY, "the server stops"));
        if !open.is_empty() {
            clock::limit(Some(clock::now() + FAREWELL), self.emptied.notified()).await;
        }
    }
}

/// The place of an open socket.
pub(super) struct Seat<'a> {
    hub: &'a Hub,
    number: u64,
    room: Option<String>,
    /// What waits for the socket.
    pub(super) link: Rc<Link>,
}

impl Seat<'_> {
    /// Calls a function with each socket of the room, in the order in which they were opened.
    pub(super) fn broadcast(&self, has_self: bool, mut deliver: impl FnMut(&Link)) {
        let rooms = self.hub.rooms.borrow();
        let members = self.room.as_ref().and_then(|room| rooms.get(room));
        for (number, link) in members.into_iter().flatten() {
            if has_self || *number != self.number {
                deliver(link);
            }
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        if let Some(room) = self.room.take() {
            let rooms = &mut *self.hub.rooms.borrow_mut();
            if let Some(members) = rooms.get_mut(&room) {
                members.remove(&self.number);
                if members.is_empty() {
                    rooms.remove(&room);
                }
            }
        }
        let is_empty = {
            let open = &mut *self.hub.open.borrow_mut();
            open.remove(&self.number);
            open.is_empty()
        };
        // The answers that wait are logged now.
        self.link.shut();
        if is_empty {
            self.hub.emptied.notify_waiters();
        }
    }
}
