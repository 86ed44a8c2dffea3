"""binance-sdk-spot against the sandbox: REST with HMAC and Ed25519 keys, the WebSocket API, streams, user data."""

import asyncio

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_common.errors import BadRequestError
from binance_sdk_spot.spot import Spot

from common import ED25519_KEY, ED25519_PEM, KEY, REST, SECRET, WS, Checks, expect

checks = Checks("binance-sdk-spot")


def text(value):
    """The text of a value that may be an enumeration."""
    return getattr(value, "value", value)


def refused(work, code):
    try:
        work()
    except BadRequestError as error:
        found = getattr(error, "error_code", None)
        expect(found == code or str(code) in str(error), f"{error} instead of {code}")
        return
    raise AssertionError(f"not refused with {code}")


def rest(name, configuration):
    run = checks.run
    api = Spot(config_rest_api=configuration).rest_api
    run(f"{name}: exchangeInfo", lambda: expect(api.exchange_info(symbol="BTCUSDT").data().symbols, "none"))
    ask = float(run(f"{name}: depth", lambda: api.depth("BTCUSDT").data()).asks[0][0])
    order = run(
        f"{name}: limit order",
        lambda: api.new_order("BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity=0.01, price=round(ask * 0.9, 2)).data(),
    )
    run(f"{name}: query", lambda: expect(api.get_order("BTCUSDT", order_id=order.order_id).data().status == "NEW", "not NEW"))
    run(f"{name}: open orders", lambda: expect(api.get_open_orders(symbol="BTCUSDT").data(), "none"))
    run(f"{name}: cancel", lambda: expect(api.delete_order("BTCUSDT", order_id=order.order_id).data().status == "CANCELED", "?"))
    run(f"{name}: cancel again is -2011", lambda: refused(lambda: api.delete_order("BTCUSDT", order_id=order.order_id), -2011))
    run(f"{name}: market order", lambda: expect(api.new_order("BTCUSDT", "BUY", "MARKET", quantity=0.01).data().status == "FILLED", "not filled"))
    run(f"{name}: account", lambda: expect(api.get_account().data().balances, "none"))
    run(f"{name}: my trades", lambda: expect(api.my_trades("BTCUSDT").data(), "none"))
    run(f"{name}: klines", lambda: expect(api.klines("BTCUSDT", "1m", limit=2).data(), "none"))
    run(f"{name}: ticker", lambda: api.ticker24hr(symbol="BTCUSDT").data())
    run(f"{name}: test order", lambda: api.order_test("BTCUSDT", "BUY", "MARKET", quantity=0.01))
    run(
        f"{name}: cancel and replace",
        lambda: expect(
            api.order_cancel_replace(
                "BTCUSDT",
                "BUY",
                "LIMIT",
                "STOP_ON_FAILURE",
                time_in_force="GTC",
                quantity=0.01,
                price=round(ask * 0.91, 2),
                cancel_order_id=api.new_order(
                    "BTCUSDT", "BUY", "LIMIT", time_in_force="GTC", quantity=0.01, price=round(ask * 0.9, 2)
                ).data().order_id,
            ).data().cancel_result
            == "SUCCESS",
            "not replaced",
        ),
    )
    run(f"{name}: cancel all", lambda: expect(len(api.delete_open_orders("BTCUSDT").data()) == 1, "not one"))


async def websocket_api():
    client = Spot(
        config_ws_api=ConfigurationWebSocketAPI(
            api_key=ED25519_KEY, private_key=ED25519_PEM, stream_url=f"{WS}/ws-api/v3"
        )
    )
    connection = await client.websocket_api.create_connection()
    wait = checks.wait
    await wait("WebSocket API: log on", connection.session_logon())
    events = []

    async def subscribe():
        subscribed = await connection.user_data_stream_subscribe()
        subscribed.stream.on("message", events.append)

    await wait("WebSocket API: user data", subscribe())
    placed = await wait(
        "WebSocket API: order",
        connection.order_place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01),
    )
    expect(placed is not None, "no answer")
    await wait("WebSocket API: query", connection.order_status(symbol="BTCUSDT", order_id=placed.data().result.order_id))
    await wait("WebSocket API: account", connection.account_status())
    await wait("WebSocket API: depth", connection.depth(symbol="BTCUSDT"))
    for _ in range(50):
        if events:
            break
        await asyncio.sleep(0.1)
    checks.run("WebSocket API: the execution of the order", lambda: expect(events, "no event"))
    await wait("WebSocket API: log out", connection.session_logout())
    await connection.close_connection(close_session=True)


async def streams():
    client = Spot(config_ws_streams=ConfigurationWebSocketStreams(stream_url=WS))
    connection = await client.websocket_streams.create_connection()
    for name, subscribe in {
        "trade": connection.trade,
        "aggTrade": connection.agg_trade,
        "bookTicker": connection.book_ticker,
        "depth": connection.diff_book_depth,
        "miniTicker": connection.mini_ticker,
    }.items():
        events = []

        async def first():
            stream = await subscribe(symbol="btcusdt")
            stream.on("message", events.append)
            for _ in range(80):
                if events:
                    return
                await asyncio.sleep(0.1)
            raise AssertionError("no event")

        await checks.wait(f"stream {name}", first())
    await connection.close_connection(close_session=True)


def main():
    checks.run("HMAC: all", lambda: rest("HMAC", ConfigurationRestAPI(api_key=KEY, api_secret=SECRET, base_path=REST)))
    ed25519 = ConfigurationRestAPI(api_key=ED25519_KEY, private_key=ED25519_PEM, base_path=REST)
    checks.run("Ed25519: all", lambda: rest("Ed25519", ed25519))

    async def live():
        await checks.wait("WebSocket API: all", websocket_api())
        await checks.wait("streams: all", streams())

    asyncio.run(live())
    checks.end()


main()
