//! Where a product listens, and where code comes in.

use binance_wire_codegen::lower::api::address_function;
use binance_wire_model::api::{Call, Product};
use binance_wire_surface::rust_item::{RustItem, RustItemKind};

use super::kind::{Aspect, Class, Transport};
use super::node::Node;

/// Where users of a product come in, by transport: its clients, and what opens its streams.
pub(super) fn entrances(product: &Product, krate: &str) -> Vec<(Transport, RustItem)> {
    let has = |rest: bool| {
        let mut calls = product.operations.iter().map(|operation| &operation.call);
        calls.any(|call| matches!(call, Call::Rest { .. }) == rest)
    };
    let client = |path: &str| RustItemKind::Type {
        path: path.to_owned(),
    };
    let opener = |name: &str| RustItemKind::Function {
        module: "streams".to_owned(),
        name: name.to_owned(),
    };
    let mut kinds = Vec::new();
    kinds.extend(has(true).then(|| (Transport::Rest, client("rest::Client"))));
    kinds.extend(has(false).then(|| (Transport::WsApi, client("ws_api::Client"))));
    if !product.streams.is_empty() {
        kinds.extend(["builder", "builder_at"].map(|name| (Transport::WsStreams, opener(name))));
    }
    let item = |(transport, kind)| {
        let krate = krate.to_owned();
        (transport, RustItem { krate, kind })
    };
    kinds.into_iter().map(item).collect()
}

/// The addresses by environment, and by what else they are told apart.
pub(super) fn environments(product: &Product) -> Vec<Node> {
    let mut found: Vec<Node> = Vec::new();
    for server in &product.servers {
        let transport = Transport::from(server.transport);
        let mut key = server.environment.clone();
        if server.sbe {
            key += ", SBE";
        }
        if let Some(name) = &server.name {
            key += &format!(", {name}");
        }
        let known = found
            .iter_mut()
            .find(|node| node.transport == Some(transport) && node.shown == key);
        match known.and_then(|node| node.facts.first_mut()) {
            Some(hosts) => hosts.text += &format!(", {}", server.url),
            None => {
                let mut node = Node::new(Class::Environment, format!("{transport} {key}"));
                node.shown = key;
                node.transport = Some(transport);
                node.fact(Aspect::Hosts, server.url.clone());
                found.push(node);
            }
        }
    }
    found
}

/// The functions of `environments`: each is there as long as some environment has such an address.
pub(super) fn addresses(product: &Product, krate: &str) -> Vec<Node> {
    let mut found: Vec<Node> = Vec::new();
    for server in &product.servers {
        let Some(function) = address_function(server) else {
            continue;
        };
        if found.iter().any(|node| node.key == function) {
            continue;
        }
        let mut node = Node::new(Class::Addresses, function.clone());
        node.transport = Some(server.transport.into());
        node.items = vec![RustItem {
            krate: krate.to_owned(),
            kind: RustItemKind::Function {
                module: "environments".to_owned(),
                name: function,
            },
        }];
        found.push(node);
    }
    found
}
