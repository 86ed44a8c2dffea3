//! Notices without an endpoint, and that nothing that a log says is left out.

use std::collections::BTreeMap;

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
        .map(|entry| match entry.kind {
            News::NoticeWithoutEndpoint => format!("{} {} notice: {}", entry.date, entry.product, entry.text),
            kind => format!(
                "{} {} {kind:?} {} {}",
                entry.date, entry.product, entry.method, entry.name
            ),
        })
        .collect()
}

#[test]
fn what_names_no_endpoint_is_a_notice() {
    let text = "## 2026-01-15\n### Time-sensitive Notice\n- **The following will change on 2026-02-01:**\nPercent-encode \
                payloads before signing.\n- Error code `-4106` is new.\n- `GET /sapi/v1/asset/x`: new field `a`\n  - \
                `a` is empty for others\n- Wallet documents were rearranged.\n";
    let entries = read("0041-products__wallet__change-log.txt", text);
    assert_eq!(
        short(&entries),
        [
            "2026-01-15 wallet notice: **The following will change on 2026-02-01:**",
            "2026-01-15 wallet notice: Error code `-4106` is new.",
            "2026-01-15 wallet Changed GET /sapi/v1/asset/x",
        ]
    );
    assert_eq!(entries[0].under.as_deref(), Some("### Time-sensitive Notice"));
    assert_eq!(entries[0].details, ["Percent-encode payloads before signing."]);
    assert_eq!(entries[0].effective, announcements::Date::new(2026, 2, 1));
    assert_eq!(
        entries[2].details,
        ["`a` is empty for others", "Wallet documents were rearranged."]
    );
    let json = serde_json::to_value(&entries[1]).expect("JSON");
    assert_eq!(json["kind"], "notice-without-endpoint");
    assert_eq!(
        (&json["product"], &json["date"]),
        (&"wallet".into(), &"2026-01-15".into())
    );
}

#[test]
fn a_row_of_a_table_is_never_nothing() {
    let text = "| Date | Description |\n| --- | --- |\n| 2026-05-19 | Corrected the decimals of tokens. |\n\
                | 2026-05-07 | `extra.name` moved. No other change. |\n";
    assert_eq!(
        short(&read("0090-products__onchainpay-x402__change-log.txt", text)).len(),
        2
    );
}

#[test]
fn maintenance_is_no_removal() {
    let text = "## 2026-06-18\n- `POST /sapi/v1/sub-account/futures/move-position` will be unavailable from 2026-06-18 \
                until 2026-06-30.\n- `GET /sapi/v1/sub-account/x` will be unavailable from 2026-07-01.\n";
    assert_eq!(
        short(&read("sub-account.md", text)),
        [
            "2026-06-18 sub-account Suspended POST /sapi/v1/sub-account/futures/move-position",
            "2026-06-18 sub-account Removed GET /sapi/v1/sub-account/x",
        ]
    );
}

#[test]
fn what_a_name_is_for_says_nothing_of_it() {
    let text = "## 2023-01-13\n- The following endpoints will be discontinued:\n  - `POST /sapi/v1/a/ip` to support \
                users who enable and disable IP restrictions\n  - `POST /sapi/v1/a/ip/list` to add an IP list\n- New \
                endpoints:\n  - `DELETE /sapi/v1/a/ip` to delete IP lists\n- `GET /sapi/v1/a/old` is to be removed\n";
    assert_eq!(
        short(&read("log.md", text)),
        [
            "2023-01-13 spot Removed POST /sapi/v1/a/ip",
            "2023-01-13 spot Removed POST /sapi/v1/a/ip/list",
            "2023-01-13 spot Added DELETE /sapi/v1/a/ip",
            "2023-01-13 spot Removed GET /sapi/v1/a/old",
        ]
    );
}

#[test]
fn each_sentence_is_about_its_own_names() {
    let text = "## 2023-12-22\n- Binance will disable the following endpoints on 2024-03-31:\n  - `POST \
                /sapi/v2/eth-staking/eth/stake`: add new endpoint to stake. The endpoint `POST \
                /sapi/v1/eth-staking/eth/stake` will be deprecated.\n  - `POST /sapi/v1/eth-staking/wbeth/unwrap`: \
                delete this endpoint, `POST /sapi/v1/eth-staking/eth/redeem` is able to do the same\n  - `POST \
                /sapi/v1/eth-staking/eth/redeem`: add new parameter `asset`\n  - `GET /sapi/v1/eth-staking/gone`\n";
    let entries = read("0060-products__staking__change-log.txt", text);
    assert_eq!(
        short(&entries),
        [
            "2023-12-22 staking Added POST /sapi/v2/eth-staking/eth/stake",
            "2023-12-22 staking Deprecated POST /sapi/v1/eth-staking/eth/stake",
            "2023-12-22 staking Removed POST /sapi/v1/eth-staking/wbeth/unwrap",
            "2023-12-22 staking Changed POST /sapi/v1/eth-staking/eth/redeem",
            "2023-12-22 staking Removed GET /sapi/v1/eth-staking/gone",
        ]
    );
    // The day of the list is of what the list says.
    assert_eq!(entries[0].effective, None);
    assert_eq!(entries[4].effective, announcements::Date::new(2024, 3, 31));
}

#[test]
fn names_in_prose_and_addresses_take_nothing_from_the_list_above() {
    let text = "## 2025-08-11\n- The following endpoints will be deprecated:\n  - `POST /sapi/v1/portfolio/mint` Please \
                refer to [this](https://www.binance.com/en/support/update)\n  - Users of the portfolio margin \
                wallet can first collect all of their assets there with `POST /sapi/v1/portfolio/asset-collection`\n";
    assert_eq!(
        short(&read("log.md", text)),
        [
            "2025-08-11 portfolio-margin-pro Deprecated POST /sapi/v1/portfolio/mint",
            "2025-08-11 portfolio-margin-pro Changed POST /sapi/v1/portfolio/asset-collection",
        ]
    );
}

#[test]
fn events_and_methods_belong_to_the_product_that_their_section_is_about() {
    let text = "## 2025-12-10\n- The event `CONDITIONAL_ORDER_TRIGGER_REJECT` will be deprecated. Reasons are provided \
                within the `ALGO_UPDATE` event.\n## 2025-11-06\n- COIN-M Futures will move orders.\n- Websocket API \
                Update\n  - New algo order: `algoOrder.place`\n## 2025-11-05\n- `GET /dapi/v1/depth` changed\n- New \
                event: `ALGO_UPDATE`\n";
    assert_eq!(
        short(&read(
            "0221-products__common__derivatives-trading__change-log.txt",
            text
        )),
        [
            "2025-12-10 usds-futures Deprecated event CONDITIONAL_ORDER_TRIGGER_REJECT",
            "2025-11-06 coin-futures notice: COIN-M Futures will move orders.",
            "2025-11-06 coin-futures Added wsapi algoOrder.place",
            "2025-11-05 coin-futures Changed GET /dapi/v1/depth",
            "2025-11-05 coin-futures Added event ALGO_UPDATE",
        ]
    );
}

#[test]
fn notices_are_related_to_nothing_and_kept() {
    let entries = read("log.md", "## 2026-01-02\n- The signing rule changes.\n");
    let finding = Difference {
        product: "spot".into(),
        kind: News::Changed,
        method: Method::None,
        name: String::new(),
    };
    let relation = announcements::relate(&entries, &[finding]);
    assert_eq!((relation.notices, relation.specs_only), (vec![0], vec![0]));
    assert!(relation.both.is_empty() && relation.log_only.is_empty());
}

/// Letters and digits alone: nesting, marks and blanks are lost in the published texts anyway.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Bullets that are about products and parts of an API and nothing else, in all of the published logs.
const HEADERS: usize = 700;

#[test]
fn nothing_that_the_published_logs_say_is_left_out() {
    let Some(folder) = support::shared("reference") else {
        return;
    };
    let (mut lines, mut left_out) = (0, Vec::new());
    for (path, text) in support::files_below(&folder) {
        let lower = path.to_ascii_lowercase();
        if !lower.contains("change-log") && !lower.contains("changelog") {
            continue;
        }
        let (entries, _) = announcements::parse(&path, &text);
        let mut days: BTreeMap<String, String> = BTreeMap::new();
        for entry in &entries {
            let all = days.entry(entry.date.to_string()).or_default();
            for words in entry.under.iter().chain([&entry.text]).chain(&entry.details) {
                all.push_str(&plain(words));
                all.push('\n');
            }
        }
        // A text without its dates and bullets is in an entry of some day.
        let said = days.into_values().collect::<String>();
        for line in text
            .split('\n')
            .flat_map(|line| line.split("## "))
            .flat_map(|line| line.split(" - "))
            .flat_map(|line| line.split(" * "))
            .flat_map(|line| line.split("| "))
            // Rows of tables are read by sentence.
            .flat_map(|line| line.split(". "))
            .flat_map(|line| line.split("; "))
            .flat_map(|line| line.split("---"))
        {
            let words = plain(line);
            if words.chars().filter(|c| c.is_alphabetic()).count() < 12 {
                continue;
            }
            lines += 1;
            if !said.contains(words.trim_start_matches(|c: char| c.is_ascii_digit())) {
                left_out.push(line.to_owned());
            }
        }
    }
    let long: Vec<&String> = left_out
        .iter()
        .filter(|line| line.chars().count() > 100 && !line.contains("Document:"))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
    assert!(
        left_out.len() < HEADERS.min(lines / 20),
        "{} of {lines}: {left_out:#?}",
        left_out.len()
    );
}

/// The share of the table's rows without an endpoint that a notice of the same day speaks of, in percent.
const LEAST_RECALL: usize = 95;

#[test]
fn the_notices_of_the_table_are_found() {
    let (Some(table), Some(folder)) = (
        support::shared("contracts/changelog_endpoints.tsv"),
        support::shared("reference"),
    ) else {
        return;
    };
    let table = std::fs::read_to_string(table).expect("the table");
    let mut said: BTreeMap<(String, String), String> = BTreeMap::new();
    for (path, text) in support::files_below(&folder) {
        if !path.contains("change-log") {
            continue;
        }
        for entry in announcements::parse(&path, &text).0 {
            if entry.kind == News::NoticeWithoutEndpoint {
                let words = said
                    .entry((path[..4].to_owned(), entry.date.to_string()))
                    .or_default();
                for part in entry.under.iter().chain([&entry.text]).chain(&entry.details) {
                    words.push_str(&part.to_lowercase());
                    words.push(' ');
                }
            }
        }
    }
    let (mut rows, mut found) = (0, 0);
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [date, _, _, method, name, fact, files, ..] = cells[..] else {
            panic!("{line}");
        };
        if name.starts_with('/') || ["stream", "event", "wsapi"].contains(&method) {
            continue;
        }
        rows += 1;
        // One telling word of the row is in a notice of that day; the rule of signing was announced some days before.
        let words = format!("{name} {fact}").to_lowercase();
        let there = files.split(',').any(|file| {
            said.iter()
                .filter(|((of, day), _)| of == file && (day == date || name == "signing rule"))
                .any(|(_, text)| {
                    words
                        .split(|c: char| !c.is_alphanumeric())
                        .any(|word| word.len() >= 4 && word != "added" && text.contains(word))
                })
        });
        match there {
            true => found += 1,
            false => println!("missing: {line}"),
        }
    }
    assert!(found * 100 >= rows * LEAST_RECALL, "{found} of {rows}");
}

/// The form of the connectors' logs, of the collections' and of the OpenAPI document's.
const RECORDS: &str = "# Changelog

## 4.1.0 - 2026-03-02

**Derivatives Trading Usds Futures**

### Added (2)

#### REST API

- `new_thing()` (`GET /fapi/v1/thing`)

#### WebSocket Streams

- `thing_streams()` (`<symbol>@thing` stream)

### Changed (4)

#### REST API

- Added parameter `alpha`
  - affected methods:
    - `modify_thing()` (`PUT /fapi/v1/thing`)
- Modified response for `get_thing()` (`GET /fapi/v1/thing/all`):
  - items: property `beta` added
- Marked `old_thing()` (`POST /fapi/v1/thing/old`) as deprecated.

#### WebSocket API

- Deleted parameter `gamma`
  - affected methods:
    - `ping()` (`ping` method)

## 4.0.0 - 2026-02-01

### Deleted (1)

- `GET /dapi/v1/gone`

### Added

Crypto Loan:
- `GET /sapi/v1/loan/thing`: get the limit and value of a thing

### Fixed

- A race in the client.
";

#[test]
fn records_of_connectors_are_read_with_what_they_say_of_answers() {
    let (entries, complaints) = announcements::parse("log.md", RECORDS);
    assert!(complaints.is_empty(), "{complaints:?}");
    let said: Vec<String> = entries
        .iter()
        .map(|entry| {
            format!(
                "{} {} {} {} {:?} {}",
                entry.date,
                entry.product,
                entry.method,
                entry.name,
                entry.kind,
                entry.details.join("; ")
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "2026-03-02 usds-futures GET /fapi/v1/thing Added ",
            "2026-03-02 usds-futures stream <symbol>@thing Added ",
            "2026-03-02 usds-futures PUT /fapi/v1/thing Changed ",
            "2026-03-02 usds-futures GET /fapi/v1/thing/all Changed items: property `beta` added",
            "2026-03-02 usds-futures POST /fapi/v1/thing/old Deprecated ",
            "2026-03-02 usds-futures wsapi ping Changed ",
            "2026-02-01 coin-futures GET /dapi/v1/gone Removed ",
            "2026-02-01 crypto-loan GET /sapi/v1/loan/thing Added ",
            "2026-02-01 crypto-loan -  NoticeWithoutEndpoint ",
        ]
    );
    let parameter = entries
        .iter()
        .find(|entry| entry.name == "ping")
        .and_then(|entry| entry.under.clone());
    assert_eq!(parameter.as_deref(), Some("Deleted parameter `gamma`"));
}
