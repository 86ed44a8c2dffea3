//! Schemas → types.

use indexmap::IndexMap;
use openapiv3::{
    AnySchema, IntegerFormat, ObjectType, ReferenceOr, Schema, SchemaKind, Type as OpenApiType,
    VariantOrUnknownOrEmpty,
};
use serde_json::Value;

use super::rules::Subject;
use super::shared::is_shared;
use super::{At, Reader, reference_of};
use crate::api::{Field, FilterMarket, Type, TypeDef, TypeKind};
use crate::names;
use crate::source::Aside;

/// Schemas as nested as this, inline or by reference, are a mistake.
const MAX_DEPTH: usize = 100;

impl Reader {
    /// The type that a `$ref` to a schema names, reading the schema if it has not been read.
    pub(super) fn reference(&mut self, at: &At, reference: &str) -> Type {
        let Some(key) = self.component(at, reference, "schemas") else {
            return Type::Any;
        };
        if let Some(name) = self.components.get(&key).cloned() {
            return Type::Named(match is_shared(&key.0) {
                true => self.adopt(at, &name),
                false => name,
            });
        }
        if let Some(name) = self.shared_by_this_name(&key) {
            let name = self.adopt(at, &name);
            self.components.insert(key, name.clone());
            return Type::Named(name);
        }
        let (file, name) = key.clone();
        let declared = At::new(
            &file,
            format!("/components/schemas/{}", crate::read::yaml::escape(&name)),
        );
        let type_name = names::capitalised(&name);
        if let Some(other) = self.types.get(&type_name) {
            let place = format!("{}:{}", other.location.file, other.location.line);
            self.error(
                &declared,
                format!("schema `{name}` is the type `{type_name}`, which is already declared at {place}"),
                "declare the thing once and refer to it, or rename one of the two",
            );
            return Type::Any;
        }
        if self.nesting >= MAX_DEPTH {
            self.error(
                at,
                "schemas refer to each other through too many levels",
                "make the structure flatter",
            );
            return Type::Any;
        }
        self.components.insert(key, type_name.clone());
        // Holds the place, so that types stand in the order in which they are met and cycles end.
        self.types.insert(
            type_name.clone(),
            TypeDef {
                description: None,
                sbe: None,
                owner: None,
                filters: None,
                kind: TypeKind::Alias(Type::Any),
                rules: Vec::new(),
                location: self.location(&declared),
            },
        );
        let schema = self
            .api(&file)
            .and_then(|api| api.components.as_ref())
            .and_then(|components| components.schemas.get(&name))
            .cloned();
        let Some(schema) = schema else { return Type::Any };
        let mut filters = None;
        let (kind, description, sbe, rules) = match &schema {
            ReferenceOr::Reference { reference } => {
                self.nesting += 1;
                let target = self.reference(&declared, reference);
                self.nesting -= 1;
                (TypeKind::Alias(target), None, None, Vec::new())
            }
            ReferenceOr::Item(schema) => {
                let kind = self.kind(&declared, schema, &type_name, &type_name);
                filters = self.order_filters(&declared, schema, &kind);
                let sbe = ["x-sbe", "x-enum-of"]
                    .iter()
                    .find_map(|key| schema.schema_data.extensions.get(*key))
                    .and_then(Value::as_str)
                    .map(str::to_owned);
                let rules = match &kind {
                    TypeKind::Object(fields) => {
                        let subjects: Vec<Subject<'_>> = fields.iter().map(Subject::from).collect();
                        self.rules(&declared, schema.schema_data.extensions.get("x-rules"), &subjects)
                    }
                    _ => Vec::new(),
                };
                (kind, schema.schema_data.description.clone(), sbe, rules)
            }
        };
        if let Some(def) = self.types.get_mut(&type_name) {
            def.kind = kind;
            def.description = description;
            def.sbe = sbe;
            def.rules = rules;
            def.filters = filters;
        }
        Type::Named(type_name)
    }

    /// The market whose rules the filters of a symbol follow.
    fn order_filters(&mut self, at: &At, schema: &Schema, kind: &TypeKind) -> Option<FilterMarket> {
        let at = at.child("x-order-filters");
        let value = schema.schema_data.extensions.get("x-order-filters")?;
        let market = self.named(&at, value.as_str().unwrap_or_default(), "market")?;
        let has = |name: &str| match kind {
            TypeKind::Object(fields) => fields.iter().any(|field| field.name == name),
            _ => false,
        };
        if !has("symbol") || !has("filters") {
            self.error(
                &at,
                "not a symbol with filters",
                "write it at the object of `exchangeInfo` that has `symbol` and `filters`",
            );
        }
        Some(market)
    }

    /// The type of a schema that stands where a value is described. `name` is what an inline type would be called,
    /// `owner` the named type in whose file it would be printed.
    pub(super) fn ty(&mut self, at: &At, schema: &ReferenceOr<Schema>, name: &str, owner: &str) -> Type {
        match schema {
            ReferenceOr::Reference { reference } => self.reference(at, reference),
            ReferenceOr::Item(schema) => {
                if schema.schema_data.extensions.contains_key("x-rules") {
                    let remedy = "declare it as a component, and refer to it";
                    self.error(&at.child("x-rules"), "rules of an object without a name", remedy);
                }
                let kind = self.kind(at, schema, name, owner);
                self.intern(at, kind, name, owner, schema.schema_data.description.clone())
            }
        }
    }

    /// Gives an inline type its name, or that of an equal one.
    fn intern(
        &mut self,
        at: &At,
        kind: TypeKind,
        name: &str,
        owner: &str,
        description: Option<String>,
    ) -> Type {
        if let TypeKind::Alias(ty) = kind {
            return ty;
        }
        // Equal inline types become one; so does an inline value set that equals a declared one.
        let plain = undescribed(&kind);
        let equals = |known: &TypeKind| match (known, &plain) {
            (TypeKind::Enum(known), TypeKind::Enum(values)) => same_set(known, values),
            (known, plain) => known == plain,
        };
        if let Some((_, equal)) = self.inline.iter().find(|(known, _)| equals(known)) {
            return Type::Named(equal.clone());
        }
        if let TypeKind::Enum(values) = &kind {
            let declared = self
                .value_sets
                .iter()
                .find(|(_, declared)| same_set(declared, values));
            if let Some(((file, component), _)) = declared.cloned() {
                let pointer = format!("#/components/schemas/{component}");
                return self.reference(&At::new(&file, at.pointer.clone()), &pointer);
            }
        }
        let mut unique = names::capitalised(name);
        let taken = |name: &String| self.types.contains_key(name) || self.declared.contains(name);
        if taken(&unique) {
            // The owner's name tells inline types of one name apart; a number does where even that is taken.
            let base = names::capitalised(&format!("{owner} {name}"));
            unique = base.clone();
            let mut number = 2;
            while taken(&unique) {
                unique = format!("{base}{number}");
                number += 1;
            }
        }
        let location = self.location(at);
        let owner = (owner != unique).then(|| owner.to_owned());
        self.inline.push((plain, unique.clone()));
        self.types.insert(
            unique.clone(),
            TypeDef {
                description,
                sbe: None,
                owner,
                filters: None,
                kind,
                rules: Vec::new(),
                location,
            },
        );
        Type::Named(unique)
    }

    /// What a schema says, as a kind; values that need no name come as an alias.
    fn kind(&mut self, at: &At, schema: &Schema, name: &str, owner: &str) -> TypeKind {
        if self.nesting >= MAX_DEPTH {
            self.error(at, "schemas are nested too deeply", "make the structure flatter");
            return TypeKind::Alias(Type::Any);
        }
        self.nesting += 1;
        let kind = self.kind_at_depth(at, schema, name, owner);
        self.nesting -= 1;
        kind
    }

    fn kind_at_depth(&mut self, at: &At, schema: &Schema, name: &str, owner: &str) -> TypeKind {
        let extensions = &schema.schema_data.extensions;
        match &schema.schema_kind {
            SchemaKind::Type(OpenApiType::String(string)) => self.text(at, string, extensions),
            SchemaKind::Type(OpenApiType::Integer(integer)) => {
                let bits = match &integer.format {
                    VariantOrUnknownOrEmpty::Item(IntegerFormat::Int32) => 32,
                    _ => 64,
                };
                TypeKind::Alias(self.integer(at, bits, false, extensions))
            }
            SchemaKind::Type(OpenApiType::Number(_)) => TypeKind::Alias(Type::Decimal { bare: true }),
            SchemaKind::Type(OpenApiType::Boolean(_)) => TypeKind::Alias(Type::Boolean { as_text: false }),
            SchemaKind::Type(OpenApiType::Array(array)) => {
                if let Some(slots) = extensions.get("x-tuple") {
                    return self.tuple(at, slots, owner);
                }
                TypeKind::Alias(match &array.items {
                    None => Type::Array(Box::new(Type::Any)),
                    Some(items) => {
                        let items = items.clone().unbox();
                        let singular = format!("{name}Item");
                        Type::Array(Box::new(self.ty(&at.child("items"), &items, &singular, owner)))
                    }
                })
            }
            SchemaKind::Type(OpenApiType::Object(object)) => self.object(at, object, name, owner),
            SchemaKind::OneOf { one_of } | SchemaKind::AnyOf { any_of: one_of } => {
                self.one_of(at, schema, one_of, name, owner)
            }
            SchemaKind::AllOf { all_of } => self.all_of(at, all_of, name, owner),
            SchemaKind::Not { .. } => {
                self.error(at, "`not` describes no value", "describe what the value is");
                TypeKind::Alias(Type::Any)
            }
            SchemaKind::Any(any) => self.any(at, any, name, owner),
        }
    }

    fn any(&mut self, at: &At, any: &AnySchema, name: &str, owner: &str) -> TypeKind {
        if let Some(typ) = &any.typ
            && !["object", "array", "string", "integer", "number", "boolean"].contains(&typ.as_str())
        {
            self.error(
                &at.child("type"),
                format!("unknown type `{typ}`"),
                "use object, array, string, integer, number or boolean",
            );
            return TypeKind::Alias(Type::Any);
        }
        if !any.properties.is_empty() {
            let object = ObjectType {
                properties: any.properties.clone(),
                required: any.required.clone(),
                additional_properties: any.additional_properties.clone(),
                ..ObjectType::default()
            };
            return self.object(at, &object, name, owner);
        }
        if !any.one_of.is_empty() {
            let schema = Schema {
                schema_data: openapiv3::SchemaData::default(),
                schema_kind: SchemaKind::OneOf {
                    one_of: any.one_of.clone(),
                },
            };
            return self.kind(at, &schema, name, owner);
        }
        if any.typ.is_some() {
            // An item of a kind whose restrictions belong to another kind: the value is taken as it comes.
            let message = "the schema's keywords do not belong together";
            if self.strict(at) {
                self.error(
                    at,
                    message,
                    "correct the type, or take away what does not belong to it",
                );
            } else {
                self.warn(at, format!("{message}, so any value is accepted"));
            }
        }
        TypeKind::Alias(Type::Any)
    }

    fn tuple(&mut self, at: &At, slots: &Value, owner: &str) -> TypeKind {
        let at = at.child("x-tuple");
        let slots = match serde_json::from_value::<Vec<ReferenceOr<Schema>>>(slots.clone()) {
            Ok(slots) => slots,
            Err(error) => {
                self.error(
                    &at,
                    format!("not a list of schemas: {error}"),
                    "give each slot a schema with x-name",
                );
                return TypeKind::Alias(Type::Any);
            }
        };
        let mut fields = Vec::new();
        for (index, slot) in slots.iter().enumerate() {
            let at = at.child(&index.to_string());
            let name = super::item(slot)
                .and_then(|s| s.schema_data.extensions.get("x-name"))
                .and_then(Value::as_str)
                .map(str::to_owned);
            let Some(name) = name else {
                self.error(&at, "a slot of a tuple has no name", "add x-name");
                continue;
            };
            let ty = self.ty(&at, slot, &format!("{owner} {name}"), owner);
            if let Type::Constant(_) = ty {
                self.error(&at, "a slot of a tuple is a constant", "take `enum` away");
            }
            let data = super::item(slot).map(|s| &s.schema_data);
            fields.push(Field {
                plain_name: None,
                aliases: Vec::new(),
                ty,
                required: true,
                nullable: data.is_some_and(|d| d.nullable),
                description: data.and_then(|d| d.description.clone()),
                location: Aside(self.location(&at)),
                name,
            });
        }
        TypeKind::Tuple(fields)
    }

    fn all_of(&mut self, at: &At, parts: &[ReferenceOr<Schema>], name: &str, owner: &str) -> TypeKind {
        // The single reference wrapped so that x-name, nullable or a description can stand beside it.
        if let [ReferenceOr::Reference { reference }] = parts {
            return TypeKind::Alias(self.reference(&at.child("allOf").child("0"), reference));
        }
        let mut merged: Vec<Field> = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let at = at.child("allOf").child(&index.to_string());
            let kind = match part {
                ReferenceOr::Reference { reference } => match self.reference(&at, reference) {
                    Type::Named(name) => self.types.get(&name).map(|def| def.kind.clone()),
                    _ => None,
                },
                ReferenceOr::Item(schema) => Some(self.kind(&at, schema, name, owner)),
            };
            match kind {
                Some(TypeKind::Object(fields)) => {
                    for field in fields {
                        match merged.iter_mut().find(|known| known.name == field.name) {
                            Some(known) => *known = field,
                            None => merged.push(field),
                        }
                    }
                }
                Some(TypeKind::Alias(Type::Empty)) => {}
                _ => self.error(
                    &at,
                    "`allOf` joins something that is not an object",
                    "join objects only",
                ),
            }
        }
        TypeKind::Object(merged)
    }

    fn one_of(
        &mut self,
        at: &At,
        schema: &Schema,
        alternatives: &[ReferenceOr<Schema>],
        name: &str,
        owner: &str,
    ) -> TypeKind {
        let at = at.child("oneOf");
        if let Some(discriminator) = &schema.schema_data.discriminator {
            let mut variants = IndexMap::new();
            for (value, reference) in &discriminator.mapping {
                if let Type::Named(variant) = self.reference(&at, reference) {
                    variants.insert(value.clone(), variant);
                }
            }
            if variants.is_empty() {
                self.error(
                    &at,
                    "the discriminator has no mapping",
                    "map each value to its schema",
                );
            }
            self.unmapped(&at, alternatives, &variants);
            return TypeKind::Union {
                tag: discriminator.property_name.clone(),
                variants,
            };
        }
        let mut types: Vec<Type> = Vec::new();
        for (index, alternative) in alternatives.iter().enumerate() {
            let alternative_name = match super::item(alternative).and_then(|s| s.schema_data.title.clone()) {
                Some(title) => title,
                None => format!("{name}Shape{}", index + 1),
            };
            let at = at.child(&index.to_string());
            let ty = self.ty(&at, alternative, &alternative_name, owner);
            if !types.contains(&ty) {
                types.push(ty);
            }
        }
        match types.as_slice() {
            [one] => TypeKind::Alias(one.clone()),
            [one, Type::Array(many)] if **many == *one => {
                TypeKind::Alias(Type::OneOrMany(Box::new(one.clone())))
            }
            [Type::Array(many), one] if **many == *one => {
                TypeKind::Alias(Type::OneOrMany(Box::new(one.clone())))
            }
            _ => TypeKind::Shapes(types),
        }
    }

    /// An alternative that no value of the discriminator leads to would never be read.
    fn unmapped(
        &mut self,
        at: &At,
        alternatives: &[ReferenceOr<Schema>],
        variants: &IndexMap<String, String>,
    ) {
        if !self.strict(at) {
            return;
        }
        for (index, alternative) in alternatives.iter().enumerate() {
            let at = at.child(&index.to_string());
            match alternative {
                ReferenceOr::Item(_) => {
                    self.error(
                        &at,
                        "an alternative of a union stands inline",
                        "declare it and refer to it",
                    );
                }
                ReferenceOr::Reference { reference } => {
                    if let Type::Named(name) = self.reference(&at, reference)
                        && !variants.values().any(|variant| *variant == name)
                    {
                        let message = format!("`{reference}` has no value in the discriminator's mapping");
                        self.error(&at, message, "map a value to it");
                    }
                }
            }
        }
    }

    /// A type named by an extension, as `{$ref: …}` or as an inline schema.
    pub(super) fn extension_type(&mut self, at: &At, value: &Value, name: &str) -> Type {
        if let Some(reference) = reference_of(Some(value)) {
            return self.reference(at, &reference);
        }
        match serde_json::from_value::<ReferenceOr<Schema>>(value.clone()) {
            Ok(schema) => self.ty(at, &schema, name, name),
            Err(error) => {
                self.error(
                    at,
                    format!("not a schema: {error}"),
                    "refer to a schema with $ref",
                );
                Type::Any
            }
        }
    }
}

/// The same kind without what is said of its fields: two objects that say the same in other words are equal.
fn undescribed(kind: &TypeKind) -> TypeKind {
    let strip = |fields: &[Field]| {
        fields
            .iter()
            .map(|f| Field {
                description: None,
                ..f.clone()
            })
            .collect()
    };
    match kind {
        TypeKind::Object(fields) => TypeKind::Object(strip(fields)),
        TypeKind::Tuple(fields) => TypeKind::Tuple(strip(fields)),
        other => other.clone(),
    }
}

pub(super) fn same_set(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|value| b.contains(value))
}
