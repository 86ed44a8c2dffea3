//! The table, as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::AddAssign;

use binance_wire_model::api::Transport;
use binance_wire_model::named;
use binance_wire_model::product::Model;

use super::samples::Samples;
use super::{events_of, user_data_events};
use crate::outcome::plural;

named! {
    /// The rows of a product, in their order.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Carrier {
        /// HTTP requests.
        Rest = "rest",
        /// Methods of the WebSocket API.
        WsApi = "ws-api",
        /// Market streams.
        WsStreams = "ws-streams",
        /// The user's own events, over either WebSocket.
        UserData = "user data",
        /// What is posted to the user's own server.
        Webhooks = "webhooks",
        /// What the user's own server offers.
        Server = "server",
        /// SBE messages.
        Sbe = "sbe",
        /// FIX messages.
        Fix = "fix",
    }
}

impl From<Transport> for Carrier {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Rest => Self::Rest,
            Transport::WsApi => Self::WsApi,
            Transport::WsStreams => Self::WsStreams,
        }
    }
}

/// The figures of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Row {
    operations: usize,
    events: usize,
    drafts: usize,
    deprecated: usize,
    paged: usize,
    weighed: usize,
    unweighed: usize,
    samples: usize,
    conforming: usize,
}

impl AddAssign for Row {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.events += other.events;
        self.drafts += other.drafts;
        self.deprecated += other.deprecated;
        self.paged += other.paged;
        self.weighed += other.weighed;
        self.unweighed += other.unweighed;
        self.samples += other.samples;
        self.conforming += other.conforming;
    }
}

/// The table with its totals.
pub(super) fn markdown(models: &BTreeMap<String, Model>, samples: Option<&Samples>) -> String {
    let mut out = String::from(
        "# Coverage\n\n\
         Written by `cargo xtask coverage --write`; do not edit.\n\n\
         Operations are requests, methods, streams, and the messages of SBE and FIX. Drafts are operations of which the\n\
         exchange has published the name alone. Paged are those whose answer comes in pages. Weights are counted where a\n\
         request is charged. A sample conforms where the generated type decodes it and encodes it again without loss.\n\n",
    );
    let columns = [
        "product",
        "transport",
        "operations",
        "events",
        "drafts",
        "deprecated",
        "paged",
        "with weight",
        "without",
        "samples",
        "conforming",
    ];
    // Writing to a String cannot fail.
    let _ = writeln!(out, "| {} |", columns.join(" | "));
    let _ = writeln!(out, "|---|---|{}", "--:|".repeat(columns.len() - 2));
    let mut totals: BTreeMap<Carrier, Row> = BTreeMap::new();
    let mut all = Row::default();
    for (product, model) in models {
        for (transport, row) in rows(product, model, samples) {
            line(&mut out, product, transport.name(), row, samples.is_some());
            *totals.entry(transport).or_default() += row;
            all += row;
        }
    }
    for (transport, row) in totals {
        line(&mut out, "**all**", transport.name(), row, samples.is_some());
    }
    line(
        &mut out,
        &format!("**{}**", plural(models.len(), "product")),
        "",
        all,
        samples.is_some(),
    );
    out
}

fn line(out: &mut String, product: &str, transport: &str, row: Row, samples: bool) {
    let mut cells = vec![product.to_owned(), transport.to_owned()];
    let figures = [
        row.operations,
        row.events,
        row.drafts,
        row.deprecated,
        row.paged,
        row.weighed,
        row.unweighed,
    ];
    cells.extend(figures.map(|figure| figure.to_string()));
    cells.extend([row.samples, row.conforming].map(|figure| match samples {
        true => figure.to_string(),
        false => "–".to_owned(),
    }));
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// The rows of one product, by transport; a transport of which nothing is known has none.
fn rows(product: &str, model: &Model, samples: Option<&Samples>) -> BTreeMap<Carrier, Row> {
    let mut rows: BTreeMap<Carrier, Row> = BTreeMap::new();
    for operation in &model.api.operations {
        let row = rows.entry(operation.call.transport().into()).or_default();
        row.operations += 1;
        row.drafts += usize::from(operation.draft);
        row.deprecated += usize::from(operation.deprecated);
        row.paged += usize::from(!operation.paging.is_empty());
        if operation.weight_documented {
            row.weighed += 1;
        } else {
            row.unweighed += 1;
        }
    }
    for stream in &model.api.streams {
        let row = rows.entry(Carrier::WsStreams).or_default();
        row.operations += 1;
        row.deprecated += usize::from(stream.deprecated);
    }
    if !model.api.connection_events.is_empty() {
        rows.entry(Carrier::WsStreams).or_default().events += model.api.connection_events.len();
    }
    let own = user_data_events(&model.api);
    if !own.is_empty() {
        rows.entry(Carrier::UserData).or_default().events += own.len();
    }
    if let Some(offer) = &model.api.offer {
        rows.entry(Carrier::Server).or_default().operations += offer.operations.len();
    }
    if let Some(webhooks) = &model.api.webhooks {
        rows.entry(Carrier::Webhooks).or_default().events += events_of(&model.api, &webhooks.events).len();
    }
    for (_, schema) in &model.sbe {
        rows.entry(Carrier::Sbe).or_default().operations += schema.messages.len();
    }
    for (_, _, dictionary) in &model.fix {
        rows.entry(Carrier::Fix).or_default().operations += dictionary.messages.len();
    }
    if let Some(samples) = samples {
        for transport in samples.transports(product) {
            let count = samples.of(product, transport);
            let row = rows.entry(transport).or_default();
            row.samples += count.all;
            row.conforming += count.conforming;
        }
    }
    rows
}
