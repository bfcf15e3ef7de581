//! A server of WebSockets that answers as a test says, and can be killed and started again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{self, LocalSet};
use tokio_websockets::{CloseCode, Error, Message, ServerBuilder, WebSocketStream};

/// What a server does with a message.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Sends it back.
    Echo,
    /// Sends it back twice.
    Twice,
    /// Sends it back between two other messages, after a ping.
    AmongNews,
    /// Sends this many back in reverse order, once the last of them has arrived.
    Reversed(usize),
    /// Nothing.
    Never,
    /// Sends it to all other sockets but the one with this number, from 0, in the order of their
    /// handshakes.
    ToOthers {
        /// The socket that receives nothing. None for none.
        deaf: Option<usize>,
    },
    /// Sends it back, and closes the socket with this code after this many messages.
    CloseAfter(usize, u16),
    /// Sends it back. Once this many have arrived, the whole server rests for a time.
    Stall(usize, Duration),
    /// Reads nothing.
    Unread,
}

/// A server that ends with the process of the test, unless it is killed.
pub struct Server {
    /// Where the server listens.
    pub address: SocketAddr,
    /// What it has seen.
    pub counts: Arc<Counts>,
    kill: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// What a server has seen.
#[derive(Default)]
pub struct Counts {
    /// Messages received.
    pub messages: AtomicUsize,
    /// Handshakes made.
    pub opened: AtomicUsize,
}

impl Counts {
    /// Returns the number of messages received.
    pub fn messages(&self) -> usize {
        self.messages.load(Relaxed)
    }

    /// Returns the number of handshakes made.
    pub fn opened(&self) -> usize {
        self.opened.load(Relaxed)
    }
}

impl Server {
    /// Ends the server and all of its connections at once. Returns its address.
    pub fn kill(self) -> SocketAddr {
        let _ = self.kill.send(());
        self.thread.join().unwrap();
        self.address
    }
}

/// Starts a server.
pub fn chat(answer: Answer) -> Server {
    chat_at(SocketAddr::from(([127, 0, 0, 1], 0)), answer)
}

/// Starts a server at an address, where one may have been before.
pub fn chat_at(address: SocketAddr, answer: Answer) -> Server {
    let listener = StdListener::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let counts = Arc::<Counts>::default();
    let (kill, killed) = oneshot::channel::<()>();
    let seen = counts.clone();
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let room = Rc::new(Room { answer, counts: seen, others: RefCell::default() });
        LocalSet::new().block_on(&runtime, async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let serving = async {
                while let Ok((stream, _)) = listener.accept().await {
                    task::spawn_local(connection(stream, room.clone()));
                }
            };
            // A test that keeps no server drops the sender, and that kills nothing.
            tokio::select! {
                () = serving => {}
                Ok(()) = killed => {}
            }
        });
    });
    Server { address, counts, kill, thread }
}

/// All sockets of a server.
struct Room {
    answer: Answer,
    counts: Arc<Counts>,
    /// What other sockets send to each.
    others: RefCell<BTreeMap<usize, mpsc::UnboundedSender<Message>>>,
}

type Socket = WebSocketStream<TcpStream>;

async fn connection(stream: TcpStream, room: Rc<Room>) {
    stream.set_nodelay(true).unwrap();
    let Ok((_, socket)) = ServerBuilder::new().accept(stream).await else { return };
    let number = room.counts.opened.fetch_add(1, Relaxed);
    if matches!(room.answer, Answer::Unread) {
        std::future::pending::<()>().await;
    }
    let (sender, from_others) = mpsc::unbounded_channel();
    room.others.borrow_mut().insert(number, sender);
    // The client may go away at any time. The test checks what the client received.
    let _ = converse(socket, &room, number, from_others).await;
    room.others.borrow_mut().remove(&number);
}

async fn converse(
    mut socket: Socket,
    room: &Room,
    number: usize,
    mut from_others: mpsc::UnboundedReceiver<Message>,
) -> Result<(), Error> {
    let (mut n_received, mut held) = (0, Vec::new());
    loop {
        let message = tokio::select! {
            Some(message) = from_others.recv() => {
                socket.send(message).await?;
                continue;
            }
            message = socket.next() => message,
        };
        let Some(message) = message.transpose()? else { return Ok(()) };
        if !message.is_text() && !message.is_binary() {
            continue;
        }
        n_received += 1;
        let n_all = room.counts.messages.fetch_add(1, Relaxed) + 1;
        match room.answer {
            Answer::Echo => socket.send(message).await?,
            Answer::Twice => {
                socket.send(message.clone()).await?;
                socket.send(message).await?;
            }
            Answer::AmongNews => {
                socket.send(Message::text("{\"type\":\"news\"}")).await?;
                socket.send(Message::ping("are you there?")).await?;
                socket.send(message).await?;
                socket.send(Message::text("{\"type\":\"more news\"}")).await?;
            }
            Answer::Reversed(n) => {
                held.push(message);
                if held.len() == n {
                    for message in held.drain(..).rev() {
                        socket.send(message).await?;
                    }
                }
            }
            Answer::Never | Answer::Unread => {}
            Answer::ToOthers { deaf } => {
                let others = room.others.borrow();
                let meant = others.iter().filter(|(to, _)| **to != number && Some(**to) != deaf);
                for (_, sender) in meant {
                    sender.send(message.clone()).unwrap();
                }
            }
            Answer::CloseAfter(n, code) => {
                socket.send(message).await?;
                if n_received == n {
                    let code = CloseCode::try_from(code).unwrap();
                    socket.send(Message::close(Some(code), "enough")).await?;
                }
            }
            Answer::Stall(n, rest) => {
                if n_all == n {
                    // The thread rests, and with it all sockets.
                    thread::park_timeout(rest);
                }
                socket.send(message).await?;
            }
        }
    }
}
