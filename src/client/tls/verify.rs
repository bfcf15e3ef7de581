//! Which certificates of servers are believed.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

/// Trusted certificates.
pub struct Roots {
    certificates: Vec<CertificateDer<'static>>,
    store: RootCertStore,
}

impl Roots {
    /// Returns no certificates.
    pub fn none() -> Self {
        Self { certificates: Vec::new(), store: RootCertStore::empty() }
    }

    /// Adds a certificate.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn add(&mut self, certificate: CertificateDer<'static>) -> Result<(), Error> {
        self.store.add(certificate.clone())?;
        self.certificates.push(certificate);
        Ok(())
    }

    /// Returns what believes them and whomever they vouch for.
    ///
    /// # Errors
    ///
    /// Where there are none.
    pub fn verifier(
        self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, VerifierBuilderError> {
        let store = Arc::new(self.store);
        let chains = WebPkiServerVerifier::builder_with_provider(store, provider).build()?;
        Ok(Arc::new(Rooted { roots: self.certificates, chains }))
    }
}

/// Believes what chains to a root, and a root itself: who makes one certificate for a server and
/// trusts it, as `openssl req -x509` has it made, expects that.
///
/// Source: Go, package crypto/x509, Certificate.Verify.
#[derive(Debug)]
struct Rooted {
    roots: Vec<CertificateDer<'static>>,
    chains: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for Rooted {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.chains.verify_server_cert(certificate, intermediates, server, ocsp, now);
        match verdict {
            Err(Error::InvalidCertificate(problem))
                if is_about_the_signer(&problem) && self.roots.contains(certificate) =>
            {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, server)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}

/// Returns whether a problem is one of who signed a certificate, or of its being an authority's
/// own, which is among webpki's others. Its time is looked at before these.
fn is_about_the_signer(problem: &CertificateError) -> bool {
    matches!(
        problem,
        CertificateError::Other(_)
            | CertificateError::UnknownIssuer
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
    )
}

/// Believes every certificate or none, unseen. Where it believes, neither the form of a
/// certificate matters nor its key: what they would prove of the server, nobody asks for.
#[derive(Debug)]
pub struct Foregone {
    verdict: Result<(), NoRoots>,
    /// Its algorithms are asked for first.
    provider: Arc<CryptoProvider>,
}

/// Why no certificate is believed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system has no trusted root certificates: give -root-certs or -insecure")]
struct NoRoots;

impl Foregone {
    /// Returns what believes every certificate.
    pub fn belief(provider: Arc<CryptoProvider>) -> Self {
        Self { verdict: Ok(()), provider }
    }

    /// Returns what believes no certificate, for want of roots.
    pub fn disbelief(provider: Arc<CryptoProvider>) -> Self {
        Self { verdict: Err(NoRoots), provider }
    }
}

impl ServerCertVerifier for Foregone {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let distrust = |problem| CertificateError::Other(OtherError(Arc::new(problem)));
        self.verdict.map_err(distrust)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // Those that the provider cannot verify, which nobody does here.
        let further = [
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED448,
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::ECDSA_SHA1_Legacy,
        ];
        let mut schemes = self.provider.signature_verification_algorithms.supported_schemes();
        schemes.extend(further);
        schemes
    }
}
