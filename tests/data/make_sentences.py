#!/usr/bin/env python3
"""Writes sentences.en: 200 English sentences from a small grammar and a list; the output is always the same.

    python3 tests/data/make_sentences.py > tests/data/sentences.en
"""

import random

PEOPLE = ["my brother", "the teacher", "our neighbour", "Anna", "Tom", "the old man", "her sister", "nobody", "the doctor", "a stranger"]
THINGS = ["the letter", "a red bicycle", "the key", "some bread", "a cup of tea", "the newspaper", "two tickets", "the wrong book", "an umbrella"]
PLACES = ["at the station", "in the kitchen", "behind the house", "on the train", "in Berlin", "near the river", "at school", "in the garden"]
TIMES = ["yesterday", "this morning", "last week", "in 1998", "on Monday", "at half past seven", "every day", "two years ago"]
DID = ["found", "bought", "forgot", "lost", "saw", "brought", "wanted", "left"]
FEEL = ["tired", "happy", "late", "hungry", "angry", "sure", "ready", "ill"]
DO = ["swim", "speak German", "cook", "drive a car", "play the piano", "read this", "come with us", "wait here"]
ADJECTIVES = ["cold", "expensive", "beautiful", "small", "dangerous", "quiet", "strange"]
NOUNS = ["weather", "house", "city", "film", "question", "road", "winter"]

GRAMMAR = [
    lambda r: f"{r(PEOPLE)} {r(DID)} {r(THINGS)} {r(PLACES)} {r(TIMES)}.",
    lambda r: f"{r(PEOPLE)} {r(DID)} {r(THINGS)}.",
    lambda r: f"did {r(PEOPLE)} really say that the {r(NOUNS)} is {r(ADJECTIVES)}?",
    lambda r: f"I think {r(PEOPLE)} was {r(FEEL)} {r(TIMES)}.",
    lambda r: f"can you {r(DO)}?",
    lambda r: f"{r(PEOPLE)} cannot {r(DO)}, but {r(PEOPLE)} can.",
    lambda r: f"the {r(NOUNS)} was so {r(ADJECTIVES)} that we stayed {r(PLACES)}.",
    lambda r: f"if the {r(NOUNS)} is {r(ADJECTIVES)}, {r(PEOPLE)} will {r(DO)} {r(PLACES)}.",
    lambda r: f"where did you put {r(THINGS)}?",
    lambda r: f"there are {random.randint(2, 9000)} people {r(PLACES)}.",
    lambda r: f"{r(PEOPLE)} asked me why I was {r(FEEL)}, and I said that I had {r(DID)} {r(THINGS)} {r(PLACES)} {r(TIMES)}.",
]

OTHERS = [
    "Hello!",
    "No.",
    "Why?",
    "Good morning, Mr. Brown.",
    "It costs 12.50 euros.",
    "Please send it to info@example.org.",
    "See https://example.org/help for details.",
    "Click {name} to continue.",
    "%1$s of %2$s files were copied.",
    "THE MEETING STARTS AT 9:30.",
    "what time is it",
    "He's the one who didn't come, isn't he?",
    '"I don\'t know," she said; "ask him."',
    "Chapter 3: The Long Way Home",
    "The café on the corner is closed.",
    "We sang, danced, ate, drank, laughed, cried, and in the end, when everyone else had gone home, we sat by the fire and talked "
    "about the years in which we had not seen each other.",
]


def main():
    random.seed(20261124)
    sentences = list(OTHERS)
    while len(sentences) < 200:
        sentence = random.choice(GRAMMAR)(random.choice)
        sentence = sentence[0].upper() + sentence[1:]
        if sentence not in sentences:
            sentences.append(sentence)
    print("\n".join(sentences))


if __name__ == "__main__":
    main()
