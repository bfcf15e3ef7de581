//! The script of a page, and the content security policy that allows this script only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The script that makes charts and tables interactive: one script, concatenated from files with
/// one topic each.
///
/// Its interface to the charts is the metadata that `plot` writes into them
/// (docs/contributing/page-script.md).
pub const SCRIPT: &str = concat!(
    "\"use strict\";\n(() => {\n",
    include_str!("script/number.js"),
    include_str!("script/axis.js"),
    include_str!("script/draw.js"),
    include_str!("script/layout.js"),
    include_str!("script/chart.js"),
    include_str!("script/values.js"),
    include_str!("script/cursor.js"),
    include_str!("script/zoom.js"),
    include_str!("script/legend.js"),
    include_str!("script/copy.js"),
    include_str!("script/buttons.js"),
    include_str!("script/sort.js"),
    include_str!("script/main.js"),
    "})();\n",
);

/// Returns the content security policy of a page: run our script, identified by its digest, and
/// load nothing. Any other script on the page does not run, and no text can become markup.
///
/// Source: W3C, Content Security Policy Level 3, sections 2.3.1 and 6.7.2; W3C, Trusted Types,
/// section 4.2.
pub fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; \
         img-src data:; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_does_not_end_its_own_element() {
        // Source: HTML, section 4.12.1.3, Restrictions for contents of script elements.
        for mark in ["<!--", "</script", "<script"] {
            assert!(!SCRIPT.contains(mark), "{mark}");
        }
    }

    #[test]
    fn no_text_can_become_markup_or_code_in_it() {
        for sink in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!SCRIPT.contains(sink), "{sink}");
        }
    }
}
