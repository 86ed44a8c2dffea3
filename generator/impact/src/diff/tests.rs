//! The table has a rule for whatever a model can say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use binance_wire_model::product::{Sources, read};
use binance_wire_model::source::SourceFile;

use super::kind::{Aspect, Sense};
use super::node::Node;
use super::rules::rule;
use super::*;

fn below(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, into);
        } else {
            into.push(path);
        }
    }
}

/// The project's own specs, those of Spot and of a product with a server of the user's.
fn models() -> Vec<Model> {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    let mut models = Vec::new();
    for product in ["spot", "connect", "usds-futures"] {
        let mut sources = Sources {
            product: product.to_owned(),
            ..Sources::default()
        };
        let mut files = Vec::new();
        below(&specs.join(product), &mut files);
        below(&specs.join("shared"), &mut files);
        for path in files {
            let name = path
                .strip_prefix(&specs)
                .expect("it is below")
                .display()
                .to_string();
            let text = std::fs::read_to_string(&path).expect("text");
            let into = match name.as_str() {
                name if name.contains("/examples/") => continue,
                name if name.ends_with("error-codes.yaml") => &mut sources.error_codes,
                name if name.ends_with("retired.yaml") => &mut sources.retired,
                name if name.contains("/sbe/") && name.ends_with(".xml") => &mut sources.sbe,
                name if name.ends_with("/fix/fields.yaml") => &mut sources.fix_fields,
                name if name.contains("/fix/") => &mut sources.fix,
                name if name.contains("/sbe/") => continue,
                _ => &mut sources.openapi,
            };
            into.push(SourceFile::new(name, text));
        }
        models.push(read(&sources).unwrap_or_else(|found| panic!("{found}")).0);
    }
    models
}

/// What has no rule, of a thing and of what stands in it.
fn holes(node: &Node, found: &mut BTreeSet<String>) {
    let mut ask = |aspect: Aspect, sense: Sense| {
        if rule(node.class, aspect, sense).is_none() {
            found.insert(format!("{:?} {aspect:?} {sense:?}", node.class));
        }
    };
    ask(Aspect::Itself, Sense::Added);
    ask(Aspect::Itself, Sense::Removed);
    if !node.also.is_empty() {
        ask(Aspect::Name, Sense::Changed);
    }
    if node.children.iter().any(|child| child.class.ordered()) {
        ask(Aspect::Order, Sense::Changed);
    }
    if node.children.iter().any(|child| child.argument) {
        ask(Aspect::Arguments, Sense::Changed);
    }
    for fact in &node.facts {
        match &fact.rank {
            Some(_) => {
                ask(fact.aspect, Sense::Up);
                ask(fact.aspect, Sense::Down);
            }
            None => ask(fact.aspect, Sense::Changed),
        }
        if let Some((_, weak)) = &fact.weak {
            ask(*weak, Sense::Changed);
        }
    }
    for child in &node.children {
        holes(child, found);
    }
}

#[test]
fn whatever_the_specs_say_has_a_rule() {
    let trees = specs(&models());
    let mut found = BTreeSet::new();
    for tree in trees.values() {
        holes(tree, &mut found);
    }
    // A family of error codes and a product are told by their names alone.
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_is_emitted_is_as_open_as_the_table_has_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let open = |file: &str| {
        let text = std::fs::read_to_string(root.join(file)).expect("a file");
        text.contains("#[non_exhaustive]")
    };
    for file in [
        // Objects and requests are printed as tables, which macros make structs of.
        "runtime/core/src/json/object.rs",
        "templates/api/model/shapes.rs.j2",
        "templates/api/model/pair.rs.j2",
        "templates/api/model/tuple.rs.j2",
        "templates/api/model/union.rs.j2",
        "runtime/core/src/request.rs",
        "templates/sbe/enum.rs.j2",
        "templates/sbe/message.rs.j2",
        "templates/sbe/mod.rs.j2",
        "templates/fix/body.rs.j2",
        "templates/fix/enum.rs.j2",
        "templates/fix/group.rs.j2",
        "templates/fix/header.rs.j2",
        "templates/fix/message.rs.j2",
    ] {
        assert!(open(file), "{file} is closed now; see `rules.rs`");
    }
}
