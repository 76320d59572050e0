-- More than one attempt for an intent: a raised fee or a cancel, on the same nonce.

-- 1: the order itself; 2: the same with a higher fee; 3: a cancel, which moves nothing.
ALTER TABLE attempts ADD COLUMN kind INTEGER NOT NULL DEFAULT 1 CHECK (kind BETWEEN 1 AND 3);
-- What it carries; NULL: the intent's value. A sweep carries less when its fee is raised.
ALTER TABLE attempts ADD COLUMN value BLOB CHECK (length(value) = 32);

-- What a person wants of it. 0: nothing; 1: a higher fee; 2: a cancel.
ALTER TABLE intents ADD COLUMN wish INTEGER NOT NULL DEFAULT 0 CHECK (wish BETWEEN 0 AND 2);
-- The newest pause when the wish was spoken: pauses after it hold it. 0: none.
ALTER TABLE intents ADD COLUMN wish_epoch INTEGER NOT NULL DEFAULT 0;
-- 1: the wish may go up to the ceiling for emergencies.
ALTER TABLE intents ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1));
CREATE INDEX intents_wish ON intents (id) WHERE wish > 0;
