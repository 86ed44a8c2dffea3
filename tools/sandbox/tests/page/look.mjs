// Opens the sandbox's page in headless Chromium, trades, injects a fault by its form, and takes screenshots: light and dark,
// wide and narrow. Needs Chromium (CHROMIUM, or `chromium` on the path) and Node 22, or 20 with this flag; no packages.
//
//     cargo build -p binance-wire-sandbox
//     node --experimental-websocket tools/sandbox/tests/page/look.mjs target/debug/binance-wire-sandbox [FOLDER]
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [program, folder = "target/page"] = process.argv.slice(2);
const started = [];
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function check(holds, what) {
  if (!holds) throw new Error(`not as it should be: ${what}`);
  console.log(`ok: ${what}`);
}

/** Starts a program and returns what a line of its output matches. */
function start(command, args, pattern) {
  const child = spawn(command, args);
  started.push(child);
  return new Promise((done, fail) => {
    let text = "";
    const read = (chunk) => {
      text += chunk;
      const found = text.match(pattern);
      if (found) done(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("exit", () => fail(new Error(`${command} ended:\n${text}`)));
  });
}

/** A page of the browser, by its debugging protocol. */
class Page {
  static async open(debugger_, url) {
    const made = await fetch(`${debugger_}/json/new?about:blank`, { method: "PUT" });
    const page = new Page();
    page.socket = new WebSocket((await made.json()).webSocketDebuggerUrl);
    page.waiting = new Map();
    page.requests = [];
    page.problems = [];
    await new Promise((done) => page.socket.addEventListener("open", done));
    page.socket.addEventListener("message", ({ data }) => {
      const said = JSON.parse(data);
      page.waiting.get(said.id)?.(said);
      if (said.method === "Network.requestWillBeSent") page.requests.push(said.params.request.url);
      if (said.method === "Runtime.exceptionThrown") page.problems.push(said.params.exceptionDetails.text);
      if (said.method === "Log.entryAdded" && said.params.entry.level === "error") page.problems.push(said.params.entry.text);
    });
    for (const domain of ["Page", "Network", "Runtime", "Log"]) await page.ask(`${domain}.enable`);
    await page.ask("Page.navigate", { url });
    await page.until("document.querySelectorAll('#bids tbody tr').length > 0", "the book is shown");
    return page;
  }

  last = 0;

  ask(method, params = {}) {
    const id = ++this.last;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((done, fail) => this.waiting.set(id, (said) => (said.error ? fail(new Error(said.error.message)) : done(said.result))));
  }

  async value(expression) {
    return (await this.ask("Runtime.evaluate", { expression, returnByValue: true })).result.value;
  }

  async until(expression, what) {
    for (let attempt = 0; attempt < 100; attempt++) {
      if (await this.value(expression)) return console.log(`ok: ${what}`);
      await wait(100);
    }
    throw new Error(`never: ${what}`);
  }

  async screenshot(name, width, height, scheme) {
    await this.ask("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await this.ask("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    await wait(700);
    check((await this.value("document.documentElement.scrollWidth - innerWidth")) <= 0, `${name} fits its width`);
    const { data } = await this.ask("Page.captureScreenshot", { captureBeyondViewport: true });
    writeFileSync(join(folder, `${name}.png`), Buffer.from(data, "base64"));
  }
}

async function trade(addresses) {
  const { apiKey, secret } = addresses.keys.find((key) => key.kind === "HMAC");
  const order = async (values) => {
    const query = new URLSearchParams({ symbol: "BTCUSDT", ...values, timestamp: Date.now() }).toString();
    const signature = createHmac("sha256", secret).update(query).digest("hex");
    const url = `${addresses.rest}/api/v3/order?${query}&signature=${signature}`;
    return (await fetch(url, { method: "POST", headers: { "X-MBX-APIKEY": apiKey } })).status;
  };
  for (let at = 0; at < 6; at++) {
    const price = String(51000 - 250 * at);
    check((await order({ side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.02", price })) === 200, `a bid at ${price}`);
  }
  check((await order({ side: "SELL", type: "MARKET", quantity: "0.5" })) === 200, "a market order");
  // Markup in what users choose is shown as text.
  const strange = await order({ side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01", price: "50000", newClientOrderId: "a<b>" });
  check(strange === 400, "an id with markup is refused");
  await fetch(`${addresses.rest}/api/v3/depth?symbol=%3Cb%3E`);
}

async function run() {
  mkdirSync(folder, { recursive: true });
  const [, line] = await start(program, ["--port", "0", "--json"], /(\{.*\})\n/);
  const addresses = JSON.parse(line);
  const profile = mkdtempSync(join(tmpdir(), "page-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"];
  const [, host] = await start(process.env.CHROMIUM || "chromium", flags, /DevTools listening on ws:\/\/([^/]+)\//);
  const page = await Page.open(`http://${host}`, `${addresses.rest}/`);
  await trade(addresses);
  const socket = new WebSocket(`${addresses.streams}/stream?streams=btcusdt@trade/btcusdt@depth`);
  await new Promise((done) => socket.addEventListener("open", done));
  await page.until("document.querySelectorAll('#orders tbody tr').length >= 7", "orders are shown");
  await page.until("document.querySelector('#connections').textContent.includes('btcusdt@depth')", "the connection is shown");
  check(!(await page.value("document.querySelector('#requests b')")), "what was received is text");

  await page.value("document.querySelector('#fault-name').value = 'latency'; document.querySelector('#fault-name').dispatchEvent(new Event('change'))");
  await page.value("document.querySelector('#fault-often').value = '10%'; document.querySelector('#fault-form').requestSubmit()");
  await page.until("document.querySelector('#fault-waiting').textContent.includes('latency=250ms@10%')", "a fault was injected by the form");
  await page.value("document.querySelector('#fault-argument').value = 'soon'; document.querySelector('#fault-form').requestSubmit()");
  await page.until("document.querySelector('#fault-error').textContent.includes('250ms')", "a wrong argument is explained");

  await page.screenshot("wide-light", 1400, 1100, "light");
  await page.screenshot("wide-dark", 1400, 1100, "dark");
  await page.screenshot("medium-light", 900, 1400, "light");
  await page.screenshot("narrow-light", 390, 1800, "light");
  await page.screenshot("narrow-dark", 390, 1800, "dark");
  await page.value("document.querySelector('#fault-clear').click()");
  await page.until("document.querySelector('#fault-waiting').textContent === 'none'", "faults are cleared");

  const foreign = page.requests.filter((url) => !url.startsWith(addresses.rest) && !url.startsWith("data:"));
  check(foreign.length === 0, `nothing is loaded from elsewhere ${foreign}`);
  // The wrong argument was answered with 400, which the browser counts as an error of loading.
  const problems = page.problems.filter((text) => !text.includes("400"));
  check(problems.length === 0, `no errors in the console ${problems}`);
  socket.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
}

try {
  await run();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const child of started) {
    child.removeAllListeners("exit");
    child.kill();
  }
  setTimeout(() => process.exit(), 500);
}
