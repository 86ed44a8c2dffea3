//! Lowers a product: operations, streams and JSON types, to what the templates under `templates/api` print.

mod addresses;
mod books;
mod carriage;
mod codec;
mod error_codes;
mod example;
mod facts;
mod features;
mod guide;
mod identity;
mod lookup;
mod paging;
mod payloads;
mod rate_limits;
mod requests;
mod rules;
mod sent;
mod server;
mod shapes;
mod shared;
mod snapshot;
mod spellings;
mod streams;
mod text;
mod types;
mod user_data;

pub use addresses::address_function;
pub(crate) use features::{all_of, any_of};
pub use guide::Guide;
pub use lookup::{error_constants, event_variant, parameter_name, rust_type, sent_types, variant_name};
pub use rules::rule_text;
pub use shared::{SharedCrate, lower_shared, render_shared};
pub(crate) use types::keeps_rest;

use std::collections::BTreeSet;

use binance_wire_model::api::{Call, Location, Product, Security, Transport, TypeKind};
use binance_wire_model::diagnostics::{Diagnostic, Diagnostics, Warning};
use serde::Serialize;

use crate::lower::rust::Printed;
use crate::names::{self, Scope};
use crate::render::{GeneratedFile, Renderer};
use crate::versions::without_metadata;

/// What a crate has in addition to JSON.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The crate's version.
    pub version: String,
    /// The version of the leaf crate.
    pub shared_version: String,
    /// SBE schema modules below `src/sbe`, by the name of the module; the first is that of the REST and WebSocket
    /// APIs.
    pub sbe: Vec<SbeModule>,
    /// Whether the crate has FIX messages, below `src/fix`.
    pub fix: bool,
}

/// An SBE schema that the crate has a module for.
#[derive(Clone, Debug, Serialize)]
pub struct SbeModule {
    /// The module's name below `sbe`.
    pub name: String,
    /// The schema's id.
    pub schema_id: u16,
    /// The schema's version.
    pub version: u16,
}

/// A product, ready to print.
#[derive(Debug, Serialize)]
pub struct Crate {
    name: String,
    product: String,
    title: String,
    version: String,
    /// The version without build metadata, as others require it.
    requirement: String,
    /// The crate's name in Rust.
    path: String,
    features: Vec<features::Feature>,
    /// Their names, of those that are on by default.
    default: Vec<&'static str>,
    /// The condition under which the programs of the front page compile.
    guide_gate: String,
    guide: Guide,
    /// The condition under which credentials are in use, where they are at all.
    credentials_gate: Option<String>,
    modules: Vec<types::Module>,
    enums: Vec<types::Enum>,
    /// Whether there is anything in `models`.
    has_models: bool,
    /// Whether there are value sets in it.
    has_enums: bool,
    /// Whether the crate stands on the leaf crate.
    has_shared: bool,
    shared_version: String,
    requests: Vec<requests::Request>,
    rest: Vec<Section>,
    ws_api: Vec<Section>,
    has_rest: bool,
    has_ws_api: bool,
    /// Whether some request carries time and signature, and so a window.
    has_signed: bool,
    /// Whether a query says what became of some mutation.
    reconciles: bool,
    /// Whether requests of the REST API, and of the WebSocket API, page.
    has_pages: bool,
    has_ws_pages: bool,
    /// Whether answers have times in more than one unit.
    has_time_units: bool,
    has_websocket: bool,
    /// Whether the crate calls anybody.
    has_clients: bool,
    /// The environment of examples; absent where no address is published and the user brings one.
    rest_environment: Option<String>,
    /// Whether the exchange hands out the addresses of the REST API.
    rest_unpublished: bool,
    /// What signs for partners, in addition to credentials: names within the signing crate.
    signers: Vec<Printed>,
    ws_api_environment: Option<String>,
    has_sbe: bool,
    has_fix: bool,
    streams: Option<streams::Streams>,
    books: Option<books::Books>,
    user_data: Option<String>,
    /// User data with snapshots, and the features that it takes.
    snapshot: Option<snapshot::Snapshot>,
    snapshot_gate: String,
    /// Whether the WebSocket API's events have them.
    has_snapshots: bool,
    offer: Option<server::Offer>,
    webhooks: Option<server::Webhooks>,
    /// Whether the user has a server of their own, and which of its parts the front page shows or mentions.
    serves: bool,
    shows_offer: bool,
    mentions_offer: bool,
    mentions_webhooks: bool,
    constructors: Vec<server::AnswerConstructor>,
    /// The structs of required members that some of those take.
    answer_structs: Vec<String>,
    servers: Vec<addresses::ServerList>,
    /// Whether there are any limits among them.
    has_rate_limits: bool,
    /// The rate limits that are known before the exchange is asked.
    rate_limits: Option<Printed>,
    error_codes: Vec<error_codes::Use>,
    /// The family that all error codes are of, where there is one alone.
    sole_error_family: Option<String>,
    /// Whether some codes travel as texts with leading zeros.
    error_codes_spelled: bool,
    payloads: Vec<payloads::Payload>,
    spellings: spellings::Spellings,
    sbe_modules: Vec<SbeModule>,
    /// Whether SBE messages become types of `models`.
    sbe_models: bool,
    /// Whether user-data events do.
    sbe_events: bool,
}

/// The operations of one documentation section over one transport.
#[derive(Debug, Serialize)]
struct Section {
    module: String,
    title: String,
    methods: Vec<requests::Method>,
}

/// How many operations, types and so on a crate has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// REST operations.
    pub rest: usize,
    /// WebSocket API methods.
    pub ws_api: usize,
    /// Streams.
    pub streams: usize,
    /// Structs, enums and unions.
    pub types: usize,
}

/// Settles every name, type and doc line of a product. Names that had to be distinguished come as warnings; names that could
/// not be, as errors.
pub fn lower(product: &Product, options: &Options) -> Result<(Crate, Counts, Vec<Warning>), Diagnostics> {
    let mut context = Context {
        product,
        errors: Vec::new(),
        warnings: Vec::new(),
        in_streams: types::event_types(product),
        sent: sent::sent_types(product),
    };
    let mut types = context.types();
    context.constructors(&mut types.modules);
    let requests = context.requests();
    let rest = context.sections(true);
    let ws_api = context.sections(false);
    let streams = context.streams();
    let books = context.books(streams.as_ref());
    let offer = context.offer();
    let webhooks = context.webhooks();
    let constructors = context.answer_constructors(&types.modules);
    let payloads = context.payloads();
    let error_codes = context.error_codes();
    let features = features::features(features::Has {
        rest: !rest.is_empty(),
        ws_api: !ws_api.is_empty(),
        streams: streams.is_some(),
        books: books.is_some(),
        sbe: !options.sbe.is_empty(),
        fix: options.fix,
        server: offer.is_some(),
        webhooks: webhooks.is_some(),
    });
    let on = |wanted: &[&'static str]| -> Vec<&'static str> {
        let names = features.iter().map(|feature| feature.name);
        names.filter(|name| wanted.contains(name)).collect()
    };
    let default: Vec<&str> = features.iter().filter(|f| f.default).map(|f| f.name).collect();
    let signing = on(&["rest", "websocket", "fix"]);
    let snapshot = context.snapshot();
    if let Some(wanted) = product.snapshot.as_ref().filter(|_| snapshot.is_none()) {
        context.errors.push(Diagnostic::at(
            &wanted.location,
            "the events or answers lack a member that a snapshot needs".to_owned(),
            "an event about an order has s, i and X; an answer symbol, orderId and status, or symbol, orderId, id and qty; \
             operations need nothing else than symbol and orderId, and trades are paged by fromId and limit",
        ));
    }
    let has_clients = !rest.is_empty() || !ws_api.is_empty() || streams.is_some();
    let krate = Crate {
        name: crate_name(&product.name),
        path: context.crate_name(),
        guide_gate: features::all_of(&default),
        default,
        features,
        guide: context.guide(streams.is_some()),
        credentials_gate: (!signing.is_empty()).then(|| features::any_of(&signing)),
        product: product.name.clone(),
        title: title(product),
        version: options.version.clone(),
        requirement: without_metadata(&options.version).to_owned(),
        has_models: !types.is_empty(),
        has_enums: types.has_enums(),
        has_shared: !error_codes.is_empty(),
        shared_version: options.shared_version.clone(),
        has_rest: !rest.is_empty(),
        has_ws_api: !ws_api.is_empty(),
        reconciles: product
            .operations
            .iter()
            .any(|operation| operation.identity.query.is_some()),
        has_pages: requests.iter().any(requests::Request::is_paged),
        has_ws_pages: requests
            .iter()
            .any(|request| request.is_paged() && request.is_of_ws_api()),
        has_signed: product.operations.iter().any(|operation| {
            operation.signed && !matches!(operation.security, Security::Partner | Security::Kyc)
        }),
        has_time_units: product.any_time_unit,
        has_websocket: !ws_api.is_empty() || streams.is_some(),
        has_clients,
        has_sbe: !options.sbe.is_empty(),
        has_fix: options.fix,
        user_data: product.user_data_events.clone(),
        snapshot_gate: features::all_of(match product.user_data.is_empty() {
            true => &["websocket"],
            false => &["rest", "websocket"],
        }),
        has_snapshots: snapshot.is_some() && product.user_data.is_empty(),
        snapshot,
        rest_environment: context.example_environment(Transport::Rest),
        rest_unpublished: context.is_unpublished(),
        signers: carriage::signers(&product.operations),
        ws_api_environment: context.example_environment(Transport::WsApi),
        serves: offer.is_some() || webhooks.is_some(),
        shows_offer: offer.is_some() && !has_clients,
        mentions_offer: offer.is_some() && has_clients,
        mentions_webhooks: webhooks.is_some() && has_clients,
        offer,
        webhooks,
        answer_structs: constructors
            .iter()
            .filter_map(|made| made.make.named.clone())
            .collect(),
        constructors,
        servers: context.servers(),
        rate_limits: context.rate_limits(),
        has_rate_limits: product
            .rate_limits
            .as_ref()
            .is_some_and(|limits| !limits.rules.is_empty()),
        sole_error_family: error_codes::sole(&error_codes),
        error_codes_spelled: error_codes.iter().any(|family| family.spelled),
        error_codes,
        sbe_modules: options.sbe.clone(),
        sbe_models: false,
        sbe_events: false,
        modules: types.modules,
        enums: types.enums,
        requests,
        rest,
        ws_api,
        streams,
        books,
        payloads,
        spellings: spellings::Spellings::of(product),
    };
    if !context.errors.is_empty() {
        return Err(Diagnostics(context.errors));
    }
    let counts = Counts {
        rest: product
            .operations
            .iter()
            .filter(|o| matches!(o.call, Call::Rest { .. }))
            .count(),
        ws_api: product
            .operations
            .iter()
            .filter(|o| matches!(o.call, Call::WsApi { .. }))
            .count(),
        streams: product.streams.len(),
        types: product
            .types
            .iter()
            .filter(|(_, def)| !matches!(def.kind, TypeKind::Alias(_)))
            .count(),
    };
    context.warnings.sort();
    context.warnings.dedup();
    Ok((krate, counts, context.warnings))
}

/// Prints a lowered product as the files of its crate; SBE and FIX modules are printed by their own functions.
pub fn render(krate: &Crate, renderer: &Renderer<'_>) -> anyhow::Result<Vec<GeneratedFile>> {
    let mut files = vec![
        renderer.text("api/Cargo.toml.j2", krate, "Cargo.toml")?,
        renderer.text("api/README.md.j2", krate, "README.md")?,
        renderer.rust("api/lib.rs.j2", krate, "src/lib.rs")?,
        renderer.rust("api/environments.rs.j2", krate, "src/environments.rs")?,
        renderer.rust("api/payloads.rs.j2", krate, "src/payloads.rs")?,
    ];
    if !krate.error_codes.is_empty() {
        files.push(renderer.rust("api/error_codes.rs.j2", krate, "src/error_codes.rs")?);
    }
    if krate.has_models {
        if krate.has_enums {
            files.push(renderer.rust("api/enums.rs.j2", krate, "src/models/enums.rs")?);
        }
        files.push(renderer.rust("api/models.rs.j2", krate, "src/models/mod.rs")?);
    }
    if !krate.requests.is_empty() {
        files.push(renderer.rust("api/call.rs.j2", krate, "src/call.rs")?);
        files.push(renderer.rust("api/requests.rs.j2", krate, "src/requests/mod.rs")?);
    }
    for module in &krate.modules {
        files.push(renderer.rust(
            "api/model.rs.j2",
            module,
            &format!("src/models/{}.rs", module.file()),
        )?);
    }
    for request in &krate.requests {
        files.push(renderer.rust(
            "api/request.rs.j2",
            request,
            &format!("src/requests/{}.rs", request.file()),
        )?);
    }
    if krate.has_rest {
        files.push(renderer.rust("api/rest.rs.j2", krate, "src/rest/mod.rs")?);
        for section in &krate.rest {
            files.push(renderer.rust(
                "api/rest_section.rs.j2",
                section,
                &format!("src/rest/{}.rs", section.module),
            )?);
        }
    }
    if krate.has_ws_api {
        files.push(renderer.rust("api/ws_api.rs.j2", krate, "src/ws_api/mod.rs")?);
        for section in &krate.ws_api {
            files.push(renderer.rust(
                "api/ws_api_section.rs.j2",
                section,
                &format!("src/ws_api/{}.rs", section.module),
            )?);
        }
    }
    if let Some(streams) = &krate.streams {
        files.push(renderer.rust("api/streams.rs.j2", krate, "src/streams/mod.rs")?);
        if streams.has_market_streams() {
            files.push(renderer.rust("api/stream_names.rs.j2", krate, "src/streams/names.rs")?);
            files.push(renderer.rust("api/stream_events.rs.j2", krate, "src/streams/events.rs")?);
        }
        if !streams.user_data.is_empty() {
            files.push(renderer.rust("api/user_data.rs.j2", krate, "src/streams/user_data.rs")?);
        }
    }
    if krate.snapshot.is_some() {
        files.push(renderer.rust("api/snapshot.rs.j2", krate, "src/user_data.rs")?);
    }
    if krate.books.is_some() {
        files.push(renderer.rust("api/books.rs.j2", krate, "src/books.rs")?);
    }
    if krate.offer.is_some() {
        files.push(renderer.rust("api/server.rs.j2", krate, "src/server.rs")?);
    }
    if krate.webhooks.is_some() {
        files.push(renderer.rust("api/webhooks.rs.j2", krate, "src/webhooks.rs")?);
    }
    if !krate.constructors.is_empty() {
        files.push(renderer.rust("api/answers.rs.j2", krate, "src/answers.rs")?);
    }
    if krate.has_sbe {
        files.push(renderer.rust("api/sbe.rs.j2", krate, "src/sbe/mod.rs")?);
    }
    Ok(files)
}

/// The crate of a product.
pub(crate) fn crate_name(product: &str) -> String {
    format!("binance-wire-{product}")
}

/// The product's name in prose: `simple-earn` → `Simple Earn`, where its documents say no other.
fn title(product: &Product) -> String {
    if let Some(title) = &product.title {
        return title.clone();
    }
    product
        .name
        .split('-')
        .map(text::capitalised)
        .collect::<Vec<_>>()
        .join(" ")
}

struct Context<'p> {
    product: &'p Product,
    errors: Vec<Diagnostic>,
    warnings: Vec<Warning>,
    /// Types that arrive in streams.
    in_streams: BTreeSet<String>,
    /// Types that requests send.
    sent: BTreeSet<String>,
}

impl Context<'_> {
    fn collision(&mut self, location: &Location, rust: &str, name: &str, other: &str) {
        self.errors.push(Diagnostic::at(
            location,
            format!("`{name}` and `{other}` would both be called `{rust}` in Rust"),
            "give one of them another x-name, operationId or schema name",
        ));
    }

    fn sections(&mut self, rest: bool) -> Vec<Section> {
        let mut sections: Vec<Section> = Vec::new();
        let mut scope = Scope::new();
        for own in [
            "builder",
            "builder_at",
            "clone",
            "send",
            "send_detailed",
            "transport",
            "user_data",
        ] {
            let _ = scope.claim(own, "the client's own method");
        }
        let product = self.product;
        for operation in product
            .operations
            .iter()
            .filter(|o| matches!(o.call, Call::Rest { .. }) == rest && !o.by_transport)
        {
            let method = self.method(operation);
            if let Err(other) = scope.claim(&method.name, &operation.id) {
                self.collision(&operation.location, &method.name, &operation.id, &other);
            }
            let module = names::snake(&operation.tag);
            match sections.iter_mut().find(|s| s.module == module) {
                Some(section) => section.methods.push(method),
                None => sections.push(Section {
                    module,
                    title: text::sentence(&operation.tag),
                    methods: vec![method],
                }),
            }
        }
        sections
    }

    /// The crate's name in Rust.
    fn crate_name(&self) -> String {
        names::crate_in_code(&self.product.name)
    }
}
