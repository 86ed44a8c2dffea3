//! Answers that the exchange has given and its documentation does not describe, as users have reported them.

use crate::common::program;

/// The last line that `conform` prints, which has to find nothing wrong.
fn counts(rows: &[&str]) -> String {
    let run = program(&["conform", "-"], rows.join("\n").as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.out);
    run.out.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_limit_that_does_not_exist_is_a_word() {
    let rows = [
        r#"{"product":"usds-futures","transport":"rest","key":"POST /fapi/v1/leverage","payload":{"leverage":1,"maxNotionalValue":"INF","symbol":"BTCUSDT"}}"#,
        r#"{"product":"usds-futures","transport":"rest","key":"GET /fapi/v1/symbolConfig","payload":[{"symbol":"BTCUSDT","marginType":"CROSSED","isAutoAddMargin":false,"leverage":1,"maxNotionalValue":"INF"}]}"#,
        r#"{"product":"portfolio-margin","transport":"rest","key":"POST /papi/v1/um/leverage","payload":{"leverage":1,"maxNotionalValue":"INF","symbol":"BTCUSDT"}}"#,
    ];
    assert_eq!(counts(&rows), "3 passed, 0 spelled differently, 0 failed");
}

#[test]
fn ids_and_days_are_numbers_where_texts_are_documented() {
    let rows = [
        r#"{"product":"simple-earn","transport":"rest","key":"POST /sapi/v1/simple-earn/locked/subscribe","payload":{"purchaseId":7,"positionId":70,"success":true}}"#,
        r#"{"product":"simple-earn","transport":"rest","key":"POST /sapi/v1/simple-earn/locked/subscribe","payload":{"purchaseId":7,"positionId":"70","success":true}}"#,
    ];
    assert_eq!(counts(&rows), "1 passed, 1 spelled differently, 0 failed");
}

#[test]
fn amounts_have_fractions_and_exponents_and_too_many_digits() {
    let bracket = |cap: &str| {
        format!(
            r#"{{"product":"usds-futures","transport":"rest","key":"GET /fapi/v1/leverageBracket","payload":[{{"symbol":"ABC","brackets":[{{"bracket":1,"initialLeverage":5,"notionalCap":{cap},"notionalFloor":0,"maintMarginRatio":0.01,"cum":0.5}}]}}]}}"#
        )
    };
    for cap in ["47.5", "9223372036854776000", "1E10"] {
        assert!(counts(&[&bracket(cap)]).ends_with("0 failed"), "{cap}");
    }
    let balance = |amount: &str| {
        format!(
            r#"{{"product":"usds-futures","transport":"rest","key":"GET /fapi/v3/balance","payload":[{{"asset":"USDT","balance":"1","crossUnPnl":"{amount}"}}]}}"#
        )
    };
    for amount in ["", "NaN", "1000000000000000000000000.00000000", "0E-8"] {
        assert!(counts(&[&balance(amount)]).ends_with("0 failed"), "{amount}");
    }
}

#[test]
fn one_object_stands_where_a_list_is_documented() {
    let pair = r#"{"fromAsset":"BTC","toAsset":"USDT","fromAssetMinAmount":"0.0004","fromAssetMaxAmount":"50","toAssetMinAmount":"20","toAssetMaxAmount":"2500000"}"#;
    let row = |payload: &str| {
        format!(
            r#"{{"product":"convert","transport":"rest","key":"GET /sapi/v1/convert/exchangeInfo","payload":{payload}}}"#
        )
    };
    let (one, many) = (row(pair), row(&format!("[{pair}]")));
    assert_eq!(
        counts(&[&one, &many]),
        "2 passed, 0 spelled differently, 0 failed"
    );
}

#[test]
fn damaged_payloads_are_counted() {
    let row = r#"{"product":"spot","transport":"rest","key":"GET /api/v3/time","payload":{"serverTime":1499827319559}}"#;
    let run = program(&["conform", "--damage", "-"], row.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.out);
    // Without its one member, or with a word or nothing in its place, the answer means nothing.
    let lines: Vec<Vec<&str>> = run
        .out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(
        lines.contains(&vec!["number", "as", "text", "1", "0", "0", "0"]),
        "{}",
        run.out
    );
    assert!(
        lines.contains(&vec!["member", "absent", "0", "0", "1", "0"]),
        "{}",
        run.out
    );
}
