#!/usr/bin/env bash
# run.sh [fast|all|long|docs] - build and test.
#   fast   the developer's loop: gcc build, every test that is not slow
#   all    (default) what must pass before a change lands: gcc and clang with warnings as errors,
#          every test, again under asan+ubsan and tsan
#   long   what takes longer than that; its figures go to docs/
#   docs   write the pages of docs/ that are made from tables: after a change of a .proto file, a
#          method, command, setting, error, metric or state
# It installs what it needs (Debian packages, and npm tools under .run/tools), works from a fresh
# clone, and can be run twice. The last lines are ctest's own summaries.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mode=${1:-all}
case $mode in fast | all | long | docs) ;; *) sed -n '2,10s/^# \?//p' "$0" >&2; exit 2 ;; esac

times=()
summaries=()
failed=0
started=$SECONDS

# stage NAME COMMAND...: run it, keep its time; a failure is remembered and shown again at the end.
stage() {
	local name=$1 from=$SECONDS rc=0
	shift
	printf '\n== %s\n' "$name"
	"$@" || rc=$?
	times+=("$(printf '%5d s  %s%s' $((SECONDS - from)) "$name" "$([ $rc = 0 ] || echo ' FAILED')")")
	[ $rc = 0 ] || failed=1
	return "$rc"
}

finish() {
	printf '\n== times (%d s in all)\n' $((SECONDS - started))
	printf '%s\n' "${times[@]}"
	echo
	# The first suite's summary comes last: it is the one with every test in it.
	for ((i = ${#summaries[@]} - 1; i >= 0; i--)); do printf '%s\n' "${summaries[i]}"; done
	exit $failed
}

install() {
	deploy/scripts/apt-packages.sh deploy/packages.txt tests/packages.txt
	local dir
	for dir in deploy/tools deploy/contracts tests/tools tests/vectors; do
		deploy/scripts/node-tools.sh "$dir" >/dev/null
	done
}

build() {
	[ -f "build/$1/build.ninja" ] || cmake --preset "$1" >"build/$1.configure.log" || {
		cat "build/$1.configure.log"
		return 1
	}
	cmake --build --preset "$1" -- -k 0
}

# suite PRESET ctest-arguments...
suite() {
	local preset=$1 rc=0 log
	shift
	log=build/$preset/ctest.log
	# A test that fails is run once more: on a loaded machine a deadline may pass. It is named
	# below, as one that needs a look; one that is broken fails both times.
	ctest --test-dir "build/$preset" --output-on-failure --repeat until-pass:2 -j "$(nproc)" "$@" |
		tee "$log" || rc=$?
	# The names of what failed, then the line that counts.
	summaries+=("== $preset
$(sed -nE 's/^ *([0-9]+\/[0-9]+)? *Test +#[0-9]+: ([a-z0-9_.]+) .*\*\*\*(Failed|Timeout|Exception).*/failed at first: \2/p' "$log" | sort -u)
$(sed -n '/The following tests FAILED/,$p' "$log" | sed '/^Errors while/d')
$(grep 'tests passed' "$log" || echo 'no test was run')")
	return "$rc"
}

# What makes pages has the label `docs`, and is built by the target `docs`.
pages() {
	[ -f build/dev/build.ninja ] || cmake --preset dev >build/dev.configure.log
	cmake --build --preset dev --target docs || return
	GF_UPDATE=1 ctest --test-dir build/dev -L docs --output-on-failure || return
	git --no-pager diff --stat -- docs
}

mkdir -p build
# Rebuilds are quick where ccache is; nothing depends on it.
if command -v ccache >/dev/null; then
	export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
# The libraries were not built for tsan: what happens wholly inside them is not ours to judge. At
# its end a process waits a second for late reports; tests that start a hundred cannot.
export TSAN_OPTIONS=${TSAN_OPTIONS:-ignore_noninstrumented_modules=1 atexit_sleep_ms=100}

if [ "$mode" = docs ]; then
	stage "pages" pages || true
	finish
fi
stage "install" install || finish
stage "build dev (gcc)" build dev || finish
case $mode in
fast)
	stage "tests" suite dev -LE 'slow|long' || true
	;;
all)
	stage "tests" suite dev -LE long || true
	stage "build clang" build clang || true
	if stage "build asan+ubsan" build asan; then
		stage "tests under asan+ubsan" suite asan -LE 'lint|long|once' || true
	fi
	if stage "build tsan" build tsan; then
		stage "tests under tsan" suite tsan -LE 'lint|long|once' || true
	fi
	;;
long)
	stage "long tests" suite dev -L long || true
	stage "fuzz" tests/fuzz/run.sh 60 || true
	;;
esac
finish
