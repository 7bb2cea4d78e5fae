-- The workbench: projects, their versions, what was said about them, and where they are installed.
CREATE TABLE plugins (
	id           TEXT NOT NULL PRIMARY KEY,
	owner_id     TEXT NOT NULL,
	name         TEXT NOT NULL,
	name_key     TEXT NOT NULL,
	data         TEXT NOT NULL,
	status       TEXT NOT NULL,
	head         INTEGER NOT NULL,
	built        INTEGER NOT NULL,
	shared       INTEGER NOT NULL,
	bot_id       TEXT NOT NULL,
	asking       TEXT NOT NULL,
	asking_until INTEGER NOT NULL,
	downloads    INTEGER NOT NULL,
	created_at   INTEGER NOT NULL,
	updated_at   INTEGER NOT NULL,
	revision     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX plugins_name ON plugins (owner_id, name_key);
CREATE INDEX plugins_changed ON plugins (owner_id, updated_at, id);
CREATE INDEX plugins_shared ON plugins (name_key, id) WHERE shared = 1;

-- entries and build are JSON; build is '' while there is none.
CREATE TABLE plugin_versions (
	plugin_id   TEXT NOT NULL,
	number      INTEGER NOT NULL,
	author_id   TEXT NOT NULL,
	origin      TEXT NOT NULL,
	note        TEXT NOT NULL,
	exchange_id TEXT NOT NULL,
	entries     TEXT NOT NULL,
	build       TEXT NOT NULL,
	created_at  INTEGER NOT NULL,
	PRIMARY KEY (plugin_id, number)
) STRICT;

CREATE TABLE plugin_blobs (
	plugin_id TEXT NOT NULL,
	hash      TEXT NOT NULL,
	content   BLOB NOT NULL,
	PRIMARY KEY (plugin_id, hash)
) STRICT;

CREATE TABLE plugin_conversations (
	id         TEXT NOT NULL PRIMARY KEY,
	plugin_id  TEXT NOT NULL,
	user_id    TEXT NOT NULL,
	title      TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	count      INTEGER NOT NULL
) STRICT;
CREATE INDEX plugin_conversations_changed ON plugin_conversations (plugin_id, user_id, updated_at, id);
CREATE INDEX plugin_conversations_user ON plugin_conversations (user_id);

-- operations, build and usage are JSON; build is '' where there is none.
CREATE TABLE plugin_exchanges (
	id              TEXT NOT NULL PRIMARY KEY,
	conversation_id TEXT NOT NULL,
	plugin_id       TEXT NOT NULL,
	user_id         TEXT NOT NULL,
	ask             TEXT NOT NULL,
	answer          TEXT NOT NULL,
	state           TEXT NOT NULL,
	problem         TEXT NOT NULL,
	operations      TEXT NOT NULL,
	build           TEXT NOT NULL,
	base            INTEGER NOT NULL,
	version         INTEGER NOT NULL,
	rounds          INTEGER NOT NULL,
	usage           TEXT NOT NULL,
	model           TEXT NOT NULL,
	created_at      INTEGER NOT NULL,
	done_at         INTEGER NOT NULL
) STRICT;
CREATE INDEX plugin_exchanges_newest ON plugin_exchanges (conversation_id, id);
CREATE INDEX plugin_exchanges_plugin ON plugin_exchanges (plugin_id);
CREATE INDEX plugin_exchanges_user ON plugin_exchanges (user_id);

-- user_id is '' for the sum of all.
CREATE TABLE plugin_usage (
	user_id TEXT NOT NULL,
	day     TEXT NOT NULL,
	calls   INTEGER NOT NULL,
	input   INTEGER NOT NULL,
	output  INTEGER NOT NULL,
	cost    INTEGER NOT NULL,
	took    INTEGER NOT NULL,
	PRIMARY KEY (user_id, day)
) STRICT, WITHOUT ROWID;

-- granted and settings are JSON.
CREATE TABLE plugin_installs (
	id           TEXT NOT NULL PRIMARY KEY,
	plugin_id    TEXT NOT NULL,
	channel_id   TEXT NOT NULL,
	version      INTEGER NOT NULL,
	bundle       TEXT NOT NULL,
	manifest     TEXT NOT NULL,
	commands     TEXT NOT NULL,
	bot_id       TEXT NOT NULL,
	installer_id TEXT NOT NULL,
	approver_id  TEXT NOT NULL,
	state        TEXT NOT NULL,
	problem      TEXT NOT NULL,
	granted      TEXT NOT NULL,
	settings     TEXT NOT NULL,
	webhook_hash TEXT NOT NULL,
	failures     INTEGER NOT NULL,
	created_at   INTEGER NOT NULL,
	updated_at   INTEGER NOT NULL,
	revision     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX plugin_installs_once ON plugin_installs (plugin_id, channel_id);
CREATE INDEX plugin_installs_plugin ON plugin_installs (plugin_id, id);
CREATE INDEX plugin_installs_channel ON plugin_installs (channel_id, id);
CREATE UNIQUE INDEX plugin_installs_webhook ON plugin_installs (webhook_hash) WHERE webhook_hash <> '';

-- A command of a channel belongs to one install.
CREATE TABLE plugin_commands (
	channel_id TEXT NOT NULL,
	name       TEXT NOT NULL,
	install_id TEXT NOT NULL,
	PRIMARY KEY (channel_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX plugin_commands_install ON plugin_commands (install_id);

CREATE TABLE plugin_values (
	install_id TEXT NOT NULL,
	key        TEXT NOT NULL,
	content    TEXT NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (install_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE plugin_runs (
	id         TEXT NOT NULL PRIMARY KEY,
	install_id TEXT NOT NULL,
	kind       TEXT NOT NULL,
	caller_id  TEXT NOT NULL,
	outcome    TEXT NOT NULL,
	problem    TEXT NOT NULL,
	log        TEXT NOT NULL,
	took       INTEGER NOT NULL,
	memory     INTEGER NOT NULL,
	at         INTEGER NOT NULL
) STRICT;
CREATE INDEX plugin_runs_newest ON plugin_runs (install_id, id);
