//! What clients keep by the specs: the counters of rate limits, the state of an account, order books.

use binance_wire_codegen::names;
use binance_wire_model::api::{
    AccountSnapshot, BookRule, BookSource, EventMeaning, OrderEvent, Product, RateLimits, SectionChoice,
};
use binance_wire_surface::rust_item::{RustItem, RustItemKind};

use super::finding::Affected;
use super::kind::{Aspect, Class, Role, Transport};
use super::node::Node;

fn function(krate: &str, module: &str, name: &str) -> RustItem {
    RustItem {
        krate: krate.to_owned(),
        kind: RustItemKind::Function {
            module: module.to_owned(),
            name: name.to_owned(),
        },
    }
}

/// Adds the rate limits of a product: what is common to all as facts, each as a child.
pub(super) fn rate_limits(limits: Option<&RateLimits>, node: &mut Node) {
    let given = f64::from(u8::from(limits.is_some()));
    node.fact(Aspect::Counters, limits.map(counters).unwrap_or_default())
        .ranked("", vec![given]);
    let weight = limits.map_or(0, |limits| limits.connect_weight);
    node.fact(Aspect::ConnectWeight, weight.to_string())
        .ranked("", vec![f64::from(weight)]);
    for rule in limits.into_iter().flat_map(|limits| &limits.rules) {
        let every = match rule.every {
            1 => String::new(),
            every => format!("{every} "),
        };
        let mut child = Node::new(
            Class::RateLimit,
            format!("{} each {every}{}", rule.kind, rule.interval),
        );
        child
            .fact(Aspect::Count, rule.count.to_string())
            .ranked("", vec![-f64::from(rule.count)]);
        node.children.push(child);
    }
}

fn counters(limits: &RateLimits) -> String {
    let RateLimits {
        system,
        each_endpoint,
        time_path,
        ..
    } = limits;
    let mut text = format!("counters of {system}");
    if *each_endpoint {
        text += ", of each endpoint";
    }
    if let Some(path) = time_path {
        text += &format!(", by the time of {path}");
    }
    text
}

/// The state of an account that is fetched after gaps.
pub(super) fn snapshot(product: &Product, snapshot: &AccountSnapshot, krate: &str) -> Node {
    let mut entries = product.user_data.iter();
    let entry = entries.find(|entry| snapshot.of.as_ref().is_none_or(|of| *of == entry.name));
    let name = entry.map_or("userData", |entry| entry.name.as_str());
    let mut node = Node::new(Class::Snapshot, name);
    node.location = snapshot.location.clone();
    node.role = Role::Received;
    node.transport = Some(Transport::WsStreams);
    node.affected = vec![Affected {
        transport: Transport::WsStreams,
        call: name.to_owned(),
        id: String::new(),
    }];
    node.items = vec![function(krate, "user_data", &names::snake(name))];
    // The answers are types of the stream; how one order is found, and where pages go on, is its own business.
    let mut seen = format!("account {}", snapshot.account.join(" and "));
    let mut whole = seen.clone();
    for section in &snapshot.sections {
        let part = format!(
            "; {} open {}, trades {}",
            section.name, section.open, section.trades
        );
        seen += &part;
        whole += &format!("{part}, order {}", section.query);
        if let Some(id) = &section.trade_id {
            whole += &format!(" by {id}");
        }
    }
    node.fact(Aspect::Response, whole).seen_as(seen, Aspect::Encoding);
    let events = snapshot.events.iter();
    let mut meanings: Vec<String> = events
        .map(|(tag, meaning)| format!("{tag}: {}", meaning_text(snapshot, meaning)))
        .collect();
    meanings.push(format!("changed at {}", snapshot.times.join(" or ")));
    node.fact(Aspect::EventTypes, meanings.join("; "));
    node
}

fn meaning_text(snapshot: &AccountSnapshot, meaning: &EventMeaning) -> String {
    match meaning {
        EventMeaning::Order(event) => format!("order{}", order_text(snapshot, event)),
        EventMeaning::Fill(event) => format!("fill{}", order_text(snapshot, event)),
        EventMeaning::Account { time } => match time {
            Some(time) => format!("account at {time}"),
            None => "account".to_owned(),
        },
    }
}

fn order_text(snapshot: &AccountSnapshot, OrderEvent { at, section }: &OrderEvent) -> String {
    let name = |index: usize| snapshot.sections.get(index).map_or("", |section| &section.name);
    let mut text = String::new();
    if let Some(member) = at {
        text += &format!(" in {member}");
    }
    match section {
        SectionChoice::Always(index) if name(*index).is_empty() => {}
        SectionChoice::Always(index) => text += &format!(" of {}", name(*index)),
        SectionChoice::By { member, values } => {
            let values = values
                .iter()
                .map(|(value, index)| format!("{value} = {}", name(*index)));
            text += &format!(" by {member} ({})", values.collect::<Vec<_>>().join(", "));
        }
    }
    text
}

/// The order book that the events of a stream keep.
pub(super) fn book(book: &BookSource, stream: &Node, krate: &str) -> Node {
    let BookSource {
        rule,
        snapshot,
        depth,
        weight_per_minute,
        update_speed,
        confirm,
        location,
    } = book;
    let mut node = Node::new(Class::Book, "order book");
    node.location = location.clone();
    node.role = Role::Received;
    node.transport = Some(Transport::WsStreams);
    node.affected.clone_from(&stream.affected);
    node.items = vec![function(krate, "books", "builder")];
    let numbers = match rule {
        BookRule::Sequential => "without holes",
        BookRule::Linked => "by the event before",
    };
    let mut text = format!(
        "numbered {numbers}, from {snapshot} to {depth} levels at {weight_per_minute} weight each minute"
    );
    if let Some(speed) = update_speed {
        text += &format!(", every {speed}");
    }
    if let Some(seconds) = confirm {
        text += &format!(", confirmed in {seconds} s");
    }
    node.fact(Aspect::Access, text);
    node
}
