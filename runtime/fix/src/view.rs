//! Messages as JSON, for people and tools: fields by name, values as text, groups as arrays of objects.

use std::collections::BTreeMap;

use crate::error::shortened;
use crate::value::parse_decimal;
use crate::{Dictionary, Field, Fields, FixError, Layout, RawMessage};

/// The content of one tag.
enum Node<'a> {
    Value(&'a [u8]),
    Group(Vec<Level<'a>>),
}

/// The fields of a message or of an entry, in the order of the wire; a repeated tag is kept beside the
/// first.
#[derive(Default)]
struct Level<'a> {
    nodes: Vec<(u32, Vec<Node<'a>>)>,
    index: BTreeMap<u32, usize>,
}

impl<'a> Level<'a> {
    fn add(&mut self, tag: u32, node: Node<'a>) {
        if let Some((_, nodes)) = self.index.get(&tag).and_then(|index| self.nodes.get_mut(*index)) {
            nodes.push(node);
        } else {
            self.index.insert(tag, self.nodes.len());
            self.nodes.push((tag, vec![node]));
        }
    }
}

/// Puts a message at the end of `out` as one JSON object: every field under its name in the order of the wire,
/// header and CheckSum included, values as text just as they came, groups as arrays of objects under the name of
/// their count field. A field that the dictionary lacks is under its number; when it comes more than
/// once, its values form an array. Bytes that are not UTF-8 become U+FFFD.
///
/// The fields are not checked against their types: decode the message first where that matters.
///
/// # Errors
/// Bytes that are not tag=value text, or a group shorter than its count.
pub fn write_json(
    message: &RawMessage<'_>,
    dictionary: &'static Dictionary,
    out: &mut String,
) -> Result<(), FixError> {
    print_level(&read(message, dictionary)?, dictionary, out);
    Ok(())
}

fn read<'a>(message: &RawMessage<'a>, dictionary: &'static Dictionary) -> Result<Level<'a>, FixError> {
    static UNKNOWN: Layout = Layout {
        name: "message",
        tags: &[],
        groups: &[],
    };
    let mut fields = Fields::new(message, dictionary)?;
    let layout = dictionary.message(message.msg_type).unwrap_or(&UNKNOWN);
    let mut top = Level::default();
    top.add(8, Node::Value(message.begin_string.as_bytes()));
    top.add(9, Node::Value(message.body_length));
    top.add(35, Node::Value(message.msg_type.as_bytes()));
    loop {
        let tag = fields.next_tag();
        if tag == 0 {
            break;
        }
        add(&mut fields, tag, layout, &mut top);
    }
    fields.finish()?;
    top.add(10, Node::Value(message.check_sum));
    Ok(top)
}

fn add<'a>(fields: &mut Fields<'a>, tag: u32, layout: &'static Layout, level: &mut Level<'a>) {
    if let Some(entry) = layout.group(tag) {
        let entries = fields.group(layout, |fields| read_entry(fields, entry));
        level.add(tag, Node::Group(entries));
        return;
    }
    let mut kept = Vec::new();
    fields.keep(&mut kept);
    for Field { tag, value } in kept {
        level.add(tag, Node::Value(value));
    }
}

fn read_entry<'a>(fields: &mut Fields<'a>, layout: &'static Layout) -> Level<'a> {
    let mut level = Level::default();
    let mut first = 0;
    loop {
        let tag = fields.next_tag();
        if tag == 0 {
            break;
        }
        let member = layout.has(tag);
        if tag == first || (!member && (first == 0 || fields.leaves())) {
            fields.back();
            break;
        }
        if first == 0 {
            first = tag;
        }
        add(fields, tag, layout, &mut level);
    }
    level
}

/// What `again` does not keep of `original`, one line each, with the field's path; empty where the two say the
/// same. The order of fields does not count, nor do zeros in front of BodyLength(9); numbers are compared as
/// numbers; CheckSum(10) follows from the rest and is not compared.
///
/// # Errors
/// A message that is not tag=value text, or a group shorter than its count.
pub fn differences(
    original: &RawMessage<'_>,
    again: &RawMessage<'_>,
    dictionary: &'static Dictionary,
) -> Result<Vec<String>, FixError> {
    let mut found = Vec::new();
    compare(
        &read(original, dictionary)?,
        &read(again, dictionary)?,
        dictionary,
        "",
        &mut found,
    );
    Ok(found)
}

fn compare(
    left: &Level<'_>,
    right: &Level<'_>,
    dictionary: &Dictionary,
    path: &str,
    found: &mut Vec<String>,
) {
    let path_of = |tag: u32| match dictionary.name(tag) {
        Some(name) => format!("{path}{name}({tag})"),
        None => format!("{path}{tag}"),
    };
    for (tag, values) in &left.nodes {
        let other = right.index.get(tag).and_then(|index| right.nodes.get(*index));
        match other {
            _ if *tag == 10 => {}
            None => found.push(format!("{} is lost", path_of(*tag))),
            Some((_, others)) if others.len() != values.len() => {
                found.push(format!(
                    "{} came {} times, now {}",
                    path_of(*tag),
                    values.len(),
                    others.len()
                ));
            }
            Some((_, others)) => {
                for (value, other) in values.iter().zip(others) {
                    compare_nodes(value, other, dictionary, &path_of(*tag), found);
                }
            }
        }
    }
    for (tag, _) in &right.nodes {
        if !left.index.contains_key(tag) {
            found.push(format!("{} was not there", path_of(*tag)));
        }
    }
}

fn compare_nodes(
    left: &Node<'_>,
    right: &Node<'_>,
    dictionary: &Dictionary,
    path: &str,
    found: &mut Vec<String>,
) {
    match (left, right) {
        (Node::Value(left), Node::Value(right)) => {
            let same_number = || parse_decimal(left).is_some_and(|left| parse_decimal(right) == Some(left));
            if left != right && !same_number() {
                found.push(format!(
                    "{path} was `{}`, now `{}`",
                    shortened(left),
                    shortened(right)
                ));
            }
        }
        (Node::Group(left), Node::Group(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                compare(left, right, dictionary, &format!("{path}[{index}]."), found);
            }
        }
        (Node::Group(left), Node::Group(right)) => {
            found.push(format!("{path} had {} entries, now {}", left.len(), right.len()));
        }
        _ => found.push(format!("{path} is a group on one side only")),
    }
}

fn print_level(level: &Level<'_>, dictionary: &Dictionary, out: &mut String) {
    out.push('{');
    for (index, (tag, nodes)) in level.nodes.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        match dictionary.name(*tag) {
            Some(name) => print_text(name, out),
            None => print_text(&tag.to_string(), out),
        }
        out.push(':');
        match nodes.as_slice() {
            [node] => print_node(node, dictionary, out),
            nodes => {
                out.push('[');
                for (index, node) in nodes.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    print_node(node, dictionary, out);
                }
                out.push(']');
            }
        }
    }
    out.push('}');
}

fn print_node(node: &Node<'_>, dictionary: &Dictionary, out: &mut String) {
    match node {
        Node::Value(value) => print_text(&String::from_utf8_lossy(value), out),
        Node::Group(entries) => {
            out.push('[');
            for (index, entry) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                print_level(entry, dictionary, out);
            }
            out.push(']');
        }
    }
}

/// A JSON string.
fn print_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            character => out.push(character),
        }
    }
    out.push('"');
}
