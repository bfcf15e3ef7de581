//! Server reflection: asks servers for the schema of gRPC targets, once, before the attack.

use drumfire::client::{self, CallOptions, Client, ReflectionSource, reflect};
use drumfire::error::Error;
use drumfire::protobuf::Schema;
use drumfire::targets::{Target, grpc_origin};
use http::{HeaderName, HeaderValue};
use tokio::runtime;
use tokio::task::LocalSet;

use crate::app::attack::options::setup::Setup;

/// Asks the server of a target for the schema of services. The requests have the given headers;
/// None for those of the target.
///
/// # Errors
///
/// If the server does not answer, or has no reflection or none of these services.
pub fn ask(
    setup: &Setup,
    headers: Option<&[(HeaderName, HeaderValue)]>,
    target: &Target,
    services: &[String],
) -> Result<Schema, Error> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    // The flags of calls are about those of the attack: not every server accepts compression.
    let options = client::Options { calls: CallOptions::default(), ..setup.client.clone() };
    let asked = async {
        let client = Client::new(options, setup.tls.clone());
        let source = ReflectionSource {
            address: &target.address,
            text: &grpc_origin(&target.address),
            metadata: headers.unwrap_or(&target.headers),
        };
        reflect(&client, source, services).await
    };
    LocalSet::new().block_on(&runtime, asked)
}
