-- The archived channels, in the order of their names.
CREATE INDEX channels_archived ON channels (name) WHERE archived = 1;
