//! The programs of a product's quickstart: which call, which stream, which environment.

use binance_wire_model::api::{Call, Operation, Security, Server, Stream, Transport, Type, UserData};
use proc_macro2::TokenStream;
use quote::quote;
use serde::Serialize;

use super::addresses::{address_function, module};
use super::example::Uses;
use super::{Context, Crate};
use crate::lower::rust::{Printed, ident};
use crate::names;

/// What the front page of a crate shows, independent of the path by which the crate is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Guide {
    /// Makes a call and handles its errors.
    call: Option<Calling>,
    /// Follows a stream.
    stream: Option<Following>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Calling {
    imports: Vec<Import>,
    client: Client,
    /// The call, answered.
    call: Printed,
    /// Whether the crate names error codes.
    error_names: bool,
    /// Whether an unknown outcome is possible.
    mutation: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Following {
    imports: Vec<Import>,
    /// The client that fetches a key or a token.
    client: Option<Client>,
    /// Whether the connection is opened with a signature.
    credentials: bool,
    /// The statement that connects.
    opens: Printed,
    /// Whether the connection has a handle, which closes it.
    handle: bool,
}

/// A name of the crate; for a module, with names from within it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Import {
    name: String,
    items: Vec<&'static str>,
}

/// How a REST client is made: in which environment, and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Client {
    environment: Option<String>,
    credentials: bool,
    partner: bool,
    body_key: bool,
}

impl Context<'_> {
    pub(super) fn guide(&self, follows: bool) -> Guide {
        Guide {
            call: self.calling(),
            stream: follows.then(|| self.following()).flatten(),
        }
    }

    fn calling(&self) -> Option<Calling> {
        let environment = self.environment(|server| server.transport == Transport::Rest);
        let operation = self.simplest_operation(environment.as_deref())?;
        let client = Client::of(operation.security, environment.as_deref());
        let error_names = !self.product.error_families.is_empty();
        let mut names = vec!["Error".to_owned()];
        let arguments = self.arguments(operation, &mut names)?;
        let method = ident(&names::snake(&operation.id));
        if error_names {
            names.push("error_codes".to_owned());
        }
        Some(Calling {
            imports: imports(names, client.imports()),
            client,
            call: quote!(client.#method(#arguments).send().await).into(),
            error_names,
            mutation: operation.mutation,
        })
    }

    /// What an operation's method takes, where each value can be shown in a line. The names that it uses are added to
    /// `imports`.
    fn arguments(&self, operation: &Operation, imports: &mut Vec<String>) -> Option<TokenStream> {
        let mut required = operation.parameters.iter().filter(|p| p.required);
        let short = required.all(|p| match self.product.resolve(&p.ty) {
            Type::Named(name) => self.is_value_set(name),
            ty => is_literal(ty),
        });
        let mut uses = Uses::default();
        let arguments = short.then(|| self.arguments_example(operation, &mut uses))??;
        imports.extend(uses.paths());
        Some(arguments)
    }

    /// The operation that needs least: no key, no rights, few parameters; a read before anything else, and one that
    /// answers with something.
    fn simplest_operation(&self, environment: Option<&str>) -> Option<&Operation> {
        let operations = self.product.operations.iter();
        let usable = operations.filter(|o| {
            let offered = environment
                .is_none_or(|name| o.environments.is_empty() || o.environments.iter().any(|e| e == name));
            matches!(o.call, Call::Rest { .. })
                && !o.deprecated
                && !o.by_transport
                && offered
                && self.arguments(o, &mut Vec::new()).is_some()
        });
        usable.min_by_key(|o| {
            let required: Vec<&str> = o
                .parameters
                .iter()
                .filter(|p| p.required)
                .map(|p| p.name.as_str())
                .collect();
            let needs = match required.as_slice() {
                ["symbol"] => 0,
                [] => 1,
                more => 1 + more.len(),
            };
            let says_nothing = matches!(self.product.resolve(&o.response), Type::Empty);
            (
                o.draft,
                o.mutation,
                says_nothing,
                key_needed(o.security),
                needs,
                o.parameters.len(),
            )
        })
    }

    fn following(&self) -> Option<Following> {
        match self.simplest_stream() {
            Some(stream) => {
                let environment = self.environment(|server| {
                    server.transport == Transport::WsStreams && !server.sbe && server.name.is_none()
                })?;
                let credentials = self.product.stream_rules.signed_topics;
                let (stream, uses) = self.stream_example(stream)?;
                let mut names = vec!["Environment".to_owned()];
                names.extend(credentials.then(|| "Credentials".to_owned()));
                names.extend(uses.paths());
                let environment = ident(&names::pascal(&environment));
                let signed = credentials.then(|| quote!(, credentials));
                Some(Following {
                    imports: imports(names, vec![stream_items()]),
                    client: None,
                    credentials,
                    opens: quote! {
                        let (client, mut messages) = streams::builder(Environment::#environment #signed)
                            .streams([#stream])
                            .connect()
                            .await?;
                    }
                    .into(),
                    handle: true,
                })
            }
            None => self
                .product
                .user_data
                .iter()
                .find_map(|source| self.following_account(source)),
        }
    }

    /// The events of the account, by a key or token that a REST client fetches.
    fn following_account(&self, source: &UserData) -> Option<Following> {
        let environment = self.environment(|server| {
            server.transport == Transport::WsStreams && !server.sbe && server.name == source.server
        })?;
        let start = self
            .product
            .operations
            .iter()
            .find(|o| o.id == source.start && matches!(o.call, Call::Rest { .. }))?;
        let client = Client::of(Security::UserData, Some(&environment));
        let mut names = Vec::new();
        let request = match start.parameters.is_empty() {
            true => None,
            false => {
                names.push("requests".to_owned());
                let request = ident(&names::type_name(&start.id));
                let arguments = self.arguments(start, &mut names)?;
                Some(quote!(, requests::#request::new(#arguments)))
            }
        };
        let mut modules = client.imports();
        modules.push(stream_items());
        let (function, environment) = (
            ident(&names::snake(&source.name)),
            ident(&names::pascal(&environment)),
        );
        Some(Following {
            imports: imports(names, modules),
            client: Some(client),
            credentials: false,
            opens: quote! {
                let mut messages = streams::#function(Environment::#environment, &client #request)
                    .connect()
                    .await?;
            }
            .into(),
            handle: false,
        })
    }

    /// A stream that takes a symbol at most, or else the first that is not deprecated.
    pub(super) fn simplest_stream(&self) -> Option<&Stream> {
        let usable = self.product.streams.iter().filter(|stream| !stream.deprecated);
        usable.min_by_key(|stream| {
            let other = stream.parameters.iter().filter(|p| p.name != "symbol").count();
            (other, stream.parameters.is_empty())
        })
    }

    /// The environment for a first try among those of some servers: one without real money where there is one.
    pub(super) fn environment(&self, servers: impl Fn(&Server) -> bool) -> Option<String> {
        let servers = self
            .product
            .servers
            .iter()
            .filter(|server| servers(server) && address_function(server).is_some());
        let first = servers.min_by_key(|server| match server.environment.as_str() {
            "testnet" => 0,
            "demo" => 1,
            "production" => 2,
            _ => 3,
        });
        first.map(|server| server.environment.clone())
    }
}

impl Crate {
    /// The programs of the crate's quickstart.
    pub(crate) fn guide(&self) -> &Guide {
        &self.guide
    }
}

impl Client {
    /// The client with what a security type asks for.
    fn of(security: Security, environment: Option<&str>) -> Self {
        let mut client = Self {
            environment: environment.map(names::pascal),
            ..Self::default()
        };
        match security {
            Security::None => {}
            Security::Partner => client.partner = true,
            Security::Kyc => client.body_key = true,
            _ => client.credentials = true,
        }
        client
    }

    /// What the statements that make it name.
    fn imports(&self) -> Vec<Import> {
        let mut of_rest = Vec::new();
        if self.partner {
            of_rest.extend(["PartnerCredentials", "RsaKey"]);
        }
        if self.body_key {
            of_rest.push("HmacKey");
        }
        let mut imports = vec![Import {
            name: module(Transport::Rest).to_owned(),
            items: of_rest,
        }];
        imports.extend(self.environment.is_some().then(|| name("Environment")));
        imports.extend(self.credentials.then(|| name("Credentials")));
        imports
    }
}

/// Whether a value of a type is written as a literal.
fn is_literal(ty: &Type) -> bool {
    match ty {
        Type::Text
        | Type::Constant(_)
        | Type::Boolean { .. }
        | Type::Integer { .. }
        | Type::Decimal { .. } => true,
        Type::Array(element) => is_literal(element),
        _ => false,
    }
}

/// How much a caller must have for a security type.
fn key_needed(security: Security) -> u8 {
    match security {
        Security::None => 0,
        Security::MarketData => 1,
        Security::UserStream | Security::UserData | Security::Partner | Security::Kyc => 2,
        Security::Trade | Security::Margin | Security::PredictionTrade => 3,
    }
}

fn name(name: &str) -> Import {
    Import {
        name: name.to_owned(),
        items: Vec::new(),
    }
}

/// What a loop over the messages of a connection names.
fn stream_items() -> Import {
    Import {
        name: module(Transport::WsStreams).to_owned(),
        items: vec!["StreamItem"],
    }
}

/// Everything that a program imports from the crate, in order.
fn imports(names: Vec<String>, others: Vec<Import>) -> Vec<Import> {
    let mut imports: Vec<Import> = names.iter().map(|import| name(import)).chain(others).collect();
    imports.sort();
    imports.dedup();
    imports
}
