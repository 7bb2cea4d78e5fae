-- The answer that ended last and that its asker has not seen yet.
ALTER TABLE plugins ADD COLUMN unseen TEXT NOT NULL DEFAULT '';
DROP INDEX plugin_exchanges_plugin;
CREATE INDEX plugin_exchanges_plugin ON plugin_exchanges (plugin_id, id);
