"""Whole problems for bench/paper.ts, one thread: PyTorch the way TorchDA runs them (a loop over members, gradients by the tape),
PyTorch vectorised over members, and JAX with jit, vmap and lax.scan. Prints seconds as JSON."""

import json
import sys
import time

import numpy as np

words = sys.argv[1:]
out = {}


def wanted(name):
    return not words or any(word in name for word in words)


def clock(run, rounds=3):
    run()
    samples = []
    for _ in range(rounds):
        begin = time.perf_counter()
        run()
        samples.append(time.perf_counter() - begin)
    return sorted(samples)[len(samples) // 2]


def problem(name):
    if name == "l63":
        return dict(n=3, dt=0.01, gap=25, cycles=100, members=100, r=2.0, x0=np.array([1.509, -1.531, 25.46]))
    return dict(n=40, dt=0.01, gap=5, cycles=100, members=100, r=1.0, x0=3 + np.sin(np.arange(40)))


def with_torch():
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)

    def slope(name, x):
        if name == "l63":
            a, b, c = x[..., 0], x[..., 1], x[..., 2]
            return torch.stack([10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c], -1)
        return (torch.roll(x, -1, -1) - torch.roll(x, 2, -1)) * torch.roll(x, 1, -1) - x + 8

    def step(name, x, dt):
        k1 = slope(name, x)
        k2 = slope(name, x + dt / 2 * k1)
        k3 = slope(name, x + dt / 2 * k2)
        k4 = slope(name, x + dt * k3)
        return x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    def analysis(E, y, r):
        N, n = E.shape
        X = E - E.mean(0)
        P = X.T @ X / (N - 1)
        K = P @ torch.linalg.inv(P + r * torch.eye(n))
        D = y + np.sqrt(r) * torch.randn(N, n) - E
        return E + D @ K.T

    for name in ("l63", "l96"):
        if not wanted(f"{name} enkf"):
            continue
        p = problem(name)
        y = torch.from_numpy(p["x0"])

        def run(loop, cycles):
            E = torch.from_numpy(p["x0"]) + torch.randn(p["members"], p["n"])
            for _ in range(cycles):
                if loop:
                    rows = []
                    for member in E:
                        path = [member]
                        for _ in range(p["gap"]):
                            path.append(step(name, path[-1], p["dt"]))
                        rows.append(torch.stack(path)[-1])
                    E = torch.stack(rows)
                else:
                    for _ in range(p["gap"]):
                        E = step(name, E, p["dt"])
                E = analysis(E, y, p["r"])

        with torch.no_grad():
            few = 2
            out[f"{name} enkf"] = {
                "loop": clock(lambda: run(True, few), 1) * p["cycles"] / few,
                "torch": clock(lambda: run(False, p["cycles"])),
            }
    if wanted("l63 4dvar"):
        observed = [torch.tensor([1.0, -1.0, 24.0]) for _ in range(10)]

        def descend(iterations):
            xb = torch.tensor([2.0, -1.0, 24.0])
            inverse = torch.linalg.inv(torch.eye(3))
            x = xb.clone().requires_grad_()
            optimizer = torch.optim.Adam([x], lr=0.05)
            for _ in range(iterations):
                optimizer.zero_grad()
                d = x - xb
                cost = d @ inverse @ d
                s = x
                for y in observed:
                    for _ in range(10):
                        s = step("l63", s, 0.01)
                    d = y - s
                    cost = cost + d @ inverse @ d
                cost.backward()
                optimizer.step()

        out["l63 4dvar"] = {"loop": clock(lambda: descend(10), 1) * 20}
    if wanted("water gradient"):
        x0 = 0.1 * np.sin(np.arange(64) / 5.0) * np.cos(np.arange(64) / 7.0)[:, None] + np.array([0, 0, 1.0])[:, None, None]

        def gradient():
            s = start = torch.from_numpy(x0).clone().requires_grad_()
            cost = 0
            for n in range(100):
                u, v, h = s[0], s[1], s[2]
                dx = lambda a: (torch.roll(a, -1, 1) - torch.roll(a, 1, 1)) * 10
                dy = lambda a: (torch.roll(a, -1, 0) - torch.roll(a, 1, 0)) * 10
                s = torch.stack([u - 1e-3 * (dx(h) + 0.2 * u), v - 1e-3 * (dy(h) + 0.2 * v), h - 1e-3 * (dx(u * h) + dy(v * h))])
                if n % 20 == 19:
                    cost = cost + (s[2, :, ::4] - 1).square().sum()
            cost.backward()
            assert start.grad is not None

        out["water gradient"] = {"loop": clock(gradient, 7)}


def with_jax():
    import os

    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    try:
        import jax
    except ImportError:
        return
    import jax.numpy as jnp
    from jax import lax

    jax.config.update("jax_enable_x64", True)

    def slope(name, x):
        if name == "l63":
            a, b, c = x
            return jnp.stack([10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c])
        return (jnp.roll(x, -1) - jnp.roll(x, 2)) * jnp.roll(x, 1) - x + 8

    def step(name, x, dt):
        k1 = slope(name, x)
        k2 = slope(name, x + dt / 2 * k1)
        k3 = slope(name, x + dt / 2 * k2)
        k4 = slope(name, x + dt * k3)
        return x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    for name in ("l63", "l96"):
        if not wanted(f"{name} enkf"):
            continue
        p = problem(name)
        y = jnp.asarray(p["x0"])

        @jax.jit
        def run(key, E):
            def cycle(E, key):
                forecast = jax.vmap(lambda x: lax.scan(lambda s, _: (step(name, s, p["dt"]), None), x, None, p["gap"])[0])(E)
                X = forecast - forecast.mean(0)
                N, n = forecast.shape
                P = X.T @ X / (N - 1)
                D = y + jnp.sqrt(p["r"]) * jax.random.normal(key, (N, n)) - forecast
                gain = jnp.linalg.solve(P + p["r"] * jnp.eye(n), P)
                E = forecast + D @ gain
                return E, E.mean(0)

            return lax.scan(cycle, E, jax.random.split(key, p["cycles"]))[1]

        key = jax.random.PRNGKey(0)
        E = y + jax.random.normal(key, (p["members"], p["n"]))
        out.setdefault(f"{name} enkf", {})["jax"] = clock(lambda: run(key, E).block_until_ready(), 7)
    if wanted("l63 4dvar"):
        y = jnp.array([1.0, -1.0, 24.0])
        xb = jnp.array([2.0, -1.0, 24.0])

        def cost(x):
            def block(s, _):
                s = lax.scan(lambda a, _: (step("l63", a, 0.01), None), s, None, 10)[0]
                return s, ((y - s) ** 2).sum()

            return ((x - xb) ** 2).sum() + lax.scan(block, x, None, 10)[1].sum()

        @jax.jit
        def descend(x):
            def iterate(carry, k):
                x, m, v = carry
                g = jax.grad(cost)(x)
                m = 0.9 * m + 0.1 * g
                v = 0.999 * v + 0.001 * g * g
                x = x - 0.05 * (m / (1 - 0.9**k)) / (jnp.sqrt(v / (1 - 0.999**k)) + 1e-8)
                return (x, m, v), None

            return lax.scan(iterate, (x, jnp.zeros(3), jnp.zeros(3)), jnp.arange(1, 201))[0][0]

        out.setdefault("l63 4dvar", {})["jax"] = clock(lambda: descend(xb).block_until_ready(), 7)
    if wanted("water gradient"):
        x0 = 0.1 * np.sin(np.arange(64) / 5.0) * np.cos(np.arange(64) / 7.0)[:, None] + np.array([0, 0, 1.0])[:, None, None]

        def water(s, _):
            u, v, h = s
            dx = lambda a: (jnp.roll(a, -1, 1) - jnp.roll(a, 1, 1)) * 10
            dy = lambda a: (jnp.roll(a, -1, 0) - jnp.roll(a, 1, 0)) * 10
            return jnp.stack([u - 1e-3 * (dx(h) + 0.2 * u), v - 1e-3 * (dy(h) + 0.2 * v), h - 1e-3 * (dx(u * h) + dy(v * h))]), None

        def total(s):
            def block(s, _):
                s = lax.scan(water, s, None, 20)[0]
                return s, ((s[2, :, ::4] - 1) ** 2).sum()

            return lax.scan(block, s, None, 5)[1].sum()

        gradient = jax.jit(jax.value_and_grad(total))
        start = jnp.asarray(x0)
        out.setdefault("water gradient", {})["jax"] = clock(lambda: gradient(start)[1].block_until_ready(), 15)


with_torch()
with_jax()
print(json.dumps(out))
