//! Answers: documented ones or examples, with what the request says in them.

use std::collections::BTreeMap;

use binance_wire_catalog_data::model::{
    Call as Described, Evidence, Field, Operation, Product, Sample, Time, TimeUnit, Type, TypeKind,
};
use serde_json::{Map, Value};

use super::memory::{Made, Memory};
use crate::error::Refusal;
use crate::params::Params;

/// A call that has passed its checks.
#[derive(Clone, Copy)]
pub(super) struct Call<'c> {
    pub(super) product: &'static Product,
    pub(super) operation: &'static Operation,
    pub(super) params: &'c Params,
    pub(super) account: u64,
    pub(super) now_us: i64,
}

impl Call<'_> {
    /// Returns the answer.
    ///
    /// # Errors
    /// The code by which a query says that there is nothing.
    pub(super) fn answer(self, memory: &mut Memory) -> Result<Value, Refusal> {
        let Self {
            product, operation, ..
        } = self;
        let mut values: BTreeMap<String, String> = self.params.pairs().collect();
        if operation.mutation {
            let mut body = self.documented();
            for id in &operation.identity.ids {
                // The exchange makes one where the client has not.
                let next = memory.next_id();
                values
                    .entry(id.clone())
                    .or_insert_with(|| format!("sandbox-{next}"));
            }
            self.fill(&mut body, &mut values, Some(memory));
            memory.keep(self.account, &product.name, operation, values);
            return Ok(body);
        }
        let queried = product.operations.iter().filter_map(|mutation| {
            let twin = mutation.identity.query.as_ref()?;
            self.is(&twin.operation).then_some(twin)
        });
        let Some(absent) = queried.flat_map(|twin| &twin.absent).next() else {
            return Ok(self.documented());
        };
        let Some(made) = memory.find(self.account, &product.name, self.id(), self.params) else {
            let code = i32::try_from(*absent).unwrap_or(-2013);
            return Err(Refusal::new(code, "Order does not exist."));
        };
        let mut body = self.documented();
        values.extend(made.values.clone());
        self.fill(&mut body, &mut values, None);
        show(made, self.answer_in(&mut body));
        Ok(body)
    }

    /// The identifier of the REST operation that it is the same as, or its own.
    fn id(&self) -> &'static str {
        let operation = self.operation;
        operation.twin.as_deref().unwrap_or(&operation.id)
    }

    fn is(&self, id: &str) -> bool {
        self.id() == id
    }

    /// The documented answer, or an example.
    fn documented(&self) -> Value {
        let key = self.operation.call.to_string();
        let is_answer = |sample: &&Sample| sample.kind.as_deref() != Some("error");
        let sample = self.product.samples(&key).find(is_answer);
        let sample = sample.and_then(|sample| serde_json::from_str::<Value>(sample.payload.get()).ok());
        let example = || self.product.example(&self.operation.response);
        match (&self.operation.call, sample, &self.operation.envelope) {
            // Its documented answers are whole frames.
            (Described::WsApi { .. }, Some(mut frame), _) => {
                frame.get_mut("result").map_or_else(example, Value::take)
            }
            (Described::WsApi { .. }, None, _) => example(),
            (Described::Rest { .. }, Some(sample), _) => sample,
            (Described::Rest { .. }, None, Some(envelope)) => envelope.around(example()),
            (Described::Rest { .. }, None, None) => example(),
        }
    }

    /// Puts values into the answer.
    fn fill(&self, body: &mut Value, values: &mut BTreeMap<String, String>, ids: Option<&mut Memory>) {
        let mut filling = Filling {
            product: self.product,
            values,
            now_us: self.now_us,
            ids,
        };
        filling.fill(self.answer_in(body), &self.operation.response);
    }

    /// The part of a body that the answer's type describes.
    fn answer_in<'b>(&self, body: &'b mut Value) -> &'b mut Value {
        let envelope = self.operation.envelope.as_ref();
        let envelope = envelope.filter(|_| matches!(self.operation.call, Described::Rest { .. }));
        match envelope.and_then(|envelope| envelope.data.as_deref()) {
            Some(data) if body.get(data).is_some() => &mut body[data],
            _ => body,
        }
    }
}

/// Makes the answer of a query show that what it is about was carried out.
fn show(made: &Made, answer: &mut Value) {
    let Some(twin) = &made.operation.identity.query else {
        return;
    };
    match &twin.done {
        Evidence::Is { member, values } => {
            if let (Some(place), Some(value)) = (at(answer, member), values.first()) {
                *place = like(place, value);
            }
        }
        Evidence::Same { members, .. } => {
            for (member, parameter) in members {
                if let (Some(place), Some(value)) = (at(answer, member), made.values.get(parameter)) {
                    *place = like(place, value);
                }
            }
        }
        Evidence::Exists | Evidence::Listed(_) => {}
    }
}

/// The member at a path with dots; of the first element where a list stands.
fn at<'v>(value: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    path.split('.').try_fold(value, |value, name| {
        let value = match value {
            Value::Array(elements) => elements.first_mut()?,
            other => other,
        };
        value.get_mut(name)
    })
}

/// A text as a value of the same kind as another, which stays where the text is none of that kind.
pub(super) fn like(value: &Value, text: &str) -> Value {
    match value {
        Value::Number(_) => match serde_json::from_str(text) {
            Ok(Value::Number(number)) => number.into(),
            _ => value.clone(),
        },
        Value::Bool(_) => (text == "true").into(),
        _ => text.into(),
    }
}

/// A time in microseconds, in the unit of a type.
pub(super) fn time_of(time: Time, micros: i64) -> String {
    let count = match time.unit {
        TimeUnit::Second => micros.div_euclid(1_000_000),
        TimeUnit::Millisecond => micros.div_euclid(1_000),
        TimeUnit::Microsecond => micros,
    };
    count.to_string()
}

/// Puts values into an answer.
struct Filling<'f> {
    product: &'f Product,
    /// By the names of parameters and members.
    values: &'f mut BTreeMap<String, String>,
    now_us: i64,
    /// Makes ids, where something is made.
    ids: Option<&'f mut Memory>,
}

impl Filling<'_> {
    fn fill(&mut self, value: &mut Value, ty: &Type) {
        match self.product.resolve(ty) {
            Type::Array(element) | Type::OneOrMany(element) => match value {
                Value::Array(elements) => elements.iter_mut().for_each(|one| self.fill(one, element)),
                one => self.fill(one, element),
            },
            Type::Named(name) => {
                let Some(def) = self.product.types.get(name) else {
                    return;
                };
                match (&def.kind, value) {
                    (TypeKind::Object(fields), Value::Object(members)) => self.object(members, fields),
                    (TypeKind::Shapes(shapes), value) => {
                        // The one that has most of the members.
                        let members = |ty: &&Type| {
                            let fields = self.product.fields(ty).unwrap_or_default();
                            fields
                                .iter()
                                .filter(|field| value.get(&field.name).is_some())
                                .count()
                        };
                        if let Some(shape) = shapes.iter().max_by_key(members) {
                            self.fill(value, shape);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, members: &mut Map<String, Value>, fields: &[Field]) {
        for (name, value) in members.iter_mut() {
            let Some(field) = fields.iter().find(|field| field.name == *name) else {
                continue;
            };
            let ty = self.product.resolve(&field.ty);
            if matches!(value, Value::Object(_) | Value::Array(_)) {
                self.fill(value, ty);
                continue;
            }
            if let Some(known) = self.values.get(name).or_else(|| self.made_as(name)) {
                *value = like(value, known);
                continue;
            }
            if self.ids.is_none() {
                continue;
            }
            match ty {
                Type::Time(time) => {
                    *value = like(value, &time_of(*time, self.now_us));
                }
                Type::Integer(_) | Type::Int32(_) | Type::Text if name.ends_with("Id") || name == "id" => {
                    let id = self.ids.as_mut().map_or(0, |ids| ids.next_id());
                    let id = id.to_string();
                    *value = like(value, &id);
                    self.values.insert(name.clone(), id);
                }
                _ => {}
            }
        }
    }

    /// The id that a request gave to what it makes: `clientOrderId` is `newClientOrderId` there.
    fn made_as(&self, name: &str) -> Option<&String> {
        let mut letters = name.chars();
        let first = letters.next()?.to_ascii_uppercase();
        self.values.get(&format!("new{first}{}", letters.as_str()))
    }
}
