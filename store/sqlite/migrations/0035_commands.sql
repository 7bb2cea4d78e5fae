-- Slash commands that another server answers, beside webhooks. channel_id is '' for those of all channels.
ALTER TABLE hooks ADD COLUMN command TEXT NOT NULL DEFAULT ''; -- '' for a webhook
ALTER TABLE hooks ADD COLUMN usage TEXT NOT NULL DEFAULT '';
ALTER TABLE hooks ADD COLUMN about TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX hooks_by_command ON hooks (command, channel_id) WHERE command <> '';
