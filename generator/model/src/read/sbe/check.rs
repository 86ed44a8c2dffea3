//! Checks that need the whole schema.

use std::collections::{BTreeMap, BTreeSet};

use crate::read::problems::Problems;
use crate::sbe::{Data, Encoding, Field, Group, Members, Message, Presence, Primitive, Schema, block_layout};
use crate::source::Place;

pub(super) fn check(schema: &Schema, problems: &mut Problems) {
    header(schema, problems);
    let mut names = BTreeMap::new();
    let mut ids = BTreeMap::new();
    for message in &schema.messages {
        let line = message.line.0;
        if let Some(first) = names.insert(message.name.as_str(), line) {
            problems.error(
                line,
                format!(
                    "message `{}` is declared twice, first in line {}",
                    message.name, first.line
                ),
                "rename or remove one of them",
            );
        }
        if let Some((first, _)) = ids.insert(message.id, (message.name.as_str(), line)) {
            problems.error(
                line,
                format!(
                    "messages `{first}` and `{}` both have id {}",
                    message.name, message.id
                ),
                "give each message an id of its own",
            );
        }
        since(schema, message.since, &message.name, line, problems);
        Scope {
            schema,
            message,
            outer: Vec::new(),
        }
        .members(
            &message.members,
            message.block_length,
            line,
            &message.name,
            problems,
        );
    }
}

fn header(schema: &Schema, problems: &mut Problems) {
    let Some(header) = schema.composites.get("messageHeader") else {
        return;
    };
    let expected = ["blockLength", "templateId", "schemaId", "version"];
    let fits = header.members.len() >= expected.len()
        && header.members.iter().zip(expected).all(|(member, name)| {
            member.name == name && member.r#type.primitive == Primitive::UInt16 && member.r#type.length == 1
        });
    if !fits {
        problems.error(
            header.line.0,
            "the message header does not start with blockLength, templateId, schemaId and version",
            "make them its first members, uint16 each",
        );
    }
}

fn since(schema: &Schema, since: u16, name: &str, line: Place, problems: &mut Problems) {
    if since > schema.version {
        problems.error(
            line,
            format!(
                "`{name}` is there since version {since}, but the schema has version {}",
                schema.version
            ),
            "lower sinceVersion or raise the schema's version",
        );
    }
}

/// A block, and the blocks around it, innermost last.
struct Scope<'s> {
    schema: &'s Schema,
    message: &'s Message,
    outer: Vec<&'s Members>,
}

impl<'s> Scope<'s> {
    fn members(
        &mut self,
        members: &'s Members,
        block_length: Option<u16>,
        line: Place,
        name: &str,
        problems: &mut Problems,
    ) {
        self.names(members, problems);
        let before = problems.errors.len();
        for (index, field) in members.fields.iter().enumerate() {
            self.field(field, &members.fields[..index], problems);
        }
        if problems.errors.len() == before {
            self.layout(members, block_length, line, name, problems);
        }
        for group in &members.groups {
            self.group(group, problems);
            self.outer.push(members);
            self.members(
                &group.members,
                group.block_length,
                group.line.0,
                &group.name,
                problems,
            );
            self.outer.pop();
        }
        for data in &members.data {
            self.data(data, problems);
        }
    }

    fn names(&self, members: &Members, problems: &mut Problems) {
        let mut names = BTreeSet::new();
        let mut paths = BTreeMap::new();
        let all = (members.fields.iter().map(|f| (&f.name, &f.json, f.line.0)))
            .chain(members.groups.iter().map(|g| (&g.name, &g.json, g.line.0)))
            .chain(members.data.iter().map(|d| (&d.name, &d.json, d.line.0)));
        for (name, json, line) in all {
            if !names.insert(name) {
                problems.error(
                    line,
                    format!("`{name}` occurs twice in the same block of {}", self.message.name),
                    "rename or remove one of them",
                );
                continue;
            }
            let path = json.path.as_deref().unwrap_or(name);
            let known = matches!(path, ".." | "[]")
                || path
                    .split('.')
                    .all(|part| !part.is_empty() && !part.contains(['[', ']']));
            if !known {
                problems.error(
                    line,
                    format!("`mbx:jsonPath` is `{path}`"),
                    "write a name, names joined by dots, `..` or `[]`",
                );
            } else if path != "[]"
                && let Some(other) = paths.insert(path, name)
            {
                problems.error(
                    line,
                    format!("`{name}` and `{other}` have the same place `{path}` in JSON"),
                    "give one of them another mbx:jsonPath",
                );
            }
        }
    }

    fn field(&self, field: &Field, preceding: &[Field], problems: &mut Problems) {
        let line = field.line.0;
        let name = format!("{}.{}", self.message.name, field.name);
        since(self.schema, field.since, &name, line, problems);
        let Some(encoding) = self.schema.encoding(&field.type_name) else {
            let message = format!("field `{name}` has the unknown type `{}`", field.type_name);
            let remedy = if self.schema.composites.contains_key(&field.type_name) {
                "composites are for headers, dimensions and data; use a simple type, an enum or a set"
            } else {
                "declare the type in <types>, or correct the name"
            };
            problems.error(line, message, remedy);
            return;
        };
        self.constant(field, encoding, &name, problems);
        if let Some(exponent) = &field.exponent {
            self.exponent(field, exponent, encoding, preceding, &name, problems);
        }
        if preceding.last().is_some_and(|last| last.since > field.since) {
            problems.error(
                line,
                format!("`{name}` stands behind a field that is newer than itself"),
                "append newer fields at the end of the block",
            );
        }
    }

    fn constant(&self, field: &Field, encoding: Encoding<'_>, name: &str, problems: &mut Problems) {
        let line = field.line.0;
        let presence = self.schema.presence(field);
        let Some(reference) = &field.value_ref else {
            let has_value = matches!(encoding, Encoding::Simple(simple) if simple.constant.is_some());
            if presence == Presence::Constant && !has_value {
                problems.error(
                    line,
                    format!("constant `{name}` has no value"),
                    "add valueRef=\"enum.Value\" or a value to its type",
                );
            }
            return;
        };
        if presence != Presence::Constant {
            problems.error(
                line,
                format!("`{name}` has a valueRef but is not a constant"),
                "add presence=\"constant\" or remove valueRef",
            );
        }
        let found = reference
            .split_once('.')
            .and_then(|(r#enum, value)| Some((r#enum, self.schema.enums.get(r#enum)?.value(value)?)));
        match found {
            Some((r#enum, _)) if r#enum == field.type_name => {}
            Some((r#enum, _)) => problems.error(
                line,
                format!(
                    "`{name}` has type `{}`, but its valueRef is of `{enum}`",
                    field.type_name
                ),
                "refer to a value of the field's own type",
            ),
            None => problems.error(
                line,
                format!("valueRef `{reference}` of `{name}` names nothing"),
                "write enum.Value with names that are declared",
            ),
        }
    }

    fn exponent(
        &self,
        field: &Field,
        exponent: &str,
        encoding: Encoding<'_>,
        preceding: &[Field],
        name: &str,
        problems: &mut Problems,
    ) {
        let is_mantissa = match encoding {
            Encoding::Primitive(primitive) => primitive.range().is_some(),
            Encoding::Simple(simple) => {
                (simple.length == 1 && simple.primitive.range().is_some())
                    || (simple.length == 16 && simple.primitive == Primitive::UInt8)
            }
            Encoding::Enum(_) | Encoding::Set(_) => false,
        };
        if !is_mantissa {
            problems.error(
                field.line.0,
                format!("`{name}` has an exponent but cannot be a mantissa"),
                "use a whole number or 16 bytes of uint8",
            );
        }
        let found = (preceding.iter())
            .chain(self.outer.iter().flat_map(|members| members.fields.iter()))
            .find(|candidate| candidate.name == exponent);
        match found.map(|found| self.schema.encoding(&found.type_name)) {
            Some(Some(Encoding::Simple(simple)))
                if simple.primitive == Primitive::Int8 && simple.length == 1 => {}
            Some(Some(Encoding::Primitive(Primitive::Int8))) => {}
            Some(_) => problems.error(
                field.line.0,
                format!("`{name}` names `{exponent}` as its exponent, which is not an int8"),
                "name a field of type int8",
            ),
            None => problems.warning(
                field.line.0,
                format!(
                    "`{name}` names the exponent `{exponent}`, and no field of that name precedes it; \
                     the mantissa is shown as a whole number"
                ),
            ),
        }
    }

    fn layout(
        &self,
        members: &Members,
        block_length: Option<u16>,
        line: Place,
        name: &str,
        problems: &mut Problems,
    ) {
        let mut end = 0;
        for (field, layout) in members
            .fields
            .iter()
            .zip(block_layout(self.schema, &members.fields).unwrap_or_default().0)
        {
            if layout.size == 0 {
                continue;
            }
            if layout.offset < end {
                problems.error(
                    field.line.0,
                    format!(
                        "`{}.{}` is at offset {}, inside or before the field that ends at {end}",
                        self.message.name, field.name, layout.offset
                    ),
                    format!("use an offset of {end} or more, or leave it out"),
                );
                return;
            }
            end = layout.offset.saturating_add(layout.size);
        }
        if end > u32::from(u16::MAX) {
            problems.error(
                line,
                format!("the block of `{name}` has {end} bytes"),
                "keep a block within 65535 bytes",
            );
        }
        if let Some(length) = block_length
            && u32::from(length) < end
        {
            problems.error(
                line,
                format!("blockLength of `{name}` is {length}, but its fields end at {end}"),
                format!("raise it to {end} or leave it out"),
            );
        }
    }

    fn group(&self, group: &Group, problems: &mut Problems) {
        let line = group.line.0;
        let name = format!("{}.{}", self.message.name, group.name);
        since(self.schema, group.since, &name, line, problems);
        let known = self.schema.composites.get(&group.dimension);
        if !known.is_some_and(|composite| composite.is_dimension()) {
            problems.error(
                line,
                format!(
                    "group `{name}` has no known dimension type: `{}`",
                    group.dimension
                ),
                "name a composite of blockLength and numInGroup in dimensionType",
            );
        }
    }

    fn data(&self, data: &Data, problems: &mut Problems) {
        let line = data.line.0;
        let name = format!("{}.{}", self.message.name, data.name);
        since(self.schema, data.since, &name, line, problems);
        let known = self.schema.composites.get(&data.type_name);
        if !known.is_some_and(|composite| composite.is_data()) {
            problems.error(
                line,
                format!("data `{name}` has the unknown type `{}`", data.type_name),
                "name a composite of length and varData",
            );
        }
    }
}
