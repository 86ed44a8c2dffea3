//! Which of two lists' things are one: what every comparison begins with.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

/// Something that may be on both sides of a comparison.
pub trait Thing: Sized {
    /// What kind of thing it is. Things of different classes are never one.
    type Class: Copy + Ord + Hash;

    /// What kind of thing it is.
    fn class(&self) -> Self::Class;

    /// What it is known by, among things of its class in one place.
    fn key(&self) -> &str;

    /// What else it is known by, the surest first: two things that are left over on the two sides and have one of these
    /// in common are one thing under two names.
    fn also(&self) -> &[String] {
        &[]
    }
}

/// Places on the old side and on the new one that have a sign in common.
type LeftOver = (Vec<usize>, Vec<usize>);

/// What is on both sides, and on one alone.
#[derive(Debug)]
pub struct Pairs<'n, T> {
    /// In the old order.
    pub both: Vec<(&'n T, &'n T)>,
    /// What the old side alone has, with its place in the list.
    pub removed: Vec<(usize, &'n T)>,
    /// What the new side alone has, with its place in the list.
    pub added: Vec<(usize, &'n T)>,
    /// Places of the old list that have a partner.
    pub common_old: HashSet<usize>,
    /// Places of the new list that have a partner.
    pub common_new: HashSet<usize>,
}

impl<'n, T> Pairs<'n, T> {
    /// What the new side has in the place of a thing of the old list.
    pub fn partner(&self, old: &T) -> Option<&'n T> {
        let mut both = self.both.iter();
        both.find(|(known, _)| std::ptr::eq(*known, old))
            .map(|(_, new)| *new)
    }
}

/// Brings together what is one thing on both sides, under the same name or another.
pub fn pairs<'n, T: Thing>(old: &'n [T], new: &'n [T]) -> Pairs<'n, T> {
    let mut places: HashMap<(T::Class, &str), usize> = HashMap::with_capacity(new.len());
    for (at, node) in new.iter().enumerate() {
        places.entry((node.class(), node.key())).or_insert(at);
    }
    let mut matched: BTreeMap<usize, usize> = BTreeMap::new();
    let mut taken: HashSet<usize> = HashSet::new();
    for (at, node) in old.iter().enumerate() {
        if let Some(&place) = places.get(&(node.class(), node.key()))
            && taken.insert(place)
        {
            matched.insert(at, place);
        }
    }
    // What is left over may be one thing under two names. Surer signs first; a sign that several have tells nothing.
    let depth = |list: &[T]| {
        list.iter()
            .map(|node| node.also().len())
            .max()
            .unwrap_or_default()
    };
    for level in 0..depth(old).max(depth(new)) {
        let mut signs: BTreeMap<(T::Class, &str), LeftOver> = BTreeMap::new();
        for (at, node) in old.iter().enumerate().filter(|(at, _)| !matched.contains_key(at)) {
            if let Some(sign) = node.also().get(level).filter(|sign| !sign.is_empty()) {
                signs.entry((node.class(), sign)).or_default().0.push(at);
            }
        }
        for (at, node) in new.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
            if let Some(sign) = node.also().get(level).filter(|sign| !sign.is_empty()) {
                signs.entry((node.class(), sign)).or_default().1.push(at);
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

/// The names of what two sides have in common, in the order of each, where these orders are not the same.
pub fn orders<'n, T: Thing>(both: &[&(&'n T, &'n T)], new: &'n [T]) -> Option<(Vec<&'n str>, Vec<&'n str>)> {
    // Pairs are in the old order already.
    let before: Vec<&str> = both.iter().map(|(old, _)| old.key()).collect();
    let place = |thing: &T| new.iter().position(|other| std::ptr::eq(other, thing));
    let mut sorted: Vec<_> = both.to_vec();
    sorted.sort_by_key(|(_, new)| place(new));
    let after: Vec<&str> = sorted.iter().map(|(old, _)| old.key()).collect();
    (before != after).then_some((before, after))
}
