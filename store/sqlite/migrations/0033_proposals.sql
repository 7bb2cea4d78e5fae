-- What waits for an approval while an install works as it is, as JSON; null where nothing does.
ALTER TABLE plugin_installs ADD COLUMN pending TEXT NOT NULL DEFAULT 'null';
