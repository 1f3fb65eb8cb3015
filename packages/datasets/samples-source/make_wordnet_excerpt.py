"""Writes src/samples/wordnet.generated.ts: the most used synsets of WordNet 3.0, with what they are kinds of.

    python3 make_wordnet_excerpt.py WORDNET-3.0/dict

A synset is kept if its words were tagged often enough in Princeton's concordances (index.sense), and so is
every synset above a kept one. Pointers to others are left out, offsets are written anew; nothing else changes.
"""
import sys
from pathlib import Path
from make_samples import write

least = {"n": 45, "v": 60, "a": 40, "r": 30}
folder = Path(sys.argv[1])
files = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
letters = {1: "n", 2: "v", 3: "a", 4: "r", 5: "a"}


def pos_of(letter):
    return "a" if letter == "s" else letter


heads, lines = {}, {}
for pos, name in files.items():
    text = (folder / f"data.{name}").read_text("latin1").split("\n")
    heads[pos] = [line for line in text if line.startswith("  ")]
    for line in text:
        if line and not line.startswith("  "):
            lines[pos, line[:8]] = line

tags = {}
for line in (folder / "index.sense").read_text("latin1").split("\n"):
    if line:
        sense, offset, _, count = line.split(" ")
        key = letters[int(sense.split("%")[1][0])], offset
        tags[key] = tags.get(key, 0) + int(count)


def parsed(line):
    """Fields before the pointers, the pointers, and the rest of a line."""
    fields, bar, gloss = line.partition(" | ")
    fields = fields.split(" ")
    at = 4 + 2 * int(fields[3], 16)
    count = int(fields[at])
    links = [fields[at + 1 + 4 * i:at + 5 + 4 * i] for i in range(count)]
    return fields[:at], links, fields[at + 1 + 4 * count:], bar + gloss


kept = {key for key, count in tags.items() if count >= least[key[0]]}
todo = list(kept)
while todo:
    _, links, _, _ = parsed(lines[todo.pop()])
    for symbol, offset, pos, _ in links:
        key = pos_of(pos), offset
        if symbol in ("@", "@i", "&") and key not in kept and (symbol != "&" or lines[key].split(" ")[2] == "a"):
            kept.add(key)
            todo.append(key)

order = sorted(kept)


def written(key, offsets):
    head, links, rest, gloss = parsed(lines[key])
    links = [(s, offsets.get((pos_of(p), o), "0" * 8), p, e) for s, o, p, e in links if (pos_of(p), o) in kept]
    fields = [offsets.get(key, "0" * 8), *head[1:], f"{len(links):03d}", *[f for link in links for f in link], *rest]
    return " ".join(fields) + gloss + "\n"


offsets, sizes = {}, {}
for pos in files:
    byte = sum(len(line) + 1 for line in heads[pos])
    for key in order:
        if key[0] == pos:
            offsets[key] = f"{byte:08d}"
            byte += len(written(key, {}))
text = ""
for pos, name in files.items():
    body = "".join(line + "\n" for line in heads[pos])
    body += "".join(written(key, offsets) for key in order if key[0] == pos)
    print(name, sum(key[0] == pos for key in order))
    text += f"\f{name}\n{body}"
write("wordnet", text, "A selection of WordNet 3.0, Copyright 2006 Princeton University: see NOTICE.")
