"""Make perception/encoders/data/classic_mean.f32: the mean descriptor of 512 procedural pictures, seed 999.

Run from the root: python scripts/calibration.py
"""

from pathlib import Path

import cv2
import numpy as np

from streammem.perception.encoders.classic import HEIGHT, WIDTH, describe

PICTURES, SEED = 512, 999
TARGET = Path(__file__).resolve().parents[1] / "perception" / "encoders" / "data" / "classic_mean.f32"


def scene(rng: np.random.Generator) -> np.ndarray:
    """A picture with the statistics of photographs: light from above, soft 1/f texture, a few things."""
    top, bottom = rng.uniform(60, 230, 3), rng.uniform(20, 180, 3)
    ramp = np.linspace(0, 1, HEIGHT)[:, None, None]
    picture = np.broadcast_to(top * (1 - ramp) + bottom * ramp, (HEIGHT, WIDTH, 3)).copy()
    fy, fx = np.fft.fftfreq(HEIGHT)[:, None], np.fft.fftfreq(WIDTH)[None]
    spectrum = 1 / np.maximum(np.hypot(fy, fx), 1 / WIDTH)
    for channel, share in enumerate(rng.uniform(0.6, 1, 3)):
        if channel == 0:
            phase = np.exp(2j * np.pi * rng.random((HEIGHT, WIDTH)))
            texture = np.fft.ifft2(spectrum * phase).real
            texture *= rng.uniform(10, 50) / texture.std()
        picture[..., channel] += texture * share
    for _ in range(rng.integers(2, 9)):
        centre = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        size = (int(rng.integers(4, 50)), int(rng.integers(4, 40)))
        grey = rng.uniform(10, 240)
        colour = tuple(float(c) for c in np.clip(grey + rng.normal(0, 35, 3), 0, 255))
        if rng.random() < 0.5:
            cv2.ellipse(picture, centre, size, float(rng.uniform(0, 180)), 0, 360, colour, -1)
        else:
            corner = (centre[0] + size[0], centre[1] + size[1])
            cv2.rectangle(picture, centre, corner, colour, -1)
    return cv2.GaussianBlur(np.clip(picture, 0, 255).astype(np.uint8), (0, 0), 0.7)


def main() -> None:
    """Average and write."""
    rng = np.random.default_rng(SEED)
    mean = np.mean([describe(scene(rng)) for _ in range(PICTURES)], axis=0, dtype=np.float64)
    TARGET.write_bytes(mean.astype("<f4").tobytes())
    print(f"{TARGET.name}: {mean.size} numbers, norm {np.linalg.norm(mean):.3f}")


if __name__ == "__main__":
    main()
