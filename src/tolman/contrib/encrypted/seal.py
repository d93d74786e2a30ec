"""A CKKS session with Microsoft SEAL, through TenSEAL's bindings: keys, encryption, products, and the coefficients."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tolman.contrib.encrypted.diagonals import RotationPlan, repeated
from tolman.core.errors import UserError

GENERATOR = 3  # SEAL's: rotating by k slots is the automorphism X -> X^(3^k)


def seal() -> Any:
    """Return TenSEAL's bindings of SEAL.

    Raises:
        UserError: they are not installed.
    """
    try:
        return importlib.import_module("tenseal.sealapi")
    except ImportError as error:
        raise UserError(f'encrypted networks need TenSEAL ({error}); run: pip install "tolman[encrypted]"') from error


@dataclasses.dataclass(frozen=True)
class EncodedPlan:
    """A plan whose weights are encoded as plaintexts of one level; None where they are all zero."""

    plan: RotationPlan
    weights: list[list[Any | None]]


class Session:
    """Fresh keys and the operations under them. Randomness comes from the operating system, by SEAL's default.

    Attributes:
        slots: numbers in one ciphertext, half the degree of its polynomials.
        modulus: the first prime of the coefficient modulus, which every level has.
        secret_key: SEAL's secret key.
    """

    def __init__(
        self, degree: int, bits: Sequence[int], scale: float, rotations: Iterable[int], *, reuse: bool = False
    ) -> None:
        self._seal = api = seal()
        self._scale, self.slots = scale, degree // 2
        parameters = _parameters(api, degree, bits)
        self._context = _context(api, parameters)
        self.modulus = int(parameters.coeff_modulus()[0].value())
        keys = api.KeyGenerator(self._context)
        self.secret_key, public = keys.secret_key(), api.PublicKey()
        keys.create_public_key(public)
        self._relinearisation, self._galois = api.RelinKeys(), api.GaloisKeys()
        keys.create_relin_keys(self._relinearisation)
        keys.create_galois_keys([pow(GENERATOR, k, 2 * degree) for k in sorted(rotations)], self._galois)
        self._encoder, self._evaluator = api.CKKSEncoder(self._context), api.Evaluator(self._context)
        self._encryptor = api.Encryptor(_same_randomness(api, parameters) if reuse else self._context, public)
        self._decryptor = api.Decryptor(self._context, self.secret_key)
        self._zero = self.encrypt(np.zeros(1))

    def encrypt(self, values: np.ndarray) -> Any:
        """Return a ciphertext of `values[period]`, repeated over the slots, under the public key."""
        out = self._seal.Ciphertext()
        self._encryptor.encrypt(self._encode(values, self._context.first_parms_id(), self._scale), out)
        return out

    def decrypt(self, ciphertext: Any) -> np.ndarray:
        """Return the values of all slots, `[slots]`."""
        plain = self._seal.Plaintext()
        self._decryptor.decrypt(ciphertext, plain)
        return np.array(self._encoder.decode_double(plain))

    def residues(self, ciphertext: Any, positions: np.ndarray) -> np.ndarray:
        """Return coefficients of `c0`, then of `c1`, at these k powers of X, modulo the first prime: `[2 k]` integers.

        SEAL keeps polynomials as values at roots of unity (number-theoretic transform), so that they are transformed
        back first, and stores them as `[polynomial, prime, coefficient]`.
        """
        plain = self._seal.Ciphertext()
        self._evaluator.transform_from_ntt(ciphertext, plain)
        stored, block = plain.dyn_array(), plain.poly_modulus_degree() * plain.coeff_modulus_size()
        return np.array([stored.at(int(i)) for start in (0, block) for i in start + positions], np.int64)

    def encoded_residues(self, values: np.ndarray, like: Any, positions: np.ndarray) -> np.ndarray:
        """Return coefficients of `values` encoded like this ciphertext's but not encrypted, at k powers of X, `[k]`.

        The bindings transform only ciphertexts back. So the encoded polynomial is added to an encryption of zero, and
        read as the difference, which is exact.
        """
        zero, added = self._seal.Ciphertext(), self._seal.Ciphertext()
        self._evaluator.mod_switch_to(self._zero, like.parms_id(), zero)
        zero.scale = like.scale
        self._evaluator.add_plain(zero, self._encode(values, like.parms_id(), like.scale), added)
        difference = self.residues(added, positions) - self.residues(zero, positions)
        return difference[: len(positions)] % self.modulus

    def encode_plan(self, plan: RotationPlan, level: int) -> EncodedPlan:
        """Return weights for a product after `level` rescalings, in units of the prime that the product will drop."""
        data = self._context.first_context_data()
        for _ in range(level):
            data = data.next_context_data()
        unit = float(data.parms().coeff_modulus()[-1].value())
        weights = [[self._encode_unless_zero(w, data.parms_id(), unit) for w in group] for group in plan.weights]
        return EncodedPlan(plan, weights)

    def product(self, ciphertext: Any, encoded: EncodedPlan) -> Any:
        """Return the encrypted vector times the plan's matrix, one level down, at the same scale."""
        plan = encoded.plan
        turned = [self._rotate(ciphertext, step) for step in plan.baby]
        sums = [
            self._rotate(total, step)
            for step, weights in zip(plan.giant, encoded.weights, strict=True)
            if (total := self._weighted(turned, weights)) is not None
        ]
        out = self._sum(sums)
        for step in plan.folds:
            self._evaluator.add_inplace(out, self._rotate(out, step))
        self._evaluator.rescale_to_next_inplace(out)
        return out

    def square(self, ciphertext: Any) -> Any:
        """Return the square of every slot, relinearised to two polynomials, one level down."""
        out = self._seal.Ciphertext()
        self._evaluator.square(ciphertext, out)
        self._evaluator.relinearize_inplace(out, self._relinearisation)
        self._evaluator.rescale_to_next_inplace(out)
        return out

    def _weighted(self, turned: list[Any], weights: list[Any | None]) -> Any | None:
        terms = []
        for ciphertext, weight in zip(turned, weights, strict=True):
            if weight is not None:
                terms.append(self._seal.Ciphertext())
                self._evaluator.multiply_plain(ciphertext, weight, terms[-1])
        return self._sum(terms) if terms else None

    def _sum(self, terms: list[Any]) -> Any:
        out = self._seal.Ciphertext()
        self._evaluator.add_many(terms, out)
        return out

    def _rotate(self, ciphertext: Any, step: int) -> Any:
        if step == 0:
            return ciphertext
        out = self._seal.Ciphertext()
        self._evaluator.rotate_vector(ciphertext, step, self._galois, out)
        return out

    def _encode(self, values: np.ndarray, level: Any, scale: float) -> Any:
        plain = self._seal.Plaintext()
        self._encoder.encode(repeated(values, len(values), self.slots).tolist(), level, scale, plain)
        return plain

    def _encode_unless_zero(self, values: np.ndarray, level: Any, scale: float) -> Any | None:
        # SEAL refuses a product with zero, because its result would show that it is one.
        plain = self._encode(values, level, scale)
        return None if plain.is_zero() else plain


def _parameters(api: Any, degree: int, bits: Sequence[int]) -> Any:
    out = api.EncryptionParameters(api.SCHEME_TYPE.CKKS)
    try:
        out.set_poly_modulus_degree(degree)
        out.set_coeff_modulus(api.CoeffModulus.Create(degree, list(bits)))
    except (ValueError, RuntimeError) as error:
        raise UserError(f"SEAL knows no CKKS with degree {degree} and primes of {tuple(bits)} bits: {error}") from error
    return out


def _context(api: Any, parameters: Any) -> Any:
    context = api.SEALContext(parameters, True, api.SEC_LEVEL_TYPE.TC128)
    if not context.parameters_set():
        raise UserError(
            f"SEAL refuses these CKKS parameters at 128-bit security: {context.parameters_error_message()}; "
            "use a larger poly_modulus_degree, or fewer or smaller primes in coeff_mod_bit_sizes"
        )
    return context


def _same_randomness(api: Any, parameters: Any) -> Any:
    """Return a context in which every encryption draws the same random numbers, seeded by the operating system."""
    seed = np.random.SeedSequence().generate_state(8, np.uint64).tolist()
    reusing = api.EncryptionParameters(parameters)
    reusing.set_random_generator(api.Blake2xbPRNGFactory(seed))
    return _context(api, reusing)
