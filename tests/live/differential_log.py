"""Signed and cosigned heads, and proofs, changed at random, judged by the program and by Go:.

Go's packages are golang.org/x/mod/sumdb/note and tlog, and the checkpoints of transparency-dev/formats
(lab/verifiers/judge.go). What is as it was made is taken by both, and says the same to both; of what is
changed, nothing is taken here that Go refuses. The heads are signed by lab/ledger.py and the proofs made by the
program. The seed is fixed.
"""
import collections
import os
import random
import sys

sys.path.insert(0, os.environ["LAB"])
import judges  # noqa: E402
import ledger  # noqa: E402
from judges import report  # noqa: E402

HEADS, COSIGNED, PROOFS, TREE = 4000, 3000, 6000, 24
KEY, WITNESS, OTHER = ledger.Key(1), ledger.Key(2), ledger.Key(3)
ORIGIN = ledger.origin_of(KEY)
LETTERS = b"0123456789+/=ABab \n\r\t.-\xe2"

# ---- heads


def text_of(size, extra=""):
    root = ledger.root_of([ledger.leaf_of(b"%d" % i) for i in range(size)])
    return f"{ORIGIN}\n{size}\n{ledger.text_of(root)}\n{extra}"


def note(text, *lines):
    return (text + "\n" + "".join(lines)).encode()


def by_log(text):
    return ledger.note_line(ORIGIN, KEY, text)


def by_witness(text, name="witness.example"):
    return ledger.note_line(name, WITNESS, text)


def whole_heads():
    """Heads as they are made: alone, and with lines of witnesses around the one of the log."""
    for size in (1, 2, 7, 40):
        text = text_of(size)
        yield note(text, by_log(text))
        yield note(text, by_log(text), by_witness(text))
        yield note(text, by_witness(text), by_log(text), by_witness(text, "other.example"))


def odd_heads():
    """What a log's own key may sign, and nobody may take."""
    root = text_of(7).split("\n")[2]
    for text in (text_of(7, "an extension\n"), text_of(7, "\n"), f"{ORIGIN}\n007\n{root}\n", f"{ORIGIN}\n-7\n{root}\n",
                 f"{ORIGIN}\n+7\n{root}\n", f"{ORIGIN}\n{2**53}\n{root}\n", f"{ORIGIN}\n{2**64}\n{root}\n",
                 f"{ORIGIN}\n7\n{root[:-4]}\n", f"{ORIGIN}\n7\n{root[:-1]}\n", f"{ORIGIN}x\n7\n{root}\n",
                 f"{ORIGIN}\n7\n", f"{ORIGIN}\n", "\n7\n\n", f"{ORIGIN}\r\n7\r\n{root}\r\n"):
        yield note(text, by_log(text))
    text = text_of(7)
    yield note(text, by_log(text), by_log(text))
    yield note(text, ledger.note_line(ORIGIN, WITNESS, text))
    yield note(text, ledger.note_line(ORIGIN, KEY, text, kind=4))
    yield note(text, by_witness(text))
    yield note(text)
    yield note(text, by_log(text), "\n")
    yield note(text, by_log(text), *[by_witness(text, f"w{i}.example") for i in range(120)])
    yield note(text, by_log(text).replace("\u2014", "-"))


def changed_head(chance, head):
    for _ in range(chance.randrange(1, 3)):
        at = chance.randrange(len(head))
        head = chance.choice((
            lambda: head[:at] + bytes([head[at] ^ 1 << chance.randrange(8)]) + head[at + 1 :],
            lambda: head[:at] + bytes([chance.choice(LETTERS)]) + head[at + 1 :],
            lambda: head[:at] + bytes([chance.choice(LETTERS)]) + head[at:],
            lambda: head[:at] + head[at + chance.randrange(1, 4) :],
            lambda: head[:at],
            lambda: swapped_lines(chance, head),
        ))()
        if not head:
            return b"\n"
    return head


def swapped_lines(chance, head):
    lines = head.split(b"\n")
    a, b = (chance.randrange(len(lines)) for _ in range(2))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines[: chance.choice((len(lines), len(lines), len(lines) - 1))])


def heads(chance):
    vkey = ledger.vkey(ORIGIN, KEY.public)
    whole = list(whole_heads())
    changed = {one: None for one in odd_heads()}
    while len(changed) < HEADS:
        changed[changed_head(chance, chance.choice(whole))] = None
    for one in whole:
        changed.pop(one, None)
    lines = [one.hex() for one in whole + list(changed)]
    ours = judges.of_lines("heads", lines, vkey)
    theirs = judges.of_lines_by_go("heads", lines, vkey)
    compare("heads", ours, theirs, len(whole), lines)


# ---- cosigned heads

COSIGNER = "control.example/gaterun"
TIME = 1772400000


def cosigned_by(text, key=WITNESS, time=TIME, name=COSIGNER):
    return ledger.cosign(note(text).decode(), name, key, time)


def whole_cosigned():
    for size in (1, 40):
        text = text_of(size)
        yield note(text, by_log(text), cosigned_by(text))
        yield note(text, cosigned_by(text), by_log(text), cosigned_by(text, OTHER, name="other.example"))


def odd_cosigned():
    """Cosigned, and not what it has to be."""
    text, other = text_of(7), text_of(8)
    yield note(text, by_log(text))
    yield note(text, cosigned_by(text))
    yield note(text, by_log(text), cosigned_by(other))
    yield note(text, by_log(text), cosigned_by(text, OTHER))
    yield note(text, by_log(text), cosigned_by(text, KEY))
    yield note(text, by_log(text), by_witness(text, COSIGNER))
    yield note(text, by_log(text), ledger.note_line(COSIGNER, WITNESS, text, kind=4))
    yield note(text, by_log(text), cosigned_by(text, time=0))
    yield note(text, by_log(text), cosigned_by(text, name="other.example"))


def cosigned(chance):
    vkey = ledger.vkey(ORIGIN, KEY.public)
    cosigner = ledger.vkey(COSIGNER, WITNESS.public, 4)
    whole = list(whole_cosigned())
    changed = {one: None for one in odd_cosigned()}
    while len(changed) < COSIGNED:
        changed[changed_head(chance, chance.choice(whole))] = None
    for one in whole:
        changed.pop(one, None)
    lines = [one.hex() for one in whole + list(changed)]
    ours = judges.of_lines("cosigned", lines, vkey, cosigner)
    theirs = judges.of_lines_by_go("cosigned", lines, vkey, cosigner)
    compare("cosigned heads", ours, theirs, len(whole), lines)


# ---- proofs


def changed_proof(chance, proof):
    words = proof.split(" ")
    kind = chance.randrange(9)
    at = chance.randrange(3, len(words))
    if kind == 0:
        words[at] = bytes(byte ^ (1 << chance.randrange(8) if i == 0 else 0) for i, byte in enumerate(bytes.fromhex(words[at]))).hex()
    elif kind in (1, 2):
        number = int(words[kind])
        words[kind] = str(chance.choice((number - 1, number + 1, number ^ 2, number * 2, number // 2, 0, 2**53, 2**63, -number)))
    elif kind == 3:
        words.insert(chance.randrange(5, len(words) + 1), chance.choice(words[3:]))
    elif kind == 4 and len(words) > 5:
        del words[chance.randrange(5, len(words))]
    elif kind == 5:
        a, b = (chance.randrange(3, len(words)) for _ in range(2))
        words[a], words[b] = words[b], words[a]
    elif kind == 6:
        words[at] = chance.choice((words[at][:-2], "", words[at] + "00", "00" * 32, ledger.hex_of(b"")))
    elif kind == 7:
        words[0] = "inclusion" if words[0] == "consistency" else "consistency"
    else:
        words[1], words[2] = words[2], words[1]
    return " ".join(words)


def proofs(chance):
    whole = judges.of_lines("prove", [], str(TREE))
    changed = {}
    while len(changed) < PROOFS:
        changed[changed_proof(chance, chance.choice(whole))] = None
    for one in whole:
        changed.pop(one, None)
    lines = whole + list(changed)
    compare("proofs", judges.of_lines("proofs", lines), judges.of_lines_by_go("proofs", lines), len(whole), lines)


# ---- both


def compare(what, ours, theirs, whole, lines):
    report(len(ours) == len(theirs) == len(lines), f"{len(lines)} {what} are judged, {whole} of them as they were made",
           (len(ours), len(theirs)))
    refused = [(line, a, b) for line, a, b in zip(lines[:whole], ours, theirs) if a != b or not a.startswith("1")]
    report(not refused, f"{what} as they were made say the same here and to Go", refused[:3])
    rest = list(zip(lines, ours, theirs))[whole:]
    laxer = [row for row in rest if row[1] != "0" and row[1] != row[2]]
    report(not laxer, f"of the changed {what}, nothing is taken that Go refuses or reads otherwise", laxer[:3])
    counts = collections.Counter((a[0], b[0]) for _, a, b in rest)
    print(f"# of {len(rest)} changed {what} take: gaterun {counts['1', '1'] + counts['1', '0']}, "
          f"Go {counts['1', '1'] + counts['0', '1']}")
    report(counts["0", "0"] > len(rest) // 2, f"most changed {what} are refused by both", counts)


def main():
    chance = random.Random(20260301)
    for judge in (heads, cosigned, proofs):
        try:
            judge(chance)
        except judges.Absent as why:
            judges.skip(f"Go judges {judge.__name__}", why)
    judges.done()


main()
