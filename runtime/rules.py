"""The initial rulebook of a process: the latest publication, or the folder that `PATRON_RULES` names."""

from dataclasses import dataclass

import structlog

from engine.domain.errors import NotFound, PatronError, StateUnavailable
from engine.domain.times import format_rfc3339
from engine.rulebook.bundle import Bundle, digest_of
from engine.rulebook.findings import RulebookError
from engine.rulebook.loader import load_stored, load_texts
from engine.rulebook.model import Rulebook
from runtime.default_rules import identity, shown
from runtime.rule_folder import read_bundle
from runtime.settings import FROM_FOLDER, Settings
from service import publications
from service.consent_check import why_nobody_receives
from service.ports import Store
from service.publications import Publication

log = structlog.get_logger()


class UnreadablePublication(PatronError):
    """This version cannot read the latest publication; the text has the remedy."""

    def __init__(self, number: int, error: RulebookError) -> None:
        super().__init__(
            f"{error}\n\nThe published rulebook number {number} cannot be read by this version. Start the version that "
            "published it and publish one that both can read, or serve the folder with PATRON_RULES_FROM=folder"
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """A rulebook with its files, and its publication (None: it is the folder's)."""

    book: Rulebook
    files: Bundle
    publication: Publication | None = None


def rulebook_of(files: Bundle, stored: bool = False) -> Rulebook:
    """RulebookError with all findings when it does not load. `stored`: an earlier version may have stored the files."""
    book, findings = load_stored(files) if stored else load_texts(files)
    if book is None:
        raise RulebookError(findings)
    return book


def first_rules(settings: Settings, store: Store, before: Rules | None = None) -> Rules:
    """The latest publication, unless PATRON_RULES_FROM is folder; else, or without any, the folder's.

    RulebookError and UnreadablePublication when they are invalid. While the store is away publications are unknown:
    the rulebook active `before` stays, at the first start the folder's, until it is back.
    """
    try:
        published = None if settings.rules_from == FROM_FOLDER else published_rules(store)
    except StateUnavailable as error:
        log.warning("store-unavailable-at-start", store=str(error))
        published = before
    return published or folder_rules(settings)


def folder_rules(settings: Settings) -> Rules:
    """The folder's. RulebookError when they are invalid."""
    files = read_bundle(settings.rules)
    return Rules(rulebook_of(files), files)


def published_rules(store: Store) -> Rules | None:
    """The latest publication; None when there is none. UnreadablePublication."""
    while True:
        head = store.revisions.head()
        if not head.number:
            return None
        publication = publications.latest(store.revisions, head)
        if publication is not None:
            try:
                files = publications.files_of(store.revisions, publication.digest)
            except NotFound:
                continue  # many were published meanwhile
            try:
                return Rules(rulebook_of(files, stored=True), files, publication)
            except RulebookError as error:
                raise UnreadablePublication(head.number, error) from None


def without_consents(rules: Rules, store: Store) -> str | None:
    """A warning where the folder's rules send marketing and no customer has given a consent for it; else None.

    Published rules were checked when they were published.
    """
    if rules.publication is not None:
        return None
    try:
        return why_nobody_receives(rules.book, store.histogram())
    except StateUnavailable:
        return None  # `first_rules` logs it


def told(rules: Rules, settings: Settings) -> tuple[str, bool]:
    """A notice for the operator about the active rules, and whether it may be a surprise."""
    folder = shown(settings.rules)
    if rules.publication is None:
        return f"Serving the rules of {identity(settings.rules, rules.book)}", False
    by = f" by {rules.publication.author}" if rules.publication.author else ""
    when = format_rfc3339(rules.publication.at)
    number = identity(f"number {rules.publication.number}", rules.book)
    serving = f"Serving the published rulebook {number}{by} of {when}"
    try:
        same = digest_of(read_bundle(settings.rules)) == rules.publication.digest
    except RulebookError:
        same = False
    if same:
        return f"{serving}; the folder {folder} has the same rules", False
    how = f"`patron publish {folder}` publishes the folder, PATRON_RULES_FROM=folder serves it instead"
    return f"{serving}. The folder {folder} differs and is not active: {how}", True
