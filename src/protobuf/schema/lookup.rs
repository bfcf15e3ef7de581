//! A method by the name that a user writes, and suggestions for names that are unknown.

use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor};

use crate::error::Error;
use crate::protobuf::problem::{listed, nearest};

/// Finds a method: `package.Service/Method` or `package.Service.Method`.
pub fn method(pool: &DescriptorPool, name: &str) -> Result<MethodDescriptor, Error> {
    let bad = |expected: String| Error::Keyword { what: "method", input: name.into(), expected };
    let plain = name.strip_prefix('/').unwrap_or(name);
    let Some((service_name, method_name)) =
        plain.rsplit_once('/').or_else(|| plain.rsplit_once('.'))
    else {
        return Err(bad("package.Service/Method".into()));
    };
    let Some(service) = pool.get_service_by_name(service_name) else {
        return Err(bad(known_services(pool, service_name)));
    };
    let found = service.methods().find(|method| method.name() == method_name);
    found.ok_or_else(|| bad(known_methods(&service, method_name)))
}

/// Returns the services of a schema in words, the closest one first.
fn known_services(pool: &DescriptorPool, name: &str) -> String {
    let known: Vec<_> = pool.services().map(|service| service.full_name().to_owned()).collect();
    let names = || known.iter().map(String::as_str);
    if let Some(closest) = nearest(name, names()) {
        return format!("a method of service '{closest}'");
    }
    match known.as_slice() {
        [] => "a schema with services, but it has none".into(),
        _ => format!("a method of a service in the schema: {}", listed(names())),
    }
}

/// Returns the methods of a service in words, or the closest one.
fn known_methods(service: &ServiceDescriptor, name: &str) -> String {
    let known: Vec<_> = service.methods().map(|method| method.name().to_owned()).collect();
    let names = || known.iter().map(String::as_str);
    let of = service.full_name();
    if let Some(closest) = nearest(name, names()) {
        return format!("'{of}/{closest}'");
    }
    match known.as_slice() {
        [] => format!("a service with methods, but '{of}' has none"),
        _ => format!("a method of service '{of}': {}", listed(names())),
    }
}
