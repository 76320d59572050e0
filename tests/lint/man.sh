#!/usr/bin/env bash
# man.sh - the manual pages are what a reader of man(7) takes without a warning.
. "$(dirname "$0")/lib.sh"
need mandoc mandoc
files 'docs/man/*' | xargs mandoc -T lint -W warning
