"""What finds like texts: normal form, shingles, signatures, pairs, clusters, each against its definition."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import numpy as np
import polars as pl
import pytest
import xxhash
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from clean.characters import IDEOGRAPHS, LETTERS
from clean.config import Config
from clean.schema import PAIRS
from clean.stages.cluster import connect
from clean.stages.match import accept, add_likeness, compare, once, propose, tally_likeness, verify
from clean.stages.segment import segmented, tally
from clean.stages.signatures import lsh_buckets, matrix_of, minhash, perhaps_near, sampled_buckets, union
from clean.text import FIRST_SPACELESS, normal_form, passage_key, shingles, word_count

CONFIG = Config()
TEXTS = st.lists(st.text(max_size=60), min_size=1, max_size=20)


def keys(count: int) -> pl.Series:
    """Passages named 0 … count - 1."""
    return pl.Series("passage", range(count), dtype=pl.UInt128)


def passages(texts: list[str]) -> pl.DataFrame:
    """The texts as passages, named by their place."""
    normal = normal_form(pl.Series("normal", texts, dtype=pl.String))
    return pl.DataFrame({"passage": keys(len(texts)), "normal": normal, "tokens": word_count(normal)})


@given(TEXTS)
def test_normal_form_is_blind_to_case_width_and_punctuation(texts: list[str]) -> None:
    """Texts that differ in case folding, compatibility forms or punctuation only have one normal form."""
    lines = pl.Series("t", texts, dtype=pl.String)
    dressed = pl.Series("t", [f"  «{unicodedata.normalize('NFKC', text).casefold()}»… " for text in texts], dtype=pl.String)
    assert normal_form(lines).to_list() == normal_form(dressed).to_list()


def test_normal_form_of_some_scripts() -> None:
    """Words where they are written apart, characters where they are not."""
    lines = pl.Series(["Straße, ﬁne!", "日本語 text", "ครับ", "***", "한국어 기사"])
    assert normal_form(lines).to_list() == ["strasse fine", "日 本 語 text", "ค ร ั บ", "", "한국어 기사"]


def test_word_count_means_the_same_in_every_script() -> None:
    """Twelve Thai letters or five Chinese characters count for three words; no text counts for none."""
    normal = normal_form(pl.Series(["one two three", "北港的桥梁", "สะพานเก่าดีมา"[:12], "", "a"]))
    assert word_count(normal).to_list() == [3, 3, 3, 0, 1]


def test_scripts_without_spaces_are_known_by_their_first_byte() -> None:
    """No character of theirs begins with a lower byte than what says that a text may have one."""
    low = pl.Series([chr(point) for point in range(0x800)])
    assert max(text.encode()[0] for text in low) < FIRST_SPACELESS == "\u0800".encode()[0]
    assert not low.str.contains(rf"{IDEOGRAPHS}|{LETTERS}").any()


def test_keys_are_equal_for_equal_normal_forms_only() -> None:
    """One key a normal form; none for an empty one; the published value is xxh3_128's."""
    found = passage_key(pl.Series(["a b", "a c", "a b", ""])).to_list()
    assert found == [xxhash.xxh3_128_intdigest(b"a b"), xxhash.xxh3_128_intdigest(b"a c"), found[0], None]


@given(TEXTS)
def test_every_text_with_a_token_has_a_shingle(texts: list[str]) -> None:
    """No text vanishes for being shorter than a shingle; sets are sorted and distinct."""
    normal = normal_form(pl.Series("t", texts, dtype=pl.String))
    sets = shingles(normal, CONFIG)
    assert (sets.sizes() > 0).tolist() == (normal != "").to_list()
    for start, end in zip(sets.offsets[:-1], sets.offsets[1:], strict=True):
        assert (np.diff(sets.hashes[start:end]) > 0).all()


def test_shingles_are_word_3_grams() -> None:
    """Equal 3-grams of words have equal hashes, whatever text they stand in; a different order has others."""
    sets = shingles(pl.Series(["a b c d", "x a b c", "c b a"]), CONFIG)
    groups = [set(sets.hashes[i:j].tolist()) for i, j in zip(sets.offsets[:-1], sets.offsets[1:], strict=True)]
    assert [len(group) for group in groups] == [2, 2, 1]
    assert len(groups[0] & groups[1]) == 1
    assert not groups[2] & (groups[0] | groups[1])


@settings(max_examples=25)
@given(TEXTS, st.sampled_from([(128, 1), (64, 7)]))
def test_signatures_are_datasketchs_bit_for_bit(texts: list[str], parameters: tuple[int, int]) -> None:
    """The vectorised kernel gives what `datasketch.MinHash` gives on the same hashes."""
    config = Config(permutations=parameters[0], bands=parameters[0] // 4, seed=parameters[1])
    table = passages(texts)
    sets = shingles(table["normal"], config)
    ours = matrix_of(minhash(table, config)["signature"])
    for row, (start, end) in enumerate(zip(sets.offsets[:-1], sets.offsets[1:], strict=True)):
        sketch = MinHash(num_perm=parameters[0], seed=parameters[1], hashfunc=lambda value: value)
        sketch.update_batch([int(value) & 0xFFFFFFFF for value in sets.hashes[start:end]])
        assert (sketch.hashvalues == ours[row]).all()


@settings(max_examples=25)
@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=9).map(" ".join), min_size=2, max_size=8), st.data())
def test_likeness_counts_every_pair_that_was_compared(texts: list[str], data: st.DataObject) -> None:
    """Each pair is in the bin of its similarity, by what became of it; two halves together give the whole."""
    table = passages(texts)
    both = [(a, b) for a in range(len(texts)) for b in range(a + 1, len(texts))]
    candidates = pl.DataFrame(both, schema={"a": pl.UInt128, "b": pl.UInt128}, orient="row")
    compared = compare(candidates, table, CONFIG)
    whole = tally_likeness(compared, CONFIG)
    relations = accept(compared, CONFIG)["relation"].to_list()
    counts = dict(whole.group_by("verdict").agg(pl.col("pairs").sum()).iter_rows())
    assert (counts.get("near", 0), counts.get("truncated", 0)) == (relations.count("near"), relations.count("truncated"))
    assert whole["pairs"].sum() == len(both)
    near = whole.filter(verdict="near")["bin"].to_list()
    assert near == sorted(bin for bin in near if 60 <= bin <= 98)
    cut = data.draw(st.integers(0, len(both)))
    halves = [tally_likeness(part, CONFIG) for part in (compared[:cut], compared[cut:])]
    assert add_likeness(halves).equals(whole)


def test_datasketch_is_whole_for_others() -> None:
    """The module of its that is imported alone gives the permutations of the package, and does not stand in its way."""
    code = """
import sys
from clean.stages.signatures import permutations
a, b = permutations(128, 1)
assert not [name for name in sys.modules if name.startswith(("datasketch", "scipy"))], "too much is imported"
from datasketch import MinHash, MinHashLSH
for ours, theirs in zip((a, b), MinHash(num_perm=128, seed=1, scheme="affine32").permutations, strict=True):
    assert ours.dtype == theirs.dtype and (ours == theirs).all()
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@settings(max_examples=50)
@given(st.lists(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=30).map(" ".join), min_size=2, max_size=8))
def test_verified_scores_are_the_exact_similarities(texts: list[str]) -> None:
    """Every pair that is accepted, and none that is not, meets the threshold on sets of 3-grams."""
    table = passages(texts)
    both = [(a, b) for a in range(len(texts)) for b in range(a + 1, len(texts))]
    candidates = pl.DataFrame(both, schema={"a": pl.UInt128, "b": pl.UInt128}, orient="row")
    found = {(a, b): (relation, score) for a, b, relation, score in verify(candidates, table, CONFIG).iter_rows()}
    grams = [{tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2))} for words in (text.split() for text in texts)]
    for a, b in both:
        shared, union = len(grams[a] & grams[b]), len(grams[a] | grams[b])
        contained = shared / min(len(grams[a]), len(grams[b]))
        if shared / union >= CONFIG.near_threshold:
            assert found[a, b] == ("near", pytest.approx(shared / union))
        elif contained >= CONFIG.truncated_threshold:
            assert found[a, b] == ("truncated", pytest.approx(contained))
        else:
            assert (a, b) not in found


def test_a_copy_cut_to_a_third_is_found() -> None:
    """MinHash misses most copies cut so short; the first words and sampled shingles propose them."""
    words = [f"w{i}" for i in range(120)]
    table = passages([" ".join(words), " ".join(words[:40]), " ".join(words[70:110])])
    signatures = minhash(table, CONFIG)
    buckets = pl.concat([lsh_buckets(signatures, CONFIG), sampled_buckets(signatures, CONFIG)])
    pairs = verify(propose(buckets, CONFIG), table, CONFIG)
    assert pairs.select("a", "b", "relation").rows() == [(0, 1, "truncated"), (0, 2, "truncated")]


def united(texts: dict[int, str]) -> pl.DataFrame:
    """signatures.UNIONS of whole texts by number, as a part tells the others: line by line."""
    lines = segmented(
        pl.DataFrame({"doc": pl.Series(list(texts), dtype=pl.UInt32), "group": "", "text": list(texts.values())}), CONFIG
    )
    lines = lines.filter(pl.col("passage").is_not_null())
    return union(lines, minhash(tally(lines, CONFIG), CONFIG), [pl.lit(True)])[0]


@pytest.mark.parametrize("wide", [5, 20])
def test_near_copies_are_compared_however_their_lines_are_broken(wide: int) -> None:
    """Of 300 words every 25th is changed, and one copy has its lines broken: nothing that may be near is dropped unread."""
    words = [f"w{number}" for number in range(300)]
    texts = {0: " ".join(words)}
    for copy in range(1, 21):
        edited = [word if (at * 7 + copy) % 25 else f"new{copy}x{at}" for at, word in enumerate(words)]
        texts[copy] = "\n".join(" ".join(edited[at : at + wide]) for at in range(0, 300, wide))
    pairs = pl.DataFrame({"a": [0] * 20, "b": range(1, 21)}, schema={"a": pl.UInt128, "b": pl.UInt128})
    flat = pl.DataFrame(
        {"passage": pl.Series(list(texts), dtype=pl.UInt128), "normal": normal_form(pl.Series(list(texts.values())))}
    )
    near = compare(pairs, flat, CONFIG).filter(pl.col("jaccard") >= 0.7)
    assert len(near) == 20
    assert len(perhaps_near(pairs, united(texts), 0.7, CONFIG)) == 20


def test_documents_of_one_template_are_not_read_again() -> None:
    """Of 200 pairs of result pages with other numbers hardly one is compared word by word."""
    sentence = "The district of {0} counted {1} votes, of which {2} were for the list of {3}, and {4} more than before for {5}."
    texts = {
        doc: "\n".join(sentence.format(*(f"{doc * 997 + line * 31 + at * 7}" for at in range(6))) for line in range(8))
        for doc in range(201)
    }
    pairs = pl.DataFrame({"a": range(200), "b": range(1, 201)}, schema={"a": pl.UInt128, "b": pl.UInt128})
    assert len(perhaps_near(pairs, united(texts), 0.7, CONFIG)) < 10


def test_short_texts_are_not_compared_by_shingles() -> None:
    """Two roads that differ in one digit never become a pair: under near_tokens only equality counts."""
    table = passages(["Farm to Market Road 1506 in the county of Harwick", "Farm to Market Road 1507 in the county of Harwick"])
    signatures = minhash(table, CONFIG)
    assert lsh_buckets(signatures, CONFIG).is_empty()
    assert sampled_buckets(signatures, CONFIG).is_empty()


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, set[tuple[int, int]]]:
    """A number of nodes, and verified pairs among them."""
    count = draw(st.integers(1, 12))
    node = st.integers(0, count - 1)
    return count, {(min(a, b), max(a, b)) for a, b in draw(st.sets(st.tuples(node, node), max_size=25)) if a != b}


@given(graphs())
def test_clusters_are_the_greedy_stars(graph: tuple[int, set[tuple[int, int]]]) -> None:
    """Taken from the best down, each free passage leads and takes its free neighbours; nobody joins through another."""
    count, pairs = graph
    home: dict[int, int] = {}
    for node in range(count):
        if node not in home:
            home[node] = node
            for a, b in pairs:
                if node in (a, b):
                    home.setdefault(b if a == node else a, node)
    rows = [(a, b, "near", 0.5) for a, b in sorted(pairs)]
    clusters = connect(pl.DataFrame(rows, schema=PAIRS, orient="row"), keys(count))
    assert dict(clusters.select("passage", "cluster").iter_rows()) == {
        n: home[n] for n in range(count) if any(n in p for p in pairs)
    }


def test_no_chain_joins_strangers() -> None:
    """A~B and B~C: C is not removed for A. B, which is like both, may lead them; A never leads C."""
    rows = [(0, 1, "near", 0.7), (1, 2, "near", 0.7)]
    clusters = connect(pl.DataFrame(rows, schema=PAIRS, orient="row"), keys(3))
    assert dict(clusters.select("passage", "cluster").iter_rows()) == {0: 0, 1: 0, 2: 2}


def test_two_pairs_of_one_old_bucket_stay_two_clusters() -> None:
    """0~1 and 2~3 that once shared a bucket are two clusters, and 2 is not deleted for 0."""
    rows = [(0, 1, "near", 0.9), (2, 3, "near", 0.9)]
    clusters = connect(pl.DataFrame(rows, schema=PAIRS, orient="row"), keys(4))
    assert dict(clusters.select("passage", "cluster").iter_rows()) == {0: 0, 1: 0, 2: 2, 3: 2}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(6, 9)), max_size=8), st.booleans())
def test_pairs_of_several_partitions_are_each_once(pairs: list[tuple[int, int]], ordered: bool) -> None:
    """Whatever their order; those that are in order, each once, are what they were."""
    given_pairs = sorted(set(pairs)) if ordered else pairs
    table = pl.DataFrame(given_pairs, schema={"a": pl.UInt128, "b": pl.UInt128}, orient="row")
    found = once(table)
    assert sorted(found.rows()) == sorted(set(pairs))
    assert not ordered or found.equals(table)


def test_a_flooded_bucket_proposes_a_linear_number_of_pairs() -> None:
    """Ten thousand texts in one bucket give fewer than ten pairs each, not fifty million."""
    flood = pl.DataFrame({"bucket": pl.repeat(7, 10_000, dtype=pl.UInt64, eager=True), "passage": keys(10_000)})
    assert len(propose(flood, CONFIG)) < 100_000
