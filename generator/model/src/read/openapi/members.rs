//! Schemas of objects → their members.

use std::collections::BTreeMap;

use openapiv3::{AdditionalProperties, ObjectType, ReferenceOr};
use serde_json::Value;

use super::{At, Reader};
use crate::api::{Field, Type, TypeKind};
use crate::diagnostics::nearest;
use crate::source::Aside;

impl Reader {
    /// An object with the members that it declares.
    pub(super) fn object(&mut self, at: &At, object: &ObjectType, name: &str, owner: &str) -> TypeKind {
        if object.properties.is_empty() {
            return TypeKind::Alias(match &object.additional_properties {
                Some(AdditionalProperties::Schema(schema)) => {
                    let at = at.child("additionalProperties");
                    Type::Map(Box::new(self.ty(&at, schema, &format!("{name}Value"), owner)))
                }
                Some(AdditionalProperties::Any(true)) => Type::Any,
                _ => Type::Empty,
            });
        }
        for (index, required) in object.required.iter().enumerate() {
            if !object.properties.contains_key(required) {
                let place = at.child("required").child(&index.to_string());
                let message = format!("`{required}` is required but not among the properties");
                if self.strict(at) {
                    let remedy = "declare the property, or take the name off the list";
                    let remedy = match nearest(object.properties.keys().map(String::as_str), required) {
                        Some(near) => format!("did you mean `{near}`? if not, {remedy}"),
                        None => remedy.to_owned(),
                    };
                    self.error(&place, message, remedy);
                } else {
                    self.warn(&place, message + ", ignored");
                }
            }
        }
        if self.strict(at) {
            self.names_that_differ_by_case(at, object);
        }
        let mut fields: Vec<Field> = Vec::new();
        for (property, schema) in &object.properties {
            let of = at;
            let at = at.child("properties").child(property);
            let schema = schema.clone().unbox();
            let data = super::item(&schema)
                .map(|s| s.schema_data.clone())
                .unwrap_or_default();
            let plain_name = data
                .extensions
                .get("x-name")
                .and_then(Value::as_str)
                .map(str::to_owned);
            let inline_name = format!("{name} {}", plain_name.as_deref().unwrap_or(property));
            let listed = object.required.iter().position(|name| name == property);
            let aliases = self.aliases(&at, property, data.extensions.get("x-aliases"));
            let ty = self.ty(&at, &schema, &inline_name, owner);
            if !aliases.is_empty()
                && let Type::Constant(_) = ty
            {
                self.error(
                    &at.child("x-aliases"),
                    "a constant has one name",
                    "take the other names away, or the constant",
                );
            }
            fields.push(Field {
                name: property.clone(),
                aliases,
                ty,
                plain_name,
                required: listed.is_some(),
                nullable: data.nullable,
                description: data.description,
                location: Aside(match listed {
                    Some(index) => self.location(&of.child("required").child(&index.to_string())),
                    None => self.location(&at),
                }),
            });
        }
        self.names_once(at, &fields);
        TypeKind::Object(fields)
    }

    /// The other names of a property.
    fn aliases(&mut self, at: &At, property: &str, value: Option<&Value>) -> Vec<String> {
        let Some(value) = value else { return Vec::new() };
        let names: Option<Vec<String>> = value.as_array().and_then(|names| {
            names
                .iter()
                .map(|name| name.as_str().map(str::to_owned))
                .collect()
        });
        match names {
            Some(names) if !names.is_empty() => names,
            _ => {
                self.error(
                    &at.child("x-aliases"),
                    format!("the other names of `{property}` are not a list of texts"),
                    "list the names as texts",
                );
                Vec::new()
            }
        }
    }

    /// A name of a member, first or other, belongs to it alone.
    fn names_once(&mut self, at: &At, fields: &[Field]) {
        let mut owners: BTreeMap<&str, &str> = fields
            .iter()
            .map(|field| (field.name.as_str(), field.name.as_str()))
            .collect();
        for field in fields {
            for (index, alias) in field.aliases.iter().enumerate() {
                if let Some(owner) = owners.insert(alias, &field.name) {
                    let place = at.child("properties").child(&field.name).child("x-aliases");
                    self.error(
                        &place.child(&index.to_string()),
                        format!("`{alias}` is a name of `{owner}` already"),
                        "give each name to one member, and once",
                    );
                }
            }
        }
    }

    /// Keys that differ by case alone need plain names to be distinguished.
    fn names_that_differ_by_case(&mut self, at: &At, object: &ObjectType) {
        let names: Vec<&String> = object.properties.keys().collect();
        for (index, name) in names.iter().enumerate() {
            let twin = names[..index]
                .iter()
                .find(|other| other.to_lowercase() == name.to_lowercase());
            let named = |property: &str| {
                object
                    .properties
                    .get(property)
                    .is_some_and(|schema| match schema {
                        ReferenceOr::Item(item) => item.schema_data.extensions.contains_key("x-name"),
                        ReferenceOr::Reference { .. } => false,
                    })
            };
            if let Some(twin) = twin
                && !(named(twin) || named(name))
            {
                self.error(
                    &at.child("properties").child(name),
                    format!("`{twin}` and `{name}` differ by case alone"),
                    "give one of them an x-name",
                );
            }
        }
    }
}
