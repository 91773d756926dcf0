"""Every type of problem that the API answers with: its status, whose fault it is, and what it means.

``type`` of a problem is ``urn:voltaro:problem:`` and the slug. Slugs are fixed: programs tell problems apart by them, never by the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class Blame(StrEnum):
    """Whose fault a problem is, which says who has to do something."""

    CALLER = "caller"
    """The request is wrong, whenever it is made."""
    STATE = "state"
    """The request is right, and does not fit how things stand; look again, or wait."""
    SERVER = "server"
    """Ours; the log finds it by ``request_id``."""
    CHARGER = "charger"
    """The charger's, or of its connection."""


class ProblemType(NamedTuple):
    """A type of problem; some have two statuses."""

    slug: str
    statuses: Sequence[int]
    blame: Blame
    meaning: str


PROBLEM_TYPES: Sequence[ProblemType] = (
    ProblemType("bad_query", (400,), Blame.CALLER, "A query parameter is unknown, doubled or no good; errors names it."),
    ProblemType("bad_cursor", (400,), Blame.CALLER, "The cursor is of another list, of other filters or another order. Begin without one."),
    ProblemType("not_json", (400,), Blame.CALLER, "The body is not JSON, or is nested too deeply."),
    ProblemType("bad_request", (400,), Blame.CALLER, "The request cannot be read as HTTP."),
    ProblemType("bad_idempotency_key", (400,), Blame.CALLER, "An Idempotency-Key has 1 to 255 printable ASCII characters."),
    ProblemType("bad_form", (400,), Blame.CALLER, "The form of an upload cannot be read."),
    ProblemType("empty", (400,), Blame.CALLER, "An upload without content."),
    ProblemType("connection_lost", (400,), Blame.CALLER, "The connection was lost while the request came in; nobody reads this answer."),
    ProblemType("unauthorized", (401,), Blame.CALLER, "No token or login, or one that is unknown, revoked or expired."),
    ProblemType("wrong_credentials", (401, 403), Blame.CALLER, "Name or password is wrong."),
    ProblemType("forbidden", (403,), Blame.CALLER, "Whoever asks does not have the scope that this needs."),
    ProblemType("password_login_off", (403,), Blame.CALLER, "Here people sign in by OpenID Connect alone."),
    ProblemType("csrf", (403,), Blame.CALLER, "A change by cookie without the csrf value of GET /api/v1/me in X-Voltaro-CSRF."),
    ProblemType("cross_origin", (403,), Blame.CALLER, "The request was made by a page of another origin."),
    ProblemType("not_found", (404,), Blame.CALLER, "There is no such thing, or nothing at this address."),
    ProblemType("method_not_allowed", (405,), Blame.CALLER, "The address does not take this method; Allow names those it takes."),
    ProblemType("not_acceptable", (406,), Blame.CALLER, "Accept names no format that this list can be had as."),
    ProblemType("request_timeout", (408,), Blame.CALLER, "The body did not come in time."),
    ProblemType("already_exists", (409,), Blame.STATE, "One with that name is there already."),
    ProblemType("not_connected", (409,), Blame.CHARGER, "The charger is not connected, so it cannot be told anything now."),
    ProblemType("not_now", (409,), Blame.STATE, "What is decided on is not in the state for it any more. Read it again."),
    ProblemType("session_not_active", (409,), Blame.STATE, "The session has ended, or the charger has none that could be stopped."),
    ProblemType(
        "no_configuration_keys", (409,), Blame.STATE, "The charger's version of OCPP has variables in place of configuration keys."
    ),
    ProblemType("no_variables", (409,), Blame.STATE, "The charger's version of OCPP has configuration keys in place of variables."),
    ProblemType("guarded_key", (409,), Blame.STATE, "A key that changes only together with what is stored here, by an address of its own."),
    ProblemType("no_password", (409,), Blame.STATE, "The charger's security profile has no password."),
    ProblemType("key_as_text", (409,), Blame.CHARGER, "The charger sends its key in a way in which the new one would be refused."),
    ProblemType("no_tls_listener", (409,), Blame.STATE, "This server has no TLS for chargers."),
    ProblemType("no_client_ca", (409,), Blame.STATE, "This server takes no client certificates."),
    ProblemType("no_certificate", (409,), Blame.STATE, "The charger is known by no certificate yet."),
    ProblemType("certificate_taken", (409,), Blame.STATE, "Another charger is known by that certificate."),
    ProblemType("certificate_in_use", (409,), Blame.STATE, "The charger needs that certificate to know this server."),
    ProblemType("last_admin", (409,), Blame.STATE, "Somebody must be left who may do everything."),
    ProblemType("external", (409,), Blame.STATE, "The person signs in by OpenID Connect and has no password here."),
    ProblemType("site_in_use", (409,), Blame.STATE, "Chargers stand at the site; say where they go."),
    ProblemType("identity_taken", (409,), Blame.STATE, "A real charger has the identity that a simulated one would take."),
    ProblemType("too_many_virtual", (409,), Blame.STATE, "There are as many simulated chargers as there may be."),
    ProblemType("cannot_act", (409,), Blame.STATE, "The simulated charger cannot do that as it stands."),
    ProblemType("not_running", (409,), Blame.STATE, "The batch is over already; there is nothing left to cancel."),
    ProblemType("oneself", (409,), Blame.STATE, "Nobody takes their own rights away; let another admin do it."),
    ProblemType("idempotency_key_in_use", (409,), Blame.STATE, "The first request with this Idempotency-Key is being handled. Ask again."),
    ProblemType(
        "idempotency_outcome_unknown", (409,), Blame.SERVER, "The first request with this key was cut off; see whether it was done."
    ),
    ProblemType("answer_not_kept", (409,), Blame.STATE, "Done before under this key; its answer showed a secret, and is not kept."),
    ProblemType("gone", (410,), Blame.STATE, "The file has been removed."),
    ProblemType("version_conflict", (412,), Blame.STATE, "It has changed since you read it (If-Match). Read it again."),
    ProblemType("content_too_large", (413,), Blame.CALLER, "The body is larger than this address takes."),
    ProblemType("request_entity_too_large", (413,), Blame.CALLER, "The request is larger than this server takes."),
    ProblemType("unsupported_media_type", (415,), Blame.CALLER, "The body is of another media type, or is compressed."),
    ProblemType("expectation_failed", (417,), Blame.CALLER, "The Expect header asks for something unknown."),
    ProblemType("invalid", (422,), Blame.CALLER, "A member of the body is not what it must be; errors points at it."),
    ProblemType("not_storable", (422,), Blame.CALLER, "A value that the database does not take."),
    ProblemType("idempotency_key_reused", (422,), Blame.CALLER, "The Idempotency-Key stands for another request. Use a new one."),
    ProblemType("too_many_requests", (429,), Blame.CALLER, "More requests a minute than are let through; Retry-After says when to go on."),
    ProblemType("too_many_attempts", (429,), Blame.CALLER, "Too many failed attempts to sign in."),
    ProblemType("too_many_streams", (429,), Blame.CALLER, "Too many live streams of one user are open."),
    ProblemType("too_many_reports", (429,), Blame.CALLER, "More reports of a page's content policy than are taken."),
    ProblemType("commands_full", (429,), Blame.CHARGER, "Too many commands wait for this charger already."),
    ProblemType("internal", (500,), Blame.SERVER, "A mistake of the server; its log names the request by request_id."),
    ProblemType("store_unavailable", (503,), Blame.SERVER, "The database is away just now; nothing was changed."),
    ProblemType("actor_unavailable", (503,), Blame.SERVER, "The charger's actor takes no messages now (quarantined or stopped)."),
    ProblemType("actor_crashed", (503,), Blame.SERVER, "The charger's actor crashed meanwhile and is being restarted."),
    ProblemType("authority_unavailable", (503,), Blame.SERVER, "The server's certificate authority does not serve now."),
    ProblemType("uploads_full", (507,), Blame.SERVER, "There is no room for uploads."),
)


def of_status(status: int) -> list[ProblemType]:
    """The types that come with a status."""
    return [kind for kind in PROBLEM_TYPES if status in kind.statuses]
