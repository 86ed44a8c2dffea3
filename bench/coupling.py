#!/usr/bin/env python3
"""How many crates each major version of the official connector would have raised here.

    bench/coupling.py CHANGELOG [SPECS]

CHANGELOG is the change log of the official Rust connector (one version for all products). SPECS is this project's specs
folder, which says which product has a path. For every major version of the log: the products of which something that the
entry says breaks Rust that is generated here, by the rules of `diff`, and so the crates that get a breaking version: one for
each product, and the facade, which hands all of them out. Entries are what the log says; where the specs here were right
before the connector's, or never had a member that it corrects, the real count is lower.
"""

import argparse
import re
from collections import Counter
from pathlib import Path

HEADING = re.compile(r"^## (\d+)\.(\d+)\.(\d+) - (\S+)")
PRODUCT = re.compile(r"^\*\*(.+)\*\*$")
CALL = re.compile(r"\(`(?:(GET|POST|PUT|DELETE|PATCH) )?([^`]+?)(?: (?:stream|method))?`( stream| method)?\)")
# What breaks generated Rust: something to name is gone, a type is another one, a constructor takes other arguments. A value
# or a member more breaks nothing: value sets are open, and answers are non-exhaustive.
BREAKS = [
    re.compile(r"property `[^`]+` deleted"),
    re.compile(r"enum removed: "),
    re.compile(r"type `[^`]+` → `[^`]+`"),
    re.compile(r"required: `(?:true|false)` → `(?:true|false)`"),
    re.compile(r"required added: "),
    re.compile(r"oneOf (?:modified|removed)"),
    re.compile(r"^- Deleted parameter "),
]
# The connector's words for its modules, where they are not the specs' names.
CALLED = {"margin-trading": "margin"}


def name(heading):
    """The specs' name of a product: `Derivatives Trading Coin Futures` → `coin-futures`."""
    words = heading.lower().removeprefix("derivatives trading ").replace(" ", "-")
    return CALLED.get(words, words)


def products_of_paths(specs):
    """The product of every path, stream and method in the specs, and of every removed endpoint."""
    known = {}
    for folder in sorted(path for path in specs.iterdir() if path.is_dir() and path.name != "shared"):
        for document in folder.glob("*.yaml"):
            for key in re.findall(r"^  (/\S+?|[\w'\"<!][^\s:]*):\s*$", document.read_text(), re.M):
                known.setdefault(key.strip("'\""), folder.name)
    retired = (specs / "shared" / "retired.yaml").read_text()
    for path, product in re.findall(r"call: '?\w+ ([^,']+)'?, product: ([\w-]+)", retired):
        known.setdefault(path, product)
    return known


def majors(text):
    """Version, date and lines of each major version, oldest last."""
    found = []
    for line in text.splitlines():
        heading = HEADING.match(line)
        if heading:
            major, minor, patch, date = heading.groups()
            found.append((f"{major}.{minor}.{patch}", date, minor == patch == "0", []))
        elif found:
            found[-1][3].append(line)
    return [(version, date, lines) for version, date, is_major, lines in found if is_major]


def entries(lines):
    """The entries of a version: the product of the heading above, whether the entry is below `Removed`, and its lines."""
    product, removed, found = None, False, []
    for line in lines:
        heading = PRODUCT.match(line)
        if heading:
            product = name(heading.group(1))
        elif line.startswith("### "):
            removed = bool(re.match(r"### (Removed|Deleted)", line))
        elif line.startswith("- "):
            found.append((product, removed, [line]))
        elif line.startswith(" ") and found:
            found[-1][2].append(line)
    return found


def breaking(removed, lines):
    calls = CALL.search(lines[0])
    if removed:
        return bool(calls)
    return any(rule.search(line.strip() if at else line) for at, line in enumerate(lines) for rule in BREAKS)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("changelog", type=Path)
    parser.add_argument("specs", type=Path, nargs="?", default=Path(__file__).parent.parent / "specs")
    arguments = parser.parse_args()
    known = products_of_paths(arguments.specs)
    everyone = {path.name for path in arguments.specs.iterdir() if path.is_dir() and path.name != "shared"}

    rows, unknown, raised = [], Counter(), Counter()
    for version, date, lines in majors(arguments.changelog.read_text()):
        touched = set()
        for product, removed, entry in entries(lines):
            if not breaking(removed, entry):
                continue
            if product:
                touched.add(product)
                continue
            for call in CALL.finditer("\n".join(entry)):
                path = call.group(2)
                if path in known:
                    touched.add(known[path])
                else:
                    unknown[path] += 1
        ours = sorted(touched & everyone)
        for product in touched - everyone:
            unknown[f"product {product}"] += 1
        raised.update(ours)
        rows.append((version, date, ours))

    print("| official major | date | crates | products with a break |")
    print("|---|---|--:|---|")
    for version, date, ours in rows:
        print(f"| {version} | {date} | {len(ours) + bool(ours)} | {', '.join(ours) or 'none'} |")
    broke = [ours for _, _, ours in rows if ours]
    total = sum(len(ours) + 1 for ours in broke)
    crates = len(everyone) + 1
    print()
    print(f"{len(rows)} official majors, {len(broke)} with a break here: {total} breaking versions of {crates} crates, "
          f"{total / max(len(rows), 1):.1f} an official major, {len(broke)} of them the facade's.")
    print(f"A crate of a product: {sum(raised.values()) / len(everyone):.1f} on average; "
          + ", ".join(f"{product} {count}" for product, count in raised.most_common())
          + f"; {len(everyone) - len(raised)} products none.")
    if unknown:
        print(f"Not attributed to a product ({sum(unknown.values())} mentions): {', '.join(sorted(unknown))}.")


if __name__ == "__main__":
    main()
