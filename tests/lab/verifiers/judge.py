"""What securesystemslib, and Python's base64 with OpenSSL, make of envelopes: judge.py PUBLIC-HEX KEYID.

On standard input each has its length before it, four bytes, largest first. For each a line with two digits,
first that of securesystemslib; "1": the envelope is by this key.
"""
import base64
import json
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

PUBLIC, KEYID = bytes.fromhex(sys.argv[1]), sys.argv[2]
LIBRARY_KEY = SSlibKey(KEYID, "ed25519", "ed25519", {"public": PUBLIC.hex()})
OPENSSL_KEY = Ed25519PublicKey.from_public_bytes(PUBLIC)


def securesystemslib(octets):
    Envelope.from_dict(json.loads(octets)).verify([LIBRARY_KEY], 1)


def openssl(octets):
    envelope = json.loads(octets)
    body, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)
    OPENSSL_KEY.verify(base64.b64decode(envelope["signatures"][0]["sig"]), signed)


def takes(judge, octets):
    # What cannot even be read is refused with an exception of any kind.
    try:
        judge(octets)
    except Exception:  # pylint: disable=broad-except
        return False
    return True


def main():
    while head := sys.stdin.buffer.read(4):
        octets = sys.stdin.buffer.read(struct.unpack(">I", head)[0])
        print(f"{takes(securesystemslib, octets):d}{takes(openssl, octets):d}")


main()
