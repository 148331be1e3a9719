#!/usr/bin/env python3
"""Makes test collections in BEIR's form out of plain texts, for `relevance`, where no standard collection is at hand.

    collections.py TEXTS.jsonl[.gz] ACRONYMS.csv FOLDER [--documents N]

TEXTS has one JSON object a line with `id`, `title`, `body` and, if any, `summary` and `tags`; ACRONYMS has the columns
`acronym` and `expansion`. One folder a set is made below FOLDER. What is asked for is always taken out of the document
that answers it, so that nothing is found by being copied:

    headings   a heading of the text; its document without that heading
    sentences  a sentence of 8 to 30 words; its document without that sentence
    tags       a tag; the documents that carry it (texts with tags only)
    acronyms   an acronym, or its long form; documents that have the other one and not this
    typos      the words of `headings` with one or two of five letters or more mistyped
Everything is drawn by a fixed seed: the same texts make the same sets.
"""

import argparse
import csv
import gzip
import json
import random
import re
from pathlib import Path

QUERIES = 150
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def read_texts(path, limit):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    if limit and len(texts) > limit:
        texts = random.Random(1).sample(texts, limit)
    return [text for text in texts if len(text["body"].split()) >= 20]


def write(folder, documents, queries, judgements):
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    with open(folder / "corpus.jsonl", "w", encoding="utf-8") as out:
        for document in documents:
            out.write(json.dumps(document, ensure_ascii=False) + "\n")
    with open(folder / "queries.jsonl", "w", encoding="utf-8") as out:
        for number, query in queries:
            out.write(json.dumps({"_id": number, "text": query}, ensure_ascii=False) + "\n")
    with open(folder / "qrels" / "test.tsv", "w", encoding="utf-8") as out:
        out.write("query-id\tcorpus-id\tscore\n")
        for query, document in judgements:
            out.write(f"{query}\t{document}\t1\n")
    print(f"{folder}: {len(documents)} documents, {len(queries)} queries, {len(judgements)} judgements")


def document(text, body=None):
    body = text["body"] if body is None else body
    summary = text.get("summary") or ""
    return {"_id": text["id"], "title": text["title"], "text": f"{summary}\n\n{body}" if summary else body}


def known_item(texts, dice, piece_of):
    """One piece of some texts as a query each; those documents lose it."""
    queries, judgements, documents = [], [], []
    chosen = {text["id"] for text in dice.sample(texts, min(len(texts), QUERIES * 4))}
    for text in texts:
        piece = piece_of(text) if text["id"] in chosen and len(queries) < QUERIES else None
        if piece is None:
            documents.append(document(text))
            continue
        number = f"q{len(queries)}"
        queries.append((number, piece))
        judgements.append((number, text["id"]))
        documents.append(document(text, text["body"].replace(piece, " ")))
    return documents, queries, judgements


def heading_of(dice):
    def piece(text):
        found = [line.lstrip("# ").strip() for line in text["body"].splitlines() if line.startswith("#")]
        found = [line for line in found if 3 <= len(line.split()) <= 10 and line.lower() not in text["title"].lower()]
        return dice.choice(found) if found else None
    return piece


def sentence_of(dice):
    def piece(text):
        found = re.findall(r"[A-Z][^.!?\n#|`<>\[\]]{40,220}[.!?]", text["body"])
        found = [sentence for sentence in found if 8 <= len(sentence.split()) <= 30]
        return dice.choice(found) if len(found) > 2 else None
    return piece


def mistype(word, dice):
    at = dice.randrange(1, len(word))
    edit = dice.choice("dirt")
    if edit == "d":
        return word[:at] + word[at + 1:]
    if edit == "i":
        return word[:at] + dice.choice(LETTERS) + word[at:]
    if edit == "r" or at + 1 == len(word):
        return word[:at] + dice.choice(LETTERS) + word[at + 1:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2:]


def mistyped(query, dice):
    words = query.lower().split()
    long = [at for at, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    for at in dice.sample(long, min(len(long), 1 + len(long) // 4)):
        words[at] = mistype(words[at], dice)
    return " ".join(words)


def by_tag(texts):
    documents = [document(text) for text in texts]
    tagged = {}
    for text in texts:
        for tag in text.get("tags") or []:
            tagged.setdefault(str(tag), []).append(text["id"])
    tagged = {tag: ids for tag, ids in tagged.items() if 3 <= len(ids) <= len(texts) // 10}
    queries = [(f"q{at}", tag.replace("-", " ").replace("_", " ")) for at, tag in enumerate(sorted(tagged))]
    judgements = [(f"q{at}", id) for at, tag in enumerate(sorted(tagged)) for id in tagged[tag]]
    return documents, queries, judgements


def by_acronym(texts, rows, dice):
    """Half of the documents that have both forms lose one, so that only the other form can find them."""
    queries, judgements, changed = [], [], {}
    for acronym, expansion in rows:
        short = re.compile(rf"\b{re.escape(acronym)}s?\b")
        long = re.compile(rf"\b{re.escape(expansion)}\b", re.IGNORECASE)
        whole = {text["id"]: text for text in texts if long.search(text["title"] + " " + text["body"])}
        named = {id: text for id, text in whole.items() if not long.search(text["title"])}
        if not 1 <= len(named) <= 40:
            continue
        number = f"q{len(queries)}"
        if len(queries) % 2 == 0:
            # Asked by the acronym; the documents say it in words only.
            answers = list(whole)
            for id, text in whole.items():
                kept = changed.get(id, text)
                changed[id] = {**kept, "title": short.sub(expansion, kept["title"]), "body": short.sub(expansion, kept["body"])}
            queries.append((number, acronym))
        else:
            answers = [id for id, text in named.items()]
            for id, text in named.items():
                kept = changed.get(id, text)
                changed[id] = {**kept, "body": long.sub(acronym, kept["body"])}
            answers += [id for id in whole if id not in named]
            queries.append((number, expansion))
        judgements += [(number, id) for id in answers]
        if len(queries) == QUERIES:
            break
    return [document(changed.get(text["id"], text)) for text in texts], queries, judgements


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("texts", type=Path)
    arguments.add_argument("acronyms", type=Path)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--documents", type=int, default=0, help="at most so many, drawn at random")
    arguments = arguments.parse_args()
    texts = read_texts(arguments.texts, arguments.documents)
    with open(arguments.acronyms, encoding="utf-8") as rows:
        rows = [(row["acronym"], row["expansion"]) for row in csv.DictReader(rows)]
    dice = random.Random(2018)
    dice.shuffle(rows)
    headings = known_item(texts, dice, heading_of(dice))
    made = {
        "headings": headings,
        "sentences": known_item(texts, dice, sentence_of(dice)),
        "tags": by_tag(texts),
        "acronyms": by_acronym(texts, rows, dice),
        "typos": (headings[0], [(number, mistyped(query, dice)) for number, query in headings[1]], headings[2]),
    }
    for name, (documents, queries, judgements) in made.items():
        if len(queries) >= 10:
            write(arguments.folder / name, documents, queries, judgements)


if __name__ == "__main__":
    main()
