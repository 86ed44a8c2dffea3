//! SBE schemas and FIX dictionaries against ours: both as places with what is said there.

use binance_wire_model::api::Location;
use binance_wire_model::fix::{Dictionary, Member, MemberKind};
use binance_wire_model::sbe::{Json, Members, Presence, Schema, SimpleType};
use indexmap::IndexMap;

use super::{Difference, Kind};

/// What a schema or dictionary says, place by place: `ExecutionReport.Side`, `orderSide.Buy`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    places: IndexMap<String, Place>,
    /// How many messages it has.
    pub messages: usize,
    /// What it calls itself, such as `3:5`.
    pub version: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    facts: Vec<(&'static str, String)>,
    /// The places in it, where their order means something.
    order: Vec<String>,
    line: usize,
}

impl Outline {
    fn add(&mut self, name: String, line: usize, facts: Vec<(&'static str, String)>) {
        let order = Vec::new();
        self.places.insert(name, Place { facts, order, line });
    }

    fn ordered(&mut self, name: &str, order: Vec<String>) {
        if let Some(place) = self.places.get_mut(name) {
            place.order = order;
        }
    }

    /// An SBE schema.
    pub fn of_schema(schema: &Schema) -> Self {
        let mut outline = Self {
            messages: schema.messages.len(),
            version: format!("{}:{}", schema.id, schema.version),
            ..Self::default()
        };
        let header = vec![
            ("id", schema.id.to_string()),
            ("version", schema.version.to_string()),
            ("semanticVersion", option(schema.semantic_version.as_ref())),
        ];
        outline.add("schema".to_owned(), 0, header);
        for r#type in schema.types.values() {
            outline.add(r#type.name.clone(), r#type.line.0, simple(r#type));
        }
        for composite in schema.composites.values() {
            let name = &composite.name;
            outline.add(
                name.clone(),
                composite.line.0,
                vec![("since", composite.since.to_string())],
            );
            for member in &composite.members {
                let mut facts = simple(&member.r#type);
                facts.push(("reference", option(member.reference.as_ref())));
                outline.add(format!("{name}.{}", member.name), composite.line.0, facts);
            }
            let order = composite
                .members
                .iter()
                .map(|member| member.name.clone())
                .collect();
            outline.ordered(name, order);
        }
        for r#enum in schema.enums.values() {
            let facts = vec![
                ("encoding", format!("{:?}", r#enum.encoding).to_lowercase()),
                ("since", r#enum.since.to_string()),
            ];
            outline.add(r#enum.name.clone(), r#enum.line.0, facts);
            for value in &r#enum.values {
                let facts = vec![
                    ("value", value.raw.to_string()),
                    ("jsonValue", option(value.json.as_ref())),
                    ("since", value.since.to_string()),
                ];
                outline.add(format!("{}.{}", r#enum.name, value.name), value.line.0, facts);
            }
        }
        for set in schema.sets.values() {
            let facts = vec![
                ("encoding", format!("{:?}", set.encoding).to_lowercase()),
                ("since", set.since.to_string()),
            ];
            outline.add(set.name.clone(), set.line.0, facts);
            for choice in &set.choices {
                let facts = vec![
                    ("bit", choice.bit.to_string()),
                    ("jsonValue", option(choice.json.as_ref())),
                    ("since", choice.since.to_string()),
                ];
                outline.add(format!("{}.{}", set.name, choice.name), choice.line.0, facts);
            }
        }
        for message in &schema.messages {
            let facts = vec![
                ("id", message.id.to_string()),
                ("semanticType", option(message.semantic_type.as_ref())),
                ("blockLength", option(message.block_length.as_ref())),
                ("since", message.since.to_string()),
            ];
            outline.add(message.name.clone(), message.line.0, facts);
            outline.members(&message.name, &message.members);
        }
        outline
    }

    fn members(&mut self, parent: &str, members: &Members) {
        let mut order = Vec::new();
        for field in &members.fields {
            order.push(field.name.clone());
            let mut facts = vec![
                ("id", field.id.to_string()),
                ("type", field.type_name.clone()),
                ("presence", presence(field.presence)),
                ("valueRef", option(field.value_ref.as_ref())),
                ("offset", option(field.offset.as_ref())),
                ("exponent", option(field.exponent.as_ref())),
                ("semanticType", option(field.semantic_type.as_ref())),
                ("since", field.since.to_string()),
            ];
            facts.extend(json(&field.json));
            self.add(format!("{parent}.{}", field.name), field.line.0, facts);
        }
        for group in &members.groups {
            order.push(group.name.clone());
            let place = format!("{parent}.{}", group.name);
            let mut facts = vec![
                ("id", group.id.to_string()),
                ("dimensionType", group.dimension.clone()),
                ("blockLength", option(group.block_length.as_ref())),
                ("semanticType", option(group.semantic_type.as_ref())),
                ("since", group.since.to_string()),
            ];
            facts.extend(json(&group.json));
            self.add(place.clone(), group.line.0, facts);
            self.members(&place, &group.members);
        }
        for data in &members.data {
            order.push(data.name.clone());
            let mut facts = vec![
                ("id", data.id.to_string()),
                ("type", data.type_name.clone()),
                ("semanticType", option(data.semantic_type.as_ref())),
                ("since", data.since.to_string()),
            ];
            facts.extend(json(&data.json));
            self.add(format!("{parent}.{}", data.name), data.line.0, facts);
        }
        self.ordered(parent, order);
    }

    /// A FIX dictionary. Messages and components have the element's name before theirs, since fields may share it.
    pub fn of_dictionary(dictionary: &Dictionary) -> Self {
        let version = dictionary.version.begin_string();
        let mut outline = Self {
            messages: dictionary.messages.len(),
            version: version.clone(),
            ..Self::default()
        };
        let service_pack = dictionary.version.service_pack.to_string();
        outline.add(
            "dictionary".to_owned(),
            0,
            vec![("version", version), ("servicepack", service_pack)],
        );
        for (name, members) in [("header", &dictionary.header), ("trailer", &dictionary.trailer)] {
            outline.add(name.to_owned(), 0, Vec::new());
            outline.fix_members(name, members);
        }
        for message in &dictionary.messages {
            let name = format!("message {}", message.name);
            let facts = vec![
                ("msgtype", message.msg_type.clone()),
                ("msgcat", format!("{:?}", message.category).to_lowercase()),
            ];
            outline.add(name.clone(), message.line.0, facts);
            outline.fix_members(&name, &message.members);
        }
        for component in &dictionary.components {
            let name = format!("component {}", component.name);
            outline.add(name.clone(), component.line.0, Vec::new());
            outline.fix_members(&name, &component.members);
        }
        for field in &dictionary.fields {
            let name = format!("field {}", field.name);
            let facts = vec![
                ("number", field.number.to_string()),
                ("type", field.field_type.name().to_owned()),
            ];
            outline.add(name.clone(), field.line.0, facts);
            for value in &field.values {
                outline.add(
                    format!("{name}.{}", value.code),
                    value.line.0,
                    vec![("name", value.name.clone())],
                );
            }
        }
        outline
    }

    fn fix_members(&mut self, parent: &str, members: &[Member]) {
        for member in members {
            let place = format!("{parent}.{}", member.name);
            let kind = match &member.kind {
                MemberKind::Field => "field",
                MemberKind::Component => "component",
                MemberKind::Group(_) => "group",
            };
            let required = if member.required { "Y" } else { "N" };
            let facts = vec![("kind", kind.to_owned()), ("required", required.to_owned())];
            self.add(place.clone(), member.line.0, facts);
            if let MemberKind::Group(members) = &member.kind {
                self.fix_members(&place, members);
            }
        }
        self.ordered(parent, members.iter().map(|member| member.name.clone()).collect());
    }
}

fn option<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "none".to_owned(), T::to_string)
}

fn presence(presence: Presence) -> String {
    format!("{presence:?}").to_lowercase()
}

fn json(json: &Json) -> [(&'static str, String); 3] {
    [
        ("jsonPath", option(json.path.as_ref())),
        ("jsonDefaultValue", option(json.default.as_ref())),
        ("jsonOmitNull", json.omit_null.to_string()),
    ]
}

fn simple(r#type: &SimpleType) -> Vec<(&'static str, String)> {
    vec![
        ("primitiveType", format!("{:?}", r#type.primitive).to_lowercase()),
        ("length", r#type.length.to_string()),
        ("presence", presence(r#type.presence)),
        ("constant", option(r#type.constant.as_ref())),
        ("nullValue", option(r#type.null.as_ref())),
        ("minValue", option(r#type.min.as_ref())),
        ("maxValue", option(r#type.max.as_ref())),
        ("characterEncoding", option(r#type.character_encoding.as_ref())),
        ("semanticType", option(r#type.semantic_type.as_ref())),
        ("since", r#type.since.to_string()),
    ]
}

/// What differs between a published outline and ours, which stands in `file` of the specs of `product`. What stands in
/// something that only one of the two has is not told again.
pub fn differences(theirs: &Outline, ours: &Outline, product: &str, file: &str) -> Vec<Difference> {
    let mut found = Vec::new();
    let within = file.strip_prefix(&format!("{product}/")).unwrap_or(file);
    let mut note = |kind: Kind, place: &str, detail: String, line: Option<usize>| {
        found.push(Difference {
            product: product.to_owned(),
            operation: Some(format!("{within} {place}")),
            parameter: None,
            kind,
            detail,
            location: line.filter(|line| *line > 0).map(|line| Location {
                file: file.to_owned(),
                line,
            }),
            because: None,
        });
    };
    for (name, place) in &theirs.places {
        let Some(own) = ours.places.get(name) else {
            let parent = name.rsplit_once('.').map(|(parent, _)| parent);
            if parent.is_none_or(|parent| ours.places.contains_key(parent)) {
                let line = parent
                    .and_then(|parent| ours.places.get(parent))
                    .map(|place| place.line);
                let facts: Vec<String> = place
                    .facts
                    .iter()
                    .filter(|(_, value)| !["none", "false", "0", "required"].contains(&value.as_str()))
                    .map(|(name, value)| format!("{name} {value}"))
                    .collect();
                note(Kind::Missing, name, facts.join(", "), line);
            }
            continue;
        };
        let mut apart: Vec<String> = Vec::new();
        for (fact, value) in &place.facts {
            let other = own.facts.iter().find(|(known, _)| known == fact);
            if let Some((_, other)) = other
                && other != value
            {
                apart.push(format!("{fact} is {value} there, {other} here"));
            }
        }
        let common = |these: &[String], those: &[String]| -> Vec<String> {
            these
                .iter()
                .filter(|name| those.contains(name))
                .cloned()
                .collect()
        };
        if common(&place.order, &own.order) != common(&own.order, &place.order) {
            apart.push("its members stand in another order".to_owned());
        }
        if !apart.is_empty() {
            note(Kind::Different, name, apart.join("; "), Some(own.line));
        }
    }
    for (name, place) in &ours.places {
        let parent = name.rsplit_once('.').map(|(parent, _)| parent);
        if !theirs.places.contains_key(name) && parent.is_none_or(|parent| theirs.places.contains_key(parent))
        {
            note(Kind::Extra, name, String::new(), Some(place.line));
        }
    }
    found
}
