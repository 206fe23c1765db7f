"""Receipts and logs made without a line of the program: Ed25519 (RFC 8032), DSSE, in-toto statements,
RFC 6962 trees, signed notes, OpenSSH keys. Python's standard library and nothing else.

It is slow and takes no care of secrets: it is for tests. Keys, nonces and times are the same in each run.
"""
import base64
import copy
import hashlib
import json
import os
import struct

# ---- Ed25519, by the text of RFC 8032, section 5.1

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point_add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_mul(s, p):
    q = (0, 1, 1, 0)
    while s > 0:
        if s & 1:
            q = point_add(q, p)
        p = point_add(p, p)
        s >>= 1
    return q


def point_equal(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - x2) % P != 0:
        return None
    return P - x if (x & 1) != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def compress(p):
    inverse = pow(p[2], P - 2, P)
    return int.to_bytes((p[1] * inverse % P) | ((p[0] * inverse % P & 1) << 255), 32, "little")


def decompress(octets):
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def number(octets):
    return int.from_bytes(hashlib.sha512(octets).digest(), "little")


def ed25519_verify(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = decompress(public), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = number(signature[:32] + public + message) % L
    return point_equal(point_mul(s, BASE), point_add(r, point_mul(h, a)))


def text_of(octets):
    return base64.b64encode(octets).decode()


class Key:
    """A key pair from a small number."""

    def __init__(self, first):
        self.seed = bytes([first]) + bytes(31)
        digest = hashlib.sha512(self.seed).digest()
        clamped = bytearray(digest[:32])
        clamped[0] &= 248
        clamped[31] = clamped[31] & 63 | 64
        self.scalar, self.prefix = int.from_bytes(clamped, "little"), digest[32:]
        self.public = compress(point_mul(self.scalar, BASE))

    def sign(self, message):
        r = number(self.prefix + message) % L
        point = compress(point_mul(r, BASE))
        s = (r + number(point + self.public + message) * self.scalar) % L
        return point + int.to_bytes(s, 32, "little")

    def keyid(self):
        return fingerprint(self.public)

    def openssh(self):
        """A private key file without a passphrase (PROTOCOL.key)."""
        wire = public_wire(self.public)
        private = struct.pack(">II", 7, 7) + wire + string(self.seed + self.public) + string(b"test")
        private += bytes(range(1, 1 + -len(private) % 8))
        blob = b"openssh-key-v1\0" + string(b"none") + string(b"none") + string(b"") + struct.pack(">I", 1)
        body = text_of(blob + string(wire) + string(private))
        lines = [body[i : i + 70] for i in range(0, len(body), 70)]
        return "\n".join(["-----BEGIN OPENSSH PRIVATE KEY-----", *lines, "-----END OPENSSH PRIVATE KEY-----", ""])


def string(octets):
    return struct.pack(">I", len(octets)) + octets


def public_wire(public):
    return string(b"ssh-ed25519") + string(public)


def fingerprint(public):
    return "SHA256:" + text_of(hashlib.sha256(public_wire(public)).digest()).rstrip("=")


def signer_line(public, options='namespaces="gaterun-receipt"', name="ops@example"):
    return f"{name} {options} ssh-ed25519 {text_of(public_wire(public))}\n".replace("  ", " ")


# ---- DSSE

TYPE = "application/vnd.in-toto+json"


def pae(kind, body):
    return b"DSSEv1 %d %s %d " % (len(kind), kind.encode(), len(body)) + body


def envelope_of(body, signature, keyid, kind=TYPE):
    return {"payload": text_of(body), "payloadType": kind, "signatures": [{"keyid": keyid, "sig": text_of(signature)}]}


def seal(body, key, kind=TYPE, keyid=None):
    """The bytes of an envelope around a body, which is a document or bytes."""
    if not isinstance(body, bytes):
        body = canonical(body)
    return canonical(envelope_of(body, key.sign(pae(kind, body)), keyid or key.keyid(), kind)) + b"\n"


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hex_of(octets):
    return hashlib.sha256(octets).hexdigest()


# ---- RFC 6962


def leaf_of(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root_of(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:k]) + root_of(leaves[k:])).digest()


# ---- signed notes


def note_id(name, public, kind=1):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def note_line(name, key, text, kind=1):
    return f"\u2014 {name} {text_of(note_id(name, key.public, kind) + key.sign(text.encode()))}\n"


def checkpoint(origin, size, root, key, extra=""):
    text = f"{origin}\n{size}\n{text_of(root)}\n{extra}"
    return text + "\n" + note_line(origin, key, text)


def vkey(name, public, kind=1):
    return f"{name}+{note_id(name, public, kind).hex()}+{text_of(bytes([kind]) + public)}"


def cosign(note, name, key, time):
    """The line of a witness (C2SP tlog-cosignature, type 4) about the checkpoint in a note."""
    text = note.split("\n\n")[0] + "\n"
    signature = struct.pack(">Q", time) + key.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
    return f"\u2014 {name} {text_of(note_id(name, key.public, 4) + signature)}\n"


# ---- statements

REPO = "ops.example"
START = "urn:gaterun:run-start:v1"
RECEIPT = "https://in-toto.io/attestation/test-result/v0.1"
EXTENSION = "urn:gaterun:receipt:v1"
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
RUNNER = {"host": "control", "user": "ops", "uid": 1000, "machine": "d" * 64, "boot": "e" * 64,
          "clock": "synchronised", "clockSource": "tsc"}
FILES = [
    {"path": "gates/001-bindings-valid.yaml", "sha256": "b" * 64},
    {"path": "gates/020-snapshot-parity.yaml", "sha256": "a" * 64},
]


def origin_of(key, repo=REPO):
    return f"gaterun/{repo}/{hex_of(key.public)[:16]}"


def folder_of(origin):
    return hex_of(origin.encode())[:16]


def groups_of_run(key, minute=0, **changes):
    """What start and receipt of a run share, of schema 1. `changes` are top-level groups to update."""
    groups = {
        "identity": {"schema": 1, "logOrigin": origin_of(key), "nonce": "%032x" % (minute + 1)},
        "source": {"repo": REPO, "vcs": "git", "commit": "1" * 40, "tree": "2" * 40, "branch": "main"},
        "inputs": {
            "selection": {"packs": ["fast"], "gates": [], "targets": [], "staged": False},
            "gates": copy.deepcopy(FILES),
            "bindings": [],
            "arguments": ["verify", "fast"],
        },
        "policy": {"context": "local", "mode": "static", "waivers": []},
        "time": {"startedAt": "2026-03-01T21:%02d:13.123Z" % minute},
        "tool": {"version": "0.1.0", "commit": "abc", "libraries": []},
    }
    for group, members in changes.items():
        groups.setdefault(group, {}).update(members)
    return groups


def hosts(groups):
    """The subjects that machines are: the digest in a fingerprint is that of the key in wire form."""
    for row in groups.get("targets", []):
        if row["state"] in ("proven", "logged_in"):
            digest = base64.b64decode(row["fingerprint"][len("SHA256:"):] + "=").hex()
            yield {"name": "host:" + row["name"], "digest": {"sha256": digest}}


def target_row(name, key, line, **more):
    """A machine that a run logged in to; its key is in a line of known_hosts."""
    row = {"name": name, "policy": "lan_first", "state": "logged_in", "keyType": "ssh-ed25519", "user": "ops"}
    row |= {"fingerprint": fingerprint(key.public), "trust": "known_hosts", "pinnedBy": f"bindings/known_hosts:{line}"}
    row |= {"address": "192.168.1.5", "port": 22, "path": "lan"} | more
    return {word: value for word, value in row.items() if value is not None}


def output_row(octets, subject="target:nas", stream="stdout", **more):
    return {"subject": subject, "stream": stream, "sha256": hex_of(octets), "bytes": len(octets)} | more


def manifest(groups):
    files = {row["path"]: row["sha256"] for row in groups["inputs"]["gates"] + groups["inputs"]["bindings"]}
    return "".join(f"{files[path]}  {path}\n" for path in sorted(files)).encode()


def statement(kind, predicate, groups):
    subject = [{"name": "inputs.sha256", "digest": {"sha256": hex_of(manifest(groups))}}]
    if "commit" in groups["source"]:
        ids = {"gitCommit": groups["source"]["commit"], "gitTree": groups["source"]["tree"]}
        subject.insert(0, {"name": groups["source"]["repo"], "digest": ids})
    subject += hosts(groups)
    return {"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicateType": kind, "predicate": predicate}


def crockford(octets, digits):
    bits = int.from_bytes(octets, "big") >> (8 * len(octets) - 5 * digits)
    return "".join(CROCKFORD[bits >> 5 * i & 31] for i in reversed(range(digits)))


def run_key(start):
    """The name of a run, from its start without it."""
    groups = start["predicate"]
    words = groups["inputs"]["selection"]["packs"] or groups["inputs"]["selection"]["gates"]
    time = groups["time"]["startedAt"][:19].replace("-", "").replace(":", "") + "Z"
    digest = hashlib.sha256(b"gaterun-run-key-v1\0" + canonical(start)).digest()
    return f"RUN-{time}__verify.{'-'.join(words).lower()}__R{crockford(digest, 20)}"


def start_of(groups, seq, prev):
    groups = copy.deepcopy(groups)
    groups["identity"].update(seq=seq, prev=prev)
    made = statement(START, groups, groups)
    groups["identity"]["runKey"] = run_key(made)
    return made


def gate_row(gate, verdict, **more):
    row = {"id": gate, "kind": "bindings_valid", "severity": "high", "enforced": True, "verdict": verdict}
    row |= {"checked": 19, "findings": [], "startedAt": "2026-03-01T21:48:13.124Z", "durationMs": 1}
    return row | more


def receipt_of(start, start_leaf, seq, prev, results=None, change=None):
    """The receipt of a start. `change` may alter the groups before everything else follows."""
    groups = copy.deepcopy(start["predicate"])
    groups["identity"].update(seq=seq, prev=prev, startSeq=start["predicate"]["identity"]["seq"], startLeaf=start_leaf)
    groups["source"].update(dirty=False, untracked=0)
    groups["results"] = results or [gate_row("G001", "pass"), gate_row("G020", "pass")]
    verdicts = [row["verdict"] for row in groups["results"]]
    groups["totals"] = {word: verdicts.count(word) for word in ("pass", "fail", "unknown", "skip")}
    groups["totals"] |= {"planned": len(verdicts), "exit": 1 if "fail" in verdicts else 2 if "unknown" in verdicts else 0}
    groups["time"].update(durationMs=12, finishedAt=groups["time"]["startedAt"].replace(".123Z", ".135Z"))
    if change:
        change(groups)
    return follow(groups)


def follow(groups):
    """The document that follows from the groups of a receipt."""
    ids = {"pass": [], "fail": [], "unknown": [], "skip": []}
    for row in groups["results"]:
        ids[row["verdict"]].append(row["id"])
    configuration = [{"uri": f"urn:gaterun:pack:{pack}"} for pack in groups["inputs"]["selection"]["packs"]]
    files = {row["path"]: row["sha256"] for row in groups["inputs"]["gates"] + groups["inputs"]["bindings"]}
    configuration += [{"name": path, "digest": {"sha256": files[path]}} for path in sorted(files)]
    predicate = {
        "result": "FAILED" if groups["totals"]["exit"] else "WARNED" if ids["skip"] else "PASSED",
        "configuration": configuration,
        "passedTests": ids["pass"],
        "warnedTests": ids["skip"],
        "failedTests": [row["id"] for row in groups["results"] if row["verdict"] in ("fail", "unknown")],
        EXTENSION: groups,
    }
    return statement(RECEIPT, predicate, groups)


# ---- notices: what stands in a log and is not about a run

OPEN = "urn:gaterun:log-open:v1"
CLOSE = "urn:gaterun:log-close:v1"
SEEN = "urn:gaterun:seen:v1"


def notice_of(kind, origin, seq, prev, minute, head=None, next_vkey=None):
    """A notice; `head` is (origin, size, root), of OPEN and SEEN, and `next_vkey` of CLOSE."""
    predicate = {
        "identity": {"logOrigin": origin, "prev": prev, "schema": 1, "seq": seq},
        "time": {"notedAt": "2026-03-01T21:%02d:13.123Z" % minute},
    }
    if kind == CLOSE:
        predicate["next"] = {"vkey": next_vkey}
        name, file = next_vkey.split("+")[0], next_vkey + "\n"
    else:
        name, size, root = head
        predicate["head"] = {"origin": name, "root": root.hex(), "size": size}
        file = f"{name}\n{size}\n{text_of(root)}\n"
    subject = [{"name": name, "digest": {"sha256": hex_of(file.encode())}}]
    return {"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicateType": kind, "predicate": predicate}


# ---- a log in a folder


class Log:
    """The log of a key: entries in memory, written by save()."""

    def __init__(self, key, repo=REPO):
        self.key, self.origin, self.entries, self.heads = key, origin_of(key, repo), [], {}
        self.documents = []

    def prev(self):
        return leaf_of(self.entries[-1]).hex() if self.entries else ""

    def add(self, document, key=None):
        self.entries.append(document if isinstance(document, bytes) else seal(document, key or self.key))
        self.documents.append(document)
        return document

    def sign_head(self):
        root = root_of([leaf_of(entry) for entry in self.entries])
        self.heads[len(self.entries)] = checkpoint(self.origin, len(self.entries), root, self.key)

    def start(self, minute=0, **changes):
        return self.add(start_of(groups_of_run(self.key, minute, **changes), len(self.entries), self.prev()))

    def receipt(self, start, results=None, change=None):
        at = start["predicate"]["identity"]["seq"]
        leaf = leaf_of(self.entries[at]).hex()
        return self.add(receipt_of(start, leaf, len(self.entries), self.prev(), results, change))

    def run(self, minute=0, results=None, change=None, **changes):
        start = self.start(minute, **changes)
        self.receipt(start, results, change)
        self.sign_head()
        return start["predicate"]["identity"]["runKey"]

    def head(self):
        return self.origin, len(self.entries), root_of([leaf_of(entry) for entry in self.entries])

    def note(self, kind, minute, **body):
        """Append a notice, and sign a head over it."""
        self.add(notice_of(kind, self.origin, len(self.entries), self.prev(), minute, **body))
        self.sign_head()

    def rotate(self, key, minute=0):
        """Close the log, and open that of another key, which is returned."""
        after = Log(key, self.origin.split("/")[1])
        self.note(CLOSE, minute, next_vkey=vkey(after.origin, key.public))
        after.note(OPEN, minute, head=self.head())
        return after

    def folder(self, state):
        return os.path.join(state, "gaterun", "logs", folder_of(self.origin))

    def pin(self, state):
        return os.path.join(state, "gaterun", "seen", folder_of(self.origin))

    def save(self, state):
        folder = self.folder(state)
        write(os.path.join(folder, "log.vkey"), vkey(self.origin, self.key.public) + "\n")
        for seq, entry in enumerate(self.entries):
            write(os.path.join(folder, "entries", "%08d.json" % seq), entry)
        for size, note in self.heads.items():
            write(os.path.join(folder, "checkpoints", "%08d" % size), note)
        os.makedirs(os.path.join(folder, "checkpoints"), exist_ok=True)
        if self.heads:
            write(self.pin(state), self.heads[max(self.heads)])


def write(path, text, mode=0o600):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode)
