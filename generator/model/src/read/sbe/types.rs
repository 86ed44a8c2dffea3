//! Simple types, composites, enums and sets.

use std::collections::BTreeMap;

use super::doc;
use crate::named::Named;
use crate::read::problems::Problems;
use crate::read::xml::Element;
use crate::sbe::{
    Aside, Choice, Composite, CompositeMember, Enum, EnumValue, Presence, Primitive, Schema, Set, SimpleType,
};

/// The primitives of simple types by name, which `encodingType` may name, also before they are declared.
pub(super) fn encodings(root: &Element) -> BTreeMap<String, Primitive> {
    let types = root.children.iter().filter(|child| child.local() == "types");
    let simple = types
        .flat_map(|types| &types.children)
        .filter(|child| child.local() == "type");
    simple
        .filter(|simple| simple.value("length").is_none_or(|length| length == "1"))
        .filter_map(|simple| {
            let primitive = Primitive::of(simple.value("primitiveType")?)?;
            Some((simple.value("name")?.to_owned(), primitive))
        })
        .collect()
}

pub(super) fn types(
    element: &Element,
    encodings: &BTreeMap<String, Primitive>,
    schema: &mut Schema,
    problems: &mut Problems,
) {
    problems.only_attributes(element, &[]);
    for child in &element.children {
        let name = child.value("name").map(str::to_owned).unwrap_or_default();
        let taken = schema.types.contains_key(&name)
            || schema.composites.contains_key(&name)
            || schema.enums.contains_key(&name)
            || schema.sets.contains_key(&name);
        if taken {
            problems.error(
                child.place,
                format!("type `{name}` is declared twice"),
                "remove or rename one of them",
            );
            continue;
        }
        if Primitive::of(&name).is_some() {
            problems.error(
                child.place,
                format!("`{name}` is a primitive type"),
                "choose another name",
            );
            continue;
        }
        match child.local() {
            "type" => {
                let simple = simple_type(child, problems);
                schema.types.insert(name, simple);
            }
            "composite" => {
                let composite = composite(child, problems);
                schema.composites.insert(name, composite);
            }
            "enum" => {
                let r#enum = r#enum(child, encodings, problems);
                schema.enums.insert(name, r#enum);
            }
            "set" => {
                let set = set(child, encodings, problems);
                schema.sets.insert(name, set);
            }
            other => problems.error(
                child.place,
                format!("unknown element <{other}> in <types>"),
                "allowed are <type>, <composite>, <enum> and <set>",
            ),
        }
    }
}

pub(super) fn presence(element: &Element, problems: &mut Problems) -> Presence {
    problems
        .named(element, "presence", "presence")
        .unwrap_or_default()
}

fn primitive(element: &Element, attribute: &str, problems: &mut Problems) -> Primitive {
    let named = problems.required(element, attribute);
    named
        .and_then(|_| problems.named(element, attribute, "primitive type"))
        .unwrap_or(Primitive::UInt8)
}

fn simple_type(element: &Element, problems: &mut Problems) -> SimpleType {
    problems.only_attributes(
        element,
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
    );
    problems.no_children(element);
    let primitive = primitive(element, "primitiveType", problems);
    let bound = |name: &str, problems: &mut Problems| {
        let value: i128 = problems.number(element, name)?;
        let (low, high) = primitive.range()?;
        if !(low..=high).contains(&value) {
            problems.error(
                element.place,
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
            element.place,
            "a constant type without a value",
            "write the value as its text",
        );
    }
    SimpleType {
        name: problems.required(element, "name").unwrap_or_default(),
        primitive,
        length: problems.number(element, "length").unwrap_or(1),
        presence,
        constant,
        null: bound("nullValue", problems),
        min: bound("minValue", problems),
        max: bound("maxValue", problems),
        character_encoding: element.value("characterEncoding").map(str::to_owned),
        semantic_type: element.value("semanticType").map(str::to_owned),
        since: problems.number(element, "sinceVersion").unwrap_or_default(),
        doc: doc(element),
        line: Aside(element.place),
    }
}

fn composite(element: &Element, problems: &mut Problems) -> Composite {
    problems.only_attributes(element, &["name", "description", "semanticType", "sinceVersion"]);
    let mut members: Vec<CompositeMember> = Vec::new();
    for child in &element.children {
        let member = match child.local() {
            "type" => {
                let simple = simple_type(child, problems);
                CompositeMember {
                    name: simple.name.clone(),
                    reference: None,
                    r#type: simple,
                }
            }
            "ref" => {
                problems.only_attributes(child, &["name", "type", "description"]);
                problems.no_children(child);
                // The type is filled in once all types are known.
                CompositeMember {
                    name: problems.required(child, "name").unwrap_or_default(),
                    reference: Some(problems.required(child, "type").unwrap_or_default()),
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
                        doc: doc(child),
                        line: Aside(child.place),
                    },
                }
            }
            other => {
                problems.error(
                    child.place,
                    format!("unknown element <{other}> in <composite>"),
                    "allowed are <type> and <ref>",
                );
                continue;
            }
        };
        if members.iter().any(|other| other.name == member.name) {
            problems.error(
                child.place,
                format!("`{}` occurs twice in the composite", member.name),
                "rename or remove one of them",
            );
        }
        members.push(member);
    }
    Composite {
        name: problems.required(element, "name").unwrap_or_default(),
        members,
        semantic_type: element.value("semanticType").map(str::to_owned),
        since: problems.number(element, "sinceVersion").unwrap_or_default(),
        doc: doc(element),
        line: Aside(element.place),
    }
}

/// Replaces the references in composites and the named encodings of enums and sets.
pub(super) fn resolve_references(root: &Element, schema: &mut Schema, problems: &mut Problems) {
    for composite in schema.composites.values_mut() {
        for member in &mut composite.members {
            let Some(name) = &member.reference else { continue };
            match schema.types.get(name) {
                Some(simple) => {
                    let line = member.r#type.line;
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
            root.place,
            "there is no composite messageHeader",
            "declare the message header",
        );
    }
}

/// The encoding of an enum or a set: a primitive, or a simple type (SBE 1.0, 4.5.1).
fn encoding(
    element: &Element,
    allowed: &[Primitive],
    encodings: &BTreeMap<String, Primitive>,
    problems: &mut Problems,
) -> Primitive {
    let named = element.value("encodingType").and_then(|name| encodings.get(name));
    let primitive = match named {
        Some(primitive) => *primitive,
        None => primitive(element, "encodingType", problems),
    };
    if !allowed.contains(&primitive) {
        problems.error(
            element.place,
            format!("<{}> cannot be encoded as {primitive:?}", element.local()),
            "use an unsigned whole number, or char for an enum",
        );
    }
    primitive
}

/// The name of a value that an enum or a set lists; `None` where the element is another.
fn listed_name(child: &Element, tag: &str, list: &str, problems: &mut Problems) -> Option<String> {
    if child.local() != tag {
        problems.error(
            child.place,
            format!("unknown element <{}> in <{list}>", child.local()),
            format!("allowed is <{tag}>"),
        );
        return None;
    }
    problems.only_attributes(child, &["name", "description", "sinceVersion", "mbx:jsonValue"]);
    problems.no_children(child);
    Some(problems.required(child, "name").unwrap_or_default())
}

fn r#enum(element: &Element, encodings: &BTreeMap<String, Primitive>, problems: &mut Problems) -> Enum {
    problems.only_attributes(
        element,
        &[
            "name",
            "encodingType",
            "description",
            "semanticType",
            "sinceVersion",
        ],
    );
    let allowed = [
        Primitive::Char,
        Primitive::UInt8,
        Primitive::UInt16,
        Primitive::UInt32,
    ];
    let encoding = encoding(element, &allowed, encodings, problems);
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
            problems.error(child.place, message, "each name and each number may stand once");
        }
        values.push(EnumValue {
            name,
            raw,
            json: child.value("mbx:jsonValue").map(str::to_owned),
            since: problems.number(child, "sinceVersion").unwrap_or_default(),
            doc: doc(child),
            line: Aside(child.place),
        });
    }
    if values.is_empty() {
        problems.error(element.place, "an enum without values", "add a <validValue>");
    }
    Enum {
        name: problems.required(element, "name").unwrap_or_default(),
        encoding,
        values,
        since: problems.number(element, "sinceVersion").unwrap_or_default(),
        doc: doc(element),
        line: Aside(element.place),
    }
}

fn raw_value(element: &Element, encoding: Primitive, problems: &mut Problems) -> Option<u64> {
    let text = element.text.trim();
    if encoding == Primitive::Char {
        return match text.as_bytes() {
            [byte] if byte.is_ascii_graphic() => Some(u64::from(*byte)),
            _ => {
                problems.error(
                    element.place,
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
                element.place,
                format!("`{text}` does not fit the encoding (0 to {})", high - 1),
                "write a number within the range",
            );
            None
        }
    }
}

fn set(element: &Element, encodings: &BTreeMap<String, Primitive>, problems: &mut Problems) -> Set {
    problems.only_attributes(
        element,
        &[
            "name",
            "encodingType",
            "description",
            "semanticType",
            "sinceVersion",
        ],
    );
    let allowed = [
        Primitive::UInt8,
        Primitive::UInt16,
        Primitive::UInt32,
        Primitive::UInt64,
    ];
    let encoding = encoding(element, &allowed, encodings, problems);
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
                    child.place,
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
                child.place,
                format!("`{name}` repeats a name or a bit of the set"),
                "each name and each bit may stand once",
            );
        }
        choices.push(Choice {
            name,
            bit,
            json: child.value("mbx:jsonValue").map(str::to_owned),
            since: problems.number(child, "sinceVersion").unwrap_or_default(),
            doc: doc(child),
            line: Aside(child.place),
        });
    }
    Set {
        name: problems.required(element, "name").unwrap_or_default(),
        encoding,
        choices,
        since: problems.number(element, "sinceVersion").unwrap_or_default(),
        doc: doc(element),
        line: Aside(element.place),
    }
}
