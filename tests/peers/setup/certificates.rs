//! Certificates in files, as servers take them.

use std::fs;

use rcgen::{CertificateParams, DnType};
use tempfile::TempDir;

use crate::support::certificates::{Authority, Issued};

/// An authority, and files with certificates of it.
pub struct Certified {
    pub authority: Authority,
    files: TempDir,
}

impl Certified {
    /// Makes certificates of a server and of a client, which is named `client`.
    pub fn new(host: &str) -> Self {
        let certified =
            Self { authority: Authority::new(host), files: tempfile::tempdir().unwrap() };
        certified.write("server.pem", &certified.authority.issue(&[host]));
        let mut client = CertificateParams::new(["client.test".to_owned()]).unwrap();
        client.distinguished_name.push(DnType::CommonName, "client");
        certified.write("client.pem", &certified.authority.sign(&client));
        certified
    }

    /// Writes a certificate; its key stands beside it, where HAProxy looks for it.
    fn write(&self, name: &str, issued: &Issued) {
        fs::write(self.path(name), &issued.pem).unwrap();
        fs::write(self.path(&format!("{name}.key")), &issued.key_pem).unwrap();
    }

    /// Returns the path of a file: `server.pem`, `client.pem`, and each with `.key` behind it.
    pub fn path(&self, name: &str) -> String {
        self.files.path().join(name).display().to_string()
    }

    /// Returns nginx's directives to be the server.
    pub fn directives(&self) -> String {
        let (certificate, key) = (self.path("server.pem"), self.path("server.pem.key"));
        format!("ssl_certificate {certificate}; ssl_certificate_key {key};")
    }
}
