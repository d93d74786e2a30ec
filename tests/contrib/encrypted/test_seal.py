"""Ciphertexts taken apart by hand, from CKKS's definitions, with Python's exact integers and nothing of SEAL's."""

import functools

import numpy as np
import pytest

from tolman.contrib.encrypted.ckks import CKKS
from tolman.contrib.encrypted.diagonals import plan_rotations
from tolman.contrib.encrypted.seal import Session

TWO = CKKS.for_layers(2)
N = TWO.poly_modulus_degree


@functools.cache
def session():
    return Session(N, TWO.coeff_mod_bit_sizes, TWO.global_scale, (1, 2, 3))


def fourier(x, root, modulus):
    """The cyclic number-theoretic transform of integers (Python's own, so that nothing overflows)."""
    if len(x) == 1:
        return x
    even, odd = (fourier(part, root * root % modulus, modulus) for part in (x[::2], x[1::2]))
    turned = odd * np.array([pow(root, i, modulus) for i in range(len(odd))], object) % modulus
    return np.concatenate([even + turned, even - turned]) % modulus


def polynomial(stored, modulus):
    """Coefficients of a polynomial that SEAL stores as values at odd powers of a root of unity, bits reversed."""
    n = len(stored)
    roots = (pow(g, (modulus - 1) // (2 * n), modulus) for g in range(2, 100))
    root = next(r for r in roots if pow(r, n, modulus) == modulus - 1)
    root = min(pow(root, e, modulus) for e in range(1, 2 * n, 2))
    bits = n.bit_length() - 1
    order = [int(f"{i:0{bits}b}"[::-1], 2) for i in range(n)]
    inverse = pow(root, -1, modulus)
    scaled = fourier(stored[order], inverse * inverse % modulus, modulus)
    return scaled * np.array([pow(inverse, i, modulus) * pow(n, -1, modulus) for i in range(n)], object) % modulus


def ring_product(a, b, modulus):
    """The product of two polynomials modulo X^N + 1, as one product of two very long integers."""
    n = len(a)
    long = [int.from_bytes(b"".join(int(x).to_bytes(16, "little") for x in p), "little") for p in (a, b)]
    digits = (long[0] * long[1]).to_bytes(32 * n, "little")
    full = np.array([int.from_bytes(digits[i : i + 16], "little") for i in range(0, 32 * n, 16)], object)
    return (full[:n] - full[n:]) % modulus


def centred(residues, modulus):
    return np.where(residues > modulus // 2, residues - modulus, residues).astype(float)


def slots_of(coefficients):
    """Values of a polynomial at the roots exp(i pi 3^k / N): CKKS's decoding, before division by the scale."""
    n = len(coefficients)
    values = np.fft.fft(coefficients * np.exp(1j * np.pi * np.arange(n) / n))
    return values[[(1 - pow(3, k, 2 * n)) // 2 % n for k in range(n // 2)]].real


def stored(array, start, n):
    return np.array([array.at(i) for i in range(start, start + n)], object)


@functools.cache
def secret():
    key = session().secret_key.data()
    return polynomial(stored(key.dyn_array(), 0, N), session().modulus)


def decrypted_by_hand(ciphertext):
    """The encoded polynomial, noise included: c0 + c1 s."""
    both = session().residues(ciphertext, np.arange(N)).astype(object)
    return centred(
        (both[:N] + ring_product(both[N:], secret(), session().modulus)) % session().modulus, session().modulus
    )


def test_the_secret_key_is_ternary():
    assert set(np.unique(centred(secret(), session().modulus))) == {-1, 0, 1}


def test_what_is_read_are_coefficients_of_the_stored_polynomials():
    ciphertext = session().encrypt(np.array([0.5, -0.25]))
    array, read = ciphertext.dyn_array(), session().residues(ciphertext, np.arange(N))
    for which, start in enumerate((0, N * ciphertext.coeff_modulus_size())):
        expected = polynomial(stored(array, start, N), session().modulus)
        assert (read[which * N : (which + 1) * N] == expected).all()


def test_coefficients_decrypt_by_hand_at_every_site():
    matrix, x = np.array([[0.5, 1, 0], [-2, 0, 0.25], [1, 0.3, -0.7]]), np.array([0.5, -1, 1, 0])
    encrypted = session().encrypt(x)
    product = session().product(encrypted, session().encode_plan(plan_rotations(matrix), 0))
    expected = [x, np.append(x[:3] @ matrix, 0), np.append(x[:3] @ matrix, 0) ** 2]
    for ciphertext, values in zip((encrypted, product, session().square(product)), expected, strict=True):
        by_hand = slots_of(decrypted_by_hand(ciphertext)) / ciphertext.scale
        assert by_hand == pytest.approx(np.tile(values, N // 8), abs=1e-4)
        assert session().decrypt(ciphertext) == pytest.approx(by_hand, abs=1e-9)


def test_the_encoded_polynomial_is_ciphertexts_without_its_noise():
    values = np.array([0.5, -1, 2, 0.3])
    ciphertext = session().square(session().encrypt(values))
    encoded = centred(session().encoded_residues(values**2, ciphertext, np.arange(N)), session().modulus)
    assert slots_of(encoded) / ciphertext.scale == pytest.approx(np.tile(values**2, N // 8), abs=1e-9)
    kept = np.arange(8) * N // 8
    assert not np.delete(encoded, kept).any()
    assert np.count_nonzero(encoded[kept]) == 7  # X^(N/2) would make slots complex
    noise = decrypted_by_hand(ciphertext) - encoded
    assert 0 < noise.std() < 1e-4 * np.abs(encoded).max()
