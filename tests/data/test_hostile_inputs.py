"""Hostile inputs on the whole way from opening to measuring: one sentence each, nothing lost, nothing strewn about."""

import io
import json
import os
import re
import shutil
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.cli import app as cli
from core.config import settings
from core.data import image_header
from core.data.dataset import CellDataset
from core.data.hashing import hashed
from core.data.library import open_dataset
from core.data.measures import measured
from core.data.pixels import decode_file
from core.data.split import split
from core.errors import DataError, SplitImpossible
from core.types import ByteArray

FOLDER = "training_data/fold_0/all"
NAME = "UID_9_1_1_all"  # of a subject that no other cell has
COLOUR = (200, 30, 90)
FLAT = np.full((24, 24, 3), COLOUR, dtype=np.uint8)
SENTENCE = re.compile(r"([\w.\-]+: )?Expected [^\n]+ Received: [^\n]+\.")


@pytest.fixture(autouse=True)
def _here(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def cells(drawn_folder: Path, tmp_path: Path) -> Path:
    """Six cells of four subjects in C-NMC's layout."""
    root = tmp_path / "given" / "C-NMC_Leukemia"
    for name in ("1_1_1_all", "1_1_2_all", "2_1_1_all", "H1_1_1_hem", "H1_1_2_hem", "H2_1_1_hem"):
        target = root / "training_data" / "fold_0" / name[-3:] / f"UID_{name}.bmp"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(next(drawn_folder.rglob(target.name)), target)
    return root


def explored(source: Path) -> tuple[CellDataset, pd.DataFrame]:
    """Open, hash and measure a data set, and see that nothing changes outside the workspace."""
    place = settings()
    before = outside(place.home)
    try:
        dataset = hashed(open_dataset(source, place), cache=place.cache)
        return dataset, measured(dataset, cache=place.cache)
    finally:
        assert outside(place.home) == before


def outside(workspace: Path) -> dict[str, tuple[int, int]]:
    """Size and time of all that lies beside the workspace, folders and links as well."""
    return {
        path: (os.lstat(path).st_size, os.lstat(path).st_mtime_ns)
        for place, folders, names in os.walk(workspace.parent)
        if not Path(place).is_relative_to(workspace)
        for path in [place, *(f"{place}/{name}" for name in (*folders, *names))]
        if path not in {str(workspace), str(workspace.parent)}
    }


def problems(dataset: CellDataset, measures: pd.DataFrame) -> dict[str, str]:
    """Reason by file, of all that could not be read or decoded."""
    undecodable = measures.loc[measures["problem"] != "", ["path", "problem"]]
    return {file.file: file.reason for file in dataset.unreadable} | dict(undecodable.to_numpy().tolist())


def encoded(image: ByteArray | Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    picture.save(stream, kind, **options)
    return stream.getvalue()


def opencv(suffix: str, image: np.ndarray) -> bytes:
    return cv2.imencode(suffix, image[..., ::-1] if image.ndim == 3 else image)[1].tobytes()


def stating(width: int, height: int) -> bytes:
    """A BMP whose header states another size."""
    data = bytearray(encoded(FLAT, "BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def black_png(edge: int) -> bytes:
    """A whole black square, one bit a pixel: small as a file, huge as an image."""
    packed = zlib.compress(bytes((edge // 8 + 1) * edge), 9)
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", edge, edge, 1, 0, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


NOISE = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
ANIMATED = {"save_all": True, "append_images": [Image.fromarray(255 - FLAT)]}

BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "0 bytes": (".bmp", b"", "an empty file of 0 bytes"),
    "truncated BMP": (".bmp", encoded(NOISE, "BMP")[:5000], "the file is cut off"),
    "BMP cut off in its header": (".bmp", encoded(NOISE, "BMP")[:20], "the file is cut off"),
    "truncated PNG": (".png", encoded(NOISE, "PNG")[:5000], "damaged or cut off data"),
    "truncated JPEG": (".jpg", encoded(NOISE, "JPEG", quality=95)[:3000], "damaged or cut off data"),
    "truncated TIFF": (".tif", encoded(NOISE, "TIFF", compression="tiff_lzw")[:5000], "Received: "),
    "BMP of 20,000 x 20,000": (".bmp", stating(20_000, 20_000), r"at most 50,000,000 pixels"),
    "PNG of 20,000 x 20,000": (".png", black_png(20_000), r"at most 50,000,000 pixels"),
    "BMP without width": (".bmp", stating(0, 24), "bytes of another kind"),
    "BMP of more pixels than bytes": (".bmp", stating(4000, 4000), "damaged or cut off data"),
    "text": (".png", b"a cell", "bytes of another kind"),
    "animated GIF": (".png", encoded(FLAT, "GIF", **ANIMATED), "bytes of another kind"),
    "numbers with a point": (".tif", encoded(np.full((24, 24), 0.5, dtype=np.float32), "TIFF"), "24 x 24 image"),
}


@pytest.mark.filterwarnings("ignore:.*EXIF")  # Pillow warns of a TIFF that is cut off
@pytest.mark.parametrize(("suffix", "data", "reason"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_is_listed_with_one_sentence_and_all_other_cells_are_measured(
    cells: Path, suffix: str, data: bytes, reason: str
) -> None:
    path = f"{FOLDER}/{NAME}{suffix}"
    (cells / path).write_bytes(data)
    dataset, measures = explored(cells)
    found = problems(dataset, measures)
    assert list(found) == [path]
    assert reason in found[path]
    assert SENTENCE.fullmatch(found[path])
    sound = measures[measures["problem"] == ""]
    assert len(sound) == 6
    assert sound["area"].notna().all()


def see_through(edge: int = 24) -> ByteArray:
    """The flat image; its upper half is transparent, and what lies below that is white."""
    image = np.dstack([FLAT, np.full((edge, edge), 255, dtype=np.uint8)])
    image[: edge // 2] = (255, 255, 255, 0)
    return image


DEEP = FLAT.astype(np.uint16) * 257
TWELVE = (FLAT.astype(np.uint32) * 4095 // 255).astype(np.uint16)
GOOD_FILES: dict[str, tuple[str, bytes, tuple[int, int, int], tuple[int, int, int]]] = {
    # the colours of the first and of the last pixel
    "1 x 1 BMP": (".bmp", encoded(FLAT[:1, :1], "BMP"), COLOUR, COLOUR),
    "1 x 1 PNG": (".png", encoded(FLAT[:1, :1], "PNG"), COLOUR, COLOUR),
    "BMP from the top": (".bmp", stating(24, -24), COLOUR, COLOUR),
    "CMYK JPEG": (".jpg", encoded(Image.fromarray(FLAT).convert("CMYK"), "JPEG", quality=95), COLOUR, COLOUR),
    "CMYK TIFF": (".tif", encoded(Image.fromarray(FLAT).convert("CMYK"), "TIFF"), COLOUR, COLOUR),
    "16-bit gray PNG": (".png", opencv(".png", DEEP[..., 0]), (200, 200, 200), (200, 200, 200)),
    "16-bit gray TIFF": (".tif", opencv(".tif", DEEP[..., 0]), (200, 200, 200), (200, 200, 200)),
    "16-bit PNG": (".png", opencv(".png", DEEP), COLOUR, COLOUR),
    "16-bit TIFF": (".tif", opencv(".tif", DEEP), COLOUR, COLOUR),
    "12 bits in 16": (".tif", opencv(".tif", TWELVE), COLOUR, COLOUR),
    "RGBA PNG": (".png", encoded(see_through(), "PNG"), (0, 0, 0), COLOUR),
    "RGBA TIFF": (".tif", encoded(see_through(), "TIFF"), (0, 0, 0), COLOUR),
    "palette": (
        ".png",
        encoded(Image.fromarray(FLAT).convert("P", palette=Image.Palette.ADAPTIVE), "PNG"),
        *[COLOUR] * 2,
    ),
    "animated PNG": (".png", encoded(FLAT, "PNG", **ANIMATED), COLOUR, COLOUR),
    "TIFF of two pages": (".tif", encoded(FLAT, "TIFF", **ANIMATED), COLOUR, COLOUR),
    "PNG that calls itself BMP": (".bmp", encoded(FLAT, "PNG"), COLOUR, COLOUR),
}


@pytest.mark.parametrize(("suffix", "data", "first", "last"), GOOD_FILES.values(), ids=GOOD_FILES.keys())
def test_an_unusual_but_sound_image_is_a_cell_with_the_colours_that_it_shows(
    cells: Path, suffix: str, data: bytes, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    file = cells / FOLDER / f"{NAME}{suffix}"
    file.write_bytes(data)
    dataset, measures = explored(cells)
    assert problems(dataset, measures) == {}
    assert len(measures) == 7
    (row,) = measures[measures["subject"] == "9"].to_dict("records")
    image = decode_file(file)
    assert image.shape == (row["height"], row["width"], 3)
    np.testing.assert_allclose(image[0, 0].astype(int), first, atol=2)
    np.testing.assert_allclose(image[-1, -1].astype(int), last, atol=2)


@pytest.mark.parametrize(
    "name",
    ["a cell", "it's", 'a "cell"', "клетка", "細胞", "e\u0301", "-rf", "a;b&c|d", "$HOME", "{0}%s", "a\nb", "a" * 200],
)
def test_names_with_spaces_quotes_and_other_scripts_are_names_like_any_other(tmp_path: Path, name: str) -> None:
    root = tmp_path / "given"
    for folder in (f"{name} I", f"{name} II"):
        (root / folder).mkdir(parents=True)
        (root / folder / f"{name}.png").write_bytes(encoded(NOISE, "PNG"))
    dataset, measures = explored(root)
    assert problems(dataset, measures) == {}
    assert set(measures["class_name"]) == {f"{name} I", f"{name} II"}
    assert all(dataset.file(path).name == f"{name}.png" for path in measures["path"])


def circle(root: Path) -> None:
    (root / "training_data" / "again").symlink_to(root)


def to_itself(root: Path) -> None:
    (root / FOLDER / f"{NAME}.bmp").symlink_to(f"{NAME}.bmp")


def to_each_other(root: Path) -> None:
    (root / FOLDER / f"{NAME}.bmp").symlink_to("UID_8_1_1_all.bmp")
    (root / FOLDER / "UID_8_1_1_all.bmp").symlink_to(f"{NAME}.bmp")


def to_nothing(root: Path) -> None:
    (root / FOLDER / f"{NAME}.bmp").symlink_to("gone.bmp")


@pytest.mark.parametrize(("link", "listed"), [(circle, 1), (to_itself, 1), (to_each_other, 2), (to_nothing, 1)])
def test_links_in_a_circle_are_listed_and_never_followed(
    cells: Path, link: Callable[[Path], None], listed: int
) -> None:
    link(cells)
    dataset, measures = explored(cells)
    assert len(measures) == 6
    reasons = list(problems(dataset, measures).values())
    assert len(reasons) == listed
    assert all("links are not followed" in reason and SENTENCE.fullmatch(reason) for reason in reasons)


def test_a_folder_that_may_not_be_read_is_listed_and_the_others_are_measured(
    cells: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = cells / "training_data" / "closed"
    closed.mkdir()
    shutil.copy(next(cells.rglob("*.bmp")), closed)
    open_folder = os.open

    def refuse(path: Any, *options: Any, **more: Any) -> int:  # whoever may do anything cannot be locked out
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return open_folder(path, *options, **more)

    monkeypatch.setattr(os, "open", refuse)
    dataset, measures = explored(cells)
    assert len(measures) == 6
    assert problems(dataset, measures) == {
        "training_data/closed": "Expected a readable folder. Received: Permission denied."
    }


def test_a_file_that_may_not_be_read_is_listed_and_the_others_are_measured(
    cells: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(next(cells.rglob("*.bmp")), cells / FOLDER / f"{NAME}.bmp")

    def refuse(path: str) -> io.FileIO:
        if path.endswith(f"{NAME}.bmp"):
            raise PermissionError(13, "Permission denied", path)
        return io.FileIO(path)

    monkeypatch.setattr(image_header, "FileIO", refuse)
    dataset, measures = explored(cells)
    assert len(measures) == 6
    assert problems(dataset, measures) == {
        f"{FOLDER}/{NAME}.bmp": "Expected a readable file. Received: Permission denied."
    }


def test_cells_of_one_class_are_measured_and_the_split_says_what_is_missing(cells: Path) -> None:
    shutil.rmtree(cells / "training_data" / "fold_0" / "hem")
    dataset, measures = explored(cells)
    assert problems(dataset, measures) == {}
    assert len(measures) == 3
    with pytest.raises(SplitImpossible) as refused:
        split(dataset)
    assert SENTENCE.match(str(refused.value))


def zipped(*members: tuple[str, bytes], times: int = 1) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        archive.filelist.extend(archive.filelist * (times - 1))  # they all share one content
    return stream.getvalue()


CELL = ("a/1.png", encoded(NOISE, "PNG"))
STATED_SMALL = zipped(CELL, ("b/1.bmp", bytes(3_000_000))).replace(
    struct.pack("<I", 3_000_000), struct.pack("<I", 3000)
)


def bad_images(root: Path) -> None:
    for name in ("a", "b"):
        (root / name).mkdir(parents=True)
        (root / name / "1.png").write_bytes(b"")


BAD_SOURCES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty folder": (Path.mkdir, "with 0 other files"),
    "folder of empty folders": (lambda root: (root / "a" / "b").mkdir(parents=True), "with 0 other files"),
    "one class folder": (lambda root: shutil.copytree(root.parent / "sound" / "a", root / "a"), "in one folder"),
    "only bad images": (bad_images, "at least one usable image"),
    "nothing": (lambda _: None, "which is missing"),
    "text": (lambda root: root.write_text("cells"), "a zip archive that can be unpacked"),
    "zip with ../": (lambda root: root.write_bytes(zipped(CELL, ("../../../evil.png", CELL[1]))), "leads outside"),
    "zip from the root": (lambda root: root.write_bytes(zipped(CELL, ("/evil.png", CELL[1]))), "leads outside"),
    "zip bomb": (lambda root: root.write_bytes(zipped(CELL, ("a.bmp", bytes(30_000_000)))), "times the packed size"),
    "zip of one content many times": (
        lambda root: root.write_bytes(zipped(("a.png", NOISE.tobytes() * 9), times=2000)),
        "times the packed size",
    ),
    "zip that unpacks to more than it states": (lambda root: root.write_bytes(STATED_SMALL), "can be unpacked"),
    "zip of a zip": (lambda root: root.write_bytes(zipped(("cells.zip", zipped(CELL)))), "one without any"),
    "zip that is cut off": (lambda root: root.write_bytes(zipped(CELL)[:-40]), "can be unpacked"),
}


@pytest.mark.parametrize(("put", "reason"), BAD_SOURCES.values(), ids=BAD_SOURCES.keys())
def test_a_source_without_a_data_set_is_refused_in_one_sentence(
    tmp_path: Path, put: Callable[[Path], object], reason: str
) -> None:
    for name in ("a", "b"):
        (tmp_path / "given" / "sound" / name).mkdir(parents=True)
        (tmp_path / "given" / "sound" / name / "1.png").write_bytes(CELL[1])
    source = tmp_path / "given" / "source"
    put(source)
    with pytest.raises(DataError) as refused:
        explored(source)
    assert reason in str(refused.value)
    assert SENTENCE.fullmatch(str(refused.value))
    assert [file for file in settings().home.rglob("*") if file.is_file()] == []


def check(source: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Code, output and errors of `python -m core check`."""
    monkeypatch.setattr(sys, "argv", ["core", "check", str(source), "--json"])
    before = outside(settings().home)
    capfd.readouterr()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert outside(settings().home) == before
    out, err = capfd.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.mark.filterwarnings("ignore:.*EXIF")  # Pillow warns of a TIFF that is cut off
def test_the_command_line_lists_every_bad_file_and_checks_the_rest(
    cells: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for number, (suffix, data, _) in enumerate(BAD_FILES.values()):
        (cells / FOLDER / f"UID_9_1_{number}_all{suffix}").write_bytes(data)
    code, out, _ = check(cells, monkeypatch, capfd)
    found = json.loads(out)
    assert code == 0
    assert len(found["unusable"]) == len(BAD_FILES)
    assert all(SENTENCE.fullmatch(file["reason"]) for file in found["unusable"])


@pytest.mark.parametrize("name", ["empty folder", "zip with ../", "zip bomb", "text", "nothing"])
def test_the_command_line_refuses_what_is_no_data_set_with_one_line(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "given").mkdir()
    put, reason = BAD_SOURCES[name]
    put(tmp_path / "given" / "source")
    code, out, err = check(tmp_path / "given" / "source", monkeypatch, capfd)
    assert (code, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1
