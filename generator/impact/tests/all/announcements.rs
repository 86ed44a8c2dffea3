//! The exchange's change logs: small ones for each habit, and the published ones against a table made by hand.

use std::collections::{BTreeMap, BTreeSet};

use binance_wire_impact::announcements::{self, Announcement, Difference, Method, News};

use crate::support;

fn read(file: &str, text: &str) -> Vec<Announcement> {
    let (entries, diagnostics) = announcements::parse(file, text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    entries
}

fn short(entries: &[Announcement]) -> Vec<String> {
    entries
        .iter()
        .map(|entry| {
            let effective = entry
                .effective
                .map(|date| format!(" from {date}"))
                .unwrap_or_default();
            let Announcement {
                date,
                product,
                kind,
                method,
                name,
                ..
            } = entry;
            format!("{date} {product} {kind:?} {method} {name}{effective}")
        })
        .collect()
}

#[test]
fn bullets_take_what_the_line_above_says() {
    let text = "# Change Log\n\n## 2022-3-29\n\n- New endpoints for Sub-Account:\n  - `GET /sapi/v1/sub-account/list`\n  \
                - ``POST`/sapi/v1/sub-account/virtualSubAccount``\n- Delete endpoints:\n  - GET \
                `sapi/v1/sub-account/old`\n- `PUT /sapi/v1/sub-account/x`: new parameter `email`\n";
    assert_eq!(
        short(&read("0052-products__sub-account__change-log.txt", text)),
        [
            "2022-03-29 sub-account Added GET /sapi/v1/sub-account/list",
            "2022-03-29 sub-account Added POST /sapi/v1/sub-account/virtualSubAccount",
            "2022-03-29 sub-account Removed GET /sapi/v1/sub-account/old",
            "2022-03-29 sub-account Changed PUT /sapi/v1/sub-account/x",
        ]
    );
}

#[test]
fn flattened_text_reads_the_same() {
    let text = "# Change Log ## 2026-04-14 Portfolio Margin - The following REST Endpoints will be enabled from \
                2026-04-28: - REST: - POST `/papi/v1/um/algo/order` - Websocket: - `ALGO_UPDATE`: algo order update \
                event - The following REST Endpoints will be deprecated from 2026-05-01 - REST: - Get \
                /papi/v1/um/conditional/order --- ## 2026-03-16 **Effective Date: 2026-03-20** USDⓈ-M Futures - \
                `GET/fapi/v1/klines` weight changed to 2 COIN-M Futures - Stream `@markPrice`: new field `ap`";
    assert_eq!(
        short(&read(
            "0221-products__common__derivatives-trading__change-log.txt",
            text
        )),
        [
            "2026-04-14 portfolio-margin Added POST /papi/v1/um/algo/order from 2026-04-28",
            "2026-04-14 portfolio-margin Added event ALGO_UPDATE from 2026-04-28",
            "2026-04-14 portfolio-margin Deprecated GET /papi/v1/um/conditional/order from 2026-05-01",
            "2026-03-16 usds-futures LimitChange GET /fapi/v1/klines from 2026-03-20",
            "2026-03-16 coin-futures Changed stream @markPrice from 2026-03-20",
        ]
    );
}

#[test]
fn dates_may_be_in_bold() {
    let text = "**2021-02-04**\n\n- Added new endpoint `GET /sapi/v1/broker/info`, which holds from **2021-03-01**, \
                roughly.\n\n**2020-09-07**\n- Added parameter email in endpoint `GET /sapi/v1/broker/subAccount `.\n";
    assert_eq!(
        short(&read("0223-products__common__binance-link__change-log.txt", text)),
        [
            "2021-02-04 link Added GET /sapi/v1/broker/info from 2021-03-01",
            "2020-09-07 link Changed GET /sapi/v1/broker/subAccount",
        ]
    );
}

#[test]
fn dates_may_be_rows_of_a_table() {
    let text = "| Date | Description |\n| --- | --- |\n| 2026-05-07 | Breaking: `/papi/v2/b402/settle` always has \
                `network`. No other change. |\n| 2026-04-13 | Published `/papi/v2/b402/verify`. |\n";
    assert_eq!(
        short(&read("0090-products__onchainpay-x402__change-log.txt", text)),
        [
            "2026-05-07 b402 Changed ? /papi/v2/b402/settle",
            "2026-04-13 b402 Added ? /papi/v2/b402/verify",
        ]
    );
}

#[test]
fn what_replaces_and_what_is_replaced_are_two_things() {
    let text = "## 2023-05-24\n- New endpoint `GET /fapi/v2/ticker/price` replaces `GET /fapi/v1/ticker/price`.\n\
                - `GET /sapi/v1/portfolio/interest-rate` has been deprecated, please use `GET \
                /sapi/v1/margin/interestRateHistory`.\n";
    assert_eq!(
        short(&read("log.md", text)),
        [
            "2023-05-24 usds-futures Added GET /fapi/v2/ticker/price",
            "2023-05-24 usds-futures Deprecated GET /fapi/v1/ticker/price",
            "2023-05-24 portfolio-margin-pro Deprecated GET /sapi/v1/portfolio/interest-rate",
        ]
    );
}

#[test]
fn a_position_is_a_line_and_a_column() {
    let entries = read("log.md", "## 2026-01-02\n\n- changed: ⓈⓈ `GET /api/v3/depth`\n");
    let found = entries.first().expect("an entry");
    assert_eq!(found.position.to_string(), "log.md:3:20");
    let line = "- changed: ⓈⓈ `GET /api/v3/depth`";
    assert!(line.chars().skip(19).collect::<String>().starts_with("/api"));
}

#[test]
fn a_log_of_no_known_style_is_refused() {
    for text in [
        "",
        "Release 1.2\n- Added GET /api/v3/depth\n",
        "2026-01-02: GET /api/v3/depth",
    ] {
        let (entries, diagnostics) = announcements::parse("notes.md", text);
        assert_eq!(entries, []);
        let message = diagnostics.first().expect("a complaint").to_string();
        assert!(
            message.contains("notes.md:1") && message.contains("no dated section"),
            "{message}"
        );
        assert!(message.contains("## 2026-06-20"), "{message}");
    }
}

#[test]
fn days_that_do_not_exist_are_refused_and_hide_nothing_else() {
    let text = "## 2026-02-30\n- New endpoint `GET /api/v3/a1`\n## 2026-13-01\n- New endpoint `GET /api/v3/a2`\n\
                ## 2024-02-29\n- New endpoint `GET /api/v3/a3`\n";
    let (entries, diagnostics) = announcements::parse("log.md", text);
    assert_eq!(short(&entries), ["2024-02-29 spot Added GET /api/v3/a3"]);
    let messages: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages[0].contains("log.md:1") && messages[0].contains("2026-02-30"),
        "{messages:?}"
    );
    assert!(
        messages[1].contains("log.md:3") && messages[1].contains("2026-13-01"),
        "{messages:?}"
    );
}

#[test]
fn a_log_is_related_to_what_differs() {
    let text = "## 2026-01-02\nUSDⓈ-M Futures\n- New endpoints:\n  - `GET /fapi/v1/new`\n  - `POST /fapi/v1/other`\n\
                - `GET /fapi/v1/depth`: weight changed to 5 from 2026-02-01\n- New stream `<symbol>@rpiDepth`\n";
    let entries = read("log.md", text);
    let finding = |kind, method, name: &str| Difference {
        product: "usds-futures".into(),
        kind,
        method,
        name: name.into(),
    };
    let findings = [
        finding(News::Added, Method::Get, "/fapi/v1/new"),
        finding(News::Changed, Method::Post, "/fapi/v1/other"),
        finding(News::Removed, Method::Delete, "/fapi/v1/new"),
        finding(News::Added, Method::Stream, "<pair>@rpiDepth"),
    ];
    let relation = announcements::relate(&entries, &findings);
    let both: Vec<_> = relation
        .both
        .iter()
        .map(|found| {
            (
                entries[found.entry].name.as_str(),
                found.findings.as_slice(),
                found.agrees,
            )
        })
        .collect();
    assert_eq!(
        both,
        [
            ("/fapi/v1/new", &[0][..], true),
            ("/fapi/v1/other", &[1], false),
            ("<symbol>@rpiDepth", &[3], true),
        ]
    );
    assert_eq!(relation.specs_only, [2]);
    let log_only: Vec<_> = relation
        .log_only
        .iter()
        .map(|(entry, date)| format!("{} {date}", entries[*entry].name))
        .collect();
    assert_eq!(log_only, ["/fapi/v1/depth 2026-02-01"]);
}

#[test]
fn endpoints_may_be_named_by_a_part_of_their_path() {
    let text = "| Date | Description |\n| --- | --- |\n| 2026-06-23 | Documented the paths \
                (`/bazaar/{resources, search}`). |\n| 2026-05-11 | Fixed `POST /supported` in the examples. |\n\
                | 2026-05-05 | Added the V2 API (`/papi/v2/b402/*`). |\n";
    let entries = read("0090-products__onchainpay-x402__change-log.txt", text);
    assert_eq!(
        short(&entries),
        [
            "2026-06-23 b402 Changed ? /bazaar/resources",
            "2026-06-23 b402 Changed ? /bazaar/search",
            "2026-05-11 b402 Changed POST /supported",
            "2026-05-05 b402 Added ? /papi/v2/b402/*",
        ]
    );
    // Only where the log is of a product that is documented so.
    let other = read("0041-products__wallet__change-log.txt", text);
    assert!(
        other.iter().all(|entry| !entry.name.starts_with("/bazaar")),
        "{other:?}"
    );
    let finding = |product: &str, kind, name: &str| Difference {
        product: product.into(),
        kind,
        method: Method::Post,
        name: name.into(),
    };
    let findings = [
        finding("b402", News::Added, "/papi/v2/b402/supported"),
        finding("b402", News::Added, "/papi/v2/b402/verify"),
        finding("wallet", News::Changed, "/sapi/v1/asset/supported"),
    ];
    let relation = announcements::relate(&entries, &findings);
    let both: Vec<_> = relation
        .both
        .iter()
        .map(|found| (entries[found.entry].name.as_str(), found.findings.as_slice()))
        .collect();
    assert_eq!(both, [("/supported", &[0][..]), ("/papi/v2/b402/*", &[0, 1])]);
    assert_eq!(relation.specs_only, [2]);
}

#[test]
fn a_list_of_new_methods_goes_on_with_what_they_do() {
    let text = "## 2025-11-06\nUSDⓈ-M Futures\n- Websocket API Update\n  - New algo order : `algoOrder.place`\n  - \
                Cancel algo order: `algoOrder.cancel`\n## 2025-11-05\nUSDⓈ-M Futures\n- Websocket API Update\n  - Cancel \
                algo order: `algoOrder.cancel`\n## 2025-11-04\nUSDⓈ-M Futures\n- RPI orders are not in\n- REST\n  - `GET \
                /fapi/v1/depth`\n- WebSocket\n  - `ticker.book`\n  - `@bookTicker`\n";
    let mut entries = read("0221-products__common__derivatives-trading__change-log.txt", text);
    entries.retain(|entry| entry.kind != News::NoticeWithoutEndpoint);
    assert_eq!(
        short(&entries),
        [
            "2025-11-06 usds-futures Added wsapi algoOrder.place",
            "2025-11-06 usds-futures Added wsapi algoOrder.cancel",
            "2025-11-05 usds-futures Changed wsapi algoOrder.cancel",
            "2025-11-04 usds-futures Changed GET /fapi/v1/depth",
            "2025-11-04 usds-futures Changed wsapi ticker.book",
            "2025-11-04 usds-futures Changed stream @bookTicker",
        ]
    );
}

/// One row of the table, or one entry, as far as the two can be compared.
type Row = (String, String);

/// The share of the table that must be found, and of what is found that must be in the table, in percent.
const LEAST_RECALL: usize = 99;
const LEAST_PRECISION: usize = 98;
/// The share of what is in both that must be of the same kind.
const LEAST_AGREEMENT: usize = 98;

#[test]
fn the_published_logs_say_what_the_table_says() {
    let (Some(table), Some(folder)) = (
        support::shared("contracts/changelog_endpoints.tsv"),
        support::shared("reference"),
    ) else {
        return;
    };
    let table = std::fs::read_to_string(table).expect("the table");
    let mut wanted: BTreeMap<Row, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [date, _, kind, method, name, ..] = cells[..] else {
            panic!("{line}");
        };
        if name.starts_with('/') && Method::of_verb(method).is_some() {
            let name = name.trim_end_matches('/').to_owned();
            let methods = wanted.entry((date.to_owned(), name)).or_default();
            methods
                .entry(method.to_owned())
                .or_default()
                .insert(kind.to_owned());
        }
    }

    let mut found: BTreeMap<Row, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for (path, text) in support::files_below(&folder) {
        if !path.to_ascii_lowercase().contains("change-log") {
            continue;
        }
        let (entries, diagnostics) = announcements::parse(&path, &text);
        assert!(diagnostics.is_empty(), "{path}: {diagnostics:?}");
        for entry in entries {
            let kind = match entry.kind {
                News::Added => "added",
                News::Changed => "changed",
                News::LimitChange => "limit_change",
                News::Deprecated => "deprecated",
                News::Removed => "removed",
                News::Suspended => "offline_window",
                News::NoticeWithoutEndpoint => continue,
            };
            if entry.name.starts_with('/') {
                let methods = found.entry((entry.date.to_string(), entry.name)).or_default();
                methods
                    .entry(entry.method.to_string())
                    .or_default()
                    .insert(kind.to_owned());
            } else {
                *names.entry(entry.method).or_insert(0) += 1;
            }
        }
    }

    // A log may name endpoints by a part of their paths.
    let means = |name: &str, path: &str| match name.strip_suffix('*') {
        Some(above) => path.starts_with(above),
        None => name == path || !name.contains("/v") && !name.starts_with("/bapi/") && path.ends_with(name),
    };
    let count = |rows: &BTreeMap<Row, BTreeMap<String, BTreeSet<String>>>| {
        rows.values().map(BTreeMap::len).sum::<usize>()
    };
    let (mut both, mut same_kind) = (0, 0);
    let mut missing = Vec::new();
    for (row, methods) in &wanted {
        for (method, kinds) in methods {
            let (day, path) = row;
            let here: BTreeSet<&String> = found
                .iter()
                .filter(|((other, name), _)| other == day && means(name, path))
                .filter_map(|(_, methods)| methods.get(method).or_else(|| methods.get("?")))
                .flatten()
                .collect();
            match here.is_empty() {
                false => {
                    both += 1;
                    if here.is_disjoint(&kinds.iter().collect()) {
                        println!("other kind: {row:?} {method}: {kinds:?} in the table, {here:?} found");
                    } else {
                        same_kind += 1;
                    }
                }
                true => missing.push(format!("missing: {row:?} {method} {kinds:?}")),
            }
        }
    }
    let mut extra = Vec::new();
    for (row, methods) in &found {
        for (method, kinds) in methods {
            let (day, name) = row;
            let there = wanted
                .iter()
                .filter(|((other, path), _)| other == day && means(name, path))
                .any(|(_, methods)| method == "?" || methods.contains_key(method));
            if !there {
                extra.push(format!("extra: {row:?} {method} {kinds:?}"));
            }
        }
    }
    for line in missing.iter().chain(&extra) {
        println!("{line}");
    }
    let (wanted, found) = (count(&wanted), count(&found));
    println!(
        "{wanted} in the table, {found} found; {both} in both, {same_kind} of the same kind, {} missing, {} extra",
        missing.len(),
        extra.len()
    );
    println!("names: {names:?}");
    assert!(both * 100 >= wanted * LEAST_RECALL, "{both} of {wanted}");
    assert!(
        (found - extra.len()) * 100 >= found * LEAST_PRECISION,
        "{} of {found}",
        extra.len()
    );
    assert!(same_kind * 100 >= both * LEAST_AGREEMENT, "{same_kind} of {both}");
}
