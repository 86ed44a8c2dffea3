//! The addresses of a product, by what listens there and by environment.

use std::collections::BTreeSet;

use binance_wire_model::api::{Server, Transport};
use serde::Serialize;

use super::{Context, user_data};
use crate::names;

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

impl Context<'_> {
    /// The environment that examples of a client of the transport use.
    pub(super) fn example_environment(&self, transport: Transport) -> Option<String> {
        self.environment(|server| server.transport == transport && !server.sbe && server.name.is_none())
            .map(|environment| names::pascal(&environment))
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
