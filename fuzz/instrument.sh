#!/bin/sh
# Compiles as the compiler does, and what is ours so that libFuzzer sees which way it goes: for
# RUSTC_WORKSPACE_WRAPPER. Other crates stay as they are, so those that tests have built do.
set -eu
case " $* " in
*" --crate-name build_script_"*) ;;
*)
    set -- "$@" --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
        -Cllvm-args=-sanitizer-coverage-pc-table
    ;;
esac
exec "$@"
