//! Variable data, and the constants of a block.

use super::Lowering;
use super::level::{Accessor, Level, OwnedField, Shown, Stored, member_doc, sizes};
use crate::model::sbe::{Data, DataKind, Field};
use crate::names::{Scope, pascal};

/// Whether data is an option in code: what an older version does not have is read as empty.
pub fn may_be_absent(data: &Data) -> bool {
    data.is_optional() || data.since > 0 || data.json.default.is_some()
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
        let r#type = self.value_types.get(&r#enum.name).cloned().unwrap_or_default();
        level.accessors.push(Accessor {
            name: name.clone(),
            doc: format!("`{}`, a constant of the schema.", field.name),
            body: format!("{type}::{}", pascal(&value.name)),
            r#type,
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
        let read = format!("cursor.data({size}, {text:?})?");
        let read = if data.since > 0 {
            format!(
                "if context.version() < {} {{ &[] }} else {{ {read} }}",
                data.since
            )
        } else {
            read
        };
        level.reads_context |= data.since > 0;
        level.stored.push(Stored {
            name: name.clone(),
            r#type: "&'a [u8]".to_owned(),
            read,
        });
        let optional = may_be_absent(data);
        let mut accessor = |name: &str, doc: String, r#type: &str, body: String| {
            level.accessors.push(Accessor {
                name: name.to_owned(),
                doc,
                r#type: r#type.to_owned(),
                body,
                constant: false,
            });
        };
        let about = |what: &str| member_doc(&data.name, data.id, what, data.since);
        let (doc, r#type, from_view, bytes) = match (kind, optional) {
            (DataKind::Text, false) => {
                let doc = about("text");
                accessor(
                    &name,
                    doc.clone(),
                    "Result<&'a str, sbe::SbeError>",
                    format!("sbe::text(self.{name}, {text:?})"),
                );
                (
                    doc,
                    "Text",
                    format!("self.{name}()?.into()"),
                    format!("self.{name}.as_bytes()"),
                )
            }
            (DataKind::Text, true) => {
                let doc = about("text, `None` when empty");
                accessor(
                    &name,
                    doc.clone(),
                    "Result<Option<&'a str>, sbe::SbeError>",
                    format!("sbe::optional_text(self.{name}, {text:?}).transpose()"),
                );
                (
                    doc,
                    "Option<Text>",
                    format!("self.{name}()?.map(Text::from)"),
                    format!("self.{name}.as_deref().unwrap_or_default().as_bytes()"),
                )
            }
            (DataKind::Message, false) => {
                accessor(
                    &name,
                    about("an embedded message"),
                    "Result<super::Message<'a>, sbe::SbeError>",
                    format!("super::Message::decode(self.{name})"),
                );
                let doc = about("the bytes of an embedded message, its header included");
                accessor(
                    &format!("{name}_bytes"),
                    doc.clone(),
                    "&'a [u8]",
                    format!("self.{name}"),
                );
                (
                    doc,
                    "Vec<u8>",
                    format!("self.{name}.to_vec()"),
                    format!("&self.{name}"),
                )
            }
            (DataKind::Message, true) => {
                accessor(
                    &name,
                    about("an embedded message, `None` when empty"),
                    "Result<Option<super::Message<'a>>, sbe::SbeError>",
                    format!("sbe::non_empty(self.{name}).map(super::Message::decode).transpose()"),
                );
                let doc = about("the bytes of an embedded message, its header included; `None` when empty");
                accessor(
                    &format!("{name}_bytes"),
                    doc.clone(),
                    "Option<&'a [u8]>",
                    format!("sbe::non_empty(self.{name})"),
                );
                (
                    doc,
                    "Option<Vec<u8>>",
                    format!("self.{name}_bytes().map(<[u8]>::to_vec)"),
                    format!("self.{name}.as_deref().unwrap_or_default()"),
                )
            }
            (DataKind::Bytes, false) => {
                let doc = about("bytes");
                accessor(&name, doc.clone(), "&'a [u8]", format!("self.{name}"));
                (
                    doc,
                    "Vec<u8>",
                    format!("self.{name}.to_vec()"),
                    format!("&self.{name}"),
                )
            }
            (DataKind::Bytes, true) => {
                let doc = about("bytes, `None` when empty");
                accessor(
                    &name,
                    doc.clone(),
                    "Option<&'a [u8]>",
                    format!("sbe::non_empty(self.{name})"),
                );
                (
                    doc,
                    "Option<Vec<u8>>",
                    format!("self.{name}().map(<[u8]>::to_vec)"),
                    format!("self.{name}.as_deref().unwrap_or_default()"),
                )
            }
        };
        if kind == DataKind::Message {
            let bytes_name = format!("{name}_bytes");
            if let Err(other) = scope.claim(&bytes_name, &data.name) {
                self.error(
                    data.line.0,
                    format!(
                        "`{}` needs the function {bytes_name}, which `{other}` has",
                        data.name
                    ),
                    "rename one of them",
                );
            }
        }
        level.fields.push(OwnedField::value(
            name.clone(),
            doc,
            r#type.to_owned(),
            from_view,
            kind == DataKind::Text,
        ));
        level
            .encode
            .push(format!("encoder.data({size}, {bytes}, {text:?});"));
        shown.push(Shown::Data { data, name, kind });
    }
}
