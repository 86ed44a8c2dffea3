//! The official SDK for Rust against the sandbox: Spot and USDⓈ-M over REST, the WebSocket API, streams and user data.

use std::fmt::Display;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use binance_sdk::config::{ConfigurationRestApi, ConfigurationWebsocketApi, ConfigurationWebsocketStreams};
use binance_sdk::derivatives_trading_usds_futures::{self as futures, DerivativesTradingUsdsFuturesRestApi};
use binance_sdk::spot::{SpotRestApi, SpotWsApi, SpotWsStreams, rest_api, websocket_api, websocket_streams};
use rust_decimal::Decimal;
use tokio::sync::mpsc;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

struct Settings {
    rest: String,
    key: String,
    secret: String,
}

/// Counts the steps that failed.
#[derive(Default)]
struct Checks(u32);

impl Checks {
    fn step<T>(&mut self, name: impl Display, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => {
                println!("ok      binance-sdk: {name}");
                Some(value)
            }
            Err(error) => {
                self.0 += 1;
                println!("FAILED  binance-sdk: {name}: {error:#}");
                None
            }
        }
    }
}

fn cents(units: i64) -> Decimal {
    Decimal::new(units, 2)
}

async fn spot(settings: &Settings, checks: &mut Checks) -> Result<()> {
    use rest_api::{NewOrderSideEnum as Side, NewOrderTimeInForceEnum as TimeInForce, NewOrderTypeEnum as Type};
    let configuration = ConfigurationRestApi::builder()
        .api_key(settings.key.as_str())
        .api_secret(settings.secret.as_str())
        .base_path(settings.rest.as_str())
        .build()?;
    let client = SpotRestApi::from_config(configuration);
    let symbol = || "BTCUSDT".to_owned();

    let ask = async {
        let depth = client.depth(rest_api::DepthParams::builder(symbol()).build()?).await?;
        let asks = depth.data().await?.asks.context("no asks")?;
        let price: Decimal = asks.first().and_then(|level| level.first()).context("no level")?.parse()?;
        anyhow::Ok(price)
    };
    let ask = checks.step("depth", ask.await).context("no price")?;
    let limit = async {
        let params = rest_api::NewOrderParams::builder(symbol(), Side::Buy, Type::Limit)
            .time_in_force(TimeInForce::Gtc)
            .quantity(cents(1))
            .price((ask * Decimal::new(9, 1)).round_dp(2))
            .build()?;
        client.new_order(params).await?.data().await?.order_id.context("no order id")
    };
    let id = checks.step("limit order", limit.await).context("no order")?;
    let query = async {
        let params = rest_api::GetOrderParams::builder(symbol()).order_id(id).build()?;
        let status = client.get_order(params).await?.data().await?.status;
        ensure!(status.as_deref() == Some("NEW"), "{status:?}");
        Ok(())
    };
    checks.step("query", query.await);
    let cancel = || async {
        let params = rest_api::DeleteOrderParams::builder(symbol()).order_id(id).build()?;
        let status = client.delete_order(params).await?.data().await?.status;
        ensure!(status.as_deref() == Some("CANCELED"), "{status:?}");
        anyhow::Ok(())
    };
    checks.step("cancel", cancel().await);
    let again = match cancel().await {
        Err(error) if error.to_string().contains("Unknown order") => Ok(()),
        other => Err(anyhow::anyhow!("{other:?}")),
    };
    checks.step("cancel again is refused", again);
    let market = async {
        let params = rest_api::NewOrderParams::builder(symbol(), Side::Buy, Type::Market)
            .quantity(cents(1))
            .build()?;
        let order = client.new_order(params).await?.data().await?;
        ensure!(order.status.as_deref() == Some("FILLED"), "{:?}", order.status);
        ensure!(order.fills.is_some_and(|fills| !fills.is_empty()), "no fills");
        Ok(())
    };
    checks.step("market order", market.await);
    let account = async {
        let account = client.get_account(rest_api::GetAccountParams::default()).await?.data().await?;
        ensure!(account.balances.is_some_and(|balances| !balances.is_empty()), "no balances");
        Ok(())
    };
    checks.step("account", account.await);
    let trades = async {
        let params = rest_api::MyTradesParams::builder(symbol()).build()?;
        ensure!(!client.my_trades(params).await?.data().await?.is_empty(), "none");
        Ok(())
    };
    checks.step("my trades", trades.await);
    Ok(())
}

async fn usds_futures(settings: &Settings, checks: &mut Checks) -> Result<()> {
    use futures::rest_api::{self as api, NewOrderSideEnum as Side};
    let configuration = ConfigurationRestApi::builder()
        .api_key(settings.key.as_str())
        .api_secret(settings.secret.as_str())
        .base_path(settings.rest.as_str())
        .build()?;
    let client = DerivativesTradingUsdsFuturesRestApi::from_config(configuration);
    let market = |side, quantity| {
        let client = client.clone();
        async move {
            let params = api::NewOrderParams::builder("ETHUSDT".to_owned(), side, api::NewOrderTypeEnum::Market)
                .quantity(quantity)
                .build()?;
            client.new_order(params).await?.data().await?.order_id.context("no order id")
        }
    };
    checks.step("fapi market order", market(Side::Buy, Decimal::ONE).await);
    let position = async {
        let params = api::PositionInformationV3Params::builder().symbol("ETHUSDT".to_owned()).build()?;
        let positions = client.position_information_v3(params).await?.data().await?;
        let amount = positions.first().and_then(|position| position.position_amt.clone());
        ensure!(amount.as_deref().map(str::parse::<Decimal>) == Some(Ok(Decimal::ONE)), "{amount:?}");
        Ok(())
    };
    checks.step("fapi position", position.await);
    checks.step("fapi close", market(Side::Sell, Decimal::ONE).await);
    Ok(())
}

async fn ws_api(settings: &Settings, checks: &mut Checks) -> Result<()> {
    let configuration = ConfigurationWebsocketApi::builder()
        .api_key(settings.key.as_str())
        .api_secret(settings.secret.as_str())
        .ws_url(format!("{}/ws-api/v3", settings.rest.replacen("http", "ws", 1)))
        .build()?;
    let connected = SpotWsApi::from_config(configuration).connect().await.context("connect");
    let client = checks.step("WebSocket API: connect", connected).context("no connection")?;
    let (events, mut received) = mpsc::unbounded_channel();
    let subscribed = client
        .user_data_stream_subscribe_signature(websocket_api::UserDataStreamSubscribeSignatureParams::default())
        .await;
    let stream = checks.step("WebSocket API: user data", subscribed);
    if let Some((_, stream)) = &stream {
        stream.on_message(move |event| {
            let _ = events.send(format!("{event:?}"));
        });
    }
    let order = async {
        let params = websocket_api::OrderPlaceParams::builder(
            "BTCUSDT".to_owned(),
            websocket_api::OrderPlaceSideEnum::Buy,
            websocket_api::OrderPlaceTypeEnum::Market,
        )
        .quantity(cents(1))
        .build()?;
        let order = client.order_place(params).await?.data()?;
        ensure!(order.status.as_deref() == Some("FILLED"), "{:?}", order.status);
        Ok(())
    };
    checks.step("WebSocket API: order", order.await);
    let report = async {
        loop {
            let event = timeout(PATIENCE, received.recv()).await?.context("the stream ended")?;
            if event.contains("ExecutionReport") {
                return Ok(());
            }
        }
    };
    checks.step("WebSocket API: the execution of the order", report.await);
    checks.step("WebSocket API: disconnect", client.disconnect().await);
    Ok(())
}

async fn streams(settings: &Settings, checks: &mut Checks) -> Result<()> {
    let configuration = ConfigurationWebsocketStreams::builder()
        .ws_url(settings.rest.replacen("http", "ws", 1))
        .build()?;
    let connected = SpotWsStreams::from_config(configuration).connect().await.context("connect");
    let client = checks.step("streams: connect", connected).context("no connection")?;
    let params = websocket_streams::AggTradeParams::builder("btcusdt".to_owned()).build()?;
    let stream = client.agg_trade(params).await?;
    let (events, mut received) = mpsc::unbounded_channel();
    stream.on_message(move |trade| {
        let _ = events.send(trade.s);
    });
    let symbol = timeout(PATIENCE, received.recv()).await.context("no event in 10 s");
    checks.step("streams: aggTrade", symbol);
    checks.step("streams: disconnect", client.disconnect().await);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let variable = |name: &str| std::env::var(name).with_context(|| format!("{name} is not set"));
    let settings = Settings {
        rest: variable("SANDBOX_REST")?,
        key: variable("SANDBOX_HMAC_KEY")?,
        secret: variable("SANDBOX_HMAC_SECRET")?,
    };
    let mut checks = Checks::default();
    let ended = spot(&settings, &mut checks).await;
    checks.step("Spot: all", ended);
    let ended = usds_futures(&settings, &mut checks).await;
    checks.step("USDⓈ-M: all", ended);
    let ended = ws_api(&settings, &mut checks).await;
    checks.step("WebSocket API: all", ended);
    let ended = streams(&settings, &mut checks).await;
    checks.step("streams: all", ended);
    Ok(ExitCode::from(u8::from(checks.0 > 0)))
}
