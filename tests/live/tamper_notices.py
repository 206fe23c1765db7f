"""Tamper cases on logs that hold notices: tamper_notices.py FOLDER. As tamper.py, whose numbers these are.

Three keys followed each other: the log of key one was closed and continued by that of key two, and that by
the log of key three, who is the one that looks. The one in the middle is what is tampered with.
"""
import os
import shutil

import tamper
from tamper import INVALID, ONE, THREE, TWO, UNDECIDED, VALID, case, ledger

tamper.cases.clear()
FOUR = ledger.Key(4)


def watched():
    """The head of a log that somebody else has."""
    log = ledger.Log(ledger.Key(9))
    log.run()
    return log.head()


SEEN_HEAD = watched()


def made_chain():
    """The first log has 5 entries. The second: 0 log-open, 1 2 a run, 3 seen, 4 5 a run, 6 log-close."""
    first = ledger.Log(ONE)
    first.run(0)
    first.run(1)
    middle = first.rotate(TWO, 2)
    middle.run(3)
    middle.note(ledger.SEEN, 4, head=SEEN_HEAD)
    middle.run(5)
    last = middle.rotate(THREE, 6)
    last.run(7)
    return first, middle, last


CHAIN = made_chain()
FIRST, MIDDLE, LAST = CHAIN
KEY = MIDDLE.documents[4]["predicate"]["identity"]["runKey"]


def again(log, upto=None):
    """A copy, of the first entries alone or of all."""
    copy = ledger.Log(log.key)
    copy.entries, copy.documents = list(log.entries[:upto]), list(log.documents[:upto])
    copy.heads = {size: note for size, note in log.heads.items() if size <= len(copy.entries)}
    return copy


class Chain(tamper.World):
    def __init__(self, number, what):
        super().__init__(number, what)
        self.what = what + " in a log with notices"
        self.trust("".join(ledger.signer_line(key.public) for key in (ONE, TWO, THREE)))
        self.have(*CHAIN)
        self.owner(THREE)

    def owner(self, key):
        ledger.write(self.path("config/gaterun/signing_ed25519"), key.openssh())

    def have(self, *logs, unpinned=()):
        shutil.rmtree(self.state, ignore_errors=True)
        for log in logs:
            log.save(self.state)
        for log in unpinned:
            os.unlink(log.pin(self.state))

    def middle(self, log, pin=True):
        """The one in the middle is this one now."""
        self.log = log
        self.have(FIRST, log, LAST, unpinned=() if pin else (log,))

    def both(self, status, reason, text, how):
        """By all that is signed, and by hashes."""
        self.history(status, reason, text, how)
        self.history(status, reason, text, how + ", by its hashes", full=False)


def sound(world, how):
    for words in (["--full"], []):
        code, answer = world.run("log", "verify", *words, owner=True)
        tamper.report(code == 0 and answer["sound"], f"case {world.number}: {how} {words}", [code, answer])


@case(0, "nothing is done")
def untouched(world):
    for key, count in ((THREE, 2), (TWO, 1), (ONE, 0)):
        world.owner(key)
        code, answer = world.run("log", "verify", "--full", owner=True)
        good = code == 0 and answer["sound"] and len(answer["continues"]) == count
        tamper.report(good, f"case 0: a chain of three is sound, seen from log {count + 1}", [code, answer])
    sound(world, "and the first log alone")
    world.checkout(KEY, MIDDLE.entries[5])
    world.key(KEY, VALID, "receipt.trusted", "valid, signed by ops@example")
    world.have(LAST)
    world.owner(THREE)
    sound(world, "the last one is, where those before it are not")
    world.have(MIDDLE)
    world.owner(TWO)
    sound(world, "and one in the middle alone")


@case(24, "the tail is gone, and its head, and the pin")
def tail_dropped(world):
    world.checkout(KEY, MIDDLE.entries[5])
    for count, what in ((6, "the log-close"), (4, "a run more"), (1, "all but the log-open")):
        world.middle(again(MIDDLE, count), pin=False)
        world.owner(THREE)
        world.both(INVALID, "log.chain_broken", f"as it was with 7 entries, but that log has {count}", what)
        world.owner(TWO)
        world.both(INVALID, "log.chain_broken", "as it was with 7 entries, but it is not closed",
                   what + ", seen from the log itself")
    world.key(KEY, INVALID, "receipt.not_in_log", "entry 5 of the log is missing", "the receipt in the checkout")
    world.owner(THREE)
    shorter = again(LAST, 1)
    world.have(FIRST, MIDDLE, shorter, unpinned=(shorter,))
    code, answer = world.run("log", "verify", "--full", owner=True)
    tamper.report(code == 2 and not answer["pinned"],
                  "case 24: of the last log nobody says that it is whole without its pin: 2", [code, answer])
    world.have(FIRST, MIDDLE, LAST, unpinned=(MIDDLE,))
    sound(world, "a pin that is gone takes nothing from a log that another continues")


@case(25, "entries are reordered or renumbered")
def reordered(world):
    def swapped(left, right):
        log = again(MIDDLE)
        log.entries[left], log.entries[right] = log.entries[right], log.entries[left]
        world.middle(log)

    for left, right, what in ((3, 4, "what a witness saw and a start"), (0, 3, "the log-open and what a witness saw"),
                              (5, 6, "the log-close and a receipt")):
        swapped(left, right)
        world.history(INVALID, "log.entry_wrong", f"entry {left}: it says that it is entry {right}", what)
        world.history(INVALID, "log.other_tree", "another history", what + ", by its hashes", full=False)
    # The signer moves the log-close to before its last run, and numbers all of it anew.
    log = again(MIDDLE, 4)
    log.note(ledger.CLOSE, 5, next_vkey=ledger.vkey(LAST.origin, THREE.public))
    key = log.run(6)
    world.middle(log)
    world.both(INVALID, "log.after_close", "entry 5 stands behind entry 4, which closed the log", "a run behind the log-close")
    world.checkout(key, log.entries[6])
    world.key(key, INVALID, "log.after_close", "entry 6 stands behind entry 4, which closed the log", "that run")
    world.checkout(key, log.entries[6])
    world.file(log.entries[6], VALID, "receipt.trusted", "valid", "that run, as a file that somebody was handed")
    before = log.documents[1]["predicate"]["identity"]["runKey"]
    world.checkout(before, log.entries[2])
    world.key(before, VALID, "receipt.trusted", "valid", "a run before the log-close")


@case(26, "an entry is inserted")
def inserted(world):
    def insert(kind, text, what, full=True, **body):
        """At 3, in the right place; what follows stays as it was signed. And a head is signed over it."""
        extra = ledger.notice_of(kind, MIDDLE.origin, 3, ledger.leaf_of(MIDDLE.entries[2]).hex(), 4, **body)
        log = again(MIDDLE, 3)
        log.add(extra)
        for entry in MIDDLE.entries[3:]:
            log.add(entry)
        world.middle(log)
        world.history(INVALID, "log.entry_wrong", text, what)
        log.sign_head()
        world.middle(log)
        world.history(INVALID, "log.entry_wrong", text, what + ", and a head is signed over it")

    insert(ledger.SEEN, "entry 4: it says that it is entry 3", "what a witness saw", head=SEEN_HEAD)
    insert(ledger.OPEN, "entry 3: ", "a log-open", head=FIRST.head())
    insert(ledger.CLOSE, "entry 4: it says that it is entry 3", "a log-close",
           next_vkey=ledger.vkey(LAST.origin, THREE.public))
    # Whoever has the key signs a second log-open into its place, with all that follows.
    log = again(MIDDLE, 3)
    log.note(ledger.OPEN, 4, head=FIRST.head())
    log.run(5)
    world.middle(log)
    world.history(INVALID, "log.entry_wrong", "opened by its first entry", "a log-open, with all that follows")


@case(29, "the history is forked")
def forked(world):
    # Two log-closes: the key was replaced twice.
    other = again(MIDDLE, 6)
    twin = other.rotate(FOUR, 6)
    twin.run(7)
    world.middle(other)
    world.both(INVALID, "log.chain_broken", "names another one as the next", "closed for another log")
    ledger.write(world.log.pin(world.state), MIDDLE.heads[7])
    world.history(INVALID, "log.fork", "two heads of size 7", "and the head seen before is the other")
    world.middle(again(MIDDLE))
    ledger.write(world.head(7), other.heads[7])
    world.both(INVALID, "log.fork", "two heads of size 7", "two heads over two log-closes")
    world.have(*CHAIN, twin)
    world.both(INVALID, "log.two_successors", "both continue log '" + MIDDLE.origin, "two logs continue one")
    world.owner(TWO)
    world.both(INVALID, "log.two_successors", "both continue log '" + MIDDLE.origin, "seen from the one that they continue")
    world.owner(FOUR)
    world.both(INVALID, "log.chain_broken", "names another one as the next", "seen from the one that has no right to")
    # A log-open that names another history of the closed log.
    world.owner(THREE)
    claims = ledger.Log(THREE)
    claims.note(ledger.OPEN, 6, head=other.head())
    claims.run(7)
    world.have(FIRST, MIDDLE, claims)
    world.both(INVALID, "log.chain_broken", "as it was with 7 entries, but that log has 7, or other ones",
               "continued as what it was not")


@case(30, "another signer's entries are spliced in")
def spliced(world):
    leaf = ledger.leaf_of(MIDDLE.entries[2]).hex()

    def at_three(entry, text, what):
        log = again(MIDDLE)
        log.entries[3] = entry
        world.middle(log)
        world.history(INVALID, "log.foreign", text, what)
        log = again(MIDDLE, 3)
        log.add(entry)
        log.sign_head()
        world.middle(log)
        world.history(INVALID, "log.foreign", text, what + ", and a head is signed over it")

    seen = ledger.notice_of(ledger.SEEN, MIDDLE.origin, 3, leaf, 4, head=SEEN_HEAD)
    at_three(ledger.seal(seen, ONE), "it is signed by " + ONE.keyid(), "what another's witness saw")
    close = ledger.notice_of(ledger.CLOSE, FIRST.origin, 3, leaf, 4, next_vkey=ledger.vkey(LAST.origin, THREE.public))
    at_three(ledger.seal(close, TWO), f"it is of log '{FIRST.origin}", "the log-close of another log, by this key")
    elsewhere = ledger.Log(TWO, "other.example")
    seen = ledger.notice_of(ledger.SEEN, elsewhere.origin, 3, leaf, 4, head=SEEN_HEAD)
    at_three(ledger.seal(seen, TWO), f"it is of log '{elsewhere.origin}", "a notice about another repo, by this key")
    # Nobody closes a log but its own key.
    log = again(MIDDLE, 6)
    log.add(ledger.seal(MIDDLE.documents[6], THREE))
    log.sign_head()
    world.middle(log)
    world.history(INVALID, "log.foreign", "it is signed by " + THREE.keyid(), "closed by the key that is to continue it")


@case(31, "history is signed again after the key was stolen")
def signed_again(world):
    tamper.policy(world)
    world.checkout(KEY, MIDDLE.entries[5])

    def cosign(log, size):
        world.log = log
        tamper.cosigned(world, tamper.witness_line(MIDDLE.heads[size]), size)

    cosign(MIDDLE, 7)
    world.key(KEY, VALID, "receipt.trusted", "valid", "not yet: the head over the log-close was cosigned")
    # The thief closes the log for a key of his own.
    other = again(MIDDLE, 6)
    twin = other.rotate(FOUR, 6)
    twin.run(7)
    world.have(FIRST, other, twin)
    cosign(other, 7)
    world.key(KEY, INVALID, "witness.cosignature", "made for another log, size or root", "closed for the thief's key")
    shutil.rmtree(os.path.join(world.log.folder(world.state), "cosig"))
    world.key(KEY, UNDECIDED, "witness.quorum", "no witness of the policy has cosigned", "and what the witness said is taken away")
    # The thief goes on behind the log-close, and the witness cosigns that too.
    longer = again(MIDDLE)
    key = longer.run(8)
    world.have(FIRST, longer, LAST)
    cosign(longer, 7)
    world.log = longer
    tamper.cosigned(world, tamper.witness_line(longer.heads[9]), 9)
    world.checkout(key, longer.entries[8])
    world.key(key, INVALID, "log.after_close", "entry 8 stands behind entry 6, which closed the log", "he goes on behind the log-close")
    world.key(KEY, VALID, "receipt.trusted", "valid", "a run before it stays good")
    world.owner(THREE)
    world.both(INVALID, "log.after_close", "entry 7 stands behind entry 6", "and the log says so")
    # The witness itself, which saw the log-close.
    for how, made, wanted in (("closed for another", other, "log.fork"), ("not closed", again(MIDDLE, 6), "log.history_lost")):
        shutil.rmtree(world.path("w"), ignore_errors=True)
        world.have(MIDDLE)
        code, answer = tamper.follow(world, "pull")
        tamper.report(code == 0 and answer["logs"][0]["size"] == 7, f"case 31: the witness sees the log-close ({how})",
                      [code, answer])
        world.have(made)
        code, answer = tamper.follow(world, "sign")
        row = answer["logs"][0]
        tamper.reasons.setdefault(wanted, set()).add(31)
        tamper.report(code == 1 and row.get("reason") == wanted and "cosignature" not in row,
                      f"case 31: shown one that is {how}: 1, {wanted}", [code, answer])


tamper.main(Chain)
