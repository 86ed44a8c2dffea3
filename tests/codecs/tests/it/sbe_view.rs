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
    let mut depth = spot::DepthResponse::new(spot::DepthResponseRequired {
        last_update_id: 5,
        price_exponent: -2,
        qty_exponent: -5,
    });
    depth.bids = vec![spot::DepthResponseBids::new(spot::DepthResponseBidsRequired {
        price: decimal("1.50"),
        qty: decimal("0.00000"),
    })];
    let message = json!({"lastUpdateId": 5, "bids": [["1.50", "0.00000"]], "asks": []});
    assert_eq!(
        view(&encode(&depth)),
        json!({"template": "DepthResponse", "schemaId": 3, "version": 5, "message": message})
    );
    let mut klines = spot::KlinesResponse::new(spot::KlinesResponseRequired {
        price_exponent: -1,
        qty_exponent: 0,
    });
    klines.klines = vec![spot::KlinesResponseKlines::new(
        spot::KlinesResponseKlinesRequired {
            open_time: Timestamp::from_micros(1),
            open_price: decimal("2.0"),
            high_price: decimal("3.0"),
            low_price: decimal("1.0"),
            close_price: decimal("2.5"),
            volume: decimal("79228162514264337593543950335"),
            close_time: Timestamp::from_micros(2),
            quote_volume: decimal("0.0"),
            num_trades: 3,
            taker_buy_base_volume: decimal("4"),
            taker_buy_quote_volume: decimal("0.1"),
        },
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
    let average = spot::AveragePriceResponse::new(spot::AveragePriceResponseRequired {
        mins: 5,
        price_exponent: -8,
    });
    assert_eq!(
        view(&encode(&average))["message"],
        json!({"mins": 5, "price": "0", "closeTime": -1})
    );
    let mut trades = stream::TradesStreamEvent::new(stream::TradesStreamEventRequired {
        event_time: Timestamp::from_micros(1),
        transact_time: Timestamp::from_micros(2),
        price_exponent: -2,
        qty_exponent: -1,
        symbol: "１２３４５６".into(),
    });
    trades.trades = vec![stream::TradesStreamEventTrades::new(
        stream::TradesStreamEventTradesRequired {
            id: 3,
            price: decimal("1.25"),
            qty: decimal("0.5"),
            is_buyer_maker: stream::BoolEnum::from_raw(9),
        },
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
    let filter = encode(&spot::PriceFilter::new(spot::PriceFilterRequired {
        price_exponent: -1,
        min_price: decimal("0.1"),
        max_price: decimal("9.0"),
        tick_size: decimal("0.1"),
    }));
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

    let mut commission =
        spot::OrderTestWithCommissionsResponse::new(spot::OrderTestWithCommissionsResponseRequired {
            commission_exponent: -4,
            discount_exponent: -2,
            standard_commission_for_order_maker: decimal("0.0010"),
            standard_commission_for_order_taker: decimal("0.0020"),
            tax_commission_for_order_maker: decimal("0"),
            tax_commission_for_order_taker: decimal("0"),
            discount_enabled_for_account: true.into(),
            discount_enabled_for_symbol: false.into(),
            discount: decimal("0.75"),
        });
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
