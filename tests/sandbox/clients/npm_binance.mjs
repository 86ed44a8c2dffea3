// The npm package `binance` against the sandbox: Spot, USDⓈ-M, streams, user data, the WebSocket API.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.SANDBOX_NODE_MODULES + "/");
const { DefaultLogger, MainClient, USDMClient, WebsocketAPIClient, WebsocketClient } = require("binance");

const rest = process.env.SANDBOX_REST;
const ws = rest.replace("http", "ws");
const keys = { api_key: process.env.SANDBOX_HMAC_KEY, api_secret: process.env.SANDBOX_HMAC_SECRET };
const quiet = { ...DefaultLogger, trace() {}, info() {}, error() {} };

let failed = 0;
async function check(step, work) {
  try {
    const value = await work();
    console.log(`ok      npm binance: ${step}`);
    return value;
  } catch (error) {
    failed += 1;
    const text = error instanceof Error ? error.message : JSON.stringify(error.body ?? error.response ?? error);
    console.log(`FAILED  npm binance: ${step}: ${text}`);
  }
}
function expect(condition, message) {
  if (!condition) throw new Error(message);
}
async function refused(code, work) {
  try {
    await work();
  } catch (error) {
    expect(error.code === code || error.body?.code === code, `${JSON.stringify(error.body ?? error)} instead of ${code}`);
    return;
  }
  throw new Error(`not refused with ${code}`);
}

async function spot() {
  const client = new MainClient({ ...keys, baseUrl: rest });
  await check("exchangeInfo", async () => expect((await client.getExchangeInfo({ symbol: "BTCUSDT" })).symbols.length === 1, "not one"));
  const book = await check("depth", () => client.getOrderBook({ symbol: "BTCUSDT" }));
  const ask = Number(book.asks[0][0]);
  const limit = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 0.01, price: Number((ask * 0.9).toFixed(2)) };
  const order = await check("limit order", () => client.submitNewOrder(limit));
  const id = { symbol: "BTCUSDT", orderId: order?.orderId };
  await check("query", async () => expect((await client.getOrder(id)).status === "NEW", "not NEW"));
  await check("open orders", async () => expect((await client.getOpenOrders({ symbol: "BTCUSDT" })).length > 0, "none"));
  await check("cancel", async () => expect((await client.cancelOrder(id)).status === "CANCELED", "not canceled"));
  await check("cancel again is -2011", () => refused(-2011, () => client.cancelOrder(id)));
  await check("market order", async () => {
    const bought = await client.submitNewOrder({ symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: 0.01, newOrderRespType: "FULL" });
    expect(bought.status === "FILLED" && bought.fills.length > 0, "not filled");
  });
  await check("account", async () => expect((await client.getAccountInformation()).balances.length > 0, "none"));
  await check("my trades", async () => expect((await client.getAccountTradeList({ symbol: "BTCUSDT" })).length > 0, "none"));
  await check("candles", async () => expect((await client.getKlines({ symbol: "BTCUSDT", interval: "1m" })).length > 0, "none"));
  await check("24hr ticker", () => client.get24hrChangeStatistics({ symbol: "BTCUSDT" }));
}

async function futures() {
  const client = new USDMClient({ ...keys, baseUrl: rest });
  await check("fapi exchangeInfo", async () => expect((await client.getExchangeInfo()).symbols.length > 0, "none"));
  await check("fapi leverage", async () => expect((await client.setLeverage({ symbol: "ETHUSDT", leverage: 7 })).leverage === 7, "not 7"));
  const mark = await check("fapi mark price", () => client.getMarkPrice({ symbol: "ETHUSDT" }));
  const price = Number((Number(mark.markPrice) * 0.95).toFixed(2));
  const limit = { symbol: "ETHUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 1, price };
  const order = await check("fapi limit order", () => client.submitNewOrder(limit));
  const id = { symbol: "ETHUSDT", orderId: order?.orderId };
  await check("fapi query", async () => expect((await client.getOrder(id)).status === "NEW", "not NEW"));
  await check("fapi cancel", async () => expect((await client.cancelOrder(id)).status === "CANCELED", "not canceled"));
  await check("fapi market order", () => client.submitNewOrder({ symbol: "ETHUSDT", side: "BUY", type: "MARKET", quantity: 1 }));
  await check("fapi position", async () => {
    const found = (await client.getPositionsV3({ symbol: "ETHUSDT" })).map((position) => Number(position.positionAmt));
    expect(found.length === 1 && found[0] === 1, `positions ${found}`);
  });
  await check("fapi close", () => client.submitNewOrder({ symbol: "ETHUSDT", side: "SELL", type: "MARKET", quantity: 1, reduceOnly: "true" }));
}

function first(client, condition) {
  const message = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no such message in 10 s")), 10000);
    client.on("message", (message) => {
      if (condition(message)) {
        clearTimeout(timer);
        resolve(message);
      }
    });
  });
  // Where a step before fails, nobody waits for it.
  message.catch(() => {});
  return message;
}

async function streams() {
  const client = new WebsocketClient({ ...keys, wsUrl: ws }, quiet);
  client.on("exception", () => {});
  const trade = first(client, (message) => (message.data ?? message).e === "trade");
  const ticker = first(client, (message) => (message.data ?? message).e === "24hrMiniTicker");
  await check("streams: subscribe", () => client.subscribe(["btcusdt@trade", "btcusdt@miniTicker"], "main"));
  await check("streams: trade", () => trade);
  await check("streams: miniTicker", () => ticker);
  client.closeAll(true);
}

async function api() {
  const ed25519 = { api_key: process.env.SANDBOX_ED25519_KEY, api_secret: readFileSync(process.env.SANDBOX_ED25519_PEM, "utf8") };
  const client = new WebsocketAPIClient({ ...ed25519, wsUrl: ws, attachEventListeners: false }, quiet);
  const events = client.getWSClient();
  events.on("exception", () => {});
  const report = first(events, (message) => (message.event ?? message.data ?? message).e === "executionReport");
  await check("WebSocket API: time", () => client.getSpotServerTime());
  await check("WebSocket API: user data", () => client.subscribeUserDataStream("mainWSAPI"));
  await check("WebSocket API: order", async () => {
    const answer = await client.submitNewSpotOrder({ symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: 0.01, timestamp: Date.now() });
    expect(answer.result.status === "FILLED", "not filled");
  });
  await check("WebSocket API: the execution of the order", () => report);
  await check("WebSocket API: account", () => client.getSpotAccountInformation({ timestamp: Date.now() }));
  events.closeAll(true);
}

await check("Spot: all", spot);
await check("USDⓈ-M: all", futures);
await check("streams: all", streams);
await check("WebSocket API: all", api);
process.exit(failed ? 1 : 0);
