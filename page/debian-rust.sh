# Debian's compiler, which can build the standard library, and the linker of the toolchain at
# hand; for targets that rustup has not installed. To be sourced.
if ! [ -d /usr/lib/rustlib/src/rust/library ]; then
    echo "needs the packages rustc-web, rust-web-src, clang (or: rustup target add $target)" >&2
    exit 2
fi
RUST_LLD=$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld
export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
