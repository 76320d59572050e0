-- A nonce that the chain is said to have and that the journal does not expect: believed when later
-- heads tell it too. claim_looks: so many heads told it; 0: no claim stands.
ALTER TABLE accounts ADD COLUMN claim_nonce INTEGER NOT NULL DEFAULT 0 CHECK (claim_nonce >= 0);
ALTER TABLE accounts ADD COLUMN claim_block INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN claim_looks INTEGER NOT NULL DEFAULT 0 CHECK (claim_looks >= 0);
