"use strict";
// Shows /sandbox/state, and sends faults. Everything that comes from the exchange is set as text, never as markup.

const EVERY_MS = 500;
const find = (id) => document.getElementById(id);
let chosen = "";
let known = [];

function element(name, text, classes) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (classes) made.className = classes;
  return made;
}

/** Eight fraction digits without the zeros that say nothing. */
function short(amount) {
  return amount.includes(".") ? amount.replace(/\.?0+$/, "") : amount;
}

/** Fills a table; a row is a list of texts or [text, classes]. */
function rows(id, list, none) {
  const body = find(id).tBodies[0];
  const made = list.map((cells) => {
    const row = element("tr");
    for (const cell of cells) {
      const [text, classes] = Array.isArray(cell) ? cell : [cell, ""];
      row.append(element("td", text, classes));
    }
    return row;
  });
  if (made.length === 0) {
    const row = element("tr", undefined, "empty");
    const cell = element("td", none);
    cell.colSpan = find(id).tHead.rows[0].cells.length;
    row.append(cell);
    made.push(row);
  }
  body.replaceChildren(...made);
}

function options(select, values, labels) {
  const same = select.options.length === values.length && values.every((value, at) => select.options[at].value === value);
  if (same) return;
  const before = select.value;
  select.replaceChildren(...values.map((value, at) => {
    const option = element("option", labels ? labels[at] : value);
    option.value = value;
    return option;
  }));
  if (values.includes(before)) select.value = before;
}

function side(id, levels) {
  const most = Math.max(...levels.map(([, quantity]) => Number(quantity)), 0);
  const made = levels.map(([price, quantity]) => {
    const row = element("tr");
    row.style.setProperty("--part", `${most > 0 ? (100 * Number(quantity)) / most : 0}%`);
    row.append(element("td", short(price)), element("td", short(quantity)));
    return row;
  });
  find(id).tBodies[0].replaceChildren(...made);
}

function book(symbols) {
  options(find("symbol"), symbols.map((one) => one.symbol));
  chosen = find("symbol").value;
  const shown = symbols.find((one) => one.symbol === chosen);
  if (!shown) return;
  side("asks", [...shown.asks].reverse());
  side("bids", shown.bids);
  const [ask, bid] = [shown.asks[0], shown.bids[0]];
  const gap = ask && bid ? short((Number(ask[0]) - Number(bid[0])).toFixed(8)) : "none";
  find("spread").textContent = `spread ${gap} · update ${shown.lastUpdateId}`;
}

function chips(id, texts, none) {
  const made = texts.length > 0 ? texts.map((text) => element("li", text)) : [element("li", none, "none")];
  find(id).replaceChildren(...made);
}

function limit(name, used, most, note) {
  const made = element("div", undefined, "limit");
  const bar = element("progress");
  bar.max = most;
  bar.value = used;
  bar.setAttribute("aria-label", name);
  made.append(element("span", name), element("span", note || `${used} of ${most}`, note ? "banned" : ""), bar);
  return made;
}

function limits(all) {
  const made = [];
  for (const one of all.addresses) {
    const banned = one.bannedMs > 0 ? `banned for ${Math.ceil(one.bannedMs / 1000)} s` : "";
    made.push(limit(`weight of ${one.address}, a minute`, one.weight, one.weightLimit, banned));
  }
  for (const one of all.accounts) {
    made.push(limit(`orders of account ${one.account}, 10 s`, one.orders10s, one.orders10sLimit));
    made.push(limit(`orders of account ${one.account}, a day`, one.orders1d, one.orders1dLimit));
  }
  if (made.length === 0) made.push(element("small", "nothing was sent yet"));
  find("limits").replaceChildren(...made);
}

function show(state) {
  const time = new Date(state.now);
  find("status").textContent = Number.isNaN(time.getTime()) ? String(state.now) : time.toISOString().replace("T", " ").slice(0, 19);
  find("status").className = "live";
  const { counts } = state;
  const totals = [
    ["requests", counts.httpRequests], ["connections", counts.open], ["WebSockets", counts.openWebSockets], ["orders", counts.orders],
  ];
  find("totals").replaceChildren(...totals.map(([name, count]) => {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", String(count)));
    return pair;
  }));
  const speed = find("speed");
  if (document.activeElement !== speed) {
    if (![...speed.options].some((option) => Number(option.value) === state.speed)) {
      const option = element("option", `${state.speed} × as fast`);
      option.value = String(state.speed);
      speed.append(option);
    }
    speed.value = String(state.speed);
  }
  book(state.symbols);
  find("order-count").textContent = `the latest ${state.orders.length}`;
  const colour = (word) => (word === "BUY" ? "buy" : "sell");
  rows("orders", state.orders.map((order) => [
    String(order.orderId), String(order.account), order.symbol, [order.side, colour(order.side)], order.type,
    [short(order.price), "number"], [short(order.quantity), "number"], [short(order.executed), "number"], order.status,
  ]), "No orders yet. The program's greeting has keys, and a line for each client.");
  const fills = state.accounts.flatMap((one) => one.fills.map((fill) => ({ ...fill, account: one.account })));
  fills.sort((a, b) => b.tradeId - a.tradeId);
  rows("fills", fills.map((fill) => [
    String(fill.tradeId), String(fill.account), String(fill.orderId), [short(fill.price), "number"], [short(fill.quantity), "number"],
  ]), "No order has filled yet.");
  rows("balances", state.accounts.flatMap((one) => one.balances.map((balance) => [
    String(one.account), balance.asset, [short(balance.free), "number"], [short(balance.locked), "number"],
  ])), "No balances.");
  find("connection-count").textContent = state.connections.length > 0 ? String(state.connections.length) : "";
  rows("connections", state.connections.map((one) => [
    String(one.id), one.kind, [listens(one.listens), "long"], [String(one.waiting), "number"],
  ]), "No WebSocket is open.");
  rows("requests", state.requests.map((one) => [one.method, one.path, [one.query, "long"]]), "Nothing was received yet.");
  limits(state.limits);
  chips("fault-waiting", state.faults.waiting, "none");
  chips("fault-struck", Object.entries(state.faults.struck).map(([name, count]) => `${name} × ${count}`), "none");
}

function listens(what) {
  if (what.streams) return what.streams.join(", ") || "nothing yet";
  const accounts = what.accounts.length > 0 ? `, events of account ${what.accounts.join(", ")}` : "";
  return `${what.product}${what.loggedOn ? ", logged on" : ""}${accounts}`;
}

async function ask(path, method, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(`/sandbox/${path}`, options);
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error || answer.statusText);
  return value;
}

async function poll() {
  try {
    show(await ask("state", "GET"));
  } catch {
    find("status").textContent = "not reached";
    find("status").className = "lost";
  }
  setTimeout(poll, EVERY_MS);
}

/** Does what a control asks for, and says what went wrong with it. */
async function attempt(what) {
  find("fault-error").textContent = "";
  try {
    await what();
  } catch (error) {
    find("fault-error").textContent = error.message;
  }
}

function about() {
  const one = known.find((fault) => fault.name === find("fault-name").value);
  find("fault-about").textContent = one ? one.about : "";
  find("fault-argument").value = one ? one.argument : "";
  find("fault-argument-label").classList.toggle("hidden", !one || one.argument === "");
}

function faultText() {
  const [name, argument] = [find("fault-name").value, find("fault-argument").value.trim()];
  const [often, where] = [find("fault-often").value, find("fault-where").value];
  const one = known.find((fault) => fault.name === name);
  const when = [often, where && `at ${where}`].filter(Boolean).join(" ");
  return name + (one && one.argument && argument ? `=${argument}` : "") + (when ? `@${when}` : "");
}

async function begin() {
  find("fault-name").addEventListener("change", about);
  find("fault-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => ask("faults", "POST", { fault: faultText() }));
  });
  find("fault-clear").addEventListener("click", () => attempt(() => ask("faults", "DELETE")));
  find("reset").addEventListener("click", () => attempt(() => ask("reset", "POST", {})));
  find("speed").addEventListener("change", (event) => {
    const speed = Number(event.target.value);
    event.target.blur();
    attempt(() => ask("clock", "POST", { speed }));
  });
  await attempt(async () => {
    known = (await ask("faults", "GET")).known;
    options(find("fault-name"), known.map((fault) => fault.name));
    about();
  });
  poll();
}

begin();
