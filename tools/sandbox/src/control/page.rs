//! The page: three files that are part of the program, and load nothing from elsewhere.

use crate::http::Response;

const HTML: &str = include_str!("../../page/index.html");
const STYLE: &str = include_str!("../../page/page.css");
const SCRIPT: &str = include_str!("../../page/page.js");
/// The browser is to load and run nothing but these files, and show the page in no other.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page by its path below `/sandbox`, or the page itself at `/`.
pub(super) fn file(path: &str) -> Option<Response> {
    let (kind, text) = match path {
        "" | "/" => ("text/html;charset=UTF-8", HTML),
        "/page.css" => ("text/css;charset=UTF-8", STYLE),
        "/page.js" => ("text/javascript;charset=UTF-8", SCRIPT),
        _ => return None,
    };
    let mut response = Response::new(200, kind, text);
    response.header("Content-Security-Policy", POLICY);
    response.header("X-Content-Type-Options", "nosniff");
    response.header("Cache-Control", "no-store");
    Some(response)
}
