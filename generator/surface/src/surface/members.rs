//! Members of items, and the small words of a declaration.

use syn::{Attribute, Expr, ExprLit, Fields, ImplItem, ItemImpl, Lit, TraitItem};

use super::gate::Gate;
use super::print::{Printer, flat};
use super::scope::{is_public, plain};
use super::{Line, Surface};

pub(super) fn fields(printer: &Printer<'_>, fields: &Fields) -> Vec<(String, Line)> {
    let mut found = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let Some(gate) = Gate::of(&field.attrs) else {
            continue;
        };
        let name = field.ident.as_ref().map_or_else(|| index.to_string(), plain);
        if is_public(&field.vis) {
            let line = Line {
                text: printer.ty(&field.ty),
                gate: gate.text(),
            };
            found.push((format!("field {name}"), line));
        } else {
            found.push(("private fields".to_owned(), Line::default()));
        }
    }
    found
}

pub(super) fn trait_member(printer: &Printer<'_>, item: &TraitItem) -> Option<(String, Line)> {
    let (attributes, key, text, provided) = match item {
        TraitItem::Fn(item) => (
            &item.attrs,
            format!("fn {}", plain(&item.sig.ident)),
            printer.signature(&item.sig),
            item.default.is_some(),
        ),
        TraitItem::Const(item) => (
            &item.attrs,
            format!("const {}", item.ident),
            printer.ty(&item.ty),
            item.default.is_some(),
        ),
        TraitItem::Type(item) => {
            let text = join(&[&printer.generics(&item.generics), &printer.bounds(&item.bounds)]);
            (
                &item.attrs,
                format!("type {}", item.ident),
                text,
                item.default.is_some(),
            )
        }
        _ => return None,
    };
    let gate = Gate::of(attributes)?.text();
    let text = if provided {
        format!("{text} {PROVIDED}")
    } else {
        text
    };
    Some((key, Line { text, gate }))
}

/// The mark of a trait's item that need not be implemented.
pub(super) const PROVIDED: &str = "[provided]";

/// A public item of an inherent impl: its key, text and gate.
pub(super) fn inherent(printer: &Printer<'_>, item: &ImplItem) -> Option<(String, String, String)> {
    let (vis, attributes, key, text) = match item {
        ImplItem::Fn(item) => (
            &item.vis,
            &item.attrs,
            format!("fn {}", plain(&item.sig.ident)),
            printer.signature(&item.sig),
        ),
        ImplItem::Const(item) => (
            &item.vis,
            &item.attrs,
            format!("const {}", item.ident),
            printer.ty(&item.ty),
        ),
        ImplItem::Type(item) => (
            &item.vis,
            &item.attrs,
            format!("type {}", item.ident),
            printer.ty(&item.ty),
        ),
        _ => return None,
    };
    is_public(vis).then_some(())?;
    Some((key, text, Gate::of(attributes)?.text()))
}

/// What a request is on the wire: `operation REST`, `GET /sapi/v1/rebate/taxQuery`.
pub(super) fn operation(name: &str, item: &ItemImpl) -> Option<(String, String)> {
    let transport = match name.rsplit("::").next()? {
        "RestOperation" => "REST",
        "WsApiOperation" => "WebSocket API",
        _ => return None,
    };
    let constant = |wanted: &str| {
        item.items.iter().find_map(|item| match item {
            ImplItem::Const(item) if item.ident == wanted => Some(match &item.expr {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text), ..
                }) => text.value(),
                Expr::Path(path) => path.path.segments.last()?.ident.to_string().to_uppercase(),
                _ => return None,
            }),
            _ => None,
        })
    };
    let wire: Vec<String> = [constant("METHOD"), constant("PATH")]
        .into_iter()
        .flatten()
        .collect();
    (!wire.is_empty()).then(|| (format!("operation {transport}"), wire.join(" ")))
}

/// A trait of the standard library by its own name, however it was reached; others by their path.
pub(super) fn standard(name: &str) -> String {
    let (path, arguments) = name.find('<').map_or((name, ""), |at| name.split_at(at));
    match path
        .starts_with("std::")
        .then(|| path.rsplit("::").next())
        .flatten()
    {
        Some(last) => format!("{last}{arguments}"),
        None => name.to_owned(),
    }
}

pub(super) fn openness(attributes: &[Attribute]) -> String {
    let open = attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("non_exhaustive"));
    if open { OPEN.to_owned() } else { String::new() }
}

/// The mark of types that may grow.
pub(super) const OPEN: &str = "#[non_exhaustive]";

/// A literal as it is written; of anything longer there is nothing to say.
pub(super) fn short(value: &Expr) -> Option<String> {
    let (negative, literal) = match value {
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => ("-", unary.expr.as_ref()),
        other => ("", other),
    };
    let Expr::Lit(ExprLit { lit, .. }) = literal else {
        return None;
    };
    Some(match lit {
        Lit::Str(text) => format!("{:?}", text.value()),
        Lit::Int(number) => format!("{negative}{}", number.base10_digits()),
        Lit::Float(number) => format!("{negative}{}", number.base10_digits()),
        Lit::Bool(value) => value.value.to_string(),
        _ => return None,
    })
}

pub(super) fn line(text: impl Into<String>) -> Line {
    Line {
        text: text.into().replace(['\t', '\n'], " "),
        gate: String::new(),
    }
}

/// Parts with blanks between them, those that there are.
pub(super) fn join(parts: &[&str]) -> String {
    parts
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
}

/// The features of a manifest: what each switches on of the crate's own. Which dependencies it brings is no user's.
pub(super) fn features(manifest: &str, surface: &mut Surface) {
    let section = manifest
        .lines()
        .skip_while(|line| line.trim() != "[features]")
        .skip(1);
    let section: Vec<&str> = section
        .take_while(|line| !line.trim_start().starts_with('[') || line.starts_with(' '))
        .collect();
    let text: String = section
        .iter()
        .map(|line| line.split_once('#').map_or(*line, |(before, _)| before))
        .collect::<Vec<_>>()
        .join("\n");
    for part in text.split_inclusive(']') {
        let Some((name, list)) = part.split_once('=') else {
            continue;
        };
        let mut own: Vec<&str> = list
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|entry| !entry.contains('/') && !entry.starts_with("dep:"))
            .collect();
        own.sort_unstable();
        let key = format!("feature {}", name.trim().trim_matches('"'));
        surface.items.entry(key).or_default().line = line(flat(&own.join(" ")));
    }
}
