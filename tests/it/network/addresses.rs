//! Addresses of connections: Unix sockets, `-connect-to` and local addresses, seen from the server.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::support::attacks::{
    attack_on_new_connections, check_hit, check_refused, check_success, hits, hits_of,
};
use crate::support::certificates::Authority;
use crate::support::handshakes::start;
use crate::support::servers::{converse, hello, scripted};

/// A server at an address of this machine that reports its clients.
struct Door {
    address: SocketAddr,
    /// The address of each client, and the head of its request.
    guests: Receiver<(IpAddr, String)>,
}

impl Door {
    fn at(ip: &str) -> Self {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, guests) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let guest = stream.peer_addr().unwrap().ip();
                let seen = |head| drop(sender.send((guest, head)));
                // The client may close at any time.
                let _ = converse(stream, |_| hello(), seen);
            }
        });
        Self { address, guests }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.guests.try_iter().map(|(_, head)| head).collect()
    }
}

#[test]
fn a_unix_socket_is_attacked_without_looking_up_a_host() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let (sender, heads) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = converse(stream, |_| hello(), |head| drop(sender.send(head)));
        }
    });
    let socket = format!("-unix-socket={}", path.display());
    let hits = hits("http://nosuch.invalid/x", 3, &[&socket, "-dns-ttl=-1"]);
    assert!(hits.iter().all(|hit| hit.code == 200 && hit.body == b"hello"));
    let heads: Vec<_> = heads.try_iter().collect();
    assert_eq!(heads.len(), 3);
    assert!(heads.iter().all(|head| head.contains("Host: nosuch.invalid\n")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_begins_with_an_at_sign_is_an_abstract_socket() {
    use std::os::linux::net::SocketAddrExt;
    let name = format!("drumfire-test-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let listener = UnixListener::bind_addr(&address).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = converse(stream, |_| hello(), drop);
        }
    });
    check_hit("http://a.test/", &[&format!("-unix-socket=@{name}")], 200, "");
    let error = "Get \"URL\": dial unix @nonesuch: connect: connection refused";
    check_hit("http://a.test/", &["-unix-socket=@nonesuch"], 0, error);
}

#[test]
fn a_missing_unix_socket_is_a_record() {
    let flag = "-unix-socket=/nonesuch.sock";
    let error = "Get \"URL\": dial unix /nonesuch.sock: connect: no such file or directory";
    check_hit("http://a.test/", &[flag], 0, error);
}

#[test]
fn connections_to_a_mapped_address_go_to_its_replacements_in_turn() {
    let doors = [Door::at("127.0.0.1"), Door::at("::1"), Door::at("127.0.0.1")];
    let direct = Door::at("127.0.0.1");
    let detours = doors.each_ref().map(|door| format!("-connect-to=a.test:80:{}", door.address));
    let detours = detours.each_ref().map(String::as_str);
    let list = format!("GET http://a.test/\nGET {}\n", direct.url());
    let hits = hits_of(attack_on_new_connections(&list, 8, &detours));
    assert!(hits.len() == 8 && hits.iter().all(|hit| hit.code == 200), "{hits:?}");
    let heads = doors.each_ref().map(Door::heads);
    assert_eq!(heads.each_ref().map(Vec::len), [2, 1, 1], "from the first, round and round");
    assert!(heads.iter().flatten().all(|head| head.contains("Host: a.test\n")));
    assert_eq!(direct.heads().len(), 4);
}

#[test]
fn a_host_is_sent_as_written() {
    let door = Door::at("127.0.0.1");
    let detour = format!("-connect-to=x.test:80:{}", door.address);
    let list = "GET http://X.Test:80/\nGET http://x.test/\n";
    check_success(&hits_of(attack_on_new_connections(list, 2, &[&detour])));
    let heads = door.heads();
    assert!(heads[0].contains("Host: X.Test:80\n"), "{}", heads[0]);
    assert!(heads[1].contains("Host: x.test\n"), "{}", heads[1]);
}

#[test]
fn an_ipv6_address_can_be_mapped_too() {
    let door = Door::at("127.0.0.1");
    let detour = format!("-connect-to=[::1]:8080:{}", door.address);
    check_hit("http://[0:0::1]:8080/", &[&detour], 200, "");
    assert!(door.heads()[0].contains("Host: [::1]:8080\n"));
}

#[test]
fn a_certificate_is_checked_for_the_host_of_the_url() {
    let authority = Authority::new("detour");
    let (server, _) = start(authority.issue(&["a.test"]).server());
    let detour = format!("-connect-to=a.test:443:{}", server.address);
    check_hit("https://a.test/", &[&authority.trust(), &detour], 200, "");
}

#[test]
fn a_malformed_mapping_is_refused() {
    let problem = "invalid value \"a:b:c\" for flag -connect-to: expected format: \
                   src:port:dst:port, an IPv6 address in brackets";
    check_refused(&["-connect-to=a:b:c"], problem);
}

#[test]
fn connections_come_from_the_local_address() {
    let v4 = Door::at("127.0.0.1");
    for (laddr, guest) in [
        ("127.0.0.2", "127.0.0.2"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "127.0.0.1"),
        ("127.0.0.3", "127.0.0.3"),
    ] {
        check_hit(&v4.url(), &["-laddr", laddr], 200, "");
        assert_eq!(v4.guests.recv().unwrap().0.to_string(), guest);
    }
    let v6 = Door::at("::1");
    check_hit(&v6.url(), &["-laddr=::1"], 200, "");
    assert_eq!(v6.guests.recv().unwrap().0.to_string(), "::1");
}

#[test]
fn an_unusable_local_address_is_a_record() {
    let door = Door::at("127.0.0.1");
    let error = "Get \"URL\": dial tcp: address 127.0.0.1: no suitable address found";
    check_hit(&door.url(), &["-laddr=::1"], 0, error);
    let error =
        format!("Get \"URL\": dial tcp {}: bind: cannot assign requested address", door.address);
    check_hit(&door.url(), &["-laddr=203.0.113.1"], 0, &error);
}

#[test]
fn a_local_address_may_be_a_name_and_a_bad_one_is_refused() {
    let door = Door::at("127.0.0.1");
    // The name may resolve to an address of either family first.
    let detour = format!("-connect-to=a.test:80:{}", door.address);
    check_hit("http://a.test/", &["-laddr=localhost", &detour], 200, "");
    let problem = "invalid value \"nosuch.invalid\" for flag -laddr: expected an IP address of \
                   this machine, or a name that has one";
    check_refused(&["-laddr=nosuch.invalid"], problem);
}

#[test]
fn flags_without_effect_on_a_unix_socket_are_refused() {
    let why = "every connection goes to the socket, and no address is looked up";
    for flag in ["-connect-to=a.test:80:b.test:80", "-laddr=127.0.0.1", "-resolvers=127.0.0.1"] {
        let name = flag.split('=').next().unwrap();
        let problem = format!("-unix-socket and {name} cannot be combined: {why}");
        check_refused(&["-unix-socket=x.sock", flag], &problem);
    }
    let server = scripted(|_| hello());
    check_hit(&server.url("/"), &["-unix-socket=", "-laddr=127.0.0.1"], 200, "");
}
