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

#[test]
fn a_refused_entry_of_a_batch_keeps_all_that_comes_with_it() {
    let refused = r#"{"code":-2022,"msg":"ReduceOnly Order is rejected.","orderId":7,"symbol":"ABC","clientOrderId":"a","data":{"x":[1]}}"#;
    let rows = ["usds-futures|/fapi/v1/batchOrders", "coin-futures|/dapi/v1/batchOrders"].map(|of| {
        let (product, path) = of.split_once('|').expect("a product and a path");
        format!(
            r#"{{"product":"{product}","transport":"rest","key":"POST {path}","payload":[{refused},{{"code":-4015,"msg":"no"}}]}}"#
        )
    });
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    assert_eq!(counts(&rows), "2 passed, 0 spelled differently, 0 failed");
}

#[test]
fn columns_that_nobody_knows_are_kept() {
    let rows = [
        r#"{"product":"spot","transport":"rest","key":"GET /api/v3/klines","payload":[[1499040000000,"0.01634790","0.8","0.01575800","0.01577100","148976.11427815",1499644799999,"2434.19055334",308,"1756.87402397","28.46694368","0","extra",{"a":1}]]}"#,
    ];
    assert_eq!(counts(&rows), "1 passed, 0 spelled differently, 0 failed");
}

#[test]
fn columns_behind_a_level_of_a_book_are_named_since_nothing_keeps_them() {
    let row = r#"{"product":"spot","transport":"rest","key":"GET /api/v3/depth","payload":{"lastUpdateId":1,"bids":[["4.00000000","431.00000000",[]]],"asks":[]}}"#;
    let run = program(&["conform", "-"], row.as_bytes());
    assert_eq!(run.code, Some(1), "{}", run.out);
    let expected = "$.bids[0]: had 3 elements, re-encoded with 2";
    assert!(
        run.out.contains(expected) || run.err.contains(expected),
        "{}{}",
        run.out,
        run.err
    );
}

#[test]
fn amounts_of_eighteen_decimals_are_written_as_they_came() {
    let row = |fee: &str| {
        format!(
            r#"{{"product":"wallet","transport":"rest","key":"GET /sapi/v1/capital/config/getall","payload":[{{"coin":"X","networkList":[{{"coin":"X","network":"N","withdrawFee":"{fee}","withdrawMax":"100000000000000000000.000000000000000000"}}]}}]}}"#
        )
    };
    for fee in [
        "0.100000000000000000000000000000000",
        "0.123456789012345678901234567890123",
    ] {
        assert_eq!(
            counts(&[&row(fee)]),
            "1 passed, 0 spelled differently, 0 failed",
            "{fee}"
        );
    }
}

#[test]
fn an_order_without_the_assets_of_its_symbol_is_an_order() {
    let rows = [
        r#"{"product":"options","transport":"rest","key":"GET /eapi/v1/order","payload":{"orderId":4611875134427365378,"symbol":"BTC-260228-70000-C","status":"EXPIRED_IN_MATCH","clientOrderId":"testMaker1","price":"51","avgPrice":"0.0000","side":"BUY"}}"#,
        r#"{"product":"coin-futures","transport":"rest","key":"GET /dapi/v1/order","payload":{"orderId":7,"symbol":"BTCUSD_PERP","status":"NEW","clientOrderId":"a","side":"BUY","positionSide":"BOTH"}}"#,
    ];
    assert_eq!(counts(&rows), "2 passed, 0 spelled differently, 0 failed");
    let bracket = r#"{"product":"coin-futures","transport":"rest","key":"GET /dapi/v1/leverageBracket","payload":[{"pair":"BTCUSD","brackets":[{"bracket":1,"qtyFloor":0}]}]}"#;
    assert!(counts(&[bracket]).ends_with("0 failed"));
}
