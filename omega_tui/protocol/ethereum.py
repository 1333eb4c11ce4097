"""The little of Ethereum that signing needs: keccak-256, addresses, typed data (EIP-712), signatures.

Pure functions of their arguments. The two native libraries are loaded at first use: loading them takes about
20 ms, and a console that only watches never signs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from omega_tui.errors import LocalProtocolError, RemoteProtocolError
from omega_tui.secret import Secret

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of secp256k1 (SEC 2, section 2.4.1): a private key is less, a low `s` is in its lower half."""

SIGNATURE_BYTES = 65
"""r (32 bytes), s (32 bytes), v (27 or 28)."""


def keccak_256(data: bytes) -> bytes:
    """Return the 32 bytes of Keccak-256 with Ethereum's padding, which is not SHA-3's."""
    return _keccak()(data)


@cache
def _keccak() -> Callable[[bytes], bytes]:
    """Return the native function: where there is a wheel of it, the one that takes a sixth of the time."""
    try:
        from sha3 import keccak_256 as native  # noqa: PLC0415  (only those who sign load it)
    except ImportError:
        from Crypto.Hash import keccak  # noqa: PLC0415  (18 ms to load)

        return lambda data: bytes(keccak.new(digest_bits=256, data=data).digest())
    return lambda data: bytes(native(data).digest())


# --- addresses


def checksum_address(address: str) -> str:
    """Return `address` in the mixed case of EIP-55.

    Raises:
        LocalProtocolError: `address` is not 0x and 40 hexadecimal digits. Their case is not checked.
    """
    digits = _address_bytes(address).hex()
    nibbles = keccak_256(digits.encode()).hex()
    mixed = (
        digit.upper() if int(nibble, 16) >= 8 else digit
        for digit, nibble in zip(digits, nibbles, strict=False)
    )
    return "0x" + "".join(mixed)


def is_address(text: str) -> bool:
    """Return whether `text` is 0x and 40 hexadecimal digits, in any case."""
    return _hex_bytes(text, 20) is not None


def is_bytes32(text: str) -> bool:
    """Return whether `text` is 0x and 64 hexadecimal digits, in any case."""
    return _hex_bytes(text, 32) is not None


# --- signatures


class SigningKey:
    """A private key, and what follows from it: worked out once, not for every order.

    Args:
        private_key: 64 hexadecimal digits, 0x or not.

    Attributes:
        address: The EIP-55 address that it controls.

    Raises:
        LocalProtocolError: It is not a private key.
    """

    def __init__(self, private_key: Secret) -> None:
        from coincurve import PrivateKey  # noqa: PLC0415  (12 ms to load: only those who sign pay)

        self._key = PrivateKey(_key_from_hex(private_key.reveal()))
        self.address: str = _address_of_point(self._key.public_key.format(compressed=False))

    def sign(self, digest: bytes) -> str:
        """Return the signature of 32 bytes as 0x r s v: deterministic (RFC 6979), low s, v 27 or 28."""
        signature = self._key.sign_recoverable(digest, hasher=None)
        return "0x" + signature[:64].hex() + bytes((signature[64] + 27,)).hex()


def recover_address(digest: bytes, signature: str) -> str:
    """Return the EIP-55 address whose key made `signature` over `digest`.

    A signature always recovers to *some* address: compare it with the one that was to sign.

    Raises:
        RemoteProtocolError: Not 65 bytes in hexadecimal, v is not 27 or 28, s is in the upper half (the
            malleable twin of a signature, refused on chain), or no point fits.
    """
    from coincurve import PublicKey  # noqa: PLC0415  (12 ms to load: only those who sign pay)

    raw = _hex_bytes(signature, SIGNATURE_BYTES)
    if raw is None:
        raise RemoteProtocolError("a signature must be 0x and 130 hexadecimal digits")
    if raw[64] not in {27, 28}:
        raise RemoteProtocolError(f"the last byte of a signature must be 27 or 28, not {raw[64]}")
    if int.from_bytes(raw[32:64], "big") > CURVE_ORDER // 2:
        raise RemoteProtocolError("the signature's s is in the upper half of the curve's order")
    try:
        point = PublicKey.from_signature_and_message(raw[:64] + bytes((raw[64] - 27,)), digest, hasher=None)
    except ValueError as error:
        raise RemoteProtocolError("the signature belongs to no key") from error
    return _address_of_point(point.format(compressed=False))


# --- EIP-712


@dataclass(frozen=True)
class Struct:
    """A struct type of EIP-712: fields of `address`, `bool`, `bytes32`, `string`, `uintN` or another struct.

    Attributes:
        name: Of the type.
        fields: (type, name) in the order of the definition.
        nested: The struct types that fields refer to by name.
    """

    name: str
    fields: tuple[tuple[str, str], ...]
    nested: tuple["Struct", ...] = ()

    @cached_property
    def type_string(self) -> str:
        """The definition that is hashed: this type first, the nested ones after it by name."""
        inner = sorted(self.nested, key=lambda struct: struct.name)
        return self._own_string + "".join(struct.type_string for struct in inner)

    @cached_property
    def type_hash(self) -> bytes:
        """Keccak-256 of `type_string`."""
        return keccak_256(self.type_string.encode())

    def hash(self, values: Mapping[str, object]) -> bytes:
        """Return `hashStruct(values)`.

        Raises:
            LocalProtocolError: A field is missing, too many are there, or a value does not fit its type.
        """
        if values.keys() != {name for _, name in self.fields}:
            raise LocalProtocolError(f"{self.name} has other fields than {', '.join(sorted(values))}")
        encoded = b"".join(self._encode(kind, name, values[name]) for kind, name in self.fields)
        return keccak_256(self.type_hash + encoded)

    @property
    def _own_string(self) -> str:
        return f"{self.name}({','.join(f'{kind} {name}' for kind, name in self.fields)})"

    def _encode(self, kind: str, name: str, value: object) -> bytes:
        """Return the 32 bytes of `encodeData` for one field."""
        match value:
            case bool() if kind == "bool":
                return int(value).to_bytes(32, "big")
            case int() if kind.startswith("uint") and not isinstance(value, bool):
                if 0 <= value < 1 << int(kind.removeprefix("uint")):
                    return value.to_bytes(32, "big")
            case str() if kind == "string":
                return keccak_256(value.encode())
            case str() if kind == "address":
                return _address_bytes(value).rjust(32, b"\0")
            case bytes() if kind == "bytes32" and len(value) == 32:
                return value
            case Mapping():
                for struct in self.nested:
                    if struct.name == kind:
                        return struct.hash(value)
        raise LocalProtocolError(f"{self.name}.{name} does not fit {kind}: {repr(value)[:80]}")


_DOMAIN_FIELDS = (("string", "name"), ("string", "version"), ("uint256", "chainId"))
_DOMAIN = Struct("EIP712Domain", _DOMAIN_FIELDS)
_CONTRACT_DOMAIN = Struct("EIP712Domain", (*_DOMAIN_FIELDS, ("address", "verifyingContract")))


@dataclass(frozen=True, slots=True)
class Domain:
    """What a signature is for (EIP-712 `EIP712Domain`).

    Attributes:
        name: Of the application.
        version: Of its signing scheme.
        chain_id: Of the chain.
        verifying_contract: Address of the contract that checks the signature; empty where none does.
    """

    name: str
    version: str
    chain_id: int
    verifying_contract: str = ""


@lru_cache(maxsize=64)
def domain_separator(domain: Domain) -> bytes:
    """Return the 32 bytes that stand for `domain`. Remembered: a program meets a handful."""
    values: dict[str, object] = {"name": domain.name, "version": domain.version, "chainId": domain.chain_id}
    if domain.verifying_contract:
        return _CONTRACT_DOMAIN.hash(values | {"verifyingContract": domain.verifying_contract})
    return _DOMAIN.hash(values)


def typed_data_digest(domain: Domain, struct_hash: bytes) -> bytes:
    """Return the 32 bytes that are signed for a struct hash in `domain`."""
    return keccak_256(b"\x19\x01" + domain_separator(domain) + struct_hash)


# --- bytes and digits


def bytes32(text: str) -> bytes:
    """Return the 32 bytes of `text`, 0x and 64 hexadecimal digits.

    Raises:
        LocalProtocolError: It is something else.
    """
    raw = _hex_bytes(text, 32)
    if raw is None:
        raise LocalProtocolError(f"not 0x and 64 hexadecimal digits: {text[:80]!r}")
    return raw


def _key_from_hex(text: str) -> bytes:
    """Return the 32 bytes of a private key written as 64 hexadecimal digits, with or without 0x.

    Raises:
        LocalProtocolError: It is not one; the message does not repeat it.
    """
    key = _hex_bytes(text if text.startswith("0x") else f"0x{text}", 32)
    if key is None or not 0 < int.from_bytes(key, "big") < CURVE_ORDER:
        raise LocalProtocolError(
            "the private key must be 64 hexadecimal digits, of a number inside the curve's order"
        )
    return key


def _address_bytes(text: str) -> bytes:
    raw = _hex_bytes(text, 20)
    if raw is None:
        raise LocalProtocolError(f"not 0x and 40 hexadecimal digits: {text[:80]!r}")
    return raw


def _hex_bytes(text: str, length: int) -> bytes | None:
    """Return the bytes of 0x-prefixed `text` if there are exactly `length`, else None."""
    # `bytes.fromhex` skips white space, which the length alone would not show.
    if len(text) != 2 + 2 * length or not text.startswith("0x") or not text.isalnum():
        return None
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        return None


def _address_of_point(point: bytes) -> str:
    """Return the address of an uncompressed public key: the last 20 bytes of the hash of its coordinates."""
    return checksum_address("0x" + keccak_256(point[1:])[12:].hex())
