"""Best total fit side by side with scipy.optimize.linear_sum_assignment, in one run.

    python3 -m venv /tmp/scipy && /tmp/scipy/bin/pip install scipy
    /tmp/scipy/bin/python tests/benches/assignment.py

Each size is solved in turns by both, on the same whole numbers, one process after the other. The optimum must be the
same; the medians are printed. Input is built and read before the clock starts, on both sides.
"""

import statistics
import subprocess
import time
from pathlib import Path

import numpy
from scipy.optimize import linear_sum_assignment

SIZES = [(1000, 1000), (500, 2000), (2000, 500), (1000, 1500), (1500, 1000)]
ROUNDS = 5
REPEATS = 5
TOP = Path(__file__).resolve().parents[2]


def ours(numbers):
    command = ["cargo", "bench", "-q", "-p", "exemplar-tests", "--bench", "matching", "--", "--assignment"]
    command += [str(numbers.shape[0]), str(numbers.shape[1]), str(REPEATS)]
    done = subprocess.run(command, cwd=TOP, input=numbers.astype("<i4").tobytes(), capture_output=True, check=True)
    lines = [line for line in done.stdout.decode().split() if line.replace(".", "").isdigit()]
    return [float(line) for line in lines[:-1]], int(lines[-1])


def scipys(numbers):
    costs = numbers.astype(float)
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        rows, columns = linear_sum_assignment(costs, maximize=True)
        times.append((time.perf_counter() - start) * 1000)
    return times, int(costs[rows, columns].sum())


def main():
    chance = numpy.random.default_rng(2016)
    print(f"{'size':>12} {'ours, ms':>10} {'scipy, ms':>10}   scipy / ours")
    for size in SIZES:
        mine, theirs = [], []
        for _ in range(ROUNDS):
            numbers = chance.integers(0, 1_000_000, size)
            (times, total), (other_times, other_total) = ours(numbers), scipys(numbers)
            assert total == other_total, (size, total, other_total)
            mine += times
            theirs += other_times
        one, other = statistics.median(mine), statistics.median(theirs)
        print(f"{size[0]:>6}x{size[1]:<5} {one:>10.2f} {other:>10.2f}   {other / one:.1f}")


if __name__ == "__main__":
    main()
