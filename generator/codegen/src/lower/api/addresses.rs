//! The addresses of a product, by what listens there and by environment.

use std::collections::BTreeSet;

use binance_wire_model::api::{Operation, Server, Transport};
use serde::Serialize;

use super::{Context, user_data};
use crate::names;

/// Where the sandbox listens by default; `Environment::Sandbox` says so too.
const SANDBOX: &str = "127.0.0.1:9080";
/// The variant of `Environment` for it.
const SANDBOX_VARIANT: &str = "Sandbox";
/// The product whose streams have no name in front of them there.
const WITHOUT_PREFIX: &str = "spot";

/// A function that gives addresses.
#[derive(Debug, Serialize)]
pub(super) struct ServerList {
    function: String,
    doc: String,
    environments: Vec<ServerUrls>,
}

#[derive(Debug, Serialize)]
struct ServerUrls {
    variant: String,
    urls: Vec<String>,
}

/// The module of a transport: that of its client, and the function of `environments` with its addresses.
pub(super) fn module(transport: Transport) -> &'static str {
    match transport {
        Transport::Rest => "rest",
        Transport::WsApi => "ws_api",
        Transport::WsStreams => "streams",
    }
}

/// The function of `environments` that has a server's address.
pub fn address_function(server: &Server) -> Option<String> {
    let function = match (server.transport, &server.name) {
        (Transport::WsStreams, Some(name)) => user_data::server_function(name),
        (_, Some(name)) => names::snake(name),
        (Transport::WsStreams, None) if server.sbe => "sbe_streams".to_owned(),
        (_, None) if server.sbe => return None,
        (transport, None) => module(transport).to_owned(),
    };
    Some(function)
}

/// The address at the sandbox of what has an address at the exchange: the same path. Streams that have hosts of their own at
/// the exchange are told apart by their product. It serves no market streams in SBE.
fn in_sandbox(product: &str, server: &Server) -> Option<String> {
    let (_, rest) = server.url.split_once("://")?;
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    match server.transport {
        _ if server.sbe => None,
        Transport::Rest => Some(format!("http://{SANDBOX}{path}")),
        Transport::WsStreams if path.is_empty() && product != WITHOUT_PREFIX => {
            Some(format!("ws://{SANDBOX}/{product}"))
        }
        Transport::WsApi | Transport::WsStreams => Some(format!("ws://{SANDBOX}{path}")),
    }
}

impl Context<'_> {
    /// Whether requests of the product go over REST to hosts that the exchange publishes nowhere.
    pub(super) fn is_unpublished(&self) -> bool {
        let of_rest = |operation: &Operation| operation.call.transport() == Transport::Rest;
        self.product.operations.iter().any(of_rest)
            && !self
                .product
                .servers
                .iter()
                .any(|server| server.transport == Transport::Rest)
    }

    /// The environment that examples of a client of the transport use.
    pub(super) fn example_environment(&self, transport: Transport) -> Option<String> {
        let published =
            self.environment(|server| server.transport == transport && !server.sbe && server.name.is_none());
        let unpublished = transport == Transport::Rest && self.is_unpublished();
        let published = published.map(|environment| names::pascal(&environment));
        published.or_else(|| unpublished.then(|| SANDBOX_VARIANT.to_owned()))
    }

    pub(super) fn servers(&self) -> Vec<ServerList> {
        let lists = [
            (
                Transport::Rest,
                false,
                module(Transport::Rest),
                "The REST API's addresses, the main one first.",
            ),
            (
                Transport::WsApi,
                false,
                module(Transport::WsApi),
                "The WebSocket API's addresses, the main one first.",
            ),
            (
                Transport::WsStreams,
                false,
                module(Transport::WsStreams),
                "The market streams' addresses, the main one first.",
            ),
            (
                Transport::WsStreams,
                true,
                "sbe_streams",
                "The addresses of market streams in SBE, the main one first.",
            ),
        ];
        let named = self.product.servers.iter().filter_map(|server| {
            let name = server.name.as_deref()?;
            let function = address_function(server)?;
            let doc = match server.transport {
                Transport::WsStreams => {
                    format!("The addresses of user data called `{name}`, the main one first.")
                }
                _ => format!("The addresses called `{name}`, the main one first; no client uses them."),
            };
            Some((server.transport, server.sbe, function, doc, Some(name)))
        });
        let mut functions = BTreeSet::new();
        lists
            .into_iter()
            .map(|(transport, sbe, function, doc)| {
                (transport, sbe, function.to_owned(), doc.to_owned(), None)
            })
            .chain(named)
            .filter(|(_, _, function, ..)| functions.insert(function.clone()))
            .filter_map(|(transport, sbe, function, doc, name)| {
                let mut environments: Vec<ServerUrls> = Vec::new();
                let of = |s: &&Server| s.transport == transport && s.sbe == sbe && s.name.as_deref() == name;
                for server in self.product.servers.iter().filter(of) {
                    let variant = names::pascal(&server.environment);
                    match environments.iter_mut().find(|e| e.variant == variant) {
                        Some(known) => known.urls.push(server.url.clone()),
                        None => environments.push(ServerUrls {
                            variant,
                            urls: vec![server.url.clone()],
                        }),
                    }
                }
                let first = self.product.servers.iter().find(of);
                let unpublished = transport == Transport::Rest && self.is_unpublished();
                let sandbox = match first {
                    Some(server) => in_sandbox(&self.product.name, server),
                    None => unpublished.then(|| format!("http://{SANDBOX}")),
                };
                environments.extend(sandbox.map(|url| ServerUrls {
                    variant: SANDBOX_VARIANT.to_owned(),
                    urls: vec![url],
                }));
                let list = ServerList {
                    function,
                    doc,
                    environments,
                };
                (!list.environments.is_empty()).then_some(list)
            })
            .collect()
    }
}
