#!/usr/bin/env bash
# links.sh - every link of the pages that is not to another place on the net leads to a file, and
# with an anchor to a heading of it (as GitHub makes anchors of headings). So does every path in
# backquotes that begins with a folder of the project.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2016
files '*.md' | python3 -c '
import os, re, sys

bad = 0
anchors = {}


def complain(page, number, what):
    global bad
    bad = 1
    print(f"{page}:{number}: {what}")


def lines_of(page):
    fenced = False
    for number, line in enumerate(open(page, encoding="utf-8"), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        yield number, line.rstrip("\n"), fenced


def anchors_of(page):
    if page not in anchors:
        seen, found = {}, set()
        for _, line, fenced in lines_of(page):
            heading = re.match(r"#+ +(.*)", line)
            if fenced or not heading:
                continue
            text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading[1].strip()).lower()
            name = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            found.add(name if name not in seen else f"{name}-{seen[name]}")
            seen[name] = seen.get(name, 0) + 1
        anchors[page] = found
    return anchors[page]


for page in sys.stdin.read().split("\n"):
    if not page or page.startswith("proto/google") or "node_modules" in page:
        continue
    for number, line, fenced in lines_of(page):
        if fenced or line.startswith("    "):
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            to = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            if not os.path.exists(to):
                complain(page, number, f"{target} is not there")
            elif anchor and to.endswith(".md") and anchor not in anchors_of(to):
                complain(page, number, f"{target}: no such heading")
        for path in re.findall(r"`((?:docs|tests|deploy|proto|server|store|client)/[\w./-]+)`", line):
            stands_for_many = re.search(r"[A-Z]{4,}|\.\.\.", os.path.basename(path))
            if not stands_for_many and not os.path.exists(path.rstrip(".")):
                complain(page, number, f"{path} is not there")
sys.exit(bad)
'
