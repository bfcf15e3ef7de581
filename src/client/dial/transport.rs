//! A stream of bytes to a server: TCP, Unix socket, TLS or tunnel.

use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustix::io::ioctl_fionread;
use tokio::net::{TcpStream, UnixStream};

/// A stream of bytes to a server.
pub enum Transport {
    /// Directly, or through a SOCKS proxy.
    Tcp(TokioIo<TcpStream>),
    /// A Unix socket.
    Unix(TokioIo<UnixStream>),
    /// Over TLS, or through an HTTP proxy. None if the address of the other end is unknown.
    Wrapped(Box<dyn Stream>, Option<IpAddr>),
}

/// Any stream of bytes.
pub trait Stream: Read + Write + Send + Unpin {}

impl<S: Read + Write + Send + Unpin> Stream for S {}

impl Transport {
    /// Returns a stream that has ended.
    pub fn ended() -> Self {
        Self::Wrapped(Box::new(TokioIo::new(tokio::io::empty())), None)
    }

    /// Returns the address of the other end. None if it has no IP address or if it is unknown.
    pub fn peer(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(stream) => stream.inner().peer_addr().ok().map(|peer| peer.ip()),
            Self::Unix(_) => None,
            Self::Wrapped(_, peer) => *peer,
        }
    }

    /// Asks the system whether bytes have arrived that were not read. The answer is no over TLS,
    /// where the bytes may be no data.
    ///
    /// Unlike reading, this does not depend on when the runtime last asked for events.
    pub fn has_unread(&self) -> bool {
        match self {
            Self::Tcp(stream) => has_unread(stream.inner()),
            Self::Unix(stream) => has_unread(stream.inner()),
            Self::Wrapped(..) => false,
        }
    }
}

fn has_unread(socket: &impl AsFd) -> bool {
    ioctl_fionread(socket).is_ok_and(|n_bytes| n_bytes > 0)
}

impl From<TcpStream> for Transport {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(TokioIo::new(stream))
    }
}

impl From<UnixStream> for Transport {
    fn from(stream: UnixStream) -> Self {
        Self::Unix(TokioIo::new(stream))
    }
}

impl From<MaybeHttpsStream<Transport>> for Transport {
    fn from(stream: MaybeHttpsStream<Transport>) -> Self {
        match stream {
            MaybeHttpsStream::Http(stream) => stream,
            MaybeHttpsStream::Https(stream) => {
                let peer = stream.inner().get_ref().0.inner().peer();
                Self::Wrapped(Box::new(stream), peer)
            }
        }
    }
}

/// Calls a method of the inner stream.
macro_rules! within {
    ($transport:expr, $stream:ident => $call:expr) => {
        match $transport {
            Transport::Tcp($stream) => $call,
            Transport::Unix($stream) => $call,
            Transport::Wrapped($stream, _) => $call,
        }
    };
}

impl Connection for Transport {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        within!(self.get_mut(), stream => Pin::new(stream).poll_read(context, buffer))
    }
}

impl Write for Transport {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        within!(self.get_mut(), stream => Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        within!(self.get_mut(), stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        within!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(context))
    }

    fn is_write_vectored(&self) -> bool {
        within!(self, stream => stream.is_write_vectored())
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        within!(self.get_mut(), stream => Pin::new(stream).poll_write_vectored(context, pieces))
    }
}
