#!/bin/sh
# Checks that the facade builds with no product, with each one alone (with clients and without), and with all of them,
# and that none of it gives a warning. It compiles every product three times and more: minutes, not for every push.
#
#     tests/products/check-features.sh            every product
#     tests/products/check-features.sh kyc cms    these alone
set -eu
cd "$(dirname "$0")/../.."

manifest=generated/binance-wire/Cargo.toml
products=$(sed -n 's/^\([a-z0-9-]*\) = \["dep:binance-wire-\1"\]$/\1/p' "$manifest")
[ -n "$products" ] || { echo "no product found in $manifest" >&2; exit 1; }
if [ $# -gt 0 ]; then
    for name in "$@"; do
        echo "$products" | grep -qx -- "$name" || { echo "no product $name; there are:" $products >&2; exit 1; }
    done
    products=$*
fi

output=$(mktemp)
trap 'rm -f "$output"' EXIT
failed=0
count=0
check() {
    count=$((count + 1))
    started=$(date +%s)
    if cargo check --quiet --package binance-wire "$@" >"$output" 2>&1 && [ ! -s "$output" ]; then
        outcome=ok
    else
        outcome=FAILED
        failed=$((failed + 1))
    fi
    echo "$outcome $(($(date +%s) - started))s $*"
    [ "$outcome" = ok ] || cat "$output"
}

check --no-default-features
check
for product in $products; do
    check --no-default-features --features "$product"
    check --features "$product"
    check --no-default-features --features "$product,blocking,metrics"
done
if [ $# -eq 0 ]; then
    check --features full
    check --features full,payloads
fi
echo "$count checked, $failed failed"
[ "$failed" -eq 0 ]
