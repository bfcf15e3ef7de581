//! What the server does with a gRPC call.

use std::rc::Rc;

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::clock;
use crate::serve::grpc::{
    self, Call, CallBody, Code, Encoding, Inbox, Outbox, ServedMethod, Status,
};
use crate::serve::server::Server;

/// Returns the response to a call. The call runs while the body of the response is read.
pub(super) async fn respond(server: Rc<Server>, request: Request<Incoming>) -> Response<CallBody> {
    let arrived = clock::now();
    let (mut head, body) = request.into_parts();
    // The method of all calls is POST; this one says in the log what the status means.
    head.method = Method::from_bytes(b"GRPC").expect("it has capital letters");
    let encoding = Encoding::of_request(&head.headers);
    let responses =
        encoding.clone().map_or(Encoding::Identity, |it| it.of_responses(&head.headers));
    let served = server.routes.calls().find(head.uri.path());
    let headers = headers(responses, served.as_deref().ok());
    let call = |outbox: Outbox| async move {
        let route = served.as_ref().map_or("", |served| served.route.as_str());
        let arrival = server.log(&head, arrived, route);
        let status = match (&served, encoding) {
            (Ok(served), Ok(encoding)) => {
                let inbox = Inbox::new(body, encoding);
                run(&server, served, (&head, arrived), inbox, outbox).await
            }
            (Err(status), _) => status.clone(),
            (_, Err(status)) => status,
        };
        if let Some(arrival) = arrival {
            arrival.responded(status.code.number().into(), clock::now() - arrived);
        }
        let trailers = served.as_ref().map(|served| served.spec.trailers.clone());
        let mut trailers = trailers.unwrap_or_default();
        status.write(&mut trailers);
        trailers
    };
    grpc::respond(headers, responses, |outbox| Box::pin(call(outbox))).await
}

/// Runs a call to its end, at the latest until the timeout of the client.
async fn run(
    server: &Server,
    served: &ServedMethod,
    (head, arrived): (&Parts, Instant),
    inbox: Inbox<Incoming>,
    outbox: Outbox,
) -> Status {
    let timeout = match grpc::timeout_of(&head.headers) {
        Ok(timeout) => timeout,
        Err(status) => return status,
    };
    let call = Call {
        served,
        calls: server.routes.calls(),
        head,
        arrived,
        delays: &server.delays,
        state: &server.state,
        outbox,
    };
    match clock::limit(timeout.map(|timeout| arrived + timeout), call.run(inbox)).await {
        Some(Ok(())) => Status::OK,
        Some(Err(status)) => status,
        None => Status::new(Code::DEADLINE_EXCEEDED, "context deadline exceeded"),
    }
}

/// Returns the headers of a response. `served` is None for an unknown method.
fn headers(responses: Encoding, served: Option<&ServedMethod>) -> HeaderMap {
    let mut headers = served.map_or_else(HeaderMap::new, |served| served.spec.metadata.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-accept-encoding", HeaderValue::from_static("gzip"));
    if responses == Encoding::Gzip {
        headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
    }
    headers
}
