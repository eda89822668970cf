#!/bin/sh
# page/build.sh [PROFILE]: makes target/page/gouji.html; by the profile `quick` in half the time, as it
# is tested with every change, but for its size. With rustup the target is enough (`rustup target add
# wasm32-unknown-unknown`); else Debian's compiler builds the standard library for it too
# (packages rustc-web and rust-web-src). SQLite needs clang.
set -eu
cd "$(dirname "$0")/.."
profile=${1:-page}
target=wasm32-unknown-unknown
set -- --locked --package gouji-page --profile "$profile" --target "$target"
# A hostile file must not take all memory there is.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Clink-arg=--max-memory=1073741824 -Clink-arg=-zstack-size=4194304"
if [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
    cargo build "$@"
else
    . page/debian-rust.sh
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$RUST_LLD \
        cargo build -Zbuild-std=std,panic_abort "$@"
    # What runs here is built by the toolchain at hand, as everything else.
    unset RUSTC RUSTC_BOOTSTRAP
fi
mkdir -p target/page
cargo run --locked --quiet --package gouji-page-bundle -- "target/$target/$profile/gouji_page.wasm" target/page/gouji.html
# It goes by mail, as the workbooks do.
size=$(wc -c <target/page/gouji.html)
if [ "$profile" = page ] && [ "$size" -gt 4194304 ]; then
    echo "target/page/gouji.html has $size bytes; 4 MiB is the most" >&2
    exit 1
fi
