"""How far apart two colours are, also to eyes that see fewer of them. The method of the colour conventions.

Contrast is that of WCAG 2. Colour vision is simulated after Machado, Oliveira and Fernandes (2009) at
severity 1, in linear light; the distance is CIE76 in CIELAB under D65.
"""

from math import dist

VISIONS = ("normal", "protan", "deutan", "tritan")

_MACHADO = {
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_D65 = (0.95047, 1.0, 1.08883)

XTERM = {
    "ansi_black": "#000000",
    "ansi_red": "#cd0000",
    "ansi_green": "#00cd00",
    "ansi_yellow": "#cdcd00",
    "ansi_blue": "#0000ee",
    "ansi_magenta": "#cd00cd",
    "ansi_cyan": "#00cdcd",
    "ansi_white": "#e5e5e5",
    "ansi_bright_black": "#7f7f7f",
    "ansi_bright_red": "#ff0000",
    "ansi_bright_green": "#00ff00",
    "ansi_bright_yellow": "#ffff00",
    "ansi_bright_blue": "#5c5cff",
    "ansi_bright_magenta": "#ff00ff",
    "ansi_bright_cyan": "#00ffff",
    "ansi_bright_white": "#ffffff",
}


def _linear(colour):
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def _times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def contrast(one, other):
    """Return the contrast of two colours, 1 to 21."""
    high, low = sorted((_times(_XYZ, _linear(colour))[1] for colour in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def difference(one, other, vision="normal"):
    """Return the distance of two colours to a kind of eyes; below 20 they are practically the same."""

    def seen(colour):
        light = _linear(colour)
        if vision in _MACHADO:
            light = [min(1, max(0, c)) for c in _times(_MACHADO[vision], light)]
        x, y, z = (
            t ** (1 / 3) if t > 216 / 24_389 else (24_389 / 27 * t + 16) / 116
            for t in (c / white for c, white in zip(_times(_XYZ, light), _D65, strict=True))
        )
        return 116 * y - 16, 500 * (x - y), 200 * (y - z)

    return dist(seen(one), seen(other))
