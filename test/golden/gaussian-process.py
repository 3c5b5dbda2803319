"""Golden values of a Gaussian process by scikit-learn, for test/tune-search.test.ts.

    pip install scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
    python test/golden/gaussian-process.py > test/golden/gaussian-process.json
"""

import json

import numpy as np
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

random = np.random.default_rng(7)
inputs = random.uniform(size=(12, 2)).round(4)
targets = (np.sin(5 * inputs[:, 0]) + inputs[:, 1] ** 2 + 0.1 * random.normal(size=12)).round(4)
queries = random.uniform(-0.2, 1.2, size=(6, 2)).round(4)
cases = []
for lengths, noise in [([0.4, 0.65], 1e-2), ([0.1, 2.5], 1e-6), ([1.0, 0.25], 0.3)]:
    centred = targets - targets.mean()
    unit = Matern(length_scale=lengths, nu=2.5)(inputs) + noise * np.eye(12)
    # The signal variance that is most likely, given the rest.
    variance = float(centred @ np.linalg.solve(unit, centred) / 12)
    kernel = ConstantKernel(variance) * Matern(length_scale=lengths, nu=2.5)
    process = GaussianProcessRegressor(kernel, alpha=variance * noise, optimizer=None).fit(inputs, centred)
    mean, deviation = process.predict(queries, return_std=True)
    mean += targets.mean()
    best = float(targets.max())
    z = (mean - best) / deviation
    cases.append({
        "lengths": lengths,
        "noise": noise,
        "variance": variance,
        "logLikelihood": float(process.log_marginal_likelihood_value_),
        "mean": mean.tolist(),
        "deviation": deviation.tolist(),
        "improvement": ((mean - best) * norm.cdf(z) + deviation * norm.pdf(z)).tolist(),
    })
print(json.dumps({"inputs": inputs.tolist(), "targets": targets.tolist(), "queries": queries.tolist(), "cases": cases}))
