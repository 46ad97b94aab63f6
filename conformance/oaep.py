"""RSAES-OAEP with SHA-256 and an empty label, as RFC 8017 writes it down: what wraps key material without OpenSSL."""

import hashlib
import os

HASH_BYTES = 32


def encrypt(spki, message):
    """Encrypts for an RSA public key in SPKI DER. Source: RFC 8017, sections 7.1.1 and B.2.1."""
    modulus, exponent = public_key(spki)
    size = (modulus.bit_length() + 7) // 8
    label_hash = hashlib.sha256(b"").digest()
    padding = bytes(size - len(message) - 2 * HASH_BYTES - 2)
    block = label_hash + padding + b"\x01" + message
    seed = os.urandom(HASH_BYTES)
    masked_block = xor(block, mask(seed, len(block)))
    masked_seed = xor(seed, mask(masked_block, HASH_BYTES))
    number = int.from_bytes(masked_seed + masked_block, "big")
    return pow(number, exponent, modulus).to_bytes(size, "big")


def mask(seed, length):
    hashes = (hashlib.sha256(seed + count.to_bytes(4, "big")).digest() for count in range(-(-length // HASH_BYTES)))
    return b"".join(hashes)[:length]


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def public_key(spki):
    """SubjectPublicKeyInfo: a sequence of the algorithm and of a bit string that holds the sequence of two integers."""
    (outer,) = elements(spki)
    _, bits = elements(outer)
    (numbers,) = elements(bits[1:])
    modulus, exponent = elements(numbers)
    return int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")


def elements(der):
    """The contents of the elements that stand one after the other."""
    found = []
    while der:
        length, start = der[1], 2
        if length & 0x80:
            start = 2 + (length & 0x7F)
            length = int.from_bytes(der[2:start], "big")
        found.append(der[start : start + length])
        der = der[start + length :]
    return found
