//! The facade: one crate that re-exports the crates of the products, a feature each.

use serde::Serialize;

use super::api::{Guide, all_of, any_of, crate_name};
use super::rust::path;
use crate::names;
use binance_wire_model::product::SHARED;

use crate::render::{GeneratedFile, Renderer};
use crate::versions::Versions;

/// The facade's name.
pub const NAME: &str = "binance-wire";

/// Features of the facade that stand for no product.
const OWN_FEATURES: &[&str] = &["all-products", "default", "full"];

/// A feature that the crates of products have and the facade passes on.
struct PassedOn {
    name: &'static str,
    /// What it adds, without a full stop.
    doc: &'static str,
    default: bool,
    /// The crates that come with it, of which the facade re-exports what the clients take.
    brings: &'static [&'static str],
    /// Features of the facade that it switches on.
    enables: &'static [&'static str],
}

/// The crate that has credentials.
const SIGNING: &str = "binance-wire-signing";

/// The crate that has the limiter of requests.
const LIMITS: &str = "binance-wire-limits";

const PASSED_ON: &[PassedOn] = &[
    PassedOn {
        name: "rest",
        doc: "HTTP clients",
        default: true,
        brings: &[SIGNING, LIMITS],
        enables: &[],
    },
    PassedOn {
        name: "websocket",
        doc: "WebSocket API clients and streams",
        default: true,
        brings: &[SIGNING, LIMITS],
        enables: &[],
    },
    PassedOn {
        name: "blocking",
        doc: "HTTP clients for code that is not async",
        default: false,
        brings: &[],
        enables: &["rest"],
    },
    PassedOn {
        name: "metrics",
        doc: "Counters and histograms of the clients that are on, through the crate `metrics`",
        default: false,
        brings: &[],
        enables: &[],
    },
    PassedOn {
        name: "books",
        doc: "Order books kept in step with the exchange's",
        default: false,
        brings: &[SIGNING],
        enables: &["rest", "websocket"],
    },
    PassedOn {
        name: "sbe",
        doc: "SBE codecs, and answers in SBE",
        default: false,
        brings: &[],
        enables: &[],
    },
    PassedOn {
        name: "fix",
        doc: "FIX messages, and the signature of a FIX log-on",
        default: false,
        brings: &[SIGNING],
        enables: &[],
    },
    PassedOn {
        name: "server",
        doc: "What your own server offers to Binance: traits to implement",
        default: false,
        brings: &[],
        enables: &[],
    },
    PassedOn {
        name: "webhooks",
        doc: "What Binance posts to your own server: verified and decoded",
        default: false,
        brings: &[],
        enables: &[],
    },
    PassedOn {
        name: "tower",
        doc: "Your own server as a `tower_service::Service`",
        default: false,
        brings: &[],
        enables: &[],
    },
    PassedOn {
        name: "axum",
        doc: "Your own server as an `axum::Router`",
        default: false,
        brings: &[],
        enables: &["tower"],
    },
    PassedOn {
        name: "serde",
        doc: "serde's `Serialize` and `Deserialize` for every data type, in the form of the wire",
        default: false,
        brings: &[],
        enables: &[],
    },
    PassedOn {
        name: "payloads",
        doc: "Tables of every payload that the crates can decode, for checking recorded payloads",
        default: false,
        brings: &[],
        enables: &[],
    },
];

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
    /// The programs of its quickstart.
    pub guide: Guide,
    /// SBE messages.
    pub sbe_messages: usize,
    /// FIX messages.
    pub fix_messages: usize,
}

/// Why a product cannot have a name, if it cannot.
pub fn refused_name(product: &str) -> Option<&'static str> {
    let passed_on = PASSED_ON.iter().any(|feature| feature.name == product);
    if passed_on || OWN_FEATURES.contains(&product) {
        return Some("is a feature of the facade");
    }
    if product == "retired" {
        return Some("is a module of the facade");
    }
    [SHARED, NAME, super::catalog::FOLDER]
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
    /// Those with tables of payloads.
    with_payloads: Vec<Product<'m>>,
    features: Vec<Feature>,
    /// The features that are on by default, and those that `full` switches on.
    default: Vec<&'static str>,
    full: Vec<&'static str>,
    /// The condition under which credentials are in use, where they are at all.
    credentials_gate: Option<String>,
    /// The same for the limiter of requests.
    limits_gate: Option<String>,
    has_payloads: bool,
    /// The product of the programs on the front page, and the condition under which they compile.
    example: Option<Product<'m>>,
    guide_gate: Option<String>,
}

#[derive(Clone, Serialize)]
struct Product<'m> {
    #[serde(flatten)]
    member: &'m Member,
    /// The crate's name.
    krate: String,
    /// The crate's name in Rust.
    path: String,
    /// The module of the facade, and its path.
    module: String,
    import_path: String,
    /// What it has, in words.
    contents: String,
}

#[derive(Serialize)]
struct Feature {
    name: &'static str,
    doc: &'static str,
    default: bool,
    brings: &'static [&'static str],
    enables: &'static [&'static str],
    /// Crates that have it.
    crates: Vec<String>,
}

/// Prints the facade of some products. `shared` says whether there is a crate of what they share.
pub fn render(
    members: &[Member],
    shared: bool,
    versions: &Versions,
    renderer: &Renderer<'_>,
) -> anyhow::Result<Vec<GeneratedFile>> {
    let products: Vec<Product<'_>> = members.iter().map(product).collect();
    let features: Vec<Feature> = PASSED_ON
        .iter()
        .map(|passed| {
            let having = members
                .iter()
                .filter(|m| m.features.iter().any(|f| f == passed.name));
            Feature {
                name: passed.name,
                doc: passed.doc,
                default: passed.default,
                brings: passed.brings,
                enables: passed.enables,
                crates: having.map(|m| crate_name(&m.name)).collect(),
            }
        })
        .filter(|feature| !feature.crates.is_empty())
        .collect();
    let those = |wanted: fn(&Feature) -> bool| -> Vec<&str> {
        features
            .iter()
            .filter(|feature| wanted(feature))
            .map(|feature| feature.name)
            .collect()
    };
    let default = those(|feature| feature.default);
    let gate_of = |krate: &str| -> Option<String> {
        let bringing = features.iter().filter(|feature| feature.brings.contains(&krate));
        let names: Vec<&str> = bringing.map(|feature| feature.name).collect();
        (!names.is_empty()).then(|| any_of(&names))
    };
    let full = those(|feature| feature.name != "payloads");
    let has =
        |product: &Product<'_>, name: &str| product.member.features.iter().any(|feature| feature == name);
    let example = products
        .iter()
        .find(|p| p.member.name == "spot" && has(p, "rest"))
        .or_else(|| products.iter().find(|p| has(p, "rest")))
        .cloned();
    let guide_gate = example.as_ref().map(|product| {
        let mut needed = vec![product.member.name.as_str()];
        needed.extend(default.iter().filter(|name| has(product, name)));
        all_of(&needed)
    });
    let with_payloads: Vec<Product<'_>> = products.iter().filter(|p| has(p, "payloads")).cloned().collect();
    let leaf = crate_name(SHARED);
    let facade = Facade {
        name: NAME,
        version: versions.of(NAME),
        requirement: versions.requirement(NAME),
        shared_version: shared.then_some(versions.requirement(&leaf)),
        credentials_gate: gate_of(SIGNING),
        limits_gate: gate_of(LIMITS),
        default,
        full,
        has_payloads: !with_payloads.is_empty(),
        with_payloads,
        example,
        guide_gate,
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
    let module = names::escape_keyword(member.name.replace('-', "_"));
    Product {
        path: krate.replace('-', "_"),
        krate,
        import_path: path(&[&NAME.replace('-', "_"), &module]),
        module,
        contents,
        member,
    }
}
