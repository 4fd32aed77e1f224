import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.errors import VocabularyError
from streammem.perception.encoders import open_encoder
from streammem.perception.encoders.vocabulary import vocabulary

WORDS = vocabulary()
LITE = open_encoder("lite")


def test_counts_are_those_of_wordnet_and_imagenet():
    counts = {"dog": 118, "bird": 59, "vehicle": 67, "furniture": 22, "car": 12, "cup": 1, "entity": 1000}
    assert len(WORDS) == 3253
    assert {word: len(WORDS[word]) for word in counts} == counts
    assert {c for word in WORDS for c in WORDS[word]} == set(range(1000))


def test_every_class_has_its_own_lemmas():
    from timm.data import ImageNetInfo

    info = ImageNetInfo()
    for index in range(1000):
        for lemma in info.index_to_description(index).split(","):
            known = lemma.strip().lower()
            assert known not in WORDS._classes or index in WORDS[known]
        first = info.index_to_description(index).split(",")[0].strip().lower()
        assert index in WORDS[first]


@pytest.mark.parametrize(
    ("below", "above"),
    [
        ("spaniel", "dog"),
        ("dog", "animal"),
        ("car", "vehicle"),
        ("studio couch", "furniture"),
        ("robin", "bird"),
    ],
)
def test_what_is_above_covers_what_is_below(below, above):
    assert set(WORDS[below]) < set(WORDS[above])


@given(word=st.sampled_from(sorted(WORDS)), article=st.sampled_from(["", "a ", "The "]), upper=st.booleans())
def test_spelling_does_not_matter(word, article, upper):
    text = article + (word.upper() if upper else word.replace(" ", "-"))
    assert WORDS[WORDS.lemma(text)] == WORDS[WORDS.lemma(word)]


@pytest.mark.parametrize(
    ("text", "lemma"),
    [
        ("bicycles", "bicycle"),
        ("wolves", "wolf"),
        ("Butterflies", "butterfly"),
        ("studio_couches", "studio couch"),
        ("street car", "streetcar"),
        ("buses", "bus"),
        ("tshirt", "t-shirt"),
        ("  the dogs ", "dog"),
    ],
)
def test_number_and_case(text, lemma):
    assert WORDS.lemma(text) == lemma


@pytest.mark.parametrize(
    ("text", "near"),
    [("red car", "car"), ("bicycel", "bicycle"), ("labrador dog puppy", "dog"), ("toilet", "toilet seat")],
)
def test_unknown_words_are_refused_with_the_nearest(text, near):
    with pytest.raises(VocabularyError, match="clip:ViT-B-32@") as refusal:
        LITE.encode_words(text)
    assert near in refusal.value.nearest and near in str(refusal.value)


@pytest.mark.parametrize("text", ["", "  ", "ß¿", "zqxj vvk"])
def test_nonsense_has_nothing_near(text):
    with pytest.raises(VocabularyError, match="nothing in it is near") as refusal:
        LITE.encode_words(text)
    assert refusal.value.nearest == ()


def test_words_are_indicators_with_a_calibration():
    words = LITE.encode_words("Dogs")
    assert (words.text, words.space) == ("dog", "text")
    assert words.what.shape == (1, 1000) and words.what[0].nonzero()[:, 0].tolist() == list(WORDS["dog"])


def test_broad_words_ask_for_more():
    middles = [LITE.encode_words(word).middle for word in ("bicycle", "furniture", "dog", "animal", "entity")]
    assert middles == sorted(middles)


def test_calibration_is_finite_and_rises_for_all_words():
    every = [LITE.encode_words(word) for word in WORDS]
    assert all(np.isfinite(w.middle) and 0 < w.middle < 2 and w.slope > 0 for w in every)
