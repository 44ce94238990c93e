"""A component of spaCy pipelines that sets what a tagger or a classifier predicts.

nlp = spacy.blank("en")
nlp.add_pipe("seqtag", config={"model": "runs/ner"})
nlp("Ada Lovelace lived in London.").ents
"""

# Without `from __future__ import annotations`: spaCy 3.7 checks the settings of a factory by its
# annotations, and takes them as they stand.

import logging
import multiprocessing
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, TypeAlias

import spacy
from spacy.language import Language
from spacy.parts_of_speech import IDS  # type: ignore[import-not-found]  # it is compiled
from spacy.pipeline import Pipe, Sentencizer
from spacy.scorer import Scorer, get_ner_prf
from spacy.tokens import Doc, Span, SpanGroup, Token
from spacy.training import Example
from spacy.util import from_bytes, minibatch, to_bytes
from spacy.vocab import Vocab

from seqtag.api.classifier import Classifier
from seqtag.api.load import load
from seqtag.api.tagger import Tagger
from seqtag.errors import ConfigError
from seqtag.io.block import plural
from seqtag.io.model_bytes import from_files, to_files
from seqtag.text.schemes import split_tag
from seqtag.text.sentence import Sentence
from seqtag.text.tag_column import TagColumn
from seqtag.text.tokenization import Tokenizer, gather_sentences

logger = logging.getLogger("seqtag")

NAME = "seqtag"
"""Of the factory, and of what tokens have from it: ``token._.seqtag``."""

Attribute: TypeAlias = Literal["pos", "tag", "morph", "custom", "ents", "spans", "none"]
Reads: TypeAlias = Literal["auto", "pipeline", "model"]

OF_SPANS: Sequence[Attribute] = ("ents", "spans", "none")
OF_TAGS: Sequence[Attribute] = ("pos", "tag", "morph", "custom", "none")
"""What tag columns can set, with and without a span scheme."""

UNIVERSAL = frozenset(IDS) - {""}
"""What ``token.pos_`` can be."""

EMPTY = "_"
"""The tag of a token without one, in CoNLL-U."""

FEATURES = re.compile(r"[^=|]+=[^=|]+(\|[^=|]+=[^=|]+)*")
"""What ``token.morph`` can be: ``Case=Nom|Number=Sing``."""


@Language.factory(
    NAME,
    default_config={
        "model": "",
        "attributes": {},
        "tokens": "auto",
        "overwrite": True,
        "spans_key": NAME,
        "engine": "torch",
        "precision": "fp32",
        "device": "cpu",
        "threads": None,
    },
)
def make_component(
    nlp: Language,
    name: str,
    model: str,
    attributes: dict[str, Attribute],
    tokens: Reads,
    overwrite: bool,  # noqa: FBT001 - spaCy gives settings by name
    spans_key: str,
    engine: str,
    precision: str,
    device: str,
    threads: int | None,
) -> "SeqtagComponent":
    """Return a component, for ``nlp.add_pipe("seqtag", config={"model": ...})``.

    Args:
        nlp: The pipeline.
        name: What the component is called there.
        model: Folder of a run or of a model, a tagger's or a classifier's. It is opened when it is
            first used, since a pipeline that was saved has one of its own.
        attributes: What tag columns set: those without a span scheme ``pos``, ``tag``, ``morph``
            or ``custom``, which is ``token._.seqtag``, those with one ``ents`` or ``spans``, and
            each of them ``none``. Of other columns `choose_attributes` tells what they set.
        tokens: What the model reads: ``pipeline``, the tokens of the pipeline; ``model``, the text
            split into tokens as the model records it, where what it predicts is set at those places
            whose borders are the same; ``auto``, the first where both are split alike.
        overwrite: Whether tags and entities that are there already are replaced.
        spans_key: What ``doc.spans`` calls the predicted spans; behind it, where a model has
            several columns of spans, an underscore and the column's name.
        engine: What runs the network, as for `seqtag.load`.
        precision: What it computes in, as there.
        device: Torch device, as there.
        threads: CPU threads, as there; each of several processes has one.
    """
    settings = Settings(
        model=model,
        attributes=attributes,
        tokens=tokens,
        overwrite=overwrite,
        spans_key=spans_key,
        loading={"engine": engine, "precision": precision, "device": device, "threads": threads},
    )
    return SeqtagComponent(nlp.vocab, name, settings, nlp)


_SCORED = "spans_"  # before the name of a group in the names of its scores


def _spans_of(doc: Doc, scored: str) -> Iterable[Span]:
    """Return the spans of a group, by what its scores are called."""
    found: Iterable[Span] = doc.spans.get(scored.removeprefix(_SCORED), ())
    return found


def _morph_key(token: Token, attribute: str) -> int:
    """Return the number of a token's features, by which spaCy compares them."""
    return int(getattr(token, attribute).key)


def _has_spans(group: str, doc: Doc) -> bool:
    return group in doc.spans


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What a component is told; see `make_component`.

    Attributes:
        loading: What `seqtag.load` is told.
    """

    model: str
    attributes: Mapping[str, Attribute]
    tokens: Reads
    overwrite: bool
    spans_key: str
    loading: Mapping[str, Any]


class SeqtagComponent(Pipe):
    """Sets what a tagger or a classifier predicts; see `make_component`.

    A tagger's columns set ``token.pos_``, ``token.tag_``, ``token.morph``, ``doc.ents``, and
    ``doc.spans``, whose ``attrs["scores"]`` are the probabilities of its spans; a classifier sets
    ``doc.cats``.

    Args:
        vocab: The pipeline's.
        name: What the component is called.
        settings: What it is told.
        nlp: The pipeline, for ``tokens="auto"``.
    """

    def __init__(
        self, vocab: Vocab, name: str, settings: Settings, nlp: Language | None = None
    ) -> None:
        self.vocab = vocab
        self.name = name
        self._settings = settings
        self._nlp = nlp
        self._model: Tagger | Classifier | None = None
        self._process = 0  # the one in which the model was opened
        self._attributes: Mapping[str, Attribute] = {}
        self._reads_pipeline = settings.tokens == "pipeline"
        self._sentencizer = Sentencizer()
        self._lock = threading.Lock()
        if not Token.has_extension(NAME):
            Token.set_extension(NAME, default=None)

    def opened(self) -> Tagger | Classifier:
        """Return the model, which is opened when it is first asked for.

        Raises:
            SeqtagError: There is none, it cannot be opened, or is of no use here.
        """
        with self._lock:
            if self._model is None:
                if not self._settings.model:
                    raise ConfigError(
                        f"component {self.name} has no model: name the folder of a run, as in "
                        f'nlp.add_pipe("{NAME}", config={{"model": "runs/ner"}})'
                    )
                self._take(self._load(self._settings.model))
            elif self._process != os.getpid():
                self._take(self._model.forked())
            assert self._model is not None
            return self._model

    def _load(self, path: str | os.PathLike[str]) -> Any:  # noqa: ANN401 - a model for any task
        """Open a model, in processes that another one has started with one thread.

        Such processes share the cores, as those of ``nlp.pipe`` do.
        """
        loading = dict(self._settings.loading)
        if multiprocessing.parent_process() is not None:
            loading["threads"] = 1
        return load(path, **loading)

    def _take(self, model: Any) -> None:  # noqa: ANN401 - a model for any task
        """Use a model from now on."""
        path = self._settings.model or None
        if not isinstance(model, Tagger | Classifier):
            raise ConfigError("this model neither tags tokens nor labels texts", path=path)
        if isinstance(model, Tagger):
            if model.spec.features:
                raise ConfigError(
                    f"this model reads feature {next(iter(model.spec.features))} of each token, "
                    "which a pipeline does not know",
                    path=path,
                )
            self._attributes = choose_attributes(model, self._settings.attributes)
        elif self._settings.attributes:
            raise ConfigError("attributes are for taggers, and this model labels texts", path=path)
        if self._settings.tokens == "auto" and self._nlp is not None:
            self._reads_pipeline = splits_alike(self._nlp, model)
        self._model = model
        self._process = os.getpid()

    @property
    def labels(self) -> tuple[str, ...]:
        """All tags, labels of spans, or labels of texts that can be predicted.

        None before the model is opened: spaCy asks before it tells where that is.
        """
        model = self._model
        if model is None:
            return ()
        if isinstance(model, Classifier):
            return tuple(model.labels)
        found = [
            tag if column.scheme is None else split_tag(tag)[1]
            for column in model.spec.columns
            for tag in column.tags.items
        ]
        return tuple(dict.fromkeys(filter(None, found)))

    def __call__(self, doc: Doc) -> Doc:
        """Set what is predicted for a document."""
        return next(self.pipe([doc]), doc)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Set what is predicted for documents, in order.

        Args:
            stream: The documents.
            batch_size: How many are read at once, so that sentences of similar length can share a
                batch of the network.
        """
        handle_error = self.get_error_handler()
        for group in minibatch(stream, size=batch_size):  # type: ignore[no-untyped-call]  # spaCy's
            docs = list(group)
            try:
                self._annotate(docs)
            except Exception as error:  # noqa: BLE001 - what becomes of it is the pipeline's affair
                handle_error(self.name, self, docs, error)
            else:
                yield from docs

    def _annotate(self, docs: Sequence[Doc]) -> None:
        model = self.opened()
        if isinstance(model, Classifier):
            texts = (_tokens(doc) if self._reads_pipeline else doc.text for doc in docs)
            for doc, label in zip(docs, model.classify_many(texts), strict=True):
                doc.cats = {**doc.cats, **label.scores}
            return
        sentences = [list(self._sentences(doc, model.tokenizer)) for doc in docs]
        tagged = model.tag_many(sentence for group in sentences for sentence in group)
        left: list[str] = []
        for doc, group in zip(docs, sentences, strict=True):
            places = _Places(doc, left)
            self._set(places, [next(tagged) for _ in group])
        if left:
            logger.warning(
                "%s: left out %s, whose borders are not those of the pipeline's "
                "tokens, the first for %r: give the pipeline the tokenizer of what the model was "
                "trained on, or the component tokens='pipeline'",
                *(self.name, plural(len(left), "prediction"), left[0]),
            )

    def _sentences(self, doc: Doc, tokenizer: Tokenizer) -> Iterator[Sentence]:
        """Yield a document's sentences with their places in its text."""
        if not self._reads_pipeline:
            yield from tokenizer.split(doc.text)
            return
        if doc.has_annotation("SENT_START"):
            starts = [token.is_sent_start for token in doc]
        else:
            (starts,) = self._sentencizer.predict([doc])
        tokens = ((t.text, t.idx, bool(s), t.is_space) for t, s in zip(doc, starts, strict=True))
        yield from gather_sentences(doc.text, tokens)

    def _set(self, places: "_Places", sentences: Sequence[Sentence]) -> None:
        """Set what a tagger has predicted for the sentences of a document."""
        for column, attribute in self._attributes.items():
            if attribute in SETTERS:
                self._set_tags(places, sentences, column, SETTERS[attribute])
            elif attribute != "none":
                self._set_spans(places, sentences, column, is_entity=attribute == "ents")

    def _set_tags(
        self, places: "_Places", sentences: Sequence[Sentence], column: str, setter: "_Setter"
    ) -> None:
        for sentence in sentences:
            for offsets, tag in zip(sentence.offsets, sentence.tags_by[column], strict=True):
                token = places.token(*offsets)
                if token is not None and (self._settings.overwrite or not setter.has(token)):
                    setter.set(token, column, tag)

    def _set_spans(
        self, places: "_Places", sentences: Sequence[Sentence], column: str, *, is_entity: bool
    ) -> None:
        doc, spans, scores = places.doc, [], []
        for sentence in sentences:
            for each in sentence.spans_by[column]:
                span = places.span(each.start_char, each.end_char, each.label)
                if span is not None:
                    spans.append(span)
                    scores.append(each.score)
        key = self._group(column)
        doc.spans[key] = SpanGroup(doc, name=key, spans=spans, attrs={"scores": scores})
        if not is_entity:
            return
        if self._settings.overwrite:
            doc.set_ents(spans, default="outside")
        else:
            taken = {token.i for entity in doc.ents for token in entity}
            free = [span for span in spans if taken.isdisjoint(range(span.start, span.end))]
            doc.set_ents(free, default="unmodified")

    def _group(self, column: str) -> str:
        """Return what ``doc.spans`` calls the spans of a column."""
        key = self._settings.spans_key
        several = sum(each in ("ents", "spans") for each in self._attributes.values()) > 1
        return f"{key}_{column}" if several else key

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:  # noqa: ANN401 - spaCy's
        """Return spaCy's scores of all that is set, for ``nlp.evaluate``.

        Args:
            examples: Documents with what was predicted, and with what is right.
            settings: What else spaCy's scorers may be told.

        Raises:
            SeqtagError: There is no model.
        """
        model, listed = self.opened(), list(examples)
        if isinstance(model, Classifier):
            labels: dict[str, Any] = {"labels": self.labels, "multi_label": False, **settings}
            return dict(Scorer.score_cats(listed, "cats", **labels))
        scores: dict[str, Any] = {}
        for column, attribute in self._attributes.items():
            if attribute in ("pos", "tag"):
                scores |= Scorer.score_token_attr(listed, attribute, **settings)
            elif attribute == "morph":
                keys: dict[str, Any] = {"getter": _morph_key, **settings}
                scores |= Scorer.score_token_attr(listed, attribute, **keys)
                scores |= Scorer.score_token_attr_per_feat(listed, attribute, **keys)
            elif attribute == "ents":
                scores |= get_ner_prf(listed)
            elif attribute == "spans":
                group = self._group(column)
                scores |= Scorer.score_spans(
                    listed,
                    f"{_SCORED}{group}",
                    getter=_spans_of,
                    has_annotation=partial(_has_spans, group),
                    **settings,
                )
        return scores

    def to_disk(self, path: str | os.PathLike[str], *, exclude: Iterable[str] = ()) -> None:
        """Write the model into a folder, which is then all that is needed.

        Raises:
            SeqtagError: There is no model, or a file cannot be written.
        """
        del exclude
        self.opened().save(path)

    def from_disk(
        self, path: str | os.PathLike[str], *, exclude: Iterable[str] = ()
    ) -> "SeqtagComponent":
        """Take the model that `to_disk` has written.

        Raises:
            SeqtagError: It cannot be opened.
        """
        del exclude
        self._take(self._load(path))
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the model as bytes; as `to_disk`."""
        del exclude
        getters: dict[str, Any] = {"model": lambda: to_files(self.opened().save)}
        return bytes(to_bytes(getters, []))

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> "SeqtagComponent":
        """Take the model that `to_bytes` has returned; as `from_disk`."""
        del exclude
        setters: dict[str, Any] = {"model": lambda files: from_files(files, self.from_disk)}
        from_bytes(bytes_data, setters, [])
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what another process makes the component of."""
        content = self.to_bytes()
        tokens: Reads = "pipeline" if self._reads_pipeline else "model"
        settings = replace(self._settings, tokens=tokens)
        return _remade, (self.vocab, self.name, settings, content)


def _remade(vocab: Vocab, name: str, settings: Settings, content: bytes) -> "SeqtagComponent":
    """Return a component that came from another process."""
    return SeqtagComponent(vocab, name, settings).from_bytes(content)


class _Places:
    """Where predictions stand in a document.

    Args:
        doc: The document.
        left: Takes the text of what has no place.
    """

    def __init__(self, doc: Doc, left: list[str]) -> None:
        self.doc = doc
        self._left = left
        self._begins = {token.idx: token.i for token in doc}
        self._ends = {token.idx + len(token): token.i for token in doc}

    def token(self, start_char: int, end_char: int) -> Token | None:
        """Return the token from one character to before another, None where there is none."""
        first, last = self._begins.get(start_char), self._ends.get(end_char)
        if first is None or first != last:
            self._left.append(self.doc.text[start_char:end_char])
            return None
        return self.doc[first]

    def span(self, start_char: int, end_char: int, label: str) -> Span | None:
        """Return the tokens from one character to before another, None where they are not whole."""
        first, last = self._begins.get(start_char), self._ends.get(end_char)
        if first is None or last is None:
            self._left.append(self.doc.text[start_char:end_char])
            return None
        return Span(self.doc, first, last + 1, label=label)


@dataclass(frozen=True, slots=True)
class _Setter:
    """How an attribute of a token is set.

    Attributes:
        has: Tells whether a token has it.
        set: Sets it: of a token, for a column, to a tag.
    """

    has: Callable[[Token], bool]
    set: Callable[[Token, str, str], None]


def _set_pos(token: Token, column: str, tag: str) -> None:
    del column
    token.pos_ = "" if tag == EMPTY else tag


def _set_tag(token: Token, column: str, tag: str) -> None:
    del column
    token.tag_ = "" if tag == EMPTY else tag


def _set_morph(token: Token, column: str, tag: str) -> None:
    del column
    token.set_morph("" if tag == EMPTY else tag)  # type: ignore[attr-defined]  # spaCy's stubs leave it out


def _set_custom(token: Token, column: str, tag: str) -> None:
    token._.set(NAME, {**(token._.get(NAME) or {}), column: tag})


SETTERS: Mapping[str, _Setter] = {
    "pos": _Setter(lambda token: bool(token.pos), _set_pos),
    "tag": _Setter(lambda token: bool(token.tag), _set_tag),
    "morph": _Setter(lambda token: bool(token.has_morph()), _set_morph),
    "custom": _Setter(lambda token: False, _set_custom),
}


def choose_attributes(tagger: Tagger, given: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """Return what each tag column sets.

    Without a word of the user, the first column of universal part-of-speech tags sets ``pos``,
    the first one of features that is called ``FEATS`` or ``morph`` sets ``morph``, the first of all
    others ``tag``, and the rest ``custom``; of columns with a span scheme the first one sets
    ``ents``, and the rest ``spans``.

    Args:
        tagger: The tagger.
        given: What the user wants of some columns.

    Raises:
        ConfigError: There is no such column, it cannot set what is wanted, or two set the same.
    """
    columns = {column.name: column for column in tagger.spec.columns}
    for name, attribute in given.items():
        if name not in columns:
            raise ConfigError(
                f"attributes has a column {name}, and the model predicts {', '.join(columns)}"
            )
        choices = OF_TAGS if columns[name].scheme is None else OF_SPANS
        if attribute not in choices:
            raise ConfigError(
                f"column {name} cannot set {attribute!r}: give one of {', '.join(choices)}"
            )
        if attribute == "pos" and not _is_universal(columns[name]):
            raise ConfigError(
                f"column {name} cannot set 'pos': it has tags beside those of Universal "
                "Dependencies; give tag"
            )
        if attribute == "morph" and not _has_features(columns[name]):
            raise ConfigError(
                f"column {name} cannot set 'morph': it has tags that are no features such as "
                "Case=Nom|Number=Sing; give tag or custom"
            )
    found: dict[str, Attribute] = {}
    for name, column in columns.items():
        found[name] = given.get(name) or _usual(column, {*found.values(), *given.values()})
    for attribute in ("pos", "tag", "morph", "ents"):
        names = [name for name, each in found.items() if each == attribute]
        if len(names) > 1:
            raise ConfigError(
                f"columns {' and '.join(names)} both set {attribute}: give attributes for one "
                "of them, custom, spans or none"
            )
    return found


def _usual(column: TagColumn, taken: Set[str]) -> Attribute:
    """Return what a column sets, given what others do."""
    if column.scheme is not None:
        return "spans" if "ents" in taken else "ents"
    is_morph = column.name.lower() in ("feats", "morph") and _has_features(column)
    if is_morph and "morph" not in taken:
        return "morph"
    if _is_universal(column) and "pos" not in taken:
        return "pos"
    return "custom" if "tag" in taken else "tag"


def _is_universal(column: TagColumn) -> bool:
    return UNIVERSAL.issuperset(tag for tag in column.tags.items if tag != EMPTY)


def _has_features(column: TagColumn) -> bool:
    return all(tag == EMPTY or FEATURES.fullmatch(tag) for tag in column.tags.items)


def splits_alike(nlp: Language, model: Tagger | Classifier) -> bool:
    """Tell whether a pipeline splits text into the tokens that a model would split it into."""
    if not isinstance(model.tokenizer, Tokenizer) or nlp.lang != model.tokenizer.language:
        return False
    # Some languages' tokenizers are programs of their own, without rules to compare.
    tokenizer: Any = nlp.tokenizer
    own: Any = spacy.blank(nlp.lang).tokenizer
    if type(tokenizer) is not type(own):
        return False
    ours, theirs = (each.to_bytes(exclude=["vocab"]) for each in (tokenizer, own))
    return bool(ours == theirs)


def _tokens(doc: Doc) -> Sentence:
    """Return the tokens of a document that are more than white space."""
    found = [(token.text, token.idx) for token in doc if not token.is_space]
    offsets = [(start, start + len(text)) for text, start in found]
    return Sentence([text for text, _ in found], text=doc.text, offsets=offsets)
