//! A product's operations, streams and whatever else is not a type, as nodes.

use std::borrow::Cow;

use binance_wire_codegen::lower::api::{
    Crate, Options, error_constants, event_variant, lower, parameter_name, rule_text,
};
use binance_wire_codegen::names;
use binance_wire_model::api::{
    Call, ErrorFamily, Operation, Parameter, Product, RequestBody, Stream, Type, UserData, UserDataAccess,
};
use binance_wire_model::retired::Retired;
use binance_wire_model::rules::Pattern;
use binance_wire_model::rules::Rule;
use binance_wire_model::server::{Offer, SignedBy, Webhooks};
use binance_wire_surface::rust_item::{RustItem, RustItemKind};

use super::finding::Affected;
use super::hosts::{addresses, entrances, environments};
use super::kind::{Aspect, Class, Role, Transport};
use super::node::Node;
use super::state;
use super::text;
use super::types::{self, Uses, type_fact};

/// What the other side may be, which decides what of this one can be held against it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Specs, as this one: what they do not say is the default.
    Specs,
    /// A published document, in which weights need not stand: those that nobody wrote are none.
    Document,
}

/// A product without its SBE and FIX.
pub(super) fn product(product: &Product, beside: Beside) -> Node {
    let product = &*in_rust(product);
    let krate = names::crate_in_code(&product.name);
    // Names are exact where the product can be lowered; upstream's own files at times cannot.
    let lowered = lower(product, &Options::default())
        .ok()
        .map(|(lowered, ..)| lowered);
    let mut node = Node::new(Class::Product, product.name.clone());
    node.flag(Aspect::TimeUnits, product.any_time_unit);
    let rules = &product.stream_rules;
    let streams = rules.max_streams.unwrap_or(1024);
    node.fact(Aspect::MaxStreams, streams.to_string())
        .ranked("", vec![-f64::from(streams)]);
    let rate = rules.messages_per_second.unwrap_or(5);
    node.fact(Aspect::MessageRate, rate.to_string())
        .ranked("", vec![-f64::from(rate)]);
    node.flag(Aspect::Topics, rules.signed_topics);
    let families: Vec<&str> = product
        .error_codes
        .iter()
        .map(|family| family.name.as_str())
        .collect();
    let given = f64::from(u8::from(!families.is_empty()));
    node.fact(Aspect::ErrorData, families.join(", "))
        .ranked("", vec![given]);
    // Published documents have none.
    if beside == Beside::Specs {
        state::rate_limits(product.rate_limits.as_ref(), &mut node);
    }
    let entrances = entrances(product, &krate);
    node.items = entrances.iter().map(|(_, item)| item.clone()).collect();
    for (name, path) in &rules.routes {
        let mut route = Node::new(Class::Route, name.clone());
        route.fact(Aspect::Path, path.clone());
        route.transport = Some(Transport::WsStreams);
        node.children.push(route);
    }
    node.children.extend(environments(product));
    // Code does not name addresses: whoever opens a connection of that kind is concerned.
    for child in &mut node.children {
        let leading = entrances.iter().filter(|(to, _)| child.transport == Some(*to));
        child.items = leading.map(|(_, item)| item.clone()).collect();
    }
    node.children.extend(addresses(product, &krate));
    let snapshot = product.snapshot.iter().filter(|_| beside == Beside::Specs);
    node.children
        .extend(snapshot.map(|snapshot| state::snapshot(product, snapshot, &krate)));
    let mut uses = Uses::default();
    let builder = Builder {
        product,
        krate: &krate,
        lowered: lowered.as_ref(),
        beside,
    };
    for operation in &product.operations {
        node.children.push(builder.operation(operation, &mut uses));
    }
    for stream in &product.streams {
        node.children.push(builder.stream(stream, &mut uses));
    }
    for entry in &product.user_data {
        node.children.push(builder.user_data(entry, &mut uses));
    }
    if let Some(events) = &product.user_data_events {
        let call = affected(Transport::WsApi, "user data events", events);
        builder.note_named(events, &call, &mut uses);
        let mut child = Node::new(Class::UserData, "ws-api userData");
        "userData (WebSocket API)".clone_into(&mut child.shown);
        // The document of the streams is what says it.
        child.transport = Some(Transport::WsStreams);
        child.role = Role::Received;
        child.affected = vec![call];
        child.items = vec![builder.item(RustItemKind::Method {
            owner: "ws_api::Client".to_owned(),
            name: "user_data".to_owned(),
        })];
        child.fact(Aspect::Event, events.clone());
        node.children.push(child);
    }
    for event in &product.connection_events {
        let call = affected(Transport::WsStreams, "connection events", event);
        builder.note_named(event, &call, &mut uses);
        let mut child = Node::new(Class::ConnectionEvent, event.clone());
        child.transport = Some(Transport::WsStreams);
        child.role = Role::Received;
        child.affected = vec![call];
        child.items = vec![builder.item(RustItemKind::Variant {
            owner: "streams::MarketEvent".to_owned(),
            name: event_variant(event),
        })];
        node.children.push(child);
    }
    if let Some(offer) = &product.offer {
        node.fact(Aspect::Envelope, text::server_rules(offer));
        node.children.extend(builder.offer(offer, &mut uses));
    }
    if let Some(webhooks) = &product.webhooks {
        node.children.push(builder.webhooks(webhooks, &mut uses));
    }
    node.children
        .extend(types::types(product, &krate, lowered.as_ref(), &uses));
    node
}

/// A product with its types under their Rust names. Of two that have one name, lowering makes an error.
pub(super) fn in_rust(product: &Product) -> Cow<'_, Product> {
    names::rust_types(product).unwrap_or(Cow::Borrowed(product))
}

/// An operation by itself.
pub(super) fn operation(product: &Product, operation: &Operation) -> Node {
    let krate = names::crate_in_code(&product.name);
    let builder = Builder {
        product,
        krate: &krate,
        lowered: None,
        beside: Beside::Document,
    };
    builder.operation(operation, &mut Uses::default())
}

/// What all products share: error codes by family, and endpoints that are gone.
pub(super) fn shared(products: &[&Product], families: &[ErrorFamily], retired: &[Retired]) -> Node {
    let mut node = Node::new(Class::Product, "shared");
    for family in families {
        let users: Vec<&&Product> = products
            .iter()
            .filter(|product| product.error_codes.iter().any(|other| other.name == family.name))
            .collect();
        let mut child = Node::new(Class::ErrorFamily, family.name.clone());
        child.location = family.location.clone();
        let constants = error_constants(family);
        for code in &family.codes {
            let mut leaf = Node::new(Class::ErrorCode, code.code.to_string());
            leaf.location = code.location.clone();
            let called: Vec<&str> = constants
                .iter()
                .filter(|(number, _)| *number == code.code)
                .map(|(_, name)| name.as_str())
                .collect();
            leaf.code = called.join(", ");
            // What code names has another number.
            leaf.also = vec![leaf.code.clone()];
            leaf.fact(Aspect::Text, code.text.clone().unwrap_or_default());
            leaf.fact(Aspect::Encoding, code.spelling.clone().unwrap_or_default());
            for constant in called {
                let item = |krate: String, module: String| RustItem {
                    krate,
                    kind: RustItemKind::Constant {
                        module,
                        name: constant.to_owned(),
                    },
                };
                let module = format!("error_codes::{}", names::snake(&family.name));
                leaf.items.push(item(names::crate_in_code("shared"), module));
                leaf.items.extend(
                    users
                        .iter()
                        .map(|user| item(names::crate_in_code(&user.name), "error_codes".to_owned())),
                );
            }
            child.children.push(leaf);
        }
        node.children.push(child);
    }
    for gone in retired {
        let mut child = Node::new(Class::Retired, gone.key());
        child.location = gone.location.clone();
        let reported = [
            gone.date.as_ref().map(|date| format!("since {date}")),
            gone.replacement
                .as_ref()
                .map(|other| format!("call {other} instead")),
        ];
        let reported: Vec<String> = reported.into_iter().flatten().collect();
        child.fact(Aspect::Replacement, reported.join(", "));
        child.affected.push(affected(Transport::Rest, &gone.key(), ""));
        node.children.push(child);
    }
    node
}

fn affected(transport: Transport, call: &str, id: &str) -> Affected {
    Affected {
        transport,
        call: call.to_owned(),
        id: id.to_owned(),
    }
}

struct Builder<'b> {
    product: &'b Product,
    krate: &'b str,
    lowered: Option<&'b Crate>,
    beside: Beside,
}

impl<'b> Builder<'b> {
    fn item(&self, kind: RustItemKind) -> RustItem {
        RustItem {
            krate: self.krate.to_owned(),
            kind,
        }
    }

    fn note_named(&self, name: &str, call: &Affected, uses: &mut Uses<'b>) {
        if let Some((name, _)) = self.product.types.get_key_value(name) {
            uses.note_name(self.product, name, Role::Received, call);
        }
    }

    fn operation(&self, operation: &'b Operation, uses: &mut Uses<'b>) -> Node {
        let (transport, key, client) = match &operation.call {
            Call::Rest { method, path } => (Transport::Rest, format!("{method} {path}"), "rest::Client"),
            Call::WsApi { method } => (Transport::WsApi, method.clone(), "ws_api::Client"),
        };
        let call = affected(transport, &key, &operation.id);
        let mut node = Node::new(Class::Operation, format!("{transport} {key}"));
        node.shown = key;
        node.transport = Some(transport);
        node.code = names::snake(&operation.id);
        // One path under two methods is common; one identifier is one operation.
        node.also = vec![format!("{transport} {}", operation.id)];
        node.location = operation.location.clone();
        node.common = Some(operation.twin.clone().unwrap_or_else(|| operation.id.clone()));
        node.affected = vec![call.clone()];
        node.role = Role::Received;
        let request = names::type_name(operation.twin.as_deref().unwrap_or(&operation.id));
        let owner = format!("requests::{request}");
        node.by_name = self
            .lowered
            .is_some_and(|lowered| lowered.request_by_name(&request));
        let method = self.item(RustItemKind::Method {
            owner: client.to_owned(),
            name: node.code.clone(),
        });
        node.items = vec![self.item(RustItemKind::Type { path: owner.clone() })];
        node.makers = vec![self.item(RustItemKind::Constructor { owner: owner.clone() })];
        if !operation.by_transport {
            node.makers.push(method.clone());
            node.items.push(method);
        }
        self.rules(operation, &mut node);
        type_fact(&mut node, Aspect::Response, &operation.response);
        node.fact(
            Aspect::ErrorData,
            operation.error_data.as_ref().map(text::wire).unwrap_or_default(),
        );
        uses.note(
            self.product,
            &operation.response,
            Role::Received,
            &call,
            "response",
        );
        if let Some(data) = &operation.error_data {
            uses.note(self.product, data, Role::Received, &call, "error");
        }
        for parameter in &operation.parameters {
            uses.note(self.product, &parameter.ty, Role::Sent, &call, &parameter.name);
            let mut child = self.parameter(Class::Parameter, parameter);
            child.transport = Some(transport);
            child.location = operation.location.clone();
            let name = child.code.clone();
            child.items.push(self.item(RustItemKind::Field {
                owner: owner.clone(),
                name: name.clone(),
            }));
            if parameter.required {
                child
                    .items
                    .push(self.item(RustItemKind::Constructor { owner: owner.clone() }));
                if !operation.by_transport {
                    child.items.push(self.item(RustItemKind::Method {
                        owner: client.to_owned(),
                        name: node.code.clone(),
                    }));
                }
            } else {
                child.items.push(self.item(RustItemKind::Setter {
                    owner: owner.clone(),
                    name,
                }));
            }
            node.children.push(child);
        }
        if self.beside == Beside::Specs {
            for mut child in self.rules_and_constructors(operation, &owner) {
                child.transport = Some(transport);
                child.affected = vec![call.clone()];
                node.children.push(child);
            }
        }
        node
    }

    /// The rules of requests, and the functions that make some. Published documents have none.
    fn rules_and_constructors(&self, operation: &Operation, owner: &str) -> Vec<Node> {
        let rule = |key: String, rule: &Rule| {
            let mut node = Node::new(Class::Rule, key);
            node.role = Role::Sent;
            node.location = rule.location.clone();
            node.fact(
                Aspect::Code,
                rule.code.map(|code| code.to_string()).unwrap_or_default(),
            );
            node
        };
        let mut nodes: Vec<Node> = operation
            .rules
            .iter()
            .map(|each| rule(rule_text(each), each))
            .collect();
        for parameter in &operation.parameters {
            let rules = self.product.object_rules(&parameter.ty);
            nodes.extend(rules.iter().map(|each| {
                let text = rule_text(each);
                rule(format!("Of each of `{}`: {text}", parameter.name), each)
            }));
        }
        for constructor in &operation.constructors {
            let mut node = Node::new(Class::NamedConstructor, constructor.name.clone());
            node.role = Role::Sent;
            node.location = constructor.location.clone();
            node.code = names::snake(&constructor.name);
            node.items.push(self.item(RustItemKind::Method {
                owner: owner.to_owned(),
                name: node.code.clone(),
            }));
            node.fact(Aspect::Arguments, constructor.takes.join(", "));
            let fixed = constructor
                .set
                .iter()
                .map(|(name, value)| format!("{name} {value}"));
            node.fact(Aspect::Fixed, fixed.collect::<Vec<_>>().join(", "));
            node.documentation(&[Some(&constructor.description)]);
            nodes.push(node);
        }
        nodes
    }

    /// What holds for an operation apart from its parameters and its answer.
    fn rules(&self, operation: &Operation, node: &mut Node) {
        node.documentation(&[
            Some(&operation.summary),
            operation.description.as_deref(),
            operation.docs.as_deref(),
            Some(&operation.tag),
        ]);
        let (security, rank) = (operation.security.name(), text::rank(operation.security));
        let fact = node.fact(Aspect::Security, security);
        if let Some(rank) = rank {
            fact.ranked("", vec![rank]);
        }
        node.flag(Aspect::Signed, operation.signed);
        node.flag(Aspect::Mutation, operation.mutation);
        if operation.weight_documented || self.beside == Beside::Specs {
            let (weight, shape, values) = text::weight(&operation.weight);
            node.fact(Aspect::Weight, weight).ranked(shape, values);
            let success = operation.weight_on_success.map(|weight| weight.to_string());
            node.fact(Aspect::SuccessWeight, success.unwrap_or_default());
            node.fact(Aspect::Counter, text::counter(operation.limit));
            node.fact(Aspect::UidWeight, operation.uid_weight.to_string())
                .ranked("", vec![f64::from(operation.uid_weight)]);
        }
        node.fact(Aspect::RequestLimits, text::limits(&operation.request_limits));
        node.fact(Aspect::UnfilledOrders, operation.unfilled_orders.to_string())
            .ranked("", vec![f64::from(operation.unfilled_orders)]);
        node.fact(Aspect::Identity, text::identity(&operation.identity));
        node.fact(Aspect::Paging, text::paging(&operation.paging));
        node.fact(Aspect::DataSource, operation.data_source.join(" → "));
        node.fact(Aspect::Environments, operation.environments.join(", "));
        node.flag(Aspect::Deprecated, operation.deprecated);
        node.flag(Aspect::Draft, operation.draft);
        node.flag(Aspect::ByTransport, operation.by_transport);
        // That there is a day at all is what makes it more or less; another day is neither.
        let sunset = operation.sunset.clone().unwrap_or_default();
        let set = f64::from(u8::from(!sunset.is_empty()));
        node.fact(Aspect::Sunset, sunset).ranked("", vec![set]);
        node.fact(
            Aspect::Body,
            match operation.body {
                RequestBody::None => "query",
                RequestBody::Form => "form",
                RequestBody::Json => "JSON body",
            },
        );
        node.flag(Aspect::Brackets, operation.raw_brackets);
        node.fact(Aspect::Envelope, text::envelope(operation.envelope.as_ref()));
        let timeout = operation.timeout.map(|seconds| format!("{seconds} s"));
        node.fact(Aspect::Timeout, timeout.unwrap_or_default());
        node.fact(Aspect::Sbe, operation.sbe.join(", "));
        node.fact(Aspect::Twin, operation.twin.clone().unwrap_or_default());
    }

    fn parameter(&self, class: Class, parameter: &Parameter) -> Node {
        let mut node = Node::new(class, parameter.name.clone());
        node.code = parameter_name(&parameter.name);
        node.also = vec![node.code.clone()];
        node.role = Role::Sent;
        node.demanded = parameter.required;
        // A stream's function takes all of its placeholders.
        node.argument = parameter.required || class == Class::Placeholder;
        let resolved = self.product.resolve(&parameter.ty);
        type_fact(&mut node, Aspect::Type, resolved);
        node.flag(Aspect::Required, parameter.required);
        node.fact(Aspect::Default, parameter.default.clone().unwrap_or_default());
        node.flag(Aspect::LowerCase, parameter.lower_case);
        node.documentation(&[parameter.description.as_deref()]);
        if class == Class::Placeholder {
            return node;
        }
        let place = match (parameter.in_path, parameter.in_header) {
            (true, _) => "path",
            (_, true) => "header",
            _ => "query or body",
        };
        node.fact(Aspect::Place, place);
        let minimum = text::number(parameter.minimum.as_deref(), f64::NEG_INFINITY);
        rank(&mut node, Aspect::Minimum, parameter.minimum.clone(), minimum);
        let maximum = text::number(parameter.maximum.as_deref(), f64::INFINITY).map(|most| -most);
        rank(&mut node, Aspect::Maximum, parameter.maximum.clone(), maximum);
        text_form(&mut node, parameter.pattern.as_ref());
        let items = parameter.max_items.map(|items| items.to_string());
        let most = text::number(items.as_deref(), f64::INFINITY).map(|most| -most);
        rank(&mut node, Aspect::MaxItems, items, most);
        node.flag(Aspect::Deprecated, parameter.deprecated);
        node
    }

    fn stream(&self, stream: &'b Stream, uses: &mut Uses<'b>) -> Node {
        let mut node = Node::new(Class::Stream, stream.pattern.to_string());
        let call = affected(Transport::WsStreams, stream.pattern.as_str(), &stream.id);
        node.transport = Some(Transport::WsStreams);
        node.code = names::snake(&stream.id);
        node.also = vec![stream.id.clone()];
        node.location = stream.location.clone();
        node.role = Role::Received;
        node.affected = vec![call.clone()];
        node.items = vec![self.item(RustItemKind::Function {
            module: "streams".to_owned(),
            name: node.code.clone(),
        })];
        node.documentation(&[
            Some(&stream.summary),
            stream.description.as_deref(),
            stream.docs.as_deref(),
            Some(&stream.tag),
        ]);
        node.fact(
            Aspect::UpdateSpeed,
            stream.update_speed.clone().unwrap_or_default(),
        );
        node.fact(Aspect::Route, stream.route.clone().unwrap_or_default());
        node.fact(Aspect::EventTypes, stream.event_types.join(", "));
        node.fact(Aspect::Environments, stream.environments.join(", "));
        node.flag(Aspect::Deprecated, stream.deprecated);
        node.fact(Aspect::Event, text::wire(&stream.event));
        uses.note(self.product, &stream.event, Role::Received, &call, "event");
        // The stream's function takes them in the order of the pattern.
        let place = |parameter: &&Parameter| {
            let mut placeholders = stream.pattern.placeholders();
            placeholders.position(|name| name == parameter.name)
        };
        let mut parameters: Vec<&Parameter> = stream.parameters.iter().collect();
        parameters.sort_by_key(place);
        for (at, parameter) in parameters.into_iter().enumerate() {
            uses.note(self.product, &parameter.ty, Role::Sent, &call, &parameter.name);
            let mut child = self.parameter(Class::Placeholder, parameter);
            // Its name is for people alone.
            child.also.push(format!("at {at}"));
            child.location = stream.location.clone();
            child.items.clone_from(&node.items);
            node.children.push(child);
        }
        if let (Some(book), Beside::Specs) = (&stream.book, self.beside) {
            let book = state::book(book, &node, self.krate);
            node.children.push(book);
        }
        node
    }

    fn user_data(&self, entry: &'b UserData, uses: &mut Uses<'b>) -> Node {
        let mut node = Node::new(Class::UserData, entry.name.clone());
        let call = affected(Transport::WsStreams, &entry.name, &entry.start);
        node.transport = Some(Transport::WsStreams);
        node.location = entry.location.clone();
        node.role = Role::Received;
        node.affected = vec![call.clone()];
        node.items = vec![self.item(RustItemKind::Function {
            module: "streams".to_owned(),
            name: names::snake(&entry.name),
        })];
        let access = match &entry.access {
            UserDataAccess::ListenKey {
                keep_alive,
                close,
                path,
                minutes,
            } => format!(
                "key of {}, kept alive by {keep_alive}, closed by {}, at {path} for {minutes} minutes",
                entry.start,
                close.as_deref().unwrap_or("nobody")
            ),
            UserDataAccess::ListenToken { subscribe } => format!("token of {} for {subscribe}", entry.start),
        };
        let server = entry.server.as_deref().unwrap_or("the market streams' address");
        // What code sees is a function, and whether it takes the request that opens.
        let opens = |operation: &&Operation| operation.id == entry.start && !operation.parameters.is_empty();
        let kind = match entry.access {
            UserDataAccess::ListenKey { .. } => "key",
            UserDataAccess::ListenToken { .. } => "token",
        };
        let with = match self.product.operations.iter().any(|operation| opens(&operation)) {
            true => format!(", asked for by a request of {}", entry.start),
            false => String::new(),
        };
        node.fact(Aspect::Access, format!("{access}; {server}{with}"))
            .seen_as(format!("{kind}{with}"), Aspect::Encoding);
        node.fact(Aspect::Event, text::wire(&entry.events));
        uses.note(self.product, &entry.events, Role::Received, &call, "event");
        node
    }

    /// Here it is the exchange that asks, and the user who answers.
    fn offer(&self, offer: &'b Offer, uses: &mut Uses<'b>) -> Vec<Node> {
        let mut nodes = Vec::new();
        for offered in &offer.operations {
            let mut node = Node::new(Class::ServerOperation, offered.id.clone());
            let path = format!("{} {}", offered.method, offered.path);
            let call = affected(Transport::Server, &path, &offered.id);
            node.transport = Some(Transport::Server);
            node.location = offered.location.clone();
            node.demanded = !offered.optional;
            node.affected = vec![call.clone()];
            node.items = vec![self.item(RustItemKind::Method {
                owner: format!("server::{}", names::type_name(&self.product.name)),
                name: names::snake(&offered.id),
            })];
            node.documentation(&[
                Some(&offered.summary),
                offered.description.as_deref(),
                offered.docs.as_deref(),
            ]);
            let free = if offered.free_path { ", or another" } else { "" };
            node.fact(Aspect::Path, format!("{path}{free}"));
            node.flag(Aspect::Required, !offered.optional);
            node.fact(
                Aspect::Body,
                if offered.json_body { "JSON body" } else { "query" },
            );
            let request = Type::Named(offered.request.clone());
            type_fact(&mut node, Aspect::Type, &request);
            type_fact(&mut node, Aspect::Response, &offered.response);
            node.flag(Aspect::Envelope, offered.enveloped);
            node.fact(Aspect::Id, offered.idempotency_key.clone().unwrap_or_default());
            node.fact(Aspect::OneOf, offered.one_of.join(", "));
            self.note_named(&offered.request, &call, uses);
            uses.note(self.product, &offered.response, Role::Sent, &call, "response");
            nodes.push(node);
        }
        nodes
    }

    fn webhooks(&self, webhooks: &'b Webhooks, uses: &mut Uses<'b>) -> Node {
        let mut node = Node::new(Class::Webhooks, "webhooks");
        let call = affected(Transport::Webhooks, "events", &webhooks.events);
        node.transport = Some(Transport::Webhooks);
        node.location = webhooks.location.clone();
        node.affected = vec![call.clone()];
        node.items = vec![self.item(RustItemKind::Type {
            path: "webhooks::Webhooks".to_owned(),
        })];
        let signature = match &webhooks.signed_by {
            SignedBy::Rsa {
                signature,
                timestamp,
                recipient,
            } => format!(
                "RSA in {signature}, time in {timestamp}, recipient in {}",
                recipient.as_deref().unwrap_or("no header")
            ),
            SignedBy::Hmac { signature } => format!("HMAC in {signature}"),
        };
        let seen = match &webhooks.signed_by {
            SignedBy::Rsa { recipient: None, .. } => "RSA",
            SignedBy::Rsa { .. } => "RSA with a recipient",
            SignedBy::Hmac { .. } => "HMAC",
        };
        node.fact(Aspect::Signature, signature)
            .seen_as(seen, Aspect::Encoding);
        node.fact(Aspect::Event, webhooks.events.clone());
        node.fact(
            Aspect::Response,
            webhooks.reply.as_ref().map(text::wire).unwrap_or_default(),
        );
        self.note_named(&webhooks.events, &call, uses);
        if let Some(reply) = &webhooks.reply {
            uses.note(self.product, reply, Role::Sent, &call, "reply");
        }
        node
    }
}

fn rank(node: &mut Node, aspect: Aspect, text: Option<String>, rank: Option<f64>) {
    let fact = node.fact(aspect, text.unwrap_or_default());
    if let Some(rank) = rank {
        fact.ranked("", vec![rank]);
    }
}

/// The characters that a text may have, and how many: more of them, or of one class fewer, is less to keep to.
#[allow(clippy::cast_precision_loss, reason = "texts are short")]
fn text_form(node: &mut Node, pattern: Option<&Pattern>) {
    let Some(pattern) = pattern else {
        node.fact(Aspect::Pattern, "")
            .ranked("", vec![0.0, f64::NEG_INFINITY]);
        return;
    };
    let Pattern { class, min, max } = pattern;
    let (most, limit) = match max {
        &usize::MAX => (String::new(), f64::NEG_INFINITY),
        max => (max.to_string(), -(*max as f64)),
    };
    let class_text = if class.is_empty() {
        ".".to_owned()
    } else {
        format!("[{class}]")
    };
    node.fact(Aspect::Pattern, format!("{class_text}{{{min},{most}}}"))
        .ranked(class.as_str(), vec![*min as f64, limit]);
}
