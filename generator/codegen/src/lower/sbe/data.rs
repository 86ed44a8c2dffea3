//! Variable data, and the constants of a block.

use binance_wire_model::sbe::{Data, DataKind, Field};
use proc_macro2::TokenStream;
use quote::quote;

use super::Lowering;
use super::level::{Accessor, Level, OwnedField, Shown, Stored, member_doc, sizes};
use crate::lower::rust::{Named, Primitive, RustType, ident, number};
use crate::names::{Scope, pascal};

/// Whether data is an option in code: what an older version does not have is read as empty.
pub fn may_be_absent(data: &Data) -> bool {
    data.is_optional() || data.since > 0 || data.json.default.is_some()
}

/// Any message of the schema, in place.
fn any_message() -> RustType {
    RustType::Named(Named::new("Message").within(&["super"]).borrowing().copied())
}

impl<'s> Lowering<'s> {
    pub(super) fn constant(
        &mut self,
        field: &'s Field,
        name: String,
        level: &mut Level,
        shown: &mut Vec<Shown<'s>>,
    ) {
        let line = field.line.0;
        let found = field
            .value_ref
            .as_deref()
            .and_then(|reference| reference.split_once('.'))
            .and_then(|(r#enum, value)| {
                let r#enum = self.schema.enums.get(r#enum)?;
                Some((r#enum, r#enum.value(value)?))
            });
        let Some((r#enum, value)) = found else {
            self.error(
                line,
                format!("constant `{}` is not a value of an enum", field.name),
                "constants other than enum values are not supported; use valueRef",
            );
            return;
        };
        let r#type = Named::new(self.value_type(&r#enum.name)).copied();
        let (owner, variant) = (ident(&r#type.name), ident(&pascal(&value.name)));
        level.accessors.push(Accessor {
            name: name.clone(),
            doc: format!("`{}`, a constant of the schema.", field.name),
            body: quote!(#owner::#variant).into(),
            r#type: RustType::Named(r#type),
            constant: true,
        });
        let json = if r#enum.is_bool() {
            (value.raw == 1).to_string()
        } else {
            serde_json::Value::from(value.json.as_deref().unwrap_or(&value.name)).to_string()
        };
        if field.since > 0 {
            level.keeps_context = true;
        }
        shown.push(Shown::Constant { field, json });
    }

    pub(super) fn data(
        &mut self,
        data: &'s Data,
        scope: &mut Scope,
        level: &mut Level,
        shown: &mut Vec<Shown<'s>>,
    ) {
        let name = self.member_name(&data.name, data.line.0, scope);
        let Some(composite) = self.schema.composites.get(&data.type_name) else {
            return;
        };
        let [size] = sizes(composite, ["length"]);
        let kind = data.kind(composite);
        let text = data.name.as_str();
        let size = number(size);
        let mut read = match kind {
            DataKind::Text => quote!(cursor.text(#size, #text)?),
            DataKind::Message => quote!(cursor.message(#size, #text)?),
            DataKind::Bytes => quote!(cursor.data(#size, #text)?),
        };
        if data.since > 0 {
            let since = number(data.since);
            read = quote!(if context.version() < #since { &[] } else { #read });
        }
        level.reads_context |= data.since > 0;
        level.stored.push(Stored {
            name: name.clone(),
            r#type: RustType::Bytes,
            read: read.into(),
        });
        let optional = may_be_absent(data);
        let mut accessor = |name: &str, doc: String, r#type: RustType, body: TokenStream| {
            level.accessors.push(Accessor {
                name: name.to_owned(),
                doc,
                r#type,
                body: body.into(),
                constant: false,
            });
        };
        let (field, bytes_name) = (ident(&name), format!("{name}_bytes"));
        let field_bytes = ident(&bytes_name);
        let octets = || RustType::from(Primitive::U8).vec();
        let about = |what: &str| member_doc(&data.name, data.id, what, data.since);
        let (doc, r#type, from_view, bytes) = match (kind, optional) {
            (DataKind::Text, false) => {
                let doc = about("text");
                accessor(
                    &name,
                    doc.clone(),
                    RustType::Str.or_sbe_error(),
                    quote!(sbe::text(self.#field, #text)),
                );
                (
                    doc,
                    RustType::Text,
                    quote!(self.#field()?.into()),
                    quote!(self.#field.as_bytes()),
                )
            }
            (DataKind::Text, true) => {
                let doc = about("text, `None` when empty");
                accessor(
                    &name,
                    doc.clone(),
                    RustType::Str.option().or_sbe_error(),
                    quote!(sbe::optional_text(self.#field, #text).transpose()),
                );
                (
                    doc,
                    RustType::Text.option(),
                    quote!(self.#field()?.map(Text::from)),
                    quote!(self.#field.as_deref().unwrap_or_default().as_bytes()),
                )
            }
            (DataKind::Message, false) => {
                accessor(
                    &name,
                    about("an embedded message"),
                    any_message().or_sbe_error(),
                    quote!(super::Message::decode(self.#field)),
                );
                let doc = about("the bytes of an embedded message, its header included");
                accessor(&bytes_name, doc.clone(), RustType::Bytes, quote!(self.#field));
                (doc, octets(), quote!(self.#field.to_vec()), quote!(&self.#field))
            }
            (DataKind::Message, true) => {
                accessor(
                    &name,
                    about("an embedded message, `None` when empty"),
                    any_message().option().or_sbe_error(),
                    quote!(sbe::non_empty(self.#field).map(super::Message::decode).transpose()),
                );
                let doc = about("the bytes of an embedded message, its header included; `None` when empty");
                accessor(
                    &bytes_name,
                    doc.clone(),
                    RustType::Bytes.option(),
                    quote!(sbe::non_empty(self.#field)),
                );
                (
                    doc,
                    octets().option(),
                    quote!(self.#field_bytes().map(<[u8]>::to_vec)),
                    quote!(self.#field.as_deref().unwrap_or_default()),
                )
            }
            (DataKind::Bytes, false) => {
                let doc = about("bytes");
                accessor(&name, doc.clone(), RustType::Bytes, quote!(self.#field));
                (doc, octets(), quote!(self.#field.to_vec()), quote!(&self.#field))
            }
            (DataKind::Bytes, true) => {
                let doc = about("bytes, `None` when empty");
                accessor(
                    &name,
                    doc.clone(),
                    RustType::Bytes.option(),
                    quote!(sbe::non_empty(self.#field)),
                );
                (
                    doc,
                    octets().option(),
                    quote!(self.#field().map(<[u8]>::to_vec)),
                    quote!(self.#field.as_deref().unwrap_or_default()),
                )
            }
        };
        if kind == DataKind::Message
            && let Err(other) = scope.claim(&bytes_name, &data.name)
        {
            self.error(
                data.line.0,
                format!(
                    "`{}` needs the function {bytes_name}, which `{other}` has",
                    data.name
                ),
                "rename one of them",
            );
        }
        level.fields.push(OwnedField::value(
            name.clone(),
            doc,
            r#type,
            from_view.into(),
            kind == DataKind::Text,
        ));
        level
            .encode
            .push(quote!(encoder.data(#size, #bytes, #text);).into());
        shown.push(Shown::Data { data, name, kind });
    }
}
