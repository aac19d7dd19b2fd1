#!/usr/bin/env python3
"""Reduces `xbuild plan --no-rewrite --format json` to one line a file: what runs where for its one target platform.

Reads lines from standard input. Keys: f (the file's name without folder and ending), ok, error, run, from, image;
images are named as BuildKit's sources are.
"""

import json
import pathlib
import sys

for line in sys.stdin:
    answer = json.loads(line)
    reduced = {"f": pathlib.PurePath(answer["f"]).name.split(".")[0], "ok": answer["ok"]}
    if answer["ok"]:
        (target,) = answer["targets"]
        reduced["run"] = target["run"]
        reduced["from"] = [[line, platform, "docker-image://" + name] for line, platform, name in target["from"]]
        reduced["from"] = sorted(reduced["from"] + [[0, "", source] for source in target["sources"]])
        reduced["image"] = target["image"]
    else:
        reduced["error"] = answer["error"]
    print(json.dumps(reduced))
