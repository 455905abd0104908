-- Applied at every start. The lock keeps two replicas from creating the table at once.
BEGIN;
SELECT pg_advisory_xact_lock(4715921);
CREATE TABLE IF NOT EXISTS items (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name     text NOT NULL,
  quantity integer NOT NULL DEFAULT 0,
  created  timestamptz NOT NULL DEFAULT now()
);
COMMIT;
