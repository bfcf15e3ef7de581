//! Bytes in base64, hex or a file.

use std::fs;
use std::path::{Component, Path, PathBuf};

use ::base64::Engine;
use ::base64::alphabet::STANDARD;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ::bytes::Bytes;
use winnow::Parser;
use winnow::token::take_while;

use crate::error::plain_text;
use crate::flow::syntax::input::{Input, Parsed, expect, offset, refuse_at, spaces};
use crate::flow::syntax::text::file_name;

/// Reads base64 without demanding padding, as hurl does.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads `base64,…;`.
pub fn base64(input: &mut Input<'_>) -> Parsed<Bytes> {
    const PROBLEM: &str = "bad base64: expected base64,…; with its letters and padding";
    let at = offset(input);
    expect(input, "base64,", PROBLEM)?;
    spaces(input);
    let is_digit = |letter: char| letter.is_ascii_alphanumeric() || "+/ \n\t".contains(letter);
    let digits: &str = take_while(0.., is_digit).parse_next(input)?;
    let padding: &str = take_while(0.., '=').parse_next(input)?;
    spaces(input);
    expect(input, ";", PROBLEM)?;
    let mut text: String = digits.split([' ', '\n', '\t']).collect();
    text.push_str(padding);
    BASE64.decode(text).map(Bytes::from).or_else(|_| refuse_at(at, PROBLEM))
}

/// Reads `hex,…;`.
pub fn hex(input: &mut Input<'_>) -> Parsed<Bytes> {
    const PROBLEM: &str = "bad hex: expected hex,…; with two digits per byte";
    let at = offset(input);
    expect(input, "hex,", PROBLEM)?;
    spaces(input);
    let digits: &str =
        take_while(0.., |letter: char| letter.is_ascii_hexdigit()).parse_next(input)?;
    spaces(input);
    expect(input, ";", PROBLEM)?;
    let digit = |digit: u8| char::from(digit).to_digit(16).map_or(0, |value| value as u8);
    let (pairs, rest) = digits.as_bytes().as_chunks();
    if !rest.is_empty() {
        return refuse_at(at, PROBLEM);
    }
    Ok(pairs.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect())
}

/// Reads `file,…;`, and the file.
pub fn file(input: &mut Input<'_>) -> Parsed<Bytes> {
    const PROBLEM: &str = "bad file: expected file,NAME;";
    expect(input, "file,", PROBLEM)?;
    spaces(input);
    let at = offset(input);
    let name = file_name(input)?;
    spaces(input);
    expect(input, ";", PROBLEM)?;
    content(input, at, &name)
}

/// Returns the content of a file whose name is at the offset `at`.
pub fn content(input: &Input<'_>, at: usize, name: &str) -> Parsed<Bytes> {
    let folder = &input.state.folder;
    let path = folder.join(name);
    // hurl reads no other files, so that a flow cannot send what lies elsewhere.
    if !is_within(&path, folder) {
        return refuse_at(
            at,
            format!("'{name}' is outside of the folder of the flow: expected a file inside"),
        );
    }
    fs::read(&path).map(Bytes::from).or_else(|error| {
        let cause = plain_text(&error.to_string());
        refuse_at(at, format!("cannot read '{}': {cause}: expected a file", path.display()))
    })
}

/// Returns whether a path leads to a folder or into it, by its text alone.
fn is_within(path: &Path, folder: &Path) -> bool {
    match (normal(path), normal(folder)) {
        (Some(path), Some(folder)) => {
            path.is_absolute() == folder.is_absolute() && path.starts_with(folder)
        }
        _ => false,
    }
}

/// Returns a path without `.` and `..`. None if it leads out of its start.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            _ => normal.push(component),
        }
    }
    Some(normal)
}
