//! Messages and what they hold.

use super::Problems;
use super::types::presence;
use super::xml::Element;
use crate::sbe::{Aside, Data, Field, Group, Json, Members, Message};

pub(super) fn message(element: &Element, problems: &mut Problems) -> Message {
    element.only_attributes(
        &[
            "name",
            "id",
            "description",
            "blockLength",
            "semanticType",
            "sinceVersion",
            "deprecated",
        ],
        problems,
    );
    Message {
        name: element.required("name", problems),
        id: element.required_number("id", problems),
        semantic_type: element.text("semanticType"),
        block_length: element.number("blockLength", problems),
        since: element.number("sinceVersion", problems).unwrap_or_default(),
        members: members(element, problems),
        doc: element.doc(),
        line: Aside(element.line),
    }
}

fn members(element: &Element, problems: &mut Problems) -> Members {
    let mut members = Members::default();
    for child in &element.children {
        // On the wire all fields precede all groups, and all groups precede all data.
        let late = match child.name.as_str() {
            "field" => !members.groups.is_empty() || !members.data.is_empty(),
            "group" => !members.data.is_empty(),
            _ => false,
        };
        if late {
            problems.error(
                child.line,
                format!("<{}> comes after a group or data", child.name),
                "order them: fields, groups, data",
            );
        }
        match child.name.as_str() {
            "field" => members.fields.push(field(child, problems)),
            "group" => members.groups.push(group(child, problems)),
            "data" => members.data.push(data(child, problems)),
            other => problems.error(
                child.line,
                format!("unknown element <{other}> in <{}>", element.name),
                "allowed are <field>, <group> and <data>",
            ),
        }
    }
    members
}

fn json(element: &Element, problems: &mut Problems) -> Json {
    let omit_null = match element
        .attribute("mbx:jsonOmitNull")
        .map(|attribute| attribute.value.as_str())
    {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            problems.error(
                element.line,
                format!("`mbx:jsonOmitNull` is `{other}`"),
                "allowed are true and false",
            );
            false
        }
    };
    Json {
        path: element.text("mbx:jsonPath"),
        default: element.text("mbx:jsonDefaultValue"),
        omit_null,
    }
}

fn field(element: &Element, problems: &mut Problems) -> Field {
    element.only_attributes(
        &[
            "name",
            "id",
            "type",
            "description",
            "offset",
            "presence",
            "valueRef",
            "semanticType",
            "sinceVersion",
            "deprecated",
            "mbx:exponent",
            "mbx:jsonPath",
            "mbx:jsonDefaultValue",
        ],
        problems,
    );
    element.no_children(problems);
    Field {
        id: element.required_number("id", problems),
        name: element.required("name", problems),
        type_name: element.required("type", problems),
        presence: presence(element, problems),
        value_ref: element.text("valueRef"),
        offset: element.number("offset", problems),
        semantic_type: element.text("semanticType"),
        exponent: element.text("mbx:exponent"),
        json: json(element, problems),
        since: element.number("sinceVersion", problems).unwrap_or_default(),
        doc: element.doc(),
        line: Aside(element.line),
    }
}

fn group(element: &Element, problems: &mut Problems) -> Group {
    element.only_attributes(
        &[
            "name",
            "id",
            "description",
            "dimensionType",
            "blockLength",
            "semanticType",
            "sinceVersion",
            "deprecated",
            "mbx:jsonPath",
            "mbx:jsonOmitNull",
        ],
        problems,
    );
    Group {
        id: element.required_number("id", problems),
        name: element.required("name", problems),
        dimension: element
            .text("dimensionType")
            .unwrap_or_else(|| "groupSizeEncoding".to_owned()),
        block_length: element.number("blockLength", problems),
        semantic_type: element.text("semanticType"),
        json: json(element, problems),
        since: element.number("sinceVersion", problems).unwrap_or_default(),
        members: members(element, problems),
        doc: element.doc(),
        line: Aside(element.line),
    }
}

fn data(element: &Element, problems: &mut Problems) -> Data {
    element.only_attributes(
        &[
            "name",
            "id",
            "type",
            "description",
            "semanticType",
            "sinceVersion",
            "deprecated",
            "mbx:jsonPath",
            "mbx:jsonDefaultValue",
        ],
        problems,
    );
    element.no_children(problems);
    Data {
        id: element.required_number("id", problems),
        name: element.required("name", problems),
        type_name: element.required("type", problems),
        semantic_type: element.text("semanticType"),
        json: json(element, problems),
        since: element.number("sinceVersion", problems).unwrap_or_default(),
        doc: element.doc(),
        line: Aside(element.line),
    }
}
