//! Types as data.

use binance_wire_model::api::{Field, Type, TypeDef, TypeKind};
use serde_json::Value;

use super::object::{Object, all, strings, texts};
use super::rules::rule;

pub(super) fn type_def(def: &TypeDef) -> Value {
    let mut object = Object::default();
    object.set("description", def.description.as_deref());
    object.set("sbe", def.sbe.as_deref());
    object.set("filters", def.filters.map(|market| market.name()));
    object.set("rules", all(&def.rules, rule));
    match &def.kind {
        TypeKind::Object(fields) => object.keep("object", all(fields, field)),
        TypeKind::Tuple(fields) => object.keep("tuple", all(fields, field)),
        TypeKind::Enum(values) => object.keep("enum", strings(values)),
        TypeKind::Union { tag, variants } => {
            let mut union = Object::default();
            union.set("tag", tag.as_str());
            union.set("variants", texts(variants.iter()));
            object.keep("union", union);
        }
        TypeKind::Shapes(types) => object.keep("shapes", all(types, ty)),
        TypeKind::Alias(target) => object.keep("alias", ty(target)),
    }
    object.into()
}

fn field(field: &Field) -> Value {
    let mut object = Object::default();
    object.set("name", field.name.as_str());
    object.set("aliases", strings(&field.aliases));
    object.set("plainName", field.plain_name.as_deref());
    object.set("type", ty(&field.ty));
    object.set("required", field.required);
    object.set("nullable", field.nullable);
    object.set("description", field.description.as_deref());
    object.into()
}

pub(super) fn ty(ty: &Type) -> Value {
    match ty {
        Type::Text => "text".into(),
        Type::Any => "any".into(),
        Type::Empty => "empty".into(),
        Type::Constant(text) => Object::kind("constant", text.as_str()),
        Type::Boolean { as_text } => spelled("boolean", *as_text),
        Type::Integer { bits: 64, as_text } => spelled("integer", *as_text),
        Type::Integer { as_text, .. } => spelled("int32", *as_text),
        Type::Decimal { bare } => spelled("decimal", !bare),
        Type::Time { unit, as_text } => {
            let mut object = Object::default();
            object.set("unit", unit.name());
            object.set("asText", *as_text);
            Object::kind("time", object)
        }
        Type::Array(element) => Object::kind("array", self::ty(element)),
        Type::Map(value) => Object::kind("map", self::ty(value)),
        Type::OneOrMany(element) => Object::kind("oneOrMany", self::ty(element)),
        Type::Named(name) => Object::kind("named", name.as_str()),
    }
}

/// A value that travels as itself or as text.
fn spelled(name: &str, as_text: bool) -> Value {
    let mut object = Object::default();
    object.set("asText", as_text);
    Object::kind(name, object)
}
