"""The one preprocessing path."""

import struct
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast

import cv2
import numpy as np
import pytest
from PIL import Image

import core.classify
from core.classifier import Classifier
from core.classify import classify
from core.data import parallel, stain
from core.data.demo import demo_cells
from core.data.pixels import Preprocessing, Stain, decode, prepare, read, seen
from core.errors import Cancelled, DataError, UnreadableImage
from core.gates.gates import Gates
from core.types import ByteArray, FloatArray

Colour = Literal["rgb", "grayscale"]
SQUARE = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], dtype=np.uint8)  # red, green; blue, dark
DEEP = np.array([[[0x1234, 0x80FF, 0xFFFF], [0, 256, 4095]]], dtype=np.uint16)


def encoded(image: ByteArray, kind: str, **options: object) -> bytes:
    stream = BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()


def textured(edge: int, seed: int = 0) -> ByteArray:
    return np.random.default_rng(seed).integers(0, 256, (edge, edge + 7, 3), dtype=np.uint8)


def test_a_bmp_written_byte_by_byte_is_read_as_rgb_from_the_top() -> None:
    rows = bytes([255, 0, 0, 30, 20, 10, 0, 0]) + bytes([0, 0, 255, 0, 255, 0, 0, 0])  # BGR, last row first, padded
    header = (
        b"BM" + struct.pack("<IHHI", 70, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 2, 2, 1, 24, 0, 16, 0, 0, 0, 0)
    )
    np.testing.assert_array_equal(decode(header + rows), SQUARE)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("BMP", {}),
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "packbits"}),
    ],
)
def test_a_lossless_file_gives_back_its_rgb_pixels(kind: str, options: dict[str, str]) -> None:
    np.testing.assert_array_equal(decode(encoded(SQUARE, kind, **options)), SQUARE)


def test_a_jpeg_gives_back_a_flat_colour() -> None:
    flat = np.full((16, 16, 3), (200, 30, 90), dtype=np.uint8)
    np.testing.assert_allclose(decode(encoded(flat, "JPEG")).astype(int), flat, atol=3)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_a_gray_file_gets_three_equal_channels(kind: str) -> None:
    gray = np.array([[0, 7], [100, 255]], dtype=np.uint8)
    np.testing.assert_array_equal(decode(encoded(gray, kind)), np.stack([gray] * 3, axis=-1))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bits_become_the_nearest_of_eight(suffix: str) -> None:
    data = cv2.imencode(suffix, DEEP[..., ::-1])[1].tobytes()
    np.testing.assert_array_equal(decode(data), [[[0x12, 0x80, 0xFF], [0, 1, 16]]])  # a 257th of each


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_transparent_pixels_are_seen_as_on_black(kind: str) -> None:
    clear = np.array([[[10, 20, 30, 0], [200, 30, 90, 128], [40, 50, 60, 255]]], dtype=np.uint8)
    np.testing.assert_array_equal(decode(encoded(clear, kind)), [[[0, 0, 0], [100, 15, 45], [40, 50, 60]]])


def test_the_transparent_colour_of_a_palette_is_black() -> None:
    stream = BytesIO()
    palette = Image.new("P", (2, 1))
    palette.putpalette([200, 30, 90, 10, 20, 30])
    palette.putpixel((1, 0), 1)
    palette.save(stream, "PNG", transparency=0)
    np.testing.assert_array_equal(decode(stream.getvalue()), [[[0, 0, 0], [10, 20, 30]]])


def test_a_transparent_photograph_is_turned_as_a_whole() -> None:
    clear = np.full((2, 3, 4), 255, dtype=np.uint8)
    clear[0, :, 3] = 0
    turn = Image.Exif()
    turn[0x0112] = 6
    upright = decode(encoded(clear, "PNG", exif=turn))
    np.testing.assert_array_equal(upright[..., 0], [[255, 0]] * 3)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_twelve_bits_in_sixteen_are_seen_as_bright_as_they_were_taken(suffix: str) -> None:
    for depth in (np.full((2, 2), 4095, dtype=np.uint16), np.full((2, 2, 3), 4095, dtype=np.uint16)):
        assert decode(cv2.imencode(suffix, depth)[1].tobytes()).min() == 255


def test_a_page_of_a_file_is_decoded_when_it_is_asked_for() -> None:
    second = [Image.fromarray(np.full((3, 4, 3), (9, 8, 7), dtype=np.uint8))]
    data = encoded(SQUARE, "TIFF", save_all=True, append_images=second)
    np.testing.assert_array_equal(decode(data), SQUARE)
    np.testing.assert_array_equal(decode(data, page=1), np.full((3, 4, 3), (9, 8, 7)))


def test_a_black_image_of_eight_bits_is_decoded() -> None:
    for kind in ("BMP", "PNG", "TIFF", "JPEG"):
        assert decode(encoded(np.zeros((4, 4, 3), dtype=np.uint8), kind)).max() == 0


def test_a_photograph_is_turned_upright_as_its_exif_says() -> None:
    flat = np.zeros((8, 16, 3), dtype=np.uint8)
    flat[:, 8:] = 255
    turn = Image.Exif()
    turn[0x0112] = 6  # the camera was turned a quarter to the left
    upright = decode(encoded(flat, "JPEG", exif=turn))
    assert upright.shape == (16, 8, 3)
    assert upright[:7].max() < 10
    assert upright[9:].min() > 245


def damaged() -> dict[str, bytes]:
    return {f"{kind} cut off": encoded(textured(32), kind)[:-500] for kind in ("BMP", "PNG", "TIFF", "JPEG")} | {
        "PNG with a wrong checksum": encoded(textured(32), "PNG")[:500]
        + bytes(20)
        + encoded(textured(32), "PNG")[520:],
        "text": b"a cell",
        "empty": b"",
    }


@pytest.mark.parametrize("data", damaged().values(), ids=damaged().keys())
@pytest.mark.filterwarnings("ignore:.*EXIF")
def test_a_damaged_file_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableImage, match="Expected"):
        decode(data)


def test_a_header_that_states_too_many_pixels_is_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def imdecode(*_: object) -> None:
        raise AssertionError("decodes")

    data = bytearray(encoded(SQUARE, "BMP"))
    data[18:26] = struct.pack("<ii", 20_000, 4_000)
    monkeypatch.setattr(cv2, "imdecode", imdecode)
    with pytest.raises(UnreadableImage, match=r"Expected at most 50,000,000 pixels\. Received: 20000 x 4000\."):
        decode(bytes(data))


@pytest.mark.parametrize(("colour", "channels"), [("rgb", 3), ("grayscale", 1)])
@pytest.mark.parametrize("edge", [1, 5, 64])
def test_a_prepared_image_has_the_shape_that_preprocessing_states(colour: Colour, channels: int, edge: int) -> None:
    preprocessing = Preprocessing(edge, colour)
    assert prepare(textured(20), preprocessing).shape == preprocessing.shape == (edge, edge, channels)


def test_an_image_of_the_right_size_is_not_changed() -> None:
    np.testing.assert_array_equal(prepare(SQUARE, Preprocessing(2)), SQUARE)


def test_shrinking_averages_areas() -> None:
    image = np.repeat(np.repeat(SQUARE, 2, axis=0), 2, axis=1)
    image[0, 0] = (251, 4, 8)
    np.testing.assert_array_equal(prepare(image, Preprocessing(2))[0, 0], [254, 1, 2])
    np.testing.assert_array_equal(prepare(image, Preprocessing(2))[1], SQUARE[1])


def test_enlarging_a_flat_image_keeps_its_colour() -> None:
    flat = np.full((3, 3, 3), (9, 8, 7), dtype=np.uint8)
    np.testing.assert_array_equal(prepare(flat, Preprocessing(7)), np.full((7, 7, 3), (9, 8, 7)))


def test_gray_weighs_red_green_and_blue_as_the_eye_does() -> None:
    gray = prepare(SQUARE, Preprocessing(2, "grayscale"))[..., 0]
    np.testing.assert_array_equal(gray, [[76, 150], [29, 18]])  # 0.299, 0.587, 0.114


@pytest.mark.parametrize("colour", ["rgb", "grayscale"])
def test_the_stain_is_normalized_on_the_whole_image_before_it_is_resized(colour: Colour) -> None:
    (cell, *_) = demo_cells(cells=2, subjects=2, seed=8)
    image = cell.draw().image
    found = prepare(image, Preprocessing(64, colour, "reinhard"))
    np.testing.assert_array_equal(found, prepare(stain.reinhard(image), Preprocessing(64, colour)))
    assert (found != prepare(image, Preprocessing(64, colour))).any()


def test_a_final_test_image_is_seen_as_its_centre_at_the_scale_of_a_training_image() -> None:
    training, test = np.zeros((450, 450, 3), dtype=np.uint8), np.zeros((600, 600, 3), dtype=np.uint8)
    training[100:320, 90:300], test[175:395, 165:375] = 80, 80
    for preprocessing in (Preprocessing(90), Preprocessing(90, "grayscale"), Preprocessing(64, window=320)):
        np.testing.assert_array_equal(prepare(test, preprocessing), prepare(training, preprocessing))


def test_without_a_word_the_stain_stays_as_it_is_and_the_whole_image_is_seen() -> None:
    assert Preprocessing(64) == Preprocessing(64, "rgb", "as is", None)


def test_a_window_shows_cells_at_the_scale_of_their_image_whatever_the_image_s_size() -> None:
    cell = np.full((40, 30, 3), 90, dtype=np.uint8)
    small, large = np.zeros((90, 90, 3), dtype=np.uint8), np.zeros((200, 300, 3), dtype=np.uint8)
    small[3:43, 50:80], large[100:140, 200:230] = cell, cell
    seen_small, seen_large = (prepare(image, Preprocessing(30, window=60)) for image in (small, large))
    np.testing.assert_array_equal(seen_small, seen_large)
    assert np.count_nonzero(seen_small.any(axis=2)) == 20 * 16  # half as many rows; 15 columns and two halves
    assert np.count_nonzero(prepare(large, Preprocessing(30)).any(axis=2)) < 100  # shrunk with its image


@pytest.mark.parametrize("normalized", ["as is", "reinhard"])
def test_the_window_is_cut_out_of_the_stained_image_before_it_is_resized(normalized: Stain) -> None:
    (cell, *_) = demo_cells(cells=2, subjects=2, seed=8)
    image = cell.draw().image
    part = seen(image, Preprocessing(64, window=320))
    assert (part.height, part.width) == (320, 320)
    whole = stain.reinhard(image) if normalized == "reinhard" else image
    expected = prepare(part.cut(whole), Preprocessing(64))
    np.testing.assert_array_equal(prepare(image, Preprocessing(64, "rgb", normalized, 320)), expected)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"stain": "macenko"}, r"Expected a stain out of as is, reinhard\. Received: macenko\."),
        ({"colour": "bgr"}, r"Expected a colour out of rgb, grayscale\. Received: bgr\."),
        ({"window": 0}, r"Expected a window of at least one pixel, or None\. Received: 0\."),
    ],
)
def test_pixels_that_are_not_known_here_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Preprocessing(64, **options)


def test_files_are_read_in_the_order_in_which_they_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_BATCH", 3)
    files = []
    for value in (7, 3, 5, 1, 9, 2, 8):
        files.append(tmp_path / f"{value}.png")
        files[-1].write_bytes(encoded(np.full((2, 2, 3), value, dtype=np.uint8), "PNG"))
    reports: list[tuple[int, int, str]] = []
    images = read(files, Preprocessing(2), progress=lambda *report: reports.append(report))
    assert images.shape == (7, 2, 2, 3)
    assert images.dtype == np.uint8
    assert list(images[:, 0, 0, 0]) == [7, 3, 5, 1, 9, 2, 8]
    assert reports == [(done, 7, "Reading cells") for done in (0, 3, 6, 7)]


def test_no_files_give_no_images() -> None:
    assert read([], Preprocessing(4, "grayscale")).shape == (0, 4, 4, 1)


@pytest.mark.parametrize(
    ("data", "reason"), [(b"text", "Received: bytes of another kind"), (None, "No such file or directory")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, data: bytes | None, reason: str) -> None:
    (tmp_path / "good.png").write_bytes(encoded(SQUARE, "PNG"))
    if data is not None:
        (tmp_path / "bad.png").write_bytes(data)
    with pytest.raises(DataError, match=rf"bad\.png: .*{reason}"):
        read([tmp_path / "good.png", tmp_path / "bad.png"], Preprocessing(2))


def test_cancelling_stops_between_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_BATCH", 1)
    (tmp_path / "good.png").write_bytes(encoded(SQUARE, "PNG"))

    def cancel_at_one(done: int, total: int, text: str) -> None:
        if done == 1:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        read([tmp_path / "good.png", tmp_path / "missing.png"], Preprocessing(2), progress=cancel_at_one)


class Spy:
    """Stands in for a trained model and keeps the pixels that reach it."""

    def __init__(self, preprocessing: Preprocessing) -> None:
        self.card = SimpleNamespace(
            preprocessing=preprocessing, threshold=0.5, classes=("HEM", "ALL"), calibrated=False, kind="network"
        )
        self.gates = Gates()
        self.prepared: list[ByteArray] = []

    def prepare(self, image: ByteArray) -> ByteArray:
        return prepare(image, self.card.preprocessing)

    def seen(self, images: ByteArray) -> tuple[FloatArray, FloatArray]:
        self.prepared.append(images)
        return np.zeros((len(images), 1), dtype=np.float32), np.zeros(len(images), dtype=np.float32)


@pytest.fixture
def open_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let noise and cells that a gate would stop reach the model as well."""
    monkeypatch.setattr(core.classify, "of_picture", lambda *_: ())


def uploaded(files: list[Path], preprocessing: Preprocessing) -> ByteArray:
    spy = Spy(preprocessing)
    answers = classify(cast("Classifier", spy), [(file.name, file.read_bytes()) for file in files], explain=False)
    assert [answer.error for answer in answers] == [None] * len(files)
    return np.concatenate(spy.prepared)


@pytest.mark.usefixtures("open_gates")
@pytest.mark.parametrize("colour", ["rgb", "grayscale"])
@pytest.mark.parametrize("edge", [16, 40, 90])
@pytest.mark.parametrize("normalized", ["as is", "reinhard"])
@pytest.mark.parametrize("window", [None, 32])
def test_training_and_upload_see_the_same_pixels_of_a_file(
    tmp_path: Path, colour: Colour, edge: int, normalized: Stain, window: int | None
) -> None:
    files = []
    for number, (kind, options) in enumerate([("BMP", {}), ("PNG", {}), ("TIFF", {}), ("JPEG", {"quality": 80})]):
        files.append(tmp_path / f"{number}.{kind.lower()}")
        files[-1].write_bytes(encoded(textured(60, seed=number), kind, **options))
    preprocessing = Preprocessing(edge, colour, normalized, window)
    np.testing.assert_array_equal(uploaded(files, preprocessing), read(files, preprocessing))


@pytest.mark.real_data
@pytest.mark.usefixtures("open_gates")
@pytest.mark.parametrize(
    ("colour", "normalized", "window"),
    [("rgb", "as is", None), ("rgb", "reinhard", 320), ("grayscale", "as is", 320), ("grayscale", "reinhard", None)],
)
def test_training_and_upload_see_the_same_pixels_of_the_real_cells(
    real_cells: Path, colour: Colour, normalized: Stain, window: int | None
) -> None:
    files = sorted(real_cells.rglob("*.bmp"))
    preprocessing = Preprocessing(200, colour, normalized, window)
    images = read(files, preprocessing)
    assert images.shape == (40, *preprocessing.shape)
    assert images[:, 0, 0].max() == 0  # cells stand on black
    np.testing.assert_array_equal(uploaded(files, preprocessing), images)
