#!/bin/sh
# run.sh SECONDS [TARGET...]: runs every fuzz target, or these, that long, and fails at the first
# that finds a crash, a run above 10 s or one above 512 MiB. What was found lies in
# fuzz/artifacts/TARGET, and what was learnt in fuzz/corpus/TARGET, where the next run goes on.
# Needs a Rust toolchain (any), a C++ compiler and Python; fetches cargo-fuzz where it is missing.
set -eu
seconds=${1:?how many seconds for each target}
shift
cd "$(dirname "$0")/.."

if ! command -v c++ >/dev/null; then
    root=
    test "$(id -u)" = 0 || root=sudo
    $root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends g++ >/dev/null
fi
PATH=$PWD/fuzz/target/tools/bin:$PATH
command -v cargo-fuzz >/dev/null || cargo install --quiet --locked --root fuzz/target/tools cargo-fuzz@0.13.2

python3 fuzz/seeds.py fuzz/target/seeds
# Without a sanitizer: there is no unsafe code to watch. Overflows and broken assertions panic, and
# the allocator of the targets knows the limit of memory.
cargo fuzz build --sanitizer none
test $# -gt 0 || set -- $(cargo fuzz list)
for target in "$@"; do
    echo "== $target"
    mkdir -p "fuzz/corpus/$target"
    cargo fuzz run --sanitizer none "$target" "fuzz/corpus/$target" "fuzz/target/seeds/$target" -- \
        -dict=fuzz/target/seeds/gouji.dict -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1
done
