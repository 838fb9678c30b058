"""Publishing and rollback of rulebooks: checked, stored whole, and announced to all workers by polling."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.domain.errors import NotFound, PatronError
from engine.rulebook.bundle import Bundle, digest_of
from engine.rulebook.loader import load_texts
from engine.rulebook.upgrade import upgraded
from service import publications
from service.consent_check import why_nobody_receives
from service.live import Live
from service.ports import Clock, Head, Revisions
from service.proof import Proof, Prove, RulebookRefused
from service.publications import Publication

BASELINE = "the rulebook before the first publication"


class PublishedMeanwhile(PatronError):
    """The rulebook to be replaced is no longer the latest; nothing was published."""


class NoConsents(PatronError):
    """No customer can receive its outbound marketing; nothing was published."""


class NotPublishing(PatronError):
    """This service serves a folder's rules, whatever is published."""


@dataclass(frozen=True, slots=True)
class Said:
    """Metadata of a publication. `key`: the API key that it comes with. `strict`: a warning refuses it.
    `anyway`: it may send marketing although no customer has given a consent for it.

    `expects`: the revision or number to be replaced; None: the latest when it begins.
    """

    author: str = ""
    message: str = ""
    key: str = ""
    expects: str | None = None
    strict: bool = False
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A publication. Not `new`: it was published already, and nothing was stored."""

    publication: Publication
    proof: Proof
    new: bool

    def to_json(self) -> dict[str, Any]:
        status = "published" if self.new else "unchanged"
        return {"status": status, **self.publication.to_json(), **_without_revision(self.proof)}


class Publishing:
    """The operations. Not `open`: this service serves a folder, whatever is published; they raise NotPublishing."""

    def __init__(  # noqa: PLR0913 - what it is built from
        self,
        revisions: Revisions,
        live: Callable[[], Live],
        clock: Clock,
        prove: Prove,
        histogram: Callable[[], Mapping[str, int]],
        *,
        open: bool = True,
    ) -> None:
        self._revisions = revisions
        self._live = live
        self._clock = clock
        self._prove = prove
        self._histogram = histogram
        self._open = open

    def check(self, files: Bundle, tests: bool = True) -> Proof:
        """All findings if it were published; nothing is stored. Without `tests` none is run."""
        return self._prove(files, tests)

    def publish(self, files: Bundle, said: Said) -> Done:
        """Make these the rules of all workers. RulebookRefused, NoConsents, PublishedMeanwhile: nothing was
        stored."""
        head, current = self._current()
        if head.number and digest_of(files) == current.digest:
            return Done(current, Proof(current.revision), new=False)
        self._expected(said, current)
        proof = self._prove(files)
        why_not = proof.refusal(said.strict)
        if why_not:
            raise RulebookRefused(why_not, proof)
        if not said.anyway:
            self._refuse_without_consents(files)
        return Done(self._put(head, current, files, proof, said), proof, new=True)

    def rollback(self, to: str | None, said: Said) -> Done:
        """Publish an earlier one again: `to`, or the one before the present. NotFound; as `publish`.

        It is tried again, because the program may have changed since, but a test that fails now
        does not block it.
        """
        head, current = self._current()
        self._expected(said, current)
        kept = publications.history(self._revisions)
        found = publications.named(to, kept, "/to") if to is not None else self._before(current, kept)
        files = self._files(found)
        if head.digest == digest_of(files):
            return Done(current, Proof(current.revision), new=False)
        proof = self._prove(files)
        if proof.errors or proof.problem:
            raise RulebookRefused(proof.refusal() or "", proof)
        return Done(self._put(head, current, files, proof, said, found.number), proof, new=True)

    def history(self) -> list[Publication]:
        """The publications, newest first, as far as kept."""
        return publications.history(self._revisions)

    def revision(self, name: str) -> tuple[Publication, dict[str, bytes]]:
        """A publication with its files. NotFound, InvalidInput."""
        found = publications.named(name, self.history(), "/revision")
        return found, publications.files_of(self._revisions, found.digest)

    def _files(self, publication: Publication) -> dict[str, bytes]:
        """The files of a publication in today's words."""
        return upgraded(publications.files_of(self._revisions, publication.digest))

    def _before(self, current: Publication, kept: list[Publication]) -> Publication:
        """The newest publication with other files than the active one; words that were only renamed do not count."""
        same = {current.digest, digest_of(self._files(current))} if current in kept else {current.digest}
        for one in kept:
            if one.digest not in same and digest_of(self._files(one)) not in same:
                return one
        raise NotFound("there is no earlier rulebook to roll back to; nothing was published")

    def _current(self) -> tuple[Head, Publication]:
        """The latest publication; before the first, the active rulebook under number 0."""
        if not self._open:
            raise NotPublishing(
                "this service serves the rules of its folder (PATRON_RULES_FROM=folder): change them there and restart "
                "it; nothing was published"
            )
        head = self._revisions.head()
        found = publications.latest(self._revisions, head)
        if found is None:
            live = self._live()
            revision = live.compiled.rulebook.revision
            found = Publication(head.number, revision, digest_of(live.files), self._clock(), "", BASELINE)
        return head, found

    @staticmethod
    def _expected(said: Said, current: Publication) -> None:
        if said.expects is None:
            return
        is_number = str(current.number) == said.expects
        digits = said.expects.removeprefix("sha256:")
        if not is_number and (len(digits) < 8 or not current.revision.startswith(f"sha256:{digits}")):
            raise _meanwhile(current)

    def _refuse_without_consents(self, files: Bundle) -> None:
        book, _ = load_texts(files)
        problem = why_nobody_receives(book, self._histogram()) if book is not None else None
        if problem is not None:
            raise NoConsents(
                f'{problem}; `patron publish --anyway`, or "anyway": true, publishes it without; nothing was published'
            )

    def _put(  # noqa: PLR0913, PLR0917 - one publication
        self, head: Head, current: Publication, files: Bundle, proof: Proof, said: Said, restores: int | None = None
    ) -> Publication:
        if head.number == 0 and self._live().files and digest_of(files) != current.digest:
            head = self._put_baseline(current)
        publication = Publication(
            number=head.number + 1,
            revision=proof.revision or "",
            digest=digest_of(files),
            at=self._clock(),
            author=said.author or said.key,
            message=said.message,
            key=said.key,
            restores=restores,
        )
        if not publications.put(self._revisions, head, publication, files):
            raise _meanwhile(self._current()[1])
        return publication

    def _put_baseline(self, served: Publication) -> Head:
        """The first publication replaces the folder's rules, which are kept under number 1 for rollback."""
        first = replace(served, number=1)
        if not publications.put(self._revisions, Head(), first, self._live().files):
            raise _meanwhile(self._current()[1])
        return Head(1, first.digest)


def _meanwhile(current: Publication) -> PublishedMeanwhile:
    by = f" by {current.author}" if current.author else ""
    return PublishedMeanwhile(
        f"what is published is number {current.number}, {current.revision[:15]}{by}, and not what this was to replace: "
        "somebody published in between. Inspect it with `patron rulebook show`, then publish again; "
        "nothing was published"
    )


def _without_revision(proof: Proof) -> dict[str, Any]:
    told = proof.to_json()
    del told["revision"], told["problem"]
    return told
