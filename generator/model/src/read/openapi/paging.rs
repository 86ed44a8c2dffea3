//! How operations page.

use indexmap::IndexMap;
use serde_json::Value;

use super::{At, Reader};
use crate::api::{PagedBy, Paging, Parameter, Type, TypeKind};
use crate::diagnostics::one_of;
use crate::named::Named as _;

const KEYS: &[&str] = &[
    "by", "from", "to", "limit", "rows", "next", "total", "id", "hours", "days",
];

impl Reader {
    /// The ways in which an operation pages.
    pub(super) fn paging(
        &mut self,
        at: &At,
        extensions: &IndexMap<String, Value>,
        parameters: &[Parameter],
        response: &Type,
    ) -> Vec<Paging> {
        let Some(value) = extensions.get("x-paging") else {
            return Vec::new();
        };
        let at = at.child("x-paging");
        if extensions.contains_key("x-twin") {
            self.error(
                &at,
                "a method pages as its twin does",
                "write `x-paging` at the REST operation",
            );
            return Vec::new();
        }
        let Some(rows) = value.as_array().filter(|rows| !rows.is_empty()) else {
            self.error(&at, "not a list of ways to page", "see specs/README.md, x-paging");
            return Vec::new();
        };
        let rows = rows.iter().enumerate();
        rows.filter_map(|(index, row)| self.way(&at.child(&index.to_string()), row, parameters, response))
            .collect()
    }

    fn way(&mut self, at: &At, row: &Value, parameters: &[Parameter], response: &Type) -> Option<Paging> {
        self.keys(at, row, KEYS)?;
        let text = |key: &str| {
            row.get(key)
                .map(|value| value.as_str().unwrap_or_default().to_owned())
        };
        let Some(by) = text("by") else {
            self.error(at, "a way to page without `by`", one_of(PagedBy::NAMES, ""));
            return None;
        };
        let by: PagedBy = self.named(&at.child("by"), &by, "way to page")?;
        let Some(from) = text("from") else {
            self.error(
                at,
                "a way to page without `from`",
                "name the parameter that a page begins at",
            );
            return None;
        };
        let paging = Paging {
            by,
            from,
            to: text("to"),
            limit: text("limit"),
            rows: text("rows"),
            next: text("next"),
            total: text("total"),
            id: text("id"),
            hours: super::rules::hours(row),
        };
        let allowed: &[&str] = match by {
            PagedBy::Time => &["to", "next", "id", "hours", "days"],
            PagedBy::Id | PagedBy::Cursor => &["next"],
            PagedBy::Page | PagedBy::Offset => &["total"],
        };
        for key in ["to", "next", "total", "id", "hours", "days"] {
            if row.get(key).is_some() && !allowed.contains(&key) {
                let message = format!("`{key}` says nothing about pages by {}", by.name());
                self.error(&at.child(key), message, "take the key away");
            }
        }
        let says_length = row.get("hours").is_some() || row.get("days").is_some();
        if says_length && paging.hours.is_none() {
            self.error(at, "a span has no length", "write `hours: 24` or `days: 7`");
        }
        if matches!(by, PagedBy::Id | PagedBy::Cursor) && paging.next.is_none() {
            let message = format!("pages by {} without `next`", by.name());
            self.error(at, message, "name the member that the next page goes on from");
        }
        let named = [
            ("from", Some(&paging.from)),
            ("to", paging.to.as_ref()),
            ("limit", paging.limit.as_ref()),
        ];
        for (key, name) in named {
            if let Some(name) = name
                && !parameters.iter().any(|parameter| parameter.name == *name)
            {
                let known: Vec<&str> = parameters
                    .iter()
                    .map(|parameter| parameter.name.as_str())
                    .collect();
                let message = format!("no parameter is called `{name}`");
                self.error(&at.child(key), message, one_of(&known, name));
            }
        }
        self.members_of_pages(at, &paging, response);
        Some(paging)
    }

    /// Checks that the answer has the members that are named.
    fn members_of_pages(&mut self, at: &At, paging: &Paging, response: &Type) {
        let rows = match &paging.rows {
            None => Some(response.clone()),
            Some(rows) => {
                let found = self.member(response, rows);
                if found.is_none() {
                    self.no_member(&at.child("rows"), rows, "answer");
                }
                found
            }
        };
        let Some(rows) = rows else { return };
        let Some(element) = self.element(&rows) else {
            let (place, message) = match paging.rows {
                Some(_) => (at.child("rows"), "not a list"),
                None => (at.clone(), "the answer is not a list"),
            };
            self.error(&place, message, "name the member that has the elements in `rows`");
            return;
        };
        let next = match paging.by {
            PagedBy::Cursor => (response, "answer"),
            _ => (&element, "element of the list"),
        };
        for (key, name, (ty, what)) in [
            ("next", &paging.next, next),
            ("id", &paging.id, (&element, "element of the list")),
            ("total", &paging.total, (response, "answer")),
        ] {
            if let Some(name) = name
                && self.member(ty, name).is_none()
            {
                self.no_member(&at.child(key), name, what);
            }
        }
    }

    fn no_member(&mut self, at: &At, name: &str, what: &str) {
        let message = format!("the {what} has no member `{name}`");
        self.error(at, message, "name a member that is declared");
    }

    /// The type of a member, by its path.
    pub(super) fn member(&self, ty: &Type, path: &str) -> Option<Type> {
        path.split('.').try_fold(ty.clone(), |ty, name| {
            let Type::Named(type_name) = ty else { return None };
            match &self.types.get(&type_name)?.kind {
                TypeKind::Object(fields) => {
                    let field = fields.iter().find(|field| field.name == name)?;
                    Some(field.ty.clone())
                }
                TypeKind::Tuple(slots) => {
                    let slot = slots
                        .iter()
                        .find(|slot| slot.plain_name.as_deref() == Some(name) || slot.name == name)?;
                    Some(slot.ty.clone())
                }
                TypeKind::Alias(target) => self.member(target, name),
                // Whichever shape has it.
                TypeKind::Shapes(shapes) => shapes.iter().find_map(|shape| self.member(shape, name)),
                TypeKind::Union { variants, .. } => variants
                    .values()
                    .find_map(|variant| self.member(&Type::Named(variant.clone()), name)),
                TypeKind::Enum(_) => None,
            }
        })
    }

    /// The type of the elements of a list.
    pub(super) fn element(&self, ty: &Type) -> Option<Type> {
        match ty {
            Type::Array(element) | Type::OneOrMany(element) => Some((**element).clone()),
            Type::Named(name) => match &self.types.get(name)?.kind {
                TypeKind::Alias(target) => self.element(target),
                TypeKind::Shapes(shapes) => shapes.iter().find_map(|shape| self.element(shape)),
                _ => None,
            },
            _ => None,
        }
    }
}
