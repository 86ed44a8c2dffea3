//! Payloads that are not what the documentation says: an error that names the place, or the value as it came.

use std::fmt::Debug;

use binance_wire::{Decimal, DecodeError, List, Nullable, RawJson, dec};
use binance_wire::{alpha, connect, margin, usds_futures, wallet};
use binance_wire_core::{DecodeErrorKind, FromJson, ToJson, json};
use binance_wire_products_tests::samples;
use usds_futures::models::{ExchangeInfo, Filter, UserDataEvent};

/// Kind and place of the error that a text of this type must give.
#[track_caller]
fn error<T: FromJson + Debug>(text: &str) -> (DecodeErrorKind, String) {
    let error = json::from_str::<T>(text).expect_err(text);
    assert!(error.offset() <= text.len(), "{error}");
    (error.kind().clone(), error.path())
}

#[track_caller]
fn read<T: FromJson>(text: &str) -> T {
    json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

const ASSET: &str = r#"{"asset":"AVAX","free":"1","locked":"0","freeze":"0","withdrawing":"0","ipoable":"0","btcValuation":"0.00000001"}"#;

const TRADE: &str = r#"{"id":1,"price":"1","qty":"2","time":3,"isBuyerMaker":true}"#;

#[test]
fn a_member_that_is_missing_null_or_of_another_type() {
    type Trades = Vec<usds_futures::models::Trade>;

    let with = |price: &str| format!("[{TRADE},{}]", TRADE.replace(r#""price":"1","#, price));
    for (member, kind, path) in [
        ("", DecodeErrorKind::MissingField("price"), "$[1]"),
        (r#""price":null,"#, DecodeErrorKind::UnexpectedNull, "$[1].price"),
        (
            r#""price":true,"#,
            DecodeErrorKind::WrongType("a decimal number"),
            "$[1].price",
        ),
        (
            r#""price":{"a":1},"#,
            DecodeErrorKind::WrongType("a decimal number"),
            "$[1].price",
        ),
        (
            r#""price":"","#,
            DecodeErrorKind::WrongType("a decimal number"),
            "$[1].price",
        ),
        (
            r#""price":"1,5","#,
            DecodeErrorKind::WrongType("a decimal number"),
            "$[1].price",
        ),
        (
            r#""price":"NaN","#,
            DecodeErrorKind::WrongType("a decimal number"),
            "$[1].price",
        ),
        (
            r#""price":"1","price":"2","#,
            DecodeErrorKind::DuplicateField("price"),
            "$[1]",
        ),
    ] {
        let (found, place) = error::<Trades>(&with(member));
        assert_eq!((&found, place.as_str()), (&kind, path), "{member}");
    }
    assert_eq!(
        error::<Trades>("{}"),
        (DecodeErrorKind::WrongType("an array"), "$".to_owned())
    );
    assert_eq!(
        error::<Trades>(&format!("[{TRADE}] x")).0,
        DecodeErrorKind::TrailingInput
    );
    // What is not known yet is passed over.
    assert_eq!(
        read::<Trades>(&with(r#""new":[{"a":1e999}],"price":"1","#)).len(),
        2
    );
}

#[test]
fn what_is_not_proven_may_be_left_out_and_a_word_in_its_place_is_kept() {
    type Balance = usds_futures::models::AccountBalance;

    let text = |more: &str| format!(r#"{{"asset":"USDT","balance":"1.50"{more}}}"#);
    assert_eq!(read::<Balance>(&text("")).update_time, None);
    assert_eq!(read::<Balance>(&text(r#","updateTime":null"#)).update_time, None);
    let word: Balance = read(&text(r#","updateTime":"soon""#));
    assert_eq!(
        (word.update_time, word.raw.get("updateTime")),
        (None, Some(r#""soon""#))
    );
    let (kind, path) = error::<Balance>(&text(r#","updateTime":{"a":1}"#));
    assert!(matches!(kind, DecodeErrorKind::WrongType(_)), "{kind:?}");
    assert_eq!(path, "$.updateTime");
}

#[test]
fn null_is_not_absent_where_it_means_something() {
    type Address = connect::models::DepositAddress;

    let sample = |tag: &str| format!(r#"{{"depositAddress":"0xab","network":"BSC"{tag}}}"#);
    let null: Address = read(&sample(r#","addressTag":null"#));
    assert_eq!(null.address_tag, Some(Nullable::Null));
    assert_eq!(read::<Address>(&sample("")).address_tag, None);
    assert_eq!(json::to_string(&null), sample(r#","addressTag":null"#));
}

#[test]
fn values_that_are_not_known_yet_come_back_as_they_were() {
    for text in ["", "BUY ", "buy", "Kauf", "\u{1F980}", "NEW_SIDE"] {
        let side = margin::Side::unlisted(text);
        assert!(matches!(side, margin::Side::Unrecognized(_)), "{text}");
        assert_eq!(side.as_str(), text);
    }
    let sent = r#"{"code":"X","kind":"MARKET_DATA_\u00fc"}"#;
    #[derive(Debug)]
    struct Kinds(Vec<usds_futures::FuturesOrderType>);
    impl FromJson for Kinds {
        fn from_json(reader: &mut binance_wire_core::Reader<'_>) -> Result<Self, DecodeError> {
            FromJson::from_json(reader).map(Self)
        }
    }
    assert!(json::from_str::<Kinds>(sent).is_err());
    let kinds = read::<Kinds>(r#"["LIMIT","ICEBERG_2","LIMIT"]"#).0;
    assert_eq!(kinds[0], usds_futures::FuturesOrderType::Limit);
    assert_eq!(json::to_string(&kinds), r#"["LIMIT","ICEBERG_2","LIMIT"]"#);
    // A value of another type is no value.
    assert!(matches!(
        error::<Kinds>(r#"["LIMIT",true]"#),
        (DecodeErrorKind::WrongType(_), path) if path == "$[1]"
    ));
}

#[test]
fn an_event_that_is_not_known_yet_is_kept() {
    for text in [
        r#"{"e":"NEW_EVENT","E":1,"o":{"s":"BTCUSDT"}}"#,
        r#"{"E":1,"more":[1, 2.50],"e":"order_trade_update"}"#,
    ] {
        let event: UserDataEvent = read(text);
        assert!(matches!(&event, UserDataEvent::Unrecognized(raw) if raw.as_str() == text));
        assert_eq!(json::to_string(&event), text);
    }
    // Without a name it is no event; a known one must be what it says.
    assert!(json::from_str::<UserDataEvent>(r#"{"E":1}"#).is_err());
    assert_eq!(
        error::<UserDataEvent>(r#"{"e":"listenKeyExpired"}"#),
        (DecodeErrorKind::MissingField("E"), "$".to_owned())
    );
}

/// The filters of the first symbol.
#[track_caller]
fn filters(info: &ExchangeInfo) -> &List<Filter> {
    let symbols = info.symbols.as_ref().expect("symbols");
    symbols[0].filters.as_ref().expect("filters")
}

#[test]
fn a_filter_that_is_not_known_yet_leaves_its_neighbours_alone() {
    let sample = samples::payload("usds-futures", "GET /fapi/v1/exchangeInfo");
    let known: ExchangeInfo = read(&sample);
    let unknown = r#"{"filterType":"MAX_HEADACHE","limit":[3, "1.0"]}"#;
    let extended = sample.replacen(r#""filters":["#, &format!(r#""filters":[{unknown},"#), 1);
    assert_ne!(extended, sample);
    let info: ExchangeInfo = read(&extended);
    let [first, others @ ..] = &filters(&info)[..] else {
        panic!("no filters");
    };
    assert!(
        matches!(first, Filter::Unrecognized(raw) if raw.as_str() == unknown),
        "{first:?}"
    );
    assert_eq!(others, &filters(&known)[..]);
    assert!(
        others
            .iter()
            .any(|filter| matches!(filter, Filter::PriceFilter(_)))
    );
    // A filter without a name is kept raw, with an error that says which one.
    let nameless = sample.replacen(r#""filters":["#, r#""filters":[{"limit":3},"#, 1);
    let info: ExchangeInfo = read(&nameless);
    let found = filters(&info);
    let [unreadable] = found.unreadable() else {
        panic!("{found:?}");
    };
    assert_eq!((unreadable.index, unreadable.raw.as_str()), (0, r#"{"limit":3}"#));
    assert_eq!(
        (unreadable.error.kind().clone(), unreadable.error.path()),
        (DecodeErrorKind::MissingField("filterType"), "$[0]".to_owned())
    );
    assert_eq!(found.to_vec(), filters(&known).to_vec());
    let count = |info: &ExchangeInfo| info.symbols.as_ref().map(|symbols| symbols.len());
    assert_eq!(count(&info), count(&known));
    assert!(found.clone().complete().is_err());
}

#[test]
fn numbers_and_text_are_read_in_either_spelling() {
    use wallet::models::UserAsset;

    let asset: UserAsset = read(
        &ASSET
            .replace(r#""free":"1""#, r#""free":1.0"#)
            .replace("\"AVAX\"", "1000"),
    );
    assert_eq!((asset.asset.as_str(), asset.free), ("1000", Some(dec!(1))));
    assert_eq!(
        json::to_string(&asset),
        ASSET
            .replace(r#""free":"1""#, r#""free":"1.0""#)
            .replace("\"AVAX\"", "\"1000\"")
    );
}

#[test]
fn a_member_under_another_name() {
    type Method = connect::models::PaymentMethod;

    for name in ["payMethodCode", "paymentMethodCode"] {
        let method: Method = read(&format!(r#"{{"{name}":"BUY_CARD"}}"#));
        assert_eq!(method.pay_method_code.as_deref(), Some("BUY_CARD"));
        assert_eq!(json::to_string(&method), r#"{"payMethodCode":"BUY_CARD"}"#);
    }
    // Errors name it as it was sent, and under both names it occurs twice.
    assert_eq!(
        error::<Method>(r#"{"paymentMethodCode":{"a":1}}"#).1,
        "$.paymentMethodCode"
    );
    assert!(matches!(
        error::<Method>(r#"{"payMethodCode":"A","paymentMethodCode":"A"}"#).0,
        DecodeErrorKind::DuplicateField(_)
    ));
    assert_eq!(read::<Method>("{}").pay_method_code, None);
}

#[test]
fn numbers_as_text_and_bare() {
    type Method = connect::models::PaymentMethod;

    let limit = |sent: &str| {
        let text = format!(r#"{{"payMethodCode":"A","fiatMinLimit":{sent}}}"#);
        json::from_str::<Method>(&text).map(|method| method.fiat_min_limit)
    };
    for (sent, expected) in [
        ("15", dec!(15)),
        (r#""15""#, dec!(15)),
        ("0.10", dec!(0.10)),
        (r#""0.10""#, dec!(0.10)),
        ("1e-8", dec!(0.00000001)),
        (r#""1E-8""#, dec!(0.00000001)),
        ("2.5e3", dec!(2500)),
    ] {
        assert_eq!(limit(sent).expect(sent), Some(expected), "{sent}");
    }
    let written = limit("1e-8").expect("a number").map(|limit| limit.to_string());
    assert_eq!(written.as_deref(), Some("0.00000001"), "never an exponent");
    for sent in [r#""""#, r#"" 1""#, "true", r#""0x1""#, r#""1e""#] {
        assert_eq!(limit(sent).expect(sent), None, "{sent}");
    }
    assert!(limit("[1]").is_err());
}

/// Numbers that do not fit are errors, or kept as they came where they may be absent; never rounded, cut off or turned to
/// infinity.
#[test]
fn numbers_that_do_not_fit() {
    let trade = |price: &str| TRADE.replace(r#""price":"1""#, &format!(r#""price":"{price}""#));
    for price in [
        "79228162514264337593543950336",
        "1e400",
        "1e-400",
        &"9".repeat(5000),
        "0.00000000000000000000000000001",
    ] {
        let (kind, path) = error::<usds_futures::models::Trade>(&trade(price));
        assert!(
            matches!(kind, DecodeErrorKind::OutOfRange(_)),
            "{price}: {kind:?}"
        );
        assert_eq!(path, "$.price");
    }
    let largest = "79228162514264337593543950335";
    let read: usds_futures::models::Trade = read(&trade(largest));
    assert_eq!(read.price, Decimal::MAX);
    for time in ["9223372036854775808", "1e30", "-1e30", "1.5"] {
        let text = format!(r#"{{"asset":"USDT","balance":"1","updateTime":{time}}}"#);
        let balance: usds_futures::models::AccountBalance = self::read(&text);
        assert_eq!(
            (balance.update_time, balance.raw.get("updateTime")),
            (None, Some(time))
        );
    }
}

#[test]
fn deep_nesting_is_refused_before_the_stack_is_used_up() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(error::<RawJson>(&deep).0, DecodeErrorKind::TooDeep);
    let event = format!(r#"{{"e":"NEW_EVENT","x":{deep}}}"#);
    assert_eq!(error::<UserDataEvent>(&event).0, DecodeErrorKind::TooDeep);
    let asset = ASSET.replacen('{', &format!(r#"{{"new":{deep},"#), 1);
    assert_eq!(
        error::<wallet::models::UserAsset>(&asset).0,
        DecodeErrorKind::TooDeep
    );
    // As deep as the documentation goes, and far more, is read.
    let shallow = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    assert!(json::from_str::<RawJson>(&shallow).is_ok());
}

#[test]
fn tuples_that_are_too_short() {
    let kline = |slots: usize| {
        let slots: Vec<&str> = ["\"1\""].repeat(slots);
        format!("[[{}]]", slots.join(","))
    };
    type Klines = Vec<alpha::models::AlphaKline>;
    for slots in [0, 1, 11] {
        assert_eq!(
            error::<Klines>(&kline(slots)),
            (DecodeErrorKind::WrongLength(12, slots), "$[0]".to_owned())
        );
    }
    assert_eq!(error::<Klines>("[[]]").0, DecodeErrorKind::WrongLength(12, 0));
    let ragged = format!("[[{}]]", [r#""1""#, "null"].join(","));
    assert_eq!(
        error::<Klines>(&ragged),
        (DecodeErrorKind::UnexpectedNull, "$[0][1]".to_owned())
    );
}

/// Cut off after any byte, a payload is an error at a place within what is left.
#[test]
fn samples_cut_off_at_every_byte() {
    fn cut<T: FromJson + ToJson + Debug>(product: &str, key: &str) {
        let text = samples::payload(product, key);
        let whole: T = read(&text);
        assert!(!json::to_string(&whole).is_empty());
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let cut = &text[..end];
            let error = json::from_str::<T>(cut).expect_err(cut);
            assert!(error.path().starts_with('$'), "{error}");
            assert!(error.offset() <= end, "{error}");
        }
    }
    cut::<ExchangeInfo>("usds-futures", "GET /fapi/v1/exchangeInfo");
    cut::<usds_futures::streams::StreamMessage>("usds-futures", "<symbol>@depth@<updateSpeed>");
    cut::<margin::models::NewMarginOrder>("margin", "POST /sapi/v1/margin/order");
    cut::<Vec<wallet::models::CoinInfo>>("wallet", "GET /sapi/v1/capital/config/getall");
    cut::<Vec<usds_futures::models::OrderOutcome>>("usds-futures", "POST /fapi/v1/batchOrders");
}

/// Bytes that are no text at all.
#[test]
fn bytes_that_are_no_text() {
    let mut bytes = ASSET.as_bytes().to_vec();
    if let Some(letter) = bytes.iter_mut().find(|byte| **byte == b'V') {
        *letter = 0xff;
    }
    let error = json::from_slice::<wallet::models::UserAsset>(&bytes).expect_err("no UTF-8");
    assert_eq!(error.kind(), &DecodeErrorKind::NotUtf8);
}
