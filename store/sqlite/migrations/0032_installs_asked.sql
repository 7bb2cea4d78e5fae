-- Installs that wait for a second person are counted for admins.
CREATE INDEX plugin_installs_asked ON plugin_installs (id) WHERE state = 'asked';
