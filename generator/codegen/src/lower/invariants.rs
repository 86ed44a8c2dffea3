//! What holds of the sources: templates lay out and decide nothing, and Rust is a value until a template prints it.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

/// Templates that still compare or count. Only ever shorten this list.
const STILL_DECIDE: &[&str] = &["api/enums.rs.j2", "api/models.rs.j2", "api/user_data.rs.j2"];

/// Folders of `lower` whose Rust is all values.
const ALL_VALUES: &[&str] = &["rust", "sbe", "sbe_models", "fix"];

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

/// Whether a tag compares, counts or keeps a variable of its own.
fn decides(tag: &str) -> bool {
    let words = |word: &str| {
        tag.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|found| found == word)
    };
    let compares = ["==", "!=", "<", ">"].iter().any(|sign| tag.contains(sign));
    compares || words("length") || words("namespace")
}

#[test]
fn templates_neither_compare_nor_count() {
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
    let new: Vec<&String> = (deciding.iter())
        .filter(|name| !STILL_DECIDE.contains(&name.as_str()))
        .collect();
    assert!(
        new.is_empty(),
        "these templates decide something; let `lower` hand over a named value: {new:?}"
    );
    let done: Vec<&&str> = (STILL_DECIDE.iter())
        .filter(|name| !deciding.iter().any(|file| file == *name))
        .collect();
    assert!(
        done.is_empty(),
        "these no longer decide; take them off the list: {done:?}"
    );
}

#[test]
fn a_tag_that_decides_is_seen() {
    for tag in [
        " if a == 1 ",
        " if list|length > 7 ",
        " set n = namespace(x=1) ",
        " if a < b ",
    ] {
        assert!(decides(tag), "{tag}");
    }
    for tag in [" if many_arguments ", " for length_field in fields ", " doc "] {
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
        if is_rust.iter().any(|sign| text.contains(sign)) {
            self.found.push(text.to_owned());
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
    let mut seen = 0;
    for folder in ALL_VALUES {
        let mut files = Vec::new();
        files_below(&lower.join(folder), &mut files);
        for file in files {
            // The one place that writes types as text, for documentation and diagnostics.
            if file.ends_with("rust/types.rs") {
                continue;
            }
            let found = rust_in_text(&fs::read_to_string(&file).expect("a source"));
            assert!(found.is_empty(), "{}: Rust as text: {found:?}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 15, "only {seen} sources");
}

#[test]
fn rust_as_text_is_seen() {
    assert_eq!(
        rust_in_text("fn f() -> String { format!(\"self.{x}()\") }"),
        ["self.{x}()"]
    );
    assert_eq!(rust_in_text("const X: &str = \"sbe::Scaled\";"), ["sbe::Scaled"]);
    assert!(rust_in_text("/// `a::b`\nfn f() { quote!(sbe::Scaled::new(#x)); }").is_empty());
}
