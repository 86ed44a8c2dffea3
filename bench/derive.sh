#!/bin/sh
# derive.sh [PART-OF-A-NAME]: emitted impls beside serde's derives on the same types; compile cost, then speed.
set -e
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR="$target"
out="$target/models"
cargo run --quiet --release -p bench-derive -- "$out"
./compile_cost.py --repeats "${REPEATS:-3}" \
    --crate models-emitted="$out/models-emitted" \
    --crate models-derived="$out/models-derived" \
    --crate models-derived-uncalled="$out/models-derived-uncalled"
echo
cargo run --quiet --release --manifest-path "$out/Cargo.toml" -p models-speed -- "$@"
