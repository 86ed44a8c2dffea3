//! Which of two lists' things are one.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::kind::Class;
use super::node::Node;

/// Places on the old side and on the new one that have a sign in common.
type LeftOver = (Vec<usize>, Vec<usize>);

/// What stands on both sides, and on one alone.
pub(super) struct Pairs<'n> {
    /// In the old order.
    pub(super) both: Vec<(&'n Node, &'n Node)>,
    pub(super) removed: Vec<(usize, &'n Node)>,
    pub(super) added: Vec<(usize, &'n Node)>,
    pub(super) common_old: HashSet<usize>,
    pub(super) common_new: HashSet<usize>,
}

/// Brings together what is one thing on both sides, under the same name or another.
pub(super) fn pairs<'n>(old: &'n [Node], new: &'n [Node]) -> Pairs<'n> {
    let mut places: HashMap<(Class, &str), usize> = HashMap::with_capacity(new.len());
    for (at, node) in new.iter().enumerate() {
        places.entry((node.class, &node.key)).or_insert(at);
    }
    let mut matched: BTreeMap<usize, usize> = BTreeMap::new();
    let mut taken: HashSet<usize> = HashSet::new();
    for (at, node) in old.iter().enumerate() {
        if let Some(&place) = places.get(&(node.class, node.key.as_str()))
            && taken.insert(place)
        {
            matched.insert(at, place);
        }
    }
    // What is left over may be one thing under two names. Surer signs first; a sign that several have tells nothing.
    let depth = |list: &[Node]| list.iter().map(|node| node.also.len()).max().unwrap_or_default();
    for level in 0..depth(old).max(depth(new)) {
        let mut signs: BTreeMap<(Class, &str), LeftOver> = BTreeMap::new();
        for (at, node) in old.iter().enumerate().filter(|(at, _)| !matched.contains_key(at)) {
            if let Some(sign) = node.also.get(level).filter(|sign| !sign.is_empty()) {
                signs.entry((node.class, sign)).or_default().0.push(at);
            }
        }
        for (at, node) in new.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
            if let Some(sign) = node.also.get(level).filter(|sign| !sign.is_empty()) {
                signs.entry((node.class, sign)).or_default().1.push(at);
            }
        }
        for (before, after) in signs.values() {
            if let ([before], [after]) = (before.as_slice(), after.as_slice())
                && taken.insert(*after)
            {
                matched.insert(*before, *after);
            }
        }
    }
    Pairs {
        both: matched.iter().map(|(a, b)| (&old[*a], &new[*b])).collect(),
        removed: old
            .iter()
            .enumerate()
            .filter(|(at, _)| !matched.contains_key(at))
            .collect(),
        added: new
            .iter()
            .enumerate()
            .filter(|(at, _)| !taken.contains(at))
            .collect(),
        common_old: matched.keys().copied().collect(),
        common_new: taken,
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
