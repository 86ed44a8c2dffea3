//! Balances, positions, and what accounts set.

use binance_wire_sandbox_engine::Fixed;
use binance_wire_sandbox_engine::futures::{
    Account, AssetMargin, ContractId, ContractMargin, MarginType, PositionSide, PositionView,
};
use serde_json::{Value, json};

use super::numbers::{money, ms, plain, quantity};
use super::orders::details;
use super::read::{Span, decimal, flag, integer, invalid, position_side};
use super::{Call, Venue, done};
use crate::error::Refusal;

/// Answers an operation of accounts.
pub(super) fn answer(venue: &mut Venue, call: &Call<'_>) -> Option<Result<Value, Refusal>> {
    let params = call.params;
    Some(match call.id {
        "account" | "accountV2" => Ok(account(venue, call, true)),
        "accountV3" => Ok(account(venue, call, false)),
        "balance" | "accountBalance" | "balanceV2" | "balanceV3" => Ok(balances(venue, call)),
        "positionRisk" | "accountPosition" | "positionRiskV2" => positions(venue, call, true),
        "positionRiskV3" => positions(venue, call, false),
        "positionAdlQuantileEstimation" => adl_quantiles(venue, call),
        "futuresAccountConfiguration" => Ok(account_config(venue, call)),
        "symbolConfiguration" => symbol_config(venue, call),
        "getCurrentMultiAssetsMode" => Ok(json!({ "multiAssetsMargin": owner(venue, call).multi_assets })),
        "changeMultiAssetsMode" => {
            let multi = flag(params, "multiAssetsMargin");
            venue
                .futures
                .set_multi_assets(call.account, multi)
                .map_err(Refusal::from)
                .map(|()| done())
        }
        "getCurrentPositionMode" => Ok(json!({ "dualSidePosition": owner(venue, call).hedge })),
        "changePositionMode" => {
            let hedge = flag(params, "dualSidePosition");
            venue
                .futures
                .set_hedge(call.account, hedge)
                .map_err(Refusal::from)
                .map(|()| done())
        }
        "changeInitialLeverage" => leverage(venue, call),
        "changeMarginType" => margin_type(venue, call),
        "modifyIsolatedPositionMargin" => change_margin(venue, call),
        "getPositionMarginChangeHistory" => margin_changes(venue, call),
        "getIncomeHistory" => incomes(venue, call),
        "userCommissionRate" => commission(venue, call),
        "notionalAndLeverageBrackets" | "notionalBracketForSymbol" | "notionalBracketForPair" => {
            brackets(venue, call)
        }
        "rateLimitOrder" => Ok(super::market::order_limits(venue)),
        _ => return None,
    })
}

fn owner(venue: &Venue, call: &Call<'_>) -> Account {
    venue.futures.account(call.account).cloned().unwrap_or_default()
}

/// Members that assets and whole accounts have in common.
fn margin(margin: &AssetMargin, prefix: &str) -> Vec<(String, String)> {
    let name = |name: &str| match prefix {
        "" => name.to_owned(),
        prefix => {
            let mut letters = name.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            format!("{prefix}{}{}", first.unwrap_or_default(), letters.as_str())
        }
    };
    [
        ("initialMargin", margin.position_initial + margin.order_initial),
        ("maintMargin", margin.maintenance),
        ("walletBalance", margin.wallet),
        ("unrealizedProfit", margin.unrealized),
        ("marginBalance", margin.wallet + margin.unrealized),
        ("positionInitialMargin", margin.position_initial),
        ("openOrderInitialMargin", margin.order_initial),
        ("crossWalletBalance", margin.cross_wallet),
        ("crossUnPnl", margin.cross_unrealized),
    ]
    .map(|(plain, value)| (name(plain), money(value)))
    .to_vec()
}

fn account(venue: &Venue, call: &Call<'_>, detailed: bool) -> Value {
    let owner = owner(venue, call);
    let assets: Vec<Value> = venue
        .futures
        .assets()
        .into_iter()
        .map(|asset| asset_view(venue, &owner, call, asset))
        .collect();
    let positions: Vec<Value> = shown_positions(venue, &owner, detailed)
        .map(|(contract, side)| match detailed {
            true => account_position(venue, &owner, call.account, contract, side),
            false => account_position_v3(venue, &owner, call.account, contract, side),
        })
        .collect();
    let mut answer = json!({ "assets": assets, "positions": positions });
    let Some(members) = answer.as_object_mut() else {
        return answer;
    };
    if detailed {
        members.extend([
            ("feeTier".to_owned(), json!(0)),
            ("canTrade".to_owned(), json!(true)),
            ("canDeposit".to_owned(), json!(true)),
            ("canWithdraw".to_owned(), json!(true)),
            ("updateTime".to_owned(), json!(0)),
        ]);
    }
    if venue.is_coin() {
        return answer;
    }
    if detailed {
        members.extend([
            ("feeBurn".to_owned(), json!(false)),
            ("multiAssetsMargin".to_owned(), json!(owner.multi_assets)),
            ("tradeGroupId".to_owned(), json!(-1)),
        ]);
    }
    // Single-asset mode counts USDT alone.
    let total = match owner.multi_assets {
        true => venue.futures.total_margin(call.account),
        false => venue.futures.asset_margin(call.account, "USDT"),
    };
    members.extend(
        margin(&total, "total")
            .into_iter()
            .map(|(name, value)| (name, value.into())),
    );
    members.extend([
        ("availableBalance".to_owned(), money(total.available()).into()),
        ("maxWithdrawAmount".to_owned(), money(total.withdrawable()).into()),
    ]);
    answer
}

fn asset_view(venue: &Venue, owner: &Account, call: &Call<'_>, asset: &str) -> Value {
    let of_asset = venue.futures.asset_margin(call.account, asset);
    let mut shown = json!({
        "asset": asset,
        "availableBalance": money(venue.futures.available(call.account, asset)),
        "maxWithdrawAmount": money(of_asset.withdrawable()),
        "updateTime": ms(owner.updated_us),
    });
    if let Some(members) = shown.as_object_mut() {
        members.extend(
            margin(&of_asset, "")
                .into_iter()
                .map(|(name, value)| (name, value.into())),
        );
        if !venue.is_coin() {
            members.insert("marginAvailable".to_owned(), json!(true));
        }
    }
    shown
}

fn balances(venue: &Venue, call: &Call<'_>) -> Value {
    let owner = owner(venue, call);
    let balance = |asset: &str| {
        let of_asset = venue.futures.asset_margin(call.account, asset);
        let mut shown = json!({
            "accountAlias": "SgsR",
            "asset": asset,
            "balance": money(of_asset.wallet),
            "crossWalletBalance": money(of_asset.cross_wallet),
            "crossUnPnl": money(of_asset.cross_unrealized),
            "availableBalance": money(venue.futures.available(call.account, asset)),
            "updateTime": ms(owner.updated_us),
        });
        let free = money(of_asset.withdrawable());
        if venue.is_coin() {
            shown["withdrawAvailable"] = free.into();
        } else {
            shown["maxWithdrawAmount"] = free.into();
            shown["marginAvailable"] = json!(true);
        }
        shown
    };
    venue.futures.assets().into_iter().map(balance).collect()
}

/// The positions that answers show: all of the account's mode, or those with an amount or open orders.
fn shown_positions<'a>(
    venue: &'a Venue,
    owner: &'a Account,
    all: bool,
) -> impl Iterator<Item = (ContractId, PositionSide)> + 'a {
    let contracts = 0..venue.futures.listings().len();
    let keys = contracts.flat_map(|contract| owner.sides().iter().map(move |side| (contract, *side)));
    keys.filter(move |(contract, side)| {
        let of = venue.futures.contract_margin(owner.id, *contract, *side);
        all || !of.notional.is_zero() || !of.bids.is_zero() || !of.asks.is_zero()
    })
}

/// A position with its margins.
fn valued(
    venue: &Venue,
    account: u64,
    contract: ContractId,
    side: PositionSide,
) -> (PositionView, ContractMargin) {
    let view = venue.futures.position_view(account, contract, side);
    (view, venue.futures.contract_margin(account, contract, side))
}

/// The margin of an isolated position with its profit; zero of cross positions.
fn isolated_margin(view: &PositionView) -> Fixed {
    match view.margin_type {
        MarginType::Isolated if !view.amount.is_zero() => view.isolated_wallet + view.unrealized,
        _ => Fixed::ZERO,
    }
}

fn updated(owner: &Account, contract: ContractId, side: PositionSide) -> i64 {
    ms(owner.position(contract, side).updated_us)
}

/// A quantity at the mark price that a leverage allows.
fn max_quantity(venue: &Venue, account: u64, contract: ContractId) -> Fixed {
    venue.futures.max_notional(account, contract)
}

fn account_position(
    venue: &Venue,
    owner: &Account,
    account: u64,
    contract: ContractId,
    side: PositionSide,
) -> Value {
    let (view, of) = valued(venue, account, contract, side);
    let about = details(venue, contract);
    let settings = owner.settings(contract);
    let mut shown = json!({
        "symbol": about.symbol,
        "initialMargin": money(of.initial),
        "maintMargin": money(of.maintenance),
        "unrealizedProfit": money(view.unrealized),
        "positionInitialMargin": money(of.position_initial),
        "openOrderInitialMargin": money(of.initial - of.position_initial),
        "leverage": settings.leverage.to_string(),
        "isolated": settings.margin_type == MarginType::Isolated,
        "entryPrice": money(view.entry_price),
        "breakEvenPrice": money(view.break_even_price),
        "positionSide": side.as_str(),
        "positionAmt": quantity(about, view.amount),
        "updateTime": updated(owner, contract, side),
    });
    let most = plain(max_quantity(venue, account, contract));
    if venue.is_coin() {
        shown["maxQty"] = most.into();
        shown["notionalValue"] = money(of.notional).into();
        shown["isolatedWallet"] = money(view.isolated_wallet).into();
    } else {
        shown["maxNotional"] = most.into();
        shown["bidNotional"] = money(of.bids).into();
        shown["askNotional"] = money(of.asks).into();
    }
    shown
}

fn account_position_v3(
    venue: &Venue,
    owner: &Account,
    account: u64,
    contract: ContractId,
    side: PositionSide,
) -> Value {
    let (view, of) = valued(venue, account, contract, side);
    let about = details(venue, contract);
    json!({
        "symbol": about.symbol,
        "positionSide": side.as_str(),
        "positionAmt": quantity(about, view.amount),
        "unrealizedProfit": money(view.unrealized),
        "isolatedMargin": money(isolated_margin(&view)),
        "notional": money(of.notional),
        "isolatedWallet": money(view.isolated_wallet),
        "initialMargin": money(of.initial),
        "maintMargin": money(of.maintenance),
        "updateTime": updated(owner, contract, side),
    })
}

fn positions(venue: &Venue, call: &Call<'_>, all: bool) -> Result<Value, Refusal> {
    let owner = owner(venue, call);
    let (contracts, named) = venue.contracts(call.params)?;
    let asset = call.params.get("marginAsset");
    let keys: Vec<(ContractId, PositionSide)> = shown_positions(venue, &owner, all || named)
        .filter(|(contract, _)| contracts.contains(contract))
        .filter(|(contract, _)| asset.is_none_or(|asset| details(venue, *contract).margin_asset() == asset))
        .collect();
    let shown = |(contract, side): (ContractId, PositionSide)| {
        let (view, of) = valued(venue, call.account, contract, side);
        let about = details(venue, contract);
        let settings = owner.settings(contract);
        let mark = venue.futures.listings()[contract].mark;
        let mut shown = json!({
            "symbol": about.symbol,
            "positionAmt": quantity(about, view.amount),
            "entryPrice": money(view.entry_price),
            "breakEvenPrice": money(view.break_even_price),
            "markPrice": money(mark),
            "unRealizedProfit": money(view.unrealized),
            "liquidationPrice": money(venue.futures.liquidation_price(call.account, contract, side)),
            "isolatedMargin": money(isolated_margin(&view)),
            "isolatedWallet": money(view.isolated_wallet),
            "positionSide": side.as_str(),
            "updateTime": updated(&owner, contract, side),
        });
        if all {
            let isolated = settings.margin_type == MarginType::Isolated;
            shown["leverage"] = settings.leverage.to_string().into();
            shown["marginType"] = if isolated { "isolated" } else { "cross" }.into();
            shown["isAutoAddMargin"] = "false".into();
            let most = plain(max_quantity(venue, call.account, contract));
            if venue.is_coin() {
                shown["maxQty"] = most.into();
                shown["notionalValue"] = money(of.notional).into();
            } else {
                shown["maxNotionalValue"] = most.into();
                shown["notional"] = money(of.notional).into();
            }
        } else {
            shown["notional"] = money(of.notional).into();
            shown["marginAsset"] = about.margin_asset().into();
            shown["initialMargin"] = money(of.initial).into();
            shown["maintMargin"] = money(of.maintenance).into();
            shown["positionInitialMargin"] = money(of.position_initial).into();
            shown["openOrderInitialMargin"] = money(of.initial - of.position_initial).into();
            shown["adl"] = json!(quantile(&view));
            shown["bidNotional"] = money(of.bids).into();
            shown["askNotional"] = money(of.asks).into();
        }
        shown
    };
    Ok(keys.into_iter().map(shown).collect())
}

/// Nothing is deleveraged here, so that every position is last in the queue, and no position is in none.
fn quantile(view: &PositionView) -> i64 {
    i64::from(!view.amount.is_zero())
}

fn adl_quantiles(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let owner = owner(venue, call);
    let (contracts, _) = venue.contracts(call.params)?;
    let of_contract = |contract: ContractId| {
        let quantiles: serde_json::Map<String, Value> = owner
            .sides()
            .iter()
            .map(|side| {
                let view = venue.futures.position_view(call.account, contract, *side);
                (side.as_str().to_owned(), quantile(&view).into())
            })
            .collect();
        json!({ "symbol": details(venue, contract).symbol, "adlQuantile": quantiles })
    };
    let held = contracts
        .into_iter()
        .filter(|contract| owner.has_position(Some(*contract)));
    Ok(held.map(of_contract).collect())
}

fn account_config(venue: &Venue, call: &Call<'_>) -> Value {
    let owner = owner(venue, call);
    json!({
        "feeTier": 0,
        "canTrade": true,
        "canDeposit": true,
        "canWithdraw": true,
        "dualSidePosition": owner.hedge,
        "updateTime": 0,
        "multiAssetsMargin": owner.multi_assets,
        "tradeGroupId": -1,
    })
}

fn symbol_config(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let owner = owner(venue, call);
    let (contracts, _) = venue.contracts(call.params)?;
    let of_contract = |contract: ContractId| {
        let settings = owner.settings(contract);
        json!({
            "symbol": details(venue, contract).symbol,
            "marginType": match settings.margin_type {
                MarginType::Cross => "CROSSED",
                MarginType::Isolated => "ISOLATED",
            },
            "isAutoAddMargin": false,
            "leverage": settings.leverage,
            "maxNotionalValue": plain(venue.futures.max_notional(call.account, contract)),
        })
    };
    Ok(contracts.into_iter().map(of_contract).collect())
}

fn leverage(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let contract = venue.contract(call.params)?;
    let leverage = integer(call.params, "leverage")?.and_then(|leverage| u32::try_from(leverage).ok());
    let leverage = leverage.ok_or_else(|| invalid("leverage"))?;
    venue.futures.set_leverage(call.account, contract, leverage)?;
    let most = plain(venue.futures.max_notional(call.account, contract));
    let name = if venue.is_coin() {
        "maxQty"
    } else {
        "maxNotionalValue"
    };
    let mut answer = json!({ "leverage": leverage, "symbol": details(venue, contract).symbol });
    answer[name] = most.into();
    Ok(answer)
}

fn margin_type(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let contract = venue.contract(call.params)?;
    let margin_type = match call.params.get("marginType") {
        Some("ISOLATED") => MarginType::Isolated,
        Some("CROSSED") => MarginType::Cross,
        _ => return Err(invalid("marginType")),
    };
    venue
        .futures
        .set_margin_type(call.account, contract, margin_type)?;
    Ok(done())
}

fn change_margin(venue: &mut Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let contract = venue.contract(call.params)?;
    let side = position_side(call.params)?;
    let amount = decimal(call.params, "amount")?.filter(|amount| *amount > Fixed::ZERO);
    let amount = amount.ok_or_else(|| Refusal::new(-4055, "Amount must be positive."))?;
    let (kind, signed) = match call.params.get("type") {
        Some("1") => (1, amount),
        Some("2") => (2, Fixed::ZERO - amount),
        _ => return Err(invalid("type")),
    };
    venue
        .futures
        .change_margin(call.account, contract, side, signed)?;
    Ok(json!({
        "amount": plain(amount).parse::<serde_json::Number>().ok(),
        "code": 200,
        "msg": "Successfully modify position margin.",
        "type": kind,
    }))
}

fn margin_changes(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let contract = venue.contract(call.params)?;
    let owner = owner(venue, call);
    let span = Span::read(call.params, "fromId")?;
    let kind = call.params.get("type");
    let of_contract = owner.margin_changes.iter().filter(|change| {
        let adds = change.amount > Fixed::ZERO;
        change.contract == contract && kind.is_none_or(|kind| (kind == "1") == adds)
    });
    let about = details(venue, contract);
    let changes = span.of(of_contract, |change| (0, change.time_us));
    let shown = changes.into_iter().map(|change| {
        let adds = change.amount > Fixed::ZERO;
        let mut shown = json!({
            "symbol": about.symbol,
            "type": if adds { 1 } else { 2 },
            "amount": money(change.amount.abs()),
            "asset": about.margin_asset(),
            "time": ms(change.time_us),
            "positionSide": change.position_side.as_str(),
        });
        if !venue.is_coin() {
            shown["deltaType"] = "USER_ADJUST".into();
        }
        shown
    });
    Ok(shown.collect())
}

fn incomes(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let (contracts, _) = venue.contracts(call.params)?;
    let asked = call.params.contains("symbol");
    let kind = call.params.get("incomeType");
    let owner = owner(venue, call);
    let span = Span::read(call.params, "fromId")?;
    let found = owner.incomes.iter().filter(|income| {
        let of_contract = income
            .contract
            .is_some_and(|contract| contracts.contains(&contract));
        (!asked || of_contract) && kind.is_none_or(|kind| kind == income.kind.as_str())
    });
    let shown = span
        .of(found, |income| (income.id, income.time_us))
        .into_iter()
        .map(|income| {
            let symbol = income
                .contract
                .map(|contract| details(venue, contract).symbol.as_str());
            let trade = income.trade.map(|id| id.to_string()).unwrap_or_default();
            json!({
                "symbol": symbol.unwrap_or_default(),
                "incomeType": income.kind.as_str(),
                "income": money(income.amount),
                "asset": income.asset,
                "info": match income.trade {
                    Some(_) => trade.clone(),
                    None => income.kind.as_str().to_owned(),
                },
                "time": ms(income.time_us),
                "tranId": match venue.is_coin() {
                    true => Value::from(income.id.to_string()),
                    false => Value::from(income.id),
                },
                "tradeId": trade,
            })
        });
    Ok(shown.collect())
}

fn commission(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let about = details(venue, venue.contract(call.params)?);
    let mut answer = json!({
        "symbol": about.symbol,
        "makerCommissionRate": plain(about.maker_fee),
        "takerCommissionRate": plain(about.taker_fee),
    });
    if !venue.is_coin() {
        answer["rpiCommissionRate"] = plain(about.maker_fee).into();
    }
    Ok(answer)
}

fn brackets(venue: &Venue, call: &Call<'_>) -> Result<Value, Refusal> {
    let (contracts, named) = venue.contracts(call.params)?;
    let number = |value: Fixed| plain(value).parse::<serde_json::Number>().ok();
    let coin = venue.is_coin();
    let of_contract = |contract: ContractId| {
        let about = details(venue, contract);
        let (cap, floor) = if coin {
            ("qtyCap", "qtylFloor")
        } else {
            ("notionalCap", "notionalFloor")
        };
        let brackets: Vec<Value> = about
            .brackets
            .iter()
            .enumerate()
            .map(|(at, (bracket, from, cumulative))| {
                json!({
                    "bracket": at + 1,
                    "initialLeverage": bracket.max_leverage,
                    cap: number(bracket.cap),
                    floor: number(from),
                    "maintMarginRatio": number(bracket.maintenance),
                    "cum": number(cumulative),
                })
            })
            .collect();
        match call.id {
            "notionalBracketForPair" => json!({ "pair": about.pair, "brackets": brackets }),
            _ => json!({ "symbol": about.symbol, "brackets": brackets }),
        }
    };
    let mut all: Vec<Value> = contracts.into_iter().map(of_contract).collect();
    match named && !coin && all.len() == 1 {
        true => Ok(all.remove(0)),
        false => Ok(Value::Array(all)),
    }
}
