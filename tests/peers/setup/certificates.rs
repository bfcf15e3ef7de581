//! Certificates in files, as servers read them.

use std::fs;

use rcgen::{CertificateParams, DnType};
use tempfile::TempDir;

use crate::support::certificates::{Authority, Issued};

/// An authority, and files with certificates that it signed.
pub struct Certified {
    pub authority: Authority,
    files: TempDir,
}

impl Certified {
    /// Creates certificates for a server and for a client, which is named `client`.
    pub fn new(host: &str) -> Self {
        let certified =
            Self { authority: Authority::new(host), files: tempfile::tempdir().unwrap() };
        certified.write("server.pem", &certified.authority.issue(&[host]));
        let mut client = CertificateParams::new(["client.test".to_owned()]).unwrap();
        client.distinguished_name.push(DnType::CommonName, "client");
        certified.write("client.pem", &certified.authority.sign(&client));
        certified
    }

    /// Writes a certificate, and its key next to it, where HAProxy looks for the key.
    fn write(&self, name: &str, issued: &Issued) {
        fs::write(self.path(name), &issued.pem).unwrap();
        fs::write(self.path(&format!("{name}.key")), &issued.key_pem).unwrap();
    }

    /// Returns the path of a file: `server.pem`, `client.pem`, or either with `.key` appended.
    pub fn path(&self, name: &str) -> String {
        self.files.path().join(name).display().to_string()
    }

    /// Returns nginx's directives for the certificate of the server.
    pub fn directives(&self) -> String {
        let (certificate, key) = (self.path("server.pem"), self.path("server.pem.key"));
        format!("ssl_certificate {certificate}; ssl_certificate_key {key};")
    }
}
