-- 1: who answered last has another transaction on its nonce, which offers more.
ALTER TABLE attempts ADD COLUMN outbid INTEGER NOT NULL DEFAULT 0 CHECK (outbid IN (0, 1));
