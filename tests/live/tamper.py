"""The tamper cases: tamper.py FOLDER. Each is made with lab/ledger.py, which shares nothing with the program,
and judged by $GATERUN and by $JUDGE (live/receipt_judge.c, for what takes thousands of envelopes).

A case is a function with its number and what is done; in it each `says` is one TAP test: an exit status, a
reason, and a piece of the sentence. Cases for what there is not yet are printed as comments, and count for
nothing.
"""
import base64
import json
import os
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, os.environ["LAB"])
import ledger  # noqa: E402

TOP = sys.argv[1]
GATERUN = os.environ["GATERUN"]
JUDGE = os.path.join(os.environ["BUILD"], "live", "receipt_judge")
ONE, TWO, THREE = ledger.Key(1), ledger.Key(2), ledger.Key(3)
VALID, INVALID, UNDECIDED, NO_RECEIPT = 0, 1, 2, 65

tests = 0
cases = []
reasons = {}


def case(number, what):
    def add(function):
        cases.append((number, what, function))
        return function

    return add


def missing(number, what, why):
    cases.append((number, what, why))


def report(good, sentence, found=None):
    global tests
    tests += 1
    print(f"{'ok' if good else 'not ok'} {tests} - {sentence}")
    if not good:
        print("# " + json.dumps(found)[:2000])
    sys.stdout.flush()


# ---- the world of a case


def made_log():
    """Four runs, eight entries."""
    log = ledger.Log(ONE)
    for minute in range(4):
        log.run(minute)
    return log


WHOLE = made_log()
KEYS = [document["predicate"]["identity"]["runKey"] for document in WHOLE.documents[::2]]


class World:
    """A repo with trust files, a state folder with the log of key one, and somebody who looks at it."""

    def __init__(self, number, what):
        self.number, self.what = number, what
        self.root = os.path.join(TOP, "case")
        shutil.rmtree(self.root, ignore_errors=True)
        self.state = self.path("state")
        self.log = ledger.Log(ONE)
        self.log.entries = list(WHOLE.entries)
        self.log.documents = list(WHOLE.documents)
        self.log.heads = dict(WHOLE.heads)
        self.log.save(self.state)
        self.trust(ledger.signer_line(ONE.public))
        ledger.write(self.path("repo/gaterun.yaml"), f"version: 1\ngates: shipped\nrepo: {ledger.REPO}\n")
        ledger.write(self.path("config/gaterun/signing_ed25519"), ONE.openssh())

    def path(self, name):
        return os.path.join(self.root, name)

    def trust(self, signers, revoked=""):
        ledger.write(self.path("repo/receipts/trust/allowed_signers"), signers, 0o644)
        ledger.write(self.path("repo/receipts/trust/revoked"), revoked, 0o644)

    def entry(self, seq):
        return os.path.join(self.log.folder(self.state), "entries", "%08d.json" % seq)

    def head(self, size):
        return os.path.join(self.log.folder(self.state), "checkpoints", "%08d" % size)

    def again(self):
        """Write the log as it is in memory over what is there; what is not in it is gone."""
        shutil.rmtree(self.state)
        self.log.save(self.state)

    def run(self, *words, owner=False):
        environment = dict(os.environ, XDG_STATE_HOME=self.state, HOME=self.path("home"))
        environment["XDG_CONFIG_HOME"] = self.path("config" if owner else "nobody")
        done = subprocess.run([GATERUN, *words, "-o", "json"], cwd=self.path("repo"), env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, {"said": (done.stdout + done.stderr).decode(errors="replace")}

    def says(self, how, found, status, reason, text, extra=True):
        code, answer = found
        given = [(row.get("flaw"), row["message"]) for row in answer.get("problems", [])]
        given.append((answer.get("reason"), answer.get("why") or answer.get("said", "")))
        good = code == status and extra and any(reason == word and text in why for word, why in given)
        reasons.setdefault(reason, set()).add(self.number)
        report(good, f"case {self.number}: {self.what}; {how}: {status}, {reason}", [code, answer])

    # Judged in each of the ways that there are.

    def file(self, envelope, status, reason, text, how="the file"):
        """A receipt as a file that somebody was handed."""
        ledger.write(self.path("handed.json"), envelope)
        self.says(how, self.run("receipt", "verify", self.path("handed.json")), status, reason, text)

    def key(self, key, status, reason, text, how="its key"):
        """A receipt in the checkout, named by its run key, which needs its log."""
        self.says(how, self.run("receipt", "verify", key), status, reason, text)

    def history(self, status, reason, text, how="the log", full=True):
        words = ["log", "verify"] + (["--full"] if full else [])
        self.says(how, self.run(*words, owner=True), status, reason, text)

    def gate(self, reason, text, how):
        """G060 of the repo fails so."""
        code, answer = self.run("verify", "--gate", "G060", "--mode", "static", "--no-receipt", owner=True)
        rows = [row for gate in answer.get("gates", []) for row in gate["findings"]]
        good = code == 1 and any((row["verdict"], row["reason"]) == ("fail", reason) and text in row["message"] for row in rows)
        report(good, f"case {self.number}: {self.what}; {how}: G060 fails, {reason}", [code, answer])

    def checkout(self, key, envelope):
        ledger.write(self.path(f"repo/receipts/{key}.json"), envelope, 0o644)


def edited(change, key=ONE, at=7, **more):
    """The receipt at `at` with its document changed, signed again."""
    document = json.loads(json.dumps(WHOLE.documents[at]))
    change(document)
    return ledger.seal(document, key, **more)


def regrouped(change, key=ONE, at=7):
    """The same with the groups changed, and everything that follows from them right."""
    document = json.loads(json.dumps(WHOLE.documents[at]))
    groups = document["predicate"][ledger.EXTENSION]
    change(groups)
    return ledger.seal(ledger.follow(groups), key)


def groups_of(document):
    return document["predicate"][ledger.EXTENSION]


def git(world, *words):
    return subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words], cwd=world.path("repo"),
                          check=True, capture_output=True, env=dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null"))


def judge(world, envelopes):
    """(verdict, reason, sentence) of each, from one process."""
    data = b"".join(struct.pack(">I", len(one)) + one for one in envelopes)
    done = subprocess.run([JUDGE, world.path("repo/receipts/trust/allowed_signers")], input=data,
                          capture_output=True, check=True, timeout=250)
    return [line.split("\t", 2) for line in done.stdout.decode().splitlines()]


# ---- the cases, by the numbers of the notes


@case(0, "nothing is done")
def untouched(world):
    world.file(WHOLE.entries[7], VALID, "receipt.trusted", "valid, signed by ops@example")
    world.key(KEYS[3], UNDECIDED, None, "no receipt of")
    world.checkout(KEYS[3], WHOLE.entries[7])
    world.key(KEYS[3], VALID, "receipt.trusted", "valid, signed by ops@example")
    for key, entry in zip(KEYS, WHOLE.entries[1::2]):
        world.checkout(key, entry)
    code, answer = world.run("receipt", "verify", "--all")
    report(code == 0 and answer["counts"]["trusted"] == 4, "case 0: all receipts of the checkout", [code, answer])
    world.checkout(KEYS[1], WHOLE.entries[7])
    code, answer = world.run("receipt", "verify", "--all")
    report(code == 1 and answer["counts"] == {"undecided": 0, "trusted": 3, "own": 0, "invalid": 1, "none": 0}
           and [row["reason"] for row in answer["receipts"]].count("receipt.other_run") == 1,
           "case 0: and one of them under another's name", [code, answer])
    code, answer = world.run("log", "verify", "--full", owner=True)
    good = code == 0 and answer["sound"] and (answer["entries"], answer["runs"], answer["unfinished"]) == (8, 4, 0)
    report(good, "case 0: the log of the other program is sound", [code, answer])
    code, answer = world.run("log", "verify", owner=True)
    report(code == 0 and answer["sound"], "case 0: and so it is by its hashes", [code, answer])


def flips(world, from_, until):
    """Every byte from one place to another: one bit, and all bits."""
    whole = WHOLE.entries[7]
    spoilt = []
    for at in range(from_, until):
        for mask in (1 << at % 8, 0xFF):
            spoilt.append(whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1 :])
    found = judge(world, [whole] + spoilt)
    bad = [(i, row) for i, row in enumerate(found[1:]) if row[0] != "invalid" or not row[1] or not row[2]]
    return found[0][0] == "trusted" and len(found) == len(spoilt) + 1 and not bad, bad[:5]


@case(1, "a byte of the payload is flipped")
def payload_flipped(world):
    start = WHOLE.entries[7].index(b'"payload":"')
    end = WHOLE.entries[7].index(b'"payloadType"')
    good, bad = flips(world, start, end)
    report(good, f"case 1: each of {end - start} bytes, twice: all are told", bad)
    at = start + 400
    one = WHOLE.entries[7]
    swapped = bytes([one[at + 4]]) if one[at + 4] != one[at] else b"A"
    world.file(one[:at] + swapped + one[at + 1 :], INVALID, "receipt.signature", "the signature does not verify")


@case(2, "a byte of the signature is flipped")
def signature_flipped(world):
    start = WHOLE.entries[7].index(b'"payloadType"')
    good, bad = flips(world, start, len(WHOLE.entries[7]))
    report(good, "case 2: each of the other bytes, twice: all are told", bad)
    envelope = json.loads(WHOLE.entries[7])
    signature = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    signature[5] ^= 1
    envelope["signatures"][0]["sig"] = ledger.text_of(bytes(signature))
    world.file(ledger.canonical(envelope), INVALID, "receipt.signature", "does not verify with key SHA256:")


@case(3, "the payload's type is swapped")
def type_swapped(world):
    envelope = json.loads(WHOLE.entries[7])
    envelope["payloadType"] = "application/json"
    world.file(ledger.canonical(envelope), INVALID, "receipt.signature", "does not verify")
    other = ledger.seal(WHOLE.documents[7], ONE, kind="application/json")
    world.file(other, NO_RECEIPT, "receipt.not_one", "not an in-toto statement", "signed as that")


@case(4, "_type or predicateType is swapped inside")
def inner_type_swapped(world):
    world.file(edited(lambda d: d.update(_type="https://in-toto.io/Statement/v0.1")), NO_RECEIPT,
               "receipt.not_one", "not an in-toto Statement v1", "_type")
    world.file(edited(lambda d: d.update(predicateType="https://slsa.dev/provenance/v1")), NO_RECEIPT,
               "receipt.not_one", "not one of a gaterun run", "predicateType")
    world.file(edited(lambda d: d.update(predicateType=ledger.START)), INVALID, "receipt.statement",
               "the statement", "a receipt that says it is a start")
    world.file(WHOLE.entries[6], NO_RECEIPT, "receipt.only_start", "the start of run", "a start")


@case(5, "a key of the envelope is repeated")
def envelope_key_repeated(world):
    one = WHOLE.entries[7]
    other = ledger.text_of(b"{}").encode()
    world.file(one.replace(b'"payload":', b'"payload":"' + other + b'","payload":', 1), INVALID,
               "receipt.envelope", "payload")
    world.file(one.replace(b'"payloadType":', b'"payload\\u0054ype":"x","payloadType":', 1), INVALID,
               "receipt.envelope", "payloadType", "one of the two with an escape")


@case(6, "a key of the payload is repeated")
def payload_key_repeated(world):
    body = ledger.canonical(WHOLE.documents[7])
    once = b'"result":"PASSED"'
    world.file(ledger.seal(body.replace(once, once + b"," + once, 1), ONE), INVALID, "receipt.statement", "result")
    escaped = b'"res\\u0075lt":"FAILED",' + once
    world.file(ledger.seal(body.replace(once, escaped, 1), ONE), INVALID, "receipt.statement", "result", "escaped")


@case(7, "a key differs in case alone")
def case_variant(world):
    one = WHOLE.entries[7]
    world.file(one.replace(b'{"payload":', b'{"Payload":"e30=","payload":', 1), INVALID, "receipt.envelope",
               "unknown keys")
    world.file(one.replace(b'"payload":', b'"Payload":', 1), INVALID, "receipt.envelope", "'payload' is missing",
               "instead of the right one")


@case(8, "the envelope has a key that is not known")
def unknown_key(world):
    one = WHOLE.entries[7]
    world.file(one.replace(b'{"payload":', b'{"extra":1,"payload":', 1), INVALID, "receipt.envelope", "unknown keys")
    world.file(one.replace(b'{"keyid":', b'{"cert":"x","keyid":', 1), INVALID, "receipt.envelope", "unknown keys",
               "beside the signature")
    world.file(edited(lambda d: d.update(extra=1)), INVALID, "receipt.statement", "keys that are not known",
               "in the statement")
    world.file(edited(lambda d: groups_of(d)["tool"].update(extra=1)), INVALID, "receipt.statement", "extra",
               "in a group")


@case(9, "something follows the document")
def trailing(world):
    for how, tail in (("a word", b"x"), ("a second document", b"{}"), ("itself", WHOLE.entries[7]), ("a NUL", b"\0")):
        world.file(WHOLE.entries[7] + tail, INVALID, "receipt.envelope", "the envelope", how)
    body = ledger.canonical(WHOLE.documents[7])
    world.file(ledger.seal(body + b"{}", ONE), INVALID, "receipt.statement", "the statement", "behind the statement")


@case(10, "it is encoded otherwise")
def encoded_otherwise(world):
    one = WHOLE.entries[7]
    world.file(b"\xef\xbb\xbf" + one, INVALID, "receipt.envelope", "byte order mark", "a BOM")
    # As a file, white space is free: what is signed is the payload. In the log it is another leaf.
    spaced = one.replace(b"\n", b"\r\n")
    world.file(spaced, VALID, "receipt.trusted", "valid", "CRLF, as a file")
    indented = json.dumps(json.loads(one), indent=1).encode()
    for how, other in (("CRLF", spaced), ("indented", indented), ("a space more", one + b" ")):
        world.checkout(KEYS[3], other)
        world.key(KEYS[3], INVALID, "receipt.not_in_log", "entry 7 of the log is another one", how)
        ledger.write(world.entry(7), other)
        world.history(INVALID, "log.other_tree", "among the entries 6 to 7", how)
        ledger.write(world.entry(7), one)


@case(11, "base64 is spelt otherwise")
def base64_otherwise(world):
    def respell(change, member="sig"):
        envelope = json.loads(WHOLE.entries[7])
        where = envelope["signatures"][0] if member == "sig" else envelope
        where[member] = change(where[member])
        return json.dumps(envelope).encode()

    def next_letter(text):
        """The same bytes with a trailing bit set: the last letter before the padding, one further."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        bare = text.rstrip("=")
        return bare[:-1] + letters[letters.index(bare[-1]) + 1] + text[len(bare) :]

    ways = [
        ("no padding", lambda text: text.rstrip("=")),
        ("a newline", lambda text: text[:40] + "\n" + text[40:]),
        ("a blank", lambda text: text[:40] + " " + text[40:]),
        ("junk", lambda text: text[:40] + "!!" + text[40:]),
        ("a trailing bit", next_letter),
        ("padding inside", lambda text: text[:40] + "=" + text[41:]),
    ]
    for how, change in ways:
        world.file(respell(change), INVALID, "receipt.envelope", "signature", how)
    world.file(respell(lambda text: text.replace("+", "-").replace("/", "_")), INVALID, "receipt.envelope",
               "signature", "url-safe")
    world.file(respell(lambda text: text[:40] + "\n" + text[40:], "payload"), INVALID, "receipt.envelope", "payload",
               "a newline in the payload")


@case(12, "there is not exactly one signature")
def signatures(world):
    def with_list(change):
        envelope = json.loads(WHOLE.entries[7])
        envelope["signatures"] = change(envelope["signatures"])
        return json.dumps(envelope).encode()

    other = json.loads(ledger.seal(WHOLE.documents[7], TWO))["signatures"]
    for how, change in (("none", lambda one: []), ("the same twice", lambda one: one + one),
                        ("two keys", lambda one: one + other), ("no list", lambda one: one[0])):
        world.file(with_list(change), INVALID, "receipt.envelope", "exactly one signature", how)


@case(13, "a wrong key signs")
def wrong_key(world):
    log = ledger.Log(TWO)
    log.run()
    world.file(log.entries[1], UNDECIDED, "receipt.signer_unknown", "a key that is not known here")
    world.trust(ledger.signer_line(TWO.public))
    world.file(edited(lambda d: None, TWO), INVALID, "receipt.other_log", "is not its signer's",
               "who is trusted, for another's log")


@case(14, "the right key has another role")
def wrong_role(world):
    for role in ("git", "gaterun-checkpoint", "gaterun-witness"):
        world.trust(ledger.signer_line(ONE.public, f'namespaces="{role}"'))
        world.file(WHOLE.entries[7], INVALID, "receipt.signer_role", "lists the signer, but not for", role)
    world.trust(ledger.signer_line(ONE.public, ""))
    world.file(WHOLE.entries[7], INVALID, "receipt.signer_role", "lists the signer, but not for", "no role named")
    world.trust(ledger.signer_line(ONE.public, 'cert-authority,namespaces="gaterun-receipt"'))
    world.file(WHOLE.entries[7], INVALID, "receipt.signer_role", "lists the signer, but not for", "an authority")
    world.trust(ledger.signer_line(ONE.public, 'namespaces="*,!gaterun-receipt"'))
    world.file(WHOLE.entries[7], INVALID, "receipt.signer_role", "lists the signer, but not for", "all roles but this")
    world.trust(ledger.signer_line(ONE.public, 'namespaces="git,gaterun-receipt"'))
    world.file(WHOLE.entries[7], VALID, "receipt.trusted", "valid", "this role beside another")
    world.trust(ledger.signer_line(ONE.public, 'namespaces="git"') + ledger.signer_line(ONE.public))
    world.file(WHOLE.entries[7], VALID, "receipt.trusted", "valid", "another role in a line before")


@case(15, "the key had expired")
def expired(world):
    options = 'namespaces="gaterun-receipt",valid-before="20260301Z"'
    world.trust(ledger.signer_line(ONE.public, options))
    world.file(WHOLE.entries[7], INVALID, "receipt.signer_expired", "had expired")


@case(16, "the key was not valid yet")
def not_yet(world):
    options = 'namespaces="gaterun-receipt",valid-after="20260302Z"'
    world.trust(ledger.signer_line(ONE.public, options))
    world.file(WHOLE.entries[7], INVALID, "receipt.signer_not_yet", "not valid yet")


@case(17, "the key is revoked")
def revoked(world):
    root = ledger.root_of([ledger.leaf_of(entry) for entry in WHOLE.entries[:6]]).hex()
    world.trust(ledger.signer_line(ONE.public), f"{ONE.keyid()} 2026-03-01 compromised 6 {root}\n")
    world.file(WHOLE.entries[7], INVALID, "receipt.signer_revoked", "revokes the signer's key from entry 6 on")
    world.file(WHOLE.entries[5], VALID, "receipt.trusted", "valid", "an entry before the last good one")
    world.trust(ledger.signer_line(ONE.public), f"{ONE.keyid()} 2026-03-01 compromised 6 {'0' * 64}\n")
    world.file(WHOLE.entries[5], INVALID, "receipt.signer_revoked", "the signer's key is revoked", "of another history")
    world.trust(ledger.signer_line(ONE.public), f"{ONE.keyid()} 2026-03-01 compromised 6 {root}\n")
    shutil.rmtree(world.state)
    world.file(WHOLE.entries[5], UNDECIDED, "receipt.signer_revoked_log", "is not here", "without the log")


@case(18, "the keyid names somebody else")
def keyid_lies(world):
    world.file(edited(lambda d: None, TWO, keyid=ONE.keyid()), INVALID, "receipt.signature",
               "does not verify with key " + ONE.keyid(), "a stranger's signature under a trusted name")
    world.file(edited(lambda d: None, ONE, keyid=TWO.keyid()), INVALID, "receipt.keyid",
               "the keyid is not that of the key that signed", "a trusted signature under a stranger's name")
    world.file(edited(lambda d: None, ONE, keyid="abc"), INVALID, "receipt.envelope", "not an SSH fingerprint",
               "no fingerprint")


@case(19, "the signature or the key is odd")
def odd_points(world):
    body = ledger.canonical(WHOLE.documents[7])
    signed = ONE.sign(ledger.pae(ledger.TYPE, body))
    larger = int.from_bytes(signed[32:], "little") + ledger.L
    world.file(ledger.canonical(ledger.envelope_of(body, signed[:32] + larger.to_bytes(32, "little"), ONE.keyid())),
               INVALID, "receipt.signature", "does not verify", "S + L")
    # With a key of small order, R = the same point and S = 0 verify for one message of eight and more.
    for how, point in (("the neutral point", bytes([1]) + bytes(31)), ("a point of order 2", (2**255 - 20).to_bytes(32, "little")),
                       ("of order 4", bytes(32)), ("not canonical", (2**255 - 19 + 1).to_bytes(32, "little"))):
        signature = bytes([1]) + bytes(31) + bytes(32)
        keyid = ledger.fingerprint(point)
        document = json.loads(json.dumps(WHOLE.documents[7]))
        groups_of(document)["identity"]["logOrigin"] = f"gaterun/{ledger.REPO}/{ledger.hex_of(point)[:16]}"
        world.trust(ledger.signer_line(point))
        world.file(ledger.canonical(ledger.envelope_of(ledger.canonical(document), signature, keyid)), NO_RECEIPT,
                   None, "weak", how + ", which nobody may trust")
        world.trust(ledger.signer_line(ONE.public))
        world.file(ledger.canonical(ledger.envelope_of(ledger.canonical(document), signature, keyid)), UNDECIDED,
                   "receipt.signer_unknown", "not known here", how)


@case(20, "the file is cut short")
def cut(world):
    one = WHOLE.entries[7]
    found = judge(world, [one[:at] for at in range(2, len(one) - 1)])
    report(all(row[0] in ("invalid", "none") for row in found), "case 20: cut at each byte: never valid",
           [row for row in found if row[0] not in ("invalid", "none")][:3])
    world.file(one[: len(one) // 2], INVALID, "receipt.envelope", "the envelope", "half of it")
    world.file(b"", NO_RECEIPT, "receipt.not_one", "empty", "nothing")
    world.file(one.replace(json.loads(one)["signatures"][0]["sig"].encode(), b""), INVALID, "receipt.envelope",
               "0 bytes", "no byte of signature")
    ledger.write(world.entry(7), b"")
    world.history(INVALID, "log.entry_wrong", "the file is empty", "empty in the log")


@case(21, "it is too large or too deep")
def oversize(world):
    one = WHOLE.entries[7]
    # The same receipt, with blanks up to one byte too many: read as a file it is too large to be one.
    world.file(one + b" " * (1024 * 1024 - len(one) + 1), NO_RECEIPT, None, "1048576", "a byte more than 1 MiB")
    found = judge(world, [one + b" " * (1024 * 1024 - len(one) + 1), one + b" " * (1024 * 1024 - len(one))])
    report(found[0][:2] == ["invalid", "receipt.too_large"] and found[1][0] == "trusted",
           "case 21: 1 MiB is read, a byte more is not", found)
    deep = b'{"payload":' + b"[" * 100000 + b"]" * 100000 + b"}"
    world.file(deep, INVALID, "receipt.envelope", "the envelope", "100,000 lists")
    body = ledger.canonical(WHOLE.documents[7])
    bomb = body.replace(b'"fast"', b"[" * 200 + b"]" * 200, 1)
    world.file(ledger.seal(bomb, ONE), INVALID, "receipt.statement", "the statement", "200 lists in the statement")


@case(22, "a receipt in the middle is gone")
def dropped(world):
    os.unlink(world.entry(3))
    world.history(INVALID, "log.entry_missing", "entry 3 is missing")
    world.history(INVALID, "log.entry_missing", "entry 3 is missing", "the log, by its hashes", full=False)
    world.checkout(KEYS[3], WHOLE.entries[7])
    world.key(KEYS[3], INVALID, "receipt.not_in_log", "history lost", "another receipt of that log")
    world.checkout(KEYS[1], WHOLE.entries[3])
    world.key(KEYS[1], INVALID, "receipt.not_in_log", "entry 3 of the log is missing", "itself")


@case(23, "the tail is gone")
def tail_dropped(world):
    os.unlink(world.entry(7))
    world.history(INVALID, "log.history_lost", "a checkpoint covers 8 entries, but there are 7", "the head is larger")
    world.history(INVALID, "log.history_lost", "covers 8 entries", "the log, by its hashes", full=False)
    os.unlink(world.entry(6))
    os.unlink(world.head(8))
    world.history(INVALID, "log.history_lost", "a head of 8 entries was seen before, but there are 6", "the pin is larger")
    world.history(INVALID, "log.history_lost", "a head of 8 entries was seen before", "the log, by its hashes", full=False)


@case(24, "the tail is gone, and its head, and the pin")
def tail_and_head_dropped(world):
    world.log.entries, world.log.heads = world.log.entries[:6], {6: world.log.heads[6]}
    world.again()
    os.unlink(world.log.pin(world.state))
    code, answer = world.run("log", "verify", "--full", owner=True)
    report(code == 2 and not answer["pinned"], "case 24: without its pin nobody says that it is whole: 2", [code, answer])
    world.checkout(KEYS[3], WHOLE.entries[7])
    world.key(KEYS[3], INVALID, "receipt.not_in_log", "entry 7 of the log is missing", "the receipt in the checkout")


@case(25, "entries are reordered or renumbered")
def reordered(world):
    three, five = WHOLE.entries[3], WHOLE.entries[5]
    ledger.write(world.entry(3), five)
    ledger.write(world.entry(5), three)
    world.history(INVALID, "log.entry_wrong", "entry 3: it says that it is entry 5", "two are swapped")
    world.history(INVALID, "log.other_tree", "another history", "by its hashes", full=False)
    world.log.entries = WHOLE.entries[:3] + WHOLE.entries[5:]
    world.log.heads = {}
    world.again()
    world.history(INVALID, "log.entry_wrong", "entry 3: it says that it is entry 5", "the later ones moved down")
    # The signer itself does it, and signs a head over it.
    world.log.sign_head()
    world.again()
    world.history(INVALID, "log.entry_wrong", "entry 3: it says that it is entry 5", "and a head is signed over it")


@case(26, "an entry is inserted")
def inserted(world):
    extra = ledger.seal(ledger.start_of(ledger.groups_of_run(ONE, 9), 4, ledger.leaf_of(WHOLE.entries[3]).hex()), ONE)
    world.log.entries = WHOLE.entries[:4] + [extra] + WHOLE.entries[4:]
    world.again()
    world.history(INVALID, "log.entry_wrong", "entry 5: it says that it is entry 4")
    world.log.heads = {}
    world.log.sign_head()
    world.again()
    world.history(INVALID, "log.entry_wrong", "entry 5: it says that it is entry 4", "and a head is signed over it")


@case(27, "an entry is repeated under a new index")
def duplicated(world):
    world.log.add(WHOLE.entries[7])
    world.again()
    world.history(INVALID, "log.entry_wrong", "entry 8: it says that it is entry 7")
    world.log.sign_head()
    world.again()
    world.history(INVALID, "log.entry_wrong", "entry 8: it says that it is entry 7", "and a head is signed over it")


@case(28, "an old receipt is cited for something else")
def replayed(world):
    world.checkout(KEYS[3], WHOLE.entries[5])
    world.key(KEYS[3], INVALID, "receipt.other_run", "it is the receipt of " + KEYS[2], "for another run")
    ledger.write(world.path("repo/gaterun.yaml"), "version: 1\ngates: shipped\nrepo: other.example\n")
    world.checkout(KEYS[3], WHOLE.entries[7])
    world.key(KEYS[3], INVALID, "receipt.other_repo", "about repo 'ops.example', not 'other.example'", "for another repo")
    ledger.write(world.path("repo/gaterun.yaml"), f"version: 1\ngates: shipped\nrepo: {ledger.REPO}\n")
    # Made for another commit, pack or binding by its signer: then the start does not name it.
    for how, group, members in (("commit", "source", {"commit": "3" * 40}), ("branch", "source", {"branch": "x"}),
                                ("arguments", "inputs", {"arguments": ["verify", "all"]}),
                                ("binding", "inputs", {"bindings": [{"path": "b.yaml", "sha256": "c" * 64}]}),
                                ("policy", "policy", {"context": "ci"}), ("tool", "tool", {"version": "9"})):
        other = regrouped(lambda groups: groups[group].update(members))
        world.log.entries = WHOLE.entries[:7] + [other]
        world.log.heads = {}
        world.log.sign_head()
        world.again()
        world.checkout(KEYS[3], other)
        world.key(KEYS[3], INVALID, "receipt.not_in_log", "is not the start of this run", f"moved to another {how}")
        world.history(INVALID, "log.receipt_unpaired", "is not the start of its run", f"moved to another {how}, the log")
    other = regrouped(lambda groups: groups["inputs"]["selection"].update(packs=["core"]))
    world.file(other, INVALID, "receipt.statement", "runKey is not that of a run of 'verify.core'", "for another pack")


@case(29, "the history is forked")
def forked(world):
    other = ledger.Log(ONE)
    for minute in range(4):
        other.run(minute + 20)
    ledger.write(world.head(8), other.heads[8])
    world.history(INVALID, "log.fork", "two heads of size 8", "two heads of one size")
    other.save(world.state)
    ledger.write(world.log.pin(world.state), WHOLE.heads[8])
    world.history(INVALID, "log.fork", "two heads of size 8", "another branch with its heads")
    world.checkout(KEYS[3], WHOLE.entries[7])
    world.key(KEYS[3], INVALID, "receipt.not_in_log", "entry 7 of the log is another one", "two entries of one number")


@case(29, "the history is forked")
def forked_where_it_is_kept(world):
    """Where the log is not, by what is kept of it: two heads, and how the second grew out of the first."""
    def grown(log):
        # The first four are a whole subtree, so the proof is the root of the others (RFC 6962, 2.1.2).
        others = ledger.root_of([ledger.leaf_of(entry) for entry in log.entries[4:]])
        return f"old 4\n{ledger.text_of(others)}\n\n{log.heads[8]}"

    other = ledger.Log(ONE)
    other.entries, other.documents = WHOLE.entries[:4], WHOLE.documents[:4]
    other.run(20)
    other.run(21)
    shutil.rmtree(world.state)
    kept = world.path("repo/receipts/evidence/" + ledger.folder_of(WHOLE.origin))

    def says(how, growth, verdict, wanted):
        for size in (4, 8):
            ledger.write(f"{kept}/checkpoints/{size:08}", WHOLE.heads[size], 0o644)
        shutil.rmtree(f"{kept}/growth", ignore_errors=True)
        if growth:
            ledger.write(f"{kept}/growth/00000004-00000008", growth, 0o644)
        code, answer = world.run("verify", "--gate", "G060", "--no-receipt")
        rows = [(row["reason"], row["subject"].rsplit("/", 1)[1]) for gate in answer["gates"] for row in gate["findings"]]
        for reason, _ in rows:
            reasons.setdefault(reason, set()).add(world.number)
        report(code == verdict and rows == wanted, f"case 29: kept heads, {how}: {code}", [code, answer])

    says("and the second is shown to have grown out of the first", grown(WHOLE), 0, [])
    says("and the first is shown to have grown into another one", grown(other), 1, [("log.fork", "00000008")])
    says("and nothing leads from one to the other", None, 2, [("log.untied", "00000008")])
    says("and what should lead there does not", grown(WHOLE).replace("old 4", "old 2"), 2, [("log.untied", "00000008")])


@case(30, "another signer's entries are spliced in")
def spliced(world):
    other = ledger.Log(TWO)
    for minute in range(4):
        other.run(minute)
    ledger.write(world.entry(7), other.entries[7])
    world.history(INVALID, "log.foreign", "it is signed by " + TWO.keyid(), "one entry")
    # The same statement, rightly placed, but of another log: by the same key, for another repo.
    elsewhere = ledger.Log(ONE, "other.example")
    groups = ledger.groups_of_run(ONE, 3)
    groups["source"]["repo"] = "other.example"
    groups["identity"]["logOrigin"] = elsewhere.origin
    world.log.entries = WHOLE.entries[:6] + [ledger.seal(ledger.start_of(groups, 6, ledger.leaf_of(WHOLE.entries[5]).hex()), ONE)]
    world.log.heads = {}
    world.log.sign_head()
    world.again()
    world.history(INVALID, "log.foreign", "it is of log '" + elsewhere.origin, "one of another repo, by the same key")
    shutil.rmtree(world.log.folder(world.state))
    shutil.copytree(other_folder(world, other), world.log.folder(world.state))
    code, answer = world.run("log", "verify", "--full", owner=True)
    report(code == 2 and "belongs to another signer" in answer.get("said", ""),
           "case 30: the whole folder of another signer is not looked at: 2", [code, answer])


def other_folder(world, log):
    log.save(world.path("elsewhere"))
    return log.folder(world.path("elsewhere"))


W1, W2, W3 = ledger.Key(51), ledger.Key(52), ledger.Key(53)


def policy(world, quorum="any", witnesses=((1, W1), (2, W2)), logs=""):
    """receipts/trust/policy: one of two witnesses, unless said otherwise."""
    lines = [f"witness w{i} {ledger.vkey(f'w{i}.example', key.public, 4)}\n" for i, key in witnesses]
    names = " ".join(f"w{i}" for i, _ in witnesses)
    ledger.write(world.path("repo/receipts/trust/policy"),
                 logs + "".join(lines) + f"group g {quorum} {names}\nquorum g\n", 0o644)


# An hour after the last run of the log.
SEEN = 1772406000


def cosigned(world, line, size=8, by=(1, W1)):
    """Put a line beside the head of a size, named as that of a witness."""
    name = "%08d.%s" % (size, ledger.note_id(f"w{by[0]}.example", by[1].public, 4).hex())
    ledger.write(os.path.join(world.log.folder(world.state), "cosig", name), line)


def witness_line(note, by=(1, W1), time=SEEN):
    return ledger.cosign(note, f"w{by[0]}.example", by[1], time)


@case(31, "history is signed again after the key was stolen")
def signed_again(world):
    other = ledger.Log(ONE)
    for minute in range(4):
        other.run(minute + 20)
    policy(world)
    world.checkout(KEYS[3], WHOLE.entries[7])
    cosigned(world, witness_line(WHOLE.heads[8]))
    world.key(KEYS[3], VALID, "receipt.trusted", "valid", "not yet: the head was cosigned")
    # Whoever has the key writes all of it anew, heads and pin, and leaves what the witness said.
    key = other.documents[6]["predicate"]["identity"]["runKey"]
    for name in os.listdir(world.log.folder(world.state)):
        if name != "cosig":
            path = os.path.join(world.log.folder(world.state), name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    other.save(world.state)
    world.checkout(key, other.entries[7])
    world.key(key, INVALID, "witness.cosignature", "made for another log, size or root", "a run of the new history")
    world.key(KEYS[3], INVALID, "receipt.not_in_log", "entry 7 of the log is another one", "a run of the old one")
    shutil.rmtree(os.path.join(world.log.folder(world.state), "cosig"))
    world.key(key, UNDECIDED, "witness.quorum", "no witness of the policy has cosigned", "and what it said is taken away")
    # Or leaves the cosigned head where it is, and signs a larger one over the new history.
    other.run(50)
    world.log.entries, world.log.heads = other.entries, {8: WHOLE.heads[8], 10: other.heads[10]}
    world.again()
    cosigned(world, witness_line(WHOLE.heads[8]))
    world.key(key, INVALID, "log.other_tree", "is of another history", "and the cosigned head is left there")
    cosigned(world, witness_line(other.heads[10], by=(2, W2)), size=10, by=(2, W2))
    world.key(key, INVALID, "log.other_tree", "is of another history", "and another witness never saw it")
    world.gate("log.other_tree", "is of another history", "and the cosigned head is left there")
    world.log.entries, world.log.heads = list(WHOLE.entries), dict(WHOLE.heads)
    # The witness itself: it saw the old history, and is shown the new one, longer or shorter.
    for how, heads in (("as long", 4), ("longer", 5), ("shorter", 3)):
        shutil.rmtree(world.path("w"), ignore_errors=True)
        shutil.rmtree(world.state)
        world.log.save(world.state)
        code, answer = follow(world, "pull")
        good = code == 0 and answer["logs"][0]["state"] == "grew" and answer["logs"][0]["size"] == 8
        report(good, f"case 31: the witness sees the old history ({how})", [code, answer])
        shutil.rmtree(world.state)
        anew = ledger.Log(ONE)
        for minute in range(heads):
            anew.run(minute + 20)
        anew.save(world.state)
        code, answer = follow(world, "sign")
        row = answer["logs"][0]
        wanted = {4: "log.fork", 5: "log.other_tree", 3: "log.history_lost"}[heads]
        proofs = sorted(os.listdir(row["proof"])) if row.get("proof") else []
        kept = [open(os.path.join(row["proof"], name)).read() for name in proofs]
        good = code == 1 and row["state"] == "bad" and row["reason"] == wanted and "cosignature" not in row
        reasons.setdefault(wanted, set()).add(31)
        report(good and sorted(kept) == sorted([WHOLE.heads[8], anew.heads[2 * heads]]),
               f"case 31: shown another one, {how}: 1, {wanted}, and both heads are kept", [code, answer, proofs])


def follow(world, what):
    """`log witness` by another user, about the folder of the logs."""
    environment = dict(os.environ, HOME=world.path("w"), XDG_STATE_HOME=world.path("w/state"),
                       XDG_CONFIG_HOME=world.path("w/config"))
    done = subprocess.run([GATERUN, "log", "witness", what, os.path.join(world.state, "gaterun", "logs"), "-o", "json"],
                          env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode, {"said": (done.stdout + done.stderr).decode(errors="replace"), "logs": [{}]}


@case(32, "time is odd")
def odd_times(world):
    def at(when):
        return lambda groups: groups["time"].update(finishedAt=when)

    world.file(regrouped(at("2026-03-01T21:03:13.122Z")), INVALID, "receipt.statement", "finished before it started",
               "it ends before it starts")
    def future(groups):
        groups["time"].update(startedAt="2126-03-01T21:03:13.123Z", finishedAt="2126-03-01T21:03:14.123Z")
        groups["identity"]["runKey"] = "RUN-21260301T210313Z" + groups["identity"]["runKey"][20:]

    world.file(regrouped(future), INVALID, "receipt.future", "from the future", "it is of the future")
    # A time that is not of the future any more, but was when others saw it.
    world.checkout(KEYS[3], WHOLE.entries[7])
    policy(world)
    finished = 1772398993
    cosigned(world, witness_line(WHOLE.heads[8], time=finished - 301))
    world.key(KEYS[3], INVALID, "receipt.future", "was seen by others before", "it was there before it says that it finished")
    cosigned(world, witness_line(WHOLE.heads[8], time=finished - 299))
    world.key(KEYS[3], VALID, "receipt.trusted", "valid", "by no more than clocks differ")
    # A clock that was set back between two runs, in entries that the signer made and signed.
    log = ledger.Log(ONE)
    log.run(30)
    log.run(10)
    world.log = log
    world.again()
    world.history(INVALID, "log.time_backwards", "entry 2 is 1200 s older", "time runs backwards in the log")


@case(33, "a cosignature is not what the policy wants")
def cosignatures(world):
    head = WHOLE.heads[8]
    world.checkout(KEYS[3], WHOLE.entries[7])
    policy(world)
    world.key(KEYS[3], UNDECIDED, "witness.quorum", "no witness of the policy has cosigned", "there is none")
    cosigned(world, witness_line(head))
    world.key(KEYS[3], VALID, "receipt.trusted", "valid", "there is one")
    code, answer = world.run("receipt", "verify", KEYS[3])
    report(answer.get("witnessed", {}).get("not_after") == "2026-03-01T23:00:00.999Z",
           "case 33: and it says by when the receipt was there", [code, answer])
    text = head.split("\n\n")[0].split("\n")
    others = {
        "of another log": "\n".join([ledger.origin_of(TWO), text[1], text[2]]) + "\n\n",
        "of another size": "\n".join([text[0], "7", text[2]]) + "\n\n",
        "of another root": "\n".join([text[0], text[1], ledger.text_of(bytes(32))]) + "\n\n",
        "of an earlier head": WHOLE.heads[6],
    }
    for how, note in others.items():
        cosigned(world, witness_line(note))
        world.key(KEYS[3], INVALID, "witness.cosignature", "w1.example does not verify", how)
    cosigned(world, witness_line(head, time=0))
    world.key(KEYS[3], INVALID, "witness.timeless", "w1.example says no time", "of time 0")
    cosigned(world, witness_line(head, time=4102444800))
    world.key(KEYS[3], INVALID, "witness.future", "w1.example is from the future", "of the year 2100")
    # Lines of those whom nobody asked are passed over, whatever they say; one key has one voice.
    cosigned(world, ledger.cosign(head, "w9.example", W3, 0))
    world.key(KEYS[3], UNDECIDED, "witness.quorum", "no witness of the policy has cosigned", "by somebody else")
    cosigned(world, witness_line(head))
    cosigned(world, ledger.cosign(head, "w9.example", W3, 0), by=(9, W3))
    world.key(KEYS[3], VALID, "receipt.trusted", "valid", "by somebody else too")
    policy(world, "all")
    cosigned(world, witness_line(head) + witness_line(head, time=SEEN + 60))
    cosigned(world, witness_line(head), by=(2, W2))
    world.key(KEYS[3], UNDECIDED, "witness.quorum", "1 witness of the policy cosigned", "twice by one key")
    cosigned(world, witness_line(head, by=(2, W2)), by=(2, W2))
    world.key(KEYS[3], VALID, "receipt.trusted", "valid", "by both")
    # The log's own key is nobody's witness.
    policy(world, witnesses=((1, ONE),))
    world.key(KEYS[3], INVALID, "witness.own_key", "has the key of the log itself", "by the log's own key")
    policy(world, logs=f"log {ledger.vkey(ledger.origin_of(TWO), TWO.public)}\n")
    world.key(KEYS[3], INVALID, "witness.log_unlisted", "does not list the log", "of a log that is not listed")
    policy(world, logs=f"log {ledger.vkey(WHOLE.origin, ONE.public)}\n")
    world.key(KEYS[3], VALID, "receipt.trusted", "valid", "of one that is")
    for how, spoilt in {
        "the key of a log": f"log {ledger.vkey(WHOLE.origin, ONE.public)}\n"
                            f"witness w {ledger.vkey('w.example', ONE.public, 4)}\nquorum w\n",
        "one key twice": f"witness a {ledger.vkey('a.example', W1.public, 4)}\n"
                         f"witness b {ledger.vkey('b.example', W1.public, 4)}\ngroup g 2 a b\nquorum g\n",
    }.items():
        ledger.write(world.path("repo/receipts/trust/policy"), spoilt, 0o644)
        code, answer = world.run("receipt", "verify", KEYS[3])
        problem = answer.get("problems", [{}])[0]
        report(code == 65 and problem.get("line") == 2 and "the key is that of the" in problem.get("message", ""),
               f"case 33: a policy with {how} for a witness: 65, with its line", [code, answer])


missing(34, "token of a time stamp authority for other data, or by an expired chain", "tokens are not built yet")


@case(35, "texts are odd")
def odd_texts(world):
    def gate(word):
        return lambda groups: groups["results"][0].update(id=word)

    for how, word in (("a homoglyph", "G00\u0406"), ("a full-width letter", "\uff270001"), ("right to left", "\u202eG001"),
                      ("combining", "G001\u0301"), ("a blank", "G001 ")):
        world.file(regrouped(gate(word)), INVALID, "receipt.statement", "an id like G020" if word[0] != "\u202e" else "",
                   f"{how} in the name of a gate")
    body = ledger.canonical(WHOLE.documents[7])
    for how, raw in (("a lone surrogate", b"\\ud800"), ("an escaped NUL", b"\\u0000"), ("bytes that are no UTF-8", b"\xff"),
                     ("an overlong form", b"\xc0\xaf"), ("a raw control character", b"\x01")):
        world.file(ledger.seal(body.replace(b'"main"', b'"ma' + raw + b'"', 1), ONE), INVALID, "receipt.statement",
                   "the statement", how)
    for how, text in (("RTL override", "\u202e"), ("an escape", "\x1b"), ("a line separator", "\u2028"),
                      ("a zero-width space", "\u200b")):
        world.file(regrouped(lambda groups: groups["source"].update(branch="ma" + text)), INVALID, "receipt.statement",
                   "control characters", f"{how} in a text")
    # One word in two spellings is two words: what names things must be the same bytes.
    ledger.write(world.path("repo/gaterun.yaml"), "version: 1\ngates: shipped\nrepo: ops.\u00e9\n")
    for how, name, status, reason, text in (("composed", "ops.\u00e9", VALID, "receipt.trusted", "valid"),
                                            ("not composed", "ops.e\u0301", INVALID, "receipt.other_repo", "is about repo")):
        log = ledger.Log(ONE, name)
        start = log.start(3, source={"repo": name}, identity={"logOrigin": log.origin})
        log.receipt(start)
        log.sign_head()
        log.save(world.state)
        world.checkout(start["predicate"]["identity"]["runKey"], log.entries[1])
        world.key(start["predicate"]["identity"]["runKey"], status, reason, text, f"a repo's name, {how}")


@case(36, "numbers are odd")
def odd_numbers(world):
    body = ledger.canonical(WHOLE.documents[7])
    for spelt in ("1e3", "1.0", "-0", "9007199254740992", "9223372036854775808", "012", "+12", "12.0", "0x0c", '"12"',
                  "-1", "1e400", "NaN", "true", "null"):
        spoilt = body.replace(b'"durationMs":12', b'"durationMs":' + spelt.encode(), 1)
        world.file(ledger.seal(spoilt, ONE), INVALID, "receipt.statement", "", spelt)


@case(37, "the run key is odd")
def odd_keys(world):
    good = KEYS[3]
    for how, word in (("upwards", "../" + good), ("a slash", good.replace("verify.fast", "verify/fast")),
                      ("upper case", good.upper()), ("overlong", good.replace("fast", "fast" * 20)),
                      ("a letter that base32 lacks", good[:-1] + "u"), ("empty", "")):
        world.file(regrouped(lambda groups: groups["identity"].update(runKey=word)), INVALID, "receipt.statement",
                   "runKey", f"{how}, signed")
    for how, word in (("upwards", "../" + good), ("a slash", good.replace("verify.fast", "verify/fast"))):
        code, answer = world.run("receipt", "verify", word)
        report(code == 65, f"case 37: {how}, as a name: it is no path into anything", [code, answer])
    # Of the right shape, but not what follows from the start.
    other = good[:-20] + "0" * 20
    start = json.loads(json.dumps(WHOLE.documents[6]))
    start["predicate"]["identity"]["runKey"] = other
    world.log.entries = WHOLE.entries[:6] + [ledger.seal(start, ONE)]
    world.log.heads = {}
    world.log.sign_head()
    world.again()
    world.history(INVALID, "log.entry_wrong", "runKey does not follow from the start", "not derived, in its start")
    world.log.entries = WHOLE.entries[:7] + [regrouped(lambda groups: groups["identity"].update(runKey=other))]
    world.log.heads = {}
    world.log.sign_head()
    world.again()
    world.history(INVALID, "log.receipt_unpaired", "is not the start of its run", "not derived, in its receipt")


@case(38, "an entry is no regular file")
def no_regular_file(world):
    path = world.entry(3)

    def link():
        ledger.write(world.path("kept"), WHOLE.entries[3])
        os.symlink(world.path("kept"), path)

    for how, text, make in (("a symbolic link", "is a symbolic link", link), ("a FIFO", "is not a regular file", lambda: os.mkfifo(path)),
                            ("a directory", "", lambda: os.mkdir(path))):
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        make()
        world.history(INVALID, "log.entry_wrong", "entry 3 cannot be read", how)
        world.history(INVALID, "log.entry_wrong", "entry 3 cannot be read", how + ", by its hashes", full=False)
    os.rmdir(path)
    os.link(world.entry(5), path)
    world.history(INVALID, "log.entry_wrong", "entry 3: it says that it is entry 5", "a hard link to another")
    os.unlink(path)
    ledger.write(path, WHOLE.entries[3])
    os.rename(world.head(4), world.path("head"))
    os.symlink(world.path("head"), world.head(4))
    world.history(INVALID, "log.checkpoint_wrong", "symbolic link", "a head that is a link")
    world.file(WHOLE.entries[7], VALID, "receipt.trusted", "valid", "a receipt beside it")
    os.mkfifo(world.path("fifo.json"))
    code, answer = world.run("receipt", "verify", world.path("fifo.json"))
    report(code == 65, "case 38: a FIFO in place of a file: it does not hang", [code, answer])


@case(39, "starts and receipts do not belong together")
def unpaired(world):
    def with_tail(make):
        world.log.entries, world.log.documents, world.log.heads = list(WHOLE.entries), list(WHOLE.documents), {}
        make(world.log)
        world.log.sign_head()
        world.again()

    with_tail(lambda log: log.start(9))
    code, answer = world.run("log", "verify", "--full", owner=True)
    report(code == 0 and answer["unfinished"] == 1, "case 39: a start without a receipt is reported", [code, answer])
    with_tail(lambda log: log.receipt(log.documents[6]))
    world.history(INVALID, "log.receipt_twice", "entry 8 is a second receipt of", "two receipts of one start")
    with_tail(lambda log: log.receipt(log.documents[6], change=lambda groups: groups["identity"].update(startSeq=4)))
    world.history(INVALID, "log.receipt_unpaired", "entry 4 is not the start of its run", "a receipt that names another start")
    with_tail(lambda log: log.receipt(log.documents[6], change=lambda groups: groups["identity"].update(startLeaf="0" * 64)))
    world.history(INVALID, "log.receipt_unpaired", "entry 6 is not the start", "another leaf of its start")
    with_tail(lambda log: log.receipt(log.documents[6], change=lambda groups: groups["identity"].update(startSeq=7)))
    world.history(INVALID, "log.receipt_unpaired", "entry 7 is not the start", "a receipt that names a receipt")
    with_tail(lambda log: log.receipt(log.documents[6], change=lambda groups: groups["identity"].update(nonce="f" * 32)))
    world.history(INVALID, "log.receipt_unpaired", "entry 6 is not the start", "another nonce")
    world.file(regrouped(lambda groups: groups["identity"].update(startSeq=7)), INVALID, "receipt.statement",
               "startSeq 7 is not before seq 7", "it names itself")


@case(40, "counts and lists do not agree")
def counted_wrong(world):
    def totals(**members):
        return lambda groups: groups["totals"].update(members)

    world.file(regrouped(totals(planned=3)), INVALID, "receipt.statement", "3 gates were planned", "a gate is missing")
    world.file(regrouped(totals(**{"pass": 1, "fail": 1})), INVALID, "receipt.statement", "the totals are not those",
               "totals of another run")
    failed = [ledger.gate_row("G001", "pass"), ledger.gate_row("G020", "fail")]

    def passed(groups):
        groups["results"] = failed
        groups["totals"].update({"pass": 1, "fail": 1})

    world.file(regrouped(passed), INVALID, "receipt.statement", "the exit status is 0", "a failed gate, and exit 0")
    world.file(edited(lambda d: d["predicate"].update(result="WARNED")), INVALID, "receipt.statement",
               "'predicate.result' is not PASSED", "another result")
    world.file(edited(lambda d: d["predicate"].update(passedTests=["G001"])), INVALID, "receipt.statement",
               "'predicate.passedTests' is not what follows", "a gate missing in the list")
    world.file(edited(lambda d: d["predicate"].update(passedTests=["G001", "G020", "G060"])), INVALID,
               "receipt.statement", "'predicate.passedTests' is not what follows", "a gate that did not run")
    world.file(regrouped(lambda groups: groups["results"].append(ledger.gate_row("G001", "pass"))), INVALID,
               "receipt.statement", "gate G001 has two results", "a gate twice")
    log = ledger.Log(ONE)
    log.run(3, results=failed)
    document = json.loads(json.dumps(log.documents[1]).replace("FAILED", "PASSED").replace('"fail"', '"pass"'))
    world.file(ledger.seal(ledger.follow(groups_of(document)), TWO, keyid=ONE.keyid()), INVALID, "receipt.signature",
               "does not verify with key", "FAILED made PASSED, signed by a stranger")


# ---- machines and outputs: schema 2

SAID = b"up 12 days\n"
KNOWN = "".join(f"{name} ssh-ed25519 {ledger.text_of(ledger.public_wire(key.public))}\n"
                for name, key in (("gate", TWO), ("nas", THREE))).encode()


def world_run(change=None, mode="active", **changes):
    """A run that met two machines, one through the other, and was told something."""
    def all_of(groups):
        groups["targets"] = [ledger.target_row("gate", TWO, 1),
                             ledger.target_row("nas", THREE, 2, path="jump", via="gate", address="10.0.0.2")]
        groups["results"][0]["outputs"] = [ledger.output_row(SAID)]
        if change:
            change(groups)

    log = ledger.Log(ONE)
    log.run(5, change=all_of, identity={"schema": 2}, runner=ledger.RUNNER,
            inputs={"bindings": [{"path": "bindings/known_hosts", "sha256": ledger.hex_of(KNOWN)}]},
            policy={"mode": mode}, **changes)
    return log.entries[1]


def of_target(at, **members):
    """Change one of the two; None takes a member away."""
    def change(groups):
        row = groups["targets"][at] | members
        groups["targets"][at] = {word: value for word, value in row.items() if value is not None}

    return change


@case(41, "what is kept of an output is not what the receipt says")
def outputs_kept(world):
    path = os.path.join(world.state, "gaterun", "outputs", ledger.hex_of(SAID))
    receipt = world_run()

    def counted(how, status, reason, text, **counts):
        ledger.write(world.path("handed.json"), receipt)
        found = world.run("receipt", "verify", world.path("handed.json"))
        expected = {"kept": 0, "absent": 0, "changed": 0} | counts
        world.says(how, found, status, reason, text, found[1].get("outputs") == expected)

    counted("nothing is kept, which is said and makes nothing worse", VALID, "receipt.trusted", "valid", absent=1)
    ledger.write(path, SAID)
    counted("it is kept as it was", VALID, "receipt.trusted", "valid", kept=1)
    for how, octets in (("one byte is another", b"up 13 days\n"), ("it is longer", SAID + b"x"), ("it is cut", SAID[:4]),
                        ("it is empty", b""), ("it is larger than anything that is kept", b"x" * 1000000)):
        ledger.write(path, octets)
        counted(how, INVALID, "receipt.output_changed", "outputs/" + ledger.hex_of(SAID), changed=1)
    os.unlink(path)
    os.mkfifo(path)
    counted("it is a FIFO", INVALID, "receipt.output_changed", "outputs/", changed=1)
    os.unlink(path)
    os.symlink("/dev/zero", path)
    counted("it is a link to a device", INVALID, "receipt.output_changed", "outputs/", changed=1)
    os.unlink(path)
    for how, members in (("no digest", {"sha256": "x"}), ("a stream that there is not", {"stream": "stdin"}),
                         ("a negative length", {"bytes": -1})):
        world.file(world_run(lambda groups: groups["results"][0]["outputs"][0].update(members)), INVALID,
                   "receipt.statement", "", how)
    world.file(world_run(lambda groups: groups["results"][0]["outputs"].append(ledger.output_row(b"x"))), INVALID,
               "receipt.statement", "not in order, or one twice", "two outputs of one stream")
    world.file(regrouped(lambda groups: groups["results"][0].update(outputs=[ledger.output_row(SAID)])), INVALID,
               "receipt.statement", "schema 1 has neither", "an output in a receipt of schema 1")


@case(42, "it says that it is clean, and is not")
def said_clean(world):
    for how, members in (("a difference", {"diffSha256": "c" * 64}), ("untracked files", {"untracked": 2}),
                         ("a manifest of them", {"untrackedSha256": "c" * 64})):
        world.file(regrouped(lambda groups: groups["source"].update(members)), INVALID, "receipt.statement",
                   "dirty is false, but there are changes", how)
    world.file(edited(lambda d: groups_of(d)["source"].pop("tree")), INVALID, "receipt.statement",
               "a commit needs its tree", "no tree")


@case(43, "a host key, its trust or its path is not what it should be")
def odd_machines(world):
    def statement(how, text, change, **more):
        world.file(world_run(change, **more), INVALID, "receipt.statement", text, how)

    def valid(how, change=None, **more):
        world.file(world_run(change, **more), VALID, "receipt.trusted", "valid", how)

    valid("nothing is wrong")
    for word in ("tofu", "none", "accept-new", ""):
        statement(f"trusted by '{word}'", "nothing but a pinned key counts", of_target(1, trust=word))
    statement("trusted by nothing", "nothing but a pinned key counts", of_target(1, trust=None))
    statement("pinned nowhere", "expected a line of a binding", of_target(1, pinnedBy=None))
    statement("pinned in a file that was not read", "expected a line of a binding", of_target(1, pinnedBy="hosts:2"))
    statement("no fingerprint", "no type or fingerprint", of_target(1, fingerprint=None, state="refused"))
    refused = {"state": "refused", "trust": "none", "pinnedBy": None}
    valid("a key that was refused", of_target(1, user=None, **refused))
    statement("refused, and told a user", "but its key was refused", of_target(1, **refused))
    statement("refused, and trusted", "expected none", of_target(1, state="refused", user=None))
    statement("not reached, and a key", "has a key or a user", of_target(1, state="unreached"))
    for policy, path, mode, good in (("lan_only", "lan", "passive", True), ("lan_only", "tailnet", "active", False),
                                     ("lan_first", "tailnet", "active", True), ("lan_first", "tailnet", "passive", False),
                                     ("tailscale_required", "tailnet", "active", True),
                                     ("tailscale_required", "lan", "active", False),
                                     ("lan_first", "lan", "static", False), ("whatever", "lan", "active", False),
                                     ("lan_first", "carrier", "active", False)):
        change = of_target(0, policy=policy, path=path)
        if good:
            valid(f"{policy} over {path}, {mode}", change, mode=mode)
        else:
            statement(f"{policy} over {path}, {mode}", "target gate", change, mode=mode)
    statement("through nobody", "via belongs to the path jump", of_target(1, via=None))
    statement("through itself", "to which nobody logged in", of_target(1, via="nas"))
    statement("through a machine that it did not meet", "to which nobody logged in", of_target(1, via="mill"))
    statement("through one that did not let it in", "to which nobody logged in", of_target(0, state="proven"))
    statement("out of order", "not in order", lambda groups: groups["targets"].reverse())
    statement("one twice", "not in order", lambda groups: groups["targets"].append(groups["targets"][1]))
    world.file(regrouped(lambda groups: groups.update(targets=[])), INVALID, "receipt.statement", "targets",
               "machines in a receipt of schema 1")
    document = json.loads(base64.b64decode(json.loads(world_run())["payload"]))
    document["subject"].pop()
    world.file(ledger.seal(document, ONE), INVALID, "receipt.statement", "'subject' is not what follows",
               "a machine that is no subject")
    host_keys(world)


def host_keys(world):
    """Against the known_hosts that the receipt names."""
    other = of_target(1, fingerprint=ledger.fingerprint(ONE.public))
    text = "which is not the one that bindings/known_hosts:2 pins"

    world.file(world_run(other), VALID, "receipt.trusted", "valid", "another key, but nobody has that known_hosts")
    ledger.write(world.path("repo/bindings/known_hosts"), KNOWN, 0o644)
    world.file(world_run(), VALID, "receipt.trusted", "valid", "the keys that known_hosts pins")
    world.file(world_run(other), INVALID, "receipt.host_key", text, "another key than known_hosts pins")
    world.file(world_run(of_target(1, pinnedBy="bindings/known_hosts:1")), INVALID, "receipt.host_key",
               "known_hosts:1 pins", "the line of another machine")
    git(world, "init", "-q")
    git(world, "add", ".")
    git(world, "commit", "-q", "-m", "x")
    commit = git(world, "rev-parse", "HEAD").stdout.decode().strip()
    ledger.write(world.path("repo/bindings/known_hosts"), b"", 0o644)
    named = {"source": {"commit": commit}}
    world.file(world_run(**named), VALID, "receipt.trusted", "valid", "the keys of its commit")
    world.file(world_run(other, **named), INVALID, "receipt.host_key", text, "another key than its commit pins")
    world.file(world_run(other), VALID, "receipt.trusted", "valid", "of a commit that is not here")


@case(44, "the program that ran is not known")
def unknown_program(world):
    tool = {"tool": {"sha256": "a" * 64}}

    def runners(text):
        ledger.write(world.path("repo/receipts/trust/runners"), text, 0o644)

    def file(how, status, reason, text, **changes):
        world.file(world_run(**changes), status, reason, text, how)

    file("nobody says which ones are", VALID, "receipt.trusted", "valid", **tool)
    runners("# ours\n\n" + "b" * 64 + "  gaterun-0.2 (Debian package)\n" + "a" * 64 + " *gaterun-0.3\n")
    file("it is listed", VALID, "receipt.trusted", "valid", **tool)
    file("another one", UNDECIDED, "receipt.runner_unknown", "cc, which receipts/trust/runners does not list",
         tool={"sha256": "c" * 64})
    file("it does not say which", UNDECIDED, "receipt.runner_unknown", "does not say which program")
    world.checkout(KEYS[3], WHOLE.entries[7])
    world.key(KEYS[3], UNDECIDED, "receipt.runner_unknown", "does not say which program", "one of schema 1")
    runners("")
    file("an empty list lists none", UNDECIDED, "receipt.runner_unknown", "does not list", **tool)
    for how, line in (("not a digest", "abc  gaterun"), ("upper case", "A" * 64 + "  gaterun"),
                      ("no name", "a" * 64 + "  "), ("one blank", "a" * 64 + " gaterun")):
        runners(line + "\n")
        code, answer = world.run("receipt", "verify", world.path("handed.json"))
        report(code == NO_RECEIPT and "hexadecimal digits" in json.dumps(answer),
               f"case 44: a list that cannot be read decides nothing; {how}: 65", [code, answer])


@case(45, "the change that adds the receipt also adds its signer")
def trust_in_the_change(world):
    world.trust("")
    git(world, "init", "-q")
    git(world, "add", ".")
    git(world, "commit", "-q", "-m", "x")
    world.trust(ledger.signer_line(ONE.public))
    ledger.write(world.path("handed.json"), WHOLE.entries[7])
    world.checkout(KEYS[3], WHOLE.entries[7])

    # It is valid by what stands there, and whoever asks is told that nobody committed that. What is closed
    # on a receipt does not count it (loop.trust_uncommitted, live/loops).
    def told(how, files, status=VALID, reason="receipt.trusted", text="valid"):
        for word in (world.path("handed.json"), KEYS[3]):
            found = world.run("receipt", "verify", word)
            world.says(how, found, status, reason, text, found[1].get("uncommitted_trust") == files)

    signers, lost = "receipts/trust/allowed_signers", "receipts/trust/revoked"
    told("it is said", [signers])
    git(world, "add", "receipts/trust")
    told("and when it is staged", [signers])
    git(world, "commit", "-q", "-m", "trust")
    told("once it is committed there is nothing to be said", [])
    revoked = f"{ONE.keyid()} 2026-03-01 compromised 0 -\n"
    world.trust(ledger.signer_line(ONE.public), revoked)
    git(world, "commit", "-q", "-a", "-m", "revoked")
    told("a key that is revoked", [], INVALID, "receipt.signer_revoked", "revokes the signer's key from entry 0 on")
    world.trust(ledger.signer_line(ONE.public))
    told("the change takes the revocation away", [lost])
    os.unlink(world.path("repo/" + lost))
    told("or its file", [lost])


@case(46, "a checkpoint is odd")
def odd_checkpoints(world):
    root = ledger.root_of([ledger.leaf_of(entry) for entry in WHOLE.entries])
    origin = WHOLE.origin
    whole = WHOLE.heads[8]

    def note(text):
        return text + "\n" + ledger.note_line(origin, ONE, text)

    encoded = ledger.text_of(root)
    for how, bad, text in (
        ("a leading zero", note(f"{origin}\n08\n{encoded}\n"), "size of the checkpoint"),
        ("a negative size", note(f"{origin}\n-8\n{encoded}\n"), "size of the checkpoint"),
        ("a size with a sign", note(f"{origin}\n+8\n{encoded}\n"), "size of the checkpoint"),
        ("2^63", note(f"{origin}\n9223372036854775808\n{encoded}\n"), "size of the checkpoint"),
        ("another size", note(f"{origin}\n9\n{encoded}\n"), "is of size 9"),
        ("no newline at the end", whole[:-1], "cut short"),
        ("no blank line", whole.replace("\n\n", "\n"), "no blank line"),
        ("an extension line", ledger.checkpoint(origin, 8, root, ONE, "more\n"), "extension lines"),
        ("two lines", note(f"{origin}\n8\n"), "root of the checkpoint"),
        ("another origin", ledger.checkpoint(origin + "x", 8, root, ONE), "is of log"),
        ("an origin with a blank", ledger.checkpoint(origin + " ", 8, root, ONE), "is of log"),
        ("an unknown key alone", ledger.checkpoint(origin, 8, root, TWO), "not by the log's key"),
        ("a witness alone", f"{origin}\n8\n{encoded}\n\n" + ledger.note_line("witness", TWO, "x"), "expected one signature"),
        ("no signature", f"{origin}\n8\n{encoded}\n\n", "expected one signature"),
        ("its signature twice", whole + whole.split("\n\n")[1], "expected one signature"),
        ("a short root", note(f"{origin}\n8\n{encoded[:-4]}\n"), "root of the checkpoint"),
        ("a root in hexadecimal", note(f"{origin}\n8\n{root.hex()}\n"), "root of the checkpoint"),
        ("CRLF", whole.replace("\n", "\r\n"), "not a signed note"),
    ):
        ledger.write(world.head(8), bad)
        world.history(INVALID, "log.checkpoint_wrong", text, how)
        world.history(INVALID, "log.checkpoint_wrong", text, how + ", by its hashes", full=False)
    os.rename(world.head(8), world.path("away"))
    world.history(INVALID, "log.checkpoint_missing", "checkpoint 8 is missing", "gone")
    ledger.write(world.head(8), ledger.checkpoint(origin, 8, bytes(32), ONE))
    world.history(INVALID, "log.fork", "two heads of size 8", "another root")


# 47 and 48 are live/log_faults.sh and unit/log.


@case(49, "an old state folder is restored")
def restored(world):
    later = world.log.pin(world.state)
    world.log.entries, world.log.heads = world.log.entries[:4], {2: world.log.heads[2], 4: world.log.heads[4]}
    shutil.rmtree(world.log.folder(world.state))
    world.log.save(world.state)
    ledger.write(later, WHOLE.heads[8])
    world.history(INVALID, "log.history_lost", "a head of 8 entries was seen before, but there are 4")
    code, answer = world.run("verify", "--gate", "G001", "--mode", "static", owner=True)
    kept = len(os.listdir(os.path.join(world.log.folder(world.state), "entries")))
    report(code == 73 and kept == 4, f"case 49: and nothing is appended: {code}, no receipt", [code, answer])


@case(50, "the commit is swapped for one of the same id")
def commit_swapped(world):
    # A colliding commit has the same id; the tree and the digests of what was read stay what they were.
    other = regrouped(lambda groups: groups["source"].update(tree="4" * 40))
    world.log.entries = WHOLE.entries[:7] + [other]
    world.log.heads = {}
    world.log.sign_head()
    world.again()
    world.history(INVALID, "log.receipt_unpaired", "is not the start of its run", "another tree, in the receipt")
    world.file(edited(lambda d: d["subject"][0]["digest"].update(gitTree="4" * 40)), INVALID, "receipt.statement",
               "'subject' is not what follows", "another tree, among the subjects")
    world.file(edited(lambda d: groups_of(d)["inputs"]["gates"][0].update(sha256="d" * 64)), INVALID,
               "receipt.statement", "'subject' is not what follows", "another file")


def main(make=World):
    wanted = {int(word) for word in os.environ.get("CASE", "").split()}
    built = set()
    for number, what, function in cases:
        if wanted and number not in wanted:
            continue
        if isinstance(function, str):
            print(f"# case {number}: {what}: not tested, {function}")
            continue
        built.add(number)
        try:
            world = make(number, what)
            function(world)
        except Exception as error:  # one that cannot be made is one that is not passed
            report(False, f"case {number}: {what}", repr(error))
    print(f"# {len(built - {0})} of the 50 cases are here")
    for reason in sorted(filter(None, reasons)):
        print(f"# {reason}: {' '.join(map(str, sorted(reasons[reason])))}")
    print(f"1..{tests}")


if __name__ == "__main__":
    main()
