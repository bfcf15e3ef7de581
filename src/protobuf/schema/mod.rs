//! The schema of services: where it comes from, and what it has.

mod files;
mod protos;
mod descriptors;
mod lookup;
mod own;

use std::path::PathBuf;

use bytes::Bytes;
use prost_reflect::{DescriptorPool, MethodDescriptor};

use crate::error::Error;
use crate::protobuf::schema::descriptors::DescriptorFiles;

/// The schema of services: all files that are known. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pool: DescriptorPool,
}

impl Schema {
    /// Compiles `.proto` files and what they import. The files of `google/protobuf` are built in.
    ///
    /// Imports are searched in the import paths, then in the current directory if there are no
    /// import paths, then in the directories of the files.
    ///
    /// # Errors
    ///
    /// [`Error::Schema`] in one line, with file, line and column if they are known: a file or an
    /// import is missing, a file is invalid, or it uses protobuf editions, which are not supported.
    pub fn from_protos(files: &[PathBuf], import_paths: &[PathBuf]) -> Result<Self, Error> {
        let pool = protos::compile(files, import_paths)?;
        Ok(Self { pool })
    }

    /// Reads protosets: files that have a `FileDescriptorSet` each, as `protoc
    /// --descriptor_set_out` and `buf build` write them. A file may refer to others in any order.
    ///
    /// # Errors
    ///
    /// [`Error::Schema`] in one line, with the name of the protoset: it cannot be read, is no
    /// protoset, lacks an imported file, or uses protobuf editions.
    pub fn from_protosets(files: &[PathBuf]) -> Result<Self, Error> {
        let mut all = DescriptorFiles::default();
        for file in files {
            all.add_protoset(file)?;
        }
        Ok(Self { pool: all.pool()? })
    }

    /// Returns the schema of serialized `FileDescriptorProto` messages, as reflection returns
    /// them: in any order, and possibly repeated.
    ///
    /// # Errors
    ///
    /// [`Error::Schema`]: a message is invalid, lacks an imported file, or uses protobuf editions.
    pub fn from_file_descriptors(files: Vec<Bytes>) -> Result<Self, Error> {
        let mut all = DescriptorFiles::default();
        for file in files {
            all.add_file(file, None)?;
        }
        Ok(Self { pool: all.pool()? })
    }

    /// Returns a schema with the files of both.
    ///
    /// # Errors
    ///
    /// [`Error::Schema`] if both have a file of the same name with different contents, or define
    /// the same name in different files.
    pub fn merged(self, other: Self) -> Result<Self, Error> {
        let mut all = DescriptorFiles::default();
        for file in self.pool.files().chain(other.pool.files()) {
            all.add_file(file.encode_to_vec().into(), None)?;
        }
        Ok(Self { pool: all.pool()? })
    }

    /// Returns the schema of the services that `serve` has: `drumfire.v1.Echo`, health and
    /// reflection.
    pub fn builtin() -> Self {
        own::schema()
    }

    /// Returns the names of all services, e.g. `kernel.v1.Kernel`, in the order of the files.
    pub fn services(&self) -> impl Iterator<Item = String> {
        self.pool.services().map(|service| service.full_name().to_owned())
    }

    /// Finds a method by its name with its service: `package.Service/Method` or
    /// `package.Service.Method`, with or without a slash at the beginning.
    ///
    /// # Errors
    ///
    /// [`Error::Keyword`] with what exists: an unknown service or method, or a text of another
    /// form.
    pub(super) fn find_method(&self, name: &str) -> Result<MethodDescriptor, Error> {
        lookup::method(&self.pool, name)
    }

    /// Returns the methods of all services.
    pub(super) fn all_methods(&self) -> impl Iterator<Item = MethodDescriptor> {
        let services = self.pool.services();
        services.flat_map(|service| service.methods().collect::<Vec<_>>())
    }

    /// Returns the serialized `FileDescriptorProto` of the file that defines a symbol, followed by
    /// those of all files that it imports. A symbol is the full name of a service, method,
    /// message, field, enum or extension. None if no file defines the symbol.
    pub fn files_of_symbol(&self, symbol: &str) -> Option<Vec<Bytes>> {
        files::of_symbol(&self.pool, symbol)
    }

    /// Returns the serialized `FileDescriptorProto` of a file by its name, followed by those of all
    /// files that it imports. None if the file is unknown.
    pub fn file_by_name(&self, name: &str) -> Option<Vec<Bytes>> {
        self.pool.get_file_by_name(name).map(files::with_imports)
    }

    /// Returns the serialized `FileDescriptorProto` of the file that defines the extension of a
    /// message with a number, followed by those of all files that it imports. None if there is no
    /// such extension.
    pub fn file_of_extension(&self, message: &str, number: u32) -> Option<Vec<Bytes>> {
        let message = self.pool.get_message_by_name(message)?;
        message.get_extension(number).map(|found| files::with_imports(found.parent_file()))
    }

    /// Returns the numbers of all known extensions of a message. None if the message is unknown.
    pub fn extension_numbers(&self, message: &str) -> Option<Vec<u32>> {
        let message = self.pool.get_message_by_name(message)?;
        Some(message.extensions().map(|extension| extension.number()).collect())
    }
}

#[cfg(test)]
mod tests;
