//! Messages and what they hold.

use super::doc;
use super::types::presence;
use crate::read::problems::Problems;
use crate::read::xml::Element;
use crate::sbe::{Aside, Data, Field, Group, Json, Members, Message};

pub(super) fn message(element: &Element, problems: &mut Problems) -> Message {
    problems.only_attributes(
        element,
        &[
            "name",
            "id",
            "description",
            "blockLength",
            "semanticType",
            "sinceVersion",
            "deprecated",
        ],
    );
    Message {
        name: problems.required(element, "name").unwrap_or_default(),
        id: problems.required_number(element, "id").unwrap_or_default(),
        semantic_type: element.value("semanticType").map(str::to_owned),
        block_length: problems.number(element, "blockLength"),
        since: problems.number(element, "sinceVersion").unwrap_or_default(),
        members: members(element, problems),
        doc: doc(element),
        line: Aside(element.place),
    }
}

fn members(element: &Element, problems: &mut Problems) -> Members {
    let mut members = Members::default();
    for child in &element.children {
        // On the wire all fields precede all groups, and all groups precede all data.
        let late = match child.local() {
            "field" => !members.groups.is_empty() || !members.data.is_empty(),
            "group" => !members.data.is_empty(),
            _ => false,
        };
        if late {
            problems.error(
                child.place,
                format!("<{}> comes after a group or data", child.local()),
                "order them: fields, groups, data",
            );
        }
        match child.local() {
            "field" => members.fields.push(field(child, problems)),
            "group" => members.groups.push(group(child, problems)),
            "data" => members.data.push(data(child, problems)),
            other => problems.error(
                child.place,
                format!("unknown element <{other}> in <{}>", element.local()),
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
                element.place,
                format!("`mbx:jsonOmitNull` is `{other}`"),
                "allowed are true and false",
            );
            false
        }
    };
    Json {
        path: element.value("mbx:jsonPath").map(str::to_owned),
        default: element.value("mbx:jsonDefaultValue").map(str::to_owned),
        omit_null,
    }
}

fn field(element: &Element, problems: &mut Problems) -> Field {
    problems.only_attributes(
        element,
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
    );
    problems.no_children(element);
    Field {
        id: problems.required_number(element, "id").unwrap_or_default(),
        name: problems.required(element, "name").unwrap_or_default(),
        type_name: problems.required(element, "type").unwrap_or_default(),
        presence: presence(element, problems),
        value_ref: element.value("valueRef").map(str::to_owned),
        offset: problems.number(element, "offset"),
        semantic_type: element.value("semanticType").map(str::to_owned),
        exponent: element.value("mbx:exponent").map(str::to_owned),
        json: json(element, problems),
        since: problems.number(element, "sinceVersion").unwrap_or_default(),
        doc: doc(element),
        line: Aside(element.place),
    }
}

fn group(element: &Element, problems: &mut Problems) -> Group {
    problems.only_attributes(
        element,
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
    );
    Group {
        id: problems.required_number(element, "id").unwrap_or_default(),
        name: problems.required(element, "name").unwrap_or_default(),
        dimension: element
            .value("dimensionType")
            .unwrap_or("groupSizeEncoding")
            .to_owned(),
        block_length: problems.number(element, "blockLength"),
        semantic_type: element.value("semanticType").map(str::to_owned),
        json: json(element, problems),
        since: problems.number(element, "sinceVersion").unwrap_or_default(),
        members: members(element, problems),
        doc: doc(element),
        line: Aside(element.place),
    }
}

fn data(element: &Element, problems: &mut Problems) -> Data {
    problems.only_attributes(
        element,
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
    );
    problems.no_children(element);
    Data {
        id: problems.required_number(element, "id").unwrap_or_default(),
        name: problems.required(element, "name").unwrap_or_default(),
        type_name: problems.required(element, "type").unwrap_or_default(),
        semantic_type: element.value("semanticType").map(str::to_owned),
        json: json(element, problems),
        since: problems.number(element, "sinceVersion").unwrap_or_default(),
        doc: doc(element),
        line: Aside(element.place),
    }
}
