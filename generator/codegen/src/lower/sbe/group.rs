//! Repeating groups: how a block reads and writes them, and what they share with it.

use binance_wire_model::sbe::{FieldLayout, Group, Members, block_layout};
use proc_macro2::TokenStream;
use quote::quote;

use super::Lowering;
use super::field::{Exponent, Receiver};
use super::level::{
    Accessor, Level, MAX_SHARED_EXPONENTS, OwnedField, Place, Shown, Stored, member_doc, sizes,
};
use crate::lower::rust::{Named, RustType, ident, number};
use crate::names::{Scope, pascal};

impl<'s> Lowering<'s> {
    /// The exponents that a group needs from the blocks around it.
    fn needs(&self, members: &Members, path: &str, needed: &mut Vec<String>) {
        let mut add = |name: &str| {
            if !needed.iter().any(|known| known == name) {
                needed.push(name.to_owned());
            }
        };
        for (index, field) in members.fields.iter().enumerate() {
            if let Some(exponent) = &field.exponent
                && !members.fields[..index].iter().any(|own| own.name == *exponent)
            {
                add(exponent);
            }
        }
        if let Some((_, leading)) = self
            .options
            .history
            .as_ref()
            .and_then(|h| h.leading_exponents(path))
        {
            for name in &leading.names {
                add(name);
            }
        }
        for group in &members.groups {
            let mut inner = Vec::new();
            self.needs(&group.members, &format!("{path}.{}", group.name), &mut inner);
            for name in inner {
                if !members.fields.iter().any(|own| own.name == name) && !needed.contains(&name) {
                    needed.push(name);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one level, in one place")]
    pub(super) fn group(
        &mut self,
        group: &'s Group,
        members: &'s Members,
        layout: &[FieldLayout],
        place: &Place<'s, '_>,
        scope: &mut Scope,
        level: &mut Level,
        shown: &mut Vec<Shown<'s>>,
        inner: &mut Vec<(&'s Group, String, Vec<String>)>,
    ) {
        let name = self.member_name(&group.name, group.line.0, scope);
        let stem = format!("{}{}", place.stem, pascal(&group.name));
        let path = format!("{}.{}", place.path, group.name);
        let mut inherited = Vec::new();
        self.needs(&group.members, &path, &mut inherited);
        // Only what some block around it has; for the rest, reading has warned.
        inherited.retain(|name| {
            members.fields.iter().any(|field| field.name == *name) || place.inherited.contains(name)
        });
        if inherited.len() > MAX_SHARED_EXPONENTS {
            self.error(
                group.line.0,
                format!(
                    "group `{path}` shares {} exponents with the blocks around it",
                    inherited.len()
                ),
                format!("at most {MAX_SHARED_EXPONENTS} are supported"),
            );
            inherited.truncate(MAX_SHARED_EXPONENTS);
        }
        let (sizes, block_length) = match self.schema.composites.get(&group.dimension) {
            Some(dimension) => (
                sizes(dimension, ["blockLength", "numInGroup"]),
                block_layout(self.schema, &group.members.fields).map_or(0, |(_, end)| {
                    end.max(u32::from(group.block_length.unwrap_or_default()))
                }),
            ),
            None => return,
        };
        if sizes[0] == 1 && block_length > 255 {
            self.error(
                group.line.0,
                format!("the block of group `{path}` has {block_length} bytes, its length field has one"),
                "use a dimension type with a wider blockLength",
            );
        }
        let [length_size, count_size] = sizes.map(number);
        let dimensions = quote!(sbe::Dimensions::new(#length_size, #count_size));
        let mut exponents = Vec::new();
        let entry_context = self.entry_needs_context(&group.members, &inherited);
        for exponent in &inherited {
            let all = members.fields.len();
            let found = self.exponent(exponent, members, layout, all, &place.inherited);
            level.encode_context |= entry_context && matches!(found, Some(Exponent::Outer(_)));
            exponents.push(found);
        }
        let array = |code: fn(&Exponent) -> TokenStream| {
            let none = || number(0);
            let mut all: Vec<TokenStream> = (exponents.iter())
                .map(|exponent| exponent.as_ref().map_or_else(none, code))
                .collect();
            all.resize(MAX_SHARED_EXPONENTS, none());
            quote!([#(#all),*])
        };
        level.reads_context = true;
        let same_as_outside = inherited == place.inherited
            && level.entry
            && (exponents.iter()).all(|exponent| matches!(exponent, Some(Exponent::Outer(_))));
        let read_context = if inherited.is_empty() || same_as_outside {
            quote!(context)
        } else {
            let shared = array(|exponent| exponent.read(Receiver::Reading));
            quote!(sbe::Context::new(context.version(), #shared))
        };
        let view = format!("{stem}View");
        let mut read = quote!(cursor.group(#dimensions, #read_context)?);
        if group.since > 0 {
            let since = number(group.since);
            read = quote!(if context.version() < #since { sbe::Group::absent() } else { #read });
        }
        let entry_view = RustType::Named(Named::new(&view).borrowing().copied());
        let group_type = RustType::Group(Box::new(entry_view));
        level.stored.push(Stored {
            name: name.clone(),
            r#type: group_type.clone(),
            read: read.into(),
        });
        let doc = member_doc(&group.name, group.id, "a group", group.since);
        let (field, view) = (ident(&name), ident(&view));
        level.accessors.push(Accessor {
            name: name.clone(),
            doc: doc.clone(),
            r#type: group_type,
            body: quote!(self.#field).into(),
            constant: false,
        });
        level.fields.push(OwnedField::group(
            name.clone(),
            doc,
            RustType::Named(Named::new(&stem)).vec(),
            quote!(sbe::collect(self.#field, #view::into_owned)?).into(),
        ));
        let (block_length, text) = (number(block_length), &group.name);
        level
            .encode
            .push(quote!(encoder.group(#dimensions, #block_length, self.#field.len(), #text);).into());
        let context = entry_context.then(|| {
            let shared = array(Exponent::owned);
            level
                .encode
                .push(quote!(let inner = sbe::Context::new(0, #shared);).into());
            quote!(, inner)
        });
        level
            .encode
            .push(quote!(for entry in &self.#field { entry.encode(encoder #context); }).into());
        if group.since > 0 {
            level.keeps_context = true;
        }
        shown.push(Shown::Group { group, name });
        inner.push((group, stem, inherited));
    }

    /// Whether the encoder of a group's entries takes a context: the same rule as [`Level::encode_context`].
    fn entry_needs_context(&self, members: &Members, inherited: &[String]) -> bool {
        fn uses(members: &Members, name: &str) -> bool {
            let own = members.fields.iter().position(|field| field.name == name);
            members.fields.iter().enumerate().any(|(index, field)| {
                field.exponent.as_deref() == Some(name) && own.is_none_or(|own| own >= index)
            }) || (own.is_none() && members.groups.iter().any(|group| uses(&group.members, name)))
        }
        inherited.iter().any(|name| uses(members, name))
    }
}
