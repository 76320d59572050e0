-- The standing plan of an evacuation, made again and again while nothing is wrong: which wallets hold
-- the most, so that the command needs to ask nobody before it begins. place 1: the most valuable.
CREATE TABLE standing (
	place  INTEGER PRIMARY KEY CHECK (place >= 1),
	wallet INTEGER NOT NULL UNIQUE REFERENCES wallets (id),
	value  BLOB    NOT NULL CHECK (length(value) = 32)  -- its ether then
) STRICT;
-- Of all wallets together.
CREATE TABLE standing_sum (
	id      INTEGER PRIMARY KEY CHECK (id = 1),
	wallets INTEGER NOT NULL,                          -- that hold anything
	value   BLOB    NOT NULL CHECK (length(value) = 32),
	made_ms INTEGER NOT NULL
) STRICT;
