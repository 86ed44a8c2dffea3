//! What holds of the sources: templates lay out and decide nothing, and Rust is a value until a template prints it.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

/// The source of `lower` that writes Rust as text: where types are printed, for documentation and diagnostics.
const WRITES_TEXT: &[&str] = &["rust/types.rs"];

fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest
        .ancestors()
        .find(|folder| folder.join("templates").is_dir());
    root.expect("templates/ in a folder above the crate").to_owned()
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_below(&path, files);
        } else {
            files.push(path);
        }
    }
    files.sort();
}

/// The insides of the tags of a template.
fn tags(template: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    for (open, close) in [("{%", "%}"), ("{{", "}}")] {
        let mut rest = template;
        while let Some((_, after)) = rest.split_once(open) {
            let (tag, behind) = after.split_once(close).unwrap_or((after, ""));
            tags.push(tag);
            rest = behind;
        }
    }
    tags
}

/// Whether a tag does more than ask for a named value: compares, counts, combines or keeps a variable of its own. What is
/// asked for with `if` is one value by its name; that a separator follows all but the last item is layout.
fn decides(tag: &str) -> bool {
    let tag = tag.trim_matches(|c: char| c == '-' || c.is_whitespace());
    // What stands between quotes is text.
    let code: String = tag.split('"').step_by(2).collect::<Vec<_>>().join("_");
    let code = code.replace("not loop.last", "separator");
    let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    let logic = [
        "and",
        "or",
        "not",
        "is",
        "namespace",
        "length",
        "select",
        "reject",
    ];
    let combines = words.any(|word| logic.contains(&word));
    let calculates = ["==", "!=", "<", ">", "+", "*"]
        .iter()
        .any(|sign| code.contains(sign));
    let searches = code.contains(" in ") && !code.starts_with("for ");
    let mut conditions = code.split("if ").skip(1).map(|condition| {
        let condition = condition.split(" else ").next().unwrap_or(condition).trim();
        condition
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
    });
    combines || calculates || searches || conditions.any(|named| !named)
}

#[test]
fn templates_decide_nothing() {
    let folder = root().join("templates");
    let mut files = Vec::new();
    files_below(&folder, &mut files);
    let mut deciding = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).expect("a template");
        if tags(&text).into_iter().any(decides) {
            let name = file.strip_prefix(&folder).expect("below the folder");
            deciding.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
    assert!(
        deciding.is_empty(),
        "these templates decide something; let `lower` hand over a named value: {deciding:?}"
    );
}

/// A lint is allowed on the item that needs it, with the reason, so that every other item is held to it.
#[test]
fn no_lint_is_off_for_a_whole_crate() {
    let folder = root().join("templates");
    let mut files = Vec::new();
    files_below(&folder, &mut files);
    for file in files {
        let text = fs::read_to_string(&file).expect("a template");
        assert!(!text.contains("#![allow"), "{}", file.display());
    }
}

#[test]
fn a_tag_that_decides_is_seen() {
    for tag in [
        " if a == 1 ",
        " if list|length > 7 ",
        " set n = namespace(x=1) ",
        " if a < b ",
        " if a and b ",
        " if not a ",
        " if a is defined ",
        " if \"x\" in names ",
        " if list|first ",
        "- for a in list if not a.b -",
        " a or \"b\" ",
        " a if b|last else c ",
        " loop.index + 1 ",
    ] {
        assert!(decides(tag), "{tag}");
    }
    for tag in [
        " if many_arguments ",
        "- elif a.b ",
        " if not loop.last ",
        " for length_field in fields ",
        " for a in list if a.b ",
        " \" where \" if loop.first else \", \" ",
        " (\" is \" ~ doc)|literal ",
    ] {
        assert!(!decides(tag), "{tag}");
    }
    assert_eq!(tags("a{% if b %}<'a>{{ c }}"), [" if b ", " c "]);
}

/// String literals that are Rust.
#[derive(Default)]
struct RustInText {
    found: Vec<String>,
}

impl RustInText {
    fn text(&mut self, text: &str) {
        let is_rust = ["::", "self.", "->", "=>", ");", "&'a"];
        // Documentation names Rust between backticks.
        let text: String = text.split('`').step_by(2).collect();
        if is_rust.iter().any(|sign| text.contains(sign)) {
            self.found.push(text);
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                        self.text(&text.value());
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'f> Visit<'f> for RustInText {
    fn visit_attribute(&mut self, _: &'f syn::Attribute) {}

    fn visit_lit_str(&mut self, text: &'f syn::LitStr) {
        self.text(&text.value());
    }

    fn visit_macro(&mut self, call: &'f syn::Macro) {
        self.tokens(call.tokens.clone());
    }

    fn visit_item_mod(&mut self, module: &'f syn::ItemMod) {
        if module.ident != "tests" {
            syn::visit::visit_item_mod(self, module);
        }
    }
}

fn rust_in_text(source: &str) -> Vec<String> {
    let file = syn::parse_file(source).expect("Rust");
    let mut visitor = RustInText::default();
    visitor.visit_file(&file);
    visitor.found
}

/// `Code`, `Expr` and `RustType` are no text, so nobody can take them apart; this holds that nobody goes round them.
#[test]
fn lowered_rust_is_not_text() {
    let here = root().join(file!());
    let lower = here.parent().expect("a folder");
    let mut files = Vec::new();
    files_below(lower, &mut files);
    let mut seen = 0;
    for file in files {
        let name = file
            .strip_prefix(lower)
            .expect("below the folder")
            .to_string_lossy()
            .replace('\\', "/");
        if name == "invariants.rs" {
            continue;
        }
        let found = rust_in_text(&fs::read_to_string(&file).expect("a source"));
        match WRITES_TEXT.contains(&name.as_str()) {
            true => assert!(
                !found.is_empty(),
                "{name} writes no Rust as text; take it off the list"
            ),
            false => assert!(found.is_empty(), "{name}: Rust as text: {found:?}"),
        }
        seen += 1;
    }
    assert!(seen > 35, "only {seen} sources");
}

#[test]
fn rust_as_text_is_seen() {
    assert_eq!(
        rust_in_text("fn f() -> String { format!(\"self.{x}()\") }"),
        ["self.{x}()"]
    );
    assert_eq!(rust_in_text("const X: &str = \"sbe::Scaled\";"), ["sbe::Scaled"]);
    assert!(rust_in_text("const X: &str = \"see `a::b`\";").is_empty());
    assert!(rust_in_text("/// `a::b`\nfn f() { quote!(sbe::Scaled::new(#x)); }").is_empty());
}
