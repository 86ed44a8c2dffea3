//! Types that `specs/shared` declares, and error codes of the leaf crate, as the product's users see them.

use std::any::TypeId;

use binance_wire_core::json;
use binance_wire_nasty::models::{self, Event, Fills};
use binance_wire_nasty::{ErrorCode, OrderType, Side, error_codes, requests};
use binance_wire_shared as shared;

#[test]
fn a_shared_type_is_the_products_own_under_the_products_name() {
    assert_eq!(TypeId::of::<Side>(), TypeId::of::<models::enums::Side>());
    let path = std::any::type_name::<OrderType>();
    assert_eq!(path, "binance_wire_nasty::models::enums::OrderType");
    // A value set of another crate with the same values takes the text of this one.
    assert_eq!(Side::unlisted(Side::TSell.as_str()), Side::TSell);
    // An inline type of the product stays its own, though it equals a shared one.
    assert_ne!(
        TypeId::of::<models::FillsLegsItem>(),
        TypeId::of::<models::FillLegsItem>()
    );
}

#[test]
fn answers_made_of_shared_types_round_trip() {
    let text = concat!(
        r#"{"events":[{"price":"1.50","side":"BUY","type":"STOP_MARKET","fee":{"asset":"BNB","amount":"0.1"}},"#,
        r#"{"asset":"BTC","amount":"2"}],"levels":[["1.0","2.00"]],"total":{"asset":"BNB","amount":"0.1"}}"#
    );
    let fills: Fills = json::from_str(text).expect("it decodes");
    assert_eq!(json::to_string(&fills), text);
    match fills.events.first() {
        Some(Event::Fill(fill)) => {
            assert_eq!(fill.side, Side::Buy);
            assert_eq!(fill.type_, Some(OrderType::StopMarket));
        }
        other => panic!("{other:?}"),
    }
    let wrong: Fills = json::from_str(r#"{"events":[{"price":"1.50","side":"BUY"}]}"#).expect("it decodes");
    assert_eq!((wrong.events.len(), wrong.events.unreadable().len()), (0, 1));
    assert!(
        wrong.events.complete().is_err(),
        "a member of a shared type is missing"
    );
}

#[test]
fn requests_take_shared_types_under_the_products_names() {
    let request = requests::Fills::new().type_(OrderType::Limit).side(Side::TSell);
    assert_eq!(request.side, Some(Side::TSell));
}

#[test]
fn error_codes_come_from_all_families_of_the_product() {
    assert_eq!(error_codes::UNKNOWN, ErrorCode(-1000));
    assert_eq!(error_codes::PENDING, error_codes::NO_RELATION);
    assert_eq!(error_codes::SYS_ERROR, ErrorCode(1_130_101));
    assert_eq!(error_codes::BAD_KEY, ErrorCode(50_009));
    assert_eq!(error_codes::CODE_5014, ErrorCode(-5014));
    for (code, name) in [
        (-1000, Some("UNKNOWN")),
        (-5012, Some("PENDING")),
        (-5013, Some("Not \"plain\"")),
        (-5014, None),
        (1_130_101, Some("SYS_ERROR")),
        (50_009, None),
        (-1, None),
    ] {
        assert_eq!(error_codes::name(ErrorCode(code)), name, "{code}");
    }
    assert_eq!(error_codes::spelling(error_codes::BAD_KEY), Some("050009"));
    assert_eq!(error_codes::spelling(error_codes::SYS_ERROR), None);
    assert_eq!(
        shared::error_codes::other::name(ErrorCode(-1001)),
        Some("OTHERS"),
        "one number can mean different things"
    );
}
