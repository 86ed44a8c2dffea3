//! Calls in words: what they are on the wire, and the methods that make them.

use std::collections::BTreeSet;

use binance_wire_codegen::names;
use binance_wire_surface::surface::Surface;

use super::listed;
use crate::diff::{Affected, Transport};

/// What may be called: the surfaces before and after.
pub(super) struct Methods<'s>(pub(super) [&'s Surface; 2]);

impl Methods<'_> {
    /// The method that makes a call, if there is or was one.
    pub(super) fn of(&self, call: &Affected) -> Option<String> {
        let [old, new] = self.0;
        Self::with(call, new).or_else(|| Self::with(call, old))
    }

    fn with(call: &Affected, surface: &Surface) -> Option<String> {
        let name = names::snake(&call.id);
        let client = match call.transport {
            Transport::Rest => "struct rest::Client",
            Transport::WsApi => "struct ws_api::Client",
            Transport::WsStreams => {
                let key = format!("fn streams::{name}");
                return surface
                    .items
                    .contains_key(&key)
                    .then(|| format!("`streams::{name}()`"));
            }
            Transport::Fix | Transport::Sbe | Transport::Server | Transport::Webhooks => return None,
        };
        let key = format!("fn {name}");
        let item = surface.items.get(client)?;
        item.members.contains_key(&key).then(|| format!("`{name}()`"))
    }

    /// The methods that make some calls, as the end of a sentence: those that are there, or else those that were.
    pub(super) fn affected(&self, calls: &BTreeSet<Affected>) -> String {
        let [old, new] = self.0;
        let made = |surface: &Surface| -> BTreeSet<String> {
            let methods = calls.iter().filter_map(|call| Self::with(call, surface));
            methods.collect()
        };
        let mut methods = made(new);
        if methods.is_empty() {
            methods = made(old);
        }
        match methods.is_empty() {
            true => String::new(),
            false => format!("; affected methods: {}", listed(methods)),
        }
    }

    /// A call with its method in front: ping() (GET /ping).
    pub(super) fn whole(&self, call: &Affected) -> String {
        match self.of(call) {
            Some(method) => format!("{method} ({})", wire(call)),
            None => wire(call),
        }
    }
}

/// What a call is on the wire.
pub(super) fn wire(call: &Affected) -> String {
    let Affected { transport, call, .. } = call;
    match transport {
        Transport::WsApi => format!("WebSocket API `{call}`"),
        Transport::WsStreams => format!("stream `{call}`"),
        Transport::Server => format!("the user's server `{call}`"),
        Transport::Webhooks => "webhooks".to_owned(),
        Transport::Fix => format!("FIX `{call}`"),
        Transport::Rest | Transport::Sbe => format!("`{call}`"),
    }
}

/// Some calls on the wire, each once.
pub(super) fn wires<'c>(calls: impl IntoIterator<Item = &'c Affected>) -> String {
    let mut reported: Vec<String> = Vec::new();
    for call in calls {
        let text = wire(call);
        if !reported.contains(&text) {
            reported.push(text);
        }
    }
    listed(reported)
}
