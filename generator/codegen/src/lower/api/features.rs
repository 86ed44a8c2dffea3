//! The Cargo features of a product's crate.

use serde::Serialize;

use super::Crate;

/// A feature of a crate.
#[derive(Debug, Serialize)]
pub(super) struct Feature {
    pub(super) name: &'static str,
    /// What it adds, without a full stop.
    doc: String,
    /// What it switches on, as Cargo writes it.
    enables: Vec<&'static str>,
    pub(super) default: bool,
}

/// What a crate has, its features aside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Has {
    pub(super) rest: bool,
    pub(super) ws_api: bool,
    pub(super) streams: bool,
    pub(super) books: bool,
    pub(super) sbe: bool,
    pub(super) fix: bool,
    pub(super) server: bool,
    pub(super) webhooks: bool,
}

/// The features of a crate. The clients are on by default; a crate without clients has on what there is to implement.
pub(super) fn features(has: Has) -> Vec<Feature> {
    let websocket = match (has.ws_api, has.streams) {
        (true, true) => "WebSocket API client, streams",
        (true, false) => "WebSocket API client",
        (false, _) => "Streams",
    };
    let clients = has.rest || has.ws_api || has.streams;
    let serves = has.server || has.webhooks;
    let serde: Vec<&'static str> = [
        ("binance-wire-core/serde", true),
        ("binance-wire-sbe?/serde", has.sbe),
        ("binance-wire-fix?/serde", has.fix),
    ]
    .into_iter()
    .filter_map(|(feature, there)| there.then_some(feature))
    .collect();
    let metrics: Vec<&'static str> = [
        ("binance-wire-rest?/metrics", has.rest),
        ("binance-wire-websocket?/metrics", has.ws_api || has.streams),
    ]
    .into_iter()
    .filter_map(|(feature, there)| there.then_some(feature))
    .collect();
    let feature = |name, there: bool, default, doc: &str, enables: &[&'static str]| {
        there.then(|| Feature {
            name,
            doc: doc.to_owned(),
            enables: enables.to_vec(),
            default,
        })
    };
    let all = [
        feature(
            "rest",
            has.rest,
            true,
            "HTTP client",
            &["dep:binance-wire-rest", "dep:binance-wire-signing"],
        ),
        feature(
            "websocket",
            has.ws_api || has.streams,
            true,
            websocket,
            &["dep:binance-wire-websocket", "dep:binance-wire-signing"],
        ),
        feature(
            "blocking",
            has.rest,
            false,
            "An HTTP client for code that is not async",
            &["rest", "binance-wire-rest/blocking"],
        ),
        feature(
            "metrics",
            has.rest || has.ws_api || has.streams,
            false,
            "Counters and histograms of the clients that are on, through the crate `metrics`",
            &metrics,
        ),
        feature(
            "books",
            has.books,
            false,
            "Order books kept in step with the exchange's",
            &["rest", "websocket", "dep:binance-wire-books"],
        ),
        feature(
            "sbe",
            has.sbe,
            false,
            "SBE codecs, and answers of the REST and WebSocket APIs in SBE",
            &["dep:binance-wire-sbe"],
        ),
        feature(
            "fix",
            has.fix,
            false,
            "FIX messages, and the signature of a FIX log-on",
            &["dep:binance-wire-fix", "dep:binance-wire-signing"],
        ),
        feature(
            "server",
            has.server,
            !clients,
            "What your own server offers to Binance: a trait to implement",
            &["dep:binance-wire-server"],
        ),
        feature(
            "webhooks",
            has.webhooks,
            !clients,
            "What Binance posts to your own server: verified and decoded",
            &["dep:binance-wire-server"],
        ),
        feature(
            "tower",
            serves,
            false,
            "Your own server as a `tower_service::Service`",
            &["binance-wire-server?/tower"],
        ),
        feature(
            "axum",
            serves,
            false,
            "Your own server as an `axum::Router`",
            &["tower", "binance-wire-server?/axum"],
        ),
        feature(
            "serde",
            true,
            false,
            "serde's `Serialize` and `Deserialize` for every data type, in the form of the wire",
            &serde,
        ),
        feature(
            "payloads",
            true,
            false,
            "A table of every payload that the crate can decode, for checking recorded payloads",
            &[],
        ),
    ];
    all.into_iter().flatten().collect()
}

/// The condition under which all of some features are on, as the argument of `cfg`.
pub(crate) fn all_of(features: &[&str]) -> String {
    gate("all", features)
}

/// The condition under which one of some features is on.
pub(crate) fn any_of(features: &[&str]) -> String {
    gate("any", features)
}

fn gate(what: &str, features: &[&str]) -> String {
    let conditions: Vec<String> = features
        .iter()
        .map(|name| format!("feature = {name:?}"))
        .collect();
    match conditions.as_slice() {
        [only] => only.clone(),
        several => format!("{what}({})", several.join(", ")),
    }
}

impl Crate {
    /// The crate's features that a facade passes on.
    pub(crate) fn features(&self) -> Vec<&'static str> {
        self.features.iter().map(|feature| feature.name).collect()
    }
}
