//! A FIX dictionary as nodes.

use std::collections::BTreeSet;

use binance_wire_codegen::lower::fix::{
    Input, Lowered, Options, group_name, lower, member_name, value_type, various_groups,
};
use binance_wire_codegen::names;
use binance_wire_model::api::Location;
use binance_wire_model::fix::{Category, Dictionary, Field, Member, MemberKind};
use binance_wire_model::source::Place;
use binance_wire_surface::rust_item::{RustItem, RustItemKind};

use super::api::Beside;
use super::finding::Affected;
use super::kind::{Aspect, Class, Transport};
use super::node::Node;

/// A dictionary.
pub(super) fn dictionary(
    module: &str,
    file: &str,
    dictionary: &Dictionary,
    krate: &str,
    beside: Beside,
) -> Node {
    let input = Input {
        module: module.to_owned(),
        doc: String::new(),
        file: file.to_owned(),
        dictionary,
    };
    let lowered = lower(&[input], &Options::default()).ok();
    let builder = Builder {
        by_name: lowered.as_ref().map(Lowered::by_name).unwrap_or_default(),
        module,
        file,
        dictionary,
        krate,
        beside,
        various: various_groups(dictionary),
    };
    let mut node = builder.node(Class::FixDictionary, module, 1);
    node.items = vec![builder.item(RustItemKind::Type {
        path: format!("fix::{module}::Message"),
    })];
    let version = &dictionary.version;
    node.fact(
        Aspect::Version,
        format!("{} SP{}", version.begin_string(), version.service_pack),
    );
    let mut header = builder.node(Class::FixMessage, "header", 1);
    header.code = "Header".to_owned();
    header.by_name = builder.by_name.contains("Header");
    header.children = builder.members(&dictionary.header, true, "Header");
    let mut trailer = builder.node(Class::FixMessage, "trailer", 1);
    trailer.children = builder.members(&dictionary.trailer, true, "Trailer");
    node.children.extend([header, trailer]);
    for message in &dictionary.messages {
        let mut child = builder.node(Class::FixMessage, &message.msg_type, message.line.0);
        child.shown = format!("{}<{}>", message.name, message.msg_type);
        child.code = names::pascal(&message.name);
        child.also = vec![message.name.clone()];
        child.common = Some(message.name.clone());
        child.affected = vec![Affected {
            transport: Transport::Fix,
            call: child.shown.clone(),
            id: message.msg_type.clone(),
        }];
        child.by_name = builder.by_name.contains(child.code.as_str());
        let path = builder.path(&child.code);
        child.makers = vec![builder.item(RustItemKind::Constructor { owner: path.clone() })];
        child.items = vec![builder.item(RustItemKind::Type { path })];
        child.fact(
            Aspect::Category,
            match message.category {
                Category::Admin => "session",
                Category::App => "application",
            },
        );
        child.children = builder.members(&message.members, true, &child.code);
        node.children.push(child);
    }
    node.children
        .extend(dictionary.fields.iter().map(|field| builder.field(field)));
    node
}

struct Builder<'b> {
    module: &'b str,
    file: &'b str,
    dictionary: &'b Dictionary,
    krate: &'b str,
    beside: Beside,
    /// Groups whose entries differ from message to message; they are called after their owner too.
    various: BTreeSet<&'b str>,
    /// The structs whose `new` takes its arguments by name.
    by_name: BTreeSet<&'b str>,
}

impl Builder<'_> {
    fn node(&self, class: Class, key: &str, place: impl Into<Place>) -> Node {
        let mut node = Node::new(class, key);
        node.transport = Some(Transport::Fix);
        node.location = Location::new(self.file, place);
        node
    }

    fn item(&self, kind: RustItemKind) -> RustItem {
        RustItem {
            krate: self.krate.to_owned(),
            kind,
        }
    }

    fn path(&self, name: &str) -> String {
        format!("fix::{}::{name}", self.module)
    }

    /// Members with components put in place, as they are in code and on the wire.
    fn members(&self, members: &[Member], required: bool, owner: &str) -> Vec<Node> {
        let mut nodes = Vec::new();
        for member in members {
            let must = required && member.required;
            if member.kind == MemberKind::Component {
                if let Some(component) = self.dictionary.component(&member.name) {
                    nodes.extend(self.members(&component.members, must, owner));
                }
                continue;
            }
            let class = match member.kind {
                MemberKind::Group(_) => Class::FixGroup,
                _ => Class::FixMember,
            };
            let tag = self.dictionary.field(&member.name).map(|field| field.number);
            // By its tag: another name of the tag is a difference of the field, told there.
            let key = tag.map_or_else(|| member.name.clone(), |tag| tag.to_string());
            let mut node = self.node(class, &key, member.line.0);
            node.shown = match tag {
                Some(tag) => format!("{}({tag})", member.name),
                None => member.name.clone(),
            };
            node.common = Some(names::snake(&member.name));
            node.demanded = must;
            // Published dictionaries do not say what is for the client to send.
            let by_client = member.demanded && self.beside == Beside::Specs;
            node.argument = must || by_client;
            node.flag(Aspect::ByClient, by_client);
            node.also = vec![member.name.clone()];
            let text = match (must, member.required) {
                (true, _) => "yes",
                (_, true) => "where its component is",
                _ => "no",
            };
            // Code knows no components.
            node.fact(Aspect::Required, text)
                .ranked("", vec![f64::from(u8::from(must))])
                .seen_as(must.to_string(), Aspect::Nullable);
            let path = self.path(owner);
            let name = member_name(member);
            node.items.push(self.item(RustItemKind::Field {
                owner: path.clone(),
                name: name.clone(),
            }));
            node.items.push(self.item(match must {
                true => RustItemKind::Constructor { owner: path },
                false => RustItemKind::Setter { owner: path, name },
            }));
            if let MemberKind::Group(entry) = &member.kind {
                let inner = group_name(&member.name, owner, &self.various);
                let path = self.path(&inner);
                node.makers = vec![self.item(RustItemKind::Constructor { owner: path.clone() })];
                node.items.push(self.item(RustItemKind::Type { path }));
                node.by_name = self.by_name.contains(inner.as_str());
                node.children = self.members(entry, true, &inner);
            }
            nodes.push(node);
        }
        nodes
    }

    fn field(&self, field: &Field) -> Node {
        let mut node = self.node(Class::FixField, &field.number.to_string(), field.line.0);
        node.shown = format!("{}({})", field.name, field.number);
        node.code = names::screaming(&field.name);
        node.also = vec![field.name.clone()];
        node.common = Some(names::snake(&field.name));
        node.items = vec![self.item(RustItemKind::Constant {
            module: format!("fix::{}::tag", self.module),
            name: node.code.clone(),
        })];
        let owner = self.path(&names::pascal(&field.name));
        if !field.values.is_empty() {
            node.items
                .push(self.item(RustItemKind::Type { path: owner.clone() }));
        }
        node.fact(Aspect::Type, field.field_type.name())
            .seen_as(value_type(field), Aspect::Encoding);
        for value in &field.values {
            let mut child = self.node(Class::FixValue, &value.code, value.line.0);
            child.shown = format!("{}={}", value.name, value.code);
            child.code = names::pascal(&value.name);
            child.also = vec![value.name.clone()];
            child.common = Some(value.name.to_uppercase());
            child.items = vec![self.item(RustItemKind::Variant {
                owner: owner.clone(),
                name: child.code.clone(),
            })];
            node.children.push(child);
        }
        node
    }
}
