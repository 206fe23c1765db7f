"""Stand between a program and its SSH agent: agent_stub.py SOCKET AGENT COUNT DEED

The first COUNT connections go through to AGENT. What happens to all others is the DEED: `die` (the
socket is gone), `hang` (nothing is said, ever), `rsa` (a signature by another algorithm), `other` (a
signature of something else).
"""
import os
import socket
import struct
import sys


def text(data):
    return struct.pack('>I', len(data)) + data


def read_message(peer):
    head = b''
    while len(head) < 4:
        more = peer.recv(4 - len(head))
        if not more:
            return None
        head += more
    body = b''
    while len(body) < struct.unpack('>I', head)[0]:
        more = peer.recv(65536)
        if not more:
            return None
        body += more
    return body


def forward(peer, agent):
    with socket.socket(socket.AF_UNIX) as behind:
        behind.connect(agent)
        while (request := read_message(peer)) is not None:
            behind.sendall(text(request))
            peer.sendall(text(read_message(behind)))


def answer(peer, deed):
    request = read_message(peer)
    if request is None or request[0] != 13:
        peer.sendall(text(b'\x05'))
        return
    algorithm = b'rsa-sha2-512' if deed == 'rsa' else b'ssh-ed25519'
    peer.sendall(text(b'\x0e' + text(text(algorithm) + text(b'\x07' * 64))))


def main(path, agent, count, deed):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    print('ready', flush=True)
    held = []
    for _ in range(int(count)):
        peer, _ = listener.accept()
        with peer:
            forward(peer, agent)
    if deed == 'die':
        listener.close()
        os.unlink(path)
        return
    while True:
        peer, _ = listener.accept()
        if deed == 'hang':
            held.append(peer)
        else:
            with peer:
                answer(peer, deed)


main(*sys.argv[1:])
