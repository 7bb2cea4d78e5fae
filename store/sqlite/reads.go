package sqlite

// Columns in the order in which the scan functions take them.
const (
	userColumns = `u.id, u.email, u.email_verified, u.name, u.username, u.display_name, u.avatar, u.role, u.preferences,
		u.status, u.status_message, u.phone, u.google_id, u.oauth_provider, u.deactivated, u.created_at, u.updated_at,
		u.last_login, u.two_factor_enabled, u.banned, u.ban_reason, u.ban_expires, u.notify`
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
	mailColumns       = `id, kind, recipient, sealed, tries, last_error, created_at, next_try, sent_at, given_up_at`
	channelColumns    = `c.id, c.name, c.description, c.type, c.created_by, c.created_at, c.archived, c.last_seq,
		c.last_message_at, c.member_count`
	memberColumns  = `m.channel_id, m.user_id, m.role, m.joined_at, m.last_read_seq, m.last_read_at, m.own_unread`
	messageColumns = `id, channel_id, seq, user_id, content, html, renderer, parent_id, client_key,
		created_at, updated_at, edited_at, deleted`
)

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
	readUserCounts
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
	readRecentMail
	readMailCounts
	readChannel
	readChannelByName
	readChannels
	readPublicChannels
	readChannelCount
	readMembership
	readMembers
	readJoined
	readJoinedIDs
	readMessage
	readMessagesBy
	readNewest
	readBefore
	readAfter
	readFrom
	readMessageCount
	readCount // how many there are
)

// readText holds the statements. A test fails on any that walks a whole table without a reason stated there.
var readText = [readCount]string{
	readOne:     `SELECT 1`,
	readVersion: `PRAGMA user_version`,
	readTables:  `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`,

	readUser:           `SELECT ` + userColumns + ` FROM users u WHERE u.id = ?1`,
	readUserByEmail:    `SELECT ` + userColumns + ` FROM users u WHERE u.email = ?1`,
	readUserByUsername: `SELECT ` + userColumns + ` FROM users u WHERE u.username = ?1`,
	readUsers:          `SELECT ` + userColumns + ` FROM json_each(?1) j CROSS JOIN users u ON u.id = j.value`,
	readUserList: `SELECT ` + userColumns + ` FROM users u WHERE u.id > ?1 AND u.deactivated = 0
		ORDER BY u.id LIMIT ?2`,
	readUserSearch: `SELECT ` + userColumns + ` FROM users u WHERE instr(u.search, ?1) > 0 AND u.deactivated = 0
		ORDER BY u.username LIMIT ?2`,
	readUserCounts: `SELECT (SELECT count(*) FROM users) - (SELECT count(*) FROM users WHERE deactivated = 1),
		(SELECT count(*) FROM users WHERE status <> 'offline' AND deactivated = 0)`,
	readAdmin:      `SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin')`,
	readAdminCount: `SELECT count(*) FROM users WHERE role = 'admin' AND banned = 0 AND deactivated = 0`,
	readPassword:   `SELECT password_hash FROM users WHERE id = ?1`,

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
	readSetting:    `SELECT value FROM settings WHERE name = ?1`,
	readRecentMail: `SELECT ` + mailColumns + ` FROM outbox ORDER BY id DESC LIMIT ?1`,
	readMailCounts: `SELECT (SELECT count(*) FROM outbox WHERE sent_at = 0 AND given_up_at = 0),
		(SELECT count(*) FROM outbox WHERE given_up_at <> 0)`,

	readChannel:       `SELECT ` + channelColumns + ` FROM channels c WHERE c.id = ?1`,
	readChannelByName: `SELECT ` + channelColumns + ` FROM channels c WHERE c.name = ?1 AND c.type = 'public'`,
	readChannels: `SELECT ` + channelColumns + ` FROM channels c WHERE c.archived = 0 AND c.name > ?1
		ORDER BY c.name LIMIT ?2`,
	readPublicChannels: `SELECT ` + channelColumns + ` FROM channels c
		WHERE c.archived = 0 AND c.type = 'public' AND c.name > ?1 ORDER BY c.name LIMIT ?2`,
	readChannelCount: `SELECT count(*) FROM channels`,
	readMembership: `SELECT ` + channelColumns + `, ` + memberColumns + `
		FROM members m JOIN channels c ON c.id = m.channel_id WHERE m.channel_id = ?1 AND m.user_id = ?2`,
	readMembers: `SELECT ` + memberColumns + ` FROM members m WHERE m.channel_id = ?1 AND m.user_id > ?2
		ORDER BY m.user_id LIMIT ?3`,
	readJoined: `SELECT ` + channelColumns + `, ` + memberColumns + `, coalesce(x.content, '')
		FROM members m JOIN channels c ON c.id = m.channel_id
		LEFT JOIN messages x ON x.channel_id = c.id AND x.seq = c.last_seq AND x.deleted = 0
		WHERE m.user_id = ?1 AND c.archived = 0 ORDER BY c.name`,
	readJoinedIDs: `SELECT c.id FROM members m JOIN channels c ON c.id = m.channel_id
		WHERE m.user_id = ?1 AND c.archived = 0`,

	readMessage: `SELECT ` + messageColumns + ` FROM messages WHERE id = ?1`,
	readMessagesBy: `SELECT ` + messageColumns + ` FROM messages
		WHERE user_id = ?1 AND (channel_id, seq) > (?2, ?3) AND deleted = 0 ORDER BY channel_id, seq LIMIT ?4`,
	readNewest: `SELECT ` + messageColumns + ` FROM messages WHERE channel_id = ?1 AND deleted = 0
		ORDER BY seq DESC LIMIT ?2`,
	readBefore: `SELECT ` + messageColumns + ` FROM messages WHERE channel_id = ?1 AND deleted = 0 AND seq < ?2
		ORDER BY seq DESC LIMIT ?3`,
	readAfter: `SELECT ` + messageColumns + ` FROM messages WHERE channel_id = ?1 AND deleted = 0 AND seq > ?2
		ORDER BY seq LIMIT ?3`,
	readFrom: `SELECT ` + messageColumns + ` FROM messages WHERE channel_id = ?1 AND deleted = 0 AND seq >= ?2
		ORDER BY seq LIMIT ?3`,
	readMessageCount: `SELECT coalesce(max(n), 0) FROM messages`, // rows are never removed
}
