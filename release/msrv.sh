#!/bin/sh
# The version of Rust that Cargo.toml claims builds the program. Where the compiler at hand is of
# that version, all of .ci/run is the proof.
set -eu
cd "$(dirname "$0")/.."
claimed=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
running=$(rustc --version | cut -d ' ' -f 2)
case $running in
"$claimed" | "$claimed".*)
    echo "Rust $claimed, as claimed: this is $running"
    exit
    ;;
esac
# The first of that version, not the last.
case $claimed in
*.*.*) toolchain=$claimed ;;
*) toolchain=$claimed.0 ;;
esac
# One that is there stays as it is: to install it again would replace it under who is using it.
rustup run "$toolchain" rustc --version >/dev/null 2>&1 ||
    rustup toolchain install "$toolchain" --profile minimal --no-self-update
rustup run "$toolchain" cargo check --locked --target-dir target/msrv
echo "Rust $claimed, as claimed: checked with $toolchain"
