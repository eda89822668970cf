#!/bin/sh
# release/program.sh [PROFILE]: makes target/release-build/gouji for Linux, by the profile `release`
# or one that inherits it. The same commit and the same compilers give the same bytes, wherever the
# checkout and Cargo's folder are.
set -eu
cd "$(dirname "$0")/.."
profile=${1:-release}
target=x86_64-unknown-linux-gnu
out=target/release-build

checkout=$(pwd -P)
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}"
mkdir -p "$CARGO_HOME"
cargo_home=$(cd "$CARGO_HOME" && pwd -P)
rust=$(rustc --print sysroot)/lib/rustlib
rustc_commit=$(rustc -vV | sed -n 's/^commit-hash: //p')

unset CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR
# Of two prefixes that fit, compilers take the later one: Cargo's folder may be in the checkout.
separator=$(printf '\037')
CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$checkout=/gouji\
${separator}--remap-path-prefix=$cargo_home=/cargo\
${separator}--remap-path-prefix=$rust/src/rust=/rustc/$rustc_commit"
CFLAGS="-ffile-prefix-map=$checkout=/gouji -ffile-prefix-map=$cargo_home=/cargo"
# What C calls the time of the build is the time of the commit.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export CARGO_ENCODED_RUSTFLAGS CFLAGS SOURCE_DATE_EPOCH

cargo build --locked --bin gouji --profile "$profile" --target "$target"
mkdir -p "$out"
cp "target/$target/$profile/gouji" "$out/gouji"

# Paths that got in all the same say where it was built, and differ from build to build.
for path in "$checkout" "$cargo_home" "$rust"; do
    if grep -qaF "$path/" "$out/gouji"; then
        echo "$out/gouji holds the path $path" >&2
        exit 1
    fi
done
