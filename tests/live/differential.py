"""Receipts changed at random, judged by the program and by others: differential.py FOLDER.

Nothing that the program takes for valid may be refused by the second implementation (lab/ledger.py, as strict as
the text of the formats) or by `openssl` with `jq`. What is refused by the program may be taken by others: it is the
strictest. The seed is fixed, so each run sees the same receipts.
"""
import base64
import binascii
import collections
import json
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.environ["LAB"])
import ledger  # noqa: E402

TOP = sys.argv[1]
JUDGE = os.path.join(os.environ["BUILD"], "live", "receipt_judge")
COUNT = 6000
KEY, OTHER = ledger.Key(1), ledger.Key(2)
tests = 0


def report(good, sentence, found=None):
    global tests
    tests += 1
    print(f"{'ok' if good else 'not ok'} {tests} - {sentence}")
    if not good:
        print("# " + repr(found)[:3000])


def made():
    log = ledger.Log(KEY)
    log.run(0, results=[ledger.gate_row("G001", "pass"), ledger.gate_row("G010", "skip", reason="mode.static")])
    return log.documents[1], log.entries[1]


DOCUMENT, WHOLE = made()
BODY = ledger.canonical(DOCUMENT)
LETTERS = b'ABCDabcd0189+/=-_{}[]:,"\\ \n\tu'

# ---- ways to change one; each says the bytes


def flip(chance, octets):
    at = chance.randrange(len(octets))
    return octets[:at] + bytes([octets[at] ^ 1 << chance.randrange(8)]) + octets[at + 1 :]


def replace(chance, octets):
    at = chance.randrange(len(octets))
    return octets[:at] + bytes([chance.choice(LETTERS)]) + octets[at + 1 :]


def insert(chance, octets):
    at = chance.randrange(len(octets) + 1)
    return octets[:at] + bytes([chance.choice(LETTERS)]) + octets[at:]


def delete(chance, octets):
    at = chance.randrange(len(octets))
    return octets[:at] + octets[at + chance.randrange(1, 4) :]


def swap(chance, octets):
    a, b = sorted(chance.randrange(len(octets)) for _ in range(2))
    return octets[:a] + octets[b : b + 1] + octets[a + 1 : b] + octets[a : a + 1] + octets[b + 1 :]


def spacing(chance, octets):
    """White space between tokens: for a file it changes nothing."""
    out = bytearray()
    inside = False
    for one in octets:
        inside ^= one == 0x22
        out.append(one)
        if not inside and one in b'{}[]:,"' and chance.random() < 0.3:
            out += chance.choice((b" ", b"\n", b"\t", b"\r\n"))
    return bytes(out)


def order(chance, octets):
    envelope = list(json.loads(octets).items())
    chance.shuffle(envelope)
    return json.dumps(dict(envelope)).encode()


def escape(chance, octets):
    """A letter of a key or a value spelt as an escape, which is the same text."""
    text = octets.decode()
    at = chance.choice([i for i, one in enumerate(text) if one.isalnum()])
    return (text[:at] + "\\u%04x" % ord(text[at]) + text[at + 1 :]).encode()


def member(chance, octets):
    envelope = json.loads(octets)
    where = chance.choice((envelope, envelope["signatures"][0]))
    where[chance.choice(("payload", "Payload", "payloadType", "sig", "keyid", "extra", "signatures"))] = chance.choice(
        ("", None, 1, "x", [], {}, ledger.text_of(b"{}"), KEY.keyid(), OTHER.keyid(), [{}]))
    return json.dumps(envelope).encode()


def respell(chance, octets):
    envelope = json.loads(octets)
    where, key = chance.choice(((envelope, "payload"), (envelope["signatures"][0], "sig")))
    change = chance.choice((lambda t: t.rstrip("="), lambda t: t.replace("+", "-").replace("/", "_"), lambda t: t + "=",
                            lambda t: t[:8] + "\n" + t[8:], lambda t: t[:-1], lambda t: t + t, lambda t: " " + t,
                            lambda t: t.rstrip("=") + chance.choice("AB") + "=" * (len(t) - len(t.rstrip("=")))))
    where[key] = change(where[key])
    return json.dumps(envelope).encode()


def signatures(chance, octets):
    envelope = json.loads(octets)
    good = envelope["signatures"][0]
    body = base64.b64decode(envelope["payload"])
    point = base64.b64decode(good["sig"])
    larger = (int.from_bytes(point[32:], "little") + ledger.L) % 2**256
    other = {"keyid": chance.choice((KEY, OTHER)).keyid(), "sig": ledger.text_of(OTHER.sign(ledger.pae(ledger.TYPE, body)))}
    grown = {"keyid": good["keyid"], "sig": ledger.text_of(point[:32] + larger.to_bytes(32, "little"))}
    envelope["signatures"] = chance.choice(([], [good, good], [other], [good, other], [other, good], [grown], [{**good, "keyid": ""}],
                                            [{"sig": good["sig"]}], [{**good, "keyid": OTHER.keyid()}]))
    return json.dumps(envelope).encode()


def resigned(chance, octets):
    """A statement that is changed in its bytes and signed again, by the right key."""
    body = BODY
    for _ in range(chance.randrange(1, 3)):
        body = chance.choice((flip, replace, insert, delete, spacing))(chance, body)
    return ledger.seal(body, KEY)


def doubled(chance, octets):
    return octets + chance.choice((octets, b"{}", b"\n", b" ", b"x", b"\0"))


WAYS = [flip, replace, insert, delete, swap, spacing, order, escape, member, respell, signatures, resigned, doubled]

# ---- others


def no_repeats(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def strict(octets):
    """The formats as they are written: (is it a valid envelope by KEY?, its payload)."""
    try:
        envelope = json.loads(octets.decode(), object_pairs_hook=no_repeats)
        if set(envelope) != {"payload", "payloadType", "signatures"} or len(envelope["signatures"]) != 1:
            return False
        [signature] = envelope["signatures"]
        if set(signature) != {"keyid", "sig"} or signature["keyid"] != KEY.keyid():
            return False
        body = base64.b64decode(envelope["payload"], validate=True)
        signed = base64.b64decode(signature["sig"], validate=True)
        if ledger.text_of(body) != envelope["payload"] or ledger.text_of(signed) != signature["sig"]:
            return False
        if not ledger.ed25519_verify(KEY.public, ledger.pae(envelope["payloadType"], body), signed):
            return False
        statement = json.loads(body.decode(), object_pairs_hook=no_repeats)
        groups = statement["predicate"][ledger.EXTENSION]
        return envelope["payloadType"] == ledger.TYPE and ledger.follow(groups) == statement
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return False


OPENSSL = """
jq -rj .payload r.json | base64 -d > body && pt=$(jq -rj .payloadType r.json) &&
{ printf 'DSSEv1 %d %s %d ' ${#pt} "$pt" "$(wc -c < body)"; cat body; } > pae &&
jq -rj '.signatures[0].sig' r.json | base64 -d > sig &&
openssl pkeyutl -verify -pubin -inkey k.pem -rawin -in pae -sigfile sig > said
"""


def openssl(octets):
    with open(os.path.join(TOP, "r.json"), "wb") as file:
        file.write(octets)
    done = subprocess.run(["sh", "-c", OPENSSL], cwd=TOP, capture_output=True, timeout=60)
    return done.returncode == 0


def judge(envelopes):
    data = b"".join(struct.pack(">I", len(one)) + one for one in envelopes)
    done = subprocess.run([JUDGE, os.path.join(TOP, "allowed_signers")], input=data, capture_output=True, check=True, timeout=250)
    return [line.split("\t", 2) for line in done.stdout.decode().splitlines()]


def main():
    chance = random.Random(20260301)
    ledger.write(os.path.join(TOP, "allowed_signers"), ledger.signer_line(KEY.public))
    der = bytes.fromhex("302a300506032b6570032100") + KEY.public
    ledger.write(os.path.join(TOP, "k.pem"), f"-----BEGIN PUBLIC KEY-----\n{ledger.text_of(der)}\n-----END PUBLIC KEY-----\n")
    changed = {}
    while len(changed) < COUNT:
        way = chance.choice(WAYS)
        changed.setdefault(way(chance, WHOLE), way.__name__)
    changed.pop(WHOLE, None)
    envelopes = list(changed)
    found = judge(envelopes)
    report(len(found) == len(envelopes) and len(envelopes) >= 5000, f"{len(envelopes)} receipts are judged", len(found))
    valid = [one for one, row in zip(envelopes, found) if row[0] == "trusted"]
    stricter = collections.Counter(changed[one] for one in envelopes if strict(one)) - collections.Counter(changed[one] for one in valid)
    laxer = [(changed[one], one) for one in valid if not strict(one)]
    report(not laxer, f"{len(valid)} are valid, all of them also by the text of the formats", laxer[:3])
    refused = [(changed[one], one) for one in valid[:: max(1, len(valid) // 150)] if not openssl(one)]
    report(not refused, "and by openssl and jq, as far as they were asked", refused[:3])
    report(len(valid) >= 300, "the corpus holds what is valid", len(valid))
    invalid = collections.Counter(row[1] for row in found if row[0] != "trusted")
    report(len(invalid) >= 5 and all(word.startswith("receipt.") for word in invalid), "and what is refused, for many reasons", invalid)
    print(f"# valid: {dict(collections.Counter(changed[one] for one in valid))}")
    print(f"# refused here and valid by the text: {dict(stricter)}")
    print(f"# reasons: {dict(invalid)}")
    print(f"1..{tests}")


main()
