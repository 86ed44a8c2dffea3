//! An SBE schema as nodes.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_codegen::lower::sbe::{Lowered, Options, has_setters, lower, may_be_absent, may_be_missing};
use binance_wire_codegen::names;
use binance_wire_model::api::Location;
use binance_wire_model::sbe::{
    Composite, Data, Encoding, Enum, Field, Group, Json, Members, Message, Presence, Primitive, Schema, Set,
    SimpleType,
};
use binance_wire_model::source::Place;
use binance_wire_surface::rust_item::{RustItem, RustItemKind};

use super::finding::Affected;
use super::kind::{Aspect, Class, Role, Transport};
use super::node::Node;

/// A schema; `calls` says which calls have a message for an answer.
pub(super) fn schema(
    module: &str,
    schema: &Schema,
    krate: &str,
    calls: &BTreeMap<&str, Vec<Affected>>,
) -> Node {
    let lowered = lower(schema, &Options::default()).ok();
    let builder = Builder {
        by_name: lowered.as_ref().map(Lowered::by_name).unwrap_or_default(),
        module,
        schema,
        krate,
        calls,
        setters: has_setters(schema),
    };
    let mut node = Node::new(Class::SbeSchema, module);
    node.transport = Some(Transport::Sbe);
    node.location = builder.location(1);
    node.items = vec![builder.item(RustItemKind::Type {
        path: format!("sbe::{module}::Message"),
    })];
    node.fact(Aspect::Package, schema.package.clone());
    node.fact(Aspect::Id, schema.id.to_string());
    node.fact(Aspect::Version, schema.version.to_string())
        .ranked(schema.id.to_string(), vec![f64::from(schema.version)]);
    node.fact(
        Aspect::Semantics,
        schema.semantic_version.clone().unwrap_or_default(),
    );
    let children = &mut node.children;
    children.extend(schema.types.values().map(|simple| builder.simple(simple)));
    children.extend(
        schema
            .composites
            .values()
            .map(|composite| builder.composite(composite)),
    );
    children.extend(schema.enums.values().map(|values| builder.value_set(values)));
    children.extend(schema.sets.values().map(|set| builder.set(set)));
    children.extend(schema.messages.iter().map(|message| builder.message(message)));
    // Messages with a MsgType belong to a session, which both sides speak; the others are answers and events.
    let spoken = schema
        .messages
        .iter()
        .any(|message| message.semantic_type.is_some());
    as_sent_by(if spoken { Role::Both } else { Role::Received }, &mut node);
    node
}

fn as_sent_by(role: Role, node: &mut Node) {
    node.role = role;
    node.children.iter_mut().for_each(|child| as_sent_by(role, child));
}

struct Builder<'b> {
    module: &'b str,
    schema: &'b Schema,
    krate: &'b str,
    calls: &'b BTreeMap<&'b str, Vec<Affected>>,
    /// Whether messages have setters in addition to `new`.
    setters: bool,
    /// The structs whose `new` takes its arguments by name.
    by_name: BTreeSet<&'b str>,
}

fn primitive(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Char => "char",
        Primitive::Int8 => "int8",
        Primitive::Int16 => "int16",
        Primitive::Int32 => "int32",
        Primitive::Int64 => "int64",
        Primitive::UInt8 => "uint8",
        Primitive::UInt16 => "uint16",
        Primitive::UInt32 => "uint32",
        Primitive::UInt64 => "uint64",
        Primitive::Float => "float",
        Primitive::Double => "double",
    }
}

/// A number, or nothing.
fn maybe<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Whether it may be null. What JSON has a value for in place of null may be, whatever the schema calls it.
fn presence(node: &mut Node, presence: Presence, json: &Json) {
    let (text, seen, rank) = match presence {
        Presence::Required if json.default.is_some() => {
            ("optional by its value in JSON", "optional", Some(0.0))
        }
        Presence::Required => ("required", "required", Some(1.0)),
        Presence::Optional => ("optional", "optional", Some(0.0)),
        // A constant is not on the wire at all.
        Presence::Constant => ("constant", "constant", None),
    };
    let has_json = matches!(node.class, Class::SbeField | Class::SbeData);
    let fact = node.fact(Aspect::Required, text);
    if has_json {
        fact.seen_as(seen, Aspect::Nullable);
    }
    if let Some(rank) = rank {
        fact.ranked("", vec![rank]);
    }
}

/// What a type says, by itself or as a part of a composite.
fn plain(node: &mut Node, simple: &SimpleType) {
    node.fact(Aspect::Primitive, primitive(simple.primitive));
    node.fact(Aspect::Length, simple.length.to_string());
    presence(node, simple.presence, &Json::default());
    node.fact(Aspect::Constant, simple.constant.clone().unwrap_or_default());
    node.fact(Aspect::NullValue, maybe(simple.null));
    let range = match (simple.min, simple.max) {
        (None, None) => String::new(),
        (min, max) => format!("{} to {}", maybe(min), maybe(max)),
    };
    node.fact(Aspect::Minimum, range);
    node.fact(
        Aspect::Encoding,
        simple.character_encoding.clone().unwrap_or_default(),
    );
    node.fact(
        Aspect::Semantics,
        simple.semantic_type.clone().unwrap_or_default(),
    );
    node.fact(Aspect::Since, simple.since.to_string());
}

impl Builder<'_> {
    fn location(&self, place: impl Into<Place>) -> Location {
        Location::new(&self.schema.file.0, place)
    }

    fn item(&self, kind: RustItemKind) -> RustItem {
        RustItem {
            krate: self.krate.to_owned(),
            kind,
        }
    }

    fn path(&self, name: &str) -> String {
        format!("sbe::{}::{name}", self.module)
    }

    fn node(&self, class: Class, name: &str, place: impl Into<Place>) -> Node {
        let mut node = Node::new(class, name);
        node.location = self.location(place);
        node.transport = Some(Transport::Sbe);
        node
    }

    fn simple(&self, simple: &SimpleType) -> Node {
        let mut node = self.node(Class::SbeType, &simple.name, simple.line.0);
        plain(&mut node, simple);
        node
    }

    fn composite(&self, composite: &Composite) -> Node {
        let mut node = self.node(Class::SbeComposite, &composite.name, composite.line.0);
        node.fact(
            Aspect::Semantics,
            composite.semantic_type.clone().unwrap_or_default(),
        );
        node.fact(Aspect::Since, composite.since.to_string());
        for member in &composite.members {
            let line = member.r#type.line.0;
            let mut child = self.node(Class::SbeCompositeMember, &member.name, line);
            plain(&mut child, &member.r#type);
            node.children.push(child);
        }
        node
    }

    fn value_set(&self, values: &Enum) -> Node {
        let mut node = self.node(Class::SbeEnum, &values.name, values.line.0);
        node.code = names::pascal(&values.name);
        let owner = self.path(&node.code);
        node.items = vec![self.item(RustItemKind::Type { path: owner.clone() })];
        node.fact(Aspect::Primitive, primitive(values.encoding));
        node.fact(Aspect::Since, values.since.to_string());
        let mut shape = Vec::new();
        for value in &values.values {
            let mut child = self.node(Class::SbeValue, &value.name, value.line.0);
            child.code = names::pascal(&value.name);
            child.also = vec![value.raw.to_string()];
            let json = value.json.as_deref().unwrap_or(&value.name);
            child.common = Some(json.to_uppercase());
            child.fact(Aspect::Raw, value.raw.to_string());
            child.fact(Aspect::Json, json);
            child.fact(Aspect::Since, value.since.to_string());
            child.items = vec![self.item(RustItemKind::Variant {
                owner: owner.clone(),
                name: child.code.clone(),
            })];
            shape.push(format!("{}={}", value.name, value.raw));
            node.children.push(child);
        }
        node.also = vec![shape.join(",")];
        node
    }

    fn set(&self, set: &Set) -> Node {
        let mut node = self.node(Class::SbeSet, &set.name, set.line.0);
        node.code = names::pascal(&set.name);
        let owner = self.path(&node.code);
        node.items = vec![self.item(RustItemKind::Type { path: owner.clone() })];
        node.fact(Aspect::Primitive, primitive(set.encoding));
        node.fact(Aspect::Since, set.since.to_string());
        let mut shape = Vec::new();
        for choice in &set.choices {
            let mut child = self.node(Class::SbeChoice, &choice.name, choice.line.0);
            child.code = names::screaming(&choice.name);
            child.also = vec![choice.bit.to_string()];
            let json = choice.json.as_deref().unwrap_or(&choice.name);
            child.common = Some(json.to_uppercase());
            child.fact(Aspect::Raw, choice.bit.to_string());
            child.fact(Aspect::Json, json);
            child.fact(Aspect::Since, choice.since.to_string());
            child.items = vec![self.item(RustItemKind::Variant {
                owner: owner.clone(),
                name: child.code.clone(),
            })];
            shape.push(format!("{}={}", choice.name, choice.bit));
            node.children.push(child);
        }
        node.also = vec![shape.join(",")];
        node
    }

    fn message(&self, message: &Message) -> Node {
        let mut node = self.node(Class::SbeMessage, &message.name, message.line.0);
        node.code = names::pascal(&message.name);
        node.also = vec![message.id.to_string()];
        let calls = self.calls.get(message.name.as_str());
        node.affected = calls.cloned().unwrap_or_default();
        // A new message of a new operation is part of one change.
        node.common = match calls.map(Vec::as_slice) {
            Some([only]) => Some(only.id.clone()),
            _ => None,
        };
        node.items = self.types(&node.code);
        node.items.push(self.item(RustItemKind::Variant {
            owner: self.path("Message"),
            name: node.code.clone(),
        }));
        node.fact(Aspect::Id, message.id.to_string());
        node.fact(
            Aspect::Semantics,
            message.semantic_type.clone().unwrap_or_default(),
        );
        node.fact(Aspect::BlockLength, maybe(message.block_length));
        node.fact(Aspect::Since, message.since.to_string());
        let stem = node.code.clone();
        node.by_name = self.by_name.contains(stem.as_str());
        node.children = self.members(&message.members, &stem);
        node
    }

    /// The owned type and the view.
    fn types(&self, stem: &str) -> Vec<RustItem> {
        let path = |name: &str| RustItemKind::Type {
            path: self.path(name),
        };
        vec![self.item(path(stem)), self.item(path(&format!("{stem}View")))]
    }

    fn accessors(&self, stem: &str, name: &str) -> Vec<RustItem> {
        let name = names::snake(name);
        vec![
            self.item(RustItemKind::Field {
                owner: self.path(stem),
                name: name.clone(),
            }),
            self.item(RustItemKind::Method {
                owner: self.path(&format!("{stem}View")),
                name,
            }),
        ]
    }

    /// What `new` takes, or a setter of its own.
    fn built(&self, node: &mut Node, stem: &str, argument: bool) {
        if node.floating {
            return;
        }
        (node.demanded, node.argument) = (argument, argument);
        let owner = self.path(stem);
        if argument {
            node.items.push(self.item(RustItemKind::Constructor { owner }));
        } else if self.setters {
            let name = node.code.clone();
            node.items.push(self.item(RustItemKind::Setter { owner, name }));
        }
    }

    fn members(&self, members: &Members, stem: &str) -> Vec<Node> {
        let mut nodes = Vec::new();
        nodes.extend(members.fields.iter().map(|field| {
            let mut node = self.field(field, stem);
            let missing = may_be_missing(self.schema, members, field);
            self.built(&mut node, stem, !missing);
            node
        }));
        nodes.extend(members.groups.iter().map(|group| self.group(group, stem)));
        nodes.extend(members.data.iter().map(|data| self.data(data, stem)));
        nodes
    }

    fn field(&self, field: &Field, stem: &str) -> Node {
        let mut node = self.node(Class::SbeField, &field.name, field.line.0);
        node.code = names::snake(&field.name);
        node.items = self.accessors(stem, &field.name);
        let presence_of = self.schema.presence(field);
        node.floating = presence_of == Presence::Constant;
        let place = json_path(&field.json, &field.name);
        // The place in JSON says what it is; the id alone is reused freely.
        node.also = vec![
            format!("{place} {}", field.type_name),
            format!("{} {}", field.id, field.type_name),
        ];
        node.common = Some(names::snake(&place));
        node.fact(Aspect::Id, field.id.to_string());
        node.fact(Aspect::Type, field.type_name.clone())
            .seen_as(self.form(&field.type_name), Aspect::Encoding);
        presence(&mut node, presence_of, &field.json);
        node.fact(Aspect::Constant, field.value_ref.clone().unwrap_or_default());
        node.fact(Aspect::Offset, maybe(field.offset));
        node.fact(Aspect::Semantics, field.semantic_type.clone().unwrap_or_default());
        let scaled = field.exponent.is_some().to_string();
        // Another exponent is another value; whether there is one at all decides the type in code.
        node.fact(Aspect::Kind, field.exponent.clone().unwrap_or_default())
            .seen_as(scaled, Aspect::Exponent);
        node.fact(Aspect::Json, place);
        node.fact(Aspect::Default, instead(&field.json));
        // A constant is the same in every version.
        since(&mut node, field.since, presence_of != Presence::Constant);
        node
    }

    /// What a type's name stands for, as far as a field shows it.
    fn form(&self, type_name: &str) -> String {
        match self.schema.encoding(type_name) {
            Some(Encoding::Primitive(of)) => format!("{} 1 None None None", primitive(of)),
            Some(Encoding::Simple(simple)) => {
                let time = simple.semantic_type.as_deref() == Some("UTCTimestamp")
                    || simple.name.starts_with("utcTimestamp");
                let time = if time { " time" } else { "" };
                let SimpleType {
                    primitive: of,
                    length,
                    null,
                    constant,
                    character_encoding: text,
                    ..
                } = simple;
                format!("{} {length}{time} {null:?} {constant:?} {text:?}", primitive(*of))
            }
            Some(Encoding::Enum(values)) => values.name.clone(),
            Some(Encoding::Set(set)) => set.name.clone(),
            None => type_name.to_owned(),
        }
    }

    fn group(&self, group: &Group, stem: &str) -> Node {
        let mut node = self.node(Class::SbeGroup, &group.name, group.line.0);
        node.code = names::snake(&group.name);
        let inner = format!("{stem}{}", names::pascal(&group.name));
        node.items = self.accessors(stem, &group.name);
        node.items.extend(self.types(&inner));
        self.built(&mut node, stem, false);
        let place = json_path(&group.json, &group.name);
        node.also = vec![place.clone(), group.id.to_string()];
        node.common = Some(names::snake(&place));
        node.fact(Aspect::Id, group.id.to_string());
        node.fact(Aspect::Dimension, group.dimension.clone());
        node.fact(Aspect::BlockLength, maybe(group.block_length));
        node.fact(Aspect::Semantics, group.semantic_type.clone().unwrap_or_default());
        let omitted = if group.json.omit_null {
            ", left out where empty"
        } else {
            ""
        };
        node.fact(Aspect::Json, format!("{place}{omitted}"));
        node.fact(Aspect::Since, group.since.to_string());
        node.by_name = self.by_name.contains(inner.as_str());
        node.children = self.members(&group.members, &inner);
        node
    }

    fn data(&self, data: &Data, stem: &str) -> Node {
        let mut node = self.node(Class::SbeData, &data.name, data.line.0);
        node.code = names::snake(&data.name);
        node.items = self.accessors(stem, &data.name);
        self.built(&mut node, stem, !may_be_absent(data));
        let place = json_path(&data.json, &data.name);
        node.also = vec![place.clone(), format!("{} {}", data.id, data.type_name)];
        node.common = Some(names::snake(&place));
        node.fact(Aspect::Id, data.id.to_string());
        let form = self.schema.composites.get(&data.type_name).map_or_else(
            || data.type_name.clone(),
            |composite| {
                let length = composite
                    .member("length")
                    .map(|(_, length)| primitive(length.primitive));
                format!("{length:?} {:?}", data.kind(composite))
            },
        );
        node.fact(Aspect::Type, data.type_name.clone())
            .seen_as(form, Aspect::Encoding);
        let optional = match data.is_optional() {
            true => Presence::Optional,
            false => Presence::Required,
        };
        presence(&mut node, optional, &data.json);
        node.fact(Aspect::Semantics, data.semantic_type.clone().unwrap_or_default());
        node.fact(Aspect::Json, place);
        node.fact(Aspect::Default, instead(&data.json));
        // Null and absent data are read alike.
        let required = !data.is_optional() && data.json.default.is_none();
        since(&mut node, data.since, required);
        node
    }
}

/// The first version that has a member, and whether code sees that some have not: it is an option then.
fn since(node: &mut Node, since: u16, seen: bool) {
    node.fact(Aspect::Version, since.to_string())
        .seen_as((seen && since > 0).to_string(), Aspect::Since);
}

/// What JSON has in place of null; an empty text is not nothing.
fn instead(json: &Json) -> String {
    match json.default.as_deref() {
        Some("") => "\"\"".to_owned(),
        other => other.unwrap_or_default().to_owned(),
    }
}

fn json_path(json: &Json, name: &str) -> String {
    json.path.clone().unwrap_or_else(|| name.to_owned())
}
