"""A peer's process, on PyTorch: answers as `serve` in ../src/run/serve.ts does.

Sets up and warms up, says hello in one line of JSON, then answers each line of its input, a number of seconds, with
the times of calls in so many seconds, ms, as a JSON array. Ends with its input.

    python serve.py '{"work": "matmul", "parameters": {"m": 64, "k": 64, "n": 64}, "threads": 1, "device": "cpu"}'
"""

import importlib
import json
import math
import sys
import time

import torch

SAMPLE_LENGTH = 2.0  # ms
GPU_SAMPLE_LENGTH = 40.0  # ms
WARM_UP = 0.3  # s
SLOW = 2.0  # s: what is so slow is warm after one call


def on_gpu():
    return torch.get_default_device().type == "cuda" if hasattr(torch, "get_default_device") else False


def sample(call, calls):
    """Milliseconds of one call, from `calls` of them. PyTorch's CPU has finished when a call returns."""
    if hasattr(call, "tells_its_time"):
        return call()
    start = time.perf_counter()
    for _ in range(calls):
        call()
    if on_gpu():
        torch.cuda.synchronize()
    return (time.perf_counter() - start) * 1000 / calls


def calls_per_sample(call):
    start = time.perf_counter()
    calls, samples, fastest = 1, 0, math.inf
    length = GPU_SAMPLE_LENGTH if on_gpu() else SAMPLE_LENGTH
    while time.perf_counter() - start < WARM_UP or (samples < 3 and time.perf_counter() - start < SLOW):
        fastest = min(fastest, sample(call, calls))
        calls = max(1, math.ceil(length / fastest))
        samples += 1
    return calls


def sample_for(call, calls, seconds):
    end = time.perf_counter() + seconds
    times = [sample(call, calls)]
    while time.perf_counter() < end:
        times.append(sample(call, calls))
    return times


def resident_peak(call):
    """How far a call raises the memory of the GPU, or the resident one of this process, where Linux counts it; else None."""
    if on_gpu():
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        call()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before
    try:
        before = kilobytes("VmRSS")
        with open("/proc/self/clear_refs", "w") as refs:
            refs.write("5")  # the high-water mark starts anew
    except OSError:
        call()
        return None
    call()
    return (kilobytes("VmHWM") - before) * 1024


def kilobytes(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))


def say(value):
    print(json.dumps(value), flush=True)


def main():
    job = json.loads(sys.argv[1])
    torch.set_num_threads(job["threads"])
    torch.manual_seed(0)
    if job["device"] != "cpu":
        torch.set_default_device(job["device"])
    variant = {"variant": job["variant"]} if "variant" in job else {}
    # One file a work, of the work's name.
    call, check = importlib.import_module(job["work"]).prepare(**job["parameters"], **variant)
    start = time.perf_counter()
    peak = None if hasattr(call, "tells_its_time") else resident_peak(call)
    first = time.perf_counter() - start
    peak_bytes = None if peak is None else max(0, peak - getattr(call, "output_bytes", 0))
    found = check()
    calls = 1 if peak is not None and first > SLOW else calls_per_sample(call)
    say({"version": torch.__version__, "check": found, "peak_bytes": peak_bytes})
    for line in sys.stdin:
        say(sample_for(call, calls, float(line)))


main()
