//! User data that is reached by a key or a token → the functions that open it, and what renews its key.

use binance_wire_model::api::{Call, Field, Operation, Transport, Type, UserData, UserDataAccess};
use proc_macro2::TokenStream;
use quote::quote;
use serde::Serialize;

use super::Context;
use super::addresses::module;
use super::lookup::{field_name, members};
use super::text::sentence;
use crate::lower::rust::{Code, RustType, ident};
use crate::names;

/// A function that opens a stream of user data.
#[derive(Debug, Serialize)]
pub(super) struct UserDataSource {
    pub(super) function: String,
    doc: String,
    /// Whether a function of the same name opens it with snapshots.
    has_snapshots: bool,
    /// The type that renews the key or the token.
    keeper: String,
    /// The function of `environments` that has the addresses.
    environments: String,
    /// The type of the events.
    events: RustType,
    /// The request that starts it, and whether it has anything to be chosen.
    start: String,
    choice: bool,
    /// One of them is there.
    listen_key: Option<ListenKey>,
    listen_token: Option<ListenToken>,
}

#[derive(Debug, Serialize)]
struct ListenKey {
    /// The key in the answer, as an `Option`.
    key: Code,
    keep_alive: WithKey,
    /// The key that keeping it alive answers with, as an `Option`.
    kept: Option<Code>,
    close: Option<WithKey>,
    path: String,
    minutes: u32,
}

#[derive(Debug, Serialize)]
struct ListenToken {
    /// The token in the answer, as an `Option`.
    token: Code,
    /// The end of its life, as an `Option`.
    expires: Code,
    subscribe: String,
}

/// A request about a key.
#[derive(Debug, Serialize)]
struct WithKey {
    request: Code,
    /// What the key is called among the arguments of the function that makes the request.
    argument: &'static str,
}

/// The function of `environments` for the server of a name.
pub(super) fn server_function(name: &str) -> String {
    format!("{}_streams", names::snake(name))
}

impl Context<'_> {
    pub(super) fn user_data_sources(&self) -> Vec<UserDataSource> {
        let product = self.product;
        product
            .user_data
            .iter()
            .filter_map(|entry| self.user_data_source(entry))
            .collect()
    }

    fn user_data_source(&self, entry: &UserData) -> Option<UserDataSource> {
        let product = self.product;
        let start = self.rest_operation(&entry.start)?;
        let what = match &entry.events {
            Type::Named(name) => self
                .product
                .types
                .get(name)
                .and_then(|def| def.description.as_deref()),
            _ => None,
        };
        let (mut listen_key, mut listen_token) = (None, None);
        let suffix = match &entry.access {
            UserDataAccess::ListenKey {
                keep_alive,
                close,
                path,
                minutes,
            } => {
                let keep_alive = self.rest_operation(keep_alive)?;
                let close = match close {
                    Some(id) => Some(with_key(self.rest_operation(id)?)),
                    None => None,
                };
                listen_key = Some(ListenKey {
                    key: self.member(&start.response, "listenKey")?,
                    keep_alive: with_key(keep_alive),
                    kept: self.member(&keep_alive.response, "listenKey"),
                    close,
                    path: path.clone(),
                    minutes: *minutes,
                });
                "Keys"
            }
            UserDataAccess::ListenToken { subscribe } => {
                listen_token = Some(ListenToken {
                    token: self.member(&start.response, "token")?,
                    expires: self.member(&start.response, "expirationTime")?,
                    subscribe: subscribe.clone(),
                });
                "Tokens"
            }
        };
        Some(UserDataSource {
            function: names::snake(&entry.name),
            has_snapshots: product
                .snapshot
                .as_ref()
                .is_some_and(|snapshot| snapshot.of.as_ref().is_none_or(|of| *of == entry.name)),
            doc: sentence(what.unwrap_or("The account's own events")),
            keeper: format!("{}{suffix}", names::pascal(&entry.name)),
            environments: match &entry.server {
                Some(name) => server_function(name),
                None => module(Transport::WsStreams).to_owned(),
            },
            events: RustType::from(&entry.events),
            start: names::type_name(&start.id),
            choice: !start.parameters.is_empty(),
            listen_key,
            listen_token,
        })
    }

    pub(super) fn rest_operation(&self, id: &str) -> Option<&Operation> {
        self.product
            .operations
            .iter()
            .find(|operation| operation.id == id && matches!(operation.call, Call::Rest { .. }))
    }

    /// A member of an object that is never null.
    pub(super) fn field_of(&self, ty: &Type, wire: &str) -> Option<&Field> {
        let mut fields = members(self.product, ty)?.iter();
        fields.find(|field| field.name == wire && !field.nullable)
    }

    /// A member of `answer` as an `Option`, where the type has it.
    fn member(&self, ty: &Type, member: &str) -> Option<Code> {
        let field = self.field_of(ty, member)?;
        let name = ident(&field_name(field));
        let value = match field.required {
            true => quote!(Some(answer.#name)),
            false => quote!(answer.#name),
        };
        Some(value.into())
    }
}

/// A request that takes `key`, where it has a parameter for it.
fn with_key(operation: &Operation) -> WithKey {
    let name = ident(&names::type_name(&operation.id));
    let mut parameters = operation.parameters.iter();
    let parameter = parameters.find(|parameter| parameter.name == "listenKey");
    let setting: TokenStream = match parameter {
        Some(parameter) if parameter.required => quote!(new(key)),
        Some(_) => quote!(new().listen_key(key)),
        None => quote!(new()),
    };
    WithKey {
        request: quote!(crate::requests::#name::#setting).into(),
        argument: parameter.map_or("_key", |_| "key"),
    }
}
