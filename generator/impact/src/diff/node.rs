//! A model as a tree of things with facts: the form in which two models of any language are compared.

use binance_wire_model::api::Location;
use binance_wire_surface::rust_item::RustItem;

use std::collections::HashSet;

use super::finding::Affected;
use super::kind::{Aspect, Class, Role, Transport};
use crate::pairs::Thing;

/// A thing that a model speaks of.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) class: Class,
    /// What it is known by, among things of its class in one place.
    pub(super) key: String,
    /// How it is told to people, where the key would not do.
    pub(super) shown: String,
    /// What code calls it; empty where code does not, or nobody knows.
    pub(super) code: String,
    /// What else it is known by: two things that are left over on the two sides and have one of these in common are
    /// one thing under two names. The first is the surest.
    pub(super) also: Vec<String>,
    pub(super) facts: Vec<Fact>,
    pub(super) children: Vec<Node>,
    pub(super) role: Role,
    /// Whether it must be there.
    pub(super) demanded: bool,
    /// Whether it is an argument of what makes the thing around it.
    pub(super) argument: bool,
    /// Whether what makes it takes arguments by name, so that their order says nothing.
    pub(super) by_name: bool,
    /// Whether it takes no room on the wire, so that its place says nothing.
    pub(super) floating: bool,
    pub(super) location: Location,
    /// What it is in the emitted Rust.
    pub(super) items: Vec<RustItem>,
    /// What takes its arguments, where that is not the thing itself.
    pub(super) makers: Vec<RustItem>,
    /// The calls that it has to do with.
    pub(super) affected: Vec<Affected>,
    pub(super) transport: Option<Transport>,
    /// The name by which things of several transports are the same.
    pub(super) common: Option<String>,
}

impl Node {
    pub(super) fn new(class: Class, key: impl Into<String>) -> Self {
        let key = key.into();
        Self {
            class,
            shown: key.clone(),
            key,
            code: String::new(),
            also: Vec::new(),
            facts: Vec::new(),
            children: Vec::new(),
            role: Role::Both,
            demanded: false,
            argument: false,
            by_name: false,
            floating: false,
            location: Location::default(),
            items: Vec::new(),
            makers: Vec::new(),
            affected: Vec::new(),
            transport: None,
            common: None,
        }
    }

    /// Adds a fact without an order.
    pub(super) fn fact(&mut self, aspect: Aspect, text: impl Into<String>) -> &mut Fact {
        self.facts.push(Fact {
            aspect,
            text: text.into(),
            rank: None,
            weak: None,
        });
        // Just pushed.
        let last = self.facts.len() - 1;
        &mut self.facts[last]
    }

    /// Adds something that is or is not so.
    pub(super) fn flag(&mut self, aspect: Aspect, is: bool) {
        let text = if is { "yes" } else { "no" };
        self.fact(aspect, text).ranked("", vec![f64::from(u8::from(is))]);
    }

    /// Adds documentation.
    pub(super) fn documentation(&mut self, parts: &[Option<&str>]) {
        let parts: Vec<&str> = parts
            .iter()
            .filter_map(|part| part.filter(|text| !text.is_empty()))
            .collect();
        self.fact(Aspect::Documentation, parts.join(" | "));
    }

    pub(super) fn find_fact(&self, aspect: Aspect) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.aspect == aspect)
    }
}

/// One side of a thing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fact {
    pub(super) aspect: Aspect,
    /// What it is; empty where it is not.
    pub(super) text: String,
    pub(super) rank: Option<Rank>,
    /// What code sees of it, and the aspect that differs where the texts do and this does not.
    pub(super) weak: Option<(String, Aspect)>,
}

/// How much is asked, promised or charged: more is more. Ranks of different shapes cannot be compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rank {
    pub(super) shape: String,
    pub(super) values: Vec<f64>,
}

impl Fact {
    pub(super) fn ranked(&mut self, shape: impl Into<String>, values: Vec<f64>) -> &mut Self {
        self.rank = Some(Rank {
            shape: shape.into(),
            values,
        });
        self
    }

    pub(super) fn seen_as(&mut self, code: impl Into<String>, aspect: Aspect) -> &mut Self {
        self.weak = Some((code.into(), aspect));
        self
    }
}

impl Thing for Node {
    type Class = Class;

    fn class(&self) -> Class {
        self.class
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn also(&self) -> &[String] {
        &self.also
    }
}

/// Whether what stands behind is shifted by what is at a place: something that both sides have, in the same part.
pub(super) fn shifts(parent: &Node, at: usize, common: &HashSet<usize>) -> bool {
    let list = &parent.children;
    let Some(node) = list.get(at).filter(|node| node.class.ordered() && !node.floating) else {
        return false;
    };
    // Behind an entry of a group comes the next one, and only of fields does the wire say where they end.
    if parent.class == Class::SbeGroup && matches!(node.class, Class::SbeGroup | Class::SbeData) {
        return true;
    }
    // Variable data stands behind groups, which have no length of their own to be skipped by.
    let follows =
        |class: Class| class == node.class || (node.class == Class::SbeGroup && class == Class::SbeData);
    list.iter()
        .enumerate()
        .skip(at + 1)
        .any(|(other, next)| follows(next.class) && !next.floating && common.contains(&other))
}
