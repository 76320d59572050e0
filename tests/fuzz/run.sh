#!/usr/bin/env bash
# run.sh SECONDS [TARGET...] - fuzz each target (all of them) for so long, one after another, and
# say what came of it. What is found lies in .run/fuzz/found, as the new inputs in
# .run/fuzz/TARGET; run.sh keep [TARGET...] reduces those to what reaches everything that was
# reached, as tests/fuzz/corpus/TARGET. Needs clang with libFuzzer (libclang-rt-dev).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[ $# -ge 1 ] || { sed -n '2,5s/^# \?//p' "$0" >&2; exit 2; }
what=$1
shift
[ $# -gt 0 ] || set -- json wire connect tx abi keystore answers config
export ASAN_OPTIONS=${ASAN_OPTIONS:-quarantine_size_mb=64:detect_stack_use_after_return=1}

[ -f build/fuzz/build.ninja ] || cmake --preset fuzz >build/fuzz.configure.log
cmake --build --preset fuzz >build/fuzz.build.log || { tail -30 build/fuzz.build.log; exit 1; }
mkdir -p .run/fuzz/json .run/fuzz/wire .run/fuzz/found
build/fuzz/tests/fuzz/fuzz_seeds .run/fuzz

# keep TARGET: the smallest files that reach each edge of the code, known ones first.
keep() {
	local new=.run/fuzz/$1.kept seen=.run/fuzz/$1.seen
	rm -rf "$new" "$seen"
	mkdir -p "$new" "$seen" ".run/fuzz/$1" "tests/fuzz/corpus/$1"
	# A copy: a fuzzer that runs meanwhile takes files away.
	cp -r ".run/fuzz/$1/." "$seen/" 2>/dev/null || true
	"build/fuzz/tests/fuzz/fuzz_$1" -merge=1 -use_counters=0 -max_len=16384 "$new" \
		"tests/fuzz/corpus/$1" "$seen" 2>".run/fuzz/$1.keep.log"
	# What once was a crash stays, whatever else reaches there now.
	find "tests/fuzz/corpus/$1" -type f ! -name 'was-*' -delete
	cp "$new"/* "tests/fuzz/corpus/$1/"
	echo "$1: $(find "tests/fuzz/corpus/$1" -type f | wc -l) files"
}

fuzz() {
	local target=$1 dict=() rc=0 log=.run/fuzz/$1.log
	[ -f "tests/fuzz/$target.dict" ] && dict=("-dict=tests/fuzz/$target.dict")
	mkdir -p ".run/fuzz/$target"
	"build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$what" "${dict[@]}" -max_len=16384 \
		-len_control=20 -timeout=20 -rss_limit_mb=2500 -print_final_stats=1 \
		-artifact_prefix=".run/fuzz/found/$target-" \
		".run/fuzz/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1 || rc=$?
	printf '%s: %s executions, %s a second, %s\n' "$target" \
		"$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
		"$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")" \
		"$(grep -oE 'cov: [0-9]+ ft: [0-9]+ corp: [0-9]+' "$log" | tail -1)"
	[ $rc = 0 ] || { grep -vE '^#[0-9]|Uses:' "$log" | tail -40; return 1; }
}

failed=0
for target; do
	if [ "$what" = keep ]; then keep "$target"; else fuzz "$target" || failed=1; fi
done
exit $failed
