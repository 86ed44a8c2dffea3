//! What is wrong with the limits of a product.

use super::{REST, WS_API, check, fault};

#[test]
fn rate_limits() {
    check(&[
        fault(
            REST,
            "  system: nasty\n",
            "",
            "x-rate-limits",
            "rate limits of no system",
            "write `system:` and a word",
        ),
        fault(
            REST,
            "  connect-weight: 5",
            "  conect-weight: 5",
            "conect-weight",
            "unknown key `conect-weight`",
            "connect-weight",
        ),
        fault(
            REST,
            "  time: /v1/clock",
            "  time: v1/clock",
            "time: v1/clock",
            "not a path",
            "the path of a REST operation",
        ),
        fault(
            REST,
            "{type: ORDERS, count: 50,",
            "{type: ORDER, count: 50,",
            "type: ORDER,",
            "unknown type of limit `ORDER`",
            "ORDERS",
        ),
        fault(
            REST,
            "{type: ORDERS, count: 50,",
            "{type: ORDERS, count: 0,",
            "type: ORDERS, count: 0",
            "a limit without a count",
            "`count: 1` or more",
        ),
        fault(
            REST,
            "interval: second, every: 10}",
            "interval: second, every: 0}",
            "every: 0",
            "an interval of nothing",
            "1 or more",
        ),
        fault(
            WS_API,
            "x-transport: ws-api\n",
            "x-transport: ws-api\nx-rate-limits: {system: nasty, limits: []}\n",
            "x-rate-limits",
            "another document of the product says it too",
            "say it once",
        ),
    ]);
}
