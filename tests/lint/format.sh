#!/usr/bin/env bash
# format.sh - clang-format decides the layout. Mend with: clang-format -i FILE
. "$(dirname "$0")/lib.sh"
need clang-format clang-format
files '*.c' '*.h' | xargs -r clang-format --dry-run -Werror
