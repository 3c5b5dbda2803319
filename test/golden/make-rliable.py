"""
Makes rliable.json: what rliable itself says about scores that stand in the same file.

    python3 -m venv venv
    venv/bin/pip install rliable==1.2.0 arch==7.2.0 'pandas<3' scipy==1.17.1 numpy==2.4.6
    venv/bin/python test/golden/make-rliable.py

The Atari scores of the paper lie in a public bucket and are no part of the package. So the scores here are drawn at random, in
the shape of the Atari 100k example (runs x tasks), with the traits that matter: tasks of very different scale, scores
below 0 and far above 1, and ties.
"""

import importlib.metadata
import json
import pathlib
import re

import numpy as np
from rliable import library, metrics

REPETITIONS = 50000
TAUS = [-0.5, 0.0, 0.25, 0.5, 1.0, 2.0]


def draw(seed, runs, tasks, shift):
    generator = np.random.default_rng(seed)
    scale = np.exp(np.random.default_rng(7).normal(-1, 1, tasks))
    scores = scale * (shift + generator.normal(0.8, 0.6, (runs, tasks)))
    # Two digits: some scores are equal within a task.
    return np.round(scores, 2)


def intervals(scores, statistic, **options):
    np.random.seed(1)
    points, limits = library.get_interval_estimates(
        {"x": scores}, statistic, reps=REPETITIONS, **options
    )
    return {
        "point": np.atleast_1d(points["x"]).tolist(),
        "low": limits["x"][0].tolist(),
        "high": limits["x"][1].tolist(),
    }


def aggregates(scores):
    return np.array(
        [
            metrics.aggregate_iqm(scores),
            metrics.aggregate_median(scores),
            metrics.aggregate_mean(scores),
            metrics.aggregate_optimality_gap(scores),
        ]
    )


def improvement(x, y):
    return np.array([metrics.probability_of_improvement(x, y)])


x = draw(1, 5, 26, 0.15)
y = draw(2, 10, 26, 0.0)
taus = np.array(TAUS)
golden = {
    "made by": "python test/golden/make-rliable.py",
    "versions": {name: importlib.metadata.version(name) for name in ["rliable", "arch", "scipy", "numpy"]},
    "repetitions": REPETITIONS,
    "x": x.tolist(),
    "y": y.tolist(),
    "order of the aggregates": ["iqm", "median", "mean", "optimality gap"],
    "aggregates over runs": {"x": intervals(x, aggregates), "y": intervals(y, aggregates)},
    "aggregates over runs and tasks": {
        "x": intervals(x, aggregates, task_bootstrap=True),
        "y": intervals(y, aggregates, task_bootstrap=True),
    },
    "taus": TAUS,
    "score distribution": intervals(x, lambda s: library.score_distributions(s, taus)),
    "average score distribution": intervals(x, lambda s: library.average_score_distributions(s, taus)),
    "probability of improvement of x over y": intervals([x, y], improvement),
}
path = pathlib.Path(__file__).with_name("rliable.json")
text = json.dumps(golden, indent=1)
# A row of numbers on one line.
text = re.sub(r"\[\s+([-\d.,\s]+?)\s+\]", lambda found: f"[{' '.join(found.group(1).split())}]", text)
path.write_text(text + "\n")
