"""Ensemble filters in NumPy on one thread, as bench/filters.ts has them: vectorised, with LAPACK's eigenvectors; and the ETKF of
Lorenz 96 in JAX with jit and lax.scan where JAX is installed. Takes the names of parts: cycles, etkf, letkf."""

import sys
import time

import numpy as np

words = sys.argv[1:]
rng = np.random.default_rng(1)


def wanted(part):
    return not words or part in words


def median(run, rounds):
    run()
    samples = []
    for _ in range(rounds):
        begin = time.perf_counter()
        run()
        samples.append(time.perf_counter() - begin)
    return sorted(samples)[rounds // 2]


def tendency(x):
    return (np.roll(x, -1, -1) - np.roll(x, 2, -1)) * np.roll(x, 1, -1) - x + 8


def step(x, dt=0.05):
    k1 = tendency(x)
    k2 = tendency(x + dt / 2 * k1)
    k3 = tendency(x + dt / 2 * k2)
    k4 = tendency(x + dt * k3)
    return x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def rotation(n):
    """A random orthogonal matrix that keeps the vector of ones."""
    q, r = np.linalg.qr(rng.standard_normal((n - 1, n - 1)))
    out = np.eye(n)
    out[1:, 1:] = q * np.sign(np.diag(r))
    v = np.full(n, n**-0.5)
    v[0] -= 1
    h = np.eye(n) - 2 / (v @ v) * np.outer(v, v)
    return h @ out @ h


def etkf(E, HE, y, std=1.0):
    N = len(E)
    mean, seen = E.mean(0), HE.mean(0)
    X, Y = E - mean, (HE - seen) / std
    values, vectors = np.linalg.eigh(Y @ Y.T)
    values = np.maximum(values, 0)
    w = vectors @ ((vectors.T @ (Y @ ((y - seen) / std))) / (values + N - 1))
    T = (vectors * np.sqrt((N - 1) / (values + N - 1))) @ vectors.T
    return mean + (T + w) @ X


def taper(distance, radius):
    z = distance / (1.82 * radius)
    near = 1 - 5 / 3 * z**2 + 5 / 8 * z**3 + z**4 / 2 - z**5 / 4
    far = 4 - 5 * z + 5 / 3 * z**2 + 5 / 8 * z**3 - z**4 / 2 + z**5 / 12 - 2 / (3 * np.maximum(z, 1e-9))
    return np.where(z <= 1, near, np.where(z < 2, np.maximum(far, 0), 0))


def letkf(E, HE, y, patches):
    """One place after another: patches are (variable, observations, tapers)."""
    N = len(E)
    mean, seen = E.mean(0), HE.mean(0)
    X, Y, d = E - mean, HE - seen, y - seen
    out = E.copy()
    for variable, near, rho in patches:
        root = np.sqrt(rho)
        local = Y[:, near] * root
        values, vectors = np.linalg.eigh(local @ local.T)
        values = np.maximum(values, 0)
        w = vectors @ ((vectors.T @ (local @ (root * d[near]))) / (values + N - 1))
        T = (vectors * np.sqrt((N - 1) / (values + N - 1))) @ vectors.T
        out[:, variable] = mean[variable] + (T + w) @ X[:, variable]
    return out


def cycles():
    K = 300
    x = 8 + np.sin(np.arange(40))
    for _ in range(1000):
        x = step(x)
    start, truth = x, []
    for _ in range(K):
        x = step(x)
        truth.append(x)
    ys = np.array(truth) + rng.standard_normal((K, 40))

    def run_etkf():
        E = start + 0.3 * rng.standard_normal((24, 40))
        for y in ys:
            E = step(E)
            E = etkf(E, E, y)
            mean = E.mean(0)
            E = mean + 1.02 * rotation(24) @ (E - mean)

    ring = np.abs(np.arange(40)[:, None] - np.arange(40))
    tapers = taper(np.minimum(ring, 40 - ring), 4)
    patches = [(i, np.flatnonzero(tapers[i] > 1e-3), tapers[i][tapers[i] > 1e-3]) for i in range(40)]

    def run_letkf():
        E = start + 0.3 * rng.standard_normal((7, 40))
        for y in ys[:100]:
            E = step(E)
            E = letkf(E, E, y, patches)
            mean = E.mean(0)
            E = mean + 1.04 * rotation(7) @ (E - mean)

    print(f"NumPy etkf N=24: {1e6 * median(run_etkf, 5) / K:.0f} µs a cycle")
    print(f"NumPy letkf N=7 radius 4: {1e6 * median(run_letkf, 3) / 100:.0f} µs a cycle")
    jax_cycles(start, ys)


def jax_cycles(start, ys):
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return
    jax.config.update("jax_enable_x64", True)

    def tend(x):
        return (jnp.roll(x, -1, -1) - jnp.roll(x, 2, -1)) * jnp.roll(x, 1, -1) - x + 8

    def forecast(x, dt=0.05):
        k1 = tend(x)
        k2 = tend(x + dt / 2 * k1)
        k3 = tend(x + dt / 2 * k2)
        k4 = tend(x + dt * k3)
        return x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    def cycle(E, y):
        E = forecast(E)
        N = E.shape[0]
        mean = E.mean(0)
        X = E - mean
        values, vectors = jnp.linalg.eigh(X @ X.T)
        values = jnp.maximum(values, 0)
        w = vectors @ ((vectors.T @ (X @ (y - mean))) / (values + N - 1))
        T = (vectors * jnp.sqrt((N - 1) / (values + N - 1))) @ vectors.T
        return mean + (1.02 * T + w) @ X, mean

    run = jax.jit(lambda E, ys: jax.lax.scan(cycle, E, ys)[1])
    E = start + 0.3 * rng.standard_normal((24, 40))
    seconds = median(lambda: run(E, ys).block_until_ready(), 5)
    print(f"JAX (jit, scan) etkf N=24 without rotation: {1e6 * seconds / len(ys):.0f} µs a cycle")


def large():
    for n in (10**3, 10**4, 10**5, 10**6):
        m = n // 10
        E, HE, y = rng.standard_normal((64, n)), rng.standard_normal((64, m)), rng.standard_normal(m)
        print(f"NumPy etkf n={n}: {1e3 * median(lambda: etkf(E, HE, y), 3):.3g} ms")


def grid():
    side, N, m, radius = 256, 40, 6500, 8
    n = side * side
    places = rng.choice(n, m, replace=False)
    E = rng.standard_normal((N, n))
    HE, y = E[:, places], rng.standard_normal(m)
    rows, columns = places // side, places % side
    patches = []
    # Every sixteenth place, to have it in time.
    for i in range(0, n, 16):
        dr, dc = np.abs(rows - i // side), np.abs(columns - i % side)
        rho = taper(np.hypot(np.minimum(dr, side - dr), np.minimum(dc, side - dc)), radius)
        near = np.flatnonzero(rho > 1e-3)
        patches.append((i, near, rho[near]))
    seconds = median(lambda: letkf(E, HE, y, patches), 1)
    print(f"NumPy letkf 256×256, search left out: {16 * seconds:.3g} s")


if wanted("cycles"):
    cycles()
if wanted("etkf"):
    large()
if wanted("letkf"):
    grid()
