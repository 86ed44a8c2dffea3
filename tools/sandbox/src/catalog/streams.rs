//! Streams of products without an engine: documented events or examples, at every tick of the market.

use std::sync::LazyLock;

use binance_wire_catalog_data::catalog;
use binance_wire_catalog_data::model::{Product, Stream, Transport, Type, TypeKind};
use serde_json::{Map, Value};

use super::answer::{like, time_of};

/// The product whose streams an engine feeds.
const OF_ENGINE: &str = "spot";

/// Splits the path of a handshake into that of a product's streams and what follows it: `/ws…` or `/stream…`. `None` for
/// other paths.
pub(crate) fn split(path: &str) -> Option<(&str, &str)> {
    let is_streams =
        |rest: &str| rest == "/ws" || rest.starts_with("/ws/") || rest == "/stream" || rest == "/stream/";
    if is_streams(path) {
        return Some(("", path));
    }
    // Most requests are of REST, and need not be compared with every prefix.
    let ends = ["/ws", "/stream", "/stream/"];
    if !path.contains("/ws/") && !ends.iter().any(|end| path.ends_with(end)) {
        return None;
    }
    PREFIXES.iter().find_map(|(prefix, _)| {
        // Without one, the path would have been read.
        if prefix.is_empty() {
            return None;
        }
        let rest = path
            .strip_prefix(prefix.as_str())
            .filter(|rest| is_streams(rest))?;
        path.split_at_checked(path.len() - rest.len())
    })
}

/// Whether a connection with this prefix has the streams of a product.
pub(crate) fn is_of(prefix: &str, product: &str) -> bool {
    let mut prefixes = PREFIXES.iter();
    prefixes.any(|(known, of)| !prefix.is_empty() && known == prefix && of.name == product)
}

/// The prefixes of all products.
static PREFIXES: LazyLock<Vec<(String, &'static Product)>> = LazyLock::new(|| {
    let products = catalog().products().filter_map(Result::ok);
    products
        .flat_map(|product| prefixes(product).into_iter().map(move |prefix| (prefix, product)))
        .collect()
});

/// What stands before `/ws` and `/stream` in the addresses of a product's streams; of those where nothing does, their names
/// tell products apart here, which have hosts of their own at the exchange.
fn prefixes(product: &'static Product) -> Vec<String> {
    let of_server = product
        .servers
        .iter()
        .filter(|server| server.transport == Transport::WsStreams && !product.stream_rules.signed_topics)
        .map(|server| {
            let (_, rest) = server.url.split_once("://").unwrap_or_default();
            rest.find('/')
                .and_then(|at| rest.get(at..))
                .unwrap_or_default()
                .to_owned()
        });
    let of_server = of_server.chain([format!("/{}", product.name)]);
    let routes = product
        .stream_rules
        .routes
        .values()
        .map(String::as_str)
        .chain([""]);
    let routes: Vec<&str> = routes.collect();
    of_server
        .flat_map(|path| routes.iter().map(move |route| format!("{path}{route}")))
        .collect()
}

/// An event of a stream by its name, on a connection to an address with this prefix. `listed` is whether it is of a symbol
/// that the engine has.
pub(crate) fn event(prefix: &str, name: &str, listed: bool, now_us: i64) -> Option<Value> {
    let (product, stream, values) =
        PREFIXES
            .iter()
            .filter(|(known, _)| known == prefix)
            .find_map(|&(_, product)| {
                let (stream, values) = product.stream(name)?;
                // Symbols that the engine does not list stay silent there.
                let unlisted = product.name == OF_ENGINE && stream.pattern.starts_with('<') && !listed;
                (!unlisted).then_some((product, stream, values))
            })?;
    let mut event = documented(product, stream);
    let symbol = values.iter().find(|(name, _)| matches!(*name, "symbol" | "pair"));
    let symbol = symbol.map(|(_, value)| value.to_uppercase());
    fill(product, &stream.event, &mut event, symbol.as_deref(), now_us);
    Some(event)
}

fn documented(product: &Product, stream: &Stream) -> Value {
    let sample = product
        .samples(&stream.pattern)
        .find_map(|sample| serde_json::from_str::<Value>(sample.payload.get()).ok());
    match sample {
        Some(Value::Object(mut frame)) if frame.contains_key("stream") && frame.contains_key("data") => {
            frame.remove("data").unwrap_or_default()
        }
        Some(event) => event,
        None => product.example(&stream.event),
    }
}

/// Puts the symbol and the present time into an event.
fn fill(product: &Product, ty: &Type, event: &mut Value, symbol: Option<&str>, now_us: i64) {
    match (product.resolve(ty), event) {
        (Type::Array(element) | Type::OneOrMany(element), Value::Array(events)) => {
            events
                .iter_mut()
                .for_each(|event| fill(product, element, event, None, now_us));
        }
        (Type::OneOrMany(element), event) => fill(product, element, event, symbol, now_us),
        (Type::Named(name), Value::Object(members)) => {
            let kind = product.types.get(name).map(|def| &def.kind);
            if let Some(TypeKind::Object(fields)) = kind {
                for field in fields {
                    if let Type::Time(time) = product.resolve(&field.ty)
                        && matches!(field.name.as_str(), "E" | "T")
                    {
                        replace(members, &field.name, &time_of(*time, now_us));
                    }
                }
            }
            if let Some(symbol) = symbol {
                replace(members, "s", symbol);
            }
        }
        _ => {}
    }
}

/// Replaces a member that is there by a text as a value of the same kind.
fn replace(members: &mut Map<String, Value>, name: &str, text: &str) {
    if let Some(value) = members.get_mut(name) {
        *value = like(value, text);
    }
}
