//! What the difference of two surfaces asks of the version.

use std::fmt;

use super::members::{OPEN, PROVIDED};
use super::{Item, Line, Surface};

/// What a change asks of the version, by Cargo's rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing differs.
    #[default]
    Same,
    /// Users see no difference in what they can name.
    Patch,
    /// There is more than before, and what was there is as it was.
    Minor,
    /// Code that compiled may no longer compile.
    Major,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "unchanged",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

/// What happened to an item or a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It has gone.
    Removed,
    /// It is new.
    Added,
    /// It is declared otherwise.
    Changed,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The item: `struct models::Rebate`.
    pub item: String,
    /// The member, where it is one: `field asset`.
    pub member: Option<String>,
    /// Its declaration before; empty where it is new.
    pub old: String,
    /// Its declaration now; empty where it has gone.
    pub new: String,
    /// What it asks of the version.
    pub verdict: Verdict,
    /// Why.
    pub reason: &'static str,
}

/// All differences of two surfaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// In the order of items; what has gone first.
    pub changes: Vec<Change>,
}

impl Comparison {
    /// The most that any change asks.
    pub fn verdict(&self) -> Verdict {
        self.changes
            .iter()
            .map(|change| change.verdict)
            .max()
            .unwrap_or_default()
    }

    /// Changes of one kind.
    pub fn of(&self, kind: ChangeKind) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.kind == kind)
    }
}

/// Every difference between two surfaces, and what it asks of the version.
pub fn compare(old: &Surface, new: &Surface) -> Comparison {
    let mut changes = Vec::new();
    for (key, before) in &old.items {
        match new.items.get(key) {
            None => changes.push(change(
                ChangeKind::Removed,
                key,
                None,
                &before.line,
                &Line::default(),
                removed(key),
            )),
            Some(after) => {
                if before.line != after.line {
                    let judged = redeclared(key, before, after);
                    changes.push(change(
                        ChangeKind::Changed,
                        key,
                        None,
                        &before.line,
                        &after.line,
                        judged,
                    ));
                }
                members(key, before, after, &mut changes);
            }
        }
    }
    for (key, after) in &new.items {
        if !old.items.contains_key(key) {
            changes.push(change(
                ChangeKind::Added,
                key,
                None,
                &Line::default(),
                &after.line,
                added_item(key),
            ));
        }
    }
    changes.sort_by(|a, b| (a.kind, &a.item, &a.member).cmp(&(b.kind, &b.item, &b.member)));
    Comparison { changes }
}

type Judged = (Verdict, &'static str);

fn removed(key: &str) -> Judged {
    match key {
        _ if key.starts_with("macro call ") => (Verdict::Major, "what a macro expands to cannot be judged"),
        _ if key.starts_with("feature ") => (Verdict::Major, "a feature has gone"),
        _ => (Verdict::Major, "an item has gone"),
    }
}

fn added_item(key: &str) -> Judged {
    match key {
        _ if key.starts_with("macro call ") => (Verdict::Minor, "a macro declares something new"),
        _ => (Verdict::Minor, "an item is new"),
    }
}

/// An item that is declared otherwise.
fn redeclared(key: &str, before: &Item, after: &Item) -> Judged {
    let (old, new) = (&before.line, &after.line);
    if old.text == new.text {
        return gate(old, new);
    }
    if key.starts_with("feature ") {
        let lost = old
            .text
            .split(' ')
            .any(|name| !name.is_empty() && !new.text.split(' ').any(|n| n == name));
        return match lost {
            true => (Verdict::Major, "a feature switches on less than before"),
            false => (Verdict::Minor, "a feature switches on more than before"),
        };
    }
    if old.text.strip_prefix(OPEN).map(str::trim_start) == Some(new.text.as_str()) {
        return (Verdict::Minor, "it may be constructed or matched in full now");
    }
    if new.text.strip_prefix(OPEN).map(str::trim_start) == Some(old.text.as_str()) {
        return (
            Verdict::Major,
            "it can no longer be constructed or matched in full",
        );
    }
    if key.starts_with("fn ") {
        return function(&old.text, &new.text);
    }
    (Verdict::Major, "it is declared otherwise")
}

fn gate(old: &Line, new: &Line) -> Judged {
    let wanted = |line: &Line| line.gate.split('+').map(str::to_owned).collect::<Vec<_>>();
    let had = wanted(old);
    let easier = new.gate.is_empty() || wanted(new).iter().all(|condition| had.contains(condition));
    match easier {
        true => (Verdict::Minor, "it needs fewer features"),
        false => (Verdict::Major, "it needs other features"),
    }
}

/// A function that is declared otherwise. Names of arguments are no part of what a caller writes, but two that change
/// places make the same call mean something else.
fn function(old: &str, new: &str) -> Judged {
    let (old_names, old_types) = arguments(old);
    let (new_names, new_types) = arguments(new);
    if old_types != new_types {
        return (Verdict::Major, "it is called otherwise");
    }
    let mut sorted = (old_names.clone(), new_names.clone());
    sorted.0.sort();
    sorted.1.sort();
    match sorted.0 == sorted.1 {
        true => (
            Verdict::Major,
            "arguments changed places, and a call that compiles means another thing",
        ),
        false => (Verdict::Minor, "an argument has another name"),
    }
}

/// The names of a signature's arguments, and the signature without them.
fn arguments(signature: &str) -> (Vec<String>, String) {
    let Some(parsed) = parsed(signature) else {
        return (Vec::new(), signature.to_owned());
    };
    let mut names = Vec::new();
    let mut types = signature.to_owned();
    for input in &parsed.inputs {
        let syn::FnArg::Typed(argument) = input else {
            continue;
        };
        let syn::Pat::Ident(pattern) = &*argument.pat else {
            continue;
        };
        let name = pattern.ident.to_string();
        for before in ["(", ", "] {
            types = types.replacen(&format!("{before}{name}: "), &format!("{before}_: "), 1);
        }
        names.push(name);
    }
    (names, types)
}

/// The signature of a surface, which has no name.
fn parsed(signature: &str) -> Option<syn::Signature> {
    let at = signature.find(['(', '<']).unwrap_or_default();
    let (before, after) = signature.split_at(at);
    syn::parse_str(&format!("{before} fn x{after}")).ok()
}

fn members(key: &str, before: &Item, after: &Item, changes: &mut Vec<Change>) {
    let none = Line::default();
    for (name, old) in &before.members {
        match after.members.get(name) {
            None => {
                let judged = gone(name, before, after);
                changes.push(change(ChangeKind::Removed, key, Some(name), old, &none, judged));
            }
            Some(new) if old != new => {
                let judged = member_changed(name, old, new);
                changes.push(change(ChangeKind::Changed, key, Some(name), old, new, judged));
            }
            Some(_) => {}
        }
    }
    for (name, new) in &after.members {
        if !before.members.contains_key(name) {
            let judged = member_added(key, name, new, before);
            changes.push(change(ChangeKind::Added, key, Some(name), &none, new, judged));
        }
    }
}

fn gone(name: &str, before: &Item, after: &Item) -> Judged {
    match name {
        "private fields" if before.line.text.starts_with(OPEN) => {
            (Verdict::Patch, "what is private is no user's")
        }
        "private fields" if after.line.text.starts_with(OPEN) => {
            (Verdict::Patch, "what is private is no user's")
        }
        "private fields" => (Verdict::Minor, "it may be constructed now"),
        "value" => (Verdict::Patch, "a value is computed now"),
        _ if name.starts_with("operation ") => (Verdict::Major, "it can no longer be sent this way"),
        _ if name.starts_with("impl ") => (Verdict::Major, "a trait is no longer implemented"),
        _ => (Verdict::Major, "a member has gone"),
    }
}

fn member_changed(name: &str, old: &Line, new: &Line) -> Judged {
    if old.text == new.text {
        return gate(old, new);
    }
    match name {
        "value" => (Verdict::Minor, "the same name stands for another value"),
        "body" => (Verdict::Minor, "a macro expands to something else"),
        _ if name.starts_with("operation ") => (Verdict::Minor, "the same request goes elsewhere"),
        _ if name.starts_with("variant ") => {
            let shape = |line: &Line| {
                line.text
                    .split_once("= ")
                    .map_or(line.text.clone(), |(shape, _)| shape.to_owned())
            };
            match shape(old) == shape(new) {
                true => (Verdict::Minor, "the same variant stands for another value"),
                false => (Verdict::Major, "a variant holds something else"),
            }
        }
        _ if name.starts_with("fn ") => {
            match (old.text.strip_suffix(PROVIDED), new.text.strip_suffix(PROVIDED)) {
                (None, Some(text)) if text.trim_end() == old.text => {
                    (Verdict::Minor, "it need not be implemented any more")
                }
                _ => function(&old.text, &new.text),
            }
        }
        _ if name.starts_with("field ") => (Verdict::Major, "a field has another type"),
        _ if name.starts_with("setter ") => (Verdict::Major, "a setter takes something else"),
        _ if name.starts_with("impl ") => (Verdict::Major, "a trait is implemented with other types"),
        _ => (Verdict::Major, "a member is declared otherwise"),
    }
}

fn member_added(key: &str, name: &str, new: &Line, before: &Item) -> Judged {
    let open = before.line.text.starts_with(OPEN);
    let hidden = before.members.contains_key("private fields");
    match name {
        "value" => (Verdict::Patch, "a value is a literal now"),
        "private fields" if open || hidden => (Verdict::Patch, "what is private is no user's"),
        "private fields" => (Verdict::Major, "it can no longer be constructed"),
        _ if name.starts_with("field ") => match open || hidden {
            true => (Verdict::Minor, "a field is new"),
            false => (
                Verdict::Major,
                "a field is new where all were public and had to be given",
            ),
        },
        _ if name.starts_with("variant ") => match open {
            true => (Verdict::Minor, "a variant is new"),
            false => (Verdict::Major, "a variant is new where all had to be matched"),
        },
        // What has fields or variants can no longer be taken apart by value.
        "impl Drop" if before.members.keys().any(|name| is_part(name)) => {
            (Verdict::Major, "its parts can no longer be moved out of it")
        }
        _ if key.starts_with("trait ")
            && name.starts_with("fn ")
            && !dispatchable(&new.text)
            && before
                .members
                .iter()
                .all(|(name, line)| !name.starts_with("fn ") || dispatchable(&line.text)) =>
        {
            (Verdict::Major, "a `dyn` of the trait is no type any more")
        }
        _ if key.starts_with("trait ") => match new.text.ends_with(PROVIDED) {
            true => (Verdict::Minor, "a provided member is new"),
            false => (Verdict::Major, "a member is new that must be implemented"),
        },
        _ => (Verdict::Minor, "a member is new"),
    }
}

/// Whether a method can be called on a `dyn` of its trait, or need not be.
fn dispatchable(signature: &str) -> bool {
    let signature = signature.strip_suffix(PROVIDED).unwrap_or(signature).trim_end();
    let Some(parsed) = parsed(signature) else {
        return true;
    };
    let generics = &parsed.generics;
    let is_self = |ty: &syn::Type| matches!(ty, syn::Type::Path(path) if path.path.is_ident("Self"));
    let sized = |bound: &syn::TypeParamBound| {
        matches!(bound, syn::TypeParamBound::Trait(bound)
            if bound.path.segments.last().is_some_and(|last| last.ident == "Sized"))
    };
    let concrete = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates)
        .any(|predicate| {
            matches!(predicate, syn::WherePredicate::Type(predicate)
            if is_self(&predicate.bounded_ty) && predicate.bounds.iter().any(sized))
        });
    let own = |ty: &syn::Type| is_self(ty) || matches!(ty, syn::Type::ImplTrait(_));
    let returns = match &parsed.output {
        syn::ReturnType::Default => false,
        syn::ReturnType::Type(_, ty) => own(ty),
    };
    let takes = parsed.inputs.iter().any(|input| match input {
        syn::FnArg::Receiver(_) => false,
        syn::FnArg::Typed(argument) => own(&argument.ty),
    });
    let types = generics
        .params
        .iter()
        .any(|param| !matches!(param, syn::GenericParam::Lifetime(_)));
    let receiver = parsed.receiver().is_some();
    concrete || receiver && !types && !returns && !takes && parsed.asyncness.is_none()
}

/// Whether a member is a public part of a value.
fn is_part(name: &str) -> bool {
    name.starts_with("field ") || name.starts_with("variant ")
}

fn change(
    kind: ChangeKind,
    item: &str,
    member: Option<&String>,
    old: &Line,
    new: &Line,
    (verdict, reason): Judged,
) -> Change {
    let text = |line: &Line| match line.gate.is_empty() {
        true => line.text.clone(),
        false => format!("{} [{}]", line.text, line.gate),
    };
    Change {
        kind,
        item: item.to_owned(),
        member: member.cloned(),
        old: text(old),
        new: text(new),
        verdict,
        reason,
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            item,
            member,
            old,
            new,
            verdict,
            reason,
        } = self;
        let sign = match kind {
            ChangeKind::Removed => "-",
            ChangeKind::Added => "+",
            ChangeKind::Changed => "~",
        };
        write!(f, "{sign} {item}")?;
        if let Some(member) = member {
            write!(f, " / {member}")?;
        }
        match kind {
            ChangeKind::Changed => write!(f, ": {old} -> {new}")?,
            _ if old.is_empty() && new.is_empty() => {}
            _ => write!(f, ": {old}{new}")?,
        }
        write!(f, " ({verdict}: {reason})")
    }
}
