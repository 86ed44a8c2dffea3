//! Market data: books, trades, klines, prices, tickers, funding.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{
    AggTrade, Candle, Contract, ContractId, Kind, Level, Listing, Side, Statistics, Trade, kline_interval,
};
use serde_json::{Value, json};

use super::numbers::{digits, money, ms, places, plain, price, quantity};
use super::read::{Span, integer};
use super::{Call, Venue};
use crate::error::Refusal;

/// Levels of a book without `limit`.
const DEFAULT_LEVELS: usize = 500;
/// Far away, as perpetual contracts have it.
const DELIVERY_MS: i64 = 4_133_404_800_000;
const ONBOARD_MS: i64 = 1_569_398_400_000;

/// Answers an operation of market data.
pub(super) fn answer(venue: &Venue, call: &Call<'_>) -> Option<Result<Value, Refusal>> {
    let now_ms = ms(call.now_us);
    Some(match call.id {
        "ping" => Ok(json!({})),
        "time" => Ok(json!({ "serverTime": now_ms })),
        "exchangeInfo" => Ok(exchange_info(venue, call.now_us)),
        "depth" | "rpiDepth" => depth(venue, call),
        "trades" | "historicalTrades" => trades(venue, call),
        "aggTrades" => agg_trades(venue, call),
        "klines" => klines(venue, call, Source::Trades),
        "continuousKlines" => klines(venue, call, Source::Trades),
        "markPriceKlines" => klines(venue, call, Source::Mark),
        "indexPriceKlines" => klines(venue, call, Source::Index),
        "markPrice" | "indexPriceAndMarkPrice" => {
            each(venue, call, |listing| mark_price(listing, call.now_us))
        }
        "getFundingRateHistory" => fundings(venue, call),
        "getFundingRateInfo" => Ok(venue.futures.listings().iter().map(funding_info).collect()),
        "ticker24hr" => each(venue, call, |listing| ticker(listing, call.now_us)),
        "tickerPrice" | "tickerPriceV2" => each(venue, call, |listing| price_ticker(listing, now_ms)),
        "bookTicker" => each(venue, call, |listing| book_ticker(listing, now_ms)),
        "openInterest" => open_interest(venue, call),
        _ => return None,
    })
}

/// One answer per contract that is asked for; alone where a symbol of USDⓈ-M is.
fn each(venue: &Venue, call: &Call<'_>, shown: impl Fn(&Listing) -> Value) -> Result<Value, Refusal> {
    let (contracts, named) = venue.contracts(call.params)?;
    let mut all: Vec<Value> = contracts
        .into_iter()
        .map(|contract| shown(&venue.futures.listings()[contract]))
        .collect();
    match named && !venue.is_coin() && all.len() == 1 {
        true => Ok(all.remove(0)),
        false => Ok(Value::Array(all)),
    }
}

pub(super) fn is_coin(contract: &Contract) -> bool {
    contract.kind != Kind::Linear
}

/// The limits of orders, as answers list them.
pub(super) fn order_limits(venue: &Venue) -> Value {
    let of = |interval: &str, count: u32, limit: u32| json!({ "rateLimitType": "ORDERS", "interval": interval, "intervalNum": count, "limit": limit });
    match venue.is_coin() {
        true => json!([of("MINUTE", 1, 1_200)]),
        false => json!([of("SECOND", 10, 300), of("MINUTE", 1, 1_200)]),
    }
}

fn exchange_info(venue: &Venue, now_us: i64) -> Value {
    let mut limits = vec![json!({
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": 2_400,
    })];
    if let Value::Array(of_orders) = order_limits(venue) {
        limits.extend(of_orders);
    }
    let symbols: Vec<Value> = venue
        .futures
        .listings()
        .iter()
        .map(|listing| symbol_info(&listing.contract))
        .collect();
    let mut answer = json!({
        "exchangeFilters": [],
        "rateLimits": limits,
        "serverTime": ms(now_us),
        "symbols": symbols,
        "timezone": "UTC",
    });
    if !venue.is_coin() {
        let assets = venue.futures.assets();
        answer["assets"] = assets
            .into_iter()
            .map(|asset| json!({ "asset": asset, "marginAvailable": true, "autoAssetExchange": "0" }))
            .collect();
    }
    answer
}

fn symbol_info(contract: &Contract) -> Value {
    let (up, down) = contract.percent_price;
    let mut filters = vec![
        json!({
            "filterType": "PRICE_FILTER",
            "minPrice": plain(contract.min_price),
            "maxPrice": plain(contract.max_price),
            "tickSize": plain(contract.tick),
        }),
        json!({
            "filterType": "LOT_SIZE",
            "minQty": plain(contract.min_quantity),
            "maxQty": plain(contract.max_quantity),
            "stepSize": plain(contract.step),
        }),
        json!({
            "filterType": "MARKET_LOT_SIZE",
            "minQty": plain(contract.min_quantity),
            "maxQty": plain(contract.max_market_quantity),
            "stepSize": plain(contract.step),
        }),
        json!({ "filterType": "MAX_NUM_ORDERS", "limit": contract.max_orders }),
        json!({ "filterType": "MAX_NUM_ALGO_ORDERS", "limit": contract.max_conditional_orders }),
        json!({
            "filterType": "PERCENT_PRICE",
            "multiplierUp": places(up, 4),
            "multiplierDown": places(down, 4),
            "multiplierDecimal": "4",
        }),
    ];
    if !contract.min_notional.is_zero() {
        filters.push(json!({ "filterType": "MIN_NOTIONAL", "notional": plain(contract.min_notional) }));
    }
    let mut info = json!({
        "symbol": contract.symbol,
        "pair": contract.pair,
        "contractType": "PERPETUAL",
        "deliveryDate": DELIVERY_MS,
        "onboardDate": ONBOARD_MS,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": contract.base,
        "quoteAsset": contract.quote,
        "marginAsset": contract.margin_asset(),
        "pricePrecision": digits(contract.tick),
        "quantityPrecision": digits(contract.step),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": places(contract.liquidation_fee, 6),
        "marketTakeBound": "0.05",
        "filters": filters,
        "orderTypes": [
            "LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET",
        ],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    });
    match contract.kind {
        Kind::Linear => {
            info["status"] = "TRADING".into();
            info["settlePlan"] = 0.into();
            info["timeInForce"] = json!(["GTC", "IOC", "FOK", "GTX", "GTD"]);
        }
        Kind::Inverse { contract_size } => {
            info["contractStatus"] = "TRADING".into();
            info["contractSize"] = json!(plain(contract_size).parse::<i64>().unwrap_or_default());
            info["equalQtyPrecision"] = 4.into();
        }
    }
    info
}

/// Levels as pairs of texts.
pub(super) fn levels(contract: &Contract, levels: impl IntoIterator<Item = Level>) -> Value {
    let level = |(at, amount)| json!([price(contract, at), quantity(contract, amount)]);
    levels.into_iter().map(level).collect()
}

fn depth(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let listing = &venue.futures.listings()[venue.contract(call.params)?];
    let limit = integer(call.params, "limit")?.unwrap_or(DEFAULT_LEVELS as i64);
    if ![5, 10, 20, 50, 100, 500, 1000].contains(&limit) {
        return Err(Refusal::new(-4021, format!("{limit} is not valid depth limit.")));
    }
    let limit = usize::try_from(limit).unwrap_or(DEFAULT_LEVELS);
    let contract = &listing.contract;
    let mut answer = json!({
        "lastUpdateId": listing.book.last_update(),
        "E": ms(call.now_us),
        "T": ms(call.now_us),
        "bids": levels(contract, listing.book.levels(Side::Buy).take(limit)),
        "asks": levels(contract, listing.book.levels(Side::Sell).take(limit)),
    });
    if is_coin(contract) {
        answer["symbol"] = contract.symbol.as_str().into();
        answer["pair"] = contract.pair.as_str().into();
    }
    Ok(answer)
}

fn trades(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let listing = &venue.futures.listings()[venue.contract(call.params)?];
    let contract = &listing.contract;
    let span = Span::read(call.params, "fromId")?;
    let found = span.of(listing.tape.trades.iter(), |trade| (trade.id, trade.time_us));
    let shown = |trade: &Trade| {
        let mut shown = json!({
            "id": trade.id,
            "price": price(contract, trade.price),
            "qty": quantity(contract, trade.quantity),
            "time": ms(trade.time_us),
            "isBuyerMaker": trade.buyer_is_maker,
        });
        let notional = contract.notional(trade.quantity, trade.price);
        if is_coin(contract) {
            shown["baseQty"] = money(notional).into();
        } else {
            shown["quoteQty"] = plain(notional).into();
            shown["isRPITrade"] = false.into();
        }
        shown
    };
    Ok(found.into_iter().map(shown).collect())
}

fn agg_trades(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let listing = &venue.futures.listings()[venue.contract(call.params)?];
    let contract = &listing.contract;
    let span = Span::read(call.params, "fromId")?;
    let found = span.of(listing.tape.aggregates.iter(), |trade| (trade.id, trade.time_us));
    Ok(found
        .into_iter()
        .map(|trade| aggregate(contract, trade))
        .collect())
}

/// The members that the query and the stream of aggregates share.
pub(super) fn aggregate(contract: &Contract, trade: &AggTrade) -> Value {
    let mut shown = json!({
        "a": trade.id,
        "p": price(contract, trade.price),
        "q": quantity(contract, trade.quantity),
        "f": trade.first,
        "l": trade.last,
        "T": ms(trade.time_us),
        "m": trade.buyer_is_maker,
    });
    if !is_coin(contract) {
        shown["nq"] = quantity(contract, trade.quantity).into();
    }
    shown
}

/// What klines are of.
#[derive(Clone, Copy)]
enum Source {
    Trades,
    Mark,
    Index,
}

fn klines(venue: &Venue, call: &Call<'_>, source: Source) -> Result<Value, Refusal> {
    let params = call.params;
    let contract = match params.get("pair") {
        None => venue.contract(params)?,
        Some(pair) => {
            let mut listings = venue.futures.listings().iter();
            let found = listings.position(|listing| listing.contract.pair == pair);
            found.ok_or_else(|| Refusal::new(-1121, "Invalid pair."))?
        }
    };
    if params.get("contractType").is_some_and(|kind| kind != "PERPETUAL") {
        return Err(Refusal::new(-4104, "Invalid contract type."));
    }
    let interval = kline_interval(params.get("interval").unwrap_or_default());
    let interval = interval.ok_or_else(|| Refusal::new(-1120, "Invalid interval."))?;
    let listing = &venue.futures.listings()[contract];
    let candles = match source {
        Source::Trades => &listing.tape.candles,
        Source::Mark => &listing.mark_candles,
        Source::Index => &listing.index_candles,
    };
    let span = Span::read(params, "fromId")?;
    let found = span.of(candles.of(interval).into_iter(), |candle| (0, candle.open_us));
    let shown = |candle: Candle| {
        let about = &listing.contract;
        let at = |value: Fixed| match source {
            Source::Trades => price(about, value),
            _ => money(value),
        };
        let amounts = match source {
            Source::Trades => [
                quantity(about, candle.volume),
                notional(about, candle.notional),
                quantity(about, candle.taker_volume),
                notional(about, candle.taker_notional),
            ],
            _ => ["0"; 4].map(str::to_owned),
        };
        let [volume, quote, taker, taker_quote] = amounts;
        json!([
            ms(candle.open_us),
            at(candle.open),
            at(candle.high),
            at(candle.low),
            at(candle.close),
            volume,
            ms(interval.around(candle.open_us).1) - 1,
            quote,
            candle.trades,
            taker,
            taker_quote,
            "0",
        ])
    };
    Ok(found.into_iter().map(shown).collect())
}

/// What was traded, in the other asset.
pub(super) fn notional(contract: &Contract, value: Fixed) -> String {
    match is_coin(contract) {
        true => money(value),
        false => plain(value),
    }
}

fn mark_price(listing: &Listing, now_us: i64) -> Value {
    let contract = &listing.contract;
    let last = listing
        .fundings
        .back()
        .map_or(listing.funding_rate(), |funding| funding.rate);
    let mut shown = json!({
        "symbol": contract.symbol,
        "markPrice": money(listing.mark),
        "indexPrice": money(listing.index),
        "estimatedSettlePrice": money(listing.index),
        "lastFundingRate": money(last),
        "interestRate": money(contract.interest_rate),
        "nextFundingTime": ms(listing.next_funding_us),
        "time": ms(now_us),
    });
    if is_coin(contract) {
        shown["pair"] = contract.pair.as_str().into();
    }
    shown
}

fn fundings(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let (contracts, _) = venue.contracts(call.params)?;
    let span = Span::read(call.params, "fromId")?;
    let of_contract = |contract: &ContractId| {
        let listing = &venue.futures.listings()[*contract];
        listing.fundings.iter().map(move |funding| (listing, funding))
    };
    let mut all: Vec<_> = contracts.iter().flat_map(of_contract).collect();
    all.sort_by_key(|(_, funding)| funding.time_us);
    let found = span.of(all.into_iter(), |(_, funding)| (0, funding.time_us));
    let shown = found.into_iter().map(|(listing, funding)| {
        json!({
            "symbol": listing.contract.symbol,
            "fundingRate": money(funding.rate),
            "fundingTime": ms(funding.time_us),
            "markPrice": money(funding.mark),
        })
    });
    Ok(shown.collect())
}

fn funding_info(listing: &Listing) -> Value {
    let contract = &listing.contract;
    json!({
        "symbol": contract.symbol,
        "adjustedFundingRateCap": money(contract.funding_cap),
        "adjustedFundingRateFloor": money(Fixed::ZERO - contract.funding_cap),
        "fundingIntervalHours": contract.funding_interval_us / 3_600_000_000,
        "disclaimer": false,
    })
}

/// The statistics of a day, before the first trade of the price at which the contract was listed.
pub(super) struct Day {
    pub(super) last: Fixed,
    pub(super) last_quantity: Fixed,
    pub(super) open: Fixed,
    pub(super) high: Fixed,
    pub(super) low: Fixed,
    pub(super) volume: Fixed,
    pub(super) notional: Fixed,
    pub(super) average: Fixed,
    pub(super) change: Fixed,
    /// In percent.
    pub(super) change_percent: Fixed,
    pub(super) open_ms: i64,
    pub(super) close_ms: i64,
    pub(super) first: i64,
    pub(super) last_id: i64,
    pub(super) count: i64,
}

pub(super) fn day(listing: &Listing, now_us: i64) -> Day {
    let statistics: Option<Statistics> = listing.tape.statistics(now_us);
    let flat = listing.last_price();
    let candle = statistics.map(|statistics| statistics.candle);
    let of = |part: fn(&Candle) -> Fixed, or: Fixed| candle.as_ref().map_or(or, part);
    let (open, close) = (of(|one| one.open, flat), of(|one| one.close, flat));
    let (volume, notional) = (
        of(|one| one.volume, Fixed::ZERO),
        of(|one| one.notional, Fixed::ZERO),
    );
    let average = match listing.contract.kind {
        Kind::Linear => notional.over(volume),
        Kind::Inverse { contract_size } => volume.times(contract_size).over(notional),
    };
    let change = close - open;
    Day {
        last: close,
        last_quantity: statistics.map_or(Fixed::ZERO, |statistics| statistics.last_quantity),
        open,
        high: of(|one| one.high, flat),
        low: of(|one| one.low, flat),
        volume,
        notional,
        average: average.unwrap_or(close),
        change,
        change_percent: change.times(Fixed::whole(100)).over(open).unwrap_or(Fixed::ZERO),
        open_ms: candle.map_or(ms(now_us) - 86_400_000, |one| ms(one.open_us)),
        close_ms: ms(now_us),
        first: candle.map_or(-1, |one| one.first),
        last_id: candle.map_or(-1, |one| one.last),
        count: candle.map_or(0, |one| one.trades),
    }
}

fn ticker(listing: &Listing, now_us: i64) -> Value {
    let contract = &listing.contract;
    let day = day(listing, now_us);
    let mut shown = json!({
        "symbol": contract.symbol,
        "priceChange": price(contract, day.change),
        "priceChangePercent": places(day.change_percent, 3),
        "weightedAvgPrice": price(contract, day.average),
        "lastPrice": price(contract, day.last),
        "lastQty": quantity(contract, day.last_quantity),
        "openPrice": price(contract, day.open),
        "highPrice": price(contract, day.high),
        "lowPrice": price(contract, day.low),
        "volume": quantity(contract, day.volume),
        "openTime": day.open_ms,
        "closeTime": day.close_ms,
        "firstId": day.first,
        "lastId": day.last_id,
        "count": day.count,
    });
    if is_coin(contract) {
        shown["pair"] = contract.pair.as_str().into();
        shown["baseVolume"] = money(day.notional).into();
    } else {
        shown["quoteVolume"] = plain(day.notional).into();
    }
    shown
}

fn price_ticker(listing: &Listing, now_ms: i64) -> Value {
    let contract = &listing.contract;
    let mut shown = json!({
        "symbol": contract.symbol,
        "price": price(contract, listing.last_price()),
        "time": now_ms,
    });
    if is_coin(contract) {
        shown["ps"] = contract.pair.as_str().into();
    }
    shown
}

fn book_ticker(listing: &Listing, now_ms: i64) -> Value {
    let contract = &listing.contract;
    let best = |side| listing.book.best(side).unwrap_or((Fixed::ZERO, Fixed::ZERO));
    let ((bid, bids), (ask, asks)) = (best(Side::Buy), best(Side::Sell));
    let mut shown = json!({
        "lastUpdateId": listing.book.last_update(),
        "symbol": contract.symbol,
        "bidPrice": price(contract, bid),
        "bidQty": quantity(contract, bids),
        "askPrice": price(contract, ask),
        "askQty": quantity(contract, asks),
        "time": now_ms,
    });
    if is_coin(contract) {
        shown["pair"] = contract.pair.as_str().into();
    }
    shown
}

fn open_interest(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let id = venue.contract(call.params)?;
    let contract = &venue.futures.listings()[id].contract;
    let mut shown = json!({
        "symbol": contract.symbol,
        "openInterest": quantity(contract, venue.futures.open_interest(id)),
        "time": ms(call.now_us),
    });
    if is_coin(contract) {
        shown["pair"] = contract.pair.as_str().into();
        shown["contractType"] = "PERPETUAL".into();
    }
    Ok(shown)
}
