//! A server for HTTP/2 over TLS, which drumfire serve does not answer: nghttpd, of nghttp2.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use drumfire::clock;
use rustix::process::Pid;

use crate::server::on_core;

/// The program, and where Debian installs it, which may not be in the PATH.
const PROGRAM: (&str, &str) = ("nghttpd", "/usr/sbin/nghttpd");

/// Number of attempts to connect to a server that starts, and the time between two.
const ATTEMPTS: (usize, Duration) = (200, Duration::from_millis(25));

/// A running server. It is killed when it is dropped.
pub struct TlsServer {
    child: Child,
    /// Its URL, without a path.
    pub url: String,
}

impl TlsServer {
    /// Starts a server on a core. It serves a file of 12 bytes, which it keeps in `folder` with its
    /// certificate.
    ///
    /// # Errors
    ///
    /// nghttpd is not installed, or does not start to listen.
    pub async fn start(core: usize, folder: &Path) -> anyhow::Result<Self> {
        let site = folder.join("site");
        fs::create_dir_all(&site).context("make the folder of nghttpd")?;
        fs::write(site.join("index.html"), "hello world\n").context("write the page")?;
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()])
            .context("make a certificate")?;
        let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
        fs::write(&key, certified.signing_key.serialize_pem()).context("write the key")?;
        fs::write(&certificate, certified.cert.pem()).context("write the certificate")?;
        let port = free_port().context("find a free port")?;
        let (name, path) = PROGRAM;
        let mut command = on_core(core, if Path::new(path).is_file() { path } else { name });
        command.args(["-n1", "-a", "127.0.0.1", "-d"]).arg(site);
        command.arg(port.to_string()).arg(key).arg(certificate);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().context("start nghttpd")?;
        let mut server = Self { child, url: format!("https://127.0.0.1:{port}") };
        server.await_listening(port).await?;
        Ok(server)
    }

    async fn await_listening(&mut self, port: u16) -> anyhow::Result<()> {
        let (attempts, pause) = ATTEMPTS;
        for _ in 0..attempts {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait().context("start nghttpd")? {
                bail!("nghttpd ended with {status}");
            }
            clock::pause(pause).await;
        }
        bail!("nghttpd does not listen at port {port}")
    }

    /// Returns its process id.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

/// Returns a port that was free a moment ago: nghttpd does not print which port it has chosen.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
