//! The task of a socket: it opens the socket, passes on what arrives, records how both ended, and
//! opens the socket again.

use std::rc::Rc;

use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::attack::hit_task::HitContext;
use crate::attack::streams::carrier::{OpenStream, StreamTask};
use crate::attack::streams::fan_out::FanOut;
use crate::attack::streams::long_stream::{Cause, LongStream};
use crate::attack::streams::rows::{CLOSE_WAIT, Close, Ended};
use crate::attack::streams::rows::{Connect, ConnectSlot};
use crate::attack::streams::sockets::Sockets;
use crate::attack::streams::sockets::backoff::Reconnects;
use crate::attack::streams::sockets::pings::{PingLog, Pings};
use crate::attack::target_choice::Goal;
use crate::client::{
    PreparedSocket, SocketEnd, SocketEvent, SocketMessage, SocketReceiver, SocketSender,
};
use crate::clock;
use crate::record::Kind;

/// Why messages have no reply if their socket was closed on purpose.
const CHURNED: &str = "the socket was closed by -churn";

/// Why messages have no reply if their socket was dropped on purpose.
const DROPPED: &str = "the socket was dropped by -drop";

/// The error of a socket that the server did not close in time.
const NOT_CLOSED: &str = "the server did not close the socket within 5s";

/// The task of a socket.
pub struct SocketTask {
    all: Rc<Sockets>,
    context: Rc<HitContext>,
    socket: Rc<LongStream<SocketSender>>,
    greeting: Rc<[SocketMessage]>,
    slot: ConnectSlot,
    _token: TaskTrackerToken,
}

/// How a connection of a socket ended, or why it was not opened.
struct Over {
    was_open: bool,
    /// Why this side ended it. None if it did not.
    cause: Option<Cause>,
    /// Why messages have no reply. None if the server reported no error.
    error: Option<String>,
}

impl SocketTask {
    /// Returns the task of a socket.
    pub fn new(all: Rc<Sockets>, task: StreamTask<SocketSender, Rc<[SocketMessage]>>) -> Self {
        let StreamTask { context, stream: socket, greeting, slot, token: _token } = task;
        Self { all, context, socket, greeting, slot, _token }
    }

    /// Opens the socket and reads it to its end, as often as the options say. If dropped earlier, it
    /// records what was known.
    pub async fn run(mut self) {
        let target = self.socket.label.target.clone();
        let Goal::Socket(prepared) = &target.goal else { return };
        let mut reconnects = Reconnects::new(self.socket.label.number, clock::now());
        loop {
            let over = self.connect_and_read(prepared).await;
            if over.was_open {
                reconnects.succeeded();
            }
            let error = over.error.as_deref();
            let backoff = match (over.cause, self.all.options.reconnect) {
                (Some(Cause::End), _) => return self.socket.end(error),
                (Some(Cause::Churn), _) => None,
                (_, Some(backoff)) => Some(backoff),
                (_, None) => return self.socket.end(error),
            };
            self.socket.lose(error);
            let next = reconnects.next(clock::now(), backoff, &self.all.rngs);
            tokio::select! {
                biased;
                () = self.all.is_over.cancelled() => return self.socket.end(error),
                () = clock::pause(next.saturating_duration_since(clock::now())) => {}
            }
            self.slot.kind = Kind::Reconnect;
            self.slot.scheduled = Some(next);
        }
    }

    /// Opens the socket and reads it to its end.
    async fn connect_and_read(&self, prepared: &PreparedSocket) -> Over {
        let Self { context, socket, slot, .. } = self;
        let mut connect = Connect::new(context.clone(), socket.label.clone(), *slot);
        let opened = context.client.open_socket(prepared, slot.seq, &mut connect.outcome).await;
        let code = connect.outcome.code;
        let Some((mut sender, receiver)) = opened else {
            let error = connect.outcome.error.clone();
            return Over { was_open: false, cause: None, error };
        };
        drop(connect);
        let _open = OpenStream::new(context);
        let _counted = self.all.rules.fan_out.as_deref().map(Counted::new);
        for message in &*self.greeting {
            // The reader of a socket that has just ended learns why.
            let _ = sender.send(message);
        }
        socket.open(sender, self.greeting.len());
        let pings = self.all.pings.as_deref().map(|pings| (pings, pings.opened(socket, slot.seq)));
        let mut close = Close {
            context,
            stream: socket,
            seq: slot.seq,
            code,
            end: None,
            not_ended: NOT_CLOSED,
        };
        let end = self.read(receiver, pings.as_ref()).await;
        let over = self.over(&end);
        // Dropping the record writes it: it still needs what the socket has carried.
        close.end = Some(self.ended(end));
        if let Some((pings, log)) = &pings {
            pings.ended(log, close.end.as_ref().and_then(|end| end.error.as_deref()));
        }
        over
    }

    /// Passes on what arrives until the socket ends.
    async fn read(
        &self,
        receiver: SocketReceiver,
        pings: Option<&(&Pings, Rc<PingLog>)>,
    ) -> SocketEnd {
        let Self { context, socket, .. } = self;
        let pass_on = |event| match event {
            SocketEvent::Message(reply, bytes) => {
                let unclaimed = socket.receive(&reply, &bytes);
                context.recorder.give_back(unclaimed);
            }
            SocketEvent::Pong { payload, at } => {
                if let Some((pings, log)) = pings {
                    pings.answer(log, &payload, at);
                }
            }
            SocketEvent::Written => socket.written(),
        };
        receiver.read(pass_on).await
    }

    /// Returns why messages have no reply.
    fn over(&self, end: &SocketEnd) -> Over {
        let cause = self.socket.closing().map(|closing| closing.cause);
        let error = match cause {
            Some(Cause::Churn) => Some(CHURNED.to_owned()),
            Some(Cause::Drop) => Some(DROPPED.to_owned()),
            Some(Cause::NoPong) => self.no_pong(),
            Some(Cause::End) | None => end.error.clone(),
        };
        Over { was_open: true, cause, error }
    }

    /// Returns how the socket ended, for its record: as planned, if this side dropped it on purpose.
    fn ended(&self, end: SocketEnd) -> Ended {
        let SocketEnd { close_code, error } = end;
        let error = match self.socket.closing() {
            Some(closing) if closing.cause == Cause::Drop => None,
            Some(closing) if closing.cause == Cause::NoPong => self.no_pong(),
            Some(closing) if error.is_some() && clock::now() >= closing.at + CLOSE_WAIT => {
                Some(NOT_CLOSED.to_owned())
            }
            Some(_) | None => error,
        };
        Ended { error, close_code, ..Ended::default() }
    }

    fn no_pong(&self) -> Option<String> {
        self.all.pings.as_ref().map(|pings| pings.no_pong().to_owned())
    }
}

/// Counts a socket among those that a broadcast reaches.
struct Counted<'a>(&'a FanOut);

impl<'a> Counted<'a> {
    fn new(fan_out: &'a FanOut) -> Self {
        fan_out.stream_opened();
        Self(fan_out)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.stream_ended();
    }
}
