//! The programs of a product's quickstart: which call, which stream, which environment.

use binance_wire_model::api::{
    Call, Operation, Security, Server, Stream, Transport, Type, TypeKind, UserData,
};
use serde::Serialize;

use super::addresses::address_function;
use super::streams::Streams;
use super::types::value_name;
use super::{Context, Crate};
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
    /// What follows `use path::`.
    imports: String,
    /// The statements that make `client`.
    client: Vec<String>,
    /// The request, up to `send`.
    call: String,
    /// Whether the crate names error codes.
    error_names: bool,
    /// Whether an unknown outcome is possible.
    mutation: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Following {
    imports: String,
    /// The statements before the connection.
    client: Vec<String>,
    /// What `connect` returns.
    opened: &'static str,
    /// The expression that makes the settings of the connection, by lines.
    settings: Vec<String>,
    /// What closes the connection, where a handle does.
    close: Option<&'static str>,
}

/// How a client is made: its statements, and the names that they need.
struct Client {
    statements: Vec<String>,
    /// Names of the crate.
    names: Vec<&'static str>,
    /// Names of the crate's `rest`, the module itself aside.
    of_rest: Vec<&'static str>,
}

impl Context<'_> {
    pub(super) fn guide(&self, streams: Option<&Streams>) -> Guide {
        Guide {
            call: self.calling(),
            stream: streams.and_then(|streams| self.following(streams)),
        }
    }

    fn calling(&self) -> Option<Calling> {
        let environment = self.environment(|server| server.transport == Transport::Rest);
        let operation = self.simplest_operation(environment.as_deref())?;
        let client = rest_client(operation.security, environment.as_deref());
        let error_names = !self.product.error_families.is_empty();
        let mut imports = client.names();
        let arguments = self.arguments(operation, &mut imports)?;
        imports.push("Error".to_owned());
        if error_names {
            imports.push("error_codes".to_owned());
        }
        imports.push(module("rest", &client.of_rest));
        Some(Calling {
            imports: use_list(imports),
            client: client.statements,
            call: format!("{}({arguments})", names::snake(&operation.id)),
            error_names,
            mutation: operation.mutation,
        })
    }

    /// The arguments that an operation must have, where each can be shown in a line. The types that they name are added
    /// to `imports`.
    fn arguments(&self, operation: &Operation, imports: &mut Vec<String>) -> Option<String> {
        let required = operation.parameters.iter().filter(|p| p.required);
        let values = required.map(|p| match self.product.resolve(&p.ty) {
            Type::Named(name) => {
                let Some(TypeKind::Enum(values)) = self.product.types.get(name).map(|def| &def.kind) else {
                    return None;
                };
                imports.push(name.clone());
                Some(format!("{name}::{}", value_name(values.first()?)))
            }
            ty => is_literal(ty).then(|| self.example(&p.name, &p.ty, p.minimum.as_deref())),
        });
        let values: Option<Vec<String>> = values.collect();
        values.map(|values| values.join(", "))
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

    fn following(&self, streams: &Streams) -> Option<Following> {
        match self.simplest_stream() {
            Some((index, _)) => {
                let environment = self.environment(|server| {
                    server.transport == Transport::WsStreams && !server.sbe && server.name.is_none()
                })?;
                let name = streams.example(index)?;
                let signed = self.product.stream_rules.signed_topics;
                let mut imports = vec!["Environment".to_owned(), module("streams", &["StreamItem"])];
                let mut client = Vec::new();
                let mut arguments = format!("Environment::{}", names::pascal(&environment));
                if signed {
                    imports.push("Credentials".to_owned());
                    client.push(CREDENTIALS.to_owned());
                    arguments += ", credentials";
                }
                Some(Following {
                    imports: use_list(imports),
                    client,
                    opened: "(client, mut messages)",
                    settings: vec![
                        format!("streams::builder({arguments})"),
                        format!(".streams([streams::{name}])"),
                    ],
                    close: Some("client"),
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
        let client = rest_client(Security::UserData, Some(&environment));
        let mut imports = client.names();
        imports.push(module("rest", &client.of_rest));
        imports.push(module("streams", &["StreamItem"]));
        let mut arguments = format!("Environment::{}, &client", names::pascal(&environment));
        if !start.parameters.is_empty() {
            imports.push("requests".to_owned());
            arguments += &format!(
                ", requests::{}::new({})",
                names::type_name(&start.id),
                self.arguments(start, &mut imports)?
            );
        }
        Some(Following {
            imports: use_list(imports),
            client: client.statements,
            opened: "mut messages",
            settings: vec![format!("streams::{}({arguments})", names::snake(&source.name))],
            close: None,
        })
    }

    /// The place of a stream that takes a symbol at most, or else of the first that is not deprecated.
    fn simplest_stream(&self) -> Option<(usize, &Stream)> {
        let usable = self
            .product
            .streams
            .iter()
            .enumerate()
            .filter(|(_, stream)| !stream.deprecated);
        usable.min_by_key(|(_, stream)| {
            let other = stream.parameters.iter().filter(|p| p.name != "symbol").count();
            (other, stream.parameters.is_empty())
        })
    }

    /// The environment for a first try among those of some servers: one without real money where there is one.
    fn environment(&self, servers: impl Fn(&Server) -> bool) -> Option<String> {
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

const CREDENTIALS: &str =
    "let credentials = Credentials::hmac(std::env::var(\"API_KEY\")?, std::env::var(\"API_SECRET\")?)?;";

impl Crate {
    /// The programs of the crate's quickstart.
    pub(crate) fn guide(&self) -> &Guide {
        &self.guide
    }
}

impl Client {
    fn names(&self) -> Vec<String> {
        self.names.iter().map(|&name| name.to_owned()).collect()
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

/// Makes a client with what a security type asks for.
fn rest_client(security: Security, environment: Option<&str>) -> Client {
    let (mut statements, mut names, of_rest, setting) = match security {
        Security::None => (vec![], vec![], vec![], ""),
        Security::Partner => (
            vec![
                "let key = RsaKey::from_pem(std::fs::read(\"partner.pem\")?)?;".to_owned(),
                "let partner = PartnerCredentials::new(std::env::var(\"CLIENT_ID\")?, std::env::var(\"ACCESS_TOKEN\")?, key)?;"
                    .to_owned(),
            ],
            vec![],
            vec!["PartnerCredentials", "RsaKey"],
            ".partner(partner)",
        ),
        Security::Kyc => (
            vec!["let key = HmacKey::new(std::env::var(\"API_SECRET\")?)?;".to_owned()],
            vec![],
            vec!["HmacKey"],
            ".body_key(key)",
        ),
        _ => (
            vec![CREDENTIALS.to_owned()],
            vec!["Credentials"],
            vec![],
            ".credentials(credentials)",
        ),
    };
    let made = match environment {
        Some(environment) => {
            names.push("Environment");
            format!("builder(Environment::{})", names::pascal(environment))
        }
        None => "builder_at([\"https://api.example.com\"])".to_owned(),
    };
    statements.push(format!("let client = rest::Client::{made}{setting}.build()?;"));
    Client {
        statements,
        names,
        of_rest,
    }
}

/// A module in a `use` list, with names from within it.
fn module(name: &str, items: &[&str]) -> String {
    match items {
        [] => name.to_owned(),
        items => format!("{name}::{{self, {}}}", items.join(", ")),
    }
}

/// What follows `use path::`.
fn use_list(mut names: Vec<String>) -> String {
    names.sort();
    names.dedup();
    match names.as_slice() {
        [only] => only.clone(),
        names => format!("{{{}}}", names.join(", ")),
    }
}
