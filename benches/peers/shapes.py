"""The shapes that every engine runs, and random weights for them: the student "tiny" of benches/src/model.rs."""

import numpy as np

ENCODER_LAYERS, DECODER_LAYERS = 6, 2
D_MODEL, D_FF, HEADS = 256, 1536, 8
VOCABULARY = 8000
# Candidates of the shortlists, as in benches/src/bin/time-deshi.rs.
SHORTLISTS = (500, 1000)

_random = np.random.default_rng(1)


def matrix(*shape):
    """Weights that keep the size of a row of activations; inputs are the last dimension."""
    return (_random.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)


def vector(size, middle=0.0):
    return (middle + 0.1 * _random.standard_normal(size)).astype(np.float32)


def token(position, vocabulary=VOCABULARY):
    """Some token, neither special nor a byte where the vocabulary has others, as in benches/src/sentence.rs."""
    return 258 + position * 7919 % (vocabulary - 258)
