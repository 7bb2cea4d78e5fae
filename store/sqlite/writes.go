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
	touchUser
	updatePassword
	erasePassword
	enableTwoFactor
	disableTwoFactor
	insertSession
	updateSession
	deleteSession
	deleteSessions
	deleteExpiredSessions
	upsertCookie
	deleteCookie
	deleteExpiredCookies
	insertTicket
	replaceTicket
	takeTicket
	tryTicket
	countTicket
	returnTry
	deleteTickets
	deleteAllTickets
	deleteExpiredTickets
	startTwoFactor
	confirmTwoFactor
	findTwoFactor
	useStep
	replaceSecret
	replaceBackupCodes
	saveBackupCodes
	deleteTwoFactor
	insertProviderAccount
	updateProviderAccount
	deleteProviderAccount
	deleteProviderAccounts
	insertPasskey
	findPasskey
	updatePasskey
	deletePasskey
	deletePasskeys
	insertToken
	touchToken
	deleteToken
	deleteTokens
	insertInvitation
	useInvitation
	returnInvitation
	revokeInvitation
	insertEvent
	deleteEvents
	upsertSetting
	insertMail
	findDueMail
	leaseMail
	saveSentMail
	saveFailedMail
	deleteSentMail
	deleteGivenUpMail
	insertJob
	insertHook
	findHook
	replaceHook
	countHookFailure
	deleteHook
	findJobKey
	findDueJobs
	claimJob
	saveJob
	deleteJob
	deleteJobs
	deleteJobsOf
	insertChannel
	findChannel
	findChannelName
	updateChannel
	countMember
	insertMember
	muteMember
	insertMute
	setSection
	setPositions
	renameSection
	insertReport
	handOnReports
	resolveReports
	deleteMember
	listConversation
	hideConversation
	findMember
	countAdmins
	updateRole
	insertMessage
	findKey
	freeKey
	editMessage
	deleteMessage
	removeMessage
	setPreviews
	countOwn
	saveChannel
	saveMember
	hasMessage
	findEmoji
	insertReaction
	removeReactions
	deleteReactions
	insertBookmark
	deleteBookmark
	deleteBookmarks
	insertDraft
	updateDraft
	deleteDraft
	deleteDrafts
	saveEmbedding
	pruneEmbeddings
	insertGroup
	updateGroup
	deleteGroup
	deleteGroupMembers
	findHandle
	findGroupSize
	insertGroupMember
	deleteGroupMember
	countGroupMembers
	leaveGroupsCount
	leaveGroups
	insertCustomEmoji
	findCustomEmoji
	renameCustomEmoji
	deleteCustomEmoji
	deleteMessageBookmarks
	findMessage
	countPins
	pinMessage
	insertVersion
	deleteOldVersions
	deleteVersions
	insertUpload
	findUsage
	findFreeUpload
	takeUpload
	dropUploads
	freeUploads
	expireUpload
	holdUpload
	findDueUploads
	leaseUpload
	deleteUpload
	findThread
	saveThread
	moveThread
	recountThread
	deleteThread
	liftReply
	beginThread
	followThread
	replyToThread
	callToThread
	setFollowing
	markThread
	deletePlaces
	insertMentions
	deleteOtherMentions
	deleteMentions
	deleteMentionsOf
	recountOwn
	upsertBrowser
	trimBrowsers
	touchBrowser
	moveBrowsers
	deleteBrowsers
	deleteBrowsersOf
	upsertPreferences
	deletePreferences
	updateMemberNotify
	deleteEmptyMentions
	findUnindexed
	findReindexed
	deletePending
	saveIndexProgress
	deleteIndexed
	saveIndexed
	insertPlugin
	findPluginName
	savePlugin
	raisePluginHead
	findPlugin
	countPluginDownload
	deletePlugin
	deletePluginVersions
	deletePluginBlobs
	deletePluginTalks
	deletePluginExchanges
	releasePluginTalk
	deletePluginTalk
	deletePluginTalkExchanges
	deletePluginTalksOf
	deletePluginExchangesOf
	deletePluginUsageOf
	putProfileValue
	deleteProfileValue
	deleteProfile
	dropProfileField
	deletePersonBudget
	putPersonBudget
	deletePluginCommands
	deletePluginValues
	deletePluginRuns
	deletePluginInstalls
	insertPluginVersion
	insertPluginBlob
	savePluginBuild
	reachPluginBuild
	insertPluginTalk
	touchPluginTalk
	claimPlugin
	releasePlugin
	seePlugin
	insertExchange
	saveExchange
	addPluginUsage
	findInstall
	findTakenCommand
	insertInstall
	insertInstallCommands
	deleteInstallCommands
	saveInstall
	findOtherInstall
	deleteInstall
	deleteInstallValues
	deleteInstallRuns
	findPluginValue
	countPluginValues
	upsertPluginValue
	deletePluginValue
	insertRun
	pruneRuns
	upsertMeasure
	deleteMeasures
	insertAlarmChange
	tellAlarmChange
	deleteAlarmChanges
	writeCount // how many there are
)

// writeText holds the statements.
var writeText = [writeCount]string{
	upsertMeasure: `INSERT INTO measures (resolution, at, body) VALUES (?1, ?2, ?3)
		ON CONFLICT DO UPDATE SET body = excluded.body`,
	deleteMeasures:     `DELETE FROM measures WHERE resolution = ?1 AND at < ?2`,
	insertAlarmChange:  `INSERT INTO alarm_changes (` + alarmColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING`,
	tellAlarmChange:    `UPDATE alarm_changes SET told = 1 WHERE id = ?1`,
	deleteAlarmChanges: `DELETE FROM alarm_changes WHERE at < ?1`,

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
		two_factor_enabled, banned, ban_reason, ban_expires, notify, bot, owner_id, search, status_emoji, status_until,
		last_active, tokenless, password_hash)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
		?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)`,
	touchUser: `UPDATE users SET last_active = ?2 WHERE id = ?1 AND last_active < ?2`,
	updateUser: `UPDATE users SET email = ?2, email_verified = ?3, name = ?4, username = ?5, display_name = ?6,
		avatar = ?7, role = ?8, preferences = ?9, status = ?10, status_message = ?11, phone = ?12, google_id = ?13,
		oauth_provider = ?14, deactivated = ?15, created_at = ?16, updated_at = ?17, last_login = ?18,
		two_factor_enabled = ?19, banned = ?20, ban_reason = ?21, ban_expires = ?22, notify = ?23, bot = ?24,
		owner_id = ?25, search = ?26, status_emoji = ?27, status_until = ?28, last_active = ?29, tokenless = ?30
		WHERE id = ?1`,
	updatePassword:   `UPDATE users SET password_hash = ?3, updated_at = ?4 WHERE id = ?1 AND password_hash = ?2`,
	erasePassword:    `UPDATE users SET password_hash = '' WHERE id = ?1`,
	enableTwoFactor:  `UPDATE users SET two_factor_enabled = 1, updated_at = ?2 WHERE id = ?1`,
	disableTwoFactor: `UPDATE users SET two_factor_enabled = 0, updated_at = ?2 WHERE id = ?1 AND two_factor_enabled = 1`,

	insertSession: `INSERT INTO sessions (id, user_id, token_hash, address, user_agent, remember, created_at, updated_at,
		expires_at, way, impersonated_by, seen_at, proven_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
	updateSession: `UPDATE sessions SET updated_at = coalesce(?3, updated_at), seen_at = coalesce(?4, seen_at),
		proven_at = coalesce(?5, proven_at), expires_at = coalesce(?6, expires_at)
		WHERE id = ?1 AND expires_at > ?2 RETURNING id, token_hash`,
	deleteSession:         `DELETE FROM sessions WHERE id = ?2 AND user_id = ?1 RETURNING id, token_hash`,
	deleteSessions:        `DELETE FROM sessions WHERE user_id = ?1 AND id <> ?2 RETURNING id, token_hash`,
	deleteExpiredSessions: `DELETE FROM sessions WHERE expires_at <= ?1 RETURNING id, token_hash`,
	upsertCookie: `INSERT INTO scs_sessions (token, data, expiry) VALUES (?1, ?2, ?3)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`,
	deleteCookie:         `DELETE FROM scs_sessions WHERE token = ?1`,
	deleteExpiredCookies: `DELETE FROM scs_sessions WHERE expiry <= ?1`,

	insertTicket:  `INSERT INTO tickets (` + ticketColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
	replaceTicket: `INSERT OR REPLACE INTO tickets (` + ticketColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
	takeTicket:    `DELETE FROM tickets WHERE purpose = ?1 AND hash = ?2 AND expires_at > ?3 RETURNING ` + ticketColumns,
	tryTicket: `UPDATE tickets SET tries = tries + 1 WHERE purpose = ?1 AND hash = ?2 AND expires_at > ?3 AND tries < ?4
		RETURNING ` + ticketColumns,
	countTicket: `UPDATE tickets SET tries = tries + 1 WHERE purpose = ?1 AND hash = ?2 AND expires_at > ?3
		RETURNING tries`,
	returnTry:            `UPDATE tickets SET tries = tries - 1 WHERE purpose = ?1 AND hash = ?2 AND tries > 0`,
	deleteTickets:        `DELETE FROM tickets WHERE purpose = ?1 AND user_id = ?2 AND user_id <> ''`,
	deleteAllTickets:     `DELETE FROM tickets WHERE user_id = ?1 AND user_id <> ''`,
	deleteExpiredTickets: `DELETE FROM tickets WHERE expires_at <= ?1`,

	startTwoFactor: `INSERT INTO two_factor (` + twoFactorColumns + `) VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6)
		ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = excluded.last_step,
		salt = excluded.salt, backup_codes = excluded.backup_codes, created_at = excluded.created_at WHERE confirmed = 0`,
	confirmTwoFactor: `UPDATE two_factor SET confirmed = 1, last_step = ?3, backup_codes = coalesce(?4, backup_codes)
		WHERE user_id = ?1 AND secret = ?2 AND confirmed = 0`,
	findTwoFactor:      readText[readTwoFactor],
	replaceSecret:      `UPDATE two_factor SET secret = ?3 WHERE user_id = ?1 AND secret = ?2`,
	useStep:            `UPDATE two_factor SET last_step = ?2 WHERE user_id = ?1 AND last_step < ?2`,
	replaceBackupCodes: `UPDATE two_factor SET salt = ?2, backup_codes = ?3 WHERE user_id = ?1 AND confirmed = 1`,
	saveBackupCodes:    `UPDATE two_factor SET backup_codes = ?2 WHERE user_id = ?1`,
	deleteTwoFactor:    `DELETE FROM two_factor WHERE user_id = ?1`,

	insertProviderAccount: `INSERT INTO provider_accounts (` + providerColumns + `)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
	updateProviderAccount:  `UPDATE provider_accounts SET email = ?2, scopes = ?3, updated_at = ?4 WHERE id = ?1`,
	deleteProviderAccount:  `DELETE FROM provider_accounts WHERE id = ?2 AND user_id = ?1`,
	deleteProviderAccounts: `DELETE FROM provider_accounts WHERE user_id = ?1`,
	insertPasskey: `INSERT INTO passkeys (` + passkeyColumns + `)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
	findPasskey: `SELECT ` + passkeyColumns + ` FROM passkeys WHERE id = ?2 AND user_id = ?1`,
	updatePasskey: `UPDATE passkeys SET name = ?2, counter = ?3, backed_up = ?4, data = ?5, last_used_at = ?6
		WHERE id = ?1`,
	deletePasskey:  `DELETE FROM passkeys WHERE id = ?2 AND user_id = ?1`,
	deletePasskeys: `DELETE FROM passkeys WHERE user_id = ?1`,
	insertToken: `INSERT INTO tokens (id, user_id, name, hash, hint, scopes, created_at, expires_at, last_used_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
	touchToken:   `UPDATE tokens SET last_used_at = ?2 WHERE id = ?1`,
	deleteToken:  `DELETE FROM tokens WHERE id = ?2 AND user_id = ?1`,
	deleteTokens: `DELETE FROM tokens WHERE user_id = ?1`,

	insertInvitation: `INSERT INTO invitations (` + invitationColumns + `)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
	useInvitation: `UPDATE invitations SET uses = uses + 1
		WHERE token_hash = ?1 AND expires_at > ?2 AND revoked_at = 0 AND uses < max_uses RETURNING ` + invitationColumns,
	returnInvitation: `UPDATE invitations SET uses = max(0, uses - 1) WHERE id = ?1`,
	revokeInvitation: `UPDATE invitations SET revoked_at = iif(revoked_at = 0, ?2, revoked_at) WHERE id = ?1`,
	insertEvent:      `INSERT INTO audit_events (` + eventColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
	deleteEvents:     `DELETE FROM audit_events WHERE at < ?1`,
	upsertSetting: `INSERT INTO settings (name, value) VALUES (?1, ?2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`,

	insertMail: `INSERT INTO outbox (` + mailColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
	findDueMail: `SELECT ` + mailColumns + ` FROM outbox
		WHERE sent_at = 0 AND given_up_at = 0 AND next_try <= ?1 ORDER BY next_try, id LIMIT ?2`,
	leaseMail:    `UPDATE outbox SET next_try = ?2 WHERE id = ?1`,
	saveSentMail: `UPDATE outbox SET sent_at = ?2, given_up_at = 0, sealed = iif(?3, sealed, x'') WHERE id = ?1`,
	saveFailedMail: `UPDATE outbox SET tries = tries + 1, last_error = ?2, next_try = ?3, given_up_at = ?4,
		sealed = iif(?4 = 0, sealed, x'') WHERE id = ?1 AND sent_at = 0 AND given_up_at = 0`,
	deleteSentMail:    `DELETE FROM outbox WHERE sent_at <> 0 AND sent_at < ?1`,
	deleteGivenUpMail: `DELETE FROM outbox WHERE given_up_at <> 0 AND given_up_at < ?1`,

	insertHook: `INSERT INTO hooks (` + hookColumns + `)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)`,
	findHook: readText[readHook],
	replaceHook: `INSERT OR REPLACE INTO hooks (` + hookColumns + `)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)`,
	countHookFailure: `UPDATE hooks SET failures = failures + 1 WHERE id = ?1 RETURNING ` + hookColumns,
	deleteHook:       `DELETE FROM hooks WHERE id = ?1`,

	insertJob: `INSERT INTO jobs (` + jobColumns + `)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING ` + jobColumns,
	findJobKey: `SELECT ` + jobColumns + ` FROM jobs WHERE owner = ?1 AND kind = ?2 AND key = ?3`,
	findDueJobs: `SELECT id FROM jobs WHERE kind = ?1 AND next_try > 0 AND next_try <= ?2
		ORDER BY next_try, id LIMIT ?3`,
	claimJob: `UPDATE jobs SET state = 'running', next_try = ?2, tries = tries + 1, version = version + 1 WHERE id = ?1
		RETURNING ` + jobColumns,
	saveJob: `UPDATE jobs SET state = ?3, due = ?4, next_try = ?5, problem = ?6, body = ?7, done_at = ?8, version = version + 1
		WHERE id = ?1 AND version = ?2`,
	deleteJob:    `DELETE FROM jobs WHERE id = ?2 AND owner = ?1 AND version = ?3`,
	deleteJobs:   `DELETE FROM jobs WHERE owner = ?1 AND kind = ?2`,
	deleteJobsOf: `DELETE FROM jobs WHERE owner = ?1`,

	insertChannel: `INSERT INTO channels (id, name, description, type, created_by, created_at, archived, last_seq,
		last_message_at, member_count, people_key, topic, posting, crowds, inviting, newcomers)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, ?8, ?9, ?10, ?11, ?12, ?13, ?14)`,
	findChannel:     readText[readChannel],
	findChannelName: `SELECT EXISTS (SELECT 1 FROM channels WHERE name = ?1 AND id <> ?2 AND type = 'public')`,
	updateChannel: `UPDATE channels SET name = ?2, description = ?3, type = ?4, archived = ?5, topic = ?6, posting = ?7,
		crowds = ?8, inviting = ?9, newcomers = ?10, keep_days = ?11 WHERE id = ?1`,
	countMember: `UPDATE channels SET member_count = member_count + ?2 WHERE id = ?1`,
	insertMember: `INSERT INTO members (channel_id, user_id, role, joined_at, last_read_seq, last_read_at, own_unread,
		listed_from, muted_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
		coalesce((SELECT until FROM mutes WHERE channel_id = ?1 AND user_id = ?2), 0))`,
	muteMember:    `UPDATE members SET muted_until = ?3 WHERE channel_id = ?1 AND user_id = ?2`,
	insertReport:  `INSERT INTO reports (` + reportColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
	handOnReports: `UPDATE reports SET for_admins = 1 WHERE message_id = ?1 AND resolution = '' AND for_admins = 0`,
	resolveReports: `UPDATE reports SET resolution = ?2, resolved_by = ?3, resolved_at = ?4
		WHERE message_id = ?1 AND resolution = ''`,
	setSection: `UPDATE members SET section = ?3, position = 0 WHERE channel_id = ?1 AND user_id = ?2`,
	setPositions: `UPDATE members SET position = j.key + 1 FROM json_each(?2) j
		WHERE user_id = ?1 AND channel_id = j.value RETURNING channel_id`,
	renameSection: `UPDATE members SET section = ?3 WHERE user_id = ?1 AND section = ?2 RETURNING channel_id`,
	insertMute: `INSERT INTO mutes (channel_id, user_id, until) VALUES (?1, ?2, ?3)
		ON CONFLICT (channel_id, user_id) DO UPDATE SET until = excluded.until`,
	listConversation: `UPDATE members SET listed_from = 0 WHERE channel_id = ?1 AND user_id = ?2`,
	hideConversation: `UPDATE members SET listed_from = 1 + (SELECT last_seq FROM channels WHERE id = ?1)
		WHERE channel_id = ?1 AND user_id = ?2`,
	deleteMember: `DELETE FROM members WHERE channel_id = ?1 AND user_id = ?2`,
	findMember:   `SELECT ` + memberColumns + ` FROM members m WHERE m.channel_id = ?1 AND m.user_id = ?2`,
	countAdmins:  `SELECT count(*) FROM members WHERE channel_id = ?1 AND role = 'admin'`,
	updateRole:   `UPDATE members SET role = ?3 WHERE channel_id = ?1 AND user_id = ?2`,

	insertMessage: `INSERT INTO messages (id, channel_id, seq, user_id, content, html, renderer, parent_id, client_key,
		created_at, updated_at, edited_at, attachments, guise_name, guise_emoji, also_channel, guise_icon)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)`,
	findKey: `SELECT ` + messageColumns + ` FROM messages
		WHERE user_id = ?1 AND client_key = ?2 AND client_key <> ''`,
	freeKey: `UPDATE messages SET client_key = '' WHERE id = ?1`,
	editMessage: `UPDATE messages SET content = ?3, html = ?4, renderer = ?5, updated_at = ?6, edited_at = ?6
		WHERE id = ?1 AND user_id = ?2 AND deleted = 0 RETURNING ` + messageColumns,
	deleteMessage: `UPDATE messages SET ` + cleared + `
		WHERE id = ?1 AND (?2 = '' OR user_id = ?2) AND deleted = 0 RETURNING ` + messageColumns,
	removeMessage: `UPDATE messages SET ` + cleared + `
		WHERE id = ?1 AND deleted = 0 AND created_at < ?2 AND (reply_count = 0 OR last_reply_at < ?2) RETURNING ` + messageColumns,
	setPreviews: `UPDATE messages SET previews = ?3 WHERE id = ?1 AND content = ?2 AND deleted = 0 RETURNING ` + messageColumns,
	countOwn:    `SELECT count(*) FROM messages WHERE user_id = ?1 AND channel_id = ?2 AND seq > ?3`,
	insertUpload: `INSERT INTO uploads (` + uploadColumns + `, charge)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
	findUsage:      readText[readUsage],
	findFreeUpload: `SELECT EXISTS (SELECT 1 FROM uploads WHERE id = ?1 AND user_id = ?2 AND message_id = '' AND removed = 0)`,
	takeUpload:     `UPDATE uploads SET message_id = ?2, expires_at = 0 WHERE id = ?1`,
	dropUploads:    `UPDATE uploads SET expires_at = ?2, removed = 1 WHERE message_id = ?1 AND message_id <> ''`,
	freeUploads:    `UPDATE uploads SET message_id = '', expires_at = ?2 WHERE message_id = ?1 AND message_id <> ''`,
	expireUpload: `UPDATE uploads SET expires_at = ?3, removed = 1
		WHERE key = ?2 AND user_id = ?1 AND message_id = '' AND removed = 0`,
	holdUpload: `UPDATE uploads SET expires_at = ?3
		WHERE id = ?1 AND user_id = ?2 AND message_id = '' AND removed = 0`,
	findDueUploads: `SELECT ` + uploadColumns + ` FROM uploads WHERE expires_at <= ?1 AND expires_at <> 0
		ORDER BY expires_at LIMIT ?2`,
	leaseUpload:  `UPDATE uploads SET expires_at = ?2, removed = 1 WHERE id = ?1`,
	deleteUpload: `DELETE FROM uploads WHERE id = ?1`,
	saveChannel:  `UPDATE channels SET last_seq = ?2, last_message_at = ?3 WHERE id = ?1`,
	saveMember: `UPDATE members SET last_read_seq = ?3, last_read_at = ?4, own_unread = ?5
		WHERE channel_id = ?1 AND user_id = ?2`,

	hasMessage: `SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1 AND deleted = 0)`,
	findEmoji:  `SELECT DISTINCT emoji FROM message_reactions WHERE message_id = ?1`,
	insertReaction: `INSERT INTO message_reactions (id, message_id, user_id, emoji, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING`,
	removeReactions: `DELETE FROM message_reactions
		WHERE message_id = ?1 AND user_id = ?2 AND (?3 = '' OR emoji = ?3) RETURNING emoji`,
	deleteReactions: `DELETE FROM message_reactions WHERE message_id = ?1`,
	insertBookmark: `INSERT INTO bookmarks (id, user_id, message_id, channel_id, created_at)
		SELECT ?1, ?2, id, channel_id, ?4 FROM messages WHERE id = ?3 AND deleted = 0`,
	deleteBookmark: `DELETE FROM bookmarks WHERE user_id = ?1 AND message_id = ?2`,
	insertDraft: `INSERT INTO drafts (user_id, channel_id, root_id, content, attachments, updated_at)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ?7 = 0 ON CONFLICT DO NOTHING`,
	updateDraft: `UPDATE drafts SET content = ?4, attachments = ?5, updated_at = ?6
		WHERE user_id = ?1 AND channel_id = ?2 AND root_id = ?3 AND updated_at = ?7`,
	deleteDraft:  `DELETE FROM drafts WHERE user_id = ?1 AND channel_id = ?2 AND root_id = ?3`,
	deleteDrafts: `DELETE FROM drafts WHERE user_id = ?1`,
	saveEmbedding: `INSERT INTO message_embeddings (message_id, channel_id, model, vector)
		SELECT id, ?2, ?3, ?4 FROM messages WHERE id = ?1 AND deleted = 0
		ON CONFLICT DO UPDATE SET model = excluded.model, vector = excluded.vector`,
	pruneEmbeddings: `DELETE FROM message_embeddings WHERE message_id <=
		(SELECT message_id FROM message_embeddings ORDER BY message_id DESC LIMIT 1 OFFSET ?1)`,
	insertGroup: `INSERT INTO user_groups (id, handle, name, description, open, member_count, created_by, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)`,
	updateGroup:        `UPDATE user_groups SET handle = ?2, name = ?3, description = ?4, open = ?5 WHERE id = ?1`,
	deleteGroup:        `DELETE FROM user_groups WHERE id = ?1`,
	deleteGroupMembers: `DELETE FROM group_members WHERE group_id = ?1`,
	findHandle:         `SELECT EXISTS (SELECT 1 FROM user_groups WHERE handle = ?2 AND id <> ?1)`,
	findGroupSize:      `SELECT member_count FROM user_groups WHERE id = ?1`,
	insertGroupMember:  `INSERT INTO group_members (group_id, user_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING`,
	deleteGroupMember:  `DELETE FROM group_members WHERE group_id = ?1 AND user_id = ?2`,
	countGroupMembers:  `UPDATE user_groups SET member_count = member_count + ?2 WHERE id = ?1`,
	leaveGroupsCount: `UPDATE user_groups SET member_count = member_count - 1
		WHERE id IN (SELECT group_id FROM group_members WHERE user_id = ?1)`,
	leaveGroups: `DELETE FROM group_members WHERE user_id = ?1`,
	insertCustomEmoji: `INSERT INTO custom_emoji (id, name, picture, still, created_by, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO NOTHING`,
	findCustomEmoji:        `SELECT EXISTS (SELECT 1 FROM custom_emoji WHERE name = ?2 AND id <> ?1) FROM custom_emoji WHERE id = ?1`,
	renameCustomEmoji:      `UPDATE custom_emoji SET name = ?2 WHERE id = ?1`,
	deleteCustomEmoji:      `DELETE FROM custom_emoji WHERE id = ?1`,
	deleteBookmarks:        `DELETE FROM bookmarks WHERE user_id = ?1`,
	deleteMessageBookmarks: `DELETE FROM bookmarks WHERE message_id = ?1`,
	findMessage:            readText[readMessage],
	countPins:              `SELECT count(*) FROM messages WHERE channel_id = ?1 AND pinned_at > 0`,
	pinMessage: `UPDATE messages SET pinned_at = ?2, pinned_by = ?3 WHERE id = ?1
		RETURNING ` + messageColumns,
	insertVersion: `INSERT INTO message_versions (message_id, n, content, written_at)
		SELECT id, 1 + coalesce((SELECT max(n) FROM message_versions WHERE message_id = ?1), 0), content,
		iif(edited_at = 0, created_at, edited_at) FROM messages WHERE id = ?1 AND user_id = ?2 AND deleted = 0`,
	deleteOldVersions: `DELETE FROM message_versions WHERE message_id = ?1
		AND n <= (SELECT max(n) FROM message_versions WHERE message_id = ?1) - ?2`,
	deleteVersions: `DELETE FROM message_versions WHERE message_id = ?1`,

	findThread: `SELECT channel_id, user_id, reply_count, participants FROM messages WHERE id = ?1`,
	saveThread: `UPDATE messages SET reply_count = ?2, last_reply_at = ?3, last_reply_seq = ?4, participants = ?5
		WHERE id = ?1`,
	moveThread: `UPDATE threads SET last_seq = m.last_reply_seq, last_reply_at = m.last_reply_at
		FROM messages m WHERE m.id = ?1 AND root_id = ?1`,
	recountThread: `UPDATE messages SET reply_count = (SELECT count(*) FROM messages r
			WHERE r.parent_id = ?1 AND r.parent_id <> '' AND r.deleted = 0),
		(last_reply_seq, last_reply_at) = (SELECT coalesce(max(r.seq), 0), coalesce(r.created_at, 0) FROM messages r
			WHERE r.parent_id = ?1 AND r.parent_id <> '' AND r.deleted = 0),
		participants = coalesce((SELECT group_concat(user_id, ' ') FROM (SELECT r.user_id FROM messages r
			WHERE r.parent_id = ?1 AND r.parent_id <> '' AND r.deleted = 0
			GROUP BY r.user_id ORDER BY max(r.seq) DESC LIMIT ?2)), '') WHERE id = ?1`,
	deleteThread: `DELETE FROM threads WHERE root_id = ?1`,
	liftReply: `UPDATE messages SET parent_id = coalesce((SELECT nullif(p.parent_id, '') FROM messages p
		WHERE p.id = messages.parent_id), parent_id) WHERE id = ?1 RETURNING parent_id`,
	// Whoever has taken part follows, and has read what there is.
	beginThread: `INSERT INTO threads (root_id, user_id, channel_id, following, last_read_seq, last_seq, last_reply_at)
		SELECT m.id, p.user_id, m.channel_id, 1, m.last_reply_seq, m.last_reply_seq, m.last_reply_at
		FROM messages m JOIN (SELECT user_id FROM messages WHERE id = ?1
		UNION SELECT user_id FROM messages WHERE parent_id = ?1 AND parent_id <> '' AND deleted = 0) p
		WHERE m.id = ?1 AND m.reply_count > 0 AND m.deleted = 0 ON CONFLICT DO NOTHING`,
	followThread: `INSERT INTO threads (root_id, user_id, channel_id, following, last_read_seq, last_seq, last_reply_at)
		VALUES (?1, ?2, ?3, 1, ?4, 0, 0) ON CONFLICT DO NOTHING`,
	replyToThread: `INSERT INTO threads (root_id, user_id, channel_id, following, last_read_seq, last_seq, last_reply_at)
		VALUES (?1, ?2, ?3, 1, ?4, 0, 0)
		ON CONFLICT DO UPDATE SET following = 1, last_read_seq = max(last_read_seq, excluded.last_read_seq)`,
	// The mention itself is unread for who comes to the thread by it.
	callToThread: `INSERT INTO threads (root_id, user_id, channel_id, following, last_read_seq, last_seq, last_reply_at)
		SELECT t.id, j.value, t.channel_id, 1, x.seq - (x.parent_id <> ''), t.last_reply_seq, t.last_reply_at
		FROM json_each(?2) j CROSS JOIN messages x CROSS JOIN messages t
		WHERE x.id = ?1 AND t.id = iif(x.parent_id = '', x.id, x.parent_id) AND t.deleted = 0
		ON CONFLICT DO UPDATE SET
		last_read_seq = iif(following = 1, last_read_seq, max(last_read_seq, excluded.last_read_seq)), following = 1`,
	setFollowing: `INSERT INTO threads (root_id, user_id, channel_id, following, last_read_seq, last_seq, last_reply_at)
		SELECT id, ?2, channel_id, ?3, last_reply_seq, last_reply_seq, last_reply_at FROM messages WHERE id = ?1
		ON CONFLICT DO UPDATE SET last_read_seq = iif(following = 0 AND excluded.following = 1,
		max(last_read_seq, excluded.last_read_seq), last_read_seq), following = excluded.following`,
	markThread:   `UPDATE threads SET last_read_seq = max(last_read_seq, min(?3, last_seq)) WHERE root_id = ?1 AND user_id = ?2`,
	deletePlaces: `DELETE FROM threads WHERE user_id = ?1`,
	insertMentions: `INSERT INTO mentions (message_id, user_id, channel_id, seq, created_at, named)
		SELECT x.id, j.value, x.channel_id, x.seq, x.created_at, ?3 FROM json_each(?2) j CROSS JOIN messages x
		WHERE x.id = ?1 ON CONFLICT DO NOTHING RETURNING user_id`,
	deleteOtherMentions: `DELETE FROM mentions WHERE message_id = ?1 AND (named = 1 OR NOT ?3)
		AND user_id NOT IN (SELECT value FROM json_each(?2))`,
	deleteMentions:   `DELETE FROM mentions WHERE message_id = ?1`,
	deleteMentionsOf: `DELETE FROM mentions WHERE user_id = ?1`,

	upsertBrowser: `INSERT OR REPLACE INTO browsers (` + browserColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
	trimBrowsers: `DELETE FROM browsers WHERE user_id = ?1 AND id IN
		(SELECT id FROM browsers INDEXED BY browsers_of WHERE user_id = ?1 ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?2)`,
	touchBrowser:     `UPDATE browsers SET used_at = ?2 WHERE id = ?1`,
	moveBrowsers:     `UPDATE browsers SET session_id = ?3 WHERE user_id = ?1 AND session_id = ?2`,
	deleteBrowsers:   `DELETE FROM browsers WHERE user_id = ?1 AND id IN (SELECT value FROM json_each(?2))`,
	deleteBrowsersOf: `DELETE FROM browsers WHERE user_id = ?1`,

	upsertPreferences: `INSERT INTO notification_preferences (user_id, asks, settings) VALUES (?1, ?2, ?3)
		ON CONFLICT (user_id) DO UPDATE SET asks = excluded.asks, settings = excluded.settings`,
	deletePreferences:  `DELETE FROM notification_preferences WHERE user_id = ?1`,
	updateMemberNotify: `UPDATE members SET level = ?3, muted = ?4 WHERE channel_id = ?1 AND user_id = ?2`,
	recountOwn: `UPDATE members SET own_unread = (SELECT count(*) FROM messages x WHERE x.user_id = ?2 AND x.channel_id = ?1 AND x.seq > last_read_seq)
		WHERE channel_id = ?1 AND user_id = ?2 AND own_unread <>
		(SELECT count(*) FROM messages x WHERE x.user_id = ?2 AND x.channel_id = ?1 AND x.seq > last_read_seq)`,
	deleteEmptyMentions: `DELETE FROM mentions WHERE user_id = ?2 AND channel_id = ?1
		AND seq > (SELECT m.last_read_seq FROM members m WHERE m.channel_id = ?1 AND m.user_id = ?2)
		AND NOT EXISTS (SELECT 1 FROM messages x WHERE x.id = message_id AND x.deleted = 0)`,

	findUnindexed: `SELECT ` + indexedColumns + of("m", messageColumns) + ` FROM messages m
		WHERE m.n > (SELECT n FROM search_progress WHERE one = 1) ORDER BY m.n LIMIT ?1`,
	findReindexed: `SELECT ` + indexedColumns + of("m", messageColumns) + ` FROM search_pending p CROSS JOIN messages m ON m.n = p.n
		WHERE p.n <= (SELECT n FROM search_progress WHERE one = 1) LIMIT ?1`,
	deletePending:     `DELETE FROM search_pending WHERE n = ?1`,
	saveIndexProgress: `UPDATE search_progress SET n = ?1 WHERE one = 1`,
	deleteIndexed:     `DELETE FROM search WHERE rowid = ?1`,
	saveIndexed:       `INSERT OR REPLACE INTO search (rowid, terms) VALUES (?1, ?2)`,

	insertPlugin: `INSERT INTO plugins (` + pluginColumns + `)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)`,
	findPluginName: `SELECT EXISTS (SELECT 1 FROM plugins WHERE owner_id = ?1 AND name_key = ?2 AND id <> ?3)`,
	savePlugin: `UPDATE plugins SET name = ?3, name_key = ?4, data = ?5, shared = ?6, bot_id = ?7, updated_at = ?8, locked = ?9,
		revision = revision + 1 WHERE id = ?1 AND revision = ?2`,
	findPlugin:          readText[readPlugin],
	raisePluginHead:     `UPDATE plugins SET head = ?2, status = 'pending', updated_at = ?3 WHERE id = ?1 AND head = ?2 - 1 AND (?4 = 0 OR revision = ?4)`,
	countPluginDownload: `UPDATE plugins SET downloads = downloads + 1 WHERE id = ?1`,

	deletePlugin:          `DELETE FROM plugins WHERE id = ?1`,
	deletePluginVersions:  `DELETE FROM plugin_versions WHERE plugin_id = ?1`,
	deletePluginBlobs:     `DELETE FROM plugin_blobs WHERE plugin_id = ?1`,
	deletePluginTalks:     `DELETE FROM plugin_conversations WHERE plugin_id = ?1`,
	deletePluginExchanges: `DELETE FROM plugin_exchanges WHERE plugin_id = ?1`,
	releasePluginTalk: `UPDATE plugins SET asking = '', asking_until = 0 WHERE id = (SELECT plugin_id FROM plugin_conversations WHERE id = ?1)
		AND asking IN (SELECT id FROM plugin_exchanges WHERE conversation_id = ?1)`,
	deletePluginTalk:          `DELETE FROM plugin_conversations WHERE id = ?1`,
	deletePluginTalkExchanges: `DELETE FROM plugin_exchanges WHERE conversation_id = ?1`,
	deletePluginTalksOf:       `DELETE FROM plugin_conversations WHERE user_id = ?1`,
	deletePluginExchangesOf:   `DELETE FROM plugin_exchanges WHERE user_id = ?1`,
	deletePluginUsageOf:       `DELETE FROM plugin_usage WHERE user_id = ?1`,
	putProfileValue: `INSERT INTO profile_values (user_id, field, value) VALUES (?1, ?2, ?3)
		ON CONFLICT DO UPDATE SET value = excluded.value`,
	deleteProfileValue:   `DELETE FROM profile_values WHERE user_id = ?1 AND field = ?2`,
	deleteProfile:        `DELETE FROM profile_values WHERE user_id = ?1`,
	dropProfileField:     `DELETE FROM profile_values WHERE field = ?1`,
	deletePersonBudget:   `DELETE FROM plugin_budgets WHERE user_id = ?1`,
	putPersonBudget:      `INSERT INTO plugin_budgets (user_id, tokens) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET tokens = excluded.tokens`,
	deletePluginCommands: `DELETE FROM plugin_commands WHERE install_id IN (SELECT id FROM plugin_installs WHERE plugin_id = ?1)`,
	deletePluginValues:   `DELETE FROM plugin_values WHERE install_id IN (SELECT id FROM plugin_installs WHERE plugin_id = ?1)`,
	deletePluginRuns:     `DELETE FROM plugin_runs WHERE install_id IN (SELECT id FROM plugin_installs WHERE plugin_id = ?1)`,
	deletePluginInstalls: `DELETE FROM plugin_installs WHERE plugin_id = ?1`,

	insertPluginVersion: `INSERT INTO plugin_versions (` + pluginVersionColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
	insertPluginBlob:    `INSERT INTO plugin_blobs (plugin_id, hash, content) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`,
	savePluginBuild:     `UPDATE plugin_versions SET build = ?3 WHERE plugin_id = ?1 AND number = ?2`,
	reachPluginBuild: `UPDATE plugins SET status = iif(head = ?2, ?3, status), built = iif(?4, max(built, ?2), built)
		WHERE id = ?1`,

	insertPluginTalk: `INSERT INTO plugin_conversations (` + pluginTalkColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
	touchPluginTalk:  `UPDATE plugin_conversations SET count = count + 1, updated_at = ?2 WHERE id = ?1`,
	claimPlugin:      `UPDATE plugins SET asking = ?2, asking_until = ?3, unseen = '' WHERE id = ?1 AND (asking = '' OR asking_until <= ?4)`,
	releasePlugin:    `UPDATE plugins SET asking = '', asking_until = 0, unseen = ?3 WHERE id = ?1 AND asking = ?2`,
	seePlugin:        `UPDATE plugins SET unseen = '' WHERE id = ?1 AND unseen = ?2`,
	insertExchange: `INSERT INTO plugin_exchanges (` + exchangeColumns + `)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)`,
	saveExchange: `UPDATE plugin_exchanges SET answer = ?2, state = ?3, problem = ?4, operations = ?5, build = ?6, version = ?7,
		rounds = ?8, usage = ?9, model = ?10, done_at = ?11 WHERE id = ?1`,
	addPluginUsage: `INSERT INTO plugin_usage (user_id, day, calls, input, output, cost, took) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
		ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, input = input + excluded.input,
		output = output + excluded.output, cost = cost + excluded.cost, took = took + excluded.took`,

	findInstall: `SELECT EXISTS (SELECT 1 FROM plugin_installs WHERE plugin_id = ?1 AND channel_id = ?2)`,
	findTakenCommand: `SELECT EXISTS (SELECT 1 FROM json_each(?2) j CROSS JOIN plugin_commands c
		ON c.channel_id = ?1 AND c.name = j.value WHERE c.install_id <> ?3)`,
	insertInstall: `INSERT INTO plugin_installs (` + installColumns + `)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)`,
	insertInstallCommands: `INSERT INTO plugin_commands (channel_id, name, install_id) SELECT ?1, value, ?3 FROM json_each(?2)
		WHERE value IS NOT NULL ON CONFLICT DO NOTHING`,
	deleteInstallCommands: `DELETE FROM plugin_commands WHERE install_id = ?1`,
	saveInstall: `UPDATE plugin_installs SET version = ?3, bundle = ?4, manifest = ?5, commands = ?6, bot_id = ?7, installer_id = ?8,
		approver_id = ?9, state = ?10, problem = ?11, granted = ?12, settings = ?13, webhook_hash = ?14, failures = ?15,
		updated_at = ?16, pending = ?17, revision = revision + 1 WHERE id = ?1 AND revision = ?2`,
	findOtherInstall:    `SELECT EXISTS (SELECT 1 FROM plugin_installs WHERE id = ?1 AND revision <> ?2)`,
	deleteInstall:       `DELETE FROM plugin_installs WHERE id = ?1`,
	deleteInstallValues: `DELETE FROM plugin_values WHERE install_id = ?1`,
	deleteInstallRuns:   `DELETE FROM plugin_runs WHERE install_id = ?1`,

	findPluginValue:   `SELECT content FROM plugin_values WHERE install_id = ?1 AND key = ?2`,
	countPluginValues: `SELECT count(*) FROM (SELECT 1 FROM plugin_values WHERE install_id = ?1 LIMIT ?2)`,
	upsertPluginValue: `INSERT INTO plugin_values (install_id, key, content, updated_at) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT DO UPDATE SET content = excluded.content, updated_at = excluded.updated_at`,
	deletePluginValue: `DELETE FROM plugin_values WHERE install_id = ?1 AND key = ?2`,
	insertRun:         `INSERT INTO plugin_runs (` + runColumns + `) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
	pruneRuns: `DELETE FROM plugin_runs WHERE install_id = ?1 AND id < coalesce((SELECT id FROM plugin_runs WHERE install_id = ?1
		ORDER BY id DESC LIMIT 1 OFFSET ?2 - 1), '')`,
}

// cleared is what deletion leaves of a message.
const cleared = `content = '', html = '', attachments = '', previews = '', updated_at = ?3, deleted = 1, pinned_at = 0, pinned_by = ''`

// indexedColumns are a message's and what its terms need beside them.
const indexedColumns = `m.n, EXISTS (SELECT 1 FROM message_reactions r WHERE r.message_id = m.id),
	coalesce((SELECT group_concat(b.user_id, ' ') FROM bookmarks b WHERE b.message_id = m.id), ''), `
