#!/usr/bin/env python3
"""What manifests run: examples.py FILE INDEX... starts what the engine would start for these indices.

An index counts from 0; `merge` is the step that merges. Each command gets the environment that the engine
gives it, paths moved below $LAB_ROOT, and ends with a status that is printed.
"""
import json
import os
import re
import subprocess
import sys

import hcl2
import yaml

ROOT = os.environ["LAB_ROOT"]


def moved(value):
    """A path of the container, below ROOT."""
    return ROOT + value if value.startswith("/") else value


def kubernetes(path, index):
    jobs = list(yaml.safe_load_all(open(path)))
    job = jobs[1] if index == "merge" else jobs[0]
    container = job["spec"]["template"]["spec"]["containers"][0]
    environment = {row["name"]: moved(row["value"]) for row in container["env"]}
    if index != "merge":
        assert int(environment["COUNT"]) == job["spec"]["completions"], "COUNT is not completions"
        assert index < job["spec"]["completions"]
        environment["JOB_COMPLETION_INDEX"] = str(index)
    return container["command"] + container["args"], environment


def plain(value):
    """The value of an HCL string, which the parser leaves in its quotes."""
    return json.loads(value) if isinstance(value, str) and value.startswith('"') else value


def nomad(path, index):
    groups = hcl2.load(open(path))["job"][0]['"gaterun"']["group"]
    name = '"merge"' if index == "merge" else '"part"'
    group = next(each[name] for each in groups if name in each)
    task = list(group["task"][0].values())[0]
    environment = {key: moved(plain(value)) for key, value in task["env"][0].items() if not key.startswith("_")}
    environment.update(NOMAD_META_run="run-id", NOMAD_META_commit="commit-id")
    if index != "merge":
        assert index < group["count"]
        environment["NOMAD_ALLOC_INDEX"] = str(index)
    config = task["config"][0]
    return [plain(each) for each in config["entrypoint"] + config["args"]], environment


def github(path, index):
    job = yaml.safe_load(open(path))["jobs"]["merge" if index == "merge" else "part"]
    step = next(each for each in job["steps"] if "run" in each)
    environment = {"RUNNER_TEMP": ROOT}
    if index != "merge":
        parts = job["strategy"]["matrix"]["part"]
        known = {"matrix.part": parts[index], "strategy.job-total": len(parts)}
        for key, value in step["env"].items():
            environment[key] = str(known[re.fullmatch(r"\$\{\{ (.*) \}\}", value)[1]])
    return ["bash", "-e", "-c", step["run"]], environment


def gitlab(path, index):
    jobs = yaml.safe_load(open(path))
    job = jobs["merge" if index == "merge" else "part"]
    environment = {}
    if index != "merge":
        assert index < job["parallel"]
        environment = {"CI_NODE_INDEX": str(index + 1), "CI_NODE_TOTAL": str(job["parallel"])}
    return ["sh", "-e", "-c", "\n".join(job["script"])], environment


def main():
    path = sys.argv[1]
    find = {"kubernetes": kubernetes, "nomad": nomad, "github": github, "gitlab": gitlab}
    engine = find[os.path.basename(path).split(".")[0]]
    for index in sys.argv[2:]:
        command, environment = engine(path, index if index == "merge" else int(index))
        environment["PATH"] = os.environ["PATH"]
        environment["SAID"] = os.environ["SAID"]
        for key in ("HOME", "TMPDIR", "STATE", "PARTS"):
            if environment.get(key):
                os.makedirs(environment[key], exist_ok=True)
        print(subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode)


main()
