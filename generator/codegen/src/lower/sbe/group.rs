//! Repeating groups: how a block reads and writes them, and what they share with it.

use super::Lowering;
use super::field::Exponent;
use super::level::{
    Accessor, GroupCode, Level, MAX_SHARED_EXPONENTS, OwnedField, Place, Shown, Stored, member_doc, sizes,
};
use crate::model::sbe::{FieldLayout, Group, Members, block_layout};
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
        let dimensions = format!("sbe::Dimensions::new({}, {})", sizes[0], sizes[1]);
        let mut read_exponents = Vec::new();
        let mut write_exponents = Vec::new();
        let entry_context = self.entry_needs_context(&group.members, &inherited);
        for exponent in &inherited {
            let all = members.fields.len();
            match self.exponent(exponent, members, layout, all, &place.inherited) {
                Some(found) => {
                    level.encode_context |= entry_context && matches!(found, Exponent::Outer(_));
                    read_exponents.push(
                        found
                            .read()
                            .replace("self.block", "base")
                            .replace("self.extension", "extension")
                            .replace("self.context", "context"),
                    );
                    write_exponents.push(found.owned());
                }
                None => {
                    read_exponents.push("0".to_owned());
                    write_exponents.push("0".to_owned());
                }
            }
        }
        let array = |mut exponents: Vec<String>| {
            exponents.resize(MAX_SHARED_EXPONENTS, "0".to_owned());
            exponents.join(", ")
        };
        level.reads_context = true;
        let read_context = if inherited.is_empty()
            || inherited == place.inherited
                && level.entry
                && read_exponents.iter().all(|e| e.starts_with("context"))
        {
            "context".to_owned()
        } else {
            format!(
                "sbe::Context::new(context.version(), [{}])",
                array(read_exponents)
            )
        };
        let write_context = format!("sbe::Context::new(0, [{}])", array(write_exponents));
        let view = format!("{stem}View");
        let read = format!("cursor.group({dimensions}, {read_context})?");
        let read = if group.since > 0 {
            format!(
                "if context.version() < {} {{ sbe::Group::absent() }} else {{ {read} }}",
                group.since
            )
        } else {
            read
        };
        let group_type = format!("sbe::Group<'a, {view}<'a>>");
        level.stored.push(Stored {
            name: name.clone(),
            r#type: group_type.clone(),
            read,
        });
        let doc = member_doc(&group.name, group.id, "a group", group.since);
        level.accessors.push(Accessor {
            name: name.clone(),
            doc: doc.clone(),
            r#type: group_type,
            body: format!("self.{name}"),
            constant: false,
        });
        level.fields.push(OwnedField::group(
            name.clone(),
            doc,
            format!("Vec<{stem}>"),
            format!("sbe::collect(self.{name}, {view}::to_owned)?"),
        ));
        level.encode.push(format!(
            "encoder.group({dimensions}, {block_length}, self.{name}.len(), {:?});",
            group.name
        ));
        if entry_context {
            level.encode.push(format!("let inner = {write_context};"));
        }
        let argument = if entry_context { ", inner" } else { "" };
        level.encode.push(format!(
            "for entry in &self.{name} {{ entry.encode(encoder{argument}); }}"
        ));
        if group.since > 0 {
            level.keeps_context = true;
        }
        level.groups.push(GroupCode {
            name: name.clone(),
            view,
            owned: stem.clone(),
        });
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
