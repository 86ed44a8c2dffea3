//! FIX dictionaries as Rust: a module per dictionary, a struct per message and per group, an open enum per value set.
//! Types that are the same in several dictionaries become one, in a module of their own.

mod print;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::diagnostics::{Diagnostic, Diagnostics};
use binance_wire_model::fix::Dictionary;
use serde::Serialize;

use crate::lower::constructor::Constructor;
use crate::lower::rust::{Code, RustType};
use crate::names::{Scope, screaming, snake};
pub use print::render_fix;
use types::Types;
pub use types::{group_name, member_name, value_type, various_groups};

/// The module that holds what several dictionaries share.
const COMMON: &str = "common";

/// A field takes 16 to 24 bytes: messages of more fields are boxed inside the enum of all messages.
const LARGEST_INLINE: usize = 20;

/// A dictionary and what is to be made of it.
#[derive(Clone, Debug)]
pub struct Input<'d> {
    /// The name of the Rust module, such as `oe`.
    pub module: String,
    /// The first line of the module's documentation.
    pub doc: String,
    /// The file that the dictionary came from, for diagnostics.
    pub file: String,
    /// The dictionary.
    pub dictionary: &'d Dictionary,
}

/// What a caller decides about the emitted code.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Messages that get setters for their optional fields besides `new`; all where this is `None`. Fields are
    /// public in any case.
    pub builders: Option<BTreeSet<String>>,
}

/// Everything that templates print.
#[derive(Clone, Debug, Serialize)]
pub struct Lowered {
    modules: Vec<Module>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Module {
    name: String,
    doc: String,
    /// Whether it has a dictionary; the shared module has types alone.
    dictionary: bool,
    begin_string: String,
    /// The header, where it is not shared.
    header: Option<Struct>,
    messages: Vec<Struct>,
    groups: Vec<Struct>,
    enums: Vec<Enum>,
    /// Names of types taken from the shared module.
    shared: Vec<String>,
    /// All messages of the dictionary, shared ones included.
    variants: Vec<Variant>,
    tags: Vec<Tag>,
    /// Tag of the length and tag of the data.
    data: Vec<(u32, u32)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Variant {
    name: String,
    fix_name: String,
    msg_type: String,
    /// Whether the message is so large that moving it about would cost more than a place of its own.
    boxed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Tag {
    rust: String,
    name: String,
    number: u32,
}

/// A message, the header, or an entry of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Struct {
    name: String,
    file: String,
    fix_name: String,
    msg_type: String,
    doc: String,
    members: Vec<Member>,
    /// All tags of the layout, sorted.
    tags: Vec<u32>,
    /// Tags of groups in here, to be refused outside them.
    misplaced: Vec<u32>,
    /// The same as a pattern, empty where there are none.
    misplaced_pattern: String,
    /// Whether fields that are not declared are kept.
    extra: bool,
    /// Whether those are written behind all members.
    extra_last: bool,
    /// Words of the set of fields seen.
    words: usize,
    has_required: bool,
    /// Whether optional fields have setters.
    has_setters: bool,
    /// Types of the same dictionary that it names.
    uses: Vec<String>,
    make: Constructor,
    plain_default: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Member {
    rust: String,
    fix_name: String,
    tag: u32,
    number: usize,
    doc: String,
    setter_doc: String,
    /// The type of the value.
    value_type: RustType,
    /// The type of the struct's field.
    field_type: RustType,
    required: bool,
    optional: bool,
    /// Whether `new` takes it although the message may come without it.
    demanded: bool,
    /// The expression that reads the value.
    read: Code,
    /// The same as the struct's field has it.
    stored: Code,
    /// Whether the value is written by reference or by copy.
    by_reference: bool,
    /// The statement that writes the field.
    written: Code,
    /// A value for a required field until it is read.
    empty: Code,
    /// Whether undeclared fields are written before this one, so that no group takes them for its own when they are
    /// read again.
    extra_before: bool,
    /// The type of an entry, where this is a group.
    group: Option<String>,
    /// The data field that this length belongs to.
    data_tag: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Enum {
    name: String,
    file: String,
    doc: String,
    /// Whether an unrecognized value is short enough to be copied.
    copy: bool,
    variants: Vec<EnumVariant>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct EnumVariant {
    rust: String,
    code: String,
    doc: String,
}

impl Lowered {
    /// The structs whose `new` takes its arguments by name.
    pub fn by_name(&self) -> BTreeSet<&str> {
        let modules = self.modules.iter();
        let structs =
            modules.flat_map(|module| module.header.iter().chain(&module.messages).chain(&module.groups));
        let named = structs.filter(|item| item.make.named.is_some());
        named.map(|item| item.name.as_str()).collect()
    }
}

/// Settles names, types and documentation of the code for some dictionaries.
///
/// # Errors
/// Names that become one in Rust, and required trailer fields other than CheckSum.
pub fn lower(inputs: &[Input<'_>], options: &Options) -> Result<Lowered, Diagnostics> {
    let mut found = Vec::new();
    let mut modules = Vec::new();
    for input in inputs {
        let types = Types::lower(input, options, &mut found);
        modules.push(module(input, types, &mut found));
    }
    if !found.is_empty() {
        return Err(Diagnostics(found));
    }
    share(&mut modules);
    Ok(Lowered { modules })
}

fn module(input: &Input<'_>, types: Types, found: &mut Vec<Diagnostic>) -> Module {
    let dictionary = input.dictionary;
    let mut scope = Scope::new();
    let mut tags = Vec::new();
    for field in &dictionary.fields {
        let rust = screaming(&field.name);
        if let Err(other) = scope.claim(&rust, &field.name) {
            found.push(Diagnostic::new(
                &input.file,
                field.line.0,
                format!("fields `{}` and `{other}` both become `{rust}`", field.name),
                "rename one of the two",
            ));
        }
        tags.push(Tag {
            rust,
            name: field.name.clone(),
            number: field.number,
        });
    }
    tags.sort_by_key(|tag| tag.number);
    let variants = types
        .messages
        .iter()
        .map(|message| Variant {
            name: message.name.clone(),
            fix_name: message.fix_name.clone(),
            msg_type: message.msg_type.clone(),
            boxed: message.members.len() > LARGEST_INLINE,
        })
        .collect();
    let mut data: Vec<(u32, u32)> = types
        .messages
        .iter()
        .chain(&types.groups)
        .flat_map(|owner| &owner.members)
        .filter_map(|member| Some((member.tag, member.data_tag?)))
        .collect();
    data.sort_unstable();
    data.dedup();
    Module {
        name: snake(&input.module),
        doc: input.doc.clone(),
        dictionary: true,
        begin_string: dictionary.version.begin_string(),
        header: Some(types.header),
        messages: types.messages,
        groups: types.groups,
        enums: types.enums,
        shared: Vec::new(),
        variants,
        tags,
        data,
    }
}

/// Moves what is the same in several modules into one of its own.
fn share(modules: &mut Vec<Module>) {
    let mut common = Module {
        name: COMMON.to_owned(),
        doc: "What several dictionaries have in common.".to_owned(),
        dictionary: false,
        ..Module::default()
    };
    let all: Vec<Module> = modules.clone();
    let shared_enums = equal_in_two(
        all.iter().map(|module| module.enums.as_slice()),
        |item| &item.name,
        |_| true,
    );
    let mut names: BTreeSet<String> = shared_enums.iter().map(|item| item.name.clone()).collect();
    // A struct can be shared where all that it names is shared too; groups may name groups, hence the rounds.
    let mut shared_groups: Vec<Struct> = Vec::new();
    loop {
        let more = equal_in_two(
            all.iter().map(|module| module.groups.as_slice()),
            |item| &item.name,
            |item| !names.contains(&item.name) && item.uses.iter().all(|used| names.contains(used)),
        );
        if more.is_empty() {
            break;
        }
        names.extend(more.iter().map(|item| item.name.clone()));
        shared_groups.extend(more);
    }
    let whole = |item: &Struct| item.uses.iter().all(|used| names.contains(used));
    let shared_messages = equal_in_two(
        all.iter().map(|module| module.messages.as_slice()),
        |item| &item.name,
        whole,
    );
    let shared_header = equal_in_two(
        all.iter().map(|module| module.header.as_slice()),
        |item| &item.name,
        whole,
    );
    let keep = |item_name: &str, owner: &mut Module| owner.shared.push(item_name.to_owned());
    let keep_struct = |item: &Struct, owner: &mut Module| {
        owner.shared.push(item.name.clone());
        owner.shared.extend(item.make.named.clone());
    };
    for module in modules.iter_mut() {
        let mut taken = std::mem::take(module);
        taken.enums.retain(|item| {
            let shared = shared_enums.contains(item);
            if shared {
                keep(&item.name, module);
            }
            !shared
        });
        for (list, shared) in [
            (&mut taken.groups, &shared_groups),
            (&mut taken.messages, &shared_messages),
        ] {
            list.retain(|item| {
                let is_shared = shared.contains(item);
                if is_shared {
                    keep_struct(item, module);
                }
                !is_shared
            });
        }
        if let Some(header) = taken.header.take_if(|header| shared_header.contains(header)) {
            keep_struct(&header, module);
        }
        taken.shared = std::mem::take(&mut module.shared);
        taken.shared.sort();
        *module = taken;
    }
    common.enums = shared_enums;
    common.groups = shared_groups;
    common.messages = shared_messages;
    common.header = shared_header.into_iter().next();
    let anything = common.header.is_some()
        || !(common.enums.is_empty() && common.groups.is_empty() && common.messages.is_empty());
    if anything {
        modules.push(common);
    }
}

/// The items that stand, equal and under one name, in at least two of the lists.
fn equal_in_two<'l, T: Clone + PartialEq + 'l>(
    lists: impl Iterator<Item = &'l [T]>,
    name: impl Fn(&T) -> &str,
    may: impl Fn(&T) -> bool,
) -> Vec<T> {
    let mut first: BTreeMap<String, &T> = BTreeMap::new();
    let mut equal: Vec<T> = Vec::new();
    for item in lists.flatten() {
        match first.get(name(item)) {
            None => {
                first.insert(name(item).to_owned(), item);
            }
            Some(earlier) if *earlier == item && may(item) && !equal.contains(item) => {
                equal.push(item.clone())
            }
            Some(_) => {}
        }
    }
    equal
}
