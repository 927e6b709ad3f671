"""The shape for every engine, as described by time-deshi, and random weights for it."""

import types

import numpy as np

from common import describe


def load(name):
    """The architecture's fields, `shortlists` (numbers of candidates) and `name`."""
    description = describe(name)
    architecture = description.pop("architecture")
    return types.SimpleNamespace(**architecture, **description)


_random = np.random.default_rng(1)


def matrix(*shape):
    """Weights that keep the magnitude of activations; inputs are the last dimension."""
    return (_random.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)


def vector(size, middle=0.0):
    return (middle + 0.1 * _random.standard_normal(size)).astype(np.float32)


def token(position, vocabulary_size):
    """An arbitrary token, neither special nor a byte if the vocabulary has others, as in benches/src/sentence.rs."""
    return 258 + position * 7919 % (vocabulary_size - 258)
