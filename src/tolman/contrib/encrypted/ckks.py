"""A small network on encrypted inputs: the same computation, with representations that reveal nothing about it.

CKKS (Cheon, Kim, Kim and Song 2017) computes with approximate numbers under encryption, by sums and products alone.
Hence activations are squares, as in CryptoNets (Gilad-Bachrach et al. 2016). Needs TenSEAL:
`pip install "tolman[encrypted]"`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from tolman.contrib.encrypted.diagonals import period_of, plan_rotations, repeated
from tolman.contrib.encrypted.seal import Session
from tolman.contrib.encrypted.squares import Layers, check, evaluate_plain, fold_biases
from tolman.core.errors import UserError
from tolman.core.ranges import Checked, PositiveFloat, PositiveInt

_SMALLEST_SCALE = 28  # bits; below, noise comes near the margins of a small network's decisions
_HEADROOM = 10  # bits of the first prime above the scale: values may reach half of 2**10
_MOST_BITS = {8192: 218, 16384: 438}  # of all primes together at 128-bit security (HomomorphicEncryption.org 2018)


@dataclasses.dataclass(frozen=True)
class CKKS(Checked):
    """Parameters of the scheme at 128-bit security. The defaults serve three linear layers.

    Every linear layer and every square uses up one prime, so that `L` layers need `2 L + 1` of them.

    Keys and ciphertexts are drawn from the operating system's randomness: a run is repeated up to noise, not bit by
    bit. Claims about coefficients must therefore be about their distribution.

    Attributes:
        poly_modulus_degree: degree N of the polynomials, a power of two; a ciphertext holds N / 2 numbers.
        coeff_mod_bit_sizes: bits of the primes: the first, one per product, and the one for switching keys.
        global_scale: what numbers are multiplied by before they are rounded to integers; near the middle primes.
        reuse_randomness: a control, and a broken encryption: all inputs are encrypted with the same random numbers, so
            that until the first square, ciphertexts differ by exactly their contents. A probe that reads nothing from
            proper ciphertexts should read these; otherwise its failure says nothing about encryption.
    """

    version: ClassVar[int] = 1

    poly_modulus_degree: PositiveInt = 8192
    coeff_mod_bit_sizes: tuple[PositiveInt, ...] = (38, 28, 28, 28, 28, 28, 40)
    global_scale: PositiveFloat = 2.0**28
    reuse_randomness: bool = False

    def __post_init__(self) -> None:
        if len(self.coeff_mod_bit_sizes) < 3:
            raise UserError(f"coeff_mod_bit_sizes are {self.coeff_mod_bit_sizes}; expected at least three")
        first, *middle, special = self.coeff_mod_bit_sizes
        scale = math.log2(self.global_scale) if self.global_scale > 0 else -math.inf
        # A square multiplies the scale by itself and divides it by one of these: unequal ones let it drift away.
        if any(abs(bits - scale) > 0.5 for bits in middle):
            raise UserError(
                f"global_scale is 2^{scale:.3g}; expected 2^{middle[0]}, as the middle primes have {middle} bits"
            )
        if first <= scale or special < max(first, *middle):
            raise UserError(
                f"coeff_mod_bit_sizes are {self.coeff_mod_bit_sizes}; expected the first above the scale's "
                f"{scale:.3g}, and the last at least as large as any"
            )

    @classmethod
    def for_layers(cls, layers: int, reuse_randomness: bool = False) -> CKKS:
        """Return the fastest parameters for 1 to 6 linear layers.

        Raises:
            UserError: more layers, for which there are no parameters.
        """
        products = 2 * layers - 1
        for degree, most in _MOST_BITS.items():
            scale = min(40, (most - 2 * _HEADROOM - 2) // (products + 2))
            if scale >= _SMALLEST_SCALE:
                bits = (scale + _HEADROOM, *[scale] * products, scale + _HEADROOM + 2)
                return cls(degree, bits, 2.0**scale, reuse_randomness)
        raise UserError(f"{layers} linear layers are too deep for encryption here; expected at most 6")

    @property
    def products(self) -> int:
        """Number of successive products that a ciphertext allows."""
        return len(self.coeff_mod_bit_sizes) - 2

    @property
    def limit(self) -> float:
        """Largest magnitude of values; beyond it they wrap around when few primes are left."""
        return 2.0 ** (self.coeff_mod_bit_sizes[0] - 1) / self.global_scale


@dataclasses.dataclass(frozen=True)
class EncryptedRun:
    """The results of a network on `n` encrypted inputs, at the sites `input`, `linear1`, `square1`, `linear2`, ...

    Of each polynomial, 2P coefficients are kept, those of X^(i N / 2P), where P is the largest period at which a site's
    activations repeat over the slots. In an encoded plaintext all others are zero. They
    are read modulo the first prime q, which all levels share, as integers from -q/2 to q/2, and divided by q.

    Attributes:
        outputs: decrypted outputs `[n, o]`.
        plain_outputs: outputs of the plain network `[n, o]`.
        sites: ciphertext coefficients `[n, 4P]` in [-1/2, 1/2): first those of `c0`, then those of `c1`.
        plain_coefficients: coefficients `[n, 2P]` of the plain activations, packed and encoded at the same level and
            scale and read in the same way, but not encrypted.
        plain_slots: one period of the packed values, `[n, period]`: plain activations, the constant one, zeros.
    """

    outputs: np.ndarray
    plain_outputs: np.ndarray
    sites: dict[str, np.ndarray]
    plain_coefficients: dict[str, np.ndarray]
    plain_slots: dict[str, np.ndarray]


def evaluate_encrypted(
    ckks: CKKS, layers: Layers, inputs: np.ndarray, progress: Callable[[int], None] = lambda done: None
) -> EncryptedRun:
    """Evaluate the network of `evaluate_plain` on inputs that are encrypted one by one, under fresh keys.

    Biases are weights of a constant input of one that every layer passes on, as its square is one.

    Args:
        ckks: parameters of the scheme.
        layers: weights `[in, out]` and bias `[out]` of each linear layer, at most 16 units.
        inputs: `[n, in]`.
        progress: called with the number of inputs done.

    Raises:
        UserError: TenSEAL is missing, SEAL refuses the parameters, they allow too few products, or the network or its
            inputs do not fit.
    """
    layers = [(np.asarray(w, np.float64), np.asarray(b, np.float64)) for w, b in layers]
    inputs = np.asarray(inputs, np.float64)
    check(layers, inputs)
    plain = evaluate_plain(layers, inputs)
    _check_parameters(ckks, layers, plain)
    packed = _packed(plain)
    session, encoded = _prepared(ckks, layers)
    outputs, read, clear = [], [], []
    for i in range(len(inputs)):
        ciphertexts = _forward(session, encoded, packed["input"][i])
        outputs.append(session.decrypt(ciphertexts[-1])[: layers[-1][1].size])
        read.append(_read(session, ciphertexts, packed))
        clear.append(_read_encoded(session, ciphertexts, packed, i))
        progress(i + 1)
    return EncryptedRun(
        outputs=np.stack(outputs),
        plain_outputs=list(plain.values())[-1],
        sites=_by_site(packed, read, session.modulus),
        plain_coefficients=_by_site(packed, clear, session.modulus),
        plain_slots=packed,
    )


def _check_parameters(ckks: CKKS, layers: Layers, plain: dict[str, np.ndarray]) -> None:
    needed = 2 * len(layers) - 1
    if needed > ckks.products:
        raise UserError(
            f"{len(layers)} linear layers take {needed} successive products, and these parameters allow "
            f"{ckks.products}; use CKKS.for_layers({len(layers)})"
        )
    if plain["input"].shape[1] >= ckks.poly_modulus_degree // 2:
        raise UserError(
            f"inputs have {plain['input'].shape[1]} numbers; expected fewer than half the polynomial degree"
        )
    for site, values in plain.items():
        if (largest := np.abs(values).max()) >= ckks.limit:
            raise UserError(
                f"activations at {site} reach {largest:.3g}; expected below {ckks.limit:.3g}: scale weights"
            )


def _prepared(ckks: CKKS, layers: Layers) -> tuple[Session, list[Any]]:
    plans = [plan_rotations(matrix) for matrix in fold_biases(layers)]
    rotations = set[int]().union(*(plan.rotations for plan in plans))
    session = Session(
        ckks.poly_modulus_degree,
        ckks.coeff_mod_bit_sizes,
        ckks.global_scale,
        rotations,
        reuse=ckks.reuse_randomness,
    )
    return session, [session.encode_plan(plan, 2 * i) for i, plan in enumerate(plans)]


def _forward(session: Session, encoded: list[Any], values: np.ndarray) -> list[Any]:
    """Return the ciphertexts at all sites, in order."""
    out = [session.encrypt(values)]
    for i, plan in enumerate(encoded):
        if i:
            out.append(session.square(out[-1]))
        out.append(session.product(out[-1], plan))
    return out


def _packed(plain: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return one period of the slots' values at each site; all but the last end with a constant one."""
    *hidden, (last, outputs) = plain.items()
    rows = {site: np.hstack([values, np.ones((len(values), 1))]) for site, values in hidden} | {last: outputs}
    periods = {site: period_of(values.shape[1]) for site, values in rows.items()}
    return {site: repeated(values, periods[site], periods[site]) for site, values in rows.items()}


def _positions(session: Session, packed: dict[str, np.ndarray]) -> np.ndarray:
    """Return the powers of X that encode a vector of the largest period or of a smaller one."""
    period = max(values.shape[1] for values in packed.values())
    return np.arange(2 * period) * (session.slots // period)


def _read(session: Session, ciphertexts: list[Any], packed: dict[str, np.ndarray]) -> list[np.ndarray]:
    return [session.residues(ciphertext, _positions(session, packed)) for ciphertext in ciphertexts]


def _read_encoded(
    session: Session, ciphertexts: list[Any], packed: dict[str, np.ndarray], row: int
) -> list[np.ndarray]:
    positions = _positions(session, packed)
    pairs = zip(packed.values(), ciphertexts, strict=True)
    return [session.encoded_residues(values[row], like, positions) for values, like in pairs]


def _by_site(sites: dict[str, np.ndarray], residues: list[list[np.ndarray]], modulus: int) -> dict[str, np.ndarray]:
    stacked = np.array(residues).swapaxes(0, 1)
    centred = np.where(stacked > modulus // 2, stacked - modulus, stacked)
    return dict(zip(sites, centred / modulus, strict=True))
