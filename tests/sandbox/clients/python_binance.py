"""python-binance against the sandbox: Spot and USDⓈ-M over REST, streams, user data, the WebSocket API."""

import asyncio

from binance import AsyncClient, BinanceSocketManager, Client
from binance.exceptions import BinanceAPIException

from common import KEY, REST, SECRET, WS, Checks, expect

checks = Checks("python-binance")


def point(client):
    """Leads a client, or its class, to the sandbox."""
    client.API_URL = f"{REST}/api"
    client.MARGIN_API_URL = f"{REST}/sapi"
    client.FUTURES_URL = f"{REST}/fapi"
    client.FUTURES_DATA_URL = f"{REST}/futures/data"
    client.FUTURES_COIN_URL = f"{REST}/dapi"
    client.WS_API_URL = f"{WS}/ws-api/v3"
    client.WS_FUTURES_URL = f"{WS}/ws-fapi/v1"
    for name in ("STREAM_URL", "FSTREAM_URL", "DSTREAM_URL"):
        setattr(BinanceSocketManager, name, f"{WS}/")


def refused(work, code):
    try:
        work()
    except BinanceAPIException as error:
        expect(error.code == code, f"{error.code} instead of {code}: {error.message}")
        return
    raise AssertionError(f"not refused with {code}")


def spot(client):
    run = checks.run
    run("ping", client.ping)
    run("server time", lambda: expect(client.get_server_time()["serverTime"] > 0, "no time"))
    run("exchangeInfo", lambda: expect(client.get_symbol_info("BTCUSDT")["filters"], "no filters"))
    ask = float(run("bookTicker", lambda: client.get_orderbook_ticker(symbol="BTCUSDT"))["askPrice"])
    run("depth", lambda: expect(client.get_order_book(symbol="BTCUSDT")["bids"], "no bids"))
    before = run("account", client.get_account)
    low = f"{ask * 0.9:.2f}"
    order = run("limit order", lambda: client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price=low))
    run("query", lambda: expect(client.get_order(symbol="BTCUSDT", orderId=order["orderId"])["status"] == "NEW", "not NEW"))
    run("open orders", lambda: expect(len(client.get_open_orders(symbol="BTCUSDT")) == 1, "not one"))

    def locked():
        balance = client.get_asset_balance(asset="USDT")
        expect(float(balance["locked"]) > 0, "nothing locked")

    run("balance is locked", locked)
    run("cancel", lambda: expect(client.cancel_order(symbol="BTCUSDT", orderId=order["orderId"])["status"] == "CANCELED", "?"))
    run("cancel again is -2011", lambda: refused(lambda: client.cancel_order(symbol="BTCUSDT", orderId=order["orderId"]), -2011))
    market = run("market order", lambda: client.order_market_buy(symbol="BTCUSDT", quantity="0.01"))
    run("fills", lambda: expect(market["status"] == "FILLED" and market["fills"], "not filled"))
    run("by quote", lambda: expect(client.order_market_buy(symbol="BTCUSDT", quoteOrderQty="100")["status"] == "FILLED", "?"))
    run("trades", lambda: expect(client.get_my_trades(symbol="BTCUSDT", orderId=market["orderId"]), "none"))
    run("all orders", lambda: expect(len(client.get_all_orders(symbol="BTCUSDT")) >= 3, "too few"))
    run("PRICE_FILTER", lambda: refused(lambda: client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price="1.001"), -1013))
    run("insufficient balance", lambda: refused(lambda: client.order_limit_buy(symbol="BTCUSDT", quantity="900", price=low), -2010))
    run("unknown symbol", lambda: refused(lambda: client.get_order_book(symbol="NOSUCH"), -1121))
    run(
        "OCO",
        lambda: client.create_oco_order(
            symbol="BTCUSDT",
            side="SELL",
            quantity="0.01",
            aboveType="LIMIT_MAKER",
            abovePrice=f"{ask * 1.1:.2f}",
            belowType="STOP_LOSS_LIMIT",
            belowStopPrice=f"{ask * 0.9:.2f}",
            belowPrice=f"{ask * 0.89:.2f}",
            belowTimeInForce="GTC",
        ),
    )
    run("two legs", lambda: expect(len(client.get_open_orders(symbol="BTCUSDT")) == 2, "not two"))
    run("cancel all", lambda: client._delete("openOrders", True, data={"symbol": "BTCUSDT"}))
    run("klines", lambda: expect(client.get_klines(symbol="BTCUSDT", interval="1m", limit=5), "none"))
    run("24hr ticker", lambda: client.get_ticker(symbol="BTCUSDT")["lastPrice"])
    run("recent trades", lambda: expect(client.get_recent_trades(symbol="BTCUSDT"), "none"))
    run("aggregate trades", lambda: expect(client.get_aggregate_trades(symbol="BTCUSDT"), "none"))
    after = run("account after", client.get_account)

    def moved():
        def free(account):
            return {balance["asset"]: float(balance["free"]) for balance in account["balances"]}

        expect(free(after)["BTC"] > free(before)["BTC"], "no more BTC than before")
        expect(free(after)["USDT"] < free(before)["USDT"], "no less USDT than before")

    run("balances moved", moved)
    run("wallet: coins", lambda: expect(client.get_all_coins_info(), "none"))
    run("deposits", client.get_deposit_history)


def futures(client):
    run = checks.run
    run("fapi ping", client.futures_ping)
    run("fapi exchangeInfo", lambda: expect(client.futures_exchange_info()["symbols"], "none"))
    run("fapi leverage", lambda: expect(client.futures_change_leverage(symbol="BTCUSDT", leverage=10)["leverage"] == 10, "?"))
    mark = float(run("fapi mark price", lambda: client.futures_mark_price(symbol="BTCUSDT"))["markPrice"])
    order = run(
        "fapi limit order",
        lambda: client.futures_create_order(
            symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=f"{mark * 0.95:.1f}"
        ),
    )
    run("fapi query", lambda: expect(client.futures_get_order(symbol="BTCUSDT", orderId=order["orderId"])["status"] == "NEW", "not NEW"))
    run("fapi open orders", lambda: expect(client.futures_get_open_orders(symbol="BTCUSDT"), "none"))
    run("fapi cancel", lambda: expect(client.futures_cancel_order(symbol="BTCUSDT", orderId=order["orderId"])["status"] == "CANCELED", "?"))
    run("fapi market order", lambda: client.futures_create_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01"))

    def position():
        found = client.futures_position_information(symbol="BTCUSDT")
        amount = sum(float(entry["positionAmt"]) for entry in found)
        expect(amount == 0.01, f"a position of {amount}")

    run("fapi position", position)
    run("fapi account", lambda: expect(client.futures_account()["assets"], "no assets"))
    run("fapi balance", lambda: expect(client.futures_account_balance(), "none"))
    run("fapi trades", lambda: expect(client.futures_account_trades(symbol="BTCUSDT"), "none"))
    run("fapi close", lambda: client.futures_create_order(symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.01", reduceOnly="true"))
    run("fapi income", lambda: expect(client.futures_income_history(), "none"))


async def live():
    client = AsyncClient(KEY, SECRET)
    point(client)
    client.ws_api._url = f"{WS}/ws-api/v3"
    manager = BinanceSocketManager(client)

    async def first(socket, condition=lambda message: True, limit=10, act=None):
        async with socket as stream:
            if act:
                await act()
            for _ in range(limit):
                message = await asyncio.wait_for(stream.recv(), 10)
                if condition(message):
                    return message
        raise AssertionError("no such message")

    await checks.wait("stream trade", first(manager.trade_socket("BTCUSDT"), lambda m: m.get("e") == "trade"))
    await checks.wait("stream kline", first(manager.kline_socket("BTCUSDT"), lambda m: m.get("e") == "kline"))
    await checks.wait("stream depth", first(manager.depth_socket("BTCUSDT"), lambda m: m.get("e") == "depthUpdate"))
    await checks.wait(
        "combined streams",
        first(manager.multiplex_socket(["btcusdt@aggTrade", "ethusdt@bookTicker"]), lambda m: "stream" in m),
    )

    async def buy():
        await client.order_market_buy(symbol="BTCUSDT", quantity="0.01")

    await checks.wait(
        "user data: the execution of an order",
        first(manager.user_socket(), lambda m: m.get("e") == "executionReport" and m.get("X") == "FILLED", act=buy),
    )
    await checks.wait("WebSocket API: order", client.ws_create_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01"))
    await checks.wait("WebSocket API: account", client.ws_get_account())
    await client.close_connection()


def main():
    sync = Client(KEY, SECRET, ping=False)
    point(sync)
    spot(sync)
    futures(sync)
    asyncio.run(live())
    checks.end()


main()
