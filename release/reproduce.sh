#!/bin/sh
# release/reproduce.sh [PROFILE]: builds the newest commit in two clean clones, each with a Cargo
# folder of its own, and compares the bytes. Without PROFILE all of a release (release/build.sh),
# with one the program alone: `reproduce` is quick.
set -eu
cd "$(dirname "$0")/.."
work=$(pwd -P)/target/reproduce
rm -rf "$work"
mkdir -p "$work"
# The tools of release/build.sh that are here serve the clones too.
PATH=$(pwd -P)/target/tools/bin:$PATH
export PATH

# build CLONE CARGO_HOME [PROFILE]
build() {
    git clone --quiet . "$work/$1"
    mkdir -p "$work/$2"
    if [ $# -gt 2 ]; then
        CARGO_HOME=$work/$2 sh "$work/$1/release/program.sh" "$3"
    else
        CARGO_HOME=$work/$2 sh "$work/$1/release/build.sh"
    fi
}
# Names of different length: a path that only happens to be as long is no proof.
build a cargo "$@"
build another-checkout cargo-home-of-its-own "$@"

for file in "$work"/a/target/release-build/*; do
    cmp "$file" "$work/another-checkout/target/release-build/${file##*/}"
done
sha256sum "$work"/*/target/release-build/gouji
