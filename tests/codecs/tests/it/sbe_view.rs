//! The JSON view of Spot's SBE messages: paths, defaults, embedded messages.

use binance_wire_core::{Decimal, Timestamp};
use binance_wire_sbe::Header;
use binance_wire_spot::sbe::{spot, stream};
use serde_json::{Value, json};
use spot::EncodeMessage;

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a number")
}

fn encode(message: &impl EncodeMessage) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes).expect("the message can be encoded");
    bytes
}

fn view(bytes: &[u8]) -> Value {
    let json = spot::json_view(bytes).expect("the message has a view");
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[test]
fn views_of_market_data() {
    let mut depth = spot::DepthResponse::new(5, -2, -5);
    depth.bids = vec![spot::DepthResponseBids::new(decimal("1.50"), decimal("0.00000"))];
    let message = json!({"lastUpdateId": 5, "bids": [["1.50", "0.00000"]], "asks": []});
    assert_eq!(
        view(&encode(&depth)),
        json!({"template": "DepthResponse", "schemaId": 3, "version": 5, "message": message})
    );
    let mut klines = spot::KlinesResponse::new(-1, 0);
    klines.klines = vec![spot::KlinesResponseKlines::new(
        Timestamp::from_micros(1),
        decimal("2.0"),
        decimal("3.0"),
        decimal("1.0"),
        decimal("2.5"),
        decimal("79228162514264337593543950335"),
        Timestamp::from_micros(2),
        decimal("0.0"),
        3,
        decimal("4"),
        decimal("0.1"),
    )];
    assert_eq!(
        view(&encode(&klines))["message"],
        json!([[
            1,
            "2.0",
            "3.0",
            "1.0",
            "2.5",
            "79228162514264337593543950335",
            2,
            "0.0",
            3,
            "4",
            "0.1"
        ]])
    );
    let average = spot::AveragePriceResponse::new(5, -8);
    assert_eq!(
        view(&encode(&average))["message"],
        json!({"mins": 5, "price": "0", "closeTime": -1})
    );
    let mut trades = stream::TradesStreamEvent::new(
        Timestamp::from_micros(1),
        Timestamp::from_micros(2),
        -2,
        -1,
        "１２３４５６",
    );
    trades.trades = vec![stream::TradesStreamEventTrades::new(
        3,
        decimal("1.25"),
        decimal("0.5"),
        stream::BoolEnum::from_raw(9),
    )];
    let json = stream::json_view(&encode(&trades)).expect("a view");
    let trade = json!({"id": 3, "price": "1.25", "qty": "0.5", "isBuyerMaker": 9, "isBestMatch": true});
    assert_eq!(
        serde_json::from_str::<Value>(&json).expect("JSON")["message"],
        json!({"eventTime": 1, "transactTime": 2, "trades": [trade], "symbol": "１２３４５６"})
    );
}

#[test]
fn paths_nest_and_replace() {
    let filter = encode(&spot::PriceFilter::new(
        -1,
        decimal("0.1"),
        decimal("9.0"),
        decimal("0.1"),
    ));
    let mut newer = Vec::new();
    Header {
        block_length: 0,
        template_id: 77,
        schema_id: 3,
        version: 9,
    }
    .write(&mut newer);
    let mut filters = spot::MyFiltersResponse::new();
    filters.symbol_filters = vec![
        spot::MyFiltersResponseSymbolFilters::new(filter),
        spot::MyFiltersResponseSymbolFilters::new(newer),
    ];
    let price =
        json!({"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "9.0", "tickSize": "0.1"});
    let message = json!({
        "exchangeFilters": [], "symbolFilters": [price, {"error": "unknown template"}], "assetFilters": [],
    });
    assert_eq!(view(&encode(&filters))["message"], message);

    let sors = |sors| {
        let mut message = spot::ExchangeInfoResponse::new();
        message.sors = sors;
        message
    };
    assert_eq!(
        view(&encode(&sors(vec![])))["message"],
        json!({"rateLimits": [], "exchangeFilters": [], "symbols": []})
    );
    let symbols = |name: &str| spot::ExchangeInfoResponseSorsSorSymbols::new(name);
    let one = vec![{
        let mut message = spot::ExchangeInfoResponseSors::new("BTC");
        message.sor_symbols = vec![symbols("BTCUSDT"), symbols("BTCUSDC")];
        message
    }];
    assert_eq!(
        view(&encode(&sors(one)))["message"]["sors"],
        json!([{"symbols": ["BTCUSDT", "BTCUSDC"], "baseAsset": "BTC"}])
    );

    let mut commission = spot::OrderTestWithCommissionsResponse::new(
        -4,
        -2,
        decimal("0.0010"),
        decimal("0.0020"),
        decimal("0"),
        decimal("0"),
        true,
        false,
        decimal("0.75"),
    );
    commission.discount_asset = Some("BNB".into());
    assert_eq!(
        view(&encode(&commission))["message"],
        json!({
            "standardCommissionForOrder": {"maker": "0.0010", "taker": "0.0020"},
            "taxCommissionForOrder": {"maker": "0.0000", "taker": "0.0000"},
            "discount": {
                "enabledForAccount": true, "enabledForSymbol": false, "discount": "0.75", "discountAsset": "BNB",
            },
        })
    );

    let error = spot::ErrorResponse::new(-2010, "no \"balance\"");
    let response = spot::WebSocketResponse::new(false, 400, "", encode(&error));
    assert_eq!(
        view(&encode(&response))["message"],
        json!({
            "sbeSchemaIdVersionDeprecated": false, "status": 400, "rateLimits": [], "id": "",
            "result": {"code": -2010, "msg": "no \"balance\""},
        })
    );
}
