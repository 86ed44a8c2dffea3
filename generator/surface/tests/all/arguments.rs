//! Arguments that a caller could mix up: whatever makes something to send takes at most four by position, and no two
//! neighbours that one value fits.

use binance_wire_surface::surface::Surface;

use crate::reexports::{surface_of, surfaces};

/// The types of a signature's arguments, `self` aside: `(symbol: impl Into<Text>, page: i64) -> Self`.
fn types(signature: &str) -> Vec<String> {
    let at = signature.find(['(', '<']).expect("arguments");
    let (before, after) = signature.split_at(at);
    let parsed: syn::Signature = syn::parse_str(&format!("{before} fn x{after}")).expect("a signature");
    let typed = parsed.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Typed(argument) => Some(&*argument.ty),
        syn::FnArg::Receiver(_) => None,
    });
    typed
        .map(|ty| quote::quote!(#ty).to_string().replace(' ', ""))
        .collect()
}

/// A type with all numbers alike: `5` is a value of each.
fn kind(ty: &str) -> &str {
    let value = ty.strip_prefix("implInto<").unwrap_or(ty);
    let value = value.trim_end_matches('>').rsplit("::").next().unwrap_or(value);
    match value {
        "Decimal" | "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" | "f32" | "f64" => "number",
        _ => ty,
    }
}

/// What is wrong with a signature.
fn wrong(signature: &str) -> Option<String> {
    let types = types(signature);
    if types.len() > 4 {
        return Some(format!("{} arguments by position", types.len()));
    }
    let mut pairs = types.windows(2);
    let pair = pairs.find(|pair| kind(&pair[0]) == kind(&pair[1]))?;
    Some(format!("{} beside {}", pair[0], pair[1]))
}

/// The functions that make something to send: `new`, and the methods of clients that make a call. How many there are,
/// and what is wrong with some.
fn makers(surface: &Surface) -> (usize, Vec<String>) {
    let (mut count, mut found) = (0, Vec::new());
    for (item, member, signature) in surface.items.iter().flat_map(|(key, item)| {
        let members = item.members.iter();
        members.map(move |(name, line)| (key, name, &line.text))
    }) {
        let client = matches!(item.as_str(), "struct rest::Client" | "struct ws_api::Client");
        let calls = client && member.starts_with("fn ") && signature.contains("Call<");
        if member == "fn new" || calls {
            count += 1;
            found.extend(wrong(signature).map(|why| format!("{item} {member}: {why}")));
        }
    }
    (count, found)
}

#[test]
fn arguments_that_could_be_mixed_up_are_found() {
    let lib = "pub mod rest { pub struct Client; impl Client {\n\
               pub fn a(&self, symbol: impl Into<Text>, price: impl Into<Decimal>, limit: i32) -> Call<A> {}\n\
               pub fn b(&self, a: A, b: B, c: A, d: B) -> Call<A> {}\n\
               pub fn c(&self, required: ARequired) -> Call<A> {}\n\
               pub fn d(&self, a: A, b: A) -> bool {} } }\n\
               pub struct A; impl A { pub fn new(a: A, b: B, c: A, d: B, e: A) -> Self {} }\n\
               pub struct B; impl B { pub fn new(a: impl Into<Text>, b: impl Into<Text>) -> Self {} }\n";
    let (count, found) = makers(&surface_of(lib));
    assert_eq!(count, 5);
    assert_eq!(
        found,
        [
            "struct A fn new: 5 arguments by position",
            "struct B fn new: implInto<Text> beside implInto<Text>",
            "struct rest::Client fn a: implInto<Decimal> beside i32",
        ]
    );
}

#[test]
fn no_call_of_any_product_can_be_mixed_up() {
    let (mut count, mut found) = (0, Vec::new());
    for (name, surface) in surfaces() {
        let (made, wrong) = makers(surface);
        count += made;
        found.extend(wrong.into_iter().map(|text| format!("{name}: {text}")));
    }
    assert!(count > 1_900, "{count} functions");
    assert_eq!(
        found, [""; 0],
        "generator/codegen/src/lower/constructor.rs decides"
    );
}
