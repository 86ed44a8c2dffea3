#!/usr/bin/env python3
"""CPU seconds that rustc takes for one crate alone: check, debug and release, without its dependencies.

    ./compile_cost.py                 binance-wire-spot, default features and all features
    ./compile_cost.py --peer          the same, and binance-sdk with its feature `spot` (ten minutes)
    ./compile_cost.py --products      every crate behind the facade, in one build a profile, with the time of the whole
    ./compile_cost.py --crate NAME=DIR [--crate ...]    any other crates, e.g. those of `derive`

Each crate is the only dependency of a package made for it, is compiled with the default profiles and without
incremental compilation, and anew for each repeat. Cargo calls this script in place of rustc (RUSTC_WRAPPER), so the
figures are those of the one process that compiles the crate: user and system time of all its threads, and its largest
resident set. Needs Python 3.9 and a Unix; no packages.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PROFILES = {"check": (["check"], "debug"), "debug": (["build"], "debug"), "release": (["build", "--release"], "release")}
# Set for the script's second role, as RUSTC_WRAPPER.
UNIT, RECORD = "COMPILE_COST_UNIT", "COMPILE_COST_RECORD"


def wrap(command):
    """Runs rustc; records what it took if it compiles the crate in question."""
    name = command[command.index("--crate-name") + 1] if "--crate-name" in command else ""
    unit = os.environ[UNIT]
    wanted = name.startswith(unit[:-1]) if unit.endswith("*") else name == unit
    if not wanted:
        os.execv(command[0], command)
    # Cargo's job server is a pair of open files.
    status = subprocess.run(command, close_fds=False).returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(os.environ[RECORD], "a") as record:
        record.write(json.dumps({"name": name, "seconds": used.ru_utime + used.ru_stime, "kib": used.ru_maxrss}) + "\n")
    sys.exit(status)


class Subject:
    """A crate whose compilation is measured."""

    def __init__(self, label, crate, dependency, source):
        self.label, self.crate, self.dependency, self.source = label, crate, dependency, source


def ours(label, features):
    spot = HERE.parent / "generated" / "spot"
    extra = f', features = {json.dumps(features)}' if features else ""
    return Subject(label, "binance-wire-spot", f'{{ path = "{spot}"{extra} }}', lambda: [spot / "src"])


def all_features():
    """The names in the [features] table of our crate."""
    manifest = (HERE.parent / "generated" / "spot" / "Cargo.toml").read_text()
    table = re.search(r"^\[features\]$(.*?)^\[", manifest, re.M | re.S).group(1)
    return sorted(set(re.findall(r"^([\w-]+) =", table, re.M)) - {"default"})


def lines(folders):
    return sum(len(file.read_bytes().splitlines()) for folder in folders for file in pathlib.Path(folder).rglob("*.rs"))


def package(work, subject):
    """A package that depends on the crate and on nothing else, with the versions of our lock file."""
    folder = work / re.sub(r"\W+", "-", subject.label)
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "lib.rs").write_text("")
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "compile-cost"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n'
        f"[dependencies]\n{subject.crate} = {subject.dependency}\n"
    )
    if not (folder / "Cargo.lock").exists():
        shutil.copy(HERE / "Cargo.lock", folder / "Cargo.lock")
    return folder


def compile_once(folder, work, subject, profile):
    arguments, output = PROFILES[profile]
    target = work / "target"
    # Forgetting the fingerprints makes cargo compile this crate anew, and no other.
    for fingerprint in (target / output / ".fingerprint").glob(f"{subject.crate}-*"):
        shutil.rmtree(fingerprint)
    record = work / "record"
    record.unlink(missing_ok=True)
    environment = dict(os.environ, RUSTC_WRAPPER=str(HERE / "compile_cost.py"), CARGO_TARGET_DIR=str(target), CARGO_INCREMENTAL="0")
    environment[UNIT], environment[RECORD] = subject.crate.replace("-", "_"), str(record)
    subprocess.run(["cargo", *arguments, "--quiet"], cwd=folder, env=environment, check=True)
    runs = [json.loads(line) for line in record.read_text().splitlines()]
    return sum(run["seconds"] for run in runs), max(run["kib"] for run in runs)


def measure(work, subjects, repeats):
    print("| crate | lines | check, CPU-s | debug, CPU-s | release, CPU-s | peak, MiB |")
    print("|---|--:|--:|--:|--:|--:|", flush=True)
    for subject in subjects:
        folder = package(work, subject)
        cells, peak = [], 0
        for profile in PROFILES:
            # The first also builds the dependencies; the crate's own process is measured all the same.
            runs = [compile_once(folder, work, subject, profile) for _ in range(repeats)]
            seconds = [seconds for seconds, _ in runs]
            peak = max([peak, *(kib for _, kib in runs)])
            cells.append(f"{statistics.median(seconds):.1f} ({min(seconds):.1f}–{max(seconds):.1f})")
        size = f"{lines(subject.source()):,}"
        print(f"| {subject.label} | {size} | {' | '.join(cells)} | {peak / 1024:,.0f} |", flush=True)


def measure_products(work):
    """Every crate of ours behind the facade with default features, and the whole build."""
    generated = HERE.parent / "generated"
    facade = f'{{ path = "{generated / "binance-wire"}", features = ["all-products"] }}'
    folder = package(work, Subject("products", "binance-wire", facade, lambda: []))
    target, record = work / "target-products", work / "record-products"
    costs, wholes = {}, {}
    for profile, (arguments, output) in PROFILES.items():
        # Dependencies from elsewhere stay; what is ours is compiled anew.
        for fingerprint in (target / output / ".fingerprint").glob("binance-wire*"):
            shutil.rmtree(fingerprint)
        record.unlink(missing_ok=True)
        environment = dict(os.environ, RUSTC_WRAPPER=str(HERE / "compile_cost.py"), CARGO_TARGET_DIR=str(target), CARGO_INCREMENTAL="0")
        environment[UNIT], environment[RECORD] = "binance_wire*", str(record)
        started = time.monotonic()
        subprocess.run(["cargo", *arguments, "--quiet"], cwd=folder, env=environment, check=True)
        wholes[profile] = time.monotonic() - started
        for line in record.read_text().splitlines():
            run = json.loads(line)
            costs.setdefault(run["name"], {})[profile] = (run["seconds"], run["kib"])
    print("| crate | lines | check, CPU-s | debug, CPU-s | release, CPU-s | peak, MiB |")
    print("|---|--:|--:|--:|--:|--:|")
    empty = (0.0, 0)
    for name in sorted(costs, key=lambda name: -costs[name].get("release", empty)[0]):
        cells = [costs[name].get(profile, empty) for profile in PROFILES]
        source = generated / name.removeprefix("binance_wire_").replace("_", "-") / "src"
        size = f"{lines([source]):,}" if source.is_dir() else ""
        times = " | ".join(f"{seconds:.1f}" for seconds, _ in cells)
        print(f"| {name.replace('_', '-')} | {size} | {times} | {max(kib for _, kib in cells) / 1024:,.0f} |")
    sums = " | ".join(f"{sum(cost.get(profile, empty)[0] for cost in costs.values()):.1f}" for profile in PROFILES)
    print(f"| together | | {sums} | |")
    print(f"| whole build with what it stands on, s | | {' | '.join(f'{whole:.0f}' for whole in wholes.values())} | |")


def peer_source():
    """The folders of the peer that the feature `spot` compiles."""
    home = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
    (source,) = home.glob("registry/src/*/binance-sdk-77.2.0/src")
    return [source / "common", source / "spot"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--products", action="store_true", help="measure every crate behind the facade")
    parser.add_argument("--peer", action="store_true", help="measure binance-sdk too")
    parser.add_argument("--crate", action="append", default=[], metavar="NAME=DIR", help="measure this crate instead")
    parser.add_argument("--work", type=pathlib.Path, help="folder for builds; default: below the target folder")
    options = parser.parse_args()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
    work = (options.work or target / "compile-cost").resolve()
    work.mkdir(parents=True, exist_ok=True)
    if options.products:
        measure_products(work)
        return
    if options.crate:
        pairs = [pair.split("=", 1) for pair in options.crate]
        subjects = [
            Subject(name, name, f'{{ path = "{folder}" }}', lambda folder=folder: [folder / "src"])
            for name, folder in ((name, pathlib.Path(folder).resolve()) for name, folder in pairs)
        ]
    else:
        subjects = [ours("binance-wire-spot, default features", []), ours("binance-wire-spot, all features", all_features())]
    if options.peer:
        subjects.append(
            Subject("binance-sdk 77.2.0, spot", "binance-sdk", '{ version = "=77.2.0", features = ["spot"] }', peer_source)
        )
    measure(work, subjects, max(options.repeats, 1))


if __name__ == "__main__":
    if UNIT in os.environ:
        wrap(sys.argv[1:])
    else:
        main()
