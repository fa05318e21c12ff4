"""Times of NumPy and SciPy on one thread for the cases of bench/kernels.ts, as JSON: {case: microseconds}."""

import json
import os
import sys
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402
import scipy.fft  # noqa: E402
import scipy.linalg  # noqa: E402

rng = np.random.default_rng(1)


def median(run, rounds=9, seconds=0.02):
    run()
    run()
    start = time.perf_counter()
    run()
    count = max(1, int(seconds / (time.perf_counter() - start)))
    samples = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(count):
            run()
        samples.append((time.perf_counter() - start) / count * 1e6)
    return sorted(samples)[len(samples) // 2]


def definite(n):
    a = rng.standard_normal((n, n))
    return a.T @ a + np.eye(n)


def case(name):
    what, *sizes = name.split()
    n = [int(part) for part in sizes[0].split("x")]
    if what == "gemm64" or what == "gemm32":
        kind = np.float64 if what == "gemm64" else np.float32
        m, k, columns = n if len(n) == 3 else n * 3
        a = rng.standard_normal((m, k)).astype(kind)
        b = rng.standard_normal((k, columns)).astype(kind)
        out = np.empty((m, columns), kind)
        return lambda: np.matmul(a, b, out=out)
    if what == "inplace":
        a, b = rng.standard_normal((n[0], n[1])), np.eye(n[1])

        def run():
            a[:] = a @ b

        return run
    if what == "gram":
        a = rng.standard_normal((n[0], n[1]))
        return lambda: a.T @ a
    if what == "eigen":
        a = definite(n[0])
        return lambda: np.linalg.eigh(a)
    if what == "cholesky":
        a = definite(n[0])
        return lambda: scipy.linalg.cholesky(a, lower=True)
    if what == "lu":
        a, b = rng.standard_normal((n[0], n[0])), rng.standard_normal(n[0])
        return lambda: np.linalg.solve(a, b)
    if what == "solve":
        c, b = (scipy.linalg.cholesky(definite(n[0]), lower=True), True), rng.standard_normal((n[0], n[0]))
        return lambda: scipy.linalg.cho_solve(c, b)
    if what == "qr":
        a = rng.standard_normal((n[0], n[1]))
        return lambda: np.linalg.qr(a)
    if what == "svd":
        a = rng.standard_normal((n[0], n[1]))
        return lambda: np.linalg.svd(a, full_matrices=False)
    if what == "fft":
        a = rng.standard_normal(n[0]) + 1j * rng.standard_normal(n[0])
        return lambda: scipy.fft.fft(a)
    if what == "rfft2":
        a = rng.standard_normal((n[0], n[1]))
        return lambda: scipy.fft.rfft2(a)
    return None


times = {}
for name in json.loads(sys.argv[1]):
    run = case(name)
    if run is not None:
        times[name] = median(run)
try:
    import torch

    torch.set_num_threads(1)
    for name in json.loads(sys.argv[1]):
        if name.startswith("conv"):
            channels, size = (int(part) for part in name.split()[1].split("x"))
            x = torch.randn(1, channels, size, size, dtype=torch.float32 if "32" in name else torch.float64)
            w = torch.randn(channels, channels, 3, 3, dtype=x.dtype)
            with torch.no_grad():
                times[name] = median(lambda: torch.nn.functional.conv2d(x, w, padding=1))
except ImportError:
    pass
print(json.dumps(times))
