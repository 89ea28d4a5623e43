"""What each piece of evidence is called when it speaks for one party, and when it speaks against."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dbt_project.methods.names.evidence import PAIR

# Evidence -> (for, against). Pieces under one wording are told as one.
WORDING = {
    "equal_name": ("equal name", "names differ"),
    "equal_letters": ("equal name", "names differ"),
    "letters_alike": ("letters alike", "letters differ"),
    "letters_in_part": ("letters alike", "letters differ"),
    "letters_in_order": ("letters alike", "letters differ"),
    "letters_weighed": ("letters alike", "letters differ"),
    "letters_from_front": ("alike from the front", "fronts differ"),
    "front_letters": ("alike from the front", "fronts differ"),
    "few_edits": ("letters alike", "letters differ"),
    "edits": ("letters alike", "letters differ"),
    "words_sorted": ("words shared", "few words shared"),
    "words_shared": ("words shared", "few words shared"),
    "cover_small": ("words shared", "few words shared"),
    "cover_large": ("words shared", "few words shared"),
    "shared_rarity": ("rare words shared", "only common words shared"),
    "rarest_shared": ("rare words shared", "only common words shared"),
    "rarest_equal": ("rare words shared", "only common words shared"),
    "own_word_each": ("no word contradicts", "each has a word of its own"),
    "own_rarity_each": ("no word contradicts", "each has a word of its own"),
    "own_count_each": ("no word contradicts", "each has a word of its own"),
    "own_word_one": ("little is added", "one adds a word"),
    "own_rarity_one": ("little is added", "one adds a word"),
    "own_count_one": ("little is added", "one adds a word"),
    "first_word": ("first word agrees", "first words differ"),
    "first_rarity": ("first word agrees", "first words differ"),
    "cut_share": ("name cut short", "not cut short"),
    "front_whole": ("name cut short", "not cut short"),
    "cut_by_bank": ("name cut short", "not cut short"),
    "typo_share": ("typing error", "a word is spelled otherwise"),
    "typo_worst": ("typing error", "a word is spelled otherwise"),
    "place_each": ("no place contradicts", "places differ"),
    "place_one": ("places aside", "one names a place"),
    "place_only": ("only a place differs", "only a place differs"),
    "number_differs": ("store numbers aside", "numbers differ"),
    "number_agrees": ("number agrees", "number aside"),
    "number_in_name": ("no number in the name differs", "number in the name differs"),
    "ordinal_differs": ("no ordinal contradicts", "II, III or IV differ"),
    "legal_agrees": ("legal form agrees", "legal form aside"),
    "legal_differs": ("legal form aside", "legal form differs"),
    "initials": ("initials", "initials aside"),
    "house_agrees": ("merchant's mark agrees", "merchant's mark aside"),
    "part_agrees": ("a part agrees", "no part agrees"),
    "part_rarity": ("a part agrees", "no part agrees"),
    "tail_agrees": ("words behind the star agree", "words behind the star differ"),
}
# Shares of the log-odds below it are noise to a reader.
_LEAST = 0.05


def told(shares: npt.NDArray[np.float64], most: int = 3) -> list[str]:
    """The evidence that moved each score most, strongest first.

    Args:
        shares: what each feature of `PAIR` added to the log-odds, a row per pair.
        most: how many wordings at most.

    Returns:
        One text per row, as "rare words shared +1.9, places differ -0.8".
    """
    wordings = list(dict.fromkeys(WORDING.values()))
    sums = np.zeros((len(shares), len(wordings)))
    for column, name in enumerate(PAIR):
        if name in WORDING:
            sums[:, wordings.index(WORDING[name])] += shares[:, column]
    order = np.argsort(-np.abs(sums), axis=1, kind="stable")[:, :most]
    return [
        ", ".join(
            f"{wordings[at][int(sums[row, at] < 0)]} {sums[row, at]:+.1f}"
            for at in best
            if abs(sums[row, at]) >= _LEAST
        )
        for row, best in enumerate(order)
    ]
