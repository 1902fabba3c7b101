"""Files as people have them: photographs become a document, a locked PDF says what to do, and bombs do nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from werkzeug.datastructures import FileStorage

from marketplace.files import photographs
from marketplace.files.child import MAX_PIXELS
from marketplace.files.pixels import pixels_of
from marketplace.files.store import FileRefused, FileStore
from tests.stored import folder_of

LIMIT = 300 * 1024
HEIC = Path(__file__).with_name("photograph.heic").read_bytes()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", secret="a secret of tests", limit=LIMIT)


def upload(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def noisy_jpeg(side: int = 900) -> bytes:
    """A JPEG that is larger than the limit, with the place where it was taken in it."""
    picture = Image.effect_noise((side, side // 2), 120).convert("RGB")
    place = Image.Exif()
    place[0x8825] = {1: "N", 2: (60.0, 28.0, 0.0)}
    place[0x0112] = 6
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=98, exif=place)
    return file.getvalue()


def locked_pdf(*, opens: bool) -> bytes:
    """A PDF with a password; with `opens` only an owner's, which forbids nothing but changes."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("" if opens else "salasana", "omistaja", algorithm="AES-256")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_a_photograph_in_heic_is_kept_as_a_jpeg(store: FileStore) -> None:
    received = store.receive(upload(HEIC, "IMG_0001.HEIC"))
    assert (received.media_type, received.name) == ("image/jpeg", "IMG_0001.jpg")
    assert Image.open(io.BytesIO(store.read(received.sha256))).size == (320, 240)


def picture_in(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("name", ["kuvakaappaus.webp", "IMG-20261122-WA0001.jpg"])
def test_a_picture_saved_from_a_message_is_kept_as_a_jpeg(store: FileStore, name: str) -> None:
    received = store.receive(upload(picture_in("WEBP"), name))
    assert received.media_type == "image/jpeg"
    assert Image.open(io.BytesIO(store.read(received.sha256))).size == (60, 40)


def test_a_large_photograph_is_kept_smaller_upright_and_without_its_place(store: FileStore) -> None:
    content = noisy_jpeg()
    assert len(content) > LIMIT
    received = store.receive(upload(content, "vakuutus.jpg"))
    assert received.size <= LIMIT
    kept = Image.open(io.BytesIO(store.read(received.sha256)))
    assert kept.width < kept.height
    assert not kept.getexif()


def test_several_photographs_become_one_document(store: FileStore) -> None:
    received = store.receive(upload(HEIC, "sivu 1.heic"), upload(HEIC, "sivu 2.jpg"))
    assert (received.media_type, received.name) == ("application/pdf", "sivu 1.pdf")
    assert len(PdfReader(io.BytesIO(store.read(received.sha256))).pages) == 2


def test_a_pdf_that_opens_without_a_password_is_kept_as_it_is(store: FileStore) -> None:
    content = locked_pdf(opens=True)
    assert store.read(store.receive(upload(content, "vero.pdf")).sha256) == content


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([(locked_pdf(opens=False), "vakuutus.pdf")], "password"),
        ([(locked_pdf(opens=True)[:-40], "vakuutus.pdf")], "cut_off"),
        ([(HEIC, "a.heic"), (locked_pdf(opens=True), "b.pdf")], "photographs_only"),
        ([(HEIC, "a.heic")] * 13, "too_many"),
        ([(HEIC[:300], "a.heic")], "malformed"),
        ([(HEIC, "video.mp4")], "wrong_ending"),
        ([(picture_in("TIFF"), "skannaus.tiff")], "other_picture"),
        ([(picture_in("GIF"), "kuva.gif")], "other_picture"),
        ([(picture_in("BMP"), "kuva.bmp")], "other_picture"),
        ([(picture_in("AVIF"), "kuva.jpg")], "other_picture"),
        ([(b"PK\x03\x04" + bytes(64), "kirje.docx")], "office"),
        ([(b"\xd0\xcf\x11\xe0" + bytes(64), "kirje.doc")], "office"),
    ],
)
def test_what_cannot_be_taken_says_why_and_leaves_nothing(
    store: FileStore, files: list[tuple[bytes, str]], code: str
) -> None:
    with pytest.raises(FileRefused) as refusal:
        store.receive(*(upload(content, name) for content, name in files))
    assert refusal.value.code == code
    assert [path for path in folder_of(store).rglob("*") if path.is_file()] == []


def photograph_in(kind: str) -> bytes:
    """A picture with a small one of itself in its head, as a camera writes it."""
    small = io.BytesIO()
    Image.effect_noise((40, 30), 120).save(small, "JPEG")
    file = io.BytesIO()
    exif = b"Exif\0\0" + small.getvalue() if kind == "JPEG" else b""
    Image.effect_noise((300, 200), 120).convert("RGB").save(file, kind, exif=exif, comment=b"kuva")
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_picture_that_was_cut_off_is_not_kept_and_says_what_to_do(
    store: FileStore, kind: str, part: float
) -> None:
    content = photograph_in(kind)
    for take in (store.receive, store.photograph):
        with pytest.raises(FileRefused) as refusal:
            take(upload(content[: int(len(content) * part)], f"todistus.{kind.lower()}"))
        assert refusal.value.code == ("malformed" if kind == "WEBP" else "photograph_cut_off")
        assert "again" in str(refusal.value)
    assert [path for path in folder_of(store).rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("behind", [b"", bytes(100), b"SEFH and what a camera writes behind its picture"])
def test_a_picture_that_is_whole_is_kept_whatever_stands_behind_it(
    store: FileStore, kind: str, behind: bytes
) -> None:
    content = photograph_in(kind) + behind
    assert store.read(store.receive(upload(content, f"todistus.{kind.lower()}")).sha256) == content


def test_no_picture_is_kept_that_takes_a_browser_gigabytes(store: FileStore) -> None:
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    for take in (store.receive, store.photograph):
        with pytest.raises(FileRefused) as refusal:
            take(upload(bomb.getvalue(), "todistus.png"))
        assert refusal.value.code == "too_many_pixels"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_head_of_a_picture_tells_its_pixels(kind: str) -> None:
    file = io.BytesIO()
    Image.new("L", (61, 23)).save(file, kind, comment=b"\xff\xc0 is no frame here", exif=Image.Exif())
    assert pixels_of(file, f"image/{kind.lower()}") == 61 * 23


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"\xff\xd8\xff\xff\xff", b"\xff\xd8\xff\xe0\x00\x00\xff\xe0\x00", b"%PDF-"]
)
def test_a_head_that_tells_nothing_tells_no_pixels(content: bytes) -> None:
    for media_type in ("image/png", "image/jpeg", "application/pdf"):
        assert pixels_of(io.BytesIO(content), media_type) == 0


def test_who_puts_off_saying_the_pixels_has_too_many() -> None:
    assert pixels_of(io.BytesIO(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 10_000), "image/jpeg") > MAX_PIXELS


def test_a_small_file_that_unfolds_to_gigabytes_is_refused_by_its_head(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    Image.new("1", (30_000, 30_000)).save(bomb)
    assert bomb.stat().st_size < LIMIT
    with pytest.raises(photographs.UnreadablePhotograph, match="too_many_pixels"):
        photographs.as_document([bomb])
