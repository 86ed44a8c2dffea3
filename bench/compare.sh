#!/bin/sh
# compare.sh BASE HEAD [PART-OF-A-NAME]: instructions per decode at two revisions, counted by valgrind's callgrind.
#
# Unlike times they do not depend on what else the machine does. HEAD can be `.`: the work tree as it is. What is decoded is
# in compare/src/main.rs, which is built with both revisions' crates; needs valgrind.
set -e
cd "$(dirname "$0")"
base=${1:?BASE} head=${2:?HEAD} part=${3:-}
root=$(git rev-parse --show-toplevel)
out="${CARGO_TARGET_DIR:-$PWD/target}/compare"
mkdir -p "$out"

# program REVISION: builds it with the crates of that revision and prints its path.
program() {
    if [ "$1" = . ]; then
        crates=$root name=worktree
    else
        name=$(git rev-parse --short=12 "$1^{commit}")
        crates="$out/$name/crates"
        if [ ! -d "$crates" ]; then
            mkdir -p "$crates"
            git -C "$root" archive "$name" | tar -x -C "$crates"
        fi
    fi
    mkdir -p "$out/$name/bench"
    cp -r compare harness Cargo.lock "$out/$name/bench/"
    # The same workspace with these two members, and without the clients, which decode nothing themselves.
    sed -e 's/^members = .*/members = ["harness", "compare"]/' -e '/^exclude/d' \
        -e "s#path = \"\.\./#path = \"$crates/#" \
        -e '/^binance-wire-spot/s#\(path = "[^"]*"\)#\1, default-features = false#' \
        Cargo.toml >"$out/$name/bench/Cargo.toml"
    CARGO_TARGET_DIR="$out/target" cargo build --quiet --release --manifest-path "$out/$name/bench/Cargo.toml" >&2
    cp "$out/target/release/bench-compare" "$out/$name/bench-compare"
    echo "$out/$name/bench-compare"
}

# instructions PROGRAM NAME COUNT: of the whole process.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$1" "$2" "$3" 2>&1 |
        sed -n 's/.*Collected : //p'
}

# each PROGRAM NAME: instructions of one decode; what is done once cancels out.
each() {
    few=$(instructions "$1" "$2" 100)
    many=$(instructions "$1" "$2" 300)
    echo $(((many - few) / 200))
}

before=$(program "$base")
after=$(program "$head")
echo "| decode | $base, instructions | $head, instructions | ratio |"
echo "|---|--:|--:|--:|"
"$after" | grep -F -e "$part" | while read -r name; do
    old=$(each "$before" "$name")
    new=$(each "$after" "$name")
    echo "| $name | $old | $new | $(awk "BEGIN { printf \"%.2f\", $new / $old }") |"
done
