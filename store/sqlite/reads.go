package sqlite

// Columns in the order in which the scan functions take them.
const (
	userColumns = `u.id, u.email, u.email_verified, u.name, u.username, u.display_name, u.avatar, u.role, u.preferences,
		u.status, u.status_message, u.phone, u.google_id, u.oauth_provider, u.deactivated, u.created_at, u.updated_at,
		u.last_login, u.two_factor_enabled, u.banned, u.ban_reason, u.ban_expires, u.notify, u.bot, u.owner_id,
		u.status_emoji, u.status_until, u.last_active, u.tokenless`
	sessionColumns = `s.id, s.user_id, s.token_hash, s.address, s.user_agent, s.remember, s.created_at, s.updated_at,
		s.expires_at, s.way, s.impersonated_by, s.seen_at, s.proven_at`
	ticketColumns    = `purpose, hash, user_id, email, data, tries, created_at, expires_at`
	twoFactorColumns = `user_id, secret, confirmed, last_step, salt, backup_codes, created_at`
	providerColumns  = `id, user_id, provider, subject, email, scopes, created_at, updated_at`
	passkeyColumns   = `id, user_id, name, credential_id, public_key, counter, device_type, backed_up, transports, data,
		created_at, last_used_at`
	tokenColumns      = `t.id, t.user_id, t.name, t.hash, t.hint, t.scopes, t.created_at, t.expires_at, t.last_used_at`
	invitationColumns = `id, token_hash, email, role, created_by, max_uses, uses, created_at, expires_at, revoked_at`
	eventColumns      = `id, action, actor_id, user_id, address, user_agent, details, at`
	browserColumns    = `id, user_id, session_id, endpoint, public_key, auth, user_agent, created_at, used_at`
	jobColumns        = `id, kind, owner, key, state, due, next_try, tries, problem, body, created_at, done_at, version`
	hookColumns       = `id, kind, channel_id, bot_id, keeper_id, name, crowds, hash, hint, salt, url, triggers, off, problem,
		failures, created_at, updated_at, last_used_at, command, usage, about`
	alarmColumns   = `id, name, state, reason, at, told`
	mailColumns    = `id, kind, recipient, sealed, tries, last_error, created_at, next_try, sent_at, given_up_at`
	channelColumns = `c.id, c.name, c.description, c.type, c.created_by, c.created_at, c.archived, c.last_seq,
		c.last_message_at, c.member_count, c.people_key, c.topic, c.posting, c.crowds, c.inviting, c.newcomers,
		c.keep_days`
	memberColumns = `m.channel_id, m.user_id, m.role, m.joined_at, m.last_read_seq, m.last_read_at, m.own_unread,
		m.listed_from, m.muted_until, m.level, m.muted, m.section, m.position`
	messageColumns = `id, channel_id, seq, user_id, content, html, renderer, parent_id, client_key,
		created_at, updated_at, edited_at, deleted, pinned_at, pinned_by, attachments, reply_count,
		last_reply_at, last_reply_seq, participants, previews, guise_name, guise_emoji, also_channel, guise_icon`
	reportColumns = `id, message_id, channel_id, author_id, reporter_id, reason, disclosed, created_at, for_admins,
		resolution, resolved_by, resolved_at`
	followingColumns = `f.root_id, f.channel_id, f.user_id, f.following, f.last_read_seq`
)

// named tells channels with a name from conversations.
const named = `(c.type IN ('public', 'private'))`

// read names a statement of the readers.
type read int

const (
	readOne read = iota
	readVersion
	readTables
	readUser
	readUserByEmail
	readUserByUsername
	readUsers
	readUserList
	readUserSearch
	readBots
	readUserCounts
	readActiveCount
	readAdmin
	readAdminCount
	readPassword
	readSession
	readSessionUser
	readSessions
	readCookie
	readTicket
	readTwoFactor
	readProviderAccount
	readProviderAccounts
	readPasskeyByCredential
	readPasskeys
	readTokenUser
	readTokens
	readInvitation
	readInvitations
	readSetting
	readJob
	readJobs
	readAllJobs
	readHook
	readHookByHash
	readChannelHooks
	readHooks
	readCommandHooks
	readCommandTaken
	readJobsDue
	readBrowser
	readBrowsers
	readRecentMail
	readMailCounts
	readChannel
	readChannelByName
	readChannels
	readPublicChannels
	readArchived
	readActiveChannels
	readLargeChannels
	readArchivedChannels
	readNewcomerChannels
	readChannelsAfter
	readChannelCount
	readChannelByKey
	readConversations
	readMembersOf
	readMembersAmong
	readMembership
	readMembers
	readChannelAdmins
	readBehind
	readJoined
	readJoinedPlaces
	readJoinedIDs
	readMessage
	readMessagesBy
	readNewest
	readBefore
	readFrom
	readMessageCount
	readReactions
	readBookmarked
	readBookmarks
	readDraft
	readDrafts
	readCustomEmoji
	readOldestBetween
	readNewestBetween
	readEmbeddings
	readGroups
	readGroupsNamed
	readGroupsOf
	readGroupMembers
	readCalledMembers
	readPins
	readVisible
	readVersions
	readUsage
	readUpload
	readUploads
	readUploadsBy
	readRepliesBefore
	readRepliesAfter
	readPlace
	readFollowers
	readThreads
	readUnreadThreads
	readUnreadThreadCount
	readMembersNamed
	readMembersMatching
	readMentions
	readUnreadMentions
	readUnreadPlaces
	readMessagesAfter
	readSuspects
	readPreferences
	readAudience
	readMentioned
	readPlaces
	readSearch
	readSearchPlaces
	readSearched
	readIndexBacklog
	readOpenReports
	readOpenReportsOf
	readOpenReportCount
	readMessagesByID
	readChannelsByID
	readPlugin
	readPluginNamed
	readPlugins
	readPluginsOf
	readSharedPlugins
	readPluginVersion
	readPluginVersions
	readPluginBlobs
	readPluginTalk
	readPluginTalks
	readExchange
	readExchanges
	readAnswerUsage
	readUsageBetween
	readUsageByPerson
	readPersonBudgets
	readProfile
	readInstall
	readInstallsIn
	readInstallsOf
	readInstallByWebhook
	readInstallsAll
	readInstallsWaiting
	readInstallsByState
	readPluginValue
	readPluginValues
	readRuns
	readMeasures
	readAlarmChanges
	readLastAlarmChange
	readDueJobs
	readEventCounts
	readCount // how many there are
)

// readText holds the statements. A test fails on any that walks a whole table without a reason stated there.
var readText = [readCount]string{
	readMeasures:        `SELECT at, body FROM measures WHERE resolution = ?1 AND at >= ?2 ORDER BY at LIMIT ?3`,
	readAlarmChanges:    `SELECT ` + alarmColumns + ` FROM alarm_changes WHERE id < ?1 ORDER BY id DESC LIMIT ?2`,
	readLastAlarmChange: `SELECT ` + alarmColumns + ` FROM alarm_changes WHERE name = ?1 ORDER BY id DESC LIMIT 1`,
	readDueJobs: `SELECT count(*), coalesce(min(next_try), 0) FROM (SELECT next_try FROM jobs
		WHERE kind = ?1 AND next_try > 0 AND next_try <= ?2 ORDER BY next_try LIMIT ?3)`,
	readEventCounts: `SELECT action, count(*) FROM audit_events INDEXED BY audit_events_by_time WHERE at >= ?1 GROUP BY action`,

	readOne:     `SELECT 1`,
	readVersion: `PRAGMA user_version`,
	readTables: `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')
		AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`,

	readUser:           `SELECT ` + userColumns + ` FROM users u WHERE u.id = ?1`,
	readUserByEmail:    `SELECT ` + userColumns + ` FROM users u WHERE u.email = ?1`,
	readUserByUsername: `SELECT ` + userColumns + ` FROM users u WHERE u.username = ?1`,
	readUsers:          `SELECT ` + userColumns + ` FROM json_each(?1) j CROSS JOIN users u ON u.id = j.value`,
	readUserList: `SELECT ` + userColumns + ` FROM users u WHERE u.id > ?1 AND u.deactivated = 0 AND u.bot = 0
		ORDER BY u.id LIMIT ?2`,
	readBots: `SELECT ` + userColumns + ` FROM users u WHERE u.id > ?1 AND u.bot = 1 AND u.deactivated = 0
		ORDER BY u.id LIMIT ?2`,
	readUserSearch: `SELECT ` + userColumns + ` FROM users u WHERE instr(u.search, ?1) > 0 AND u.deactivated = 0 AND u.bot = 0
		ORDER BY u.username LIMIT ?2`,
	readUserCounts: `SELECT (SELECT count(*) FROM users) - (SELECT count(*) FROM users WHERE deactivated = 1)
		- (SELECT count(*) FROM users WHERE bot = 1 AND deactivated = 0),
		(SELECT count(*) FROM users WHERE status <> 'offline' AND deactivated = 0 AND bot = 0)`,
	readActiveCount: `SELECT count(*) FROM users WHERE last_active >= ?1`,
	readAdmin:       `SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin')`,
	readAdminCount:  `SELECT count(*) FROM users WHERE role = 'admin' AND banned = 0 AND deactivated = 0`,
	readPassword:    `SELECT password_hash FROM users WHERE id = ?1`,

	readSession: `SELECT ` + sessionColumns + ` FROM sessions s WHERE s.id = ?1`,
	readSessionUser: `SELECT ` + sessionColumns + `, ` + userColumns + `
		FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = ?1`,
	readSessions: `SELECT ` + sessionColumns + ` FROM sessions s WHERE s.user_id = ?1 AND s.expires_at > ?2
		ORDER BY s.created_at DESC, s.id DESC`,
	readCookie: `SELECT data, expiry FROM scs_sessions WHERE token = ?1`,

	readTicket:          `SELECT ` + ticketColumns + ` FROM tickets WHERE purpose = ?1 AND hash = ?2 AND expires_at > ?3`,
	readTwoFactor:       `SELECT ` + twoFactorColumns + ` FROM two_factor WHERE user_id = ?1`,
	readProviderAccount: `SELECT ` + providerColumns + ` FROM provider_accounts WHERE provider = ?1 AND subject = ?2`,
	readProviderAccounts: `SELECT ` + providerColumns + ` FROM provider_accounts WHERE user_id = ?1
		ORDER BY created_at, id`,
	readPasskeyByCredential: `SELECT ` + passkeyColumns + ` FROM passkeys WHERE credential_id = ?1`,
	readPasskeys:            `SELECT ` + passkeyColumns + ` FROM passkeys WHERE user_id = ?1 ORDER BY created_at, id`,
	readTokenUser: `SELECT ` + tokenColumns + `, ` + userColumns + `
		FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = ?1`,
	readTokens:     `SELECT ` + tokenColumns + ` FROM tokens t WHERE t.user_id = ?1 ORDER BY t.created_at DESC, t.id DESC`,
	readInvitation: `SELECT ` + invitationColumns + ` FROM invitations WHERE token_hash = ?1`,
	readInvitations: `SELECT ` + invitationColumns + ` FROM invitations WHERE id < iif(?1 = '', '~', ?1)
		ORDER BY id DESC LIMIT ?2`,
	readSetting:      `SELECT value FROM settings WHERE name = ?1`,
	readJob:          `SELECT ` + jobColumns + ` FROM jobs WHERE id = ?2 AND owner = ?1`,
	readHook:         `SELECT ` + hookColumns + ` FROM hooks WHERE id = ?1`,
	readHookByHash:   `SELECT ` + hookColumns + ` FROM hooks WHERE hash = ?1 AND hash <> ''`,
	readChannelHooks: `SELECT ` + hookColumns + ` FROM hooks WHERE channel_id = ?1 ORDER BY id`,
	readHooks:        `SELECT ` + hookColumns + ` FROM hooks WHERE id > ?1 ORDER BY id LIMIT ?2`,
	readCommandHooks: `SELECT ` + hookColumns + ` FROM hooks WHERE channel_id IN (?1, '') AND command <> ''`,
	readCommandTaken: `SELECT EXISTS (SELECT 1 FROM hooks WHERE command = ?1 AND command <> '' AND (?2 = '' OR channel_id IN (?2, '')))`,

	readJobs:       `SELECT ` + jobColumns + ` FROM jobs WHERE owner = ?1 AND kind = ?2 ORDER BY id DESC LIMIT ?3`,
	readAllJobs:    `SELECT ` + jobColumns + ` FROM jobs WHERE id < ?1 ORDER BY id DESC LIMIT ?2`,
	readJobsDue:    `SELECT EXISTS (SELECT 1 FROM jobs WHERE kind = ?1 AND next_try > 0 AND next_try <= ?2)`,
	readRecentMail: `SELECT ` + mailColumns + ` FROM outbox ORDER BY id DESC LIMIT ?1`,
	readMailCounts: `SELECT (SELECT count(*) FROM outbox WHERE sent_at = 0 AND given_up_at = 0),
		(SELECT count(*) FROM outbox WHERE given_up_at <> 0)`,

	readChannel:       `SELECT ` + channelColumns + ` FROM channels c WHERE c.id = ?1`,
	readChannelByName: `SELECT ` + channelColumns + ` FROM channels c WHERE c.name = ?1 AND c.type = 'public'`,
	readChannels: `SELECT ` + channelColumns + ` FROM channels c
		WHERE c.archived = 0 AND ` + named + ` AND (c.name, c.id) > (?1, ?2)` + channelHolds + ` ORDER BY c.name, c.id LIMIT ?4`,
	readPublicChannels: `SELECT ` + channelColumns + ` FROM channels c
		WHERE c.archived = 0 AND c.type = 'public' AND (c.name, c.id) > (?1, ?2)` + channelHolds + ` ORDER BY c.name, c.id LIMIT ?4`,
	readArchived: `SELECT ` + channelColumns + ` FROM channels c
		WHERE c.archived = 1 AND ` + named + ` AND (c.name, c.id) > (?1, ?2)` + channelHolds + ` ORDER BY c.name, c.id LIMIT ?4`,
	readActiveChannels: rankedChannels("c.last_message_at"),
	readLargeChannels:  rankedChannels("c.member_count"),
	readArchivedChannels: `SELECT ` + channelColumns + ` FROM members m CROSS JOIN channels c ON c.id = m.channel_id
		WHERE m.user_id = ?1 AND c.archived = 1 AND ` + named + ` ORDER BY c.name, c.id LIMIT ?2`,
	readChannelsAfter: `SELECT ` + channelColumns + ` FROM channels c WHERE c.id > ?1 ORDER BY c.id LIMIT ?2`,
	readNewcomerChannels: `SELECT ` + channelColumns + ` FROM channels c
		WHERE c.newcomers = 1 AND c.archived = 0 AND c.type = 'public' ORDER BY c.name`,
	readChannelCount: `SELECT count(*) FROM channels c WHERE ` + named,
	readChannelByKey: `SELECT ` + channelColumns + ` FROM channels c WHERE c.people_key = ?1 AND c.people_key <> ''`,
	readConversations: `SELECT ` + channelColumns + `, ` + memberColumns + `, coalesce(x.content, '')
		FROM members m JOIN channels c ON c.id = m.channel_id
		LEFT JOIN messages x ON x.channel_id = c.id AND x.seq = c.last_seq AND x.deleted = 0
		WHERE m.user_id = ?1 AND NOT ` + named + ` AND m.listed_from <= c.last_seq
		AND (?2 = 0 OR (iif(c.last_message_at = 0, c.created_at, c.last_message_at), c.id) < (?2, ?3))
		ORDER BY iif(c.last_message_at = 0, c.created_at, c.last_message_at) DESC, c.id DESC LIMIT ?4`,
	readMembersOf:    `SELECT ` + memberColumns + ` FROM json_each(?1) j CROSS JOIN members m ON m.channel_id = j.value`,
	readMembersAmong: `SELECT ` + memberColumns + ` FROM json_each(?2) j CROSS JOIN members m ON m.channel_id = ?1 AND m.user_id = j.value`,
	readMembership: `SELECT ` + channelColumns + `, ` + memberColumns + `
		FROM members m JOIN channels c ON c.id = m.channel_id WHERE m.channel_id = ?1 AND m.user_id = ?2`,
	readMembers: `SELECT ` + memberColumns + ` FROM members m WHERE m.channel_id = ?1 AND m.user_id > ?2
		ORDER BY m.user_id LIMIT ?3`,
	readChannelAdmins: `SELECT ` + memberColumns + ` FROM members m INDEXED BY members_admins WHERE m.channel_id = ?1 AND m.role = 'admin'
		ORDER BY m.user_id LIMIT ?2`,
	readBehind: `SELECT ` + memberColumns + ` FROM members m WHERE m.channel_id = ?1 AND m.last_read_seq < ?2 LIMIT ?3`,
	readJoined: `SELECT ` + channelColumns + `, ` + memberColumns + `, coalesce(x.content, '')
		FROM members m JOIN channels c ON c.id = m.channel_id
		LEFT JOIN messages x ON x.channel_id = c.id AND x.seq = c.last_seq AND x.deleted = 0
		WHERE m.user_id = ?1 AND c.archived = 0 AND ` + named + ` ORDER BY c.name`,
	readJoinedPlaces: `SELECT ` + channelColumns + `, ` + memberColumns + ` FROM members m JOIN channels c ON c.id = m.channel_id
		WHERE m.user_id = ?1 AND c.archived = 0 AND ` + named + ``,
	readJoinedIDs: `SELECT c.id FROM members m JOIN channels c ON c.id = m.channel_id
		WHERE m.user_id = ?1 AND c.archived = 0`,

	readUsage:  `SELECT coalesce(sum(charge), 0), count(iif(expires_at <> 0, 1, NULL)) FROM uploads WHERE user_id = ?1`,
	readUpload: `SELECT ` + uploadColumns + ` FROM uploads WHERE key = ?1 AND removed = 0`,
	readUploads: `SELECT ` + of("u", uploadColumns) + ` FROM json_each(?2) j CROSS JOIN uploads u ON u.id = j.value
		WHERE u.user_id = ?1 AND u.removed = 0`,
	readUploadsBy: `SELECT ` + uploadColumns + ` FROM uploads WHERE user_id = ?1 AND id > ?2 AND removed = 0 ORDER BY id LIMIT ?3`,

	readMessage: `SELECT ` + messageColumns + ` FROM messages WHERE id = ?1`,
	readMessagesBy: `SELECT ` + messageColumns + ` FROM messages
		WHERE user_id = ?1 AND (channel_id, seq) > (?2, ?3) AND deleted = 0 ORDER BY channel_id, seq LIMIT ?4`,
	readNewest: `SELECT ` + messageColumns + ` FROM messages WHERE channel_id = ?1 AND deleted = 0
		ORDER BY seq DESC LIMIT ?2`,
	readBefore: `SELECT ` + messageColumns + ` FROM messages WHERE channel_id = ?1 AND deleted = 0 AND seq < ?2
		ORDER BY seq DESC LIMIT ?3`,
	readFrom: `SELECT ` + messageColumns + ` FROM messages WHERE channel_id = ?1 AND deleted = 0 AND seq >= ?2
		ORDER BY seq LIMIT ?3`,
	readMessageCount: `SELECT coalesce(max(n), 0) FROM messages`, // rows are never removed

	readReactions: `SELECT r.id, r.message_id, r.user_id, r.emoji, r.created_at
		FROM json_each(?1) j CROSS JOIN message_reactions r ON r.message_id = j.value`,
	readBookmarked: `SELECT b.message_id FROM json_each(?2) j CROSS JOIN bookmarks b
		ON b.user_id = ?1 AND b.message_id = j.value`,
	readDraft: `SELECT user_id, channel_id, root_id, content, attachments, updated_at FROM drafts WHERE user_id = ?1 AND channel_id = ?2 AND root_id = ?3`,
	readDrafts: `SELECT user_id, channel_id, root_id, content, attachments, updated_at FROM drafts WHERE user_id = ?1
		ORDER BY updated_at DESC, channel_id DESC, root_id DESC LIMIT ?2`,
	readOldestBetween: `SELECT ` + messageColumns + ` FROM messages WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3`,
	readNewestBetween: `SELECT ` + messageColumns + ` FROM messages WHERE id > ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3`,
	readEmbeddings: `SELECT message_id, vector FROM message_embeddings
		WHERE model = ?1 AND channel_id IN (SELECT value FROM json_each(?2)) ORDER BY message_id DESC LIMIT ?3`,
	readGroups:      `SELECT ` + groupColumns + ` FROM user_groups ORDER BY handle LIMIT ?1`,
	readGroupsNamed: `SELECT ` + of("g", groupColumns) + ` FROM json_each(?1) j CROSS JOIN user_groups g ON g.handle = j.value`,
	readGroupsOf: `SELECT ` + of("g", groupColumns) + ` FROM group_members m CROSS JOIN user_groups g ON g.id = m.group_id
		WHERE m.user_id = ?1 ORDER BY g.handle LIMIT ?2`,
	readGroupMembers: `SELECT user_id FROM group_members WHERE group_id = ?1 ORDER BY user_id`,
	readCalledMembers: `SELECT DISTINCT g.user_id FROM json_each(?1) j CROSS JOIN group_members g ON g.group_id = j.value
		CROSS JOIN members m ON m.channel_id = ?2 AND m.user_id = g.user_id ORDER BY g.user_id`,
	readCustomEmoji: `SELECT id, name, picture, still, created_by, created_at FROM custom_emoji ORDER BY name`,
	readBookmarks: `SELECT b.id, b.user_id, b.message_id, b.channel_id, b.created_at, ` + of("x", messageColumns) + `
		FROM bookmarks b CROSS JOIN members m ON m.channel_id = b.channel_id AND m.user_id = b.user_id
		CROSS JOIN messages x ON x.id = b.message_id
		WHERE b.user_id = ?1 AND b.id < iif(?2 = '', '~', ?2) AND x.deleted = 0 ORDER BY b.id DESC LIMIT ?3`,
	readPins: `SELECT ` + messageColumns + ` FROM messages WHERE channel_id = ?1 AND pinned_at > 0
		ORDER BY pinned_at DESC, id DESC`,
	readVisible: `SELECT ` + of("x", messageColumns) + ` FROM json_each(?2) j CROSS JOIN messages x ON x.id = j.value
		CROSS JOIN members m ON m.channel_id = x.channel_id AND m.user_id = ?1 WHERE x.deleted = 0`,
	readVersions: `SELECT content, written_at FROM message_versions WHERE message_id = ?1 ORDER BY n`,

	readRepliesBefore: `SELECT ` + messageColumns + ` FROM messages WHERE parent_id = ?1 AND parent_id <> '' AND deleted = 0
		AND seq < ?2 ORDER BY seq DESC LIMIT ?3`,
	readRepliesAfter: `SELECT ` + messageColumns + ` FROM messages WHERE parent_id = ?1 AND parent_id <> '' AND deleted = 0
		AND seq > ?2 ORDER BY seq LIMIT ?3`,
	readPlace: `SELECT ` + followingColumns + `, ` + unreadReplies("?3") + ` FROM threads f WHERE f.root_id = ?1 AND f.user_id = ?2`,
	readFollowers: `SELECT ` + followingColumns + `, 0
		FROM threads f CROSS JOIN members m ON m.channel_id = f.channel_id AND m.user_id = f.user_id
		WHERE f.root_id = ?1 AND f.following = 1`,
	readThreads:       followed("threads f", "f.last_seq > 0"),
	readUnreadThreads: followed("threads f INDEXED BY threads_unread", "f.last_seq > f.last_read_seq"),
	readUnreadThreadCount: `SELECT count(*) FROM (SELECT 1
		FROM threads f INDEXED BY threads_unread
		CROSS JOIN members m ON m.channel_id = f.channel_id AND m.user_id = f.user_id
		WHERE f.user_id = ?1 AND f.following = 1 AND f.last_seq > f.last_read_seq LIMIT ?2)`,
	readMembersNamed: `SELECT u.username, u.id FROM json_each(?2) j CROSS JOIN users u ON u.username = j.value
		CROSS JOIN members m ON m.channel_id = ?1 AND m.user_id = u.id WHERE u.deactivated = 0`,
	readMembersMatching: `SELECT ` + userColumns + ` FROM members m CROSS JOIN users u ON u.id = m.user_id
		WHERE m.channel_id = ?1 AND u.deactivated = 0 AND (substr(u.username, 1, length(?2)) = ?2
		OR substr(u.search, 1, length(?2)) = ?2 OR instr(u.search, char(31) || ?2) BETWEEN 1 AND instr(u.search, char(31)))
		ORDER BY substr(u.username, 1, length(?2)) <> ?2, u.username LIMIT ?3`,
	readMentions: `SELECT ` + of("x", messageColumns) + `
		FROM mentions t CROSS JOIN members m ON m.channel_id = t.channel_id AND m.user_id = t.user_id
		CROSS JOIN messages x ON x.id = t.message_id
		WHERE t.user_id = ?1 AND (t.created_at, t.message_id) < (iif(?2 = 0, 9223372036854775807, ?2), ?3) AND x.deleted = 0
		ORDER BY t.created_at DESC, t.message_id DESC LIMIT ?4`,
	readUnreadMentions: `SELECT m.channel_id, count(*) FROM members m CROSS JOIN mentions t
		ON t.user_id = m.user_id AND t.channel_id = m.channel_id AND t.seq > m.last_read_seq
		WHERE m.user_id = ?1 GROUP BY m.channel_id`,

	readUnreadPlaces: `SELECT ` + channelColumns + `, ` + memberColumns + `, ''
		FROM members m JOIN channels c ON c.id = m.channel_id
		WHERE m.user_id = ?1 AND c.archived = 0 AND m.listed_from <= c.last_seq AND c.last_seq > m.last_read_seq + m.own_unread
		ORDER BY iif(c.last_message_at = 0, c.created_at, c.last_message_at) DESC, c.id DESC LIMIT ?2`,
	readMessagesAfter: `SELECT ` + of("x", messageColumns) + ` FROM json_each(?1) j CROSS JOIN messages x
		ON x.channel_id = j.key AND x.seq > j.value AND x.seq <= j.value + ?2 WHERE x.deleted = 0`,
	readBrowser:     `SELECT ` + browserColumns + ` FROM browsers WHERE id = ?2 AND user_id = ?1`,
	readBrowsers:    `SELECT ` + of("b", browserColumns) + ` FROM json_each(?1) j CROSS JOIN browsers b INDEXED BY browsers_of ON b.user_id = j.value`,
	readPreferences: `SELECT settings FROM notification_preferences WHERE user_id = ?1`,
	readAudience: `SELECT m.user_id, m.level, m.muted, coalesce(p.settings, '{}')
		FROM members m LEFT JOIN notification_preferences p ON p.user_id = m.user_id
		WHERE m.channel_id = ?1 AND (?3 OR m.level = 'all' OR p.asks = 1 OR m.user_id IN (SELECT value FROM json_each(?2)))`,
	readMentioned: `SELECT named FROM mentions WHERE message_id = ?1 AND user_id = ?2`,
	readSuspects: `SELECT m.channel_id, m.user_id,
		m.own_unread <> (SELECT count(*) FROM messages x WHERE x.user_id = m.user_id AND x.channel_id = m.channel_id AND x.seq > m.last_read_seq),
		(SELECT count(*) FROM mentions t WHERE t.user_id = m.user_id AND t.channel_id = m.channel_id AND t.seq > m.last_read_seq
		AND NOT EXISTS (SELECT 1 FROM messages x WHERE x.id = t.message_id AND x.deleted = 0))
		FROM members m WHERE (m.channel_id, m.user_id) > (?1, ?2) ORDER BY m.channel_id, m.user_id LIMIT ?3`,

	readPlaces: `SELECT c.id, c.name, c.type, c.people_key FROM members m CROSS JOIN channels c ON c.id = m.channel_id
		WHERE m.user_id = ?1`,
	readSearch: `SELECT s.rowid, ` + of("m", messageColumns) + `
		FROM search s CROSS JOIN messages m ON m.n = s.rowid & 2147483647
		WHERE s.search MATCH ?1 AND s.rowid < ?2 AND s.rowid >= ?3 AND m.deleted = 0
		AND m.channel_id IN (SELECT value FROM json_each(?4)) ORDER BY s.rowid DESC LIMIT ?5`,
	readSearchPlaces: `SELECT s.rowid, m.channel_id FROM search s CROSS JOIN messages m ON m.n = s.rowid & 2147483647
		WHERE s.search MATCH ?1 AND s.rowid < ?2 AND s.rowid >= ?3 AND m.deleted = 0 ORDER BY s.rowid DESC LIMIT ?4`,
	readSearched: `SELECT j.value, ` + of("m", messageColumns) + `
		FROM json_each(?1) j CROSS JOIN messages m ON m.n = j.value & 2147483647 WHERE m.deleted = 0`,
	readOpenReports: `SELECT ` + reportColumns + ` FROM reports INDEXED BY reports_open
		WHERE resolution = '' AND id < iif(?2 = '', '~', ?2) AND (?1 OR for_admins = 0) ORDER BY id DESC LIMIT ?3`,
	readOpenReportsOf: `SELECT ` + reportColumns + ` FROM reports INDEXED BY reports_once
		WHERE message_id = ?1 AND resolution = '' ORDER BY id DESC LIMIT ?2`,
	readOpenReportCount: `SELECT count(*) FROM (SELECT 1 FROM reports INDEXED BY reports_open
		WHERE resolution = '' AND (?1 OR for_admins = 0) LIMIT ?2)`,
	readMessagesByID: `SELECT ` + of("x", messageColumns) + ` FROM json_each(?1) j CROSS JOIN messages x ON x.id = j.value`,
	readChannelsByID: `SELECT ` + channelColumns + ` FROM json_each(?1) j CROSS JOIN channels c ON c.id = j.value`,
	readIndexBacklog: `SELECT (SELECT coalesce(max(n), 0) FROM messages) - (SELECT n FROM search_progress WHERE one = 1)
		+ EXISTS (SELECT 1 FROM search_pending)`,

	readPlugin:      `SELECT ` + pluginColumns + ` FROM plugins WHERE id = ?1`,
	readPluginNamed: `SELECT ` + pluginColumns + ` FROM plugins WHERE owner_id = ?1 AND name_key = ?2`,
	readPlugins:     `SELECT ` + of("p", pluginColumns) + ` FROM json_each(?1) j CROSS JOIN plugins p ON p.id = j.value`,
	readPluginsOf:   `SELECT ` + pluginColumns + ` FROM plugins WHERE owner_id = ?1 ORDER BY updated_at DESC, id DESC LIMIT ?2`,
	readSharedPlugins: `SELECT ` + pluginColumns + ` FROM plugins WHERE shared = 1 AND (name_key, id) > (?1, ?2)
		ORDER BY name_key, id LIMIT ?3`,
	readPluginVersion: `SELECT ` + pluginVersionColumns + ` FROM plugin_versions WHERE plugin_id = ?1 AND number = ?2`,
	readPluginVersions: `SELECT ` + pluginVersionColumns + ` FROM plugin_versions WHERE plugin_id = ?1 AND number < ?2
		ORDER BY number DESC LIMIT ?3`,
	readPluginBlobs: `SELECT b.hash, b.content FROM json_each(?2) j CROSS JOIN plugin_blobs b ON b.plugin_id = ?1 AND b.hash = j.value`,
	readPluginTalk:  `SELECT ` + pluginTalkColumns + ` FROM plugin_conversations WHERE id = ?1`,
	readPluginTalks: `SELECT ` + pluginTalkColumns + ` FROM plugin_conversations WHERE plugin_id = ?1 AND user_id = ?2
		ORDER BY updated_at DESC, id DESC LIMIT ?3`,
	readExchange: `SELECT ` + exchangeColumns + ` FROM plugin_exchanges WHERE id = ?1`,
	readExchanges: `SELECT ` + exchangeColumns + ` FROM plugin_exchanges WHERE conversation_id = ?1 AND id < ?2
		ORDER BY id DESC LIMIT ?3`,
	readAnswerUsage: `SELECT usage FROM plugin_exchanges WHERE plugin_id = ?1 AND state <> 'answering' ORDER BY id DESC LIMIT ?2`,
	readUsageBetween: `SELECT coalesce(sum(calls), 0), coalesce(sum(input), 0), coalesce(sum(output), 0), coalesce(sum(cost), 0),
		coalesce(sum(took), 0) FROM plugin_usage WHERE user_id = ?1 AND day BETWEEN ?2 AND ?3`,
	readUsageByPerson: `SELECT user_id, sum(calls), sum(input), sum(output), sum(cost), sum(took), sum(iif(day = ?2, input + output, 0)),
		sum(input + output) AS tokens FROM plugin_usage WHERE day BETWEEN ?1 AND ?2 AND +user_id <> '' GROUP BY user_id
		HAVING tokens < ?3 OR tokens = ?3 AND user_id > ?4 ORDER BY tokens DESC, user_id LIMIT ?5`,
	readProfile:       `SELECT field, value FROM profile_values WHERE user_id = ?1`,
	readPersonBudgets: `SELECT b.user_id, b.tokens FROM json_each(?1) j CROSS JOIN plugin_budgets b ON b.user_id = j.value`,
	readInstall:       `SELECT ` + installColumns + ` FROM plugin_installs WHERE id = ?1`,
	readInstallsIn: `SELECT ` + installColumns + ` FROM plugin_installs WHERE channel_id IN (SELECT value FROM json_each(?1))
		ORDER BY channel_id, id LIMIT ?2`,
	readInstallsOf:       `SELECT ` + installColumns + ` FROM plugin_installs WHERE plugin_id = ?1 ORDER BY id LIMIT ?2`,
	readInstallByWebhook: `SELECT ` + installColumns + ` FROM plugin_installs WHERE webhook_hash = ?1 AND webhook_hash <> ''`,
	readInstallsAll:      `SELECT ` + installColumns + ` FROM plugin_installs WHERE id > ?1 ORDER BY id LIMIT ?2`,
	readInstallsWaiting: `SELECT ` + installColumns + ` FROM plugin_installs INDEXED BY plugin_installs_waiting
		WHERE (state = 'asked' OR pending <> 'null') AND id > ?1 ORDER BY id LIMIT ?2`,
	readInstallsByState: `SELECT ` + installColumns + ` FROM plugin_installs WHERE state = ?3 AND id > ?1 ORDER BY id LIMIT ?2`,
	readPluginValue:     `SELECT key, content, updated_at FROM plugin_values WHERE install_id = ?1 AND key = ?2`,
	readPluginValues: `SELECT key, content, updated_at FROM plugin_values WHERE install_id = ?1 AND key > ?2 AND key >= ?3 AND key < ?4
		ORDER BY key LIMIT ?5`,
	readRuns: `SELECT ` + runColumns + ` FROM plugin_runs WHERE install_id = ?1 ORDER BY id DESC LIMIT ?2`,
}

// channelHolds leaves out the channels that do not say a text in lower case, ?3.
const channelHolds = ` AND (?3 = '' OR instr(lower(c.name || char(31) || c.topic || char(31) || c.description), ?3) > 0)`

// rankedChannels lists channels by a number, the highest first. ?5 asks for private ones too.
func rankedChannels(rank string) string {
	return `SELECT ` + channelColumns + ` FROM channels c WHERE c.archived = 0 AND ` + named + `
		AND (?5 OR c.type = 'public') AND (?2 = '' OR (` + rank + `, c.id) < (?1, ?2))` + channelHolds + `
		ORDER BY ` + rank + ` DESC, c.id DESC LIMIT ?4`
}

// followed lists those of a person's threads for which a condition holds.
func followed(threads, condition string) string {
	return `SELECT ` + followingColumns + `, ` + unreadReplies("?5") + `, ` + of("x", messageColumns) + ` FROM ` + threads + `
		CROSS JOIN members m ON m.channel_id = f.channel_id AND m.user_id = f.user_id
		CROSS JOIN messages x ON x.id = f.root_id
		WHERE f.user_id = ?1 AND f.following = 1 AND ` + condition + ` AND x.deleted = 0
		AND (f.last_reply_at, f.root_id) < (iif(?2 = 0, 9223372036854775807, ?2), ?3)
		ORDER BY f.last_reply_at DESC, f.root_id DESC LIMIT ?4`
}

// unreadReplies counts the replies after a mark, as far as a limit.
func unreadReplies(limit string) string {
	return `(SELECT count(*) FROM (SELECT 1 FROM messages r WHERE r.parent_id = f.root_id AND r.parent_id <> ''
		AND r.deleted = 0 AND r.seq > f.last_read_seq LIMIT ` + limit + `))`
}
