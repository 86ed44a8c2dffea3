//! Every published SBE schema, unchanged, becomes a crate that compiles.

use crate::sbe_support::{PUBLISHED, render, schema, upstream};
use crate::support;

#[test]
fn published_schemas_compile() {
    let Some(upstream) = upstream() else { return };
    let mut modules = Vec::new();
    let mut files = Vec::new();
    for name in PUBLISHED {
        let module = name.replace('-', "_");
        let schema = schema(&upstream.join(format!("{name}.xml")));
        files.extend(render(&schema, None, &module, &format!("src/{module}")));
        modules.push(module);
    }
    let dependencies = ["binance-wire-core", "binance-wire-sbe"];
    support::check_modules("sbe-upstream", &modules, files, &dependencies, "warnings");
}
