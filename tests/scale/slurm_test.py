#!/usr/bin/env python3
"""A zoo as an array job on a real Slurm of one node, started and ended here: the merged shards equal the unsharded run.
Exits 77 where there is no Slurm (Debian: slurm-wlm munge) or no leave to start it.

    slurm_test.py RETRACE [--shards 8] [--copies 60] [--zoo DIR]
"""
import argparse, contextlib, getpass, os, pathlib, shutil, socket, sqlite3, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "sinfo", "squeue")

# Nothing of cgroups, of accounting and of the machine's own Slurm.
CONFIGURATION = """
ClusterName=retrace
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmdPort={slurmd_port}
AuthType=auth/munge
AuthInfo=socket={munge},cred_expire=5
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={dir}/state
SlurmdSpoolDir={dir}/spool
SlurmctldPidFile={dir}/slurmctld.pid
SlurmdPidFile={dir}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
RebootProgram=/bin/true
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,requeue_delay=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus}
PartitionName=all Nodes=ALL Default=YES State=UP
"""

# As docs/scaling.md has it. Task 5 is killed in its first life and put back into the queue, as when a node is lost.
JOB = """#!/bin/bash
journal={out}/$SLURM_ARRAY_TASK_ID.jsonl
run=({retrace} batch --root {zoo} . --mode both -j2 --shard auto --journal $journal --resume)
if [ "$SLURM_ARRAY_TASK_ID" = 5 ] && [ -z "$SLURM_RESTART_COUNT" ]; then
  "${{run[@]}}" &
  until grep -qs '^{{"run"' $journal; do :; done
  kill -KILL $!
  wait $!
  echo "killed, status $?"
  scontrol requeue "$SLURM_JOB_ID"
  sleep 600
fi
"${{run[@]}}"
[ $? -le 1 ]
"""


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def free_port():
    with contextlib.closing(socket.socket()) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Slurm:
    """munged, slurmctld and slurmd of our own, all below one directory."""

    def __init__(self, directory):
        self.dir = directory
        self.daemons = []
        self.environment = {**os.environ, "SLURM_CONF": str(directory / "slurm.conf")}

    def __enter__(self):
        for name in ("munge", "state", "spool"):
            (self.dir / name).mkdir(mode=0o700)
        key = self.dir / "munge/key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        munge = self.dir / "munge/socket"
        host = socket.gethostname().split(".")[0]
        (self.dir / "slurm.conf").write_text(CONFIGURATION.format(
            host=host, ctld_port=free_port(), slurmd_port=free_port(), munge=munge, user=getpass.getuser(),
            dir=self.dir, cpus=os.cpu_count()))
        self.start("munged", "--foreground", "--force", f"--socket={munge}", f"--key-file={key}", "--num-threads=2",
                   f"--pid-file={self.dir}/munge/pid", f"--log-file={self.dir}/munge/log", f"--seed-file={self.dir}/munge/seed")
        self.wait_for(munge.exists, "munged's socket")
        self.start("slurmctld", "-D")
        self.start("slurmd", "-D", "-N", host)
        self.wait_for(lambda: "idle" in self.run("sinfo", "-h", "-o", "%T", check=False), "an idle node")
        return self

    def start(self, *command):
        log = open(self.dir / f"{command[0]}.out", "wb")
        self.daemons.append(subprocess.Popen(command, stdout=log, stderr=log, env=self.environment))

    def wait_for(self, there, what, seconds=60):
        end = time.monotonic() + seconds
        while not there():
            ended = [p.args[0] for p in self.daemons if p.poll() is not None]
            if ended or time.monotonic() > end:
                logs = "".join(f"--- {p.name}\n{p.read_text()}" for p in self.dir.glob("*.out"))
                sys.exit(f"{logs}no {what}" + (f": {', '.join(ended)} ended" if ended else ""))
            time.sleep(0.2)

    def run(self, *command, check=True):
        return subprocess.run(command, env=self.environment, check=check, stdout=subprocess.PIPE,
                              stderr=None if check else subprocess.DEVNULL, text=True, timeout=900).stdout

    def __exit__(self, *_):
        """No task outlives us."""
        if all(daemon.poll() is None for daemon in self.daemons) and self.run("squeue", "-h", check=False):
            self.run("scancel", "--user", getpass.getuser(), check=False)
            time.sleep(5)
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def make_zoo(zoo, copies):
    for i in range(copies):
        for path in (*ROOT.glob("samples/*/model.json"), ROOT / "tests/data/relu.json"):
            if path.stat().st_size > 200_000:
                continue
            name = path.parent.name if path.name == "model.json" else path.stem
            (zoo / f"part{i}").mkdir(parents=True, exist_ok=True)
            shutil.copy(path, zoo / f"part{i}/{name}.json")
    shutil.copy(ROOT / "tests/data/pt2/several.pt2", zoo)


def results(db):
    with contextlib.closing(sqlite3.connect(db)) as c:
        return c.execute("SELECT * FROM result ORDER BY position, part").fetchall()


def retrace(program, *arguments):
    p = subprocess.run([program, *map(str, arguments)], capture_output=True)
    if p.returncode > 1:
        sys.exit(p.stderr.decode())
    return p.stdout


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("retrace", type=os.path.abspath)
    arguments.add_argument("--shards", type=int, default=8)
    arguments.add_argument("--copies", type=int, default=60)
    arguments.add_argument("--zoo", type=pathlib.Path)
    given = arguments.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for name in PROGRAMS:
        if not shutil.which(name):
            skip(f"no {name}")
    if os.geteuid() != 0:
        skip("slurmd starts tasks as root only")
    with tempfile.TemporaryDirectory(prefix="retrace-slurm-") as folder:
        directory = pathlib.Path(folder)
        zoo, out = given.zoo or directory / "zoo", directory / "out"
        out.mkdir()
        if not given.zoo:
            make_zoo(zoo, given.copies)
        whole = retrace(given.retrace, "batch", "--root", zoo, ".", "--mode", "both", "-j0", "--db", directory / "whole.db",
                        "--format", "jsonl")
        (directory / "job").write_text(JOB.format(retrace=given.retrace, zoo=zoo, out=out))
        start = time.monotonic()
        with Slurm(directory) as slurm:
            print(f"Slurm is up after {time.monotonic() - start:.1f} s")
            start = time.monotonic()
            slurm.run("sbatch", "--requeue", f"--array=1-{given.shards}", f"--output={out}/%a.log",
                      "--open-mode=append", str(directory / "job"))
            slurm.wait_for(lambda: not slurm.run("squeue", "-h"), "end of the tasks", 600)
            print(f"{given.shards} tasks in {time.monotonic() - start:.1f} s")
        journals = [out / f"{k}.jsonl" for k in range(1, given.shards + 1)]
        assert "killed, status 137" in (out / "5.log").read_text(), (out / "5.log").read_text()
        assert sum('{"run"' in line for line in journals[4].read_text().splitlines()) == 2, "task 5 did not run twice"
        merged = retrace(given.retrace, "merge", *journals, "--db", directory / "merged.db", "--format", "jsonl")
        assert merged == whole, "the merged rows are not those of the unsharded run"
        assert results(directory / "merged.db") == results(directory / "whole.db"), "the stores differ"
        print(f"{len(merged.splitlines())} merged results equal those of the unsharded run")


main()
