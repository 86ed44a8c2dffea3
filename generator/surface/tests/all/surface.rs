//! The Rust surface: what is found in sources, and what changes of it ask of the version.

use std::path::Path;

use binance_wire_model::source::GeneratedFile;
use binance_wire_surface::surface::{Surface, Verdict, compare, extract};

fn file(path: &str, contents: &str) -> GeneratedFile {
    GeneratedFile {
        path: path.to_owned(),
        contents: contents.to_owned(),
    }
}

fn surface(lib: &str) -> Surface {
    extract(&[file("src/lib.rs", lib)]).unwrap()
}

/// The files of a crate of this checkout.
fn files(folder: &str) -> Vec<GeneratedFile> {
    let root = crate::support::root().join(folder);
    let mut files = vec![file(
        "Cargo.toml",
        &std::fs::read_to_string(root.join("Cargo.toml")).unwrap(),
    )];
    let mut waiting = vec![root.join("src")];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            files.push(file(&name, &std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
}

#[test]
fn the_surface_of_a_crate_in_canonical_text() {
    let files = [
        file(
            "Cargo.toml",
            "[package]\nname = \"x\"\n\n[features]\ndefault = [\"rest\"]\n# HTTP.\nrest = [\n  \"dep:hyper\",\n  \"more\",\n]\nmore = []\n\n[dependencies]\na = { features = [\"b\"] }\n",
        ),
        file(
            "src/lib.rs",
            "mod call;\npub mod models;\n#[cfg(feature = \"rest\")]\npub mod rest;\nmod hidden { pub struct Nobody; }\n\
             pub use other_crate::{Text, dec as decimal};\npub use crate::call::Call;\n#[cfg(test)]\npub mod tests { pub struct T; }\n",
        ),
        file(
            "src/call.rs",
            "use core::fmt;\n#[derive(Clone)]\npub struct Call<T, O> { pub(crate) a: T, o: O }\n\
             impl<T, O> Call<T, O> { pub(crate) fn new() {} pub fn take(mut self) -> O { todo!() } }\n\
             impl<O: Send> Call<&crate::rest::Client, O> { pub async fn send(self) -> Result<O, ()> { todo!() } }\n\
             impl<T, O> fmt::Debug for Call<T, O> {}\n",
        ),
        file(
            "src/models.rs",
            "use other_crate as oc;\nuse super::Text;\n\
             oc::open_enum! {\n    /// Side.\n    pub enum Side { /// Buys.\n Buy = \"BUY\", }\n}\n\
             #[non_exhaustive] pub struct Order { pub side: Side, pub note: Option<Text>, pub r#type: super::models::Side }\n\
             impl oc::Operation for Order { type Response = Vec<Side>; fn f() {} }\n\
             impl oc::RestOperation for Order { const METHOD: oc::M = oc::M::Get; const PATH: &'static str = \"/a\"; }\n\
             crate::call::setters! { Order { /// Note.\n into note: Text, list sides: Side, } }\n\
             pub const LIMIT: i64 = -5;\n\
             pub fn both(side: Side, mut price: oc::Decimal) -> impl Iterator<Item = Side> { todo!() }\n",
        ),
        file(
            "src/rest.rs",
            "pub struct Client;\nimpl Client { pub fn call(&self, side: crate::models::Side) -> crate::call::Call<&Client, crate::models::Order> { todo!() } }\n",
        ),
    ];
    let surface = extract(&files).unwrap();
    let expected = "\
const models::LIMIT\ti64
  value\t-5
enum models::Side\t#[non_exhaustive]
  impl Clone
  impl Debug
  impl Eq
  impl Hash
  impl Ord
  impl PartialEq
  impl PartialOrd
  impl open_enum!
  variant Buy\t= \"BUY\"
feature default\trest
feature more
feature rest\tmore
fn models::both\t(side: crate::models::Side, price: other_crate::Decimal) -> impl Iterator<Item = crate::models::Side>
mod models
mod rest\t\trest
struct Call\t<T, O> {}
  fn send for <O: Send> crate::Call<&crate::rest::Client, O>\tasync (self) -> Result<O, ()>
  fn take\t(self) -> O
  impl Clone
  impl Debug
  private fields
struct models::Order\t#[non_exhaustive] {}
  field note\tOption<other_crate::Text>
  field side\tcrate::models::Side
  field type\tcrate::models::Side
  impl other_crate::Operation\t{ Response = Vec<crate::models::Side> }
  impl other_crate::RestOperation
  operation REST\tGET /a
  setter note\tinto other_crate::Text
  setter sides\tlist crate::models::Side
struct rest::Client\t;\trest
  fn call\t(&self, side: crate::models::Side) -> crate::Call<&crate::rest::Client, crate::models::Order>
use Text\tother_crate::Text
use decimal\tother_crate::dec
";
    assert_eq!(surface.to_text(), expected);
    assert_eq!(Surface::parse("b.txt", 1, expected).unwrap(), surface);
    assert!(surface.names("other_crate") && !surface.names("other") && !surface.names("hyper"));
}

#[test]
fn where_an_item_is_declared_is_no_users_business() {
    let one = surface("mod a { pub struct X { pub y: Y } pub struct Y; } pub use a::{X, Y};");
    let other = surface("pub struct X { pub y: inner::Y } mod inner { pub struct Y; } pub use inner::*;");
    assert_eq!(one, other);
}

/// Each change alone, and what it asks.
#[test]
fn what_each_change_asks() {
    let table = [
        (
            "pub struct A { pub a: u8 }",
            "pub struct A { pub a: u8, pub b: u8 }",
            Verdict::Major,
        ),
        (
            "#[non_exhaustive] pub struct A { pub a: u8 }",
            "#[non_exhaustive] pub struct A { pub a: u8, pub b: u8 }",
            Verdict::Minor,
        ),
        (
            "pub struct A { pub a: u8, z: u8 }",
            "pub struct A { pub a: u8, z: u8, pub b: u8 }",
            Verdict::Minor,
        ),
        (
            "pub struct A { pub a: u8 }",
            "pub struct A { pub a: u8, z: u8 }",
            Verdict::Major,
        ),
        (
            "pub struct A { a: u8 }",
            "pub struct A { a: u8, z: u8 }",
            Verdict::Same,
        ),
        (
            "pub struct A { pub a: u8 }",
            "pub struct A { pub a: u16 }",
            Verdict::Major,
        ),
        (
            "pub struct A { pub a: u8 }",
            "#[non_exhaustive] pub struct A { pub a: u8 }",
            Verdict::Major,
        ),
        (
            "#[non_exhaustive] pub struct A { pub a: u8 }",
            "pub struct A { pub a: u8 }",
            Verdict::Minor,
        ),
        (
            "pub struct A { pub a: u8, pub b: u8 }",
            "pub struct A { pub b: u8, pub a: u8 }",
            Verdict::Same,
        ),
        ("#[derive(Clone)] pub struct A;", "pub struct A;", Verdict::Major),
        ("pub struct A;", "#[derive(Clone)] pub struct A;", Verdict::Minor),
        ("pub enum E { A }", "pub enum E { A, B }", Verdict::Major),
        (
            "#[non_exhaustive] pub enum E { A }",
            "#[non_exhaustive] pub enum E { A, B }",
            Verdict::Minor,
        ),
        (
            "#[non_exhaustive] pub enum E { A, B }",
            "#[non_exhaustive] pub enum E { A }",
            Verdict::Major,
        ),
        ("pub enum E { A(u8) }", "pub enum E { A(u16) }", Verdict::Major),
        (
            "open_enum! { pub enum E { A = \"A\", } }",
            "open_enum! { pub enum E { A = \"a\", } }",
            Verdict::Minor,
        ),
        (
            "open_enum! { pub enum E { A = \"A\", } }",
            "open_enum! { pub enum E { A = \"A\", B = \"B\", } }",
            Verdict::Minor,
        ),
        ("pub fn f(a: u8) {}", "pub fn f(a: u8, b: u8) {}", Verdict::Major),
        (
            "pub fn f(a: u8, b: u8) {}",
            "pub fn f(b: u8, a: u8) {}",
            Verdict::Major,
        ),
        ("pub fn f(a: u8) {}", "pub fn f(b: u8) {}", Verdict::Minor),
        (
            "pub fn f(a: u8) {}",
            "/// Doc.\npub fn f(mut a: u8) { a += 1; }",
            Verdict::Same,
        ),
        (
            "pub fn f() {}",
            "#[cfg(feature = \"x\")] pub fn f() {}",
            Verdict::Major,
        ),
        (
            "#[cfg(feature = \"x\")] pub fn f() {}",
            "pub fn f() {}",
            Verdict::Minor,
        ),
        ("pub fn f() {}", "", Verdict::Major),
        ("", "pub fn f() {}", Verdict::Minor),
        (
            "pub trait T { fn f(); }",
            "pub trait T { fn f(); fn g(); }",
            Verdict::Major,
        ),
        (
            "pub trait T { fn f(); }",
            "pub trait T { fn f(); fn g() {} }",
            Verdict::Minor,
        ),
        (
            "pub trait T { fn f(); }",
            "pub trait T { fn f() {} }",
            Verdict::Minor,
        ),
        (
            "pub trait T { fn f() {} }",
            "pub trait T { fn f(); }",
            Verdict::Major,
        ),
        (
            "pub trait T { fn f(&self); }",
            "pub trait T { fn f(&self); fn g<X>(&self, x: X) {} }",
            Verdict::Major,
        ),
        (
            "pub trait T { fn f(&self); }",
            "pub trait T { fn f(&self); fn g<X>(&self, x: X) where Self: Sized {} }",
            Verdict::Minor,
        ),
        (
            "pub trait T { fn f(&self); fn h() -> Self; }",
            "pub trait T { fn f(&self); fn h() -> Self; fn g<X>(&self, x: X) {} }",
            Verdict::Minor,
        ),
        (
            "pub struct A { pub a: String }",
            "pub struct A { pub a: String } impl Drop for A { fn drop(&mut self) {} }",
            Verdict::Major,
        ),
        (
            "pub struct A { a: String }",
            "pub struct A { a: String } impl Drop for A { fn drop(&mut self) {} }",
            Verdict::Minor,
        ),
        ("pub const C: u8 = 1;", "pub const C: u8 = 2;", Verdict::Minor),
        ("pub const C: u8 = 1;", "pub const C: u16 = 1;", Verdict::Major),
        ("pub use a::B;", "pub use a::{B, C};", Verdict::Minor),
        ("pub use a::*;", "pub use b::*;", Verdict::Major),
        ("x! { a }", "x! { b }", Verdict::Major),
        (
            "#[macro_export] macro_rules! m { ($a:expr) => { $a }; }",
            "#[macro_export] macro_rules! m { ($a:expr) => { $a + 0 }; }",
            Verdict::Minor,
        ),
        (
            "#[macro_export] macro_rules! m { ($a:expr) => { $a }; }",
            "#[macro_export] macro_rules! m { ($a:ty) => { $a }; }",
            Verdict::Major,
        ),
        ("struct A { a: u8 }", "struct A;", Verdict::Same),
    ];
    for (old, new, expected) in table {
        let found = compare(&surface(old), &surface(new));
        assert_eq!(found.verdict(), expected, "{old}\n{new}\n{found:#?}");
        // What is added one way is removed the other.
        let back = compare(&surface(new), &surface(old));
        assert_eq!(back.changes.len(), found.changes.len(), "{old}\n{new}");
    }
}

#[test]
fn features_lost_and_gained() {
    let of = |features: &str| {
        extract(&[
            file("src/lib.rs", ""),
            file("Cargo.toml", &format!("[features]\n{features}\n")),
        ])
        .unwrap()
    };
    let verdict = |old: &str, new: &str| compare(&of(old), &of(new)).verdict();
    assert_eq!(verdict("a = []", "a = []\nb = []"), Verdict::Minor);
    assert_eq!(verdict("a = []\nb = []", "a = []"), Verdict::Major);
    assert_eq!(
        verdict("default = [\"a\"]\na = []", "default = []\na = []"),
        Verdict::Major
    );
    assert_eq!(
        verdict("default = []\na = []", "default = [\"a\"]\na = []"),
        Verdict::Minor
    );
    assert_eq!(
        verdict("a = [\"dep:b\"]", "a = [\"dep:c\", \"d?/e\"]"),
        Verdict::Same
    );
}

#[test]
fn sources_that_are_wrong_are_reported_by_file() {
    let broken = extract(&[file("src/lib.rs", "pub mod a;"), file("src/a.rs", "pub fn (")]).unwrap_err();
    assert_eq!(broken.file, "src/a.rs");
    let missing = extract(&[file("src/lib.rs", "pub mod a;")]).unwrap_err();
    assert_eq!(missing.to_string(), "src/lib.rs: no file for `mod a`");
    assert_eq!(extract(&[]).unwrap_err().file, "src/lib.rs");
    let text = Surface::parse("b.txt", 4, "struct A\n  a\tb\tc\td\n").unwrap_err();
    assert_eq!(text.file, "b.txt:5");
    assert!(Surface::parse("b.txt", 1, "  field a\n").is_err());
}

/// Every kind of crate of this checkout has a surface: nothing of it is opaque in generated ones, and what is printed
/// reads back.
#[test]
fn the_crates_of_this_checkout() {
    for folder in [
        "generated/rebate",
        "generated/pay",
        "generated/shared",
        "generated/binance-wire",
        "runtime/core",
        "runtime/rest",
    ] {
        let surface = extract(&files(folder)).unwrap();
        let text = surface.to_text();
        assert!(surface.items.len() > 10, "{folder}: {text}");
        assert_eq!(Surface::parse(folder, 1, &text).unwrap(), surface, "{folder}");
        if folder.starts_with("generated") {
            let opaque = surface.items.keys().find(|key| key.starts_with("macro call"));
            assert_eq!(opaque, None, "{folder}");
        }
        if let Some(dump) = std::env::var_os("SURFACE_DUMP") {
            std::fs::write(Path::new(&dump).join(folder.replace('/', "-")), text).unwrap();
        }
    }
    let rebate = extract(&files("generated/rebate")).unwrap();
    let request = &rebate.items["struct requests::GetSpotRebateHistoryRecords"];
    assert_eq!(
        request.members["operation REST"].text,
        "GET /sapi/v1/rebate/taxQuery"
    );
    assert_eq!(request.members["setter page"].text, "value i64");
    assert_eq!(
        request.members["impl binance_wire_core::Operation"].text,
        "{ Response = crate::models::RebateHistory }"
    );
    assert_eq!(rebate.items["struct rest::Client"].line.gate, "rest");
}
