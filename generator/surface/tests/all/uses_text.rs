//! Uses that no path leads to: what the exchange writes, in the project's own types and texts; macros of the project's own; what
//! it implements.

use binance_wire_surface::uses;

use super::uses::{SPOT, field, found, project, setter, spot, surface, variant};
use binance_wire_surface::rust_item::{RustItem, RustItemKind};

#[test]
fn own_types_that_serde_reads_name_our_members() {
    let main = "use serde::Deserialize;\n\
                #[derive(Deserialize)] #[serde(rename_all = \"camelCase\")]\n\
                struct Mine { executed_qty: String, other: String }\n\
                #[derive(Deserialize)]\n\
                struct Named { #[serde(rename = \"executedQty\")] filled: String, executed_qty: String }\n\
                #[derive(Deserialize)]\n\
                struct Also { #[serde(alias = \"executedQty\", default)] filled: String }\n\
                #[cfg_attr(feature = \"json\", derive(serde::Deserialize), serde(rename_all = \"camelCase\"))]\n\
                struct Sometimes { executed_qty: String }\n\
                struct Plain { executed_qty: String }\n";
    let item = field("models::Order", "executed_qty");
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[item]),
        [
            "src/main.rs:3 Possible Spells",
            "src/main.rs:5 Possible Spells",
            "src/main.rs:7 Possible Spells",
            "src/main.rs:9 Possible Spells",
        ]
    );
    let main = "#[derive(serde::Deserialize)] #[serde(rename_all = \"SCREAMING_SNAKE_CASE\")]\n\
                enum Status { New,\n\
                PartiallyFilled,\n\
                #[serde(rename = \"PARTIALLY_FILLED\")] Some }\n";
    let item = variant("models::OrderStatus", "PartiallyFilled");
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[item]),
        ["src/main.rs:3 Possible Spells", "src/main.rs:4 Possible Spells"]
    );
}

#[test]
fn members_that_are_looked_up_in_json_are_found() {
    let main = "fn f(v: &serde_json::Value, o: &binance_wire_spot::models::Order) {\n\
                let a = &v[\"executedQty\"];\n\
                let b = v.get(\"executedQty\");\n\
                let c = v.pointer(\"/data/0/executedQty\");\n\
                let d = o.raw.get(\"executedQty\");\n\
                let e = v[\"other\"].as_str();\n\
                log::info!(\"executedQty\");\n\
                mine!(\"executedQty\" => 1);\n}\n";
    let item = field("models::Order", "executed_qty");
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[item]),
        [2, 3, 4, 5, 7, 8].map(|line| format!("src/main.rs:{line} Possible Spells"))
    );
    // A short name is one only where something is looked up by it.
    let main = "fn f(v: &serde_json::Value) {\n\
                let a = v[\"l\"].as_str();\n\
                let b = v.get(\"l\");\n\
                let c = [\"l\"].join(\"l\");\n}\n";
    let item = field("models::ExecutionReport", "last_executed_qty");
    let lines = found(SPOT, &[("src/main.rs", main)], &[item]);
    assert_eq!(
        lines,
        ["src/main.rs:2 Possible Spells", "src/main.rs:3 Possible Spells"]
    );
}

#[test]
fn parameters_written_in_texts_are_found() {
    let main = "fn f(q: &mut Vec<(&str, String)>) { q.push((\"newClientOrderId\", String::new())); }\n";
    let item = setter("requests::NewOrder", "new_client_order_id");
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[item]),
        ["src/main.rs:1 Possible Spells"]
    );
}

#[test]
fn texts_that_are_a_part_of_a_value_may_mean_it() {
    let main = "fn f(s: &str) -> bool {\n\
                s.starts_with(\"EXPIRED\")\n\
                || s.ends_with(\"_MATCH\")\n\
                || s.contains(\"IN\")\n\
                || s.as_bytes() == b\"EXPIRED_IN_MATCH\"\n\
                || s.starts_with(\"FILLED\")\n\
                }\n";
    let item = variant("models::OrderStatus", "ExpiredInMatch");
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[item]),
        [2, 3, 5].map(|line| format!("src/main.rs:{line} Possible Spells"))
    );
}

#[test]
fn macros_of_the_projects_own_may_name_anything() {
    let main = "macro_rules! status { ($name:ident) => { binance_wire_spot::models::OrderStatus::$name }; }\n\
                macro_rules! all { ($t:ty) => { <$t>::Filled }; }\n\
                macro_rules! model { ($name:ident) => { binance_wire_spot::models::$name }; }\n\
                macro_rules! order { () => { binance_wire_spot::models::Order }; }\n\
                macro_rules! take { ($o:expr) => { let Order { price, .. } = $o; }; }\n\
                fn f() { status!(Filled); }\n\
                type O = model!(Order);\n";
    let lines = |item| found(SPOT, &[("src/main.rs", main)], &[item]);
    assert_eq!(
        lines(variant("models::OrderStatus", "Filled")),
        ["src/main.rs:2 Possible Names", "src/main.rs:6 Possible Names"]
    );
    let order = spot(RustItemKind::Type {
        path: "models::Order".into(),
    });
    assert_eq!(
        lines(order),
        [
            "src/main.rs:4 Possible Names",
            "src/main.rs:5 Possible Names",
            "src/main.rs:7 Possible Names"
        ]
    );
    assert_eq!(
        lines(field("models::Order", "price")),
        ["src/main.rs:5 Possible Accesses"]
    );
}

#[test]
fn traits_that_the_project_implements_are_used() {
    let main = "struct Mine;\n\
                impl binance_wire_core::ParamSink for Mine {\n\
                fn text(&mut self, name: &'static str, value: &str) {}\n\
                fn other(&self) {} }\n\
                trait Local { fn side(&self); }\n\
                impl Local for binance_wire_spot::models::Order {\n\
                fn side(&self) { let _ = &self.price; } }\n";
    let order = spot(RustItemKind::Type {
        path: "models::Order".into(),
    });
    let items = [order, field("models::Order", "price")];
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &items),
        ["src/main.rs:6 Certain Names", "src/main.rs:7 Certain Accesses"]
    );
    let core = |kind| RustItem {
        krate: "binance_wire_core".into(),
        kind,
    };
    let sink = core(RustItemKind::Type {
        path: "ParamSink".into(),
    });
    let text = core(RustItemKind::Method {
        owner: "ParamSink".into(),
        name: "text".into(),
    });
    let manifest =
        "[package]\nname = \"p\"\n[dependencies]\nbinance-wire-spot = \"0.1\"\nbinance-wire-core = \"0.1\"\n";
    assert_eq!(
        found(manifest, &[("src/main.rs", main)], &[sink, text]),
        [
            "src/main.rs:2 Certain Implements",
            "src/main.rs:3 Certain Implements"
        ]
    );
}

#[test]
fn modules_what_they_take_from_elsewhere_and_features_are_found() {
    let manifest = "[package]\nname = \"p\"\n[dependencies]\nbinance-wire-spot = { version = \"0.1\", features = [\"rest\", \
                    \"sbe\"] }\n";
    let main = "use binance_wire_spot::rest::{self, Client};\n\
                use binance_wire_spot::Decimal;\n\
                use binance_wire_core::Decimal as Other;\n\
                use binance_wire_spot::*;\n";
    let ty = |path: &str| spot(RustItemKind::Type { path: path.into() });
    let feature = spot(RustItemKind::Feature { name: "sbe".into() });
    let lines = |item| found(manifest, &[("src/main.rs", main)], &[item]);
    assert_eq!(
        lines(ty("rest")),
        ["src/main.rs:1 Certain Names", "src/main.rs:4 Possible Names"]
    );
    assert_eq!(
        lines(ty("Decimal")),
        ["src/main.rs:2 Certain Names", "src/main.rs:4 Possible Names"]
    );
    assert_eq!(lines(feature), ["Cargo.toml:4 Certain Names"]);
    assert!(lines(ty("models::Order")).is_empty());
}

#[test]
fn what_was_not_searched_is_said() {
    let manifest = "[package]\nname = \"p\"\n[dependencies]\nbinance-wire-spot = { path = \"../ours\" }\n\
                    common = { path = \"../common\" }\nnear = { path = \"near\" }\n";
    let main = "/// ```\n/// let client = binance_wire_spot::rest::Client::new();\n/// ```\n\
                fn f() { mine!(a); mine!(b); println!(); paste::paste! { c } }\n";
    let report = uses::find(
        &project(manifest, &[("src/main.rs", main)]),
        surface(),
        &[field("models::Order", "price")],
    );
    assert_eq!(
        report.unseen,
        [
            "what 3 calls of macros expand to, of which only the arguments were read: `mine!` (2), `paste!` (1)",
            "packages outside of the folder: common at ../common",
            "examples in documentation, of which 1 files have some with our crates",
        ]
    );
    assert!(report.diagnostics.is_empty());
}

#[test]
fn what_include_takes_in_within_an_expression_is_not_read_and_said() {
    let main = "fn f() -> u8 { include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\")) }\n";
    let report = uses::find(
        &project(SPOT, &[("src/main.rs", main)]),
        surface(),
        &[field("models::Order", "price")],
    );
    let messages: Vec<String> = report.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        messages[0].starts_with("src/main.rs:1: what `include!`"),
        "{messages:?}"
    );
}
