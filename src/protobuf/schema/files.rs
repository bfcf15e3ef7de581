//! Files of a schema in serialized form, as reflection sends them.

use std::collections::HashSet;

use bytes::Bytes;
use prost_reflect::{DescriptorPool, FileDescriptor};

/// Returns the file that defines a symbol, and all files that it imports. None if no file defines
/// the symbol.
pub fn of_symbol(pool: &DescriptorPool, symbol: &str) -> Option<Vec<Bytes>> {
    let parent = || symbol.rsplit_once('.').map(|(parent, _)| parent);
    let file = defining_file(pool, symbol).or_else(|| member_file(pool, symbol, parent()?))?;
    Some(with_imports(file))
}

/// Returns the file that defines a service, message, enum or extension.
fn defining_file(pool: &DescriptorPool, name: &str) -> Option<FileDescriptor> {
    let service = pool.get_service_by_name(name).map(|found| found.parent_file());
    let message = || pool.get_message_by_name(name).map(|found| found.parent_file());
    let of_enum = || pool.get_enum_by_name(name).map(|found| found.parent_file());
    let extension = || pool.get_extension_by_name(name).map(|found| found.parent_file());
    service.or_else(message).or_else(of_enum).or_else(extension)
}

/// Returns the file that defines a method, field, oneof or enum value.
fn member_file(pool: &DescriptorPool, name: &str, parent: &str) -> Option<FileDescriptor> {
    if let Some(service) = pool.get_service_by_name(parent) {
        let has = service.methods().any(|method| method.full_name() == name);
        return has.then(|| service.parent_file());
    }
    if let Some(message) = pool.get_message_by_name(parent) {
        let has = message.fields().any(|field| field.full_name() == name)
            || message.oneofs().any(|oneof| oneof.full_name() == name);
        if has {
            return Some(message.parent_file());
        }
    }
    // The name of a value is in the scope of its enum's parent, not of the enum.
    let mut enums = pool.all_enums();
    let found = enums.find(|found| found.values().any(|value| value.full_name() == name));
    found.map(|found| found.parent_file())
}

/// Returns a file in serialized form, followed by all files that it imports, each once.
pub fn with_imports(file: FileDescriptor) -> Vec<Bytes> {
    let mut seen = HashSet::from([file.name().to_owned()]);
    let mut files = vec![file];
    let mut next = 0;
    while let Some(file) = files.get(next) {
        let imports: Vec<_> = file.dependencies().collect();
        files.extend(imports.into_iter().filter(|import| seen.insert(import.name().to_owned())));
        next += 1;
    }
    files.iter().map(|file| file.encode_to_vec().into()).collect()
}
