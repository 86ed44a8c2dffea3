//! What hostile SBE frames make the decoder allocate: at most four bytes for each of their own. The frames are made
//! from the schemas: each group in turn has as many entries as it can, each as short as the schema allows.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use binance_wire_core::{Decimal, OneOrMany, Timestamp};
use binance_wire_model::read::sbe::read_schema;
use binance_wire_model::sbe::{Composite, Members, Message, Schema, block_layout};
use binance_wire_model::source::SourceFile;
use binance_wire_sbe::AMPLIFICATION;
use binance_wire_spot::models::{
    Account, AccountTrade, AggTrade, Allocation, AmendedOrderResponse, BlockTrade, BookTicker,
    CanceledOrderList, CanceledOrderOrList, ExchangeInfo, ExecutionRules, Kline, ListStatus, MyFilters,
    NewOrderFull, NewOrderList, Order, OrderAmendment, OrderBook, OrderList, OutboundAccountPosition,
    PreventedMatch, PriceTicker, RateLimitUsage, Trade,
};
use binance_wire_spot::sbe::spot::MessageView;
use binance_wire_spot::sbe::{fix, spot, stream};

/// The frames are as long as this, where their groups can have so many entries.
const LONG: usize = 1 << 17;

/// What a short frame may take, the root of the message included.
const SHORT: usize = 8192;

struct Counting;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

fn count(bytes: usize) {
    // The thread may be ending.
    let _ = ALLOCATED.try_with(|allocated| allocated.set(allocated.get() + bytes));
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The bytes that `run` allocates, freed or not.
fn allocated<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATED.get();
    let made = run();
    (made, ALLOCATED.get() - before)
}

fn schema(name: &str) -> Schema {
    let path = format!("{}/../../specs/spot/sbe/{name}.xml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("a schema");
    read_schema(&SourceFile::new(&path, text)).expect("a schema").0
}

fn size_of_part(composite: &Composite, name: &str) -> usize {
    composite
        .member(name)
        .map_or(0, |(_, part)| part.primitive.size() as usize)
}

fn number(out: &mut Vec<u8>, value: usize, size: usize) {
    out.extend_from_slice(&(value as u64).to_le_bytes()[..size]);
}

/// The shortest block that the schema allows: that of the first version.
fn least(schema: &Schema, members: &Members) -> usize {
    let (layout, _) = block_layout(schema, &members.fields).expect("a layout");
    let fields = members.fields.iter().zip(&layout);
    fields
        .filter(|(field, place)| field.since == 0 && place.size > 0)
        .map(|(_, place)| (place.offset + place.size) as usize)
        .max()
        .unwrap_or_default()
}

/// The indexes of the groups within each other, of every group.
fn groups(members: &Members, around: &[usize], all: &mut Vec<Vec<usize>>) {
    for (index, group) in members.groups.iter().enumerate() {
        let path = [around, &[index]].concat();
        groups(&group.members, &path, all);
        all.push(path);
    }
}

/// Writes groups and data of a block: those on the path have entries, all else is empty.
fn body(schema: &Schema, members: &Members, path: &[usize], inner: usize, room: usize, out: &mut Vec<u8>) {
    for (index, group) in members.groups.iter().enumerate() {
        let dimension = &schema.composites[&group.dimension];
        let (block, count) = (
            size_of_part(dimension, "blockLength"),
            size_of_part(dimension, "numInGroup"),
        );
        let most = usize::try_from((1_u64 << (8 * count)) - 1).expect("64 bits");
        let nothing_else = group.members.groups.is_empty() && group.members.data.is_empty();
        let stride = least(schema, &group.members).max(usize::from(nothing_else));
        number(out, stride, block);
        let (entries, deeper) = match path {
            [first, deeper @ ..] if *first == index => {
                let mut entry = vec![0; stride];
                body(schema, &group.members, deeper, inner, inner, &mut entry);
                let fit = match deeper {
                    [] => room,
                    _ => (LONG / entry.len()).max(1),
                };
                (fit.min(most), entry)
            }
            _ => (0, Vec::new()),
        };
        number(out, entries, count);
        out.extend_from_slice(&deeper.repeat(entries));
    }
    for data in &members.data {
        let size = size_of_part(&schema.composites[&data.type_name], "length");
        number(out, 0, size);
    }
}

/// A message without its framing, in which the groups on the path are full.
fn frame(schema: &Schema, message: &Message, path: &[usize], inner: usize) -> Vec<u8> {
    let block = least(schema, &message.members);
    let mut out = Vec::new();
    for value in [
        block,
        usize::from(message.id),
        usize::from(schema.id),
        usize::from(schema.version),
    ] {
        number(&mut out, value, 2);
    }
    // The header of a session has a sequence number and a time.
    let header = schema.composites["messageHeader"].size() as usize;
    out.resize(header + block, 0);
    body(schema, &message.members, path, inner, LONG, &mut out);
    out
}

/// Every hostile frame of a schema, with the message's name.
fn frames(schema: &Schema) -> Vec<(String, Vec<u8>)> {
    let mut frames = Vec::new();
    for message in &schema.messages {
        let mut paths = Vec::new();
        groups(&message.members, &[], &mut paths);
        for path in paths {
            // A nested group is full, or has one entry in each of many around it.
            for inner in [1, 255] {
                frames.push((message.name.clone(), frame(schema, message, &path, inner)));
            }
        }
    }
    frames
}

/// Decodes a frame as its owned struct; `None` for a message without groups, of which the list need not know.
macro_rules! owned {
    ($module:ident: $($variant:ident)*) => {
        |bytes: &[u8]| match $module::Message::decode(bytes) {
            Err(error) => Some(Err(error)),
            $(Ok($module::Message::$variant(view)) => Some(view.into_owned().map(drop)),)*
            Ok(_) => None,
        }
    };
}

type Decode = fn(&[u8]) -> Option<Result<(), binance_wire_sbe::SbeError>>;

/// Decodes the hostile frames of a schema. At least one must be refused, and at least one read.
#[track_caller]
fn check(name: &str, decode: Decode) {
    let schema = schema(name);
    let (mut refused, mut read, mut worst) = (0, 0, 0.0_f64);
    for (message, bytes) in frames(&schema) {
        let (result, taken) = allocated(|| decode(&bytes));
        let result = result.unwrap_or_else(|| panic!("{message} has groups and is not listed"));
        let limit = (bytes.len() * AMPLIFICATION).max(SHORT);
        assert!(taken <= limit, "{message}: {taken} bytes for {}", bytes.len());
        match result {
            Ok(()) => read += 1,
            Err(_) => refused += 1,
        }
        if bytes.len() > SHORT {
            worst = worst.max(taken as f64 / bytes.len() as f64);
        }
    }
    println!("{name}: {read} read, {refused} refused, at most {worst:.2} bytes for each");
    assert!(
        read > 0 && worst > 1.0,
        "{name}: {read} read, {refused} refused, {worst}"
    );
}

#[test]
fn owned_messages_take_four_times_the_frame_at_most() {
    check(
        "spot",
        owned!(spot: WebSocketResponse WebSocketSessionSubscriptionsResponse ExchangeInfoResponse
            ExecutionRulesResponse MyFiltersResponse DepthResponse TradesResponse AggTradesResponse KlinesResponse
            Ticker24hFullResponse Ticker24hMiniResponse PriceTickerResponse BookTickerResponse TickerFullResponse
            TickerMiniResponse BlockTradesResponse NewOrderFullResponse CancelOpenOrdersResponse OrdersResponse
            NewOrderListAckResponse NewOrderListResultResponse NewOrderListFullResponse CancelOrderListResponse
            OrderListResponse OrderListsResponse OrderAmendmentsResponse OrderAmendKeepPriorityResponse
            AccountResponse AccountTradesResponse AccountOrderRateLimitResponse AccountPreventedMatchesResponse
            AccountAllocationsResponse ListStatusEvent OutboundAccountPositionEvent),
    );
    check(
        "fix",
        owned!(fix: ExecutionReport NewOrderList ListStatus LimitResponse InstrumentList MarketDataRequest
            MarketDataSnapshot MarketDataIncrementalTrade MarketDataIncrementalBookTicker
            MarketDataIncrementalDepth),
    );
    check(
        "stream",
        owned!(stream: TradesStreamEvent DepthSnapshotStreamEvent DepthDiffStreamEvent),
    );
}

/// Decodes frames as types of JSON; `None` for a message that becomes none of them.
macro_rules! models {
    ($($variant:ident => $model:ty),* $(,)?) => {
        |bytes: &[u8]| match spot::Message::decode(bytes) {
            Err(error) => Some(Err(error)),
            $(Ok(spot::Message::$variant(view)) => Some(<$model>::try_from(view).map(drop)),)*
            Ok(_) => Some(Ok(())),
        }
    };
}

#[test]
fn types_of_json_take_four_times_the_frame_at_most() {
    check(
        "spot",
        models! {
            AccountAllocationsResponse => binance_wire_core::List<Allocation>,
            AccountOrderRateLimitResponse => binance_wire_core::List<RateLimitUsage>,
            AccountPreventedMatchesResponse => binance_wire_core::List<PreventedMatch>,
            AccountResponse => Account,
            AccountTradesResponse => binance_wire_core::List<AccountTrade>,
            AggTradesResponse => binance_wire_core::List<AggTrade>,
            BlockTradesResponse => binance_wire_core::List<BlockTrade>,
            BookTickerResponse => OneOrMany<BookTicker>,
            CancelOpenOrdersResponse => binance_wire_core::List<CanceledOrderOrList>,
            CancelOrderListResponse => CanceledOrderList,
            DepthResponse => OrderBook,
            ExchangeInfoResponse => ExchangeInfo,
            ExecutionRulesResponse => ExecutionRules,
            KlinesResponse => binance_wire_core::List<Kline>,
            ListStatusEvent => ListStatus,
            MyFiltersResponse => MyFilters,
            NewOrderFullResponse => NewOrderFull,
            NewOrderListAckResponse => NewOrderList,
            NewOrderListFullResponse => NewOrderList,
            NewOrderListResultResponse => NewOrderList,
            OrderAmendKeepPriorityResponse => AmendedOrderResponse,
            OrderAmendmentsResponse => binance_wire_core::List<OrderAmendment>,
            OrderListResponse => OrderList,
            OrderListsResponse => binance_wire_core::List<OrderList>,
            OrdersResponse => binance_wire_core::List<Order>,
            OutboundAccountPositionEvent => OutboundAccountPosition,
            PriceTickerResponse => OneOrMany<PriceTicker>,
            TradesResponse => binance_wire_core::List<Trade>,
        },
    );
}

fn encoded(message: &impl spot::EncodeMessage) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes).expect("the message can be encoded");
    bytes
}

/// The rules of thousands of symbols, as short as the exchange has them.
fn symbols() -> Vec<u8> {
    let one = Decimal::from(1);
    let mut filters = vec![
        encoded(&spot::PriceFilter::new(spot::PriceFilterRequired {
            price_exponent: -8,
            min_price: one,
            max_price: one,
            tick_size: one
        }));
        4
    ];
    filters.extend(vec![
        encoded(&spot::LotSizeFilter::new(
            spot::LotSizeFilterRequired {
                qty_exponent: -8,
                min_qty: one,
                max_qty: one,
                step_size: one
            }
        ));
        3
    ]);
    filters.extend(vec![encoded(&spot::MaxNumOrdersFilter::new(200)); 4]);
    let mut permissions = spot::ExchangeInfoResponseSymbolsPermissionSets::new();
    permissions.permissions = vec![spot::ExchangeInfoResponseSymbolsPermissionSetsPermissions::new(
        "SPOT",
    )];
    let mut symbol = spot::ExchangeInfoResponseSymbols::new(spot::ExchangeInfoResponseSymbolsRequired {
        status: spot::SymbolStatus::Trading,
        base_asset_precision: 8,
        quote_asset_precision: 8,
        base_commission_precision: 8,
        quote_commission_precision: 8,
        order_types: Default::default(),
        iceberg_allowed: true.into(),
        oco_allowed: true.into(),
        oto_allowed: true.into(),
        quote_order_qty_market_allowed: true.into(),
        allow_trailing_stop: true.into(),
        cancel_replace_allowed: true.into(),
        amend_allowed: true.into(),
        is_spot_trading_allowed: true.into(),
        is_margin_trading_allowed: true.into(),
        default_self_trade_prevention_mode: spot::SelfTradePreventionMode::ExpireMaker,
        allowed_self_trade_prevention_modes: Default::default(),
        symbol: "BNBBTC".into(),
        base_asset: "BNB".into(),
        quote_asset: "BTC".into(),
    });
    let entries = filters
        .into_iter()
        .map(spot::ExchangeInfoResponseSymbolsFilters::new);
    symbol.filters = entries.collect();
    symbol.permission_sets = vec![permissions];
    let mut message = spot::ExchangeInfoResponse::new();
    message.symbols = vec![symbol; 3000];
    encoded(&message)
}

#[test]
fn what_the_exchange_sends_is_within_the_limit() {
    let bytes = symbols();
    let view = spot::ExchangeInfoResponseView::decode(&bytes).expect("thousands of symbols");
    let (owned, taken) = allocated(|| view.into_owned());
    assert_eq!(owned.expect("owned").symbols.len(), 3000);
    let (json, taken_for_json) = allocated(|| ExchangeInfo::try_from(view));
    assert_eq!(json.expect("the type of JSON").symbols.len(), 3000);
    println!(
        "{} bytes: {taken} owned, {taken_for_json} as the type of JSON",
        bytes.len()
    );

    let balance = spot::AccountResponseBalances::new(spot::AccountResponseBalancesRequired {
        exponent: -8,
        free: Decimal::ZERO,
        locked: Decimal::ZERO,
        asset: "BNB".into(),
    });
    let zero = Decimal::ZERO;
    let mut account = spot::AccountResponse::new(spot::AccountResponseRequired {
        commission_exponent: -8,
        commission_rate_maker: zero,
        commission_rate_taker: zero,
        commission_rate_buyer: zero,
        commission_rate_seller: zero,
        can_trade: true.into(),
        can_withdraw: true.into(),
        can_deposit: true.into(),
        brokered: false.into(),
        require_self_trade_prevention: false.into(),
        prevent_sor: false.into(),
        update_time: Timestamp::from_micros(1),
        account_type: spot::AccountType::Spot,
        uid: 1,
    });
    account.balances = vec![balance; 1000];
    let bytes = encoded(&account);
    let view = spot::AccountResponseView::decode(&bytes).expect("a thousand balances");
    assert_eq!(Account::try_from(view).expect("an account").balances.len(), 1000);

    let mut prices = spot::PriceTickerResponse::new();
    prices.tickers = vec![spot::PriceTickerResponseTickers::new(-8, "BNBBTC"); 3000];
    let bytes = encoded(&prices);
    let view = spot::PriceTickerResponseView::decode(&bytes).expect("thousands of prices");
    view.into_owned().expect("prices");
}
