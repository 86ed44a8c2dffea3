#!/bin/sh
# run.sh [PROGRAM ...] [PART-OF-A-NAME]: builds everything once, then measures; prints Markdown.
#
# Programs are json, sbe, fix, sign, limits, books and net; without one, all of them. PEERS=0 leaves the peers out, which
# then are not compiled either: ours alone, and net beside bare hyper and tungstenite.
set -e
cd "$(dirname "$0")"
programs=
while [ $# -gt 0 ]; do
    case $1 in
        json | sbe | fix | sign | limits | books | net) programs="$programs $1" ;;
        *) break ;;
    esac
    shift
done
programs=${programs:-json sbe fix sign limits books net}
built="${CARGO_TARGET_DIR:-target}/release"
# All members at once: a part of them alone would have other features, and the peers would be compiled again.
build() {
    features=$1
    shift
    [ "${PEERS:-1}" = 0 ] || features="peers $features"
    cargo build --quiet --release --workspace --features "$features" "$@"
}
case $programs in
    *net*)
        # Counters and histograms are compiled in or not, so that there are two programs.
        build metrics --bin bench-net
        cp "$built/bench-net" "$built/bench-net-metrics"
        ;;
esac
build ""
echo "$(date -u +%Y-%m-%d), $(rustc --version), $(nproc) processors of a machine with$(sed -n 's/^model name[^:]*:/ /p' /proc/cpuinfo | head -n 1 | tr -s ' '), $(git describe --always --dirty)"
for program in $programs; do
    echo
    "$built/bench-$program" "$@"
done
