//! User data that is reached by a key or a token → the functions that open it, and what renews its key.

use binance_wire_model::api::{Call, Operation, Type, TypeKind, UserData, UserDataAccess};
use serde::Serialize;

use super::Context;
use super::text::sentence;
use crate::names;

/// A function that opens a stream of user data.
#[derive(Debug, Serialize)]
pub(super) struct UserDataSource {
    pub(super) function: String,
    doc: String,
    /// The type that renews the key or the token.
    keeper: String,
    /// The function of `environments` that has the addresses.
    environments: String,
    /// The type of the events.
    events: String,
    /// The request that starts it, and whether it has anything to be chosen.
    start: String,
    choice: bool,
    /// The answer's key or token, as an `Option`.
    key: String,
    access: Access,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum Access {
    Key {
        keep_alive: String,
        /// The key that keeping it alive answers with, as an `Option`.
        kept: Option<String>,
        close: Option<String>,
        path: String,
        minutes: u32,
    },
    Token {
        /// The end of its life, as an `Option`.
        expires: String,
        subscribe: String,
    },
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
        let start = self.rest_operation(&entry.start)?;
        let what = match &entry.events {
            Type::Named(name) => self
                .product
                .types
                .get(name)
                .and_then(|def| def.description.as_deref()),
            _ => None,
        };
        let (key, suffix, access) = match &entry.access {
            UserDataAccess::ListenKey {
                keep_alive,
                close,
                path,
                minutes,
            } => {
                let keep_alive = self.rest_operation(keep_alive)?;
                let close = match close {
                    Some(id) => Some(request_with_key(self.rest_operation(id)?)),
                    None => None,
                };
                let access = Access::Key {
                    keep_alive: request_with_key(keep_alive),
                    kept: self.member(&keep_alive.response, "listenKey"),
                    close,
                    path: path.clone(),
                    minutes: *minutes,
                };
                (self.member(&start.response, "listenKey")?, "Keys", access)
            }
            UserDataAccess::ListenToken { subscribe } => {
                let access = Access::Token {
                    expires: self.member(&start.response, "expirationTime")?,
                    subscribe: subscribe.clone(),
                };
                (self.member(&start.response, "token")?, "Tokens", access)
            }
        };
        Some(UserDataSource {
            function: names::snake(&entry.name),
            doc: sentence(what.unwrap_or("The account's own events")),
            keeper: format!("{}{suffix}", names::pascal(&entry.name)),
            environments: match &entry.server {
                Some(name) => server_function(name),
                None => "streams".to_owned(),
            },
            events: self.rust_type(&entry.events),
            start: names::type_name(&start.id),
            choice: !start.parameters.is_empty(),
            key,
            access,
        })
    }

    fn rest_operation(&self, id: &str) -> Option<&Operation> {
        self.product
            .operations
            .iter()
            .find(|operation| operation.id == id && matches!(operation.call, Call::Rest { .. }))
    }

    /// A member of `answer` as an `Option`, where the type has it.
    fn member(&self, ty: &Type, member: &str) -> Option<String> {
        let Type::Named(name) = self.product.resolve(ty) else {
            return None;
        };
        let TypeKind::Object(fields) = &self.product.types.get(name)?.kind else {
            return None;
        };
        let field = fields
            .iter()
            .find(|field| field.name == member && !field.nullable)?;
        let name = names::snake(field.plain_name.as_deref().unwrap_or(&field.name));
        Some(match field.required {
            true => format!("Some(answer.{name})"),
            false => format!("answer.{name}"),
        })
    }
}

/// A request that is given `key`, where it takes one.
fn request_with_key(operation: &Operation) -> String {
    let request = format!("crate::requests::{}", names::type_name(&operation.id));
    match operation
        .parameters
        .iter()
        .find(|parameter| parameter.name == "listenKey")
    {
        Some(parameter) if parameter.required => format!("{request}::new(key)"),
        Some(_) => format!("{request}::new().listen_key(key)"),
        None => format!("{request}::new()"),
    }
}
