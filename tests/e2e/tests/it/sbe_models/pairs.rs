//! Answers of the documentation in JSON, and the same written by hand in SBE.

use binance_wire_core::{Operation, Timestamp, dec, json};
use binance_wire_spot::models::{self, Filter, NewOrderResponse};
use binance_wire_spot::requests;
use binance_wire_spot::sbe::spot::{self as wire, EncodeMessage};

fn encoded(message: &impl EncodeMessage) -> Vec<u8> {
    let mut out = Vec::new();
    message.encode(&mut out).expect("it can be sent");
    out
}

fn both<O: Operation>(message: &impl EncodeMessage, text: &str) -> O::Response
where
    O::Response: PartialEq + std::fmt::Debug,
{
    let sbe = O::SBE.expect("an SBE form")(&encoded(message)).expect("SBE");
    let json: O::Response = json::from_str(text).expect("JSON");
    assert_eq!(sbe, json);
    sbe
}

#[test]
fn an_order_book() {
    let message = {
        let mut message = wire::DepthResponse::new(wire::DepthResponseRequired {
            last_update_id: 1_027_024,
            price_exponent: -8,
            qty_exponent: -8,
        });
        message.bids = vec![wire::DepthResponseBids::new(wire::DepthResponseBidsRequired {
            price: dec!(4.00000000),
            qty: dec!(431.00000000),
        })];
        message.asks = vec![wire::DepthResponseAsks::new(wire::DepthResponseAsksRequired {
            price: dec!(4.00000200),
            qty: dec!(12.00000000),
        })];
        message
    };
    let book = both::<requests::Depth>(
        &message,
        r#"{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000"]]}"#,
    );
    // The digits too are those that JSON has.
    assert_eq!(book.bids[0].quantity.to_string(), "431.00000000");
}

fn new_order() -> wire::NewOrderFullResponse {
    {
        let mut message = wire::NewOrderFullResponse::new(wire::NewOrderFullResponseRequired {
            price_exponent: -8,
            qty_exponent: -8,
            order_id: 28,
            transact_time: Timestamp::from_micros(1_507_725_176_595_000),
            price: dec!(0),
            orig_qty: dec!(10),
            executed_qty: dec!(10),
            cummulative_quote_qty: dec!(10),
            status: wire::OrderStatus::Filled,
            time_in_force: wire::TimeInForce::Gtc,
            order_type: wire::OrderType::Market,
            side: wire::OrderSide::Sell,
            order_capacity: wire::OrderCapacity::Principal,
            working_floor: wire::Floor::Exchange,
            self_trade_prevention_mode: wire::SelfTradePreventionMode::None,
            prevented_quantity: dec!(0),
            used_sor: wire::BoolEnum::False,
            orig_quote_order_qty: dec!(0),
            symbol: "BTCUSDT".into(),
            client_order_id: "6gCrw2kRUAF9CvJDGP16IP".into(),
        });
        message.working_time = Some(Timestamp::from_micros(1_507_725_176_595_000));
        message.strategy_id = Some(1);
        message.strategy_type = Some(1_000_000);
        message.fills = vec![{
            let mut message = wire::NewOrderFullResponseFills::new(wire::NewOrderFullResponseFillsRequired {
                commission_exponent: -8,
                match_type: wire::MatchType::AutoMatch,
                price: dec!(4000),
                qty: dec!(1),
                commission: dec!(4),
            });
            message.trade_id = Some(56);
            message.commission_asset = Some("USDT".into());
            message
        }];
        message
    }
}

#[test]
fn a_new_order_with_its_fills() {
    let answer = both::<requests::NewOrder>(
        &new_order(),
        r#"{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"6gCrw2kRUAF9CvJDGP16IP",
            "transactTime":1507725176595,"price":"0.00000000","origQty":"10.00000000","executedQty":"10.00000000",
            "origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"10.00000000","status":"FILLED","timeInForce":"GTC",
            "type":"MARKET","side":"SELL","workingTime":1507725176595,"strategyId":1,"strategyType":1000000,
            "selfTradePreventionMode":"NONE",
            "fills":[{"price":"4000.00000000","qty":"1.00000000","commission":"4.00000000","commissionAsset":"USDT",
                      "tradeId":56}]}"#,
    );
    let NewOrderResponse::Full(order) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(
        (order.used_sor, order.working_floor, order.order_capacity),
        (None, None, None)
    );
    assert_eq!((order.prevented_quantity, order.prevented_matches), (None, None));
}

#[test]
fn an_order_that_smart_order_routing_filled() {
    let mut message = new_order();
    message.used_sor = wire::BoolEnum::True;
    message.working_floor = wire::Floor::Sor;
    message.strategy_id = None;
    message.strategy_type = None;
    message.fills[0].match_type = wire::MatchType::OnePartyTradeReport;
    message.fills[0].trade_id = None;
    message.fills[0].alloc_id = Some(0);
    both::<requests::SorOrder>(
        &message,
        r#"{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"6gCrw2kRUAF9CvJDGP16IP",
            "transactTime":1507725176595,"price":"0.00000000","origQty":"10.00000000","executedQty":"10.00000000",
            "origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"10.00000000","status":"FILLED","timeInForce":"GTC",
            "type":"MARKET","side":"SELL","workingTime":1507725176595,
            "fills":[{"matchType":"ONE_PARTY_TRADE_REPORT","price":"4000.00000000","qty":"1.00000000",
                      "commission":"4.00000000","commissionAsset":"USDT","tradeId":-1,"allocId":0}],
            "workingFloor":"SOR","selfTradePreventionMode":"NONE","usedSor":true}"#,
    );
}

fn filter(message: &impl EncodeMessage) -> wire::ExchangeInfoResponseSymbolsFilters {
    wire::ExchangeInfoResponseSymbolsFilters::new(encoded(message))
}

fn symbol() -> wire::ExchangeInfoResponseSymbols {
    {
        let mut message = wire::ExchangeInfoResponseSymbols::new(wire::ExchangeInfoResponseSymbolsRequired {
            status: wire::SymbolStatus::Trading,
            base_asset_precision: 8,
            quote_asset_precision: 8,
            base_commission_precision: 8,
            quote_commission_precision: 8,
            order_types: wire::OrderTypes::MARKET | wire::OrderTypes::LIMIT | wire::OrderTypes::LIMIT_MAKER,
            iceberg_allowed: true.into(),
            oco_allowed: true.into(),
            oto_allowed: true.into(),
            quote_order_qty_market_allowed: true.into(),
            allow_trailing_stop: false.into(),
            cancel_replace_allowed: false.into(),
            amend_allowed: false.into(),
            is_spot_trading_allowed: true.into(),
            is_margin_trading_allowed: true.into(),
            default_self_trade_prevention_mode: wire::SelfTradePreventionMode::None,
            allowed_self_trade_prevention_modes: wire::AllowedSelfTradePreventionModes::NONE
                | wire::AllowedSelfTradePreventionModes::DECREMENT,
            symbol: "ETHBTC".into(),
            base_asset: "ETH".into(),
            quote_asset: "BTC".into(),
        });
        message.peg_instructions_allowed = Some(true.into());
        message.filters = vec![
            filter(&wire::PriceFilter::new(wire::PriceFilterRequired {
                price_exponent: -8,
                min_price: dec!(0.00000100),
                max_price: dec!(100000),
                tick_size: dec!(0.00000100),
            })),
            filter(&wire::MaxAssetFilter::new(wire::MaxAssetFilterRequired {
                qty_exponent: -8,
                max_qty: dec!(42),
                asset: "USDC".into(),
            })),
            filter(&wire::TPlusSellFilter::new()),
        ];
        message.permission_sets = vec![{
            let mut message = wire::ExchangeInfoResponseSymbolsPermissionSets::new();
            message.permissions = vec![
                wire::ExchangeInfoResponseSymbolsPermissionSetsPermissions::new("SPOT"),
                wire::ExchangeInfoResponseSymbolsPermissionSetsPermissions::new("MARGIN"),
            ];
            message
        }];
        message
    }
}

#[test]
fn symbols_with_their_filters() {
    let message = {
        let mut message = wire::ExchangeInfoResponse::new();
        message.rate_limits = vec![wire::ExchangeInfoResponseRateLimits::new(
            wire::ExchangeInfoResponseRateLimitsRequired {
                rate_limit_type: wire::RateLimitType::RequestWeight,
                interval: wire::RateLimitInterval::Minute,
                interval_num: 1,
                rate_limit: 6000,
            },
        )];
        message.symbols = vec![symbol()];
        message.sors = vec![{
            let mut message = wire::ExchangeInfoResponseSors::new("BTC");
            message.sor_symbols = vec![wire::ExchangeInfoResponseSorsSorSymbols::new("BTCUSDT")];
            message
        }];
        message
    };
    let info = both::<requests::ExchangeInfo>(
        &message,
        r#"{"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000}],
            "exchangeFilters":[],
            "symbols":[{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","baseAssetPrecision":8,"quoteAsset":"BTC",
              "quoteAssetPrecision":8,"baseCommissionPrecision":8,"quoteCommissionPrecision":8,
              "orderTypes":["LIMIT","LIMIT_MAKER","MARKET"],
              "icebergAllowed":true,"ocoAllowed":true,"otoAllowed":true,"quoteOrderQtyMarketAllowed":true,
              "allowTrailingStop":false,"cancelReplaceAllowed":false,"amendAllowed":false,
              "pegInstructionsAllowed":true,"isSpotTradingAllowed":true,"isMarginTradingAllowed":true,
              "filters":[
                {"filterType":"PRICE_FILTER","minPrice":"0.00000100","maxPrice":"100000.00000000","tickSize":"0.00000100"},
                {"filterType":"MAX_ASSET","limit":"42.00000000","asset":"USDC"},
                {"filterType":"T_PLUS_SELL","endTime":-1}],
              "permissionSets":[["SPOT","MARGIN"]],
              "defaultSelfTradePreventionMode":"NONE","allowedSelfTradePreventionModes":["NONE","DECREMENT"]}],
            "sors":[{"baseAsset":"BTC","symbols":["BTCUSDT"]}]}"#,
    );
    let Filter::PriceFilter(filter) = &info.symbols[0].filters[0] else {
        panic!("{info:?}")
    };
    // The exponent that samples show in JSON is not that of SBE.
    assert_eq!(filter.price_exponent, None);
}

#[test]
fn an_unknown_filter_is_kept_and_spares_its_neighbours() {
    let mut message = {
        let mut message = wire::ExchangeInfoResponse::new();
        message.symbols = vec![symbol()];
        message
    };
    let unknown = [0_u8, 0, 0x39, 0x05, 3, 0, 5, 0, 0xab];
    message.symbols[0].filters[1].filter = unknown.to_vec();
    let decode = <requests::ExchangeInfo as Operation>::SBE.expect("an SBE form");
    let info = decode(&encoded(&message)).expect("the other filters");
    assert!(matches!(info.symbols[0].filters[0], Filter::PriceFilter(_)));
    let Filter::Unrecognized(raw) = &info.symbols[0].filters[1] else {
        panic!("{info:?}")
    };
    assert_eq!(
        raw.as_str(),
        r#"{"filterType":"NON_REPRESENTABLE","sbeTemplateId":1337,"sbeMessage":"0000390503000500ab"}"#
    );
}

#[test]
fn an_unknown_number_of_an_enum_is_kept_and_one_of_a_truth_value_refused() {
    let mut bytes = encoded(&new_order());
    // Header, then the block: status at 58, usedSor at 133.
    bytes[8 + 58] = 77;
    let decode = <requests::NewOrder as Operation>::SBE.expect("an SBE form");
    let answer = decode(&bytes).expect("an order");
    let NewOrderResponse::Full(order) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(order.status.as_str(), "77");
    assert!(matches!(order.status, models::OrderStatus::Unrecognized(_)));
    bytes[8 + 133] = 7;
    assert!(
        decode(&bytes)
            .unwrap_err()
            .to_string()
            .contains("usedSor is neither true nor false")
    );
}

#[test]
fn an_account() {
    let message = {
        let mut message = wire::AccountResponse::new(wire::AccountResponseRequired {
            commission_exponent: -8,
            commission_rate_maker: dec!(0.00150000),
            commission_rate_taker: dec!(0.00150000),
            commission_rate_buyer: dec!(0),
            commission_rate_seller: dec!(0),
            can_trade: true.into(),
            can_withdraw: true.into(),
            can_deposit: true.into(),
            brokered: false.into(),
            require_self_trade_prevention: false.into(),
            prevent_sor: false.into(),
            update_time: Timestamp::from_micros(123_456_789_000),
            account_type: wire::AccountType::Spot,
            uid: 354_937_868,
        });
        message.balances = vec![wire::AccountResponseBalances::new(
            wire::AccountResponseBalancesRequired {
                exponent: -8,
                free: dec!(4723846.89208129),
                locked: dec!(0),
                asset: "BTC".into(),
            },
        )];
        message.permissions = vec![wire::AccountResponsePermissions::new("SPOT")];
        message
    };
    both::<requests::Account>(
        &message,
        r#"{"commissionRates":{"maker":"0.00150000","taker":"0.00150000","buyer":"0.00000000","seller":"0.00000000"},
            "canTrade":true,"canWithdraw":true,"canDeposit":true,"brokered":false,"requireSelfTradePrevention":false,
            "preventSor":false,"updateTime":123456789,"accountType":"SPOT",
            "balances":[{"asset":"BTC","free":"4723846.89208129","locked":"0.00000000"}],
            "permissions":["SPOT"],"uid":354937868}"#,
    );
}
