"""Ask the program and other people's verifiers (verifiers.sh) about many receipts, heads or proofs at once: each
answers in one process. And the TAP of those who ask.
"""
import os
import struct
import subprocess

LAB = os.environ["LAB"]
LIVE = os.path.join(os.environ["BUILD"], "live")
tests = 0


class Absent(Exception):
    """A verifier that is not here, and why."""


def report(good, sentence, found=None):
    global tests
    tests += 1
    print(f"{'ok' if good else 'not ok'} {tests} - {sentence}")
    if not good:
        print("# " + repr(found)[:3000])


def skip(sentence, why):
    report(True, f"{sentence} # SKIP {why}")


def done():
    print(f"1..{tests}")


def verifier(name, path, *arguments):
    """The command of a verifier; raises Absent."""
    found = subprocess.run(["sh", os.path.join(LAB, "verifiers.sh"), name], capture_output=True, text=True, timeout=60)
    if found.returncode != 0:
        raise Absent((found.stderr.strip().splitlines() or ["verifiers: nothing was said"])[-1])
    folder = found.stdout.strip()
    os.environ["NODE_PATH"] = os.path.join(folder, "node", "node_modules")
    return [path.replace("@", folder), *arguments]


def answers(command, data):
    done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=250)
    return done.stdout.decode().splitlines()


def framed(envelopes):
    return b"".join(struct.pack(">I", len(one)) + one for one in envelopes)


# ---- receipts: each gives a list of (name, [does it take it?])


def by_go(envelopes, pem, _key):
    said = answers(verifier("go", "@/judge", "receipts", pem), framed(envelopes))
    return {"go-securesystemslib": [one == "1" for one in said]}


def by_python(envelopes, _pem, key):
    script = os.path.join(LAB, "verifiers", "judge.py")
    said = answers(verifier("python", "@/python/bin/python3", script, key.public.hex(), key.keyid()), framed(envelopes))
    return {"securesystemslib": [one[0] == "1" for one in said], "base64 and OpenSSL": [one[1] == "1" for one in said]}


def by_node(envelopes, pem, _key):
    said = answers(verifier("node", "node", os.path.join(LAB, "verifiers", "judge.js"), pem), framed(envelopes))
    return {"sigstore-js": [one == "1" for one in said]}


def of_receipts(envelopes, signers):
    """What the program says: verdict, reason and sentence of each."""
    said = answers([os.path.join(LIVE, "receipt_judge"), signers], framed(envelopes))
    return [line.split("\t", 2) for line in said]


# ---- heads and proofs, a line each


def of_lines(what, lines, *arguments):
    return answers([os.path.join(LIVE, "log_judge"), what, *arguments], "".join(line + "\n" for line in lines).encode())


def of_lines_by_go(what, lines, *arguments):
    return answers(verifier("go", "@/judge", what, *arguments), "".join(line + "\n" for line in lines).encode())
