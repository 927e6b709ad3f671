"""ray_data.py IN.txt FOLDER SHARDS: translates the lines of a text in Ray Data, by the command `deshi`.

The command must be in the PATH of every node, and IN.txt and FOLDER on a file system that all nodes share. Ray's reader of texts
is not used: it also breaks lines at U+2028 and others, and reads a file in one piece. Run it again after a failure: shards that are
there stay.
"""

import os
import subprocess
import sys

import ray

source, folder, shards = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), int(sys.argv[3])


def translate(row):
    index = row["id"]
    output = os.path.join(folder, f"{index:05}-of-{shards:05}.txt")
    if not os.path.exists(output):
        options = ["--shard", f"{index}/{shards}", "--input", source, "--output", output]
        subprocess.run(["deshi", "translate", "--quiet", "--threads", "1", *options], check=True)
    return row


os.makedirs(folder, exist_ok=True)
rows = ray.data.range(shards, override_num_blocks=shards)
# Ray itself repeats what a lost node or worker did. `retry_exceptions` is for a command that was killed.
rows.map(translate, num_cpus=1, max_retries=3, retry_exceptions=True).materialize()
