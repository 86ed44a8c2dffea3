//! What holds of the sources: Rust is read from crates and projects, and what was printed here is not read back.

use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// The functions that parse a text which is no literal, and what text that is.
const PARSE: &[(&str, &str)] = &[
    // Signatures of a published surface, which is a file.
    ("surface/compare.rs", "parsed"),
    // A name as an identifier, raw where it has to be.
    ("surface/print.rs", "segment"),
    // The files of a crate.
    ("surface/scope.rs", "read"),
    // The files of a project.
    ("uses/load.rs", "parse"),
    // The arguments of a project's macro calls.
    ("uses/macros.rs", "piece"),
];

/// Where printed Rust could be read back.
#[derive(Default)]
struct ReadBack {
    function: String,
    found: Vec<String>,
}

impl ReadBack {
    fn within(&mut self, name: &syn::Ident, visit: impl FnOnce(&mut Self)) {
        let around = std::mem::replace(&mut self.function, name.to_string());
        visit(self);
        self.function = around;
    }
}

impl<'f> Visit<'f> for ReadBack {
    fn visit_item_mod(&mut self, module: &'f syn::ItemMod) {
        if module.ident != "tests" {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'f syn::ItemFn) {
        self.within(&function.sig.ident, |this| {
            syn::visit::visit_item_fn(this, function)
        });
    }

    fn visit_impl_item_fn(&mut self, function: &'f syn::ImplItemFn) {
        self.within(&function.sig.ident, |this| {
            syn::visit::visit_impl_item_fn(this, function);
        });
    }

    fn visit_expr_call(&mut self, call: &'f syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func
            && let Some(name) = path.path.segments.last()
        {
            let literal = matches!(call.args.first(), Some(syn::Expr::Lit(_)));
            let parses = ["parse_str", "parse_file", "parse2"]
                .iter()
                .any(|one| name.ident == one);
            // A macro call that is made here is parsed by whoever expands it.
            if parses && !literal || name.ident == "Macro" {
                self.found.push(self.function.clone());
            }
        }
        syn::visit::visit_expr_call(self, call);
    }
}

fn read_back(source: &str) -> Vec<String> {
    let mut visitor = ReadBack::default();
    visitor.visit_file(&syn::parse_file(source).expect("Rust"));
    visitor.found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn what_is_printed_is_not_read_back() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 20, "only {} sources", files.len());
    let mut parse = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).expect("below the folder");
        let name = name.to_string_lossy().replace('\\', "/");
        for function in read_back(&fs::read_to_string(&file).expect("a source")) {
            parse.push((name.clone(), function));
        }
    }
    parse.sort();
    parse.dedup();
    let stated: Vec<(String, String)> = PARSE
        .iter()
        .map(|(file, function)| ((*file).to_owned(), (*function).to_owned()))
        .collect();
    assert_eq!(parse, stated);
}

#[test]
fn reading_back_is_seen() {
    assert_eq!(
        read_back("fn f(x: &T) { syn::parse_str::<Item>(&x.to_string()) }"),
        ["f"]
    );
    assert_eq!(read_back("impl T { fn g() { Item::Macro(setters) } }"), ["g"]);
    assert!(read_back("fn f() { syn::parse_str::<Item>(\"struct X;\") }").is_empty());
}
