"""How a peer talks to bench/step.mjs: one JSON line per request on stdin, one JSON line back on stdout.

{"variant": name, "steps": n} trains n steps and answers {"ms": [one time per step], "losses": [one per step],
"loss": the last one, "peakMiB": the largest resident memory of the process so far, where the platform says it}.
"""
import argparse
import json
import sys
import time

try:
    import resource
except ImportError:  # Windows
    resource = None


def peak_mib():
    if resource is None:
        return None
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=["dense", "conv"], default="dense")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    return parser.parse_args()


def serve(versions, make_steps):
    """`make_steps`: {variant: function that builds and returns step(k) -> loss as a Python float (or a list of them)}."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a library prints must not mix with the answers
    steps = {}
    done = {}

    def answer(value):
        answers.write(json.dumps({**value, "peakMiB": peak_mib()}) + "\n")
        answers.flush()

    answer({"ready": True, "versions": versions, "variants": list(make_steps)})
    for line in sys.stdin:
        request = json.loads(line)
        variant = request["variant"]
        try:
            start = time.perf_counter()
            if variant not in steps:
                steps[variant] = make_steps[variant]()
                done[variant] = 0
            times = []
            losses = []
            for _ in range(request["steps"]):
                begin = time.perf_counter()
                losses.append(steps[variant](done[variant]))
                times.append((time.perf_counter() - begin) * 1e3)
                done[variant] += 1
            answer({"ms": times, "losses": losses, "loss": losses[-1] if losses else None, "total": (time.perf_counter() - start) * 1e3})
        except Exception as error:  # reported, and the other variants go on
            answer({"error": f"{type(error).__name__}: {error}".splitlines()[0]})
