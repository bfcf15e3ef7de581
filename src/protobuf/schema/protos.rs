//! Compiles `.proto` files, and says in one line what is wrong with them.

use std::path::{Path, PathBuf};

use prost_reflect::DescriptorPool;

use crate::error::Error;

/// Compiles files and what they import.
pub fn compile(files: &[PathBuf], import_paths: &[PathBuf]) -> Result<DescriptorPool, Error> {
    let searched = searched_paths(files, import_paths);
    let failed = |error: protox::Error| Error::Schema(in_one_line(&error, &searched));
    let mut compiler = protox::Compiler::new(&searched).map_err(failed)?;
    compiler.include_imports(true).include_source_info(false);
    for file in files {
        // protox looks for such a file in the import paths, and its error names only those.
        if file.is_absolute() && !file.exists() {
            return Err(Error::Schema(format!("no file '{}'", file.display())));
        }
        compiler.open_file(file).map_err(failed)?;
    }
    decoded(&compiler.descriptor_pool())
}

/// Returns a pool of the same files, read from their serialized form. The compiler sets the options
/// of fields, such as `packed`, after it has built them.
fn decoded(pool: &DescriptorPool) -> Result<DescriptorPool, Error> {
    let decoded = DescriptorPool::decode(&*pool.encode_to_vec());
    // The debug form has the name of the file.
    decoded.map_err(|error| Error::Schema(format!("{error:?}").replace('\n', " ")))
}

/// Returns where imports are searched: the import paths, or the current directory if there are
/// none, and then the directories of the files.
fn searched_paths(files: &[PathBuf], import_paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut searched = import_paths.to_vec();
    if searched.is_empty() {
        // A file of the same name in the current directory must not hide one with an absolute path.
        let absolute = files.iter().filter(|file| file.is_absolute() && file.exists());
        searched.extend(absolute.filter_map(|file| file.parent().map(Path::to_owned)));
        searched.push(".".into());
    }
    // A file that does not exist here is found in the import paths, as in `-import-path=api
    // -proto=kernel/v1/kernel.proto`: its directory would hide them.
    for file in files.iter().filter(|file| file.exists()) {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        if !searched.iter().any(|known| known == parent) {
            searched.push(parent.to_owned());
        }
    }
    searched
}

/// Returns the text of an error in one line: file, line and column, what is wrong, what to do.
fn in_one_line(error: &protox::Error, searched: &[PathBuf]) -> String {
    // Only the debug form has the position, and it is in one line: `file:line:column: text`.
    let text = format!("{error:?}").replace('\n', " ");
    if error.is_file_not_found() {
        let searched: Vec<_> = searched.iter().map(|path| path.display().to_string()).collect();
        let searched = searched.join("', '");
        return format!("{text} (searched in '{searched}'): add its root with -import-path=DIR");
    }
    if error.is_parse() && text.contains("found 'edition'") {
        return format!("{}: {EDITIONS}", without_text(&text));
    }
    text
}

/// What to do about editions.
pub const EDITIONS: &str = "protobuf editions are not supported: expected syntax = \"proto2\" or \
                            \"proto3\"; a proto3 file with the same names and field numbers has \
                            the same wire format";

/// Returns the position at the beginning of an error: `file:line:column`.
fn without_text(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(position, _)| position)
}
