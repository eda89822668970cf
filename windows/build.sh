#!/bin/sh
# windows/build.sh [PROFILE]: makes target/windows/gouji.exe for 64-bit Windows 7 and later; by the
# profile `quick` in half the time, as it is tested with every change. Where the compiler at hand builds
# standard libraries (`-Zbuild-std`, as Debian's does), for x86_64-win7-windows-gnu; mingw-w64
# links it and compiles SQLite.
set -eu
cd "$(dirname "$0")/.."
profile=${1:-windows}
target=x86_64-win7-windows-gnu
. page/debian-rust.sh
export CARGO_TARGET_X86_64_WIN7_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
export CC_x86_64_win7_windows_gnu=x86_64-w64-mingw32-gcc AR_x86_64_win7_windows_gnu=x86_64-w64-mingw32-ar
# No run-time to install: all of it is in the program.
export CARGO_TARGET_X86_64_WIN7_WINDOWS_GNU_RUSTFLAGS="-Ctarget-feature=+crt-static"
# Without what names functions in backtraces: the program has no names in it.
cargo build --locked --profile "$profile" --target "$target" \
    -Zbuild-std=std,panic_abort,panic_unwind -Zbuild-std-features=panic-unwind
mkdir -p target/windows
cp "target/$target/$profile/gouji.exe" target/windows/gouji.exe
