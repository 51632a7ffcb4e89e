"""DICOM files: pictures out, persons left behind."""

import dataclasses
import io
from pathlib import Path
from typing import Any

import numpy as np
import pydicom.data
import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
    SecondaryCaptureImageStorage,
    VLMicroscopicImageStorage,
    generate_uid,
)

from core.data import dicom
from core.data.dicom import DicomFacts, facts, frame, is_dicom
from core.errors import UnreadableImage
from core.types import ByteArray

NOISE = np.random.default_rng(0).integers(0, 256, (2, 6, 8, 3), dtype=np.uint8)
FLAT = np.full((1, 16, 24, 3), (200, 30, 90), dtype=np.uint8)
GRAY = np.array([[[0, 100, 255]]], dtype=np.uint8)


def dicom_file(
    frames: np.ndarray,
    *,
    syntax: UID = ExplicitVRLittleEndian,
    streams: tuple[bytes, ...] = (),
    photometric: str = "",
    **tags: Any,
) -> bytes:
    """A DICOM file of frames, (frames, rows, columns[, 3]), stored as they are or as compressed streams."""
    coloured = frames.ndim == 4
    bits = 8 * frames.dtype.itemsize
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = VLMicroscopicImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = "Doe^Jane", "4711", "19700101"
    dataset.Modality, dataset.StudyDate, dataset.InstitutionName = "GM", "20260102", "Hospital"
    dataset.SamplesPerPixel = 3 if coloured else 1
    dataset.PhotometricInterpretation = photometric or ("RGB" if coloured else "MONOCHROME2")
    if coloured:
        dataset.PlanarConfiguration = 0
    dataset.NumberOfFrames = len(frames)
    dataset.Rows, dataset.Columns = frames.shape[1:3]
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, 0
    for name, value in tags.items():
        setattr(dataset, name, value)
    if streams:
        dataset.PixelData = encapsulate(list(streams))
        dataset["PixelData"].VR = "OB"
    else:
        dataset.PixelData = frames.tobytes() + b"\0" * (frames.nbytes % 2)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def encoded(image: ByteArray, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()


def sample(name: str) -> bytes:
    """One of the files that pydicom is tested with."""
    return (Path(pydicom.data.__file__).parent / "test_files" / name).read_bytes()


def test_a_dicom_file_is_told_by_its_content() -> None:
    assert is_dicom(dicom_file(NOISE))
    assert not is_dicom(b"DICM" + bytes(200))
    assert not is_dicom(b"")


def test_frames_come_back_pixel_by_pixel() -> None:
    data = dicom_file(NOISE)
    for number in (0, 1):
        found = frame(data, number)
        np.testing.assert_array_equal(found.pixels, NOISE[number])
        assert found.notes == ()


def test_the_facts_say_how_and_never_of_whom() -> None:
    found = facts(dicom_file(NOISE, PixelSpacing=[0.0002, 0.0001], BurnedInAnnotation="NO"))
    assert found == DicomFacts(
        kind="VL Microscopic Image Storage",
        modality="GM",
        columns=8,
        rows=6,
        frames=2,
        colours="RGB",
        bits=8,
        pixel_spacing=(0.0002, 0.0001),
        burned_in=False,
    )
    told = str(dataclasses.asdict(found))
    assert not any(word in told for word in ("Doe", "Jane", "4711", "1970", "2026", "Hospital"))


def test_no_tag_that_names_a_person_or_a_study_is_even_read() -> None:
    read = dicom._read(dicom_file(NOISE), with_pixels=True)
    assert not {"PatientName", "PatientID", "PatientBirthDate", "StudyDate", "InstitutionName"} & set(read.dir())


def test_a_spacing_that_is_stated_once_for_all_frames_is_found() -> None:
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing = [0.00025, 0.00025]
    shared.PixelMeasuresSequence = [measures]
    assert facts(dicom_file(NOISE, SharedFunctionalGroupsSequence=[shared])).pixel_spacing == (0.00025, 0.00025)
    assert facts(dicom_file(NOISE, PixelSpacing=[0, 0])).pixel_spacing is None


def test_burned_in_text_that_the_file_states_is_warned_of() -> None:
    assert frame(dicom_file(NOISE, BurnedInAnnotation="YES")).notes == (
        "The file says that text is written into the picture. It may name a person.",
    )


def test_the_size_of_a_pixel_is_told_where_a_microscope_can_have_it() -> None:
    assert frame(dicom_file(NOISE, PixelSpacing=[0.00025, 0.00025])).notes == (
        "One pixel spans 0.25 µm, as the file states.",
    )
    assert frame(dicom_file(NOISE, PixelSpacing=[1, 1])).notes == ()


def test_a_secondary_capture_is_read_as_well() -> None:
    assert facts(dicom_file(NOISE, SOPClassUID=SecondaryCaptureImageStorage)).kind == "Secondary Capture Image Storage"


@pytest.mark.parametrize(("photometric", "seen"), [("MONOCHROME2", [0, 100, 255]), ("MONOCHROME1", [255, 155, 0])])
def test_gray_values_are_bright_or_dark_as_the_file_states(photometric: str, seen: list[int]) -> None:
    found = frame(dicom_file(GRAY, photometric=photometric)).pixels
    np.testing.assert_array_equal(found, np.stack([[seen]] * 3, axis=-1))


def test_twelve_bits_are_scaled_by_what_the_file_states() -> None:
    values = np.array([[[0, 2047, 4095]]], dtype=np.uint16)
    found = frame(dicom_file(values, BitsStored=12, HighBit=11))
    np.testing.assert_array_equal(found.pixels[0, :, 0], [0, 127, 255])
    assert found.notes == ("Scaled to 8 bits: 4,095 is full brightness, as the file states.",)


def test_a_palette_gives_its_colours() -> None:
    table = {
        f"{colour}PaletteColorLookupTableData": bytes(values)
        for colour, values in (("Red", (1, 200)), ("Green", (2, 30)), ("Blue", (3, 90)))
    }
    described = {f"{colour}PaletteColorLookupTableDescriptor": [2, 0, 8] for colour in ("Red", "Green", "Blue")}
    data = dicom_file(np.array([[[1, 0]]], dtype=np.uint8), photometric="PALETTE COLOR", **table, **described)
    np.testing.assert_array_equal(frame(data).pixels, [[[200, 30, 90], [1, 2, 3]]])


@pytest.mark.parametrize(
    ("syntax", "photometric", "stream"),
    [
        (JPEGBaseline8Bit, "YBR_FULL_422", encoded(FLAT[0], "JPEG", quality=95)),
        (JPEG2000Lossless, "YBR_RCT", encoded(FLAT[0], "JPEG2000")),
    ],
    ids=["JPEG", "JPEG 2000"],
)
def test_a_compressed_frame_is_decoded(syntax: UID, photometric: str, stream: bytes) -> None:
    found = frame(dicom_file(FLAT, syntax=syntax, photometric=photometric, streams=(stream,)))
    np.testing.assert_allclose(found.pixels.astype(int), FLAT[0], atol=2)


@pytest.mark.parametrize(
    ("name", "off"),
    [
        ("SC_rgb_jpeg_gdcm.dcm", 0),  # lossless JPEG
        ("SC_rgb_gdcm_KY.dcm", 0),  # lossless JPEG 2000
        ("SC_rgb_rle_16bit.dcm", 0),
        ("SC_rgb_jls_lossy_line.dcm", 2),
        ("SC_rgb_dcmtk_+eb+cr.dcm", 2),  # JPEG without a change of colours
        ("SC_rgb_dcmtk_+eb+cy+s4.dcm", 6),  # JPEG with one
    ],
)
def test_the_same_picture_comes_out_of_each_compression(name: str, off: int) -> None:
    plain = frame(sample("SC_rgb_rle.dcm")).pixels
    np.testing.assert_allclose(frame(sample(name)).pixels.astype(int), plain, atol=off)


def test_a_frame_that_unpacks_to_another_size_than_stated_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def pixel_array(*_: object, **__: object) -> None:
        raise AssertionError("decodes")

    monkeypatch.setattr("pydicom.pixels.utils.pixel_array", pixel_array)
    large = np.zeros((400, 300, 3), dtype=np.uint8)
    for syntax, kind in ((JPEGBaseline8Bit, "JPEG"), (JPEG2000Lossless, "JPEG2000")):
        data = dicom_file(FLAT, syntax=syntax, photometric="YBR_FULL", streams=(encoded(large, kind),))
        with pytest.raises(UnreadableImage, match=r"Expected 24 x 16 pixels as .* Received: 300 x 400\."):
            frame(data)
    with pytest.raises(UnreadableImage, match=r"Expected a frame of 1,152 bytes\. Received: 4,000 compressed ones\."):
        frame(dicom_file(FLAT, syntax=RLELossless, streams=(bytes(4000),)))


def test_too_many_pixels_are_refused_by_the_header() -> None:
    with pytest.raises(UnreadableImage, match=r"Expected at most 50,000,000 pixels\. Received: 60000 x 60000\."):
        facts(dicom_file(NOISE, Rows=60_000, Columns=60_000))


def bad_files() -> dict[str, tuple[bytes, str]]:
    return {
        "deflated": (
            dicom_file(NOISE, syntax=DeflatedExplicitVRLittleEndian),
            "not packed as a whole. Received: a deflated one",
        ),
        "no DICOM": (b"a cell" * 100, "Received: bytes of another kind"),
        "no picture": (sample("test-SR.dcm"), "with a picture. Received: one without any"),
        "signed": (sample("CT_small.dcm"), "without sign. Received: a DICOM file with signed ones"),
        "cut off": (dicom_file(NOISE)[:-100], "pixels that can be decoded"),
        "only a head": (dicom_file(NOISE)[:200], "Expected a DICOM file"),
        "32 bits": (sample("rtdose.dcm"), "1 to 16 bits a value"),
        "12-bit JPEG": (sample("JPGExtended.dcm"), "or a compression not known here"),
        "no rows": (dicom_file(NOISE, Rows=0), "Received: 8 x 0 pixels"),
        "a bomb": (sample("JPEG2000-embedded-sequence-delimiter.dcm"), "Expected"),
    }


@pytest.mark.parametrize(("data", "reason"), bad_files().values(), ids=bad_files().keys())
def test_a_bad_file_is_refused_in_one_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImage) as refused:
        frame(data)
    assert reason in str(refused.value)
    assert str(refused.value).startswith("Expected ")
    assert str(refused.value).endswith(".")


def test_there_is_no_frame_beyond_the_last() -> None:
    with pytest.raises(ValueError, match=r"Expected a frame of a DICOM file that has 2\. Received: 2\."):
        frame(dicom_file(NOISE), 2)
