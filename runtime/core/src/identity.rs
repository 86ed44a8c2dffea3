//! What the exchange knows a mutation by: the ids in it, and the query that finds what it made or changed.

use crate::evidence::Evidence;
use crate::json::{Kind, Reader};
use crate::{Credit, Decimal, DecodeError, OrderIds, ParamSink, ParamValue, Text, Timestamp};

/// What the exchange knows the subject of a mutation by.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// The parameters that a client fills with ids of its own making where the caller sets none: that of the order, or
    /// of the list of orders, first.
    pub made: &'static [&'static str],
    /// The same for parts that a request may leave out: the parameter with the id, and the one whose presence says that the
    /// request has the part.
    pub made_beside: &'static [(&'static str, &'static str)],
    /// Further parameters with ids of the caller's, such as the one of an order that is to be cancelled.
    pub named: &'static [&'static str],
    /// The list whose elements have these parameters, where the request is a batch.
    pub each: Option<&'static str>,
    /// The query that finds out what became of the request.
    pub query: Option<QueryTwin>,
}

/// The query that finds out what became of a mutation.
#[derive(Clone, Copy, Debug)]
pub struct QueryTwin {
    /// Parameters of the mutation, and those of the query that take their values.
    pub params: &'static [(&'static str, &'static str)],
    /// The codes by which the query says that there is no such thing.
    pub absent: &'static [i32],
    /// What an answer must show for the mutation to have been carried out.
    pub done: Evidence,
    /// The cost of the query.
    pub credit: Credit,
}

impl QueryTwin {
    /// A query.
    pub const fn new(
        params: &'static [(&'static str, &'static str)],
        absent: &'static [i32],
        done: Evidence,
        credit: Credit,
    ) -> Self {
        Self {
            params,
            absent,
            done,
            credit,
        }
    }
}

impl Identity {
    /// Of an operation that makes nothing with an id.
    pub const NONE: Self = Self {
        made: &[],
        made_beside: &[],
        named: &[],
        each: None,
        query: None,
    };

    fn is_none(&self) -> bool {
        self.made.is_empty() && self.named.is_empty() && self.query.is_none()
    }

    /// All parameters with ids of clients: those to be made first.
    fn ids(&self) -> impl Iterator<Item = &'static &'static str> {
        let beside = self.made_beside.iter().map(|(id, _)| id);
        self.made.iter().chain(beside).chain(self.named)
    }

    /// The name of this parameter in the tables, where they name it.
    fn key(&self, name: &str) -> Option<&'static str> {
        let query = self.query.iter();
        let sources = query.clone().flat_map(|query| query.params).map(|(from, _)| from);
        let compared = query.flat_map(|query| query.done.parameters());
        let parts = self.made_beside.iter().map(|(_, part)| part);
        self.ids()
            .chain(parts)
            .chain(sources)
            .chain(compared)
            .find(|key| **key == name)
            .copied()
    }
}

/// What one order, or another thing that a request makes or changes, is known by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderRef {
    client_order_ids: Vec<Text>,
    query: Vec<(&'static str, ParamValue)>,
    /// What the answer of the query must repeat.
    expected: Vec<(&'static str, ParamValue)>,
}

impl OrderRef {
    /// Its client id: what the caller set, or the client made.
    pub fn client_order_id(&self) -> Option<&Text> {
        self.client_order_ids.first()
    }

    /// All client ids of the request that are about it: those of the orders of a list follow that of the list.
    pub fn client_order_ids(&self) -> &[Text] {
        &self.client_order_ids
    }

    /// The parameters of the query by which the exchange finds it, such as `symbol` and `origClientOrderId`; empty where
    /// there is no such query.
    pub fn query(&self) -> &[(&'static str, ParamValue)] {
        &self.query
    }

    /// The values that an answer is compared with.
    pub(crate) fn expected(&self) -> &[(&'static str, ParamValue)] {
        &self.expected
    }

    fn read(identity: &Identity, values: &[(&'static str, ParamValue)]) -> Self {
        let value = |name: &str| {
            let found = values.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.clone())
        };
        let twin = identity.query.iter();
        let params = twin.clone().flat_map(|query| query.params);
        let compared = twin.flat_map(|query| query.done.parameters());
        Self {
            client_order_ids: identity
                .ids()
                .filter_map(|name| match value(name) {
                    Some(ParamValue::Text(id)) => Some(id),
                    _ => None,
                })
                .collect(),
            query: params
                .filter_map(|(from, to)| Some((*to, value(from)?)))
                .collect(),
            expected: compared.filter_map(|name| Some((*name, value(name)?))).collect(),
        }
    }
}

/// A request with the ids that a client has made for it. For transports.
#[derive(Clone, Debug, Default)]
pub struct Identified {
    orders: Vec<OrderRef>,
    added: Vec<(&'static str, Text)>,
    /// A list with the ids of its elements, in place of the request's own.
    list: Option<(&'static str, String)>,
}

impl Identified {
    /// Makes the ids that a request has not set. `params` writes the request's parameters.
    pub fn new(identity: &Identity, ids: &OrderIds, params: &dyn Fn(&mut dyn ParamSink)) -> Self {
        if identity.is_none() {
            return Self::default();
        }
        let mut capture = Capture {
            identity,
            values: Vec::new(),
            list: None,
        };
        params(&mut capture);
        let Capture { mut values, list, .. } = capture;
        let Some(name) = identity.each else {
            let added = missing(identity, ids, &values);
            values.extend(
                added
                    .iter()
                    .map(|(name, id)| (*name, ParamValue::from(id.clone()))),
            );
            return Self {
                orders: vec![OrderRef::read(identity, &values)],
                added,
                list: None,
            };
        };
        // The list comes from an encoder; what is no list of objects is left to the exchange.
        match list.and_then(|list| elements(identity, ids, &values, &list).ok()) {
            Some((orders, list)) => Self {
                orders,
                added: Vec::new(),
                list: Some((name, list)),
            },
            None => Self::default(),
        }
    }

    /// What the request is about: one, or one for each element of a batch.
    pub fn orders(&self) -> &[OrderRef] {
        &self.orders
    }

    /// The same as a value of its own.
    pub fn into_orders(self) -> Vec<OrderRef> {
        self.orders
    }

    /// Hands the request's parameters to `sink`, and with them the ids that were made.
    pub fn write(&self, params: &dyn Fn(&mut dyn ParamSink), sink: &mut dyn ParamSink) {
        match &self.list {
            None => params(sink),
            Some((name, list)) => params(&mut Replace { sink, name, list }),
        }
        for (name, id) in &self.added {
            sink.text(name, id);
        }
    }
}

/// Ids for the parameters that have none.
fn missing(
    identity: &Identity,
    ids: &OrderIds,
    values: &[(&'static str, ParamValue)],
) -> Vec<(&'static str, Text)> {
    let has = |name: &str| values.iter().any(|(key, _)| *key == name);
    let beside = identity.made_beside.iter().filter(|(_, part)| has(part));
    let wanted = identity.made.iter().chain(beside.map(|(id, _)| id));
    wanted
        .filter(|name| !has(name))
        .filter_map(|name| Some((*name, ids.next()?)))
        .collect()
}

/// The elements of a batch, each with its ids.
fn elements(
    identity: &Identity,
    ids: &OrderIds,
    outer: &[(&'static str, ParamValue)],
    list: &str,
) -> Result<(Vec<OrderRef>, String), DecodeError> {
    let mut orders = Vec::new();
    let mut text = String::with_capacity(list.len() + 64);
    text.push('[');
    let mut reader = Reader::new(list);
    reader.begin_array()?;
    while reader.next_element()? {
        let element = reader.raw_value()?;
        let mut values = outer.to_vec();
        let mut inner = Reader::new(element);
        inner.begin_object()?;
        while let Some(key) = inner.next_key()? {
            let key = identity.key(key.as_str());
            let value = match inner.peek_kind()? {
                Kind::String => Some(ParamValue::Text(inner.read_str()?.as_ref().into())),
                Kind::Number => number(inner.raw_value()?),
                _ => inner.raw_value().map(|_| None)?,
            };
            values.extend(key.zip(value));
        }
        let added = missing(identity, ids, &values);
        if !orders.is_empty() {
            text.push(',');
        }
        let members = element.trim_end().strip_suffix('}').unwrap_or(element);
        text.push_str(members);
        for (name, id) in &added {
            if !text.trim_end().ends_with('{') {
                text.push(',');
            }
            let mut writer = crate::Writer::new();
            writer.str(id);
            text.push_str(&format!("\"{name}\":{}", writer.as_str()));
        }
        text.push('}');
        values.extend(added.into_iter().map(|(name, id)| (name, ParamValue::Text(id))));
        orders.push(OrderRef::read(identity, &values));
    }
    text.push(']');
    Ok((orders, text))
}

fn number(text: &str) -> Option<ParamValue> {
    let integer = text.parse().map(ParamValue::Integer);
    integer
        .or_else(|_| text.parse::<Decimal>().map(ParamValue::Decimal))
        .ok()
}

/// Notes the values that identify what a request is about.
struct Capture<'a> {
    identity: &'a Identity,
    values: Vec<(&'static str, ParamValue)>,
    list: Option<String>,
}

impl Capture<'_> {
    fn note(&mut self, name: &str, value: impl Into<ParamValue>) {
        self.values
            .extend(self.identity.key(name).map(|key| (key, value.into())));
    }
}

impl ParamSink for Capture<'_> {
    fn text(&mut self, name: &str, value: &str) {
        self.note(name, value);
    }

    fn integer(&mut self, name: &str, value: i64) {
        self.note(name, value);
    }

    fn decimal(&mut self, name: &str, value: Decimal) {
        self.note(name, value);
    }

    fn boolean(&mut self, name: &str, value: bool) {
        self.note(name, value);
    }

    fn json(&mut self, name: &str, json: &str) {
        if self.identity.each == Some(name) {
            self.list = Some(json.to_owned());
        }
    }
}

/// Sends another list in place of one.
struct Replace<'a> {
    sink: &'a mut dyn ParamSink,
    name: &'a str,
    list: &'a str,
}

impl ParamSink for Replace<'_> {
    fn text(&mut self, name: &str, value: &str) {
        self.sink.text(name, value);
    }

    fn integer(&mut self, name: &str, value: i64) {
        self.sink.integer(name, value);
    }

    fn decimal(&mut self, name: &str, value: Decimal) {
        self.sink.decimal(name, value);
    }

    fn number(&mut self, name: &str, value: Decimal) {
        self.sink.number(name, value);
    }

    fn boolean(&mut self, name: &str, value: bool) {
        self.sink.boolean(name, value);
    }

    fn json(&mut self, name: &str, json: &str) {
        self.sink
            .json(name, if name == self.name { self.list } else { json });
    }

    fn timestamp(&mut self, name: &str, value: Timestamp) {
        self.sink.timestamp(name, value);
    }
}
