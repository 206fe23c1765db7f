"""Receipts changed at random and in known ways, judged by the program and by others: differential.py FOLDER.

Nothing that the program takes for valid may be refused by any of the others: the second implementation
(lab/ledger.py, as strict as the text of the formats), `openssl` with `jq`, and other people's verifiers
(lab/judges.py). What is refused by the program may be taken by others: it is the strictest. The seed is fixed,
so each run sees the same receipts.
"""
import base64
import binascii
import collections
import functools
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.environ["LAB"])
import judges  # noqa: E402
import ledger  # noqa: E402
from judges import report  # noqa: E402

TOP = sys.argv[1]
COUNT = 6000
KEY, OTHER = ledger.Key(1), ledger.Key(2)
ed25519_verify = functools.lru_cache(maxsize=None)(ledger.ed25519_verify)


def made():
    """A receipt whose signature is spelt otherwise in url-safe base64."""
    for minute in range(60):
        log = ledger.Log(KEY)
        log.run(minute, results=[ledger.gate_row("G001", "pass"), ledger.gate_row("G010", "skip", reason="mode.static")])
        if set(json.loads(log.entries[1])["signatures"][0]["sig"]) & set("+/"):
            return log.documents[1], log.entries[1]
    raise AssertionError("sixty signatures without a plus or a slash")


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

# ---- known ways: what go-securesystemslib, securesystemslib, sigstore-js, and base64 with OpenSSL say of each


def rewritten(**changes):
    """The envelope with other members; those of the signature begin with `its_`."""
    envelope = json.loads(WHOLE)
    for name, value in changes.items():
        where, name = (envelope["signatures"][0], name[4:]) if name.startswith("its_") else (envelope, name)
        where[name] = value(where[name]) if callable(value) else value
    return ledger.canonical(envelope)


def without_keyid():
    envelope = json.loads(WHOLE)
    del envelope["signatures"][0]["keyid"]
    return ledger.canonical(envelope)


def flipped(text):
    octets = bytearray(base64.b64decode(text))
    octets[7] ^= 1
    return ledger.text_of(bytes(octets))


def larger(text):
    octets = base64.b64decode(text)
    return ledger.text_of(octets[:32] + (int.from_bytes(octets[32:], "little") + ledger.L).to_bytes(32, "little"))


def url_safe(text):
    return text.replace("+", "-").replace("/", "_")


def unpadded(text):
    return text.rstrip("=")


def odd():
    spki = bytes.fromhex("302a300506032b6570032100") + KEY.public
    twice = json.loads(WHOLE)["signatures"] * 2
    repeated = WHOLE.replace(b'{"payload":', b'{"payload":"e30=","payload":', 1)
    return [
        ("as it was signed", WHOLE, "1111"),
        ("keyid is hex of SHA-256(SPKI)", rewritten(its_keyid=ledger.hex_of(spki)), "0011"),
        ("keyid is empty", rewritten(its_keyid=""), "1011"),
        ("no keyid", without_keyid(), "1011"),
        ("a bit of the payload", rewritten(payload=flipped), "0000"),
        ("a bit of the signature", rewritten(its_sig=flipped), "0000"),
        ("another payloadType", rewritten(payloadType="text/plain"), "0000"),
        ("url-safe base64", rewritten(its_sig=url_safe, payload=url_safe), "1110"),
        ("base64 without padding", rewritten(its_sig=unpadded), "0010"),
        ("a newline in base64", rewritten(its_sig=lambda text: text[:8] + "\n" + text[8:]), "1011"),
        ("junk in base64", rewritten(its_sig=lambda text: text[:8] + "!!" + text[8:]), "0011"),
        ("payload twice, the last one wins", repeated, "1111"),
        ("an extra Payload", json.dumps(json.loads(WHOLE) | {"Payload": "e30="}).encode(), "0111"),
        ("trailing garbage", WHOLE + b"x", "0000"),
        ("the same signature twice", rewritten(signatures=twice), "1001"),
        ("a signature with S + L", rewritten(its_sig=larger), "0000"),
    ]


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
        statement = json.loads(body.decode(), object_pairs_hook=no_repeats)
        groups = statement["predicate"][ledger.EXTENSION]
        if envelope["payloadType"] != ledger.TYPE or ledger.follow(groups) != statement:
            return False
        return ed25519_verify(KEY.public, ledger.pae(ledger.TYPE, body), signed)
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


def others(envelopes, pem):
    """Who else was asked, and what each takes."""
    takes = {}
    for ask, sentence in ((judges.by_go, "Go's"), (judges.by_python, "Python's"), (judges.by_node, "JavaScript's")):
        try:
            takes.update(ask(envelopes, pem, KEY))
        except judges.Absent as why:
            judges.skip(f"nothing is taken that {sentence} verifiers refuse", why)
    return takes


def no_laxer(changed, envelopes, ours, takes):
    print(f"# of {len(envelopes)} receipts take: gaterun {sum(ours)}, "
          + ", ".join(f"{name} {sum(one)}" for name, one in takes.items()))
    for name, theirs in takes.items():
        laxer = [(changed[one], one) for one, we, they in zip(envelopes, ours, theirs) if we and not they]
        report(len(theirs) == len(envelopes) and not laxer, f"nothing is taken that {name} refuses", laxer[:3])


def known_ways(rows, ours, takes):
    """Each by itself: the program takes one, and the others what they are known to."""
    order = ("go-securesystemslib", "securesystemslib", "sigstore-js", "base64 and OpenSSL")
    taken = [what for (what, _, _), one in zip(rows, ours) if one]
    report(taken == ["as it was signed"], "of the known ways to change one, none is taken", taken)
    for at, name in enumerate(order):
        if name in takes:
            wrong = [what for (what, _, said), one in zip(rows, takes[name]) if one != (said[at] == "1")]
            report(not wrong, f"{name} says of them what it is known to say", wrong)


def corpus():
    chance = random.Random(20260301)
    changed = {}
    while len(changed) < COUNT:
        way = chance.choice(WAYS)
        changed.setdefault(way(chance, WHOLE), way.__name__)
    changed.pop(WHOLE, None)
    return changed


def main():
    signers, pem = os.path.join(TOP, "allowed_signers"), os.path.join(TOP, "k.pem")
    ledger.write(signers, ledger.signer_line(KEY.public))
    der = bytes.fromhex("302a300506032b6570032100") + KEY.public
    ledger.write(pem, f"-----BEGIN PUBLIC KEY-----\n{ledger.text_of(der)}\n-----END PUBLIC KEY-----\n")
    changed, rows = corpus(), odd()
    envelopes = list(changed)
    found = judges.of_receipts(envelopes + [octets for _, octets, _ in rows], signers)
    ours = [row[0] == "trusted" for row in found]
    report(len(found) == len(envelopes) + len(rows) and len(envelopes) >= 5000, f"{len(envelopes)} receipts are judged",
           len(found))
    takes = others(envelopes + [octets for _, octets, _ in rows], pem)
    known_ways(rows, ours[len(envelopes):], {name: all_of[len(envelopes):] for name, all_of in takes.items()})
    ours, found = ours[: len(envelopes)], found[: len(envelopes)]
    takes = {"the text of the formats": [strict(one) for one in envelopes],
             **{name: all_of[: len(envelopes)] for name, all_of in takes.items()}}
    no_laxer(changed, envelopes, ours, takes)
    valid = [one for one, we in zip(envelopes, ours) if we]
    refused = [(changed[one], one) for one in valid[:: max(1, len(valid) // 40)] if not openssl(one)]
    report(not refused, "nor what openssl and jq refuse, as far as they were asked", refused[:3])
    report(len(valid) >= 300, "the corpus holds what is valid", len(valid))
    invalid = collections.Counter(row[1] for row in found if row[0] != "trusted")
    report(len(invalid) >= 5 and all(word.startswith("receipt.") for word in invalid), "and what is refused, for many reasons",
           invalid)
    print(f"# valid: {dict(collections.Counter(changed[one] for one in valid))}")
    print(f"# reasons: {dict(invalid)}")
    judges.done()


main()
