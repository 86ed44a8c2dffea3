//! `x-user-data` → how the user's own events are reached.

use std::collections::BTreeMap;

use openapiv3::OpenAPI;
use serde_json::{Map, Value};

use super::{At, Reader, reference_of};
use crate::api::{Call, Product, Transport, Type, TypeKind, UserData, UserDataAccess};
use crate::names;

/// What the one kind of user data of a product is called.
const ONLY: &str = "userData";

const KEYS_OF_KEY: &[&str] = &[
    "kind",
    "server",
    "start",
    "keep-alive",
    "close",
    "path",
    "minutes",
    "events",
];
const KEYS_OF_TOKEN: &[&str] = &["kind", "server", "start", "subscribe", "events"];

impl Reader {
    /// Reads `x-user-data`: one entry, or several under names.
    pub(super) fn user_data(&mut self, root: &At, api: &OpenAPI, product: &mut Product) {
        let Some(value) = api.extensions.get("x-user-data") else {
            return;
        };
        let at = root.child("x-user-data");
        let Some(map) = value.as_object() else {
            self.error(
                &at,
                "`x-user-data` is not a mapping",
                "write {kind: listen-key, …}",
            );
            return;
        };
        if map.contains_key("kind") {
            self.user_data_entry(&at, ONLY, map, product);
            return;
        }
        if map.is_empty() {
            self.error(&at, "`x-user-data` is empty", "write {kind: listen-key, …}");
        }
        let mut by_words: BTreeMap<Vec<String>, &String> = BTreeMap::new();
        for (name, entry) in map {
            let at = at.child(name);
            match entry.as_object() {
                Some(entry) => self.user_data_entry(&at, name, entry, product),
                None => self.error(
                    &at,
                    "not an entry of x-user-data",
                    "write {kind: listen-key, …}; a single entry stands without a name",
                ),
            }
            if let Some(other) = by_words.insert(names::words(name), name) {
                let message = format!("`{other}` and `{name}` are made of the same words");
                self.error(&at, message, "rename one of the two");
            }
        }
    }

    fn user_data_entry(&mut self, at: &At, name: &str, entry: &Map<String, Value>, product: &mut Product) {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let kind = text("kind");
        let known = match kind.as_deref() {
            Some("listen-key") => KEYS_OF_KEY,
            Some("listen-token") => KEYS_OF_TOKEN,
            _ => {
                let at = if entry.contains_key("kind") {
                    at.child("kind")
                } else {
                    at.clone()
                };
                self.error(
                    &at,
                    "unknown kind of user data",
                    "use kind: listen-key or listen-token",
                );
                return;
            }
        };
        for key in entry.keys().filter(|key| !known.contains(&key.as_str())) {
            let remedy = format!("the keys are {}", known.join(", "));
            self.error(&at.child(key), format!("`{key}` means nothing here"), remedy);
        }
        let mut needed = |key: &str| {
            let value = text(key);
            if value.is_none() {
                let message = format!("`{key}` is missing or not a text");
                self.error(at, message, "specs/README.md says what user data needs");
            }
            value
        };
        let start = needed("start");
        let access = match kind.as_deref() {
            Some("listen-token") => Some(UserDataAccess::ListenToken {
                subscribe: text("subscribe")
                    .unwrap_or_else(|| "userDataStream.subscribe.listenToken".to_owned()),
            }),
            _ => needed("keep-alive").map(|keep_alive| UserDataAccess::ListenKey {
                keep_alive,
                close: text("close"),
                path: text("path").unwrap_or_else(|| "/ws/{listenKey}".to_owned()),
                minutes: 60,
            }),
        };
        let minutes = match entry.get("minutes").map(|value| (value, value.as_u64())) {
            None => Some(60),
            Some((_, Some(minutes @ 2..=1440))) => u32::try_from(minutes).ok(),
            Some(_) => {
                self.error(
                    &at.child("minutes"),
                    "`minutes` is not a lifetime of a key",
                    "write a number from 2 to 1440",
                );
                None
            }
        };
        let server = text("server");
        if let Some(server) = &server
            && !product
                .servers
                .iter()
                .any(|known| known.transport == Transport::WsStreams && known.name.as_ref() == Some(server))
        {
            let remedy = format!("give the server `x-name: {server}`, or leave it out");
            self.error(
                &at.child("server"),
                format!("no server is called `{server}`"),
                remedy,
            );
        }
        let events = match reference_of(entry.get("events")) {
            Some(reference) => self.reference(&at.child("events"), &reference),
            None => {
                self.error(at, "`events` is missing", "write events: {$ref: …}");
                return;
            }
        };
        let (Some(start), Some(mut access), Some(life)) = (start, access, minutes) else {
            return;
        };
        if let UserDataAccess::ListenKey { path, minutes, .. } = &mut access {
            *minutes = life;
            if !is_template(path) {
                self.error(
                    &at.child("path"),
                    "the path has no `{listenKey}`, or other placeholders",
                    "write it as /ws/{listenKey} or /private/ws?listenKey={listenKey}&events={events}",
                );
            }
        }
        product.user_data.push(UserData {
            name: name.to_owned(),
            server,
            start,
            access,
            events,
            location: self.location(at),
        });
    }

    /// The operations that user data needs exist, take what can be given and answer what is wanted.
    pub(super) fn user_data_operations(&mut self, product: &Product) {
        for entry in &product.user_data {
            let operations = match &entry.access {
                UserDataAccess::ListenKey {
                    keep_alive, close, ..
                } => {
                    vec![("keep-alive", Some(keep_alive)), ("close", close.as_ref())]
                }
                UserDataAccess::ListenToken { .. } => Vec::new(),
            };
            for (key, id) in operations.into_iter().chain([("start", Some(&entry.start))]) {
                let Some(id) = id else { continue };
                let found = product
                    .operations
                    .iter()
                    .find(|operation| operation.id == *id && matches!(operation.call, Call::Rest { .. }));
                let location = entry.location.clone();
                let mut reported = |message: String, remedy: &str| {
                    let (file, line) = (location.file.clone(), location.line);
                    self.errors
                        .push(crate::diagnostics::Diagnostic::new(file, line, message, remedy));
                };
                let Some(operation) = found else {
                    reported(
                        format!("`{key}` names `{id}`, which is no REST operation"),
                        "write the operationId of one",
                    );
                    continue;
                };
                let stray = operation
                    .parameters
                    .iter()
                    .find(|parameter| parameter.required && parameter.name != "listenKey");
                if let Some(stray) = stray.filter(|_| key != "start") {
                    reported(
                        format!(
                            "`{id}` needs `{}`, which nobody has when it is called",
                            stray.name
                        ),
                        "only `listenKey` can be given",
                    );
                }
                if key != "start" {
                    continue;
                }
                let wanted: &[(&str, bool)] = match entry.access {
                    UserDataAccess::ListenKey { .. } => &[("listenKey", false)],
                    UserDataAccess::ListenToken { .. } => &[("token", false), ("expirationTime", true)],
                };
                for (member, time) in wanted {
                    if !has_member(product, &operation.response, member, *time) {
                        let what = if *time { "time" } else { "text" };
                        reported(
                            format!("the answer of `{id}` has no member `{member}` that is a {what}"),
                            "correct the answer, or name another operation",
                        );
                    }
                }
            }
        }
    }
}

/// Whether an object type has a member that is a text, or a point in time.
fn has_member(product: &Product, ty: &Type, member: &str, time: bool) -> bool {
    let Type::Named(name) = product.resolve(ty) else {
        return false;
    };
    let Some(TypeKind::Object(fields)) = product.types.get(name).map(|def| &def.kind) else {
        return false;
    };
    fields.iter().any(|field| {
        let fits = match product.resolve(&field.ty) {
            Type::Text => !time,
            Type::Time { .. } => time,
            _ => false,
        };
        field.name == member && fits && !field.nullable
    })
}

/// Whether a path has the placeholder of the key, once, and no other than `{events}`, which ends the query.
fn is_template(path: &str) -> bool {
    let (before, after) = match path.split_once("{listenKey}") {
        Some((before, after)) if before.starts_with('/') => (before, after),
        _ => return false,
    };
    let after = after.strip_suffix("&events={events}").unwrap_or(after);
    ![before, after].iter().any(|part| part.contains(['{', '}']))
}
