"""resident.py: what the processes of this container hold in memory, in bytes, and have used of the CPU so far, in seconds, as JSON."""
import json
import os
import pathlib


def working_set():
    """As `kubectl top` shows it: what the kernel counts, except the files that it could let go of at once."""
    for used, inactive in [("/sys/fs/cgroup/memory.current", "inactive_file"), ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "total_inactive_file")]:
        if os.path.exists(used):
            counts = dict(line.split() for line in pathlib.Path(used).with_name("memory.stat").read_text().splitlines())
            return int(pathlib.Path(used).read_text()) - int(counts[inactive])
    return None


rss = pss = seconds = processes = 0
for process in pathlib.Path("/proc").glob("[0-9]*"):
    if process.name == str(os.getpid()):
        continue
    try:
        memory = dict(line.split()[:2] for line in (process / "smaps_rollup").read_text().splitlines()[1:])
        times = (process / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        continue  # it has ended, or is no process of ours
    rss += 1024 * int(memory["Rss:"])
    pss += 1024 * int(memory["Pss:"])
    seconds += (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    processes += 1
print(json.dumps({"workingSet": working_set(), "rss": rss, "pss": pss, "cpuSeconds": seconds, "processes": processes}))
