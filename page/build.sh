#!/bin/sh
# Makes target/page/gouji.html. With rustup the target is enough (`rustup target add
# wasm32-unknown-unknown`); else Debian's compiler builds the standard library for it too
# (packages rustc-web and rust-web-src). SQLite needs clang.
set -eu
cd "$(dirname "$0")/.."
target=wasm32-unknown-unknown
set -- --locked --package gouji-page --profile page --target "$target"
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
cargo run --locked --quiet --package gouji-page-bundle -- "target/$target/page/gouji_page.wasm" target/page/gouji.html
