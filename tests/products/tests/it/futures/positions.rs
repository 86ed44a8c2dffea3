//! Positions, margin, funding and liquidation.

use binance_wire::usds_futures::{IncomeType, MarginType, PositionSide, Side};

use super::*;

#[tokio::test]
async fn a_position_earns_and_pays() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    client.change_initial_leverage(SYMBOL, 10).send().await.unwrap();
    let before = balance(&client).await.balance.unwrap();
    let bought = client.call(market(Side::Buy, dec!(1))).send().await.unwrap();
    assert_eq!(bought.avg_price, Some(dec!(52000.1)));
    let held = position(&client).await;
    assert_eq!(
        (held.position_amt, held.entry_price),
        (Some(dec!(1)), Some(dec!(52000.1)))
    );
    assert!(exchange.move_futures(SYMBOL, "53000"));
    let held = position(&client).await;
    assert_eq!(held.mark_price, Some(dec!(53000)));
    assert_eq!(held.un_realized_profit, Some(dec!(999.9)));
    assert_eq!(held.initial_margin, Some(dec!(5300)));
    let sold = client.call(market(Side::Sell, dec!(1))).send().await.unwrap();
    assert_eq!(sold.avg_price, Some(dec!(52999.9)));
    // 0.05 % of both.
    let fees = dec!(26.00005) + dec!(26.49995);
    let after = balance(&client).await.balance.unwrap();
    assert_eq!(after, before + dec!(999.8) - fees);
    let trades = client.my_trades(SYMBOL).send().await.unwrap();
    let realized: Vec<_> = trades.iter().map(|trade| trade.realized_pnl.unwrap()).collect();
    assert_eq!(realized, [dec!(0), dec!(999.8)]);
    let incomes = client.get_income_history().symbol(SYMBOL).send().await.unwrap();
    let sum = incomes
        .iter()
        .fold(dec!(0), |sum, income| sum + income.income.unwrap());
    assert_eq!(before + sum, after);
}

#[tokio::test]
async fn funding_is_exchanged_every_eight_hours() {
    let exchange = Exchange::start();
    let (long, short) = (client(&exchange, false), client(&exchange, true));
    long.call(market(Side::Buy, dec!(1))).send().await.unwrap();
    short.call(market(Side::Sell, dec!(1))).send().await.unwrap();
    let next = long.mark_price().symbol(SYMBOL).send().await.unwrap();
    let next = next.as_slice()[0].next_funding_time.unwrap();
    let ahead = next.as_millis() - exchange.now_ms() + 1_000;
    exchange.shift_clock(ahead);
    let funding = |client: rest::Client| async move {
        let incomes = client
            .get_income_history()
            .income_type(IncomeType::FundingFee)
            .send()
            .await
            .unwrap();
        incomes
            .iter()
            .map(|income| income.income.unwrap())
            .collect::<Vec<_>>()
    };
    // The clients' clocks are that of the exchange again.
    let (long, short) = (client(&exchange, false), client(&exchange, true));
    assert_eq!(funding(long.clone()).await, [dec!(-5.2)]);
    assert_eq!(funding(short).await, [dec!(5.2)]);
    let rates = long
        .get_funding_rate_history()
        .symbol(SYMBOL)
        .send()
        .await
        .unwrap();
    let rate = rates.iter().next().unwrap();
    assert_eq!((rate.funding_rate, rate.funding_time), (dec!(0.0001), next));
}

#[tokio::test]
async fn a_position_without_margin_is_liquidated() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    client
        .change_margin_type(SYMBOL, MarginType::Isolated)
        .send()
        .await
        .unwrap();
    client.change_initial_leverage(SYMBOL, 50).send().await.unwrap();
    client.call(market(Side::Buy, dec!(1))).send().await.unwrap();
    let wallet = balance(&client).await;
    let held = position(&client).await;
    let price = held.liquidation_price.unwrap();
    assert!(price > dec!(51000) && price < dec!(51500), "{price}");
    assert!(exchange.move_futures(SYMBOL, "51000"));
    assert_eq!(position(&client).await.position_amt, Some(dec!(0)));
    let forced = client.users_force_orders().send().await.unwrap();
    let order = forced.iter().next().unwrap();
    assert!(order.client_order_id.starts_with("autoclose-"));
    assert_eq!(order.executed_qty, Some(dec!(1)));
    // The cross wallet is as it was, and the margin is gone.
    let after = balance(&client).await;
    assert_eq!(after.cross_wallet_balance, wallet.cross_wallet_balance);
    assert_eq!(after.balance, after.cross_wallet_balance);
}

#[tokio::test]
async fn hedge_mode_has_a_long_and_a_short() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    client.change_position_mode(true).send().await.unwrap();
    assert_eq!(
        code(client.call(market(Side::Buy, dec!(0.1))).send().await),
        -4061
    );
    for (side, position_side) in [(Side::Buy, PositionSide::Long), (Side::Sell, PositionSide::Short)] {
        client
            .call(market(side, dec!(0.1)).position_side(position_side))
            .send()
            .await
            .unwrap();
    }
    let positions = client.position_risk_v3().symbol(SYMBOL).send().await.unwrap();
    let amounts: Vec<_> = positions
        .iter()
        .map(|one| (one.position_side.clone(), one.position_amt.unwrap()))
        .collect();
    assert_eq!(
        amounts,
        [(PositionSide::Long, dec!(0.1)), (PositionSide::Short, dec!(-0.1))]
    );
    assert_eq!(code(client.change_position_mode(false).send().await), -4068);
    let interest = client.open_interest(SYMBOL).send().await.unwrap();
    assert_eq!(interest.open_interest, dec!(0.1));
}

#[tokio::test]
async fn answers_about_an_account_agree() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    client.call(market(Side::Sell, dec!(0.5))).send().await.unwrap();
    client
        .call(limit(Side::Buy, dec!(0.2), dec!(51000.0)))
        .send()
        .await
        .unwrap();
    let account = client.account_v3().send().await.unwrap();
    let held = position(&client).await;
    let of_account = account
        .positions
        .as_ref()
        .unwrap()
        .iter()
        .find(|one| one.symbol == SYMBOL)
        .unwrap()
        .clone();
    assert_eq!(of_account.position_amt, held.position_amt);
    assert_eq!(of_account.initial_margin, held.initial_margin);
    assert_eq!(of_account.maint_margin, held.maint_margin);
    assert_eq!(account.total_initial_margin, held.initial_margin);
    let usdt = balance(&client).await;
    assert_eq!(account.total_wallet_balance, usdt.balance);
    assert_eq!(account.available_balance, usdt.available_balance);
    let free = usdt.balance.unwrap() + held.un_realized_profit.unwrap() - held.initial_margin.unwrap();
    assert_eq!(usdt.available_balance, Some(free));
}

#[tokio::test]
async fn margin_is_added_to_an_isolated_position() {
    let exchange = Exchange::start();
    let client = client(&exchange, false);
    client
        .change_margin_type(SYMBOL, MarginType::Isolated)
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(
            client
                .change_margin_type(SYMBOL, MarginType::Isolated)
                .send()
                .await
        ),
        -4046
    );
    client.call(market(Side::Buy, dec!(0.2))).send().await.unwrap();
    let before = position(&client).await.isolated_wallet.unwrap();
    let change = |amount, type_| {
        let required = requests::ModifyIsolatedPositionMarginRequired {
            symbol: SYMBOL.into(),
            amount,
            type_,
        };
        client.modify_isolated_position_margin(required)
    };
    change(dec!(100), 1).send().await.unwrap();
    assert_eq!(position(&client).await.isolated_wallet, Some(before + dec!(100)));
    assert_eq!(code(change(dec!(5000), 2).send().await), -4051);
    let history = client
        .get_position_margin_change_history(SYMBOL)
        .send()
        .await
        .unwrap();
    assert_eq!(history.iter().next().unwrap().amount, Some(dec!(100)));
}
