//! A call: reads requests, responds as they say, and is logged when it ends.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::{Duration, Instant};
use std::{env, fmt::Write as _};

use prost::Message;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::sleep;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::metadata::{KeyAndValueRef, MetadataMap, MetadataValue};
use tonic::{Code, Request, Response, Status, Streaming};

/// A request, which says what the server does.
#[derive(Clone, PartialEq, Message)]
struct Plan {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(bytes = "vec", tag = "2")]
    payload: Vec<u8>,
    #[prost(int32, repeated, tag = "3")]
    waits: Vec<i32>,
    #[prost(int32, tag = "4")]
    status: i32,
    #[prost(string, tag = "5")]
    details: String,
}

#[derive(Clone, PartialEq, Message)]
struct Reply {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(bytes = "vec", tag = "2")]
    payload: Vec<u8>,
    #[prost(int32, tag = "3")]
    received: i32,
}

/// Messages to send; an error has the status and the trailers.
type Replies = UnboundedReceiverStream<Result<Vec<u8>, Status>>;

struct Call {
    method: String,
    metadata: Value,
    client: String,
    remaining: Option<f64>,
    start: Instant,
    requests: Vec<String>,
    responses: Vec<String>,
    times: Vec<f64>,
    out: UnboundedSender<Result<Vec<u8>, Status>>,
}

/// Answers a call.
pub async fn answer(
    method: String,
    request: Request<Streaming<Vec<u8>>>,
) -> Result<Response<Replies>, Status> {
    let (out, replies) = unbounded_channel();
    let client = request.remote_addr().map(|client| client.to_string()).unwrap_or_default();
    let call = Call {
        method,
        metadata: as_json(request.metadata()),
        client,
        remaining: request
            .metadata()
            .get("grpc-timeout")
            .and_then(|text| seconds(text.to_str().ok()?)),
        start: Instant::now(),
        requests: Vec::new(),
        responses: Vec::new(),
        times: Vec::new(),
        out,
    };
    tokio::spawn(call.run(request.into_inner()));
    let mut response = Response::new(UnboundedReceiverStream::new(replies));
    response.metadata_mut().insert("answered", MetadataValue::from_static("yes"));
    let binary = MetadataValue::from_bytes(&[0, 0xfe]);
    response.metadata_mut().insert_bin("answered-bin", binary);
    Ok(response)
}

impl Call {
    async fn run(mut self, mut requests: Streaming<Vec<u8>>) {
        let mut plan = Plan::default();
        while let Ok(Some(raw)) = requests.message().await {
            self.requests.push(hex(&raw));
            plan = Plan::decode(&*raw).expect("requests have this type");
            if self.method == "Converse" {
                self.reply(&plan);
            }
        }
        for wait in plan.waits.clone() {
            if ["Unary", "Tokens"].contains(&&*self.method) {
                sleep(Duration::from_millis(wait as u64)).await;
            }
            if self.method == "Tokens" {
                self.reply(&plan);
            }
        }
        if ["Unary", "Collect"].contains(&&*self.method) && plan.status == 0 {
            self.reply(&plan);
        }
        self.end(&plan);
    }

    fn reply(&mut self, plan: &Plan) {
        let received = self.requests.len() as i32;
        let reply = Reply { text: plan.text.clone(), payload: plan.payload.clone(), received };
        let raw = reply.encode_to_vec();
        self.responses.push(hex(&raw));
        self.times.push(self.start.elapsed().as_secs_f64());
        // The client may have given up.
        let _ = self.out.send(Ok(raw));
    }

    /// Logs the call, and sends its status.
    fn end(self, plan: &Plan) {
        let line = json!({
            "method": self.method,
            "requests": self.requests,
            "responses": self.responses,
            "status": plan.status,
            "metadata": self.metadata,
            "client": self.client,
            "remaining": self.remaining,
            "times": self.times,
        });
        let path = env::var("LOG").expect("LOG is set");
        let mut log = OpenOptions::new().append(true).create(true).open(path).expect("a log");
        log.write_all(format!("{line}\n").as_bytes()).expect("the log can be written");
        let mut trailers = MetadataMap::new();
        trailers.insert("ended", MetadataValue::from_static("yes"));
        let code = Code::from_i32(plan.status);
        let _ = self.out.send(Err(Status::with_metadata(code, plan.details.clone(), trailers)));
    }
}

/// Returns metadata with binary values in hex.
fn as_json(metadata: &MetadataMap) -> Value {
    let pair = |pair: KeyAndValueRef<'_>| match pair {
        KeyAndValueRef::Ascii(key, value) => {
            (key.to_string(), Value::from(value.to_str().unwrap_or_default()))
        }
        KeyAndValueRef::Binary(key, value) => {
            (key.to_string(), hex(&value.to_bytes().unwrap_or_default()).into())
        }
    };
    metadata.iter().map(pair).collect::<Map<_, _>>().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns a timeout in s.
///
/// Source: gRPC over HTTP/2, TimeoutUnit.
fn seconds(text: &str) -> Option<f64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "H" => 3600.0,
        "M" => 60.0,
        "S" => 1.0,
        "m" => 1e-3,
        "u" => 1e-6,
        "n" => 1e-9,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * unit)
}
