-- The path of the picture under which one message of a bot is shown.
ALTER TABLE messages ADD COLUMN guise_icon TEXT NOT NULL DEFAULT '';
