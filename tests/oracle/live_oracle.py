"""A live PyTorch that answers one job after another: oracle/oracle.py serve, started again when it dies or hangs."""
import json, pathlib, select, subprocess, sys


class LiveOracle:
    def __init__(self, oracle_dir, seconds=900):
        self.command, self.seconds, self.process = [sys.executable, str(pathlib.Path(oracle_dir) / "oracle.py"), "serve"], seconds, None

    def ask(self, job):
        """The reply, or None when PyTorch crashed or took too long."""
        if self.process is None:
            self.process = subprocess.Popen(self.command, text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL)
        print(json.dumps(job), file=self.process.stdin, flush=True)
        ready, _, _ = select.select([self.process.stdout], [], [], self.seconds)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            self.close()
            return None
        return json.loads(line)

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def answers(oracle, program, out, strict, spec, chain=2):
    """What cases.jsonl holds of each export; None where PyTorch gives no answer that could be compared."""
    for k in (1, 2):
        pathlib.Path(out.replace("{k}", str(k))).unlink(missing_ok=True)
    reply = oracle.ask({"model": str(program), "strict": strict, "spec": spec, "out": out, "chain": chain})
    if reply is not None and not reply["ok"] and "_vmap_increment_nesting" in pathlib.Path(program).read_text():
        oracle.close()   # a failure inside a vmap leaves its level open: PyTorch would fail at every later job
    if reply is None or not reply["ok"] and reply["stage"] == "serialize":
        return None
    made = [{"ok": True, "program": p} for p in (out.replace("{k}", str(k)) for k in (1, 2)) if pathlib.Path(p).exists()]
    if reply["ok"]:
        return made
    named = reply["message"].split("While executing %")
    node = named[1].split(" ")[0] if len(named) > 1 else None
    failure = {"ok": False, "node": node} | {k: reply[k] for k in ("stage", "type", "message")}
    return made[: reply.get("step", 1) - 1] + [failure]
