"""Unusual pictures and the colors that Pillow reads in them: python3 generate_odd_pictures.py, with requirements.txt.

What Pillow can't write (interlaced PNG, 16 bits, YCCK) is written here. `rgb` is what `Image.open(..).convert("RGB")` gives.
"""

import base64
import io
import json
import pathlib
import struct
import zlib

import numpy
from PIL import Image, ImageCms

FOLDER = pathlib.Path(__file__).parent
HEIGHT, WIDTH = 13, 19
y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
smooth = numpy.stack([13 * x, 19 * y, 250 - 12 * x], axis=-1).astype(numpy.uint8)
# Patches of full contrast in color: what decoders make of halved chroma shows.
patches = numpy.stack([(x // 3 + y // 4) % 2 * 255, x // 5 % 2 * 200, y // 3 % 2 * 255], axis=-1).astype(numpy.uint8)
alpha = ((x + y) % 3 * 127).astype(numpy.uint8)


def swapped_profile():
    """A profile that exchanges red and blue where it is applied: none of its numbers fits in sRGB by chance."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = bytes(12)  # without the time
    count = struct.unpack(">I", data[128:132])[0]
    at = {bytes(data[132 + 12 * i : 136 + 12 * i]): 136 + 12 * i for i in range(count)}
    red, blue = at[b"rXYZ"], at[b"bXYZ"]
    data[red : red + 8], data[blue : blue + 8] = data[blue : blue + 8], data[red : red + 8]
    return bytes(data)


PROFILE = swapped_profile()
EXIF = Image.Exif()
EXIF[0x0112] = 6  # turned by 90 degrees
pictures = {}


def add(name, data, rgb=None):
    picture = Image.open(io.BytesIO(data))
    assert rgb is not None or not picture.mode.startswith("I"), f"{name}: Pillow clips 16 bits to 8"
    pixels = numpy.asarray(picture.convert("RGB")) if rgb is None else rgb.astype(numpy.uint8)
    encode = lambda part: base64.b64encode(part).decode()
    pictures[name] = {
        "bytes": encode(data),
        "size": [pixels.shape[0], pixels.shape[1]],
        "rgb": encode(zlib.compress(pixels.tobytes(), 9)),
    }


def saved(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


# --- JPEG


def jpeg(array, mode="RGB", **options):
    picture = Image.fromarray(array) if mode in ("RGB", "L") else Image.frombytes(mode, array.shape[1::-1], array.tobytes())
    return saved(picture, "JPEG", quality=90, **{"subsampling": 0, **options})


def segments(data):
    """Marker, begin and end of each segment before the first scan."""
    at = 2
    while data[at + 1] != 0xDA:
        end = at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        yield data[at + 1], at, end
        at = end


def without(data, marker):
    for kind, begin, end in segments(data):
        if kind == marker:
            return data[:begin] + data[end:]
    raise ValueError(f"no marker {marker:02x}")


def edited(data, marker, edit):
    for kind, begin, end in segments(data):
        if kind == marker:
            part = bytearray(data[begin:end])
            edit(part)
            return data[:begin] + bytes(part) + data[end:]
    raise ValueError(f"no marker {marker:02x}")


def set_byte(position, value):
    def edit(part):
        part[position] = value

    return edit


ADOBE = bytes.fromhex("ffee000e41646f626500640000000000")
cmyk = numpy.stack([13 * x, 19 * y, 100 + 0 * x, 6 * (x + y)], axis=-1).astype(numpy.uint8)
add("JPEG, YCbCr", jpeg(smooth))
add("JPEG, grey", jpeg(smooth[..., 0].copy(), "L"))
for chroma in ("4:2:0", "4:2:2"):
    add(f"JPEG, {chroma}", jpeg(patches, subsampling=chroma))
    for name, rows, columns in [("2 wide", 13, 2), ("4 wide", 6, 4), ("one pixel", 1, 1), ("of even sides", 12, 16)]:
        add(f"JPEG, {chroma}, {name}", jpeg(patches[:rows, :columns].copy(), subsampling=chroma))


def upright_halves(part):
    part[11] = 0x12  # one block across, two down, in place of two across


tall = numpy.ascontiguousarray(patches[:12, :8].repeat(2, axis=1)[:8])
# 16 x 8 pixels in one unit of two blocks; as 8 x 16 pixels it is one unit, too.
add("JPEG, 4:4:0", edited(edited(jpeg(tall, subsampling="4:2:2"), 0xC0, upright_halves), 0xC0, lambda p: p.__setitem__(slice(5, 9), bytes([0, 16, 0, 8]))))
add("JPEG, progressive", jpeg(patches, progressive=True))
add("JPEG, progressive 4:2:0", jpeg(patches, progressive=True, subsampling="4:2:0"))
add("JPEG, restart markers", jpeg(patches, restart_marker_blocks=1))
add("JPEG, RGB by Adobe's marker", jpeg(smooth, keep_rgb=True))
add("JPEG, RGB by component ids", without(jpeg(smooth, keep_rgb=True), 0xEE))
ycc = jpeg(smooth)
add("JPEG, YCbCr by JFIF against Adobe's marker", ycc[:20] + ADOBE + ycc[20:])
add("JPEG, YCbCr by Adobe's marker", edited(without(ycc[:20] + ADOBE + ycc[20:], 0xE0), 0xEE, set_byte(15, 1)))
add("JPEG, YCbCr without markers", without(ycc, 0xE0))
add("JPEG, CMYK", jpeg(cmyk, "CMYK"))
add("JPEG, CMYK without Adobe's marker", without(jpeg(cmyk, "CMYK"), 0xEE))
add("JPEG, YCCK", edited(jpeg(cmyk, "CMYK"), 0xEE, set_byte(15, 2)))
add("JPEG, CMYK 4:2:0", jpeg(cmyk, "CMYK", subsampling=2))
add("JPEG, color profile", jpeg(smooth, icc_profile=PROFILE))
add("JPEG, orientation in EXIF", jpeg(smooth, exif=EXIF))

# --- PNG

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed_rows(samples, depth, pixel_bytes):
    """Rows of `depth` bits a sample, filtered by each of the five filters in turn."""
    rows = []
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            rows.append(row.astype(">u2").tobytes())
        elif depth == 8:
            rows.append(row.astype(numpy.uint8).tobytes())
        else:
            bits = numpy.unpackbits(row.astype(numpy.uint8)[:, None], axis=1)[:, 8 - depth :]
            rows.append(numpy.packbits(bits.ravel()).tobytes())
    result = b""
    for number, row in enumerate(rows):
        above = rows[number - 1] if number > 0 else bytes(len(row))
        kind = number % 5
        result += bytes([kind])
        for i, value in enumerate(row):
            left = row[i - pixel_bytes] if i >= pixel_bytes else 0
            corner = above[i - pixel_bytes] if i >= pixel_bytes else 0
            up = above[i]
            estimate = left + up - corner
            paeth = min((left, up, corner), key=lambda near: abs(estimate - near))
            result += bytes([(value - [0, left, up, (left + up) // 2, paeth][kind]) % 256])
    return result


def png(samples, color, depth, interlaced=False, before=(), surplus=b"", tail=b""):
    height, width = samples.shape[:2]
    pixel_bytes = max(1, SAMPLES[color] * depth // 8)
    parts = [samples[v::dv, h::dh] for h, v, dh, dv in ADAM7] if interlaced else [samples]
    raw = b"".join(packed_rows(part, depth, pixel_bytes) for part in parts if part.size > 0)
    data = zlib.compress(raw + surplus) + tail
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    middle = [chunk(b"IDAT", data[:40]), chunk(b"IDAT", b""), chunk(b"IDAT", data[40:])]
    return b"\x89PNG\r\n\x1a\n" + b"".join([chunk(b"IHDR", head), *(chunk(*pair) for pair in before), *middle, chunk(b"IEND", b"")])


def of_channels(count, depth):
    full = 2**depth - 1
    channels = [(x * 37 + y * 11 + 5 * c * x) % (full + 1) for c in range(count)]
    return numpy.stack(channels, axis=-1).astype(numpy.int64)


def deep(samples):
    """16 bits as their upper 8, which Pillow does for colors. Its own conversion of grey to RGB clips them at 255 instead."""
    grey = samples[..., :1] >> 8
    return numpy.repeat(grey, 3, axis=-1)


palette = bytes((i * 7 + c * 60) % 256 for i in range(16) for c in range(3))
PALETTE = (b"PLTE", palette)
KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)]
NAMES = {0: "grey", 2: "RGB", 3: "palette", 4: "grey and alpha", 6: "RGB and alpha"}
for color, depth in KINDS:
    samples = of_channels(SAMPLES[color], min(depth, 4) if color == 3 else depth)
    before = [PALETTE] if color == 3 else []
    for interlaced in (False, True):
        name = f"PNG, {NAMES[color]} of {depth} bits{', interlaced' if interlaced else ''}"
        add(name, png(samples, color, depth, interlaced, before), deep(samples) if (color, depth) == (0, 16) else None)
add("PNG, interlaced, 1 pixel", png(of_channels(3, 8)[:1, :1], 2, 8, True))
add("PNG, interlaced, 3 x 2 pixels", png(of_channels(3, 8)[:3, :2], 2, 8, True))
add("PNG, palette with transparency", png(of_channels(1, 4), 3, 4, before=[PALETTE, (b"tRNS", bytes([0, 255, 10]))]))
add("PNG, RGB with a transparent color", png(of_channels(3, 8), 2, 8, before=[(b"tRNS", struct.pack(">HHH", 37, 42, 47))]))
add("PNG, grey with a transparent one", png(of_channels(1, 8), 0, 8, before=[(b"tRNS", struct.pack(">H", 37))]))
add("PNG, gamma", png(of_channels(3, 8), 2, 8, before=[(b"gAMA", struct.pack(">I", 100000))]))
add("PNG, color profile", saved(Image.fromarray(smooth), "PNG", icc_profile=PROFILE))
add("PNG, orientation in EXIF", saved(Image.fromarray(smooth), "PNG", exif=EXIF))
add("PNG, a row too many", png(of_channels(3, 8), 2, 8, surplus=bytes(1 + 3 * WIDTH)))
add("PNG, bytes after the packed ones", png(of_channels(3, 8), 2, 8, tail=b"surplus"))
frames = [Image.fromarray(part) for part in (smooth, patches)]
add("PNG, animated", saved(frames[0], "PNG", save_all=True, append_images=frames[1:]))

# --- WebP

see_through = Image.fromarray(numpy.dstack([smooth, alpha]))
add("WebP, lossless", saved(Image.fromarray(patches), "WEBP", lossless=True))
add("WebP, lossy", saved(Image.fromarray(patches), "WEBP", quality=80))
add("WebP, lossless and transparent", saved(see_through, "WEBP", lossless=True, exact=True))
add("WebP, lossy and transparent", saved(see_through, "WEBP", quality=80))
add("WebP, color profile", saved(Image.fromarray(smooth), "WEBP", lossless=True, icc_profile=PROFILE))
add("WebP, orientation in EXIF", saved(Image.fromarray(smooth), "WEBP", lossless=True, exif=EXIF))
add("WebP, animated", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True))

lines = [f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in pictures.items()]
(FOLDER / "odd-pictures.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")

# --- Chroma as libjpeg enlarges it: blocks of one color, whose samples no rounding of a transform changes.

upsampled = []
for subsampling, (height, width) in [("4:2:0", (16, 16)), ("4:2:2", (8, 16))]:
    colors = numpy.random.default_rng(1).integers(0, 256, (5, 6, 3)).astype(numpy.uint8)
    blocks = colors.repeat(height, axis=0).repeat(width, axis=1)
    picture = Image.open(io.BytesIO(jpeg(blocks, subsampling=subsampling)))
    picture.draft("YCbCr", None)
    planes = numpy.asarray(picture)
    assert picture.mode == "YCbCr"
    for channel in (1, 2):
        plane = planes[..., channel]
        samples = plane[height // 2 :: height, width // 2 :: width]
        upsampled.append({
            "down": 2 if subsampling == "4:2:0" else 1,
            "samples": samples.repeat(8, axis=0).repeat(8, axis=1).tolist(),
            "plane": base64.b64encode(zlib.compress(plane.tobytes(), 9)).decode(),
        })
(FOLDER / "upsampled.json").write_text(json.dumps(upsampled, separators=(",", ":")) + "\n")
