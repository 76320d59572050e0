-- Operations without steps that do something outside: kind 4 is a check with errand 0, and with errand
-- 1 to 3 the start, stop and restart of our validator client.
ALTER TABLE operations ADD COLUMN errand INTEGER NOT NULL DEFAULT 0;
