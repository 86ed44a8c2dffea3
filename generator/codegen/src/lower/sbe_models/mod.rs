//! SBE messages → the types that JSON decodes into: one model, two encodings.
//!
//! The schema says where each of its fields belongs in JSON; here every such place is looked up in the type that the
//! JSON becomes, and the expression is settled that makes the one of the other. What the schema does not say stands
//! in a list of rules. Nothing falls under the table: a member of the type that the message cannot fill is an error, a
//! field of the message that has no place in the type is a warning.

mod dispatch;
mod object;
mod rules;
mod source;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_model::api::{Product, Type, TypeKind};
use binance_wire_model::diagnostics::{Diagnostic, Diagnostics, Warning};
use binance_wire_model::presence::Members;
use binance_wire_model::sbe::{Message, Schema};
use binance_wire_model::sbe_models::Rules;
use binance_wire_model::source::Place;
use indexmap::IndexMap;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use serde::Serialize;
use source::Source;

use crate::lower::rust::{Code, RustType, ident};
use crate::lower::{api, sbe};
use crate::names;
use crate::render::{GeneratedFile, Renderer};

/// What conversions are made from.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The JSON side.
    pub product: &'a Product,
    /// Its Rust.
    pub krate: &'a api::Crate,
    /// The SBE side.
    pub schema: &'a Schema,
    /// Its Rust.
    pub code: &'a sbe::Lowered,
    /// What the two do not say of each other.
    pub rules: &'a Rules,
}

/// The conversions of a schema, ready to print.
#[derive(Debug, Serialize)]
pub struct Conversions {
    /// The crate, as Rust names it.
    crate_name: String,
    /// The schema's module below `crate::sbe`.
    module: String,
    messages: Vec<MessageModule>,
    enums: Vec<ValueConversion>,
    sets: Vec<SetConversion>,
    embedded: Vec<Dispatch>,
    answers: Vec<Dispatch>,
    /// The function of the union of user-data events, and its type.
    events: Option<Events>,
    error: Option<ErrorMessage>,
    #[serde(skip)]
    requests: BTreeMap<String, String>,
    #[serde(skip)]
    counts: Counts,
    /// The members that every message of their type has, by type and name on the wire.
    #[serde(skip)]
    always: Members,
}

/// What is covered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Operations with an SBE answer.
    pub operations: usize,
    /// Messages that become a type.
    pub messages: usize,
}

impl Conversions {
    /// The function that decodes an operation's answer, by the name of its request type.
    pub fn requests(&self) -> &BTreeMap<String, String> {
        &self.requests
    }

    /// The types that blocks become, by their views.
    pub fn results(&self) -> impl Iterator<Item = (&str, &RustType)> {
        let functions = self.messages.iter().flat_map(|message| &message.functions);
        functions.map(|function| (function.view.as_str(), &function.result))
    }

    /// Whether user-data events are covered.
    pub fn has_events(&self) -> bool {
        self.events.is_some()
    }

    /// What is covered.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The members that SBE always sends, in every message that becomes their type.
    pub fn always(self) -> Members {
        self.always
    }
}

/// The functions of one message.
#[derive(Debug, Serialize)]
struct MessageModule {
    module: String,
    functions: Vec<Function>,
}

/// A conversion of a block.
#[derive(Clone, Debug, Serialize)]
struct Function {
    name: String,
    doc: String,
    view: String,
    /// What the view is called; unused names start with an underscore.
    view_name: &'static str,
    result: RustType,
    body: Code,
    /// Whether it converts entries of fixed length, of which there may be thousands.
    flat: bool,
    /// Whether it converts a whole message, into a type that is told by its name.
    whole: bool,
    #[serde(skip)]
    module: String,
    #[serde(skip)]
    unused: Vec<Warning>,
}

impl Function {
    fn path(&self) -> FunctionPath {
        FunctionPath {
            module: self.module.clone(),
            name: self.name.clone(),
        }
    }
}

/// Where a conversion is.
struct FunctionPath {
    module: String,
    name: String,
}

/// Who calls a conversion of another module.
#[derive(Clone, Copy)]
enum Caller {
    /// The module around all conversions.
    Parent,
    /// A module beside that of the conversion.
    Sibling,
}

impl FunctionPath {
    /// As the module calls it that it is in.
    fn local(&self) -> TokenStream {
        ident(&self.name).into_token_stream()
    }

    /// As another module calls it.
    fn called_by(&self, caller: Caller) -> TokenStream {
        let (module, name) = (ident(&self.module), ident(&self.name));
        match caller {
            Caller::Parent => quote!(#module::#name),
            Caller::Sibling => quote!(super::#module::#name),
        }
    }
}

#[derive(Debug, Serialize)]
struct Events {
    function: String,
    result: RustType,
}

#[derive(Clone, Debug, Serialize)]
struct ValueConversion {
    name: String,
    from: String,
    to: RustType,
    /// Variant of the SBE enum, expression.
    arms: Vec<(String, Code)>,
}

#[derive(Clone, Debug, Serialize)]
struct SetConversion {
    name: String,
    from: String,
    to: RustType,
    /// Bit and name, in the order of JSON.
    flags: Vec<(u8, String)>,
}

/// A function that looks which message bytes hold.
#[derive(Clone, Debug, Serialize)]
struct Dispatch {
    name: String,
    doc: String,
    result: RustType,
    arms: Vec<Arm>,
    /// How a union keeps an object that it does not know.
    open: Option<Open>,
}

#[derive(Clone, Debug, Serialize)]
struct Open {
    /// The member that distinguishes the objects.
    tag: String,
    variant: Code,
}

#[derive(Clone, Debug, Serialize)]
struct Arm {
    template: u16,
    message: String,
    call: Code,
}

#[derive(Debug, Serialize)]
struct ErrorMessage {
    view: String,
    /// What the header of its data is called; unused names start with an underscore.
    header_name: &'static str,
    data: Vec<Arm>,
}

type Outcome<T> = Result<T, Vec<Diagnostic>>;

struct Engine<'a> {
    input: Input<'a>,
    /// By place in the schema and type.
    functions: IndexMap<(String, Type), Function>,
    enums: IndexMap<(String, String), ValueConversion>,
    sets: IndexMap<(String, String, bool), SetConversion>,
    embedded: IndexMap<Type, Dispatch>,
    /// Whether the conversion that is being made has looked at its view.
    reads: bool,
    used_rules: BTreeSet<usize>,
    /// For each member of an object that a block becomes: type, name on the wire, whether the block always has it.
    presence: Vec<(String, String, bool)>,
    warnings: Vec<Warning>,
    errors: Vec<Diagnostic>,
}

/// Settles how every message that an operation or a type names becomes its type.
pub fn lower(input: Input<'_>) -> Result<(Conversions, Vec<Warning>), Diagnostics> {
    let mut engine = Engine {
        input,
        functions: IndexMap::new(),
        enums: IndexMap::new(),
        sets: IndexMap::new(),
        embedded: IndexMap::new(),
        reads: false,
        used_rules: BTreeSet::new(),
        presence: Vec::new(),
        warnings: Vec::new(),
        errors: Vec::new(),
    };
    let (answers, requests) = engine.operations();
    engine.types();
    let error = engine.error_message();
    let events = engine.events();
    // A rule may seem to fit nothing because what it is for has been refused.
    if engine.errors.is_empty() {
        engine.unused_rules();
    }
    if !engine.errors.is_empty() {
        return Err(Diagnostics(engine.errors));
    }
    let mut messages: Vec<MessageModule> = Vec::new();
    let mut warnings = engine.warnings;
    for function in engine.functions.into_values() {
        warnings.extend(function.unused.iter().cloned());
        match messages.iter_mut().find(|known| known.module == function.module) {
            Some(known) => known.functions.push(function),
            None => messages.push(MessageModule {
                module: function.module.clone(),
                functions: vec![function],
            }),
        }
    }
    messages.sort_by(|a, b| a.module.cmp(&b.module));
    let counts = Counts {
        operations: requests.len(),
        messages: messages.len(),
    };
    let sometimes: BTreeSet<(&str, &str)> = engine
        .presence
        .iter()
        .filter(|(_, _, always)| !always)
        .map(|(ty, member, _)| (ty.as_str(), member.as_str()))
        .collect();
    let always = engine
        .presence
        .iter()
        .filter(|(ty, member, _)| !sometimes.contains(&(ty, member)))
        .map(|(ty, member, _)| (ty.clone(), member.clone()))
        .collect();
    let conversions = Conversions {
        crate_name: names::crate_in_code(&input.product.name),
        module: input.code.name.clone(),
        messages,
        enums: engine.enums.into_values().collect(),
        sets: engine.sets.into_values().collect(),
        embedded: engine.embedded.into_values().collect(),
        answers,
        events,
        error,
        requests,
        counts,
        always,
    };
    warnings.sort();
    warnings.dedup();
    Ok((conversions, warnings))
}

/// Prints conversions into the folder `dir`, such as `src/sbe/models`.
pub fn render(
    conversions: &Conversions,
    renderer: &Renderer<'_>,
    dir: &str,
) -> anyhow::Result<Vec<GeneratedFile>> {
    #[derive(Serialize)]
    struct Context<'c> {
        schema: &'c str,
        message: &'c MessageModule,
    }
    let mut files = vec![
        renderer.rust("sbe_models/mod.rs.j2", conversions, &format!("{dir}/mod.rs"))?,
        renderer.rust(
            "sbe_models/values.rs.j2",
            conversions,
            &format!("{dir}/values.rs"),
        )?,
        renderer.rust(
            "sbe_models/embedded.rs.j2",
            conversions,
            &format!("{dir}/embedded.rs"),
        )?,
        renderer.rust(
            "sbe_models/answers.rs.j2",
            conversions,
            &format!("{dir}/answers.rs"),
        )?,
    ];
    for message in &conversions.messages {
        let context = Context {
            schema: &conversions.module,
            message,
        };
        let path = format!("{dir}/{}.rs", message.module);
        files.push(renderer.rust("sbe_models/message.rs.j2", &context, &path)?);
    }
    Ok(files)
}

impl<'a> Engine<'a> {
    /// The answers of all operations: equal ones share a function.
    fn operations(&mut self) -> (Vec<Dispatch>, BTreeMap<String, String>) {
        let mut answers: Vec<((Type, &[String]), Dispatch)> = Vec::new();
        let mut requests = BTreeMap::new();
        let product = self.input.product;
        for operation in product
            .operations
            .iter()
            .filter(|operation| !operation.sbe.is_empty())
        {
            let request = names::pascal(operation.twin.as_deref().unwrap_or(&operation.id));
            if requests.contains_key(&request) {
                continue;
            }
            let key = (operation.response.clone(), &operation.sbe[..]);
            if let Some((_, known)) = answers.iter().find(|(known, _)| *known == key) {
                requests.insert(request, known.name.clone());
                continue;
            }
            let location = &operation.location;
            let mut messages = Vec::new();
            for name in &operation.sbe {
                match self.input.schema.message(name) {
                    Some(message) => messages.push(message),
                    None => self.errors.push(Diagnostic::at(
                        location,
                        format!(
                            "`{}` is answered by the SBE message `{name}`, which the schema does not have",
                            operation.id
                        ),
                        "correct x-sbe",
                    )),
                }
            }
            let doc = format!("An answer of `{}`, header included.", operation.id);
            match self.dispatch(
                names::snake(&request),
                doc,
                &operation.response,
                &messages,
                &quote!(sbe::models::body),
            ) {
                Ok(dispatch) => {
                    requests.insert(request, dispatch.name.clone());
                    answers.push((key, dispatch));
                }
                Err(errors) => self.fail(errors),
            }
        }
        (
            answers.into_iter().map(|(_, dispatch)| dispatch).collect(),
            requests,
        )
    }

    /// Types that name a message without an operation: events above all.
    fn types(&mut self) {
        let product = self.input.product;
        for (name, def) in &product.types {
            let Some(message) = &def.sbe else { continue };
            if matches!(def.kind, TypeKind::Enum(_)) {
                continue;
            }
            let Some(message) = self.input.schema.message(message) else {
                self.errors.push(Diagnostic::at(
                    &def.location,
                    format!(
                        "`{name}` comes from the SBE message `{message}`, which the schema does not have"
                    ),
                    "correct x-sbe",
                ));
                continue;
            };
            if let Err(errors) = self.whole(message, &Type::Named(name.clone())) {
                self.fail(errors);
            }
        }
    }

    /// The function that makes a type of a whole message, if the message can become one.
    fn whole(&mut self, message: &'a Message, ty: &Type) -> Outcome<FunctionPath> {
        let source = Source::root(&self.input, message)?;
        self.function(source, ty)
    }

    fn error_message(&mut self) -> Option<ErrorMessage> {
        let rules = self.input.rules;
        let name = rules.error.as_ref()?;
        let Some(message) = self
            .input
            .code
            .messages
            .iter()
            .find(|message| message.name == *name)
        else {
            self.errors.push(Diagnostic::new(
                &rules.file.0,
                1,
                format!("the error message `{name}` is not in the schema"),
                "correct `error`",
            ));
            return None;
        };
        let mut data: Vec<Arm> = Vec::new();
        let read = quote!(sbe::models::embedded);
        let product = self.input.product;
        for ty in product
            .operations
            .iter()
            .filter_map(|operation| operation.error_data.as_ref())
        {
            match self.arms(ty, &self.messages_of(ty), Caller::Parent, &read) {
                Ok(arms) => data.extend(arms),
                Err(errors) => self.fail(errors),
            }
        }
        data.sort_by_key(|arm| arm.template);
        data.dedup_by_key(|arm| arm.template);
        Some(ErrorMessage {
            view: message.view.clone(),
            header_name: if data.is_empty() { "_header" } else { "header" },
            data,
        })
    }

    fn events(&mut self) -> Option<Events> {
        let name = self.input.product.user_data_events.as_ref()?;
        let ty = Type::Named(name.clone());
        if self.messages_of(&ty).is_empty() {
            return None;
        }
        match self.embedded(&ty) {
            Ok(function) => Some(Events {
                function,
                result: RustType::from(&ty),
            }),
            Err(errors) => {
                self.fail(errors);
                None
            }
        }
    }

    fn fail(&mut self, errors: Vec<Diagnostic>) {
        for error in errors {
            if !self.errors.contains(&error) {
                self.errors.push(error);
            }
        }
    }

    /// Something about the schema that cannot be.
    fn problem(&self, line: Place, message: impl Into<String>, remedy: impl Into<String>) -> Vec<Diagnostic> {
        vec![Diagnostic::new(&self.input.schema.file.0, line, message, remedy)]
    }
}
