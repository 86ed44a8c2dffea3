//! Where a project uses items: the bot in tests/, whose lines say themselves what they use, and small projects for
//! everything that a bot does not do.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use binance_wire_model::source::SourceFile;
use binance_wire_surface::rust_item::{RustItem, RustItemKind};
use binance_wire_surface::uses::{self, Certainty, Project, Report, SurfaceCrate};

use crate::support;

/// The manifests and sources in a folder.
fn sources(folder: &Path) -> Vec<SourceFile> {
    let mut found = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(relative) = waiting.pop() {
        for entry in std::fs::read_dir(folder.join(&relative)).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name");
            let path = format!("{relative}{name}");
            if entry.path().is_dir() {
                waiting.push(format!("{path}/"));
            } else if name.ends_with(".rs") || name == "Cargo.toml" {
                found.push(SourceFile::new(
                    path,
                    std::fs::read_to_string(entry.path()).expect("text"),
                ));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The crates that the items of these tests are in.
pub(crate) fn surface() -> &'static [SurfaceCrate] {
    static SURFACE: OnceLock<Vec<SurfaceCrate>> = OnceLock::new();
    SURFACE.get_or_init(|| {
        let root = support::root();
        [
            ("binance_wire", "generated/binance-wire"),
            ("binance_wire_shared", "generated/shared"),
            ("binance_wire_margin", "generated/margin"),
            ("binance_wire_spot", "generated/spot"),
            ("binance_wire_core", "runtime/core"),
            ("binance_wire_rest", "runtime/rest"),
            ("binance_wire_websocket", "runtime/websocket"),
        ]
        .into_iter()
        .map(|(name, folder)| SurfaceCrate {
            name: name.into(),
            files: sources(&root.join(folder))
                .into_iter()
                // Neither codec is needed here, and they are most of the text.
                .filter(|file| !file.path.starts_with("src/sbe/") && !file.path.starts_with("src/fix/"))
                .collect(),
        })
        .collect()
    })
}

pub(crate) fn spot(kind: RustItemKind) -> RustItem {
    RustItem {
        krate: "binance_wire_spot".into(),
        kind,
    }
}

pub(crate) fn field(owner: &str, name: &str) -> RustItem {
    spot(RustItemKind::Field {
        owner: owner.into(),
        name: name.into(),
    })
}

pub(crate) fn variant(owner: &str, name: &str) -> RustItem {
    spot(RustItemKind::Variant {
        owner: owner.into(),
        name: name.into(),
    })
}

pub(crate) fn setter(owner: &str, name: &str) -> RustItem {
    spot(RustItemKind::Setter {
        owner: owner.into(),
        name: name.into(),
    })
}

fn constructor(owner: &str) -> RustItem {
    spot(RustItemKind::Constructor { owner: owner.into() })
}

/// The lines of a project that end in `// uses: TAG`.
fn marked(files: &[SourceFile], tag: &str) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            let tags = line.split_once("// uses: ").map_or("", |(_, tags)| tags);
            if tags.split(", ").any(|found| found == tag) {
                lines.insert(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    lines
}

fn lines(report: &Report, certainty: Certainty) -> BTreeSet<String> {
    report
        .uses
        .iter()
        .filter(|found| found.certainty == certainty)
        .map(|found| format!("{}:{}: {}", found.file, found.line, found.text))
        .collect()
}

#[track_caller]
fn bot_uses(item: RustItem, tag: &str) {
    let files = sources(&support::root().join("tests/bot"));
    let expected = marked(&files, tag);
    assert!(
        expected.len() > 1 || tag == "cancel-rejected",
        "{tag}: {expected:#?}"
    );
    let project = Project::read(files, None).expect("a project");
    let report = uses::find(&project, surface(), &[item]);
    assert_eq!(report.absent, []);
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    assert_eq!(lines(&report, Certainty::Certain), expected, "{tag}");
    assert_eq!(lines(&report, Certainty::Possible), BTreeSet::new(), "{tag}");
}

#[test]
fn a_removed_response_field_touches_these_lines_of_the_bot() {
    bot_uses(field("models::ExecutionReport", "executed_qty"), "executed-qty");
}

#[test]
fn a_new_required_parameter_touches_these_lines_of_the_bot() {
    bot_uses(constructor("requests::NewOrder"), "new-order");
}

#[test]
fn a_renamed_enum_value_touches_these_lines_of_the_bot() {
    bot_uses(variant("models::OrderStatus", "Expired"), "expired");
}

#[test]
fn a_removed_optional_parameter_touches_these_lines_of_the_bot() {
    bot_uses(setter("requests::NewOrder", "price"), "price-setter");
}

#[test]
fn a_removed_error_code_touches_this_line_of_the_bot() {
    let item = spot(RustItemKind::Constant {
        module: "error_codes".into(),
        name: "CANCEL_REJECTED".into(),
    });
    bot_uses(item, "cancel-rejected");
}

// Small projects.

pub(crate) fn project(manifest: &str, files: &[(&str, &str)]) -> Project {
    let mut all = vec![SourceFile::new("Cargo.toml", manifest)];
    all.extend(files.iter().map(|(path, text)| SourceFile::new(*path, *text)));
    Project::read(all, None).expect("a project")
}

pub(crate) const SPOT: &str = "[package]\nname = \"p\"\n[dependencies]\nbinance-wire-spot = \"0.1\"\n";

/// What is found in a project, as `file:line certainty how`.
pub(crate) fn found(manifest: &str, files: &[(&str, &str)], items: &[RustItem]) -> Vec<String> {
    let report = uses::find(&project(manifest, files), surface(), items);
    assert_eq!(report.absent, []);
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    report
        .uses
        .iter()
        .map(|found| {
            format!(
                "{}:{} {:?} {:?}",
                found.file, found.line, found.certainty, found.how
            )
        })
        .collect()
}

#[test]
fn the_facade_its_renames_and_aliases_lead_to_the_item() {
    let manifest = "[package]\nname = \"p\"\n[dependencies]\nbw = { package = \"binance-wire\", version = \"0.1\", \
                    features = [\"spot\"] }\n";
    let main = "use bw::spot::{self as exchange, models::{OrderStatus as S, *}};\n\
                mod inner { pub type Placed = super::exchange::models::Order; pub use super::S as State; }\n\
                use inner::{Placed, State::{self, Filled as Done}};\n\
                fn a(o: &Placed) -> bool { o.status == State::Filled }\n\
                fn b(o: &Order) -> bool { matches!(o.status, Done if o.is_working) }\n\
                fn c(o: exchange::models::Order) { let Order { status: Done, .. } = o else { return }; }\n\
                enum Own { Filled }\n\
                fn d() -> Own { Own::Filled }\n";
    assert_eq!(
        found(
            manifest,
            &[("src/main.rs", main)],
            &[variant("models::OrderStatus", "Filled")]
        ),
        [
            "src/main.rs:3 Certain Names",
            "src/main.rs:4 Certain Names",
            "src/main.rs:5 Certain Matches",
            "src/main.rs:6 Certain Matches",
        ]
    );
    assert_eq!(
        found(
            manifest,
            &[("src/main.rs", main)],
            &[field("models::Order", "status")]
        ),
        [
            "src/main.rs:4 Certain Accesses",
            "src/main.rs:5 Certain Accesses",
            "src/main.rs:6 Certain Matches",
        ]
    );
}

#[test]
fn types_in_angle_brackets_lead_to_the_item() {
    let main = "use binance_wire_spot::{models::{Order, Side as Way}, requests::QueryOrder};\n\
                const WAY: Way = <Way>::Sell;\n\
                fn a(way: Way) -> bool { matches!(way, <Way>::Sell) }\n\
                fn b() -> QueryOrder { <QueryOrder>::new(\"X\").order_id(1) }\n\
                fn c() { let made = <Order as Default>::default(); let _ = made.status; }\n\
                trait Quick { fn quick() -> Self; }\n\
                impl Quick for QueryOrder { fn quick() -> Self { <Self>::new(\"Y\") } }\n";
    let found = |item: RustItem| found(SPOT, &[("src/main.rs", main)], &[item]);
    assert_eq!(
        found(variant("models::Side", "Sell")),
        ["src/main.rs:2 Certain Names", "src/main.rs:3 Certain Matches"]
    );
    assert_eq!(
        found(constructor("requests::QueryOrder")),
        [
            "src/main.rs:4 Certain Constructs",
            "src/main.rs:7 Certain Constructs"
        ]
    );
    assert_eq!(
        found(setter("requests::QueryOrder", "order_id")),
        ["src/main.rs:4 Certain Calls"]
    );
    assert_eq!(
        found(field("models::Order", "status")),
        ["src/main.rs:5 Certain Accesses"]
    );
}

#[test]
fn what_a_request_must_have_is_found_where_it_is_given_by_name() {
    let main = "use binance_wire_spot::requests::{OrderListOto, OrderListOtoRequired as Required};\n\
                fn a() -> OrderListOto { OrderListOto::new(Required { symbol, working_price: price, ..other }) }\n\
                fn b() -> Required { Required { symbol: \"X\".into(), pending_quantity } }\n\
                fn c(client: binance_wire_spot::rest::Client, all: Required) { client.order_list_oto(all); }\n\
                fn d(oto: OrderListOto) { oto.working_price; }\n";
    let found = |item: RustItem| found(SPOT, &[("src/main.rs", main)], &[item]);
    assert_eq!(
        found(constructor("requests::OrderListOto")),
        [
            "src/main.rs:2 Certain Constructs",
            "src/main.rs:2 Certain Constructs",
            "src/main.rs:3 Certain Constructs",
            "src/main.rs:4 Certain Calls",
        ]
    );
    assert_eq!(
        found(field("requests::OrderListOto", "working_price")),
        [
            "src/main.rs:2 Certain Constructs",
            "src/main.rs:5 Certain Accesses"
        ]
    );
}

#[test]
fn a_shared_type_is_each_products_own_and_the_same_by_each_of_its_names() {
    let main = "use binance_wire_spot::OrderStatus;\nfn f() -> OrderStatus { binance_wire_spot::models::enums::OrderStatus::New }\n";
    let of = |krate: &str| RustItem {
        krate: krate.into(),
        kind: RustItemKind::Type {
            path: "models::OrderStatus".into(),
        },
    };
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[of("binance_wire_spot")]),
        [
            "src/main.rs:1 Certain Names",
            "src/main.rs:2 Certain Names",
            "src/main.rs:2 Certain Names",
        ]
    );
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[of("binance_wire_margin")]),
        [] as [&str; 0]
    );
}

#[test]
fn what_cannot_be_known_is_possible_and_what_can_be_known_is_not_doubted() {
    let main = "use binance_wire_spot::models::Order;\n\
                struct Own { price: f64 }\n\
                fn a(x: Own, o: Order) { x.price; o.price; }\n\
                fn b() { let y = elsewhere(); y.price; for z in y.list() { z.price(); } }\n\
                macro_rules! m { ($o:expr) => { $o.price }; }\n\
                fn c(o: &Order) { my_log!(id = %o.price, \"text\"); tracing::info!(?o.price); }\n";
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[field("models::Order", "price")]),
        [
            "src/main.rs:3 Certain Accesses",
            "src/main.rs:4 Possible Accesses",
            "src/main.rs:5 Possible Accesses",
            "src/main.rs:6 Certain Accesses",
            "src/main.rs:6 Certain Accesses",
        ]
    );
}

#[test]
fn a_name_that_a_macro_of_the_project_takes_may_be_a_member() {
    let main = "use binance_wire_spot::models::Order;\n\
                macro_rules! get { ($o:expr, $f:ident) => { $o.$f }; }\n\
                fn a(o: &Order) { get!(o, price); }\n\
                fn b(price: u8) { own!(price); }\n\
                fn c() { println!(\"{price}\", price = 1); own!(module::price); }\n\
                macro_rules! reader { ($n:ident, $f:ident) => { fn $n(o: &Order) { o.$f; } }; }\n\
                reader!(filled, price);\n";
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[field("models::Order", "price")]),
        [
            "src/main.rs:3 Possible Accesses",
            "src/main.rs:7 Possible Accesses"
        ]
    );
}

#[test]
fn what_a_module_includes_belongs_to_it() {
    let main = "use binance_wire_spot::models as m;\npub mod a { include!(\"real.rs\"); }\n";
    let real = "fn f(o: &super::m::Order) { o.price; }\n";
    assert_eq!(
        found(
            SPOT,
            &[("src/main.rs", main), ("src/real.rs", real)],
            &[field("models::Order", "price")]
        ),
        ["src/real.rs:1 Certain Accesses"]
    );
}

#[test]
fn values_spelled_as_the_exchange_does_are_found() {
    let main = "use binance_wire_spot::{requests::NewOrder, models::*};\n\
                fn a() { let _ = NewOrder::new(\"BTCUSDT\", \"BUY\", \"LIMIT\").time_in_force(\"GTC\"); }\n\
                fn b(s: &str) -> bool { s == \"GTC\" }\n";
    assert_eq!(
        found(
            SPOT,
            &[("src/main.rs", main)],
            &[variant("models::TimeInForce", "Gtc")]
        ),
        ["src/main.rs:2 Certain Spells", "src/main.rs:3 Possible Spells"]
    );
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[variant("models::Side", "Buy")]),
        ["src/main.rs:2 Certain Spells"]
    );
}

#[test]
fn members_of_a_workspace_tests_and_examples_are_searched() {
    let manifest = "[workspace]\nmembers = [\"*\"]\n[workspace.dependencies]\nspot = { package = \
                    \"binance-wire-spot\", version = \"0.1\" }\n";
    let lib = "[package]\nname = \"my-desk\"\n[dependencies]\nspot.workspace = true\n";
    let app = "[package]\nname = \"app\"\n[dependencies]\nmy-desk = { path = \"../desk\" }\n";
    let files = [
        ("desk/Cargo.toml", lib),
        ("desk/src/lib.rs", "pub mod a;\npub use spot::models::Order;\n"),
        ("desk/src/a/mod.rs", "pub mod b;\n"),
        (
            "desk/src/a/b.rs",
            "pub fn last() -> Option<spot::models::Order> { None }\n",
        ),
        (
            "desk/tests/t.rs",
            "#[test] fn t() { assert!(my_desk::a::b::last().unwrap().is_working); }\n",
        ),
        (
            "desk/examples/e/main.rs",
            "fn main() { if let Some(o) = my_desk::a::b::last() { o.is_working; } }\n",
        ),
        ("app/Cargo.toml", app),
        (
            "app/src/main.rs",
            "fn main() { let all: Vec<my_desk::Order> = vec![]; all[0].is_working; }\n",
        ),
    ];
    assert_eq!(
        found(manifest, &files, &[field("models::Order", "is_working")]),
        [
            "app/src/main.rs:1 Certain Accesses",
            "desk/examples/e/main.rs:1 Certain Accesses",
            "desk/tests/t.rs:1 Certain Accesses",
        ]
    );
}

#[test]
fn calls_on_clients_behind_fields_locks_and_select_are_followed() {
    let main = "use std::sync::{Arc, Mutex};\n\
                use binance_wire_spot::{rest::Client, ws_api};\n\
                struct App { client: Arc<Client>, ws: Mutex<Option<ws_api::Client>> }\n\
                impl App {\n\
                fn client(&self) -> &Client { &self.client }\n\
                async fn a(&self) { let _ = self.client().new_order(\"A\", \"BUY\", \"LIMIT\"); }\n\
                async fn b(&self) { let ws = self.ws.lock().unwrap(); ws.as_ref().unwrap().new_order(\"A\", \"BUY\", \"LIMIT\"); }\n\
                async fn c(&self) { Client::new_order(&self.client, \"A\", \"BUY\", \"LIMIT\"); }\n\
                async fn d(&self) { tokio::select! { r = self.client.new_order(\"A\", \"BUY\", \"LIMIT\").send() => { r.unwrap().order_id(); } _ = tick() => {} } }\n\
                async fn e(&self) { let f = Client::new_order; self.client.test_order(\"A\", \"BUY\", \"LIMIT\"); }\n\
                }\n";
    assert_eq!(
        found(
            SPOT,
            &[("src/main.rs", main)],
            &[constructor("requests::NewOrder")]
        ),
        [
            "src/main.rs:6 Certain Calls",
            "src/main.rs:7 Certain Calls",
            "src/main.rs:8 Certain Calls",
            "src/main.rs:9 Certain Calls",
            "src/main.rs:10 Certain Names",
        ]
    );
    let answered = spot(RustItemKind::Method {
        owner: "models::NewOrderResponse".into(),
        name: "order_id".into(),
    });
    assert_eq!(
        found(SPOT, &[("src/main.rs", main)], &[answered]),
        ["src/main.rs:9 Certain Calls"]
    );
}

#[test]
fn a_file_that_does_not_parse_is_named_and_hides_nothing_else() {
    let files = [
        (
            "src/main.rs",
            "mod broken;\nfn f(o: binance_wire_spot::models::Order) { o.price; }\n",
        ),
        ("src/broken.rs", "fn ok() {}\nfn broken( {\n"),
    ];
    let report = uses::find(
        &project(SPOT, &files),
        surface(),
        &[field("models::Order", "price")],
    );
    assert_eq!(report.uses.len(), 1);
    let messages: Vec<String> = report.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains("src/broken.rs:2"), "{messages:?}");
}

#[test]
fn items_that_are_not_there_are_named() {
    let items = [
        field("models::Order", "colour"),
        field("models::Nothing", "price"),
        variant("models::OrderStatus", "Lost"),
    ];
    let report = uses::find(&project(SPOT, &[]), surface(), &items);
    assert_eq!(report.absent, items);
}

#[test]
fn what_is_no_project_of_ours_is_refused() {
    let refused = |files: &[(&str, &str)]| {
        let files = files
            .iter()
            .map(|(path, text)| SourceFile::new(*path, *text))
            .collect();
        let found = Project::read(files, None).expect_err("refused");
        found
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(refused(&[("src/main.rs", "fn main() {}")]).contains("no Cargo.toml"));
    let broken = refused(&[("Cargo.toml", "[package]\nname = \"p\"\n[dependencies\n")]);
    assert!(broken.contains("Cargo.toml:3"), "{broken}");
    let other = refused(&[(
        "Cargo.toml",
        "[package]\nname = \"p\"\n[dependencies]\nserde = \"1\"\n",
    )]);
    assert!(other.contains("depends on binance-wire"), "{other}");
}

#[test]
fn what_goes_in_circles_ends() {
    let main = "mod a { pub use crate::b::*; pub use crate::b::X; pub type T = crate::b::U; }\n\
                mod b { pub use crate::a::*; pub use crate::a::X; pub type U = crate::a::T; }\n\
                use a::*; use b::*;\n\
                fn f(x: X, t: T, u: a::T) { x.price; t.price; u.price; X::New; T::New; }\n\
                impl a::T { fn g(&self) { self.price } }\n";
    let found = found(SPOT, &[("src/main.rs", main)], &[field("models::Order", "price")]);
    assert!(
        found.iter().all(|line| line.starts_with("src/main.rs:")),
        "{found:?}"
    );
}
