//! Messages to servers that read late, or not at all.

use tokio::sync::Notify;

use super::*;

#[test]
fn sending_does_not_wait_for_a_server_that_does_not_read() {
    let begin = Rc::new(Notify::new());
    let counted = Rc::new(RefCell::new(0));
    let (begun, count) = (begin.clone(), counted.clone());
    let serve = async move |stream: TcpStream| {
        let mut socket = accept(stream).await;
        begun.notified().await;
        while let Some(Ok(message)) = socket.next().await {
            *count.borrow_mut() += message.as_payload().len();
        }
    };
    with_server(serve, async |port| {
        let (mut sender, receiver) = open(&client_with(options()), parts("ws", port)).await;
        let n_written = Rc::new(RefCell::new(0));
        let noted = n_written.clone();
        let reading = task::spawn_local(receiver.read(move |event| {
            assert!(matches!(event, SocketEvent::Written));
            *noted.borrow_mut() += 1;
        }));
        task::yield_now().await;
        let message = SocketMessage::binary(Bytes::from(vec![7; 100_000]));
        let mut sent = Vec::new();
        // The buffers of the system, then those of the socket, are full.
        while !sender.is_full() {
            sent.push(sender.send(&message).unwrap());
        }
        let error = "the server does not read: more than 1 MiB of messages wait to be sent";
        assert_eq!(sender.send(&message).unwrap_err(), error);
        let n_taken = sent.iter().filter(|sent| sent.at().is_some()).count();
        assert!(n_taken < sent.len() - 9, "{n_taken} of {}", sent.len());
        assert_eq!(*n_written.borrow(), 0);
        begin.notify_one();
        until(|| *counted.borrow() == sent.len() * 100_000).await;
        let at: Vec<_> = sent.iter().map(|sent| sent.at().unwrap()).collect();
        assert!(at.is_sorted());
        assert!(*n_written.borrow() > 0 && !sender.is_full());
        sender.close(1000);
        assert_eq!(reading.await.unwrap(), SocketEnd { close_code: Some(1000), error: None });
    });
}

#[test]
fn bodies_are_kept_within_their_limits() {
    let table = [(Some(3), None, "hel"), (None, Some(4), "hell"), (None, None, "hello")];
    for (max_body, memory, kept) in table {
        with_server(echo, async |port| {
            let body_budget = Arc::new(BodyBudget::new(memory));
            let client = client_with(Options { max_body, body_budget, ..options() });
            let (sender, receiver) = open(&client, parts("ws", port)).await;
            let sender = RefCell::new(sender);
            sender.borrow_mut().send(&text("hello")).unwrap();
            let mut replies = Vec::new();
            receiver
                .read(|event| {
                    if let SocketEvent::Message(reply, bytes) = event {
                        replies.push((reply.body.bytes, reply.body.claimed, reply.len, bytes));
                        sender.borrow_mut().close(1000);
                    }
                })
                .await;
            let expected = (Bytes::from(kept), kept.len(), 5, Bytes::from("hello"));
            assert_eq!(replies, [expected]);
        });
    }
}

#[test]
fn long_messages_have_one_frame_and_arrive_whole() {
    let serve = async |stream: TcpStream| {
        let mut stream = accept(stream).await.into_inner();
        let mut head = [0; 10];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(head, *b"\x82\xff\0\0\0\0\0\x98\x96\x80");
        let mut left = vec![0; 10_000_004];
        stream.read_exact(&mut left).await.unwrap();
        stream.write_all(b"\x88\x02\x0f\xa1").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    };
    with_server(serve, async |port| {
        let (mut sender, receiver) = open(&client_with(options()), parts("ws", port)).await;
        let message = SocketMessage::binary(Bytes::from(vec![7; 10_000_000]));
        let sent = sender.send(&message).unwrap();
        assert_eq!(sent.at(), None);
        let end = read(receiver, Seen::default()).await;
        assert_eq!(end, failed(Some(4001), "websocket: close 4001"));
        assert!(sent.at().is_some());
    });
}
