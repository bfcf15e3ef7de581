//! Runs the cases of the Autobahn suite for clients: echoes what its server sends, case by case.
//!
//! `make conformance` runs it as `cargo run --example autobahn_client -- ws://127.0.0.1:PORT`.

use std::cell::RefCell;
use std::env;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use drumfire::client::{
    self, BodyBudget, CallOptions, Client, Options, Outcome, Protocol, Redirects, SocketEvent,
    SocketMessage, SocketParts, Trust,
};
use serde_json::Value;
use tokio::runtime;
use tokio::task::LocalSet;

/// Size in bytes of the largest message of the suite.
const MAX_MESSAGE: usize = 16 << 20;

/// Cases whose messages are binary; those of the others are text.
const BINARY: [&str; 5] = ["1.2.", "9.2.", "9.4.", "9.6.", "9.8."];

/// The name under which the suite reports.
const AGENT: &str = "attack";

fn main() -> anyhow::Result<()> {
    let url = env::args().nth(1).context("expected the URL of the suite's server")?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, run(&url))
}

async fn run(url: &str) -> anyhow::Result<()> {
    let client = Client::new(options(), client::tls_config(&Trust::default())?);
    let n_cases: u32 = read(&client, url, "/getCaseCount").await?.parse()?;
    for number in 1..=n_cases {
        let info = read(&client, url, &format!("/getCaseInfo?case={number}")).await?;
        let info: Value = serde_json::from_str(&info)?;
        let id = info["id"].as_str().context("a case has an id")?;
        let is_binary = BINARY.iter().any(|start| id.starts_with(start));
        let path = format!("/runCase?case={number}&agent={AGENT}");
        converse(&client, url, &path, |bytes| match is_binary {
            true => Some(SocketMessage::binary(bytes)),
            false => Some(SocketMessage::text(bytes)),
        })
        .await?;
    }
    converse(&client, url, &format!("/updateReports?agent={AGENT}"), |_| None).await
}

fn options() -> Options {
    Options {
        timeout: Some(Duration::from_secs(60)),
        keepalive: true,
        idle_connections: 0,
        max_connections: None,
        connect_rate: None,
        max_body: None,
        body_budget: Arc::new(BodyBudget::new(None)),
        redirects: Redirects::Ignore,
        protocol: Protocol::Http1,
        chunked: false,
        dial: client::dial::Options::default(),
        session_tickets: false,
        attack: String::new(),
        calls: CallOptions { max_message: MAX_MESSAGE, ..CallOptions::default() },
    }
}

/// Returns the message that the server sends on a socket.
async fn read(client: &Client, url: &str, path: &str) -> anyhow::Result<String> {
    let text = RefCell::new(String::new());
    converse(client, url, path, |bytes| {
        text.borrow_mut().push_str(&String::from_utf8_lossy(&bytes));
        None
    })
    .await?;
    Ok(text.into_inner())
}

/// Opens a socket, and answers each message until the server ends the socket.
async fn converse(
    client: &Client,
    url: &str,
    path: &str,
    answer: impl Fn(Bytes) -> Option<SocketMessage>,
) -> anyhow::Result<()> {
    let socket = client.prepare_socket(SocketParts {
        address: url.replace("ws://", "http://").parse()?,
        text: format!("{url}{path}"),
        path: path.parse()?,
        headers: Vec::new(),
    })?;
    let mut outcome = Outcome::released_now();
    let Some((mut sender, receiver)) = client.open_socket(&socket, 0, &mut outcome).await else {
        bail!("{url}{path}: {}", outcome.failure().unwrap_or("the handshake was refused"));
    };
    // How the server ends the socket is a part of the case.
    let _ = receiver
        .without_bodies()
        .read(|event| {
            if let SocketEvent::Message(_, bytes) = event
                && let Some(message) = answer(bytes)
            {
                // It fails if the socket is closing, which a case may test.
                let _ = sender.send(&message);
            }
        })
        .await;
    Ok(())
}
