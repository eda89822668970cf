#!/bin/sh
# Makes target/release-build/: the program for Linux, lists of what is in it, in gouji.exe and in
# the page (CycloneDX), with what it was built, and SHA256SUMS of these. docs/release.md says how to
# have the same bytes again.
set -eu
cd "$(dirname "$0")/.."
out=target/release-build
if [ -n "$(git status --porcelain)" ]; then
    echo "a release is made of a commit: there are changes that are not in one" >&2
    exit 2
fi
rm -rf "$out"
sh release/program.sh

cyclonedx=0.5.9
PATH=$(pwd -P)/target/tools/bin:$PATH
case $(cargo cyclonedx --version 2>/dev/null) in
*" $cyclonedx") ;;
*) cargo install --quiet --locked --root target/tools "cargo-cyclonedx@$cyclonedx" ;;
esac

# sbom NAME TARGET FOLDER: what is in a program. The tool writes beside each manifest, with the
# checkout's path in it.
sbom() {
    cargo cyclonedx --quiet --format json --spec-version 1.5 --target "$2" --override-filename sbom
    sed "s|path+file://$checkout|path+file:///gouji|g" "$3/sbom.json" >"$out/$1.cdx.json"
    rm sbom.json page/sbom.json page/bundle/sbom.json
}
checkout=$(pwd -P)
# The time in a list is that of the commit; then it has no random number either.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
sbom gouji x86_64-unknown-linux-gnu .
sbom gouji.exe x86_64-pc-windows-gnu .
sbom gouji.html wasm32-unknown-unknown page

{
    echo "commit $(git rev-parse HEAD)"
    rustc -vV
    cc --version | head -1
    ld --version | head -1
    ldd --version | head -1
} >"$out/built-with.txt"
(cd "$out" && sha256sum gouji *.cdx.json built-with.txt >SHA256SUMS && cat SHA256SUMS)
