"""ccxt against the sandbox: Spot and USDⓈ-M by the unified calls, which load every market of the exchange first."""

import asyncio

import ccxt
import ccxt.pro

from common import KEY, REST, SECRET, WS, Checks, expect

checks = Checks("ccxt")


def point(exchange):
    """Leads every address of the exchange to the sandbox; the paths behind the host stay."""

    def host(url):
        scheme, rest = url.split("://", 1)
        path = rest.split("/", 1)[1] if "/" in rest else ""
        return f"{WS if scheme.startswith('ws') else REST}/{path}"

    def walk(value):
        if isinstance(value, dict):
            return {name: walk(inner) for name, inner in value.items()}
        return host(value) if isinstance(value, str) else value

    exchange.urls["api"] = walk(exchange.urls["api"])


def settings(kind):
    return {"apiKey": KEY, "secret": SECRET, "options": {"defaultType": kind, "fetchMarkets": {"types": [kind_of(kind)]}}}


def kind_of(kind):
    return {"spot": "spot", "swap": "linear"}[kind]


def trade(kind, symbol):
    run = checks.run
    exchange = ccxt.binance(settings(kind))
    point(exchange)
    run(f"{kind}: markets", lambda: expect(symbol in exchange.load_markets(), f"{symbol} is missing"))
    ticker = run(f"{kind}: ticker", lambda: exchange.fetch_ticker(symbol))
    book = run(f"{kind}: order book", lambda: exchange.fetch_order_book(symbol))
    run(f"{kind}: book is not empty", lambda: expect(book["bids"] and book["asks"], "empty"))
    run(f"{kind}: the ticker is near the book", lambda: expect(abs(ticker["last"] / book["bids"][0][0] - 1) < 0.2, f"{ticker['last']} and {book['bids'][0]}"))
    price = exchange.price_to_precision(symbol, book["bids"][0][0] * 0.95)
    order = run(f"{kind}: limit order", lambda: exchange.create_order(symbol, "limit", "buy", 0.01, float(price)))
    run(f"{kind}: query", lambda: expect(exchange.fetch_order(order["id"], symbol)["status"] == "open", "not open"))
    run(f"{kind}: open orders", lambda: expect([o["id"] for o in exchange.fetch_open_orders(symbol)] == [order["id"]], "another list"))
    run(f"{kind}: cancel", lambda: exchange.cancel_order(order["id"], symbol))
    run(f"{kind}: canceled", lambda: expect(exchange.fetch_order(order["id"], symbol)["status"] == "canceled", "not canceled"))
    bought = run(f"{kind}: market order", lambda: exchange.create_order(symbol, "market", "buy", 0.01))
    run(f"{kind}: filled", lambda: expect(exchange.fetch_order(bought["id"], symbol)["filled"] == 0.01, "not filled"))
    run(f"{kind}: my trades", lambda: expect(any(t["order"] == bought["id"] for t in exchange.fetch_my_trades(symbol)), "none of it"))
    run(f"{kind}: balance", lambda: expect(exchange.fetch_balance()["USDT"]["total"] > 0, "nothing"))
    run(f"{kind}: candles", lambda: expect(exchange.fetch_ohlcv(symbol, "1m", limit=5), "none"))
    run(f"{kind}: trades", lambda: expect(exchange.fetch_trades(symbol), "none"))

    def too_much():
        try:
            exchange.create_order(symbol, "limit", "buy", 100.0, float(price))
        except ccxt.InsufficientFunds:
            return
        except ccxt.ExchangeError as error:
            # ccxt names the errors of futures by the exchange's own host, and leaves the code at any other.
            expect(kind == "swap" and '"code":-2019' in str(error), error)
            return
        raise AssertionError("not refused")

    run(f"{kind}: insufficient funds", too_much)
    if kind == "swap":
        run("swap: leverage", lambda: exchange.set_leverage(20, symbol))

        def position():
            amounts = [p["contracts"] for p in exchange.fetch_positions([symbol])]
            expect(amounts == [0.01], f"{amounts}")

        run("swap: position", position)
        run("swap: funding rate", lambda: exchange.fetch_funding_rate(symbol))


async def live():
    exchange = ccxt.pro.binance(settings("spot"))
    point(exchange)
    wait = checks.wait
    await wait("watch ticker", asyncio.wait_for(exchange.watch_ticker("BTC/USDT"), 15))
    await wait("watch trades", asyncio.wait_for(exchange.watch_trades("BTC/USDT"), 15))
    await wait("watch order book", asyncio.wait_for(exchange.watch_order_book("BTC/USDT"), 15))
    await wait("watch candles", asyncio.wait_for(exchange.watch_ohlcv("BTC/USDT", "1m"), 15))

    async def orders():
        watching = asyncio.ensure_future(exchange.watch_orders("BTC/USDT"))
        await asyncio.sleep(1)
        placed = await exchange.create_order("BTC/USDT", "market", "buy", 0.01)
        seen = await asyncio.wait_for(watching, 15)
        expect(any(order["id"] == placed["id"] for order in seen), "another order")

    await wait("watch orders", orders())
    await wait("WebSocket API: order", exchange.create_order_ws("BTC/USDT", "market", "buy", 0.01))
    await exchange.close()


def main():
    checks.run("spot: all", lambda: trade("spot", "BTC/USDT"))
    checks.run("swap: all", lambda: trade("swap", "BTC/USDT:USDT"))
    asyncio.run(live())
    checks.end()


main()
