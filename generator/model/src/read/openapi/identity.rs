//! By what the exchange knows what a mutation makes or changes.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::Value;

use super::operations::texts;
use super::{At, Reader};
use crate::api::{Call, Evidence, Identity, Operation, Parameter, Product, QueryTwin};
use crate::diagnostics::one_of;
use crate::read::yaml;

const KEY: &str = "x-identity";
const KEYS: &[&str] = &["each", "ids", "query", "with", "absent", "done", "none"];
/// What the exchange answers where there is no such order: `NO_SUCH_ORDER`.
const ABSENT: i64 = -2013;

impl Reader {
    /// What identifies the subject of a mutation.
    pub(super) fn identity(
        &mut self,
        at: &At,
        extensions: &IndexMap<String, Value>,
        mutation: bool,
        parameters: &[Parameter],
    ) -> Identity {
        let Some(value) = extensions.get(KEY) else {
            return Identity::default();
        };
        let at = at.child(KEY);
        if extensions.contains_key("x-twin") || !mutation {
            self.error(
                &at,
                "only a mutation that is no twin makes or changes something",
                "write `x-identity` at the operation itself",
            );
            return Identity::default();
        }
        if self.keys(&at, value, KEYS).is_none() {
            return Identity::default();
        }
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let (ids, ids_beside) = self.made(&at.child("ids"), value.get("ids"));
        let identity = Identity {
            each: text("each"),
            ids,
            ids_beside,
            query: text("query").map(|operation| QueryTwin {
                operation,
                with: pairs(value.get("with")),
                absent: match value.get("absent").and_then(Value::as_array) {
                    Some(codes) => codes.iter().filter_map(Value::as_i64).collect(),
                    None => vec![ABSENT],
                },
                done: self.evidence(&at.child("done"), value.get("done")),
            }),
            none: text("none"),
        };
        if identity.query.is_some() == identity.none.is_some() {
            self.error(
                &at,
                "an identity has a query, or a reason why there is none",
                "write `query` and `with`, or `none` and the reason",
            );
        }
        self.names_of_identity(&at, &identity, parameters);
        identity
    }

    /// The ids that clients make: always, and beside another parameter.
    fn made(&mut self, at: &At, value: Option<&Value>) -> (Vec<String>, Vec<(String, String)>) {
        let ids = value.and_then(Value::as_array).into_iter().flatten();
        let (mut always, mut beside) = (Vec::new(), Vec::new());
        for id in ids {
            let part = |key: &str| id.get(key).and_then(Value::as_str).map(str::to_owned);
            match (id.as_str(), part("id"), part("beside")) {
                (Some(id), ..) => always.push(id.to_owned()),
                (None, Some(id), Some(part)) => beside.push((id, part)),
                _ => self.error(
                    at,
                    "not an id that clients make",
                    "name the parameter, or write {id: parameter, beside: parameter of the same part}",
                ),
            }
        }
        (always, beside)
    }

    fn evidence(&mut self, at: &At, value: Option<&Value>) -> Evidence {
        let Some(value) = value else {
            return Evidence::Exists;
        };
        if self
            .keys(at, value, &["listed", "member", "in", "same", "unless"])
            .is_none()
        {
            return Evidence::Exists;
        }
        let member = value.get("member").and_then(Value::as_str);
        let listed = value.get("listed").and_then(Value::as_str);
        match (listed, member, value.get("same")) {
            (Some(listed), None, None) => Evidence::Listed(listed.to_owned()),
            (None, Some(member), None) => Evidence::Is(member.to_owned(), texts(value.get("in"))),
            (None, None, Some(same)) => Evidence::Same(pairs(Some(same)), texts(value.get("unless"))),
            _ => {
                self.error(
                    at,
                    "not a proof that a mutation was carried out",
                    "write one of {listed: member}, {member: status, in: [..]} and {same: {member: parameter}, unless: [parameter]}",
                );
                Evidence::Exists
            }
        }
    }

    /// Checks that the parameters that are named exist: of the request, or of the elements of its list.
    fn names_of_identity(&mut self, at: &At, identity: &Identity, parameters: &[Parameter]) {
        let list = match &identity.each {
            None => None,
            Some(each) => {
                let list = parameters.iter().find(|parameter| parameter.name == *each);
                let element = list.and_then(|list| self.element(&list.ty));
                if element.is_none() {
                    let message = format!("`{each}` is no list of the request");
                    self.error(&at.child("each"), message, "name the list of a batch");
                    return;
                }
                element
            }
        };
        let query = identity.query.iter();
        let compared = query.clone().flat_map(|query| match &query.done {
            Evidence::Same(pairs, unless) => pairs.iter().map(|(_, sent)| sent).chain(unless).collect(),
            _ => Vec::new(),
        });
        let sources = query.flat_map(|query| query.with.iter().map(|(from, _)| from));
        let beside = identity.ids_beside.iter().flat_map(|(id, part)| [id, part]);
        let made = identity.ids.iter().chain(beside).map(|name| (name, false));
        let asked = sources.chain(compared).map(|name| (name, true));
        for (name, or_of_all) in made.chain(asked) {
            let of_request = || parameters.iter().any(|parameter| parameter.name == *name);
            let (known, remedy) = match &list {
                Some(element) => (
                    self.member(element, name).is_some() || or_of_all && of_request(),
                    "name a member of the elements of the list".to_owned(),
                ),
                None => {
                    let names: Vec<&str> = parameters.iter().map(|p| p.name.as_str()).collect();
                    (of_request(), one_of(&names, name))
                }
            };
            if !known {
                self.error(at, format!("no parameter is called `{name}`"), remedy);
            }
        }
    }

    /// Checks that queries exist, and have the parameters that they are asked with.
    pub(super) fn identities(&mut self, product: &Product) {
        let originals = product.operations.iter().filter(|o| o.twin.is_none());
        let known: BTreeMap<&str, &Operation> = originals
            .clone()
            .map(|operation| (operation.id.as_str(), operation))
            .collect();
        for operation in originals {
            let Some(query) = &operation.identity.query else {
                continue;
            };
            let at = place(operation).child(KEY);
            let Some(asked) = known.get(query.operation.as_str()) else {
                let names: Vec<&str> = known.keys().copied().collect();
                let message = format!("`{}` is no operation", query.operation);
                self.error(&at.child("query"), message, one_of(&names, &query.operation));
                continue;
            };
            if asked.mutation || asked.envelope.is_some() || asked.parameters.iter().any(|p| p.in_path) {
                self.error(
                    &at.child("query"),
                    format!("`{}` is no plain query", query.operation),
                    "name a read without envelope and without parameters in its path",
                );
            }
            for (_, to) in &query.with {
                if !asked.parameters.iter().any(|parameter| parameter.name == *to) {
                    let names: Vec<&str> = asked.parameters.iter().map(|p| p.name.as_str()).collect();
                    let message = format!("`{}` has no parameter `{to}`", query.operation);
                    self.error(&at.child("with"), message, one_of(&names, to));
                }
            }
            let members: Vec<&str> = match &query.done {
                Evidence::Exists => Vec::new(),
                Evidence::Listed(member) | Evidence::Is(member, _) => vec![member.as_str()],
                Evidence::Same(pairs, _) => pairs.iter().map(|(member, _)| member.as_str()).collect(),
            };
            for member in members.into_iter().filter(|member| !member.is_empty()) {
                if self.member(&asked.response, member).is_none() {
                    let message = format!("the answer of `{}` has no member `{member}`", query.operation);
                    self.error(&at.child("done"), message, "name a member of the answer");
                }
            }
        }
    }
}

/// Where an operation stands in its document.
fn place(operation: &Operation) -> At {
    let (path, method) = match &operation.call {
        Call::Rest { method, path } => (path.to_string(), method.name().to_lowercase()),
        Call::WsApi { method } => (format!("/{method}"), "post".to_owned()),
    };
    let pointer = format!("/paths/{}/{method}", yaml::escape(&path));
    At::new(&operation.location.file, pointer)
}

/// A mapping of names to names, in its order.
fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let object = value.and_then(Value::as_object);
    let entries = object.into_iter().flatten();
    entries
        .filter_map(|(from, to)| Some((from.clone(), to.as_str()?.to_owned())))
        .collect()
}
