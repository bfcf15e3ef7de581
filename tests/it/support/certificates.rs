//! Certificates for tests, and the authority that signs them.

use std::fs;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::NoClientAuth;
use rustls::server::danger::ClientCertVerifier;
use rustls::{ALL_VERSIONS, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tempfile::NamedTempFile;

/// A certificate authority. Clients that have its file trust what it signs.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// The authority's own certificate, in PEM form.
    pub roots: NamedTempFile,
}

/// A certificate and its key, both in PEM and in DER form.
pub struct Issued {
    pub pem: String,
    pub key_pem: String,
    der: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    /// Creates an authority with a name that is unique in the test.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let roots = NamedTempFile::new().unwrap();
        fs::write(&roots, issuer.pem()).unwrap();
        Self { issuer, roots }
    }

    /// Returns a certificate for some hosts.
    pub fn issue(&self, hosts: &[&str]) -> Issued {
        let hosts: Vec<_> = hosts.iter().map(|&host| host.to_owned()).collect();
        self.sign(&CertificateParams::new(hosts).unwrap())
    }

    /// Returns a certificate with all properties in `params`.
    pub fn sign(&self, params: &CertificateParams) -> Issued {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Issued {
            pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            der: certificate.der().clone(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    /// Returns the flag by which a client trusts this authority.
    pub fn trust(&self) -> String {
        format!("-root-certs={}", self.roots.path().display())
    }

    /// Returns the store by which a server trusts this authority.
    pub fn store(&self) -> Arc<RootCertStore> {
        let mut store = RootCertStore::empty();
        store.add(self.issuer.der().clone()).unwrap();
        Arc::new(store)
    }
}

impl Issued {
    /// Returns a self-signed certificate that may also act as an authority, as `openssl req -x509`
    /// creates them.
    pub fn self_signed(mut params: CertificateParams) -> Self {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            der: certificate.der().clone(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    /// Returns a server configuration with this certificate that asks clients for none.
    pub fn server(&self) -> ServerConfig {
        self.server_with(ALL_VERSIONS, Arc::new(NoClientAuth))
    }

    /// Returns a server configuration with this certificate, for these TLS versions, that asks
    /// clients for a certificate.
    pub fn server_with(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        clients: Arc<dyn ClientCertVerifier>,
    ) -> ServerConfig {
        ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .unwrap()
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![self.der.clone()], self.key.clone_key())
            .unwrap()
    }
}

/// Returns the cryptography provider of the test servers.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
