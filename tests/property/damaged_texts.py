"""Good texts with a piece of them spoilt."""

from collections.abc import Sequence

from hypothesis import strategies as st


@st.composite
def damaged(draw: st.DrawFn, texts: Sequence[str]) -> str:
    """One of `texts` of which a piece is missing, doubled, or replaced."""
    text = draw(st.sampled_from(texts))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 60)))
    piece = draw(
        st.one_of(st.just(""), st.just(text[start:end] * 2), st.text(max_size=8), st.sampled_from("[]{}:-\n&*!|>"))
    )
    return text[:start] + piece + text[end:]
