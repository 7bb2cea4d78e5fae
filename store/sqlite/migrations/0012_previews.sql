-- What the pages behind a message's links say of themselves, as a JSON array, '' for none.
ALTER TABLE messages ADD COLUMN previews TEXT NOT NULL DEFAULT '';
