#!/usr/bin/env bash
# run.sh [quick|NAME...] - measure against peers in the same run and write docs/BENCHMARKS.md.
#   (nothing)  every measurement but sustained, whose last figures are taken as they are; 15 minutes
#   quick      the same with fewer rounds, at most 4 minutes; docs/BENCHMARKS.md is left alone
#   NAME...    fleet, tls, json, changes, pure, fund, failover, extract, recovery or sustained (15 minutes) alone;
#              docs/BENCHMARKS.md is left alone
# Builds the optimized build (build/bench) and installs what it needs. Figures are worth what the
# machine's quiet is worth: the page says how busy it was.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
all=(pure fleet tls json changes fund failover extract recovery) quick='' write=1
case ${1:-} in
'') what=("${all[@]}") ;;
quick) what=("${all[@]}") quick=1 write='' ;;
-*) sed -n '2,8s/^# \?//p' "$0" >&2; exit 2 ;;
*) what=("$@") write='' ;;
esac

mkdir -p .run/bench
FIGURES=$PWD/.run/bench/figures.jsonl
export FIGURES
: >"$FIGURES"
started=$SECONDS

deploy/scripts/apt-packages.sh deploy/packages.txt tests/packages.txt tests/bench/packages.txt
for dir in deploy/tools tests/bench; do deploy/scripts/node-tools.sh $dir >/dev/null; done
if command -v ccache >/dev/null; then
	export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
{ cmake --preset bench && cmake --build --preset bench; } >.run/bench/build.log 2>&1 || {
	tail -n 20 .run/bench/build.log >&2
	exit 1
}
echo "built in $((SECONDS - started)) s; load $(cut -d' ' -f1-3 /proc/loadavg)"
load=$(cut -d' ' -f1 /proc/loadavg)

failed=0
# measure SCRIPT [ARGUMENT]: a peer that is missing or a measurement that fails is said, not hidden.
measure() {
	local from=$SECONDS
	echo "== $*"
	"tests/bench/$1.sh" "${@:2}" 2>.run/bench/err.log || {
		tail -n 5 .run/bench/err.log >&2
		jq -cn --arg section "$1" --arg what "failed: $(tail -n 1 .run/bench/err.log)" '$ARGS.named' >>"$FIGURES"
		failed=1
	}
	echo "   $((SECONDS - from)) s"
}

# either QUICK FULL: by how it was called.
either() {
	if [ -n "$quick" ]; then echo "$1"; else echo "$2"; fi
}

for name in "${what[@]}"; do
	case $name in
	pure) ROUNDS=$(either 1 3) measure pure ;;
	fleet) ROUNDS=$(either 2 5) REQUESTS=$(either 1000 2000) measure fleet ;;
	tls) ROUNDS=$(either 2 5) measure tls ;;
	changes) ROUNDS=$(either 1 3) SECONDS_EACH=$(either 1 2) measure changes ;;
	json) ROUNDS=$(either 2 5) REQUESTS=$(either 1000 2000) measure json ;;
	fund)
		ROUNDS=$(either 1 3) LOOP=$(either 10 30) measure fund 0.05
		ROUNDS=$(either 1 3) LOOP=$(either 5 20) measure fund 1
		;;
	failover) ROUNDS=$(either 1 3) measure failover ;;
	extract) measure extract ;;
	recovery) ROUNDS=$(either 1 3) measure recovery ;;
	sustained)
		measure sustained 900
		jq -c --arg at "$(date -u '+%Y-%m-%d %H:%M')" '. + {at: $at}' "$FIGURES" >.run/bench/sustained.jsonl
		;;
	*) echo "no measurement is called $name" >&2; exit 2 ;;
	esac
done
[ ! -s .run/bench/sustained.jsonl ] || cat .run/bench/sustained.jsonl >>"$FIGURES"
[ -z "$write" ] || python3 tests/bench/report.py "$FIGURES" "$load" $((SECONDS - started)) >docs/BENCHMARKS.md
echo "$((SECONDS - started)) s in all${write:+; see docs/BENCHMARKS.md}"
exit $failed
