"""The vector store: exact while small, by clusters beyond; the same bytes each time, and no others are read."""

import numpy as np
import pytest

from tutor.errors import IndexDamaged
from tutor.retrieval.vectors import EXACT_LIMIT, VectorStore

COUNT, DIMENSION = 6_000, 32
KINDS = pytest.mark.parametrize("limit", [COUNT, COUNT - 1], ids=["exact", "clustered"])


def unit_length(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors():
    """About 60 topics, as texts lie."""
    rng = np.random.default_rng(0)
    topics = rng.normal(size=(60, DIMENSION))
    return unit_length(topics[rng.integers(60, size=COUNT)] + 0.7 * rng.normal(size=(COUNT, DIMENSION)))


@pytest.fixture(scope="module")
def queries(vectors):
    rng = np.random.default_rng(1)
    return unit_length(vectors[rng.integers(COUNT, size=100)] + 0.1 * rng.normal(size=(100, DIMENSION)))


def test_up_to_the_limit_the_store_is_exact_and_beyond_it_is_not(vectors):
    assert not VectorStore.build(vectors).approximate
    assert not VectorStore.build(vectors, limit=COUNT).approximate
    assert VectorStore.build(vectors, limit=COUNT - 1).approximate
    assert VectorStore.build(np.eye(2, dtype=np.float32)[np.zeros(EXACT_LIMIT + 1, int)]).approximate


def test_an_exact_store_gives_every_inner_product_in_order(vectors, queries):
    store = VectorStore.build(vectors)
    for query in queries[:5]:
        numbers, cosines = store.nearest(query, 10)
        assert numbers.tolist() == list(range(COUNT))
        np.testing.assert_allclose(cosines, vectors @ query, atol=1e-6)


def test_clusters_hold_nearly_all_of_the_nearest_with_their_cosines(vectors, queries, monkeypatch):
    monkeypatch.setattr("tutor.retrieval.vectors.PROBES_OF_MILLION", 6.0)  # 21 of 150 clusters
    store = VectorStore.build(vectors, limit=0)
    shared = []
    for query in queries:
        numbers, cosines = store.nearest(query, 10)
        assert len(set(numbers.tolist())) == 10
        assert (np.diff(cosines) <= 0).all()
        np.testing.assert_allclose(cosines, vectors[numbers] @ query, atol=1e-3)
        shared.append(len(set(numbers.tolist()) & set(np.argsort(-(vectors @ query))[:10].tolist())))
    assert np.mean(shared) >= 9.5


def test_clusters_give_no_more_than_there_is(vectors):
    store = VectorStore.build(vectors[:100], limit=0)
    numbers, cosines = store.nearest(vectors[7], 10_000)
    assert numbers[0] == 7
    assert numbers.min() >= 0
    assert len(numbers) == len(set(numbers.tolist())) == len(cosines) <= 100


def test_vectors_that_are_all_the_same_can_be_stored():
    same = np.eye(8, dtype=np.float32)[np.zeros(500, int)]
    numbers, cosines = VectorStore.build(same, limit=0).nearest(same[0], 5)
    assert len(numbers) == 5
    np.testing.assert_allclose(cosines, 1, atol=1e-3)


@KINDS
def test_vectors_come_back_by_number(vectors, limit):
    store = VectorStore.build(vectors, limit=limit)
    assert (len(store), store.dimension) == (COUNT, DIMENSION)
    np.testing.assert_allclose(store.all(), vectors, atol=1e-3)
    np.testing.assert_array_equal(store.some(np.array([5, 3, 5])), store.all()[[5, 3, 5]])
    assert store.some(np.array([], int)).shape == (0, DIMENSION)


@KINDS
def test_vectors_outlive_their_store(vectors, limit):
    kept = VectorStore.build(vectors, limit=limit).all()
    VectorStore.build(vectors[::-1], limit=limit)
    np.testing.assert_allclose(kept, vectors, atol=1e-3)


@KINDS
def test_a_stored_index_answers_as_the_built_one(vectors, queries, limit, tmp_path):
    built = VectorStore.build(vectors, limit=limit)
    built.save(tmp_path / "vectors")
    loaded = VectorStore.load(tmp_path / "vectors")
    assert loaded.approximate == built.approximate
    np.testing.assert_array_equal(loaded.all(), built.all())
    for query in queries[:20]:
        for one, other in zip(loaded.nearest(query, 50), built.nearest(query, 50), strict=True):
            np.testing.assert_array_equal(one, other)


@KINDS
def test_the_same_vectors_give_the_same_bytes(vectors, limit, tmp_path):
    for name, given in (("a", vectors), ("b", vectors.copy())):
        VectorStore.build(given, limit=limit).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@KINDS
def test_storing_what_was_stored_changes_nothing(vectors, limit):
    once = VectorStore.build(vectors, limit=limit).all()
    np.testing.assert_array_equal(VectorStore.build(once, limit=limit).all(), once)


@pytest.mark.parametrize("content", [b"", b"IxFI", b"garbage" * 100, b"\x80\x04K\x01."])
def test_bytes_that_are_no_index_are_refused(content, tmp_path):
    (tmp_path / "vectors").write_bytes(content)
    with pytest.raises(IndexDamaged, match="vectors holds no vectors"):
        VectorStore.load(tmp_path / "vectors")


@pytest.mark.parametrize("kind", ["HNSW8", "IVF4,Flat", "IVF4,SQ8", "SQfp16", "IDMap,Flat"])
def test_an_index_of_another_kind_is_refused(vectors, kind, tmp_path):
    import faiss

    index = faiss.index_factory(DIMENSION, kind, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add_with_ids(vectors, np.arange(COUNT)) if "IDMap" in kind else index.add(vectors)
    faiss.write_index(index, str(tmp_path / "vectors"))
    with pytest.raises(IndexDamaged, match="another kind of index"):
        VectorStore.load(tmp_path / "vectors")


@KINDS
def test_changed_or_cut_bytes_are_refused_or_still_a_sound_index(vectors, limit, tmp_path):
    """FAISS does not notice a flipped bit in a vector (generations are hashed for that), but nothing may crash."""
    VectorStore.build(vectors[: COUNT // 10], limit=limit // 10).save(tmp_path / "vectors")
    whole = (tmp_path / "vectors").read_bytes()
    rng = np.random.default_rng(0)
    for number in range(300):
        content = bytearray(whole)
        if number % 3 == 0:
            del content[rng.integers(len(content)) :]
        elif number % 3 == 1:
            content[rng.integers(160)] = rng.integers(256)
        else:
            start = rng.integers(len(content) - 8)
            content[start : start + 8] = rng.bytes(8)
        (tmp_path / "vectors").write_bytes(content)
        try:
            store = VectorStore.load(tmp_path / "vectors")
        except IndexDamaged:
            continue
        numbers, _ = store.nearest(np.zeros(store.dimension, np.float32), 10)
        assert (numbers < len(store)).all()
        assert store.some(numbers).shape == (len(numbers), store.dimension)


@pytest.mark.parametrize("change", [(b"ilar", b"il00"), (b"IxFI", b"IxF2"), (b"IxFI", b"null")])
def test_clusters_without_their_vectors_or_centres_are_refused(vectors, change, tmp_path):
    VectorStore.build(vectors[:200], limit=0).save(tmp_path / "vectors")
    (tmp_path / "vectors").write_bytes((tmp_path / "vectors").read_bytes().replace(*change))
    with pytest.raises(IndexDamaged):
        VectorStore.load(tmp_path / "vectors")


def test_two_clusters_that_claim_the_same_number_are_refused(vectors, tmp_path):
    store = VectorStore.build(vectors[:200], limit=0)
    store.save(tmp_path / "vectors")
    content = (tmp_path / "vectors").read_bytes()
    first, second = np.int64(17).tobytes(), np.int64(18).tobytes()
    (tmp_path / "vectors").write_bytes(content.replace(first, second))
    with pytest.raises(IndexDamaged):
        VectorStore.load(tmp_path / "vectors")
