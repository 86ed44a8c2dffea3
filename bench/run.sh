#!/bin/sh
# run.sh [json|sbe|sign|fix|books [PART-OF-A-NAME]]: builds everything once, then measures.
set -e
cd "$(dirname "$0")"
# All members at once: a part of them alone would have other features, and the peers would be compiled again.
cargo build --quiet --release --workspace
programs=${1:-json sbe sign fix books}
[ $# -gt 0 ] && shift
for program in $programs; do
    "${CARGO_TARGET_DIR:-target}/release/bench-$program" "$@"
    echo
done
