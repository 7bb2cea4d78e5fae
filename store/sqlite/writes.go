package sqlite

// write names a statement of the writer.
type write int

const (
	begin write = iota
	commit
	rollback
	savepoint
	release
	undo
	findEmail
	findUsername
	findAdmin
	findUser
	insertUser
	updateUser
	updatePassword
	insertSession
	extendSession
	deleteSession
	deleteSessions
	deleteExpiredSessions
	upsertCookie
	deleteCookie
	deleteExpiredCookies
	insertChannel
	findChannel
	findChannelName
	updateChannel
	countMember
	insertMember
	deleteMember
	findMember
	countAdmins
	updateRole
	insertMessage
	findKey
	freeKey
	editMessage
	deleteMessage
	countOwn
	saveChannel
	saveMember
	writeCount // how many there are
)

// writeText holds the statements.
var writeText = [writeCount]string{
	begin:     `BEGIN IMMEDIATE`,
	commit:    `COMMIT`,
	rollback:  `ROLLBACK`,
	savepoint: `SAVEPOINT job`,
	release:   `RELEASE job`,
	undo:      `ROLLBACK TO job`,

	findEmail:    `SELECT EXISTS (SELECT 1 FROM users WHERE email = ?1)`,
	findUsername: `SELECT EXISTS (SELECT 1 FROM users WHERE username = ?1)`,
	findAdmin:    readText[readAdmin],
	findUser:     readText[readUser],
	insertUser: `INSERT INTO users (id, email, email_verified, name, username, display_name, avatar, role, preferences,
		status, status_message, phone, google_id, oauth_provider, deactivated, created_at, updated_at, last_login,
		password_hash, search)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)`,
	updateUser: `UPDATE users SET name = ?2, display_name = ?3, avatar = ?4, role = ?5, preferences = ?6, status = ?7,
		status_message = ?8, phone = ?9, updated_at = ?10, last_login = ?11, search = ?12 WHERE id = ?1`,
	updatePassword: `UPDATE users SET password_hash = ?3, updated_at = ?4 WHERE id = ?1 AND password_hash = ?2`,

	insertSession: `INSERT INTO sessions (id, user_id, token_hash, address, user_agent, remember, created_at, updated_at,
		expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
	extendSession: `UPDATE sessions SET updated_at = ?2, expires_at = ?3 WHERE id = ?1 AND expires_at > ?2
		RETURNING id, token_hash`,
	deleteSession:         `DELETE FROM sessions WHERE id = ?2 AND user_id = ?1 RETURNING id, token_hash`,
	deleteSessions:        `DELETE FROM sessions WHERE user_id = ?1 AND id <> ?2 RETURNING id, token_hash`,
	deleteExpiredSessions: `DELETE FROM sessions WHERE expires_at <= ?1 RETURNING id, token_hash`,
	upsertCookie: `INSERT INTO scs_sessions (token, data, expiry) VALUES (?1, ?2, ?3)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`,
	deleteCookie:         `DELETE FROM scs_sessions WHERE token = ?1`,
	deleteExpiredCookies: `DELETE FROM scs_sessions WHERE expiry <= ?1`,

	insertChannel: `INSERT INTO channels (id, name, description, type, created_by, created_at, archived, last_seq,
		last_message_at, member_count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, ?8)`,
	findChannel:     readText[readChannel],
	findChannelName: `SELECT EXISTS (SELECT 1 FROM channels WHERE name = ?1 AND id <> ?2 AND type = 'public')`,
	updateChannel:   `UPDATE channels SET name = ?2, description = ?3, type = ?4, archived = ?5 WHERE id = ?1`,
	countMember:     `UPDATE channels SET member_count = member_count + ?2 WHERE id = ?1`,
	insertMember: `INSERT INTO members (channel_id, user_id, role, joined_at, last_read_seq, last_read_at, own_unread)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
	deleteMember: `DELETE FROM members WHERE channel_id = ?1 AND user_id = ?2`,
	findMember:   `SELECT ` + memberColumns + ` FROM members m WHERE m.channel_id = ?1 AND m.user_id = ?2`,
	countAdmins:  `SELECT count(*) FROM members WHERE channel_id = ?1 AND role = 'admin'`,
	updateRole:   `UPDATE members SET role = ?3 WHERE channel_id = ?1 AND user_id = ?2`,

	insertMessage: `INSERT INTO messages (id, channel_id, seq, user_id, content, html, renderer, parent_id, client_key,
		created_at, updated_at, edited_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
	findKey: `SELECT ` + messageColumns + ` FROM messages
		WHERE user_id = ?1 AND client_key = ?2 AND client_key <> ''`,
	freeKey: `UPDATE messages SET client_key = '' WHERE id = ?1`,
	editMessage: `UPDATE messages SET content = ?3, html = ?4, renderer = ?5, updated_at = ?6, edited_at = ?6
		WHERE id = ?1 AND user_id = ?2 AND deleted = 0 RETURNING ` + messageColumns,
	deleteMessage: `UPDATE messages SET content = '', html = '', updated_at = ?3, deleted = 1
		WHERE id = ?1 AND (?2 = '' OR user_id = ?2) AND deleted = 0 RETURNING ` + messageColumns,
	countOwn:    `SELECT count(*) FROM messages WHERE user_id = ?1 AND channel_id = ?2 AND seq > ?3`,
	saveChannel: `UPDATE channels SET last_seq = ?2, last_message_at = ?3 WHERE id = ?1`,
	saveMember: `UPDATE members SET last_read_seq = ?3, last_read_at = ?4, own_unread = ?5
		WHERE channel_id = ?1 AND user_id = ?2`,
}
