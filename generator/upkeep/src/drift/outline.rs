//! SBE schemas and FIX dictionaries against ours: both as places with what is said there.

use binance_wire_impact::pairs::{Thing, orders, pairs};
use binance_wire_model::api::Location;
use binance_wire_model::fix::{Dictionary, Member, MemberKind};
use binance_wire_model::sbe::{Json, Members, Presence, Schema, SimpleType};

use super::{Difference, Kind};

/// What a schema or dictionary says, place by place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    places: Vec<Place>,
    /// How many messages it has.
    pub messages: usize,
    /// What it calls itself, such as `3:5`.
    pub version: String,
}

/// Something that a file says, such as a message, a field or a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    name: String,
    line: usize,
    facts: Vec<(&'static str, String)>,
    /// What is in it.
    places: Vec<Place>,
    /// Whether the order of what is in it means something.
    ordered: bool,
}

impl Place {
    fn new(name: impl Into<String>, line: usize, facts: Vec<(&'static str, String)>) -> Self {
        Self {
            name: name.into(),
            line,
            facts,
            ..Self::default()
        }
    }

    /// The same, with what is in it.
    fn with(mut self, places: impl IntoIterator<Item = Self>) -> Self {
        self.places.extend(places);
        self
    }

    /// The same, where the order of what is in it means something.
    fn with_ordered(self, places: impl IntoIterator<Item = Self>) -> Self {
        Self {
            ordered: true,
            ..self.with(places)
        }
    }
}

impl Thing for Place {
    /// An element that became another kind of element is still the thing of that name.
    type Class = ();

    fn class(&self) {}

    fn key(&self) -> &str {
        &self.name
    }
}

impl Outline {
    /// An SBE schema.
    pub fn of_schema(schema: &Schema) -> Self {
        let header = vec![
            ("id", schema.id.to_string()),
            ("version", schema.version.to_string()),
            ("semanticVersion", option(schema.semantic_version.as_ref())),
        ];
        let mut places = vec![Place::new("schema", 0, header)];
        for r#type in schema.types.values() {
            places.push(Place::new(&r#type.name, r#type.line.0.line, simple(r#type)));
        }
        for composite in schema.composites.values() {
            let line = composite.line.0.line;
            let members = composite.members.iter().map(|member| {
                let mut facts = simple(&member.r#type);
                facts.push(("reference", option(member.reference.as_ref())));
                Place::new(&member.name, line, facts)
            });
            let facts = vec![("since", composite.since.to_string())];
            places.push(Place::new(&composite.name, line, facts).with_ordered(members));
        }
        for r#enum in schema.enums.values() {
            let facts = vec![
                ("encoding", format!("{:?}", r#enum.encoding).to_lowercase()),
                ("since", r#enum.since.to_string()),
            ];
            let values = r#enum.values.iter().map(|value| {
                let facts = vec![
                    ("value", value.raw.to_string()),
                    ("jsonValue", option(value.json.as_ref())),
                    ("since", value.since.to_string()),
                ];
                Place::new(&value.name, value.line.0.line, facts)
            });
            places.push(Place::new(&r#enum.name, r#enum.line.0.line, facts).with(values));
        }
        for set in schema.sets.values() {
            let facts = vec![
                ("encoding", format!("{:?}", set.encoding).to_lowercase()),
                ("since", set.since.to_string()),
            ];
            let choices = set.choices.iter().map(|choice| {
                let facts = vec![
                    ("bit", choice.bit.to_string()),
                    ("jsonValue", option(choice.json.as_ref())),
                    ("since", choice.since.to_string()),
                ];
                Place::new(&choice.name, choice.line.0.line, facts)
            });
            places.push(Place::new(&set.name, set.line.0.line, facts).with(choices));
        }
        for message in &schema.messages {
            let facts = vec![
                ("id", message.id.to_string()),
                ("semanticType", option(message.semantic_type.as_ref())),
                ("blockLength", option(message.block_length.as_ref())),
                ("since", message.since.to_string()),
            ];
            let place = Place::new(&message.name, message.line.0.line, facts);
            places.push(place.with_ordered(sbe_members(&message.members)));
        }
        Self {
            places,
            messages: schema.messages.len(),
            version: format!("{}:{}", schema.id, schema.version),
        }
    }

    /// A FIX dictionary. Messages and components have the element's name before theirs, since fields may share it.
    pub fn of_dictionary(dictionary: &Dictionary) -> Self {
        let version = dictionary.version.begin_string();
        let service_pack = dictionary.version.service_pack.to_string();
        let head = vec![("version", version.clone()), ("servicepack", service_pack)];
        let mut places = vec![Place::new("dictionary", 0, head)];
        for (name, members) in [("header", &dictionary.header), ("trailer", &dictionary.trailer)] {
            places.push(Place::new(name, 0, Vec::new()).with_ordered(fix_members(members)));
        }
        for message in &dictionary.messages {
            let facts = vec![
                ("msgtype", message.msg_type.clone()),
                ("msgcat", format!("{:?}", message.category).to_lowercase()),
            ];
            let place = Place::new(format!("message {}", message.name), message.line.0.line, facts);
            places.push(place.with_ordered(fix_members(&message.members)));
        }
        for component in &dictionary.components {
            let name = format!("component {}", component.name);
            let place = Place::new(name, component.line.0.line, Vec::new());
            places.push(place.with_ordered(fix_members(&component.members)));
        }
        for field in &dictionary.fields {
            let facts = vec![
                ("number", field.number.to_string()),
                ("type", field.field_type.name().to_owned()),
            ];
            let values = field.values.iter();
            let values = values
                .map(|value| Place::new(&value.code, value.line.0.line, vec![("name", value.name.clone())]));
            places.push(Place::new(format!("field {}", field.name), field.line.0.line, facts).with(values));
        }
        Self {
            places,
            messages: dictionary.messages.len(),
            version,
        }
    }
}

fn sbe_members(members: &Members) -> Vec<Place> {
    let mut places = Vec::new();
    for field in &members.fields {
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
        places.push(Place::new(&field.name, field.line.0.line, facts));
    }
    for group in &members.groups {
        let mut facts = vec![
            ("id", group.id.to_string()),
            ("dimensionType", group.dimension.clone()),
            ("blockLength", option(group.block_length.as_ref())),
            ("semanticType", option(group.semantic_type.as_ref())),
            ("since", group.since.to_string()),
        ];
        facts.extend(json(&group.json));
        let place = Place::new(&group.name, group.line.0.line, facts);
        places.push(place.with_ordered(sbe_members(&group.members)));
    }
    for data in &members.data {
        let mut facts = vec![
            ("id", data.id.to_string()),
            ("type", data.type_name.clone()),
            ("semanticType", option(data.semantic_type.as_ref())),
            ("since", data.since.to_string()),
        ];
        facts.extend(json(&data.json));
        places.push(Place::new(&data.name, data.line.0.line, facts));
    }
    places
}

fn fix_members(members: &[Member]) -> Vec<Place> {
    let place = |member: &Member| {
        let (kind, inner) = match &member.kind {
            MemberKind::Field => ("field", None),
            MemberKind::Component => ("component", None),
            MemberKind::Group(members) => ("group", Some(members)),
        };
        let required = if member.required { "Y" } else { "N" };
        let facts = vec![("kind", kind.to_owned()), ("required", required.to_owned())];
        let place = Place::new(&member.name, member.line.0.line, facts);
        match inner {
            Some(members) => place.with_ordered(fix_members(members)),
            None => place,
        }
    };
    members.iter().map(place).collect()
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

/// What differs between a published outline and ours, which is in `file` of the specs of `product`. What is in something
/// that only one of the two has is not reported again.
pub fn differences(theirs: &Outline, ours: &Outline, product: &str, file: &str) -> Vec<Difference> {
    let mut found = Differences {
        product,
        file,
        within: file.strip_prefix(&format!("{product}/")).unwrap_or(file),
        theirs: Vec::new(),
        extra: Vec::new(),
    };
    found.places(&theirs.places, &ours.places, "", None);
    // In the order of our file.
    found
        .extra
        .sort_by_key(|extra| extra.location.as_ref().map(|place| place.line));
    found.theirs.extend(found.extra);
    found.theirs
}

/// Differences on their way to a list.
struct Differences<'d> {
    product: &'d str,
    file: &'d str,
    /// The file's path within its product.
    within: &'d str,
    /// What the published file has, or says otherwise, in its order.
    theirs: Vec<Difference>,
    /// What ours alone has.
    extra: Vec<Difference>,
}

impl Differences<'_> {
    /// Compares what is in a place of both. `parent`: its name and a dot, and `line`: its line in ours.
    fn places(&mut self, theirs: &[Place], ours: &[Place], parent: &str, line: Option<usize>) {
        let pairs = pairs(theirs, ours);
        for place in theirs {
            let name = format!("{parent}{}", place.name);
            match pairs.partner(place) {
                Some(own) => self.both(place, own, &name),
                None => {
                    let facts = place.facts.iter();
                    let facts: Vec<String> = facts
                        .filter(|(_, value)| !["none", "false", "0", "required"].contains(&value.as_str()))
                        .map(|(name, value)| format!("{name} {value}"))
                        .collect();
                    let missing = self.difference(Kind::Missing, &name, facts.join(", "), line);
                    self.theirs.push(missing);
                }
            }
        }
        for (_, own) in pairs.added {
            let name = format!("{parent}{}", own.name);
            let extra = self.difference(Kind::Extra, &name, String::new(), Some(own.line));
            self.extra.push(extra);
        }
    }

    fn both(&mut self, theirs: &Place, ours: &Place, name: &str) {
        let mut apart: Vec<String> = Vec::new();
        for (fact, value) in &theirs.facts {
            let other = ours.facts.iter().find(|(known, _)| known == fact);
            if let Some((_, other)) = other
                && other != value
            {
                apart.push(format!("{fact} is {value} there, {other} here"));
            }
        }
        let both = pairs(&theirs.places, &ours.places).both;
        let both: Vec<_> = both.iter().collect();
        if theirs.ordered && ours.ordered && orders(&both, &ours.places).is_some() {
            apart.push("its members are in another order".to_owned());
        }
        if !apart.is_empty() {
            let different = self.difference(Kind::Different, name, apart.join("; "), Some(ours.line));
            self.theirs.push(different);
        }
        self.places(&theirs.places, &ours.places, &format!("{name}."), Some(ours.line));
    }

    fn difference(&self, kind: Kind, place: &str, detail: String, line: Option<usize>) -> Difference {
        Difference {
            product: self.product.to_owned(),
            operation: Some(format!("{} {place}", self.within)),
            parameter: None,
            kind,
            detail,
            location: line
                .filter(|line| *line > 0)
                .map(|line| Location::new(self.file, line)),
            because: None,
        }
    }
}
