#!/bin/sh
# run.sh [--quick] SECONDS [TARGET...]: runs every fuzz target, or these, that long, and fails at the
# first that finds a crash, a run above 10 s or one above 512 MiB. What was found lies in
# fuzz/artifacts/TARGET, and what was learnt in fuzz/corpus/TARGET, where the next run goes on.
# --quick builds on what `cargo test` has built, without optimisation, and tries the same inputs each
# time: what fails then was broken by the change at hand.
# Needs a Rust toolchain (any), a C++ compiler and Python; fetches cargo-fuzz where it is missing.
set -eu
quick=
if [ "${1:-}" = --quick ]; then
    quick=1
    shift
fi
seconds=${1:?how many seconds for each target}
shift
cd "$(dirname "$0")/.."

if ! command -v c++ >/dev/null; then
    root=
    test "$(id -u)" = 0 || root=sudo
    $root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends g++ >/dev/null
fi
seeds=fuzz/target/seeds
rm -rf "$seeds"
python3 fuzz/seeds.py "$seeds"
test $# -gt 0 || set -- $(sed -n 's/^name = "\(.*\)"$/\1/p' fuzz/Cargo.toml | grep -v '^gouji-fuzz$')

# Without a sanitizer: there is no unsafe code to watch. Overflows and broken assertions panic, and
# the allocator of the targets knows the limit of memory. Comparisons are not traced: the seeds and
# the dictionary have the words that matter, and targets run twice as fast.
if [ "$quick" ]; then
    RUSTC_WORKSPACE_WRAPPER=$PWD/fuzz/instrument.sh cargo build --quiet --locked -p gouji-fuzz --bins
else
    PATH=$PWD/fuzz/target/tools/bin:$PATH
    command -v cargo-fuzz >/dev/null || cargo install --quiet --locked --root fuzz/target/tools cargo-fuzz@0.13.2
    # Names in backtraces, and no waiting for the linker.
    export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_STRIP=none CARGO_PROFILE_RELEASE_DEBUG=1
    cargo_fuzz() {
        command=$1
        shift
        cargo fuzz "$command" --release --debug-assertions --sanitizer none --no-trace-compares \
            --codegen-units 16 "$@"
    }
    cargo_fuzz build
fi

for target in "$@"; do
    echo "== $target"
    learnt=fuzz/corpus/$target
    if [ "$quick" ]; then
        learnt=fuzz/target/quick/$target
        rm -rf "$learnt"
    fi
    mkdir -p "$learnt" "fuzz/artifacts/$target"
    corpus="$learnt $seeds/$target"
    flags="-dict=$seeds/gouji.dict -max_total_time=$seconds -timeout=10 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1"
    # shellcheck disable=SC2086
    if [ "$quick" ]; then
        "target/debug/$target" $corpus $flags -seed=1 -verbosity=0 "-artifact_prefix=fuzz/artifacts/$target/"
    else
        cargo_fuzz run "$target" $corpus -- $flags
    fi
done
