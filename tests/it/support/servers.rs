//! Servers to attack: drumfire's own, and scripted ones that misbehave.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::{iter, mem, process, thread};

use rustix::process::Signal;
use tokio::net::TcpSocket;

use crate::support::harness::{Run, Running, drumfire, program};

/// `drumfire serve` on a free port, which stops at the end of the test.
pub struct Serve {
    running: Running,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
}

/// Starts `drumfire serve` with further flags and waits until it listens.
pub fn serve(flags: &[&str]) -> Serve {
    listening(drumfire("serve -listen=127.0.0.1:0").args(flags))
}

/// Starts `drumfire serve` with a limit on open files, and waits until it listens.
pub fn serve_limited(files: u64) -> Serve {
    let script = format!("ulimit -n {files} && exec \"$0\" serve -listen=127.0.0.1:0");
    listening(program("sh").args(["-c", &script, env!("CARGO_BIN_EXE_drumfire")]))
}

fn listening(run: Run) -> Serve {
    let mut running = run.spawn();
    let line = running.line("listening at ");
    let url = line.trim().trim_start_matches("listening at ").to_owned();
    Serve { running, url }
}

impl Serve {
    /// Interrupts the server as a user does, and waits until it has ended.
    pub fn interrupt(self) {
        self.running.signal(Signal::INT);
        let output = self.running.wait();
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    }
}

/// A server that responds on each connection as a script says.
pub struct Scripted {
    /// Where it listens.
    pub address: SocketAddr,
    /// The heads of the requests in the order of arrival, with lines separated by `\n`.
    pub heads: Receiver<String>,
}

impl Scripted {
    /// Returns `http://127.0.0.1:PORT` and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the heads of all requests since the last call.
    pub fn seen(&self) -> Vec<String> {
        self.heads.try_iter().collect()
    }
}

/// Starts a server that responds to each request with what `answer` returns for its head. The
/// server ends with the process of the test.
pub fn scripted(answer: impl Fn(&str) -> Answer + Send + Clone + 'static) -> Scripted {
    scripted_over(|stream| stream, answer)
}

/// Starts a scripted server that speaks over what `dress` makes of a TCP connection, such as TLS.
pub fn scripted_over<S: Read + Write>(
    dress: impl Fn(TcpStream) -> S + Clone + Send + 'static,
    answer: impl Fn(&str) -> Answer + Send + Clone + 'static,
) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let (sender, heads) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (dress, answer, sender) = (dress.clone(), answer.clone(), sender.clone());
            thread::spawn(move || {
                // The client may close at any time. The test checks what the client received.
                let _ = converse(dress(stream), answer, |head| drop(sender.send(head)));
            });
        }
    });
    Scripted { address, heads }
}

/// What a scripted server does with a request.
pub enum Answer {
    /// Writes a response and waits for the next request.
    Text(String),
    /// Writes a response in bytes and waits for the next request.
    Bytes(Vec<u8>),
    /// Responds with the body of the request.
    Echo,
    /// Writes a response and closes the connection.
    Last(String),
    /// Writes a response, then nothing more, and keeps the connection open.
    Silence(String),
}

/// Returns `HTTP/1.1 STATUS`, headers and a body with its length.
pub fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Returns a response with status 200 and the body `hello`.
pub fn hello() -> Answer {
    Answer::Text(response("200 OK", "", "hello"))
}

/// Handles the requests of one connection.
pub fn converse(
    stream: impl Read + Write,
    answer: impl Fn(&str) -> Answer,
    seen: impl Fn(String),
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (head, body) = read_request(&mut stream)?;
        if head.is_empty() {
            return Ok(());
        }
        seen(head.clone());
        match answer(&head) {
            Answer::Text(text) => stream.get_mut().write_all(text.as_bytes())?,
            Answer::Bytes(bytes) => stream.get_mut().write_all(&bytes)?,
            Answer::Echo => {
                stream.get_mut().write_all(response("200 OK", "", &body).as_bytes())?;
            }
            Answer::Last(text) => return stream.get_mut().write_all(text.as_bytes()),
            Answer::Silence(text) => {
                stream.get_mut().write_all(text.as_bytes())?;
                stream.get_mut().flush()?;
                // Until the client closes the connection.
                io::copy(&mut stream, &mut io::sink())?;
                return Ok(());
            }
        }
        stream.get_mut().flush()?;
    }
}

/// Reads a request and returns its head.
pub fn read_head(stream: &mut impl BufRead) -> io::Result<String> {
    read_request(stream).map(|(head, _)| head)
}

/// Reads a request and returns its head and its body.
fn read_request(stream: &mut impl BufRead) -> io::Result<(String, String)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        head.push_str(line.trim_end());
        head.push('\n');
    }
    let mut body = Vec::new();
    stream.by_ref().take(length).read_to_end(&mut body)?;
    Ok((head, String::from_utf8_lossy(&body).into_owned()))
}

/// Returns an address at which nothing listens until the process of the test ends. Its port is taken,
/// so that no other program can listen there.
pub fn refusing() -> SocketAddr {
    let socket = TcpSocket::new_v4().expect("a socket can be made");
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port is free");
    let address = socket.local_addr().expect("it is bound");
    mem::forget(socket);
    address
}

/// Returns a port of 127.0.0.1 at which a program may listen. The system gives such a port to no
/// other program that does not ask for a certain port.
pub fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let ports = iter::repeat_with(|| NEXT_PORT.fetch_add(1, Ordering::Relaxed));
    let ports = ports.map(|n| 20_000 + (process::id() as u16).wrapping_add(n) % 12_000);
    ports.take(12_000).find(is_free).expect("a port is free")
}

/// Number of ports that were tried. Tests that run at the same time begin with different ports.
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);
