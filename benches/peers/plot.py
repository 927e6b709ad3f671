"""Plots the results of compare.py: one bar per variant, its encoder's part darker, the rounds' range as a line.

    plot.py RESULT.json RESULT.svg
"""

import json
import statistics
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

OURS, OURS_ENCODER = "#e4572e", "#a93718"
THEIRS, THEIRS_ENCODER = "#9db4c0", "#5c7a89"
CAPPED = " (AVX2)"


def draw(axes, rounds, variants, title):
    for row, variant in enumerate(variants):
        ours = variant.startswith("deshi")
        sentence, encoder = rounds[variant]["sentence_ms"], rounds[variant].get("encoder_ms")
        middle = statistics.median(sentence)
        axes.barh(row, middle, color=OURS if ours else THEIRS, height=0.7)
        if encoder:
            axes.barh(row, statistics.median(encoder), color=OURS_ENCODER if ours else THEIRS_ENCODER, height=0.7)
        axes.plot([min(sentence), max(sentence)], [row, row], color="#333333", linewidth=1)
        axes.annotate(
            f"{middle:.2f}", (max(sentence), row), xytext=(5, 0), textcoords="offset points", va="center", fontsize=9
        )
    axes.set_yticks(range(len(variants)), [variant.replace(CAPPED, "") for variant in variants], fontsize=9)
    for label, variant in zip(axes.get_yticklabels(), variants):
        label.set_fontweight("bold" if variant.startswith("deshi") else "normal")
    axes.invert_yaxis()
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def main():
    run = json.load(open(sys.argv[1]))
    rounds, lengths = run["medians_by_round"], run["lengths"]
    by_time = sorted(rounds, key=lambda variant: statistics.median(rounds[variant]["sentence_ms"]))
    native = [variant for variant in by_time if CAPPED not in variant]
    capped = [variant for variant in by_time if CAPPED in variant]
    figure, axes = plt.subplots(
        2, 1, figsize=(8.5, 1.4 + 0.33 * len(by_time)), height_ratios=[len(native), len(capped)], sharex=True
    )
    draw(axes[0], rounds, native, f"{run['machine']}, what the CPU has")
    draw(axes[1], rounds, capped, "capped to AVX2")
    axes[1].set_xlim(right=1.1 * max(max(parts["sentence_ms"]) for parts in rounds.values()))
    axes[1].set_xlabel("milliseconds a sentence; the encoder's part, where it is known, is darker; line: least and greatest round", fontsize=8)
    figure.suptitle(
        f"One sentence, {run['shape']['name']} shape, {lengths['source_tokens']} tokens in, {lengths['target_tokens']} out: int8, one thread, batch 1",
        x=0.01, ha="left", fontsize=12, fontweight="bold",
    )
    figure.tight_layout()
    figure.savefig(sys.argv[2])


if __name__ == "__main__":
    main()
