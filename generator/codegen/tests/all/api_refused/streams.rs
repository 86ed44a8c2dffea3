//! What is wrong with what documents say of stream connections: routes, limits, user data.

use super::{STREAMS, WS_API, check, fault};

#[test]
fn routes_and_limits() {
    check(&[
        fault(
            STREAMS,
            "x-update-speed: realtime\n",
            "x-rout: public\n",
            "x-rout: public",
            "unknown extension `x-rout`",
            "did you mean `x-route`",
        ),
        fault(
            STREAMS,
            "      x-route: market\n      summary: A list",
            "      summary: A list",
            "  /!ticker@arr:\n    get:",
            "the stream has no route",
            "x-route: public or market",
        ),
        fault(
            STREAMS,
            "x-route: public",
            "x-route: /public",
            "x-route: /public",
            "unknown route",
            "write public or market",
        ),
        fault(
            STREAMS,
            "x-routes: {public: /public, market: /market}\n",
            "",
            "x-route: market",
            "the product has no routes",
            "declare x-routes",
        ),
        fault(
            STREAMS,
            "market: /market}",
            "market: market/}",
            "market: market/}",
            "the path of route `market` is not a path",
            "/market",
        ),
        fault(
            STREAMS,
            "x-routes: {public: /public, market: /market}",
            "x-routes: [public, market]",
            "x-routes: [public, market]",
            "`x-routes` names no route",
            "{name: /path}",
        ),
        fault(
            STREAMS,
            "/diff/{symbol}@depth:\n    get:\n      x-pattern: '{symbol}@depth'",
            "/{symbol}@kline_{symbol}:\n    get:",
            "  /{symbol}@kline_{symbol}:\n    get:",
            "cannot be distinguished from those of `<symbol>@kline_<interval>@<offset>`, which has another route",
            "the same x-route",
        ),
        fault(
            STREAMS,
            "/diff/{symbol}@depth:\n    get:\n      x-pattern: '{symbol}@depth'",
            "/{symbol@depth:\n    get:",
            "  /{symbol@depth:\n    get:",
            "a placeholder is not closed",
            "separated by `@`, with `{placeholders}`",
        ),
        fault(
            STREAMS,
            "x-max-streams: 200",
            "x-max-streams: 0",
            "x-max-streams: 0",
            "`x-max-streams` is not a count",
            "above 0",
        ),
        fault(
            STREAMS,
            "x-messages-per-second: 10",
            "x-messages-per-second: ten",
            "x-messages-per-second: ten",
            "`x-messages-per-second` is not a count",
            "above 0",
        ),
        fault(
            STREAMS,
            "x-max-streams: 200",
            "x-connection: topics",
            "x-connection: topics",
            "unknown kind of connection",
            "signed-topics",
        ),
        fault(
            STREAMS,
            "x-max-streams: 200",
            "x-connection: signed-topics",
            "x-routes",
            "signed topics have no routes",
            "take x-routes",
        ),
    ]);
}

#[test]
fn order_books() {
    const TYPES: &str = "x-event-type: [depthUpdate, depthSnapshot]";
    let book = |to: &'static str, message: &'static str, remedy: &'static str| {
        fault(STREAMS, TYPES, to, "x-book", message, remedy)
    };
    check(&[
        book(
            "x-book: sequential",
            "`x-book` is not a mapping",
            "{rule: sequential",
        ),
        book(
            "x-book: {rule: guess, snapshot: fills, depth: 5, weight-per-minute: 9}",
            "no rule that is known",
            "sequential or linked",
        ),
        book(
            "x-book: {rule: linked, depth: 5, weight-per-minute: 9}",
            "names no snapshot",
            "operationId",
        ),
        book(
            "x-book: {rule: linked, snapshot: fills, depth: 0, weight-per-minute: 9}",
            "`depth` of `x-book` is not a count",
            "above 0",
        ),
        book(
            "x-book: {rule: linked, snapshot: fills, depth: 5, weight: 9}",
            "`weight` means nothing here",
            "weight-per-minute",
        ),
        book(
            "x-book: {rule: linked, snapshot: fills, depth: 5, weight-per-minute: 9}",
            "have no `pu`",
            "take x-book away",
        ),
    ]);
}

#[test]
fn user_data() {
    check(&[
        fault(
            STREAMS,
            "kind: listen-key",
            "kind: key",
            "kind: key",
            "unknown kind of user data",
            "listen-key or listen-token",
        ),
        fault(
            STREAMS,
            "    keep-alive: keepaliveUserDataStream\n",
            "",
            "  accountData:",
            "`keep-alive` is missing",
            "specs/README.md",
        ),
        fault(
            STREAMS,
            "    minutes: 30\n",
            "    minute: 30\n",
            "minute: 30",
            "`minute` means nothing here",
            "minutes",
        ),
        fault(
            STREAMS,
            "minutes: 30",
            "minutes: 1",
            "minutes: 1",
            "`minutes` is not a lifetime of a key",
            "2 to 1440",
        ),
        fault(
            STREAMS,
            "/private/ws?listenKey={listenKey}&events={events}",
            "/private/ws?listenKey={key}",
            "path: /private",
            "the path has no `{listenKey}`",
            "/ws/{listenKey}",
        ),
        fault(
            STREAMS,
            "    server: margin\n",
            "    server: margins\n",
            "server: margins",
            "no server is called `margins`",
            "x-name: margins",
        ),
        fault(
            STREAMS,
            "    minutes: 30\n    events: {$ref: '#/components/schemas/UserEvent'}\n",
            "    minutes: 30\n",
            "  accountData:",
            "`events` is missing",
            "$ref",
        ),
        fault(
            STREAMS,
            "    minutes: 30\n    events: {$ref: '#/components/schemas/UserEvent'}\n",
            "    minutes: 30\n    events: {$ref: '#/components/schemas/Nobody'}\n",
            "schemas/Nobody'}",
            "leads nowhere",
            "declare it",
        ),
        fault(
            STREAMS,
            "close: closeUserDataStream",
            "close: closeUserData",
            "  accountData:",
            "`close` names `closeUserData`, which is no REST operation",
            "operationId",
        ),
        fault(
            STREAMS,
            "    start: startUserDataStream\n",
            "    start: ping\n",
            "  accountData:",
            "the answer of `ping` has no member `listenKey` that is a text",
            "correct the answer",
        ),
        fault(
            STREAMS,
            "close: closeUserDataStream",
            "close: type",
            "  accountData:",
            "`type` needs `type`, which nobody has",
            "only `listenKey`",
        ),
        fault(
            STREAMS,
            "    start: createListenToken\n",
            "    start: startUserDataStream\n",
            "  marginData:",
            "the answer of `startUserDataStream` has no member `expirationTime` that is a time",
            "correct the answer",
        ),
        fault(
            STREAMS,
            "  marginData:",
            "  account_data:",
            "  account_data:",
            "`accountData` and `account_data` are made of the same words",
            "rename",
        ),
        fault(
            STREAMS,
            "  marginData:",
            "  marks:",
            "  /!mark@arr@{speed}:\n    get:",
            "`marks` and `user data marks` would both be called",
            "another",
        ),
        fault(
            WS_API,
            "x-transport: ws-api\n",
            "x-transport: ws-api\nservers:\n  - {url: 'wss://a.example', x-environment: production, x-name: keys}\n",
            "x-name: keys",
            "a server of this transport has no name",
            "document of streams",
        ),
    ]);
}
