//! Operations as data.

use binance_wire_model::api::{
    Call, Envelope, Evidence, Identity, Limit, Operation, Paging, Parameter, QueryTwin, RequestBody,
    RequestLimit, WeightCondition, WeightRule,
};
use serde_json::Value;

use super::object::{Object, all, pairs, strings};
use super::rules::{constructor, pattern, rule};
use super::types::ty;

pub(super) fn operation(operation: &Operation) -> Value {
    let mut object = Object::default();
    object.set("id", operation.id.as_str());
    object.set("call", call(&operation.call));
    object.set("tag", operation.tag.as_str());
    object.set("summary", operation.summary.as_str());
    object.set("description", operation.description.as_deref());
    object.set("docs", operation.docs.as_deref());
    object.set("security", operation.security.name());
    object.set("signed", operation.signed);
    object.set("mutation", operation.mutation);
    object.set("weight", weight(operation));
    object.set("weightOnSuccess", operation.weight_on_success);
    object.set("chargedToAccount", operation.limit == Limit::Uid);
    object.set("uidWeight", some(operation.uid_weight));
    object.set("requestLimits", all(&operation.request_limits, request_limit));
    object.set("paging", all(&operation.paging, paging));
    object.set("identity", identity(&operation.identity));
    object.set("unfilledOrders", some(operation.unfilled_orders));
    object.set("dataSource", strings(&operation.data_source));
    object.set("environments", strings(&operation.environments));
    object.set("deprecated", operation.deprecated);
    object.set("draft", operation.draft);
    object.set("byTransport", operation.by_transport);
    object.set("sunset", operation.sunset.as_deref());
    object.set("parameters", all(&operation.parameters, parameter));
    object.set(
        "body",
        match operation.body {
            RequestBody::None => None,
            RequestBody::Form => Some("form"),
            RequestBody::Json => Some("json"),
        },
    );
    object.set("rawBrackets", operation.raw_brackets);
    object.set("rules", all(&operation.rules, rule));
    object.set("constructors", all(&operation.constructors, constructor));
    object.set("response", ty(&operation.response));
    object.set("envelope", operation.envelope.as_ref().map(envelope));
    object.set("timeout", operation.timeout);
    object.set("sbe", strings(&operation.sbe));
    object.set("errorData", operation.error_data.as_ref().map(ty));
    object.set("twin", operation.twin.as_deref());
    object.set("aliases", strings(&operation.aliases));
    object.into()
}

fn call(call: &Call) -> Value {
    let mut object = Object::default();
    let kind = match call {
        Call::Rest { method, path } => {
            object.set("method", method.name());
            object.set("path", path.as_str());
            "rest"
        }
        Call::WsApi { method } => {
            object.set("method", method.as_str());
            "wsApi"
        }
    };
    Object::kind(kind, object)
}

fn weight(operation: &Operation) -> Value {
    let mut object = Object::default();
    object.set("rules", all(&operation.weight.0, weight_rule));
    object.set("undocumented", !operation.weight_documented);
    object.into()
}

/// A number, unless it is 0.
fn some(number: u32) -> Option<u32> {
    (number > 0).then_some(number)
}

fn limit(limit: Limit) -> Option<&'static str> {
    (limit != Limit::Ip).then(|| limit.name())
}

fn weight_rule(rule: &WeightRule) -> Value {
    let mut object = Object::default();
    object.set("when", rule.when.as_ref().map(weight_condition));
    object.set("weight", rule.weight);
    object.set("perItem", rule.per_item);
    object.set("cap", rule.cap);
    object.into()
}

fn weight_condition(condition: &WeightCondition) -> Value {
    let mut object = Object::default();
    object.set("parameter", condition.parameter());
    match condition {
        WeightCondition::Present { present, .. } => object.keep("present", *present),
        WeightCondition::Range { min, max, .. } => {
            object.set("min", *min);
            object.set("max", *max);
        }
        WeightCondition::OneOf { values, .. } => object.set("values", strings(values)),
        WeightCondition::Items { min, max, .. } => {
            object.set("minItems", *min);
            object.set("maxItems", *max);
        }
    }
    object.into()
}

fn request_limit(limit: &RequestLimit) -> Value {
    let mut object = Object::default();
    object.set("count", limit.count);
    object.set("interval", limit.interval.name());
    object.set("every", limit.every);
    object.set("scope", self::limit(limit.scope));
    object.set("with", strings(&limit.with));
    object.into()
}

fn paging(paging: &Paging) -> Value {
    let mut object = Object::default();
    object.set("by", paging.by.name());
    object.set("from", paging.from.as_str());
    object.set("to", paging.to.as_deref());
    object.set("limit", paging.limit.as_deref());
    object.set("rows", paging.rows.as_deref());
    object.set("next", paging.next.as_deref());
    object.set("total", paging.total.as_deref());
    object.set("id", paging.id.as_deref());
    object.set("hours", paging.hours);
    object.into()
}

fn identity(identity: &Identity) -> Value {
    let mut object = Object::default();
    object.set("each", identity.each.as_deref());
    object.set("ids", strings(&identity.ids));
    object.set("idsBeside", pairs(&identity.ids_beside));
    object.set("query", identity.query.as_ref().map(query_twin));
    object.set("none", identity.none.as_deref());
    object.into()
}

fn query_twin(query: &QueryTwin) -> Value {
    let mut object = Object::default();
    object.set("operation", query.operation.as_str());
    object.set("with", pairs(&query.with));
    object.set("absent", query.absent.clone());
    let done = match &query.done {
        Evidence::Exists => Value::from("exists"),
        Evidence::Listed(list) => Object::kind("listed", list.as_str()),
        Evidence::Is(member, values) => {
            let mut is = Object::default();
            is.set("member", member.as_str());
            is.set("values", strings(values));
            Object::kind("is", is)
        }
        Evidence::Same(members, unless) => {
            let mut same = Object::default();
            same.set("members", pairs(members));
            same.set("unless", strings(unless));
            Object::kind("same", same)
        }
    };
    object.set("done", done);
    object.into()
}

pub(super) fn parameter(parameter: &Parameter) -> Value {
    let mut object = Object::default();
    object.set("name", parameter.name.as_str());
    let place = match (parameter.in_path, parameter.in_header) {
        (true, _) => Some("path"),
        (false, true) => Some("header"),
        (false, false) => None,
    };
    object.set("in", place);
    object.set("required", parameter.required);
    object.set("lowerCase", parameter.lower_case);
    object.set("type", ty(&parameter.ty));
    object.set("description", parameter.description.as_deref());
    object.set("default", parameter.default.as_deref());
    object.set("minimum", parameter.minimum.as_deref());
    object.set("maximum", parameter.maximum.as_deref());
    object.set("maxItems", parameter.max_items);
    object.set("pattern", parameter.pattern.as_ref().map(pattern));
    object.set("deprecated", parameter.deprecated);
    object.into()
}

fn envelope(envelope: &Envelope) -> Value {
    let mut object = Object::default();
    object.set("code", envelope.code.as_deref());
    object.set("ok", strings(&envelope.ok));
    object.set("success", envelope.success.as_deref());
    object.set("message", envelope.message.as_deref());
    object.set("data", envelope.data.as_deref());
    object.set("optional", envelope.optional);
    object.into()
}
