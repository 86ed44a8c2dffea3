//! `x-snapshot` → where the state of the account is fetched, and what its events say about it.

use openapiv3::OpenAPI;
use serde_json::{Map, Value};

use super::{At, Reader};
use crate::api::{
    AccountSnapshot, Call, EventMeaning, Operation, OrderEvent, OrderSection, Product, SectionChoice, Type,
    TypeKind,
};

const KEYS: &[&str] = &["of", "account", "orders", "events"];
const KEYS_OF_ACCOUNT: &[&str] = &["operation", "times"];
const KEYS_OF_ORDERS: &[&str] = &["open", "query", "trades", "trade-id"];
const SHAPE: &str = "write {account: {operation: …}, orders: {open: …, query: …, trades: …}, events: {…}}";

impl Reader {
    /// Reads `x-snapshot`.
    pub(super) fn snapshot(&mut self, root: &At, api: &OpenAPI, product: &mut Product) {
        let Some(value) = api.extensions.get("x-snapshot") else {
            return;
        };
        let at = root.child("x-snapshot");
        let Some(map) = value.as_object() else {
            self.error(&at, "`x-snapshot` is not a mapping", SHAPE);
            return;
        };
        self.only(&at, map, KEYS);
        let account = map.get("account").and_then(Value::as_object);
        let orders = map.get("orders").and_then(Value::as_object);
        let events = map.get("events").and_then(Value::as_object);
        let (Some(account), Some(orders), Some(events)) = (account, orders, events) else {
            self.error(
                &at,
                "`account`, `orders` or `events` is missing or not a mapping",
                SHAPE,
            );
            return;
        };
        self.only(&at.child("account"), account, KEYS_OF_ACCOUNT);
        let sections = match orders.contains_key("open") {
            true => self.orders(&at.child("orders"), "", orders).into_iter().collect(),
            false => {
                let mut sections = Vec::new();
                for (name, entry) in orders {
                    let at = at.child("orders").child(name);
                    match entry.as_object() {
                        Some(entry) => sections.extend(self.orders(&at, name, entry)),
                        None => self.error(
                            &at,
                            "not a section of orders",
                            "write {open: …, query: …, trades: …}",
                        ),
                    }
                }
                sections
            }
        };
        let mut meanings = Vec::new();
        for (tag, entry) in events {
            let at = at.child("events").child(tag);
            match meaning(entry, &sections) {
                Some(meaning) => meanings.push((tag.clone(), meaning)),
                None => self.error(
                    &at,
                    "not a meaning of an event",
                    "write {is: order, at: …, section: …}, {is: fill} or {is: account, time: …}",
                ),
            }
        }
        product.snapshot = Some(AccountSnapshot {
            of: map.get("of").and_then(Value::as_str).map(str::to_owned),
            account: texts(account.get("operation")),
            times: texts(account.get("times")),
            sections,
            events: meanings,
            location: self.location(&at),
        });
    }

    fn orders(&mut self, at: &At, name: &str, entry: &Map<String, Value>) -> Option<OrderSection> {
        self.only(at, entry, KEYS_OF_ORDERS);
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let (Some(open), Some(query), Some(trades)) = (text("open"), text("query"), text("trades")) else {
            self.error(
                at,
                "`open`, `query` or `trades` is missing or not a text",
                "name the operations of open orders, of one order and of trades",
            );
            return None;
        };
        Some(OrderSection {
            name: name.to_owned(),
            open,
            query,
            trades,
            trade_id: text("trade-id"),
        })
    }

    fn only(&mut self, at: &At, map: &Map<String, Value>, known: &[&str]) {
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let remedy = format!("the keys are {}", known.join(", "));
            self.error(&at.child(key), format!("`{key}` means nothing here"), remedy);
        }
    }

    /// The operations that a snapshot needs exist, and answer with what identifies an order.
    pub(super) fn snapshot_operations(&mut self, product: &Product) {
        let Some(snapshot) = &product.snapshot else { return };
        let mut reported = |message: String, remedy: &str| {
            let (file, line) = (snapshot.location.file.clone(), snapshot.location.line);
            self.errors
                .push(crate::diagnostics::Diagnostic::new(file, line, message, remedy));
        };
        if let Some(of) = &snapshot.of
            && !product.user_data.iter().any(|entry| entry.name == *of)
        {
            reported(
                format!("`x-user-data` has no `{of}`"),
                "name one of its entries in `of`",
            );
        }
        if snapshot.of.is_none() && product.user_data.len() > 1 {
            reported(
                "`of` is missing".into(),
                "name the entry of x-user-data that it completes",
            );
        }
        for id in &snapshot.account {
            if operation(product, id).is_none() {
                reported(
                    format!("`account` names `{id}`, which is no operation"),
                    "write an operationId",
                );
            }
        }
        if snapshot.account.is_empty() {
            reported(
                "`account` names no operation".into(),
                "write an operationId in `operation`",
            );
        }
        for section in &snapshot.sections {
            for (id, members) in [
                (&section.open, ["symbol", "orderId", "status"]),
                (&section.query, ["symbol", "orderId", "status"]),
                (&section.trades, ["symbol", "orderId", "id"]),
            ] {
                let Some(operation) = operation(product, id) else {
                    reported(
                        format!("`orders` names `{id}`, which is no operation"),
                        "write an operationId",
                    );
                    continue;
                };
                for member in members {
                    if !has_required(product, &operation.response, member) {
                        reported(
                            format!("the answer of `{id}` has no required member `{member}`"),
                            "correct the answer, or name another operation",
                        );
                    }
                }
            }
        }
    }
}

/// One text or a list of them.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn meaning(entry: &Value, sections: &[OrderSection]) -> Option<EventMeaning> {
    let entry = entry.as_object()?;
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let section_of = |name: &str| sections.iter().position(|section| section.name == name);
    let section = match entry.get("section") {
        None => SectionChoice::Always(0),
        Some(Value::String(name)) => SectionChoice::Always(section_of(name)?),
        Some(choice) => {
            let choice = choice.as_object()?;
            let mut values = Vec::new();
            for (value, name) in choice.iter().filter(|(key, _)| *key != "member") {
                values.push((value.clone(), section_of(name.as_str()?)?));
            }
            SectionChoice::By {
                member: choice.get("member")?.as_str()?.to_owned(),
                values,
            }
        }
    };
    let order = OrderEvent {
        at: text("at"),
        section,
    };
    match entry.get("is")?.as_str()? {
        "order" => Some(EventMeaning::Order(order)),
        "fill" => Some(EventMeaning::Fill(order)),
        "account" => Some(EventMeaning::Account { time: text("time") }),
        _ => None,
    }
}

fn operation<'p>(product: &'p Product, id: &str) -> Option<&'p Operation> {
    let rest = |operation: &&Operation| matches!(operation.call, Call::Rest { .. });
    product
        .operations
        .iter()
        .filter(rest)
        .find(|operation| operation.id == id)
}

/// Whether an object, or the elements of a list of them, always have a member.
fn has_required(product: &Product, ty: &Type, member: &str) -> bool {
    let ty = match product.resolve(ty) {
        Type::Array(element) => product.resolve(element),
        ty => ty,
    };
    let Type::Named(name) = ty else { return false };
    let Some(TypeKind::Object(fields)) = product.types.get(name).map(|def| &def.kind) else {
        return false;
    };
    fields
        .iter()
        .any(|field| field.name == member && field.required && !field.nullable)
}
