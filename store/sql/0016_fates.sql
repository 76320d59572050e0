-- What the chain takes back though it was deep enough to be final.

-- The final state that an intent had and has no more, as its block is gone; 0: never.
ALTER TABLE intents ADD COLUMN undone INTEGER NOT NULL DEFAULT 0 CHECK (undone BETWEEN 0 AND 14);
-- When the receipt of an attempt that is final is asked once more; 0: never again.
ALTER TABLE attempts ADD COLUMN watch_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX attempts_watch ON attempts (watch_ms) WHERE watch_ms > 0;

-- One live intent a step, but for what happens again: its step may have gone on meanwhile.
DROP INDEX intents_one_live;
CREATE UNIQUE INDEX intents_one_live ON intents (step)
	WHERE step IS NOT NULL AND undone = 0 AND state IN (1, 2, 3, 4, 5, 6, 11, 13, 14);
