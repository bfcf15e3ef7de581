//! The task of a gRPC stream: it opens the stream, passes on its replies, and records how both ended.

use std::rc::Rc;

use crate::attack::hit_task::HitContext;
use crate::attack::streams::carrier::{OpenStream, StreamTask};
use crate::attack::streams::long_stream::LongStream;
use crate::attack::streams::rows::Connect;
use crate::attack::streams::rows::{Close, Ended};
use crate::attack::target_choice::Goal;
use crate::client::{CallReceiver, CallSender, StreamEnd};
use crate::clock;

/// Why a stream ended that the attack still needed, if the server reported no error.
const ENDED_EARLY: &str = "the server ended the stream";

/// The error of a stream that the server did not end in time.
const NOT_ENDED: &str = "the server did not end the stream within 5s";

/// Opens a stream and reads it to its end. If dropped earlier, it records what was known.
pub async fn run(task: StreamTask<CallSender, ()>) {
    let StreamTask { context, stream, slot, token: _token, .. } = task;
    let Goal::Call(call) = &stream.label.target.goal else { return };
    let mut connect = Connect::new(context.clone(), stream.label.clone(), slot);
    let opened = context.client.open_stream(call, slot.seq, &mut connect.outcome).await;
    let Some((sender, mut receiver)) = opened else {
        stream.end(connect.outcome.error.as_deref());
        return;
    };
    connect.opened = Some(clock::now());
    let _open = OpenStream::new(&context);
    stream.open(sender, 0);
    let head = receiver.head(&mut connect.outcome).await;
    let is_used = stream.traffic().n_out > 0;
    connect.end(head.as_ref().err().cloned(), is_used);
    let code = connect.outcome.code;
    drop(connect);
    match head {
        Err(error) => stream.end(Some(&error)),
        Ok(()) => {
            let close = Close {
                context: &context,
                stream: &stream,
                seq: slot.seq,
                code,
                end: None,
                not_ended: NOT_ENDED,
            };
            read(&context, &stream, receiver, close).await;
        }
    }
}

/// Passes on the replies of a stream until it ends.
async fn read(
    context: &Rc<HitContext>,
    stream: &Rc<LongStream<CallSender>>,
    receiver: CallReceiver<'_>,
    mut close: Close<'_, CallSender>,
) {
    let pass_on = |reply| {
        // Replies to calls are matched by their order alone.
        let unclaimed = stream.receive(&reply, &[]);
        context.recorder.give_back(unclaimed);
    };
    let StreamEnd { grpc_status, error, trailers, claimed } = receiver.read(pass_on).await;
    let is_early = stream.closing().is_none();
    let ended_early = || is_early.then(|| ENDED_EARLY.to_owned());
    close.end = Some(Ended {
        error: error.clone().or_else(ended_early),
        grpc_status,
        trailers,
        claimed,
        ..Ended::default()
    });
    // The record needs to know whether the stream was closed by this side.
    drop(close);
    stream.end(error.as_deref());
}
