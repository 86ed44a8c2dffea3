//! The facade: one crate that re-exports the crates of the products, a feature each.

use serde::Serialize;

use super::api::crate_name;
use crate::names;
use crate::product::SHARED;
use crate::render::{GeneratedFile, Renderer};
use crate::versions::Versions;

/// The facade's name.
pub const NAME: &str = "binance-wire";

/// Features of the facade that stand for no product.
const OWN_FEATURES: &[&str] = &["all-products", "default", "full"];

/// What products may have: feature, and what it is for.
const PASSED_ON: &[(&str, &str)] = &[
    ("rest", "HTTP clients"),
    ("websocket", "WebSocket API clients and streams"),
    ("sbe", "SBE codecs, and answers in SBE"),
    ("fix", "FIX messages"),
    (
        "serde",
        "serde's `Serialize` and `Deserialize` for every data type, in the form of the wire",
    ),
    (
        "payloads",
        "Tables of every payload that the crates can decode, for checking recorded payloads",
    ),
];

/// The features that are on unless told: what most users of any product want.
const DEFAULT: &[&str] = &["rest", "websocket"];

/// What the facade says of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The product's name, which is its folder and its feature.
    pub name: String,
    /// The name in the exchange's own SDKs.
    pub sdk_name: String,
    /// The name in prose.
    pub title: String,
    /// The version of its crate.
    pub version: String,
    /// Features of its crate that the facade passes on.
    pub features: Vec<String>,
    /// REST operations.
    pub rest: usize,
    /// WebSocket API methods.
    pub ws_api: usize,
    /// Streams.
    pub streams: usize,
    /// SBE messages.
    pub sbe_messages: usize,
    /// FIX messages.
    pub fix_messages: usize,
}

/// Why a product cannot have a name, if it cannot.
pub fn refused_name(product: &str) -> Option<&'static str> {
    let passed_on = PASSED_ON.iter().any(|(feature, _)| *feature == product);
    if passed_on || OWN_FEATURES.contains(&product) {
        return Some("is a feature of the facade");
    }
    if product == "retired" {
        return Some("is a module of the facade");
    }
    [SHARED, NAME]
        .contains(&product)
        .then_some("is another generated crate's folder")
}

#[derive(Serialize)]
struct Facade<'m> {
    name: &'static str,
    version: &'m str,
    /// The version without build metadata, as others require it.
    requirement: &'m str,
    /// The version that is required of the leaf crate, where there is one.
    shared_version: Option<&'m str>,
    products: Vec<Product<'m>>,
    features: Vec<Feature<'m>>,
    default: Vec<&'static str>,
    /// The features that bring credentials with them.
    signing: Vec<&'static str>,
    has_payloads: bool,
    /// The product of the example.
    example: Option<usize>,
}

#[derive(Serialize)]
struct Product<'m> {
    #[serde(flatten)]
    member: &'m Member,
    /// The crate's name.
    krate: String,
    /// The crate's name in Rust.
    path: String,
    /// The module of the facade.
    module: String,
    /// What it has, in words.
    contents: String,
}

#[derive(Serialize)]
struct Feature<'m> {
    name: &'static str,
    doc: &'static str,
    signs: bool,
    /// Crates that have it.
    crates: Vec<String>,
    #[serde(skip)]
    members: Vec<&'m str>,
}

/// Prints the facade of some products. `shared` says whether there is a crate of what they share.
pub fn render(
    members: &[Member],
    shared: bool,
    versions: &Versions,
    renderer: &Renderer<'_>,
) -> anyhow::Result<Vec<GeneratedFile>> {
    let products: Vec<Product<'_>> = members.iter().map(product).collect();
    let features: Vec<Feature<'_>> = PASSED_ON
        .iter()
        .map(|(name, doc)| {
            let having = members.iter().filter(|m| m.features.iter().any(|f| f == name));
            let members: Vec<&str> = having.map(|m| m.name.as_str()).collect();
            Feature {
                name,
                doc,
                signs: DEFAULT.contains(name),
                crates: members.iter().map(|name| crate_name(name)).collect(),
                members,
            }
        })
        .filter(|feature| !feature.members.is_empty())
        .collect();
    let has = |name: &str| features.iter().any(|feature| feature.name == name);
    let default: Vec<&str> = DEFAULT.iter().copied().filter(|name| has(name)).collect();
    let with_rest = |m: &Member| m.features.iter().any(|feature| feature == "rest");
    let leaf = crate_name(SHARED);
    let facade = Facade {
        name: NAME,
        version: versions.of(NAME),
        requirement: versions.requirement(NAME),
        shared_version: shared.then_some(versions.requirement(&leaf)),
        signing: default.clone(),
        default,
        has_payloads: has("payloads"),
        example: members
            .iter()
            .position(|m| m.name == "spot" && with_rest(m))
            .or_else(|| members.iter().position(with_rest)),
        products,
        features,
    };
    let mut files = vec![
        renderer.text("facade/Cargo.toml.j2", &facade, "Cargo.toml")?,
        renderer.text("facade/README.md.j2", &facade, "README.md")?,
        renderer.rust("facade/lib.rs.j2", &facade, "src/lib.rs")?,
    ];
    if facade.has_payloads {
        files.push(renderer.rust("facade/payloads.rs.j2", &facade, "src/payloads.rs")?);
    }
    files.sort();
    Ok(files)
}

fn product(member: &Member) -> Product<'_> {
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {many}")),
    };
    let contents: Vec<String> = [
        counted(member.rest, "REST operation", "REST operations"),
        counted(member.ws_api, "WebSocket API method", "WebSocket API methods"),
        counted(member.streams, "stream", "streams"),
        counted(member.sbe_messages, "SBE message", "SBE messages"),
        counted(member.fix_messages, "FIX message", "FIX messages"),
    ]
    .into_iter()
    .flatten()
    .collect();
    // A product that is called, and calls nobody.
    let contents = match contents.is_empty() {
        true => "what your own server offers".to_owned(),
        false => contents.join(", "),
    };
    let krate = crate_name(&member.name);
    Product {
        path: krate.replace('-', "_"),
        krate,
        module: names::escape_keyword(member.name.replace('-', "_")),
        contents,
        member,
    }
}
