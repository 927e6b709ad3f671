"""The shape that every engine runs, as time-deshi describes it, and random weights for it."""

import types

import numpy as np

from common import describe


def load(name):
    """The architecture's fields; `shortlists`: numbers of candidates; `name`."""
    description = describe(name)
    architecture = description.pop("architecture")
    return types.SimpleNamespace(**architecture, **description)


_random = np.random.default_rng(1)


def matrix(*shape):
    """Weights that keep the size of a row of activations; inputs are the last dimension."""
    return (_random.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)


def vector(size, middle=0.0):
    return (middle + 0.1 * _random.standard_normal(size)).astype(np.float32)


def token(position, vocabulary_size):
    """Some token, neither special nor a byte where the vocabulary has others, as in benches/src/sentence.rs."""
    return 258 + position * 7919 % (vocabulary_size - 258)
