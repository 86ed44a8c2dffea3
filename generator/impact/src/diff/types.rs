//! The types of JSON as nodes, and who uses them.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_codegen::lower::api::{Crate, rust_type, sent_types, variant_name};
use binance_wire_codegen::names;
use binance_wire_model::api::{Field, FilterMarket, Product, Type, TypeDef, TypeKind};
use binance_wire_surface::rust_item::{RustItem, RustItemKind};

use super::finding::Affected;
use super::kind::{Aspect, Class, Role};
use super::node::{Fact, Node};
use super::text;

/// Who uses a type.
#[derive(Clone, Debug, Default)]
pub(super) struct Use {
    pub(super) calls: BTreeSet<Affected>,
    sent: bool,
    received: bool,
    /// The places that refer to it, the first by name first: by these a type is known when its name changes.
    places: BTreeSet<String>,
}

/// Who uses which type, through whatever lies between.
#[derive(Debug, Default)]
pub(super) struct Uses<'p> {
    found: BTreeMap<&'p str, Use>,
}

impl<'p> Uses<'p> {
    /// Notes that a call sends or receives a type.
    pub(super) fn note(
        &mut self,
        product: &'p Product,
        ty: &'p Type,
        role: Role,
        call: &Affected,
        place: &str,
    ) {
        let mut direct = Vec::new();
        text::named(ty, &mut direct);
        let place = format!("{} {place}", call.call);
        self.follow(product, direct, role, call, &place);
    }

    /// Notes that a call sends or receives the type of a name.
    pub(super) fn note_name(&mut self, product: &'p Product, name: &'p str, role: Role, call: &Affected) {
        self.follow(product, vec![name], role, call, &call.call);
    }

    fn follow(
        &mut self,
        product: &'p Product,
        names: Vec<&'p str>,
        role: Role,
        call: &Affected,
        place: &str,
    ) {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut waiting: Vec<(&str, String)> =
            names.into_iter().map(|name| (name, place.to_owned())).collect();
        while let Some((name, place)) = waiting.pop() {
            let noted = self.found.entry(name).or_default();
            noted.places.insert(place);
            if !seen.insert(name) {
                continue;
            }
            noted.calls.insert(call.clone());
            match role {
                Role::Sent => noted.sent = true,
                Role::Received => noted.received = true,
                Role::Both => (noted.sent, noted.received) = (true, true),
            }
            let Some(def) = product.types.get(name) else {
                continue;
            };
            let mut within = |ty: &'p Type, place: String| {
                let mut inner = Vec::new();
                text::named(ty, &mut inner);
                waiting.extend(inner.into_iter().map(|name| (name, place.clone())));
            };
            match &def.kind {
                TypeKind::Object(fields) | TypeKind::Tuple(fields) => {
                    for field in fields {
                        within(&field.ty, format!("{name}.{}", field.name));
                    }
                }
                TypeKind::Shapes(types) => {
                    for ty in types {
                        within(ty, format!("{name} shape"));
                    }
                }
                TypeKind::Alias(ty) => within(ty, format!("{name} alias")),
                TypeKind::Union { variants, .. } => {
                    for (value, target) in variants {
                        waiting.push((target, format!("{name}={value}")));
                    }
                }
                TypeKind::Enum(_) => {}
            }
        }
    }

    fn of(&self, name: &str) -> Use {
        self.found.get(name).cloned().unwrap_or_default()
    }
}

/// Says what a value is, and what code sees of it.
pub(super) fn type_fact<'n>(node: &'n mut Node, aspect: Aspect, ty: &Type) -> &'n mut Fact {
    node.fact(aspect, text::wire(ty))
        .seen_as(rust_type(ty), Aspect::Encoding)
}

/// Every named type of a product.
pub(super) fn types(product: &Product, krate: &str, lowered: Option<&Crate>, uses: &Uses<'_>) -> Vec<Node> {
    let sent = sent_types(product);
    product
        .types
        .iter()
        .map(|(name, def)| {
            let builder = Builder {
                krate,
                lowered,
                name,
                built: sent.contains(name),
            };
            builder.node(def, &uses.of(name))
        })
        .collect()
}

struct Builder<'b> {
    krate: &'b str,
    lowered: Option<&'b Crate>,
    name: &'b str,
    /// Whether users make values of it: it has `new` and setters.
    built: bool,
}

impl Builder<'_> {
    fn path(&self) -> String {
        format!("models::{}", self.name)
    }

    fn item(&self, kind: RustItemKind) -> RustItem {
        RustItem {
            krate: self.krate.to_owned(),
            kind,
        }
    }

    fn variant(&self, name: String) -> RustItem {
        self.item(RustItemKind::Variant {
            owner: self.path(),
            name,
        })
    }

    fn node(&self, def: &TypeDef, used: &Use) -> Node {
        let mut node = Node::new(Class::Type, self.name);
        node.code = self.name.to_owned();
        node.location = def.location.clone();
        node.role = match (used.sent, used.received) {
            (true, true) => Role::Both,
            (true, false) => Role::Sent,
            _ => Role::Received,
        };
        node.affected = used.calls.iter().cloned().collect();
        node.items
            .push(self.item(RustItemKind::Type { path: self.path() }));
        if self.built {
            node.by_name = self
                .lowered
                .is_some_and(|lowered| lowered.type_by_name(self.name));
            node.makers = vec![self.item(RustItemKind::Constructor { owner: self.path() })];
        }
        node.documentation(&[def.description.as_deref()]);
        node.fact(Aspect::Sbe, def.sbe.clone().unwrap_or_default());
        // That there are filters to check at all is what makes it more or less.
        let market = def.filters.map_or("", FilterMarket::name);
        let set = f64::from(u8::from(!market.is_empty()));
        node.fact(Aspect::OrderFilters, market).ranked("", vec![set]);
        let kind = match &def.kind {
            TypeKind::Object(fields) => {
                node.children = fields
                    .iter()
                    .map(|field| self.field(Class::Field, field, def))
                    .collect();
                "object"
            }
            TypeKind::Tuple(slots) => {
                node.children = slots
                    .iter()
                    .map(|slot| self.field(Class::Slot, slot, def))
                    .collect();
                let count = slots.len();
                for (at, child) in node.children.iter_mut().enumerate() {
                    // The same place in as long an array, with the same type, is the same slot under another name.
                    let ty = child
                        .find_fact(Aspect::Type)
                        .map_or("", |fact| fact.text.as_str());
                    let sign = format!("{at} of {count}: {ty}");
                    child.also.push(sign);
                }
                "positional array"
            }
            TypeKind::Enum(values) => {
                node.children = values.iter().map(|value| self.value(value, def)).collect();
                let ends = |at: Option<usize>| at.and_then(|at| values.get(at)).map_or("", String::as_str);
                for (at, child) in node.children.iter_mut().enumerate() {
                    // The same place, between the same others, is the same value under another name.
                    child
                        .also
                        .push(format!("{} _ {}", ends(at.checked_sub(1)), ends(Some(at + 1))));
                }
                "value set"
            }
            TypeKind::Union { tag, variants } => {
                node.fact(Aspect::Tag, tag.clone());
                for (value, target) in variants {
                    node.children.push(self.union_variant(value, target, def));
                }
                "union"
            }
            TypeKind::Shapes(types) => {
                node.children = types.iter().map(|ty| self.shape(ty, def)).collect();
                "shapes"
            }
            TypeKind::Alias(target) => {
                type_fact(&mut node, Aspect::Type, target);
                "other name"
            }
        };
        node.fact(Aspect::Kind, kind);
        for child in &mut node.children {
            child.role = node.role;
        }
        // The same contents, or else the same place, is the same type under another name.
        let shape: Vec<String> = node
            .children
            .iter()
            .map(|child| {
                let ty = child.find_fact(Aspect::Type).map(|fact| fact.text.as_str());
                format!("{} {}", child.key, ty.unwrap_or_default())
            })
            .collect();
        node.also = vec![match shape.is_empty() {
            true => String::new(),
            false => format!("{kind}: {}", shape.join(", ")),
        }];
        node.also.push(used.places.first().cloned().unwrap_or_default());
        node
    }

    fn field(&self, class: Class, field: &Field, def: &TypeDef) -> Node {
        let mut node = Node::new(class, field.name.clone());
        let plain = field.plain_name.as_deref().unwrap_or(&field.name);
        node.code = self
            .lowered
            .and_then(|lowered| lowered.field(self.name, &field.name))
            .map_or_else(|| names::snake(plain), str::to_owned);
        node.location = def.location.clone();
        node.demanded = field.required;
        let constant = matches!(field.ty, Type::Constant(_));
        node.argument = field.required && self.built && !constant;
        node.common = Some(names::snake(plain));
        // A name that is kept as an alias is the name of the same thing.
        node.also = vec![
            names::snake(plain),
            field.aliases.first().unwrap_or(&field.name).clone(),
        ];
        match constant {
            true => node
                .fact(Aspect::Type, text::wire(&field.ty))
                .seen_as("", Aspect::Encoding),
            false => type_fact(&mut node, Aspect::Type, &field.ty),
        };
        node.flag(Aspect::Required, field.required);
        node.flag(Aspect::Nullable, field.nullable);
        if class == Class::Field {
            node.fact(Aspect::Aliases, field.aliases.join(", "));
        }
        node.documentation(&[field.description.as_deref()]);
        if constant {
            // A constant is checked and written, and not stored.
            return node;
        }
        let (owner, name) = (self.path(), node.code.clone());
        node.items.push(self.item(RustItemKind::Field {
            owner: owner.clone(),
            name: name.clone(),
        }));
        if self.built {
            node.items.push(self.item(match field.required {
                true => RustItemKind::Constructor { owner },
                false => RustItemKind::Setter { owner, name },
            }));
        }
        node
    }

    fn value(&self, value: &str, def: &TypeDef) -> Node {
        let mut node = Node::new(Class::Value, value);
        node.code = self
            .lowered
            .and_then(|lowered| lowered.value_variant(self.name, value))
            .map_or_else(|| variant_name(value), str::to_owned);
        node.location = def.location.clone();
        node.also = vec![node.code.clone()];
        node.common = Some(value.to_uppercase());
        node.items.push(self.variant(node.code.clone()));
        node
    }

    fn union_variant(&self, value: &str, target: &str, def: &TypeDef) -> Node {
        let mut node = Node::new(Class::Variant, value);
        node.code = self
            .lowered
            .and_then(|lowered| lowered.tagged_variant(self.name, value))
            .map_or_else(|| variant_name(value), str::to_owned);
        node.location = def.location.clone();
        type_fact(&mut node, Aspect::Type, &Type::Named(target.to_owned()));
        node.items.push(self.variant(node.code.clone()));
        node
    }

    fn shape(&self, ty: &Type, def: &TypeDef) -> Node {
        let mut node = Node::new(Class::Shape, text::wire(ty));
        node.location = def.location.clone();
        if let Some(variant) = self
            .lowered
            .and_then(|lowered| lowered.shape_variant(self.name, ty))
        {
            node.code = variant.to_owned();
            node.items.push(self.variant(variant.to_owned()));
        }
        node
    }
}
