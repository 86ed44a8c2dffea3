//! The JSON view: what each block writes, and where.

use binance_wire_model::sbe::{DataKind, Json};
use binance_wire_model::source::Place;
use proc_macro2::TokenStream;
use quote::quote;

use super::Lowering;
use super::level::Shown;
use crate::lower::rust::{Code, ident, number};

/// Members by place in JSON; a place is a name or an object with further places.
pub(super) type Tree<'m> = Vec<(String, Branch<'m>)>;

/// What stands at a place in JSON.
pub(super) enum Branch<'m> {
    /// A value.
    Leaf(&'m Shown<'m>),
    /// An object.
    Object(Tree<'m>),
}

/// Nests members by their paths; names in the order of their first appearance. `Err` has the path that is both
/// a value and an object.
pub(super) fn tree<'m>(members: &'m [Shown<'m>]) -> Result<Tree<'m>, String> {
    fn insert<'m>(
        tree: &mut Tree<'m>,
        parts: &[&str],
        whole: &str,
        shown: &'m Shown<'m>,
    ) -> Result<(), String> {
        let [first, rest @ ..] = parts else { return Ok(()) };
        let position = tree.iter().position(|(name, _)| name == first);
        match (position, rest) {
            (None, []) => tree.push(((*first).to_owned(), Branch::Leaf(shown))),
            (None, rest) => {
                let mut object = Vec::new();
                insert(&mut object, rest, whole, shown)?;
                tree.push(((*first).to_owned(), Branch::Object(object)));
            }
            (Some(position), rest) => match &mut tree[position].1 {
                Branch::Object(object) if !rest.is_empty() => insert(object, rest, whole, shown)?,
                _ => return Err(whole.to_owned()),
            },
        }
        Ok(())
    }
    let mut root = Vec::new();
    for shown in members {
        let path = shown.path();
        let parts: Vec<&str> = path.split('.').collect();
        insert(&mut root, &parts, &path, shown)?;
    }
    Ok(root)
}

impl Shown<'_> {
    fn json(&self) -> &Json {
        match self {
            Self::Field { field, .. } | Self::Constant { field, .. } => &field.json,
            Self::Group { group, .. } => &group.json,
            Self::Data { data, .. } => &data.json,
        }
    }

    fn schema_name(&self) -> &str {
        match self {
            Self::Field { field, .. } | Self::Constant { field, .. } => &field.name,
            Self::Group { group, .. } => &group.name,
            Self::Data { data, .. } => &data.name,
        }
    }

    fn line(&self) -> Place {
        match self {
            Self::Field { field, .. } | Self::Constant { field, .. } => field.line.0,
            Self::Group { group, .. } => group.line.0,
            Self::Data { data, .. } => data.line.0,
        }
    }

    fn path(&self) -> String {
        self.json()
            .path
            .clone()
            .unwrap_or_else(|| self.schema_name().to_owned())
    }
}

impl Lowering<'_> {
    /// The statements that write a block as JSON.
    pub(super) fn json_statements(&mut self, shown: &[Shown<'_>], place: &str) -> Code {
        let mut statements = Vec::new();
        self.json_into(shown, place, &mut statements);
        Code::block(statements)
    }

    fn json_into(&mut self, shown: &[Shown<'_>], place: &str, statements: &mut Vec<TokenStream>) {
        if let Some(instead) = shown.iter().find(|member| member.path() == "..") {
            if shown.len() > 1 {
                self.error(
                    instead.line(),
                    format!(
                        "`{}` stands in place of `{place}`, which shows other members too",
                        instead.path()
                    ),
                    "give it another mbx:jsonPath; the others would be lost",
                );
            }
            self.member(instead, None, statements);
            return;
        }
        let positional = shown.iter().filter(|member| member.path() == "[]").count();
        if positional > 0 {
            if let Some(named) = shown.iter().find(|member| member.path() != "[]") {
                self.error(
                    named.line(),
                    format!(
                        "`{}` has a name in `{place}`, whose other members are positions",
                        named.schema_name()
                    ),
                    "give all of them mbx:jsonPath=\"[]\" or none",
                );
            }
            statements.push(quote!(w.begin_array();));
            for member in shown {
                self.member(member, None, statements);
            }
            statements.push(quote!(w.end_array();));
            return;
        }
        match tree(shown) {
            Ok(tree) => {
                statements.push(quote!(w.begin_object();));
                self.object(&tree, statements);
                statements.push(quote!(w.end_object();));
            }
            Err(path) => {
                let line = shown
                    .iter()
                    .find(|member| member.path() == path)
                    .map_or_else(Place::default, Shown::line);
                self.error(
                    line,
                    format!("`{path}` is both a value and an object in the JSON of `{place}`"),
                    "give one of them another mbx:jsonPath",
                );
            }
        }
    }

    fn object(&mut self, tree: &Tree<'_>, statements: &mut Vec<TokenStream>) {
        for (name, branch) in tree {
            match branch {
                Branch::Leaf(member) => self.member(member, Some(name), statements),
                Branch::Object(inner) => {
                    let mut members = Vec::new();
                    self.object(inner, &mut members);
                    // A block of its own, so that the mark of an inner object does not hide this one.
                    statements.push(quote! {
                        let mark = w.begin_nested(#name);
                        { #(#members)* }
                        w.end_nested(mark);
                    });
                }
            }
        }
    }

    /// The statements for one member: under a key, or as an element where there is none.
    fn member(&mut self, member: &Shown<'_>, key: Option<&str>, statements: &mut Vec<TokenStream>) {
        let default = member.json().default.clone();
        match member {
            Shown::Field { field, name, code } => {
                let (value, optional) = code.json_value(name);
                let default = default.map(|text| {
                    code.json_default(&text).unwrap_or_else(|| {
                        self.error(
                            field.line.0,
                            format!("`mbx:jsonDefaultValue` of `{}` is `{text}`", field.name),
                            "write a value of the field's own type",
                        );
                        String::new()
                    })
                });
                statements.push(statement(key, &value, optional, default.as_deref()));
            }
            Shown::Constant { field, json, .. } => {
                let key = key.map(|key| quote!(w.key(#key);));
                let write = quote!(#key w.literal(#json););
                statements.push(if field.since > 0 {
                    let since = number(field.since);
                    quote!(if self.context.version() >= #since { #write })
                } else {
                    write
                });
            }
            Shown::Group { group, name } => {
                let name = ident(name);
                let mut conditions = Vec::new();
                if group.json.omit_null {
                    conditions.push(quote!(!self.#name.is_empty()));
                }
                if group.since > 0 {
                    let since = number(group.since);
                    conditions.push(quote!(self.context.version() >= #since));
                }
                let key = key.map(|key| quote!(w.key(#key);));
                let write = quote! {
                    #key
                    w.begin_array();
                    for entry in self.#name { entry.write_json(w); }
                    w.end_array();
                };
                statements.push(if conditions.is_empty() {
                    write
                } else {
                    quote!(if #(#conditions)&&* { #write })
                });
            }
            Shown::Data { data, name, kind } => {
                let optional = data.is_optional() || data.since > 0 || default.is_some();
                let (name, text) = (ident(name), &data.name);
                let default = default.map(|default| serde_json::Value::from(default).to_string());
                let default = default.as_deref();
                match kind {
                    DataKind::Text if optional => {
                        let value = quote!(sbe::optional_text(self.#name, #text));
                        statements.push(statement(key, &value, true, default));
                    }
                    DataKind::Text => statements.push(statement(key, &quote!(self.#name()), false, None)),
                    DataKind::Bytes if optional => {
                        let value = quote!(sbe::non_empty(self.#name));
                        statements.push(statement(key, &value, true, default));
                    }
                    DataKind::Bytes => statements.push(statement(key, &quote!(self.#name), false, None)),
                    DataKind::Message => {
                        let key_statement = key.map(|key| quote!(w.key(#key);));
                        let write = quote!(#key_statement w.embedded(self.#name, super::write_message););
                        statements.push(match (optional, default, key) {
                            (false, ..) => write,
                            (true, Some(default), _) => quote! {
                                if self.#name.is_empty() { #key_statement w.literal(#default); } else { #write }
                            },
                            (true, None, Some(_)) => quote!(if !self.#name.is_empty() { #write }),
                            (true, None, None) => quote! {
                                if self.#name.is_empty() { w.literal("null"); } else { #write }
                            },
                        });
                    }
                }
            }
        }
    }
}

/// The statement that writes a value.
fn statement(key: Option<&str>, value: &TokenStream, optional: bool, default: Option<&str>) -> TokenStream {
    match (key, optional, default) {
        (Some(key), false, _) => quote!(w.member(#key, #value);),
        (Some(key), true, None) => quote!(w.optional(#key, #value);),
        (Some(key), true, Some(default)) => quote!(w.optional_or(#key, #value, #default);),
        (None, false, _) => quote!(w.value(#value);),
        (None, true, None) => quote!(w.nullable(#value);),
        (None, true, Some(default)) => quote!(w.value_or(#value, #default);),
    }
}
