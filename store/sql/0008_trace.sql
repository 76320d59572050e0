-- Which call it comes from: the W3C traceparent that the call brought, 55 characters; '' for none.
-- A record's is part of its hash where there is one (store/audit.c).
ALTER TABLE audit ADD COLUMN trace TEXT NOT NULL DEFAULT '' CHECK (length(trace) IN (0, 55));
-- Of the call that ran the operation; until then of the one that planned it.
ALTER TABLE operations ADD COLUMN trace TEXT NOT NULL DEFAULT '' CHECK (length(trace) IN (0, 55));
