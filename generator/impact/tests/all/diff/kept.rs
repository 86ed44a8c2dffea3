//! Edits of real specs at what clients keep by them: rate limits, the state of accounts, order books, ids of orders.

use binance_wire_impact::diff::{Content, State, Verdict, compare};
use binance_wire_model::product::{Sources, read};
use binance_wire_model::source::SourceFile;

use super::state;
use crate::support;

use Verdict::{Attention, Breaking, Compatible, None as Nothing};

/// Spot, with edits: the file, what stands there, what is to stand there.
fn spot(edits: &[(&str, &str, &str)]) -> State {
    let specs = support::root().join("specs");
    let mut sources = Sources {
        product: "spot".to_owned(),
        ..Sources::default()
    };
    for folder in ["spot", "shared"] {
        for (name, mut text) in support::files_below(&specs.join(folder)) {
            if name.contains('/') || !name.ends_with(".yaml") || name == "retired.yaml" {
                continue;
            }
            for (_, from, to) in edits
                .iter()
                .filter(|(file, ..)| folder == "spot" && name == format!("{file}.yaml"))
            {
                assert!(text.contains(from), "{name} has no `{from}`");
                text = text.replacen(from, to, 1);
            }
            let file = SourceFile::new(format!("{folder}/{name}"), text);
            match name.as_str() {
                "error-codes.yaml" => sources.error_codes.push(file),
                _ => sources.openapi.push(file),
            }
        }
    }
    let (model, _) = read(&sources).unwrap_or_else(|found| panic!("{found}"));
    state("spot", Content::Specs(vec![model]))
}

/// Kinds, and what they mean for the surface and in behaviour, in the order of the kinds. Spot is large: one comparison has
/// several edits.
#[track_caller]
fn found(old: &State, new: &State) -> Vec<(&'static str, Verdict, Verdict)> {
    let mut found: Vec<_> = compare(old, new, None)
        .unwrap_or_else(|message| panic!("{message}"))
        .iter()
        .map(|found| (found.kind.name(), found.surface, found.behaviour))
        .collect();
    found.sort();
    found
}

#[test]
fn what_is_kept_otherwise() {
    let (before, after) = (
        spot(&[]),
        spot(&[
            (
                "rest",
                "count: 6000, interval: minute}",
                "count: 1200, interval: minute}",
            ),
            (
                "rest",
                "    - {type: RAW_REQUESTS, count: 300000, interval: minute, every: 5}\n",
                "",
            ),
            ("rest", "connect-weight: 2", "connect-weight: 5"),
            ("rest", "system: api", "system: api\n  each-endpoint: true"),
            ("ws-streams", "open: openOrders", "open: allOrders"),
            (
                "ws-streams",
                "balanceUpdate: {is: account, time: T}",
                "balanceUpdate: {is: account}",
            ),
            ("ws-streams", "depth: 5000", "depth: 1000"),
            (
                "rest",
                "pendingAboveClientOrderId, {id: pendingBelowClientOrderId, beside: pendingBelowType}]",
                "pendingAboveClientOrderId]",
            ),
        ]),
    );
    assert_eq!(
        found(&before, &after),
        [
            ("book-rules", Nothing, Attention),
            // Of REST and of the twin.
            ("operation-identity", Nothing, Attention),
            ("operation-identity", Nothing, Attention),
            ("product-connect-weight-raised", Nothing, Attention),
            ("product-limits", Nothing, Attention),
            ("rate-limit-lowered", Nothing, Attention),
            ("rate-limit-removed", Nothing, Compatible),
            ("snapshot-events", Nothing, Attention),
            ("snapshot-operations", Breaking, Attention),
        ]
    );
    assert_eq!(
        found(&after, &before),
        [
            ("book-rules", Nothing, Attention),
            ("operation-identity", Nothing, Attention),
            ("operation-identity", Nothing, Attention),
            ("product-connect-weight-lowered", Nothing, Compatible),
            ("product-limits", Nothing, Attention),
            ("rate-limit-added", Nothing, Attention),
            ("rate-limit-raised", Nothing, Compatible),
            ("snapshot-events", Nothing, Attention),
            ("snapshot-operations", Breaking, Attention),
        ]
    );
}

const SNAPSHOT: &str = "x-snapshot:
  account: {operation: account, times: [updateTime]}
  orders: {open: openOrders, query: queryOrder, trades: myTrades}
  events:
    executionReport: {is: order}
    outboundAccountPosition: {is: account, time: u}
    balanceUpdate: {is: account, time: T}
";
const BOOK: &str = "      x-book: {rule: sequential, snapshot: depth, depth: 5000, weight-per-minute: 3000, update-speed: 100ms}\n";

#[test]
fn what_is_kept_no_more() {
    let (before, after) = (
        spot(&[(
            "ws-streams",
            "trades: myTrades}",
            "trades: myTrades, trade-id: id}",
        )]),
        spot(&[("ws-streams", SNAPSHOT, ""), ("ws-streams", BOOK, "")]),
    );
    assert_eq!(
        found(&before, &after),
        [
            ("book-removed", Breaking, Attention),
            ("snapshot-removed", Breaking, Attention)
        ]
    );
    assert_eq!(
        found(&after, &before),
        [
            ("book-added", Compatible, Nothing),
            ("snapshot-added", Compatible, Nothing)
        ]
    );
    assert_eq!(
        found(&spot(&[]), &before),
        [("snapshot-queries", Nothing, Attention)]
    );
}
