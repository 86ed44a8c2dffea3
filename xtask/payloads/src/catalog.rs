//! What the generated crates can decode, and how a row's key finds it.

use binance_wire::payloads::PRODUCTS;
use binance_wire_core::json::Reading;
use binance_wire_core::payload::{ErrorBody, PayloadCodec, Spellings, WsApiFrame, recode};
use binance_wire_core::{DecodeError, FromJson, RawJson, Reader, ToJson, Writer};

use crate::stream_name;

/// What one product's crate can decode.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// The product's name, as in specs/.
    pub name: &'static str,
    /// The name in the exchange's own SDKs.
    sdk_name: &'static str,
    /// Its JSON payloads.
    pub codecs: &'static [PayloadCodec],
    /// What its payloads may spell otherwise.
    pub spellings: Spellings,
    /// Its FIX dictionaries.
    pub fix: &'static [crate::fix::Dictionary],
}

/// Every product that has been generated, by name.
pub fn products() -> impl Iterator<Item = Product> {
    PRODUCTS.iter().map(|product| Product {
        name: product.name,
        sdk_name: product.sdk_name,
        codecs: product.codecs,
        spellings: product.spellings,
        fix: crate::fix::of_product(product.name),
    })
}

impl Product {
    /// Whether this is the product that a row names: by its name here or in the exchange's SDKs, whichever way words
    /// are joined in it.
    pub fn is_called(&self, name: &str) -> bool {
        let plain = |name: &str| name.replace('_', "-");
        [self.name, self.sdk_name]
            .into_iter()
            .any(|own| plain(own) == plain(name))
    }
}

/// How a row's payload was carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// The REST API.
    Rest,
    /// The WebSocket API.
    WsApi,
    /// WebSocket streams.
    WsStreams,
    /// FIX.
    Fix,
    /// Operations of the user's own server.
    Server,
    /// Events posted to the user's own server.
    Webhooks,
}

impl Transport {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Rest,
        Self::WsApi,
        Self::WsStreams,
        Self::Fix,
        Self::Server,
        Self::Webhooks,
    ];

    /// The name in a row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::WsApi => "ws_api",
            Self::WsStreams => "ws_streams",
            Self::Fix => "fix",
            Self::Server => "server",
            Self::Webhooks => "webhooks",
        }
    }
}

/// What a row's payload is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// An answer, or what a stream sends.
    #[default]
    Response,
    /// An event.
    Event,
    /// A refusal.
    Error,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Response, Self::Event, Self::Error];

    /// The name in a row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Event => "event",
            Self::Error => "error",
        }
    }
}

/// Decodes a payload into its type and encodes it again.
pub type Recode = fn(&str, Reading) -> Result<String, DecodeError>;

/// Finds the type of a JSON payload.
///
/// A key that names an event alone is found for kind `response` as well, which is what a row without a kind says. An
/// operation without an error type of its own has the general one of its transport.
///
/// # Errors
/// What the product does not have, with the nearest thing that it has.
pub fn find(product: &Product, transport: Transport, key: &str, kind: Kind) -> Result<Recode, String> {
    let codecs: Vec<&PayloadCodec> = product
        .codecs
        .iter()
        .filter(|codec| codec.transport == transport.name())
        .collect();
    let Some(known) = resolve(&codecs, transport, key) else {
        return Err(unknown_key(product, transport, &codecs, key));
    };
    let of_kind = |kind: Kind| {
        codecs
            .iter()
            .find(|codec| codec.key == known && codec.kind == kind.name())
    };
    let fallback = match kind {
        Kind::Response => of_kind(Kind::Event),
        Kind::Event | Kind::Error => None,
    };
    if let Some(codec) = of_kind(kind).or(fallback) {
        return Ok(codec.recode);
    }
    if kind == Kind::Error {
        return Ok(match transport {
            Transport::WsApi => recode::<WsApiFrame<RawJson, RawJson>>,
            Transport::WsStreams => recode::<StreamError>,
            Transport::Rest | Transport::Fix | Transport::Server | Transport::Webhooks => {
                recode::<ErrorBody<RawJson>>
            }
        });
    }
    let kinds: Vec<&str> = codecs
        .iter()
        .filter(|codec| codec.key == known)
        .map(|codec| codec.kind)
        .collect();
    Err(format!(
        "`{known}` has no payload of kind `{}`; it has {}",
        kind.name(),
        kinds.join(" and ")
    ))
}

/// The key as the table has it.
fn resolve(codecs: &[&PayloadCodec], transport: Transport, key: &str) -> Option<&'static str> {
    let exact = |key: &str| {
        codecs
            .iter()
            .find(|codec| codec.key == key)
            .map(|codec| codec.key)
    };
    if let Some(key) = exact(key) {
        return Some(key);
    }
    match transport {
        Transport::Rest | Transport::Server => exact(&plain_endpoint(key)?),
        Transport::WsApi => exact(without_version(key)?),
        Transport::WsStreams => codecs
            .iter()
            .map(|codec| codec.key)
            .filter(|pattern| pattern.contains(['<', '{']) && stream_name::matches(pattern, key))
            .max_by_key(|pattern| stream_name::literal_length(pattern)),
        Transport::Fix | Transport::Webhooks => None,
    }
}

/// `get  /api/v3/depth?symbol=…` as `GET /api/v3/depth`.
fn plain_endpoint(key: &str) -> Option<String> {
    let (method, path) = key.trim().split_once(char::is_whitespace)?;
    let path = path.trim_start().split('?').next()?;
    Some(format!("{} {path}", method.to_ascii_uppercase()))
}

/// `v3/order.place` as `order.place`: methods may be called with their version in front.
fn without_version(key: &str) -> Option<&str> {
    let (version, method) = key.split_once('/')?;
    let digits = version.strip_prefix('v')?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(method)
}

fn unknown_key(product: &Product, transport: Transport, codecs: &[&PayloadCodec], key: &str) -> String {
    let name = transport.name();
    let elsewhere = Transport::ALL.into_iter().find(|other| {
        let codecs: Vec<_> = product
            .codecs
            .iter()
            .filter(|codec| codec.transport == other.name())
            .collect();
        *other != transport && resolve(&codecs, *other, key).is_some()
    });
    let hint = match elsewhere {
        Some(other) => format!("; transport `{}` has it", other.name()),
        None => hint(key, codecs.iter().map(|codec| codec.key)),
    };
    format!("unknown key for {} over {name}{hint}", product.name)
}

/// `; did you mean …?` with the nearest of the names, or nothing where none is near.
pub fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    // Longer texts are no names, and comparing them takes time.
    const LONGEST: usize = 120;
    let allowed = 2 + name.chars().count() / 4;
    let nearest = known
        .filter(|_| name.len() <= LONGEST)
        .map(|known| {
            (
                strsim::levenshtein(&name.to_lowercase(), &known.to_lowercase()),
                known,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((_, known)) => format!("; did you mean `{known}`?"),
        None => String::new(),
    }
}

/// What a stream connection answers to a request that it does not understand.
#[derive(Debug)]
struct StreamError {
    code: i64,
    msg: String,
    id: Option<RawJson>,
}

impl FromJson for StreamError {
    fn from_json(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (mut code, mut msg, mut id) = (None, None, None);
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match key.as_bytes() {
                b"code" => reader.field(&mut code, "code")?,
                b"msg" => reader.field(&mut msg, "msg")?,
                b"id" => reader.field(&mut id, "id")?,
                _ => reader.skip_value()?,
            }
        }
        Ok(Self {
            code: reader.required(code, "code")?,
            msg: reader.required(msg, "msg")?,
            id,
        })
    }
}

impl ToJson for StreamError {
    fn to_json(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("code", &self.code);
        writer.field("msg", &self.msg);
        writer.optional_field("id", &self.id);
        writer.end_object();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(transport: Transport, key: &str, kind: Kind) -> Result<Recode, String> {
        let spot = products().find(|product| product.is_called("spot"));
        find(&spot.ok_or("no product")?, transport, key, kind)
    }

    #[test]
    fn products_are_found_by_either_name() {
        let product = Product {
            name: "usds-futures",
            sdk_name: "derivatives_trading_usds_futures",
            codecs: &[],
            spellings: Spellings { aliases: &[] },
            fix: &[],
        };
        for name in [
            "usds-futures",
            "usds_futures",
            "derivatives_trading_usds_futures",
            "derivatives-trading-usds-futures",
        ] {
            assert!(product.is_called(name), "{name}");
        }
        for name in ["", "usdsfutures", "coin-futures", "USDS-FUTURES"] {
            assert!(!product.is_called(name), "{name}");
        }
        let mut names: Vec<&str> = products().map(|product| product.name).collect();
        assert!(names.contains(&"spot"));
        names.dedup();
        assert_eq!(names.len(), products().count());
    }

    #[test]
    fn keys_are_found_in_the_spellings_that_people_use() {
        for (transport, key, kind) in [
            (Transport::Rest, "GET /api/v3/depth", Kind::Response),
            (
                Transport::Rest,
                "get /api/v3/depth?symbol=BTCUSDT",
                Kind::Response,
            ),
            (Transport::Rest, "GET /api/v3/depth", Kind::Error),
            (Transport::WsApi, "order.place", Kind::Response),
            (Transport::WsApi, "v3/order.place", Kind::Error),
            (Transport::WsApi, "executionReport", Kind::Event),
            (Transport::WsStreams, "<symbol>@aggTrade", Kind::Event),
            (Transport::WsStreams, "{symbol}@aggTrade", Kind::Response),
            (Transport::WsStreams, "btcusdt@aggTrade", Kind::Response),
            (Transport::WsStreams, "btcusdt@depth5", Kind::Response),
            (Transport::WsStreams, "aggTrade", Kind::Event),
            (Transport::WsStreams, "executionReport", Kind::Response),
            (Transport::WsStreams, "btcusdt@aggTrade", Kind::Error),
        ] {
            assert!(
                lookup(transport, key, kind).is_ok(),
                "{transport:?} {key} {kind:?}"
            );
        }
    }

    #[test]
    fn what_is_unknown_comes_with_a_hint() {
        for (transport, key, kind, message) in [
            (
                Transport::Rest,
                "GET /api/v3/dept",
                Kind::Response,
                "unknown key for spot over rest; did you mean `GET /api/v3/depth`?",
            ),
            (
                Transport::Rest,
                "order.place",
                Kind::Response,
                "unknown key for spot over rest; transport `ws_api` has it",
            ),
            (
                Transport::WsApi,
                "nothing like it at all",
                Kind::Error,
                "unknown key for spot over ws_api",
            ),
            (
                Transport::WsApi,
                "order.place",
                Kind::Event,
                "`order.place` has no payload of kind `event`; it has response and error",
            ),
        ] {
            assert_eq!(lookup(transport, key, kind).err().as_deref(), Some(message));
        }
    }

    #[test]
    fn stream_errors_are_kept() {
        let text = r#"{"code":2,"msg":"Invalid request","id":7}"#;
        assert_eq!(
            recode::<StreamError>(text, Reading::new()).ok().as_deref(),
            Some(text)
        );
        assert!(recode::<StreamError>(r#"{"msg":"Invalid request"}"#, Reading::new()).is_err());
    }
}
