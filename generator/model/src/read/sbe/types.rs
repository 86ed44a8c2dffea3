//! Simple types, composites, enums and sets.

use super::Problems;
use super::xml::Element;
use crate::sbe::{
    Aside, Choice, Composite, CompositeMember, Enum, EnumValue, Presence, Primitive, Schema, Set, SimpleType,
};

pub(super) fn types(element: &Element, schema: &mut Schema, problems: &mut Problems) {
    element.only_attributes(&[], problems);
    for child in &element.children {
        let name = child.text("name").unwrap_or_default();
        let taken = schema.types.contains_key(&name)
            || schema.composites.contains_key(&name)
            || schema.enums.contains_key(&name)
            || schema.sets.contains_key(&name);
        if taken {
            problems.error(
                child.line,
                format!("type `{name}` is declared twice"),
                "remove or rename one of them",
            );
            continue;
        }
        if Primitive::parse(&name).is_some() {
            problems.error(
                child.line,
                format!("`{name}` is a primitive type"),
                "choose another name",
            );
            continue;
        }
        match child.name.as_str() {
            "type" => {
                let simple = simple_type(child, problems);
                schema.types.insert(name, simple);
            }
            "composite" => {
                let composite = composite(child, problems);
                schema.composites.insert(name, composite);
            }
            "enum" => {
                let r#enum = r#enum(child, problems);
                schema.enums.insert(name, r#enum);
            }
            "set" => {
                let set = set(child, problems);
                schema.sets.insert(name, set);
            }
            other => problems.error(
                child.line,
                format!("unknown element <{other}> in <types>"),
                "allowed are <type>, <composite>, <enum> and <set>",
            ),
        }
    }
}

pub(super) fn presence(element: &Element, problems: &mut Problems) -> Presence {
    match element
        .attribute("presence")
        .map(|attribute| attribute.value.as_str())
    {
        None | Some("required") => Presence::Required,
        Some("optional") => Presence::Optional,
        Some("constant") => Presence::Constant,
        Some(other) => {
            problems.error(
                element.line,
                format!("unknown presence `{other}`"),
                "allowed are required, optional and constant",
            );
            Presence::Required
        }
    }
}

fn primitive(element: &Element, attribute: &str, problems: &mut Problems) -> Primitive {
    let name = element.required(attribute, problems);
    Primitive::parse(&name).unwrap_or_else(|| {
        if !name.is_empty() {
            problems.error(
                element.line,
                format!("unknown primitive type `{name}`"),
                "allowed are char, int8 … int64, uint8 … uint64, float and double",
            );
        }
        Primitive::UInt8
    })
}

fn simple_type(element: &Element, problems: &mut Problems) -> SimpleType {
    element.only_attributes(
        &[
            "name",
            "primitiveType",
            "description",
            "length",
            "presence",
            "nullValue",
            "minValue",
            "maxValue",
            "characterEncoding",
            "semanticType",
            "sinceVersion",
        ],
        problems,
    );
    element.no_children(problems);
    let primitive = primitive(element, "primitiveType", problems);
    let bound = |name: &str, problems: &mut Problems| {
        let value: i128 = element.number(name, problems)?;
        let (low, high) = primitive.range()?;
        if !(low..=high).contains(&value) {
            problems.error(
                element.line,
                format!("`{name}` {value} does not fit the encoding ({low} to {high})"),
                "write a value within the range or a wider primitive type",
            );
        }
        Some(value)
    };
    let presence = presence(element, problems);
    let constant = Some(element.text.trim().to_owned()).filter(|text| !text.is_empty());
    if presence == Presence::Constant && constant.is_none() {
        problems.error(
            element.line,
            "a constant type without a value",
            "write the value as its text",
        );
    }
    SimpleType {
        name: element.required("name", problems),
        primitive,
        length: element.number("length", problems).unwrap_or(1),
        presence,
        constant,
        null: bound("nullValue", problems),
        min: bound("minValue", problems),
        max: bound("maxValue", problems),
        character_encoding: element.text("characterEncoding"),
        semantic_type: element.text("semanticType"),
        since: element.number("sinceVersion", problems).unwrap_or_default(),
        doc: element.doc(),
        line: Aside(element.line),
    }
}

fn composite(element: &Element, problems: &mut Problems) -> Composite {
    element.only_attributes(&["name", "description", "semanticType", "sinceVersion"], problems);
    let mut members: Vec<CompositeMember> = Vec::new();
    for child in &element.children {
        let member = match child.name.as_str() {
            "type" => {
                let simple = simple_type(child, problems);
                CompositeMember {
                    name: simple.name.clone(),
                    reference: None,
                    r#type: simple,
                }
            }
            "ref" => {
                child.only_attributes(&["name", "type", "description"], problems);
                child.no_children(problems);
                // The type is filled in once all types are known.
                CompositeMember {
                    name: child.required("name", problems),
                    reference: Some(child.required("type", problems)),
                    r#type: SimpleType {
                        name: String::new(),
                        primitive: Primitive::UInt8,
                        length: 1,
                        presence: Presence::Required,
                        constant: None,
                        null: None,
                        min: None,
                        max: None,
                        character_encoding: None,
                        semantic_type: None,
                        since: 0,
                        doc: child.doc(),
                        line: Aside(child.line),
                    },
                }
            }
            other => {
                problems.error(
                    child.line,
                    format!("unknown element <{other}> in <composite>"),
                    "allowed are <type> and <ref>",
                );
                continue;
            }
        };
        if members.iter().any(|other| other.name == member.name) {
            problems.error(
                child.line,
                format!("`{}` occurs twice in the composite", member.name),
                "rename or remove one of them",
            );
        }
        members.push(member);
    }
    Composite {
        name: element.required("name", problems),
        members,
        semantic_type: element.text("semanticType"),
        since: element.number("sinceVersion", problems).unwrap_or_default(),
        doc: element.doc(),
        line: Aside(element.line),
    }
}

/// Replaces the references in composites and the named encodings of enums and sets.
pub(super) fn resolve_references(root: &Element, schema: &mut Schema, problems: &mut Problems) {
    for composite in schema.composites.values_mut() {
        for member in &mut composite.members {
            let Some(name) = &member.reference else { continue };
            match schema.types.get(name) {
                Some(simple) => {
                    let line = member.r#type.line.clone();
                    member.r#type = SimpleType {
                        line,
                        ..simple.clone()
                    };
                }
                None => problems.error(
                    member.r#type.line.0,
                    format!("`{name}` is not a declared type"),
                    "declare it with <type>, or correct the name",
                ),
            }
        }
    }
    if !schema.composites.contains_key("messageHeader") {
        problems.error(
            root.line,
            "there is no composite messageHeader",
            "declare the message header",
        );
    }
}

fn encoding(element: &Element, allowed: &[Primitive], problems: &mut Problems) -> Primitive {
    let primitive = primitive(element, "encodingType", problems);
    if !allowed.contains(&primitive) {
        problems.error(
            element.line,
            format!("<{}> cannot be encoded as {primitive:?}", element.name),
            "use an unsigned whole number, or char for an enum",
        );
    }
    primitive
}

/// The name of a value that an enum or a set lists; `None` where the element is another.
fn listed_name(child: &Element, tag: &str, list: &str, problems: &mut Problems) -> Option<String> {
    if child.name != tag {
        problems.error(
            child.line,
            format!("unknown element <{}> in <{list}>", child.name),
            format!("allowed is <{tag}>"),
        );
        return None;
    }
    child.only_attributes(
        &["name", "description", "sinceVersion", "mbx:jsonValue"],
        problems,
    );
    child.no_children(problems);
    Some(child.required("name", problems))
}

fn r#enum(element: &Element, problems: &mut Problems) -> Enum {
    element.only_attributes(&["name", "encodingType", "description", "sinceVersion"], problems);
    let allowed = [
        Primitive::Char,
        Primitive::UInt8,
        Primitive::UInt16,
        Primitive::UInt32,
    ];
    let encoding = encoding(element, &allowed, problems);
    let mut values: Vec<EnumValue> = Vec::new();
    for child in &element.children {
        let Some(name) = listed_name(child, "validValue", "enum", problems) else {
            continue;
        };
        let Some(raw) = raw_value(child, encoding, problems) else {
            continue;
        };
        if let Some(other) = values.iter().find(|other| other.name == name || other.raw == raw) {
            let message = if other.name == name {
                format!("value `{name}` occurs twice in the enum")
            } else {
                format!("`{name}` and `{}` have the same number", other.name)
            };
            problems.error(child.line, message, "each name and each number may stand once");
        }
        values.push(EnumValue {
            name,
            raw,
            json: child.text("mbx:jsonValue"),
            since: child.number("sinceVersion", problems).unwrap_or_default(),
            doc: child.doc(),
            line: Aside(child.line),
        });
    }
    if values.is_empty() {
        problems.error(element.line, "an enum without values", "add a <validValue>");
    }
    Enum {
        name: element.required("name", problems),
        encoding,
        values,
        since: element.number("sinceVersion", problems).unwrap_or_default(),
        doc: element.doc(),
        line: Aside(element.line),
    }
}

fn raw_value(element: &Element, encoding: Primitive, problems: &mut Problems) -> Option<u64> {
    let text = element.text.trim();
    if encoding == Primitive::Char {
        return match text.as_bytes() {
            [byte] if byte.is_ascii_graphic() => Some(u64::from(*byte)),
            _ => {
                problems.error(
                    element.line,
                    format!("`{text}` is not a single ASCII character"),
                    "write one printable character",
                );
                None
            }
        };
    }
    let high = encoding.range().map_or(0, |(_, high)| high);
    match text.parse::<i128>() {
        // The null value itself can be no value of the enum.
        Ok(number) if (0..high).contains(&number) => u64::try_from(number).ok(),
        _ => {
            problems.error(
                element.line,
                format!("`{text}` does not fit the encoding (0 to {})", high - 1),
                "write a number within the range",
            );
            None
        }
    }
}

fn set(element: &Element, problems: &mut Problems) -> Set {
    element.only_attributes(&["name", "encodingType", "description", "sinceVersion"], problems);
    let allowed = [
        Primitive::UInt8,
        Primitive::UInt16,
        Primitive::UInt32,
        Primitive::UInt64,
    ];
    let encoding = encoding(element, &allowed, problems);
    let mut choices: Vec<Choice> = Vec::new();
    for child in &element.children {
        let Some(name) = listed_name(child, "choice", "set", problems) else {
            continue;
        };
        let bits = encoding.size() * 8;
        let bit = match child.text.trim().parse::<u8>() {
            Ok(bit) if u32::from(bit) < bits => bit,
            _ => {
                problems.error(
                    child.line,
                    format!(
                        "`{}` is not a bit of the encoding (0 to {})",
                        child.text.trim(),
                        bits - 1
                    ),
                    "write the bit's number, counted from the least significant",
                );
                continue;
            }
        };
        if choices.iter().any(|other| other.name == name || other.bit == bit) {
            problems.error(
                child.line,
                format!("`{name}` repeats a name or a bit of the set"),
                "each name and each bit may stand once",
            );
        }
        choices.push(Choice {
            name,
            bit,
            json: child.text("mbx:jsonValue"),
            since: child.number("sinceVersion", problems).unwrap_or_default(),
            doc: child.doc(),
            line: Aside(child.line),
        });
    }
    Set {
        name: element.required("name", problems),
        encoding,
        choices,
        since: element.number("sinceVersion", problems).unwrap_or_default(),
        doc: element.doc(),
        line: Aside(element.line),
    }
}
