//! Conditions under which an item is there.

use std::collections::BTreeSet;

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token};

use super::print;

/// What must hold for an item: all of a set of conditions, each in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gate(BTreeSet<String>);

impl Gate {
    /// The conditions of an item's attributes; `None` where it is there in tests alone.
    pub(super) fn of(attributes: &[Attribute]) -> Option<Self> {
        let mut conditions = BTreeSet::new();
        for attribute in attributes {
            let Meta::List(list) = &attribute.meta else {
                continue;
            };
            if !list.path.is_ident("cfg") {
                continue;
            }
            match list.parse_args::<Meta>() {
                Ok(meta) => insert(&meta, &mut conditions),
                Err(_) => {
                    conditions.insert(print::flat(&list.tokens.to_string()));
                }
            }
        }
        (!conditions.contains("test")).then_some(Self(conditions))
    }

    /// Both conditions.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Without what holds anyway.
    pub(super) fn less(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    pub(super) fn text(&self) -> String {
        self.0.iter().map(String::as_str).collect::<Vec<_>>().join("+")
    }
}

fn insert(meta: &Meta, conditions: &mut BTreeSet<String>) {
    match meta {
        Meta::List(list) if list.path.is_ident("all") => {
            if let Ok(all) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) {
                all.iter().for_each(|meta| insert(meta, conditions));
            }
        }
        Meta::List(list) => {
            let name = list.path.get_ident().map(ToString::to_string).unwrap_or_default();
            conditions.insert(format!("{name}({})", print::flat(&list.tokens.to_string())));
        }
        Meta::NameValue(pair) => {
            let Expr::Lit(ExprLit {
                lit: Lit::Str(value), ..
            }) = &pair.value
            else {
                return;
            };
            if pair.path.is_ident("feature") {
                conditions.insert(value.value());
            } else {
                let name = pair.path.get_ident().map(ToString::to_string).unwrap_or_default();
                conditions.insert(format!("{name} = {:?}", value.value()));
            }
        }
        Meta::Path(path) => {
            conditions.extend(path.get_ident().map(ToString::to_string));
        }
    }
}
