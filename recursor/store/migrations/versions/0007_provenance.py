"""Whose behaviour a run is: the summary of runs says it, and it is true of the older ones.

These had the provenance of the model asked by default, even where a planted one had a name, or had
answered where they forked off. Of an older shadow it is not known whose answers it draws.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

RUN_SUMMARY = """
    SELECT r.id, r.name, r.goal, r.model, r.model_provenance, r.pack, r.seed, r.started_at,
        r.ended_at, r.end_cause,
        (SELECT count(*) FROM node n WHERE n.run = r.id) AS nodes,
        (SELECT max(depth) FROM node n WHERE n.run = r.id) AS depth,
        (SELECT count(*) FROM query q WHERE q.run = r.id) AS queries,
        (SELECT count(*) FROM query q WHERE q.run = r.id AND decision = 'granted') AS granted,
        (SELECT count(*) FROM query q WHERE q.run = r.id AND decision = 'denied') AS denied,
        (SELECT sum(coalesce(prompt_tokens, 0) + coalesce(answer_tokens, 0))
            FROM query q WHERE q.run = r.id) AS tokens
    FROM run r ORDER BY r.started_at"""

# As JSON holds it: quotation marks inside of a text have a backslash before them.
PLANTED = """
    UPDATE run SET model_provenance = 'planted'
    WHERE CAST(models AS TEXT) LIKE '%"provenance": "planted"%'
        OR CAST(terms AS TEXT) LIKE '%"provenance": "planted"%'"""


def upgrade() -> None:
    op.execute(PLANTED)
    op.execute("DROP VIEW run_summary")
    op.execute(f"CREATE VIEW run_summary AS {RUN_SUMMARY}")
