#!/usr/bin/env bash
# man.sh - the manual pages are what a reader of man(7) takes without a warning.
. "$(dirname "$0")/lib.sh"
need mandoc mandoc
# They are of a version, not of a day.
said=$(files 'docs/man/*' | xargs mandoc -T lint -W warning | grep -v 'missing date' || true)
[ -z "$said" ] || { echo "$said"; exit 1; }
