package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
)

// millis returns the stored form of a moment.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// stored returns a moment as it reads back: in UTC, to the millisecond.
func stored(t time.Time) time.Time { return moment(millis(t)) }

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// into scans a stored moment into the time it points to.
type into struct{ t *time.Time }

func (i into) Scan(value any) error {
	ms, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a stored time is a %T", value)
	}
	*i.t = moment(ms)
	return nil
}

// changed returns the stored form of a moment to change, NULL for one that stays.
func changed(t *time.Time) any {
	if t == nil {
		return nil
	}
	return millis(*t)
}

// document is a value that is stored as JSON text. To scan one it holds a pointer.
type document struct{ value any }

// Value implements driver.Valuer.
func (d document) Value() (driver.Value, error) {
	text, err := json.Marshal(d.value)
	return string(text), err
}

// Scan implements sql.Scanner.
func (d document) Scan(stored any) error {
	text, ok := stored.(string)
	if !ok {
		return fmt.Errorf("a stored document is a %T", stored)
	}
	return json.Unmarshal([]byte(text), d.value)
}

// blob returns bytes that are never NULL.
func blob(bytes []byte) []byte {
	if bytes == nil {
		return []byte{}
	}
	return bytes
}

// row is a result of one row or the current one of many.
type row interface{ Scan(targets ...any) error }

func userTargets(u *accounts.User) []any {
	return []any{&u.ID, &u.Email, &u.EmailVerified, &u.Name, &u.Username, &u.DisplayName, &u.Avatar, &u.Role,
		&u.Preferences, &u.Status, &u.StatusMessage, &u.Phone, &u.GoogleID, &u.OAuthProvider, &u.Deactivated,
		into{&u.CreatedAt}, into{&u.UpdatedAt}, into{&u.LastLogin}, &u.TwoFactorEnabled, &u.Banned,
		&u.BanReason, into{&u.BanExpires}, document{&u.Notify}, &u.Bot, &u.OwnerID,
		&u.StatusEmoji, into{&u.StatusUntil}, into{&u.LastActive}, &u.Tokenless}
}

// userValues returns what is stored of a person, in the order of userColumns, and what searches look in.
func userValues(u accounts.User) []any {
	return []any{u.ID, u.Email, u.EmailVerified, u.Name, u.Username, u.DisplayName, u.Avatar, string(u.Role), u.Preferences,
		string(u.Status), u.StatusMessage, u.Phone, u.GoogleID, u.OAuthProvider, u.Deactivated, millis(u.CreatedAt),
		millis(u.UpdatedAt), millis(u.LastLogin), u.TwoFactorEnabled, u.Banned, u.BanReason, millis(u.BanExpires),
		document{u.Notify}, u.Bot, u.OwnerID, searchText(u), u.StatusEmoji, millis(u.StatusUntil), millis(u.LastActive), u.Tokenless}
}

func sessionTargets(s *accounts.Session) []any {
	return []any{&s.ID, &s.UserID, &s.TokenHash, &s.Address, &s.UserAgent, &s.Remember,
		into{&s.CreatedAt}, into{&s.UpdatedAt}, into{&s.ExpiresAt}, &s.Way, &s.ImpersonatedBy,
		into{&s.SeenAt}, into{&s.ProvenAt}}
}

func channelTargets(c *chat.Channel) []any {
	return []any{&c.ID, &c.Name, &c.Description, &c.Type, &c.CreatedBy, into{&c.CreatedAt}, &c.Archived, &c.LastSeq,
		into{&c.LastMessageAt}, &c.MemberCount, &c.Key, &c.Topic, &c.Rules.Posting, &c.Rules.Crowds, &c.Rules.Inviting, &c.Newcomers,
		&c.KeepDays}
}

func memberTargets(m *chat.Member) []any {
	return []any{&m.ChannelID, &m.UserID, &m.Role, into{&m.JoinedAt}, &m.LastReadSeq, into{&m.LastReadAt}, &m.OwnUnread,
		&m.ListedFrom, into{&m.MutedUntil}, &m.Level, &m.Muted, &m.Section, &m.Position}
}

func messageTargets(m *chat.Message) []any {
	return []any{&m.ID, &m.ChannelID, &m.Seq, &m.UserID, &m.Content, &m.HTML, &m.Renderer, &m.ParentID, &m.ClientKey,
		into{&m.CreatedAt}, into{&m.UpdatedAt}, into{&m.EditedAt}, &m.Deleted, into{&m.PinnedAt}, &m.PinnedBy,
		attached{&m.Attachments}, &m.ReplyCount, into{&m.LastReplyAt},
		&m.LastReplySeq, words{&m.Participants}, previewed{&m.Previews}, &m.Guise.Name, &m.Guise.Emoji, &m.AlsoChannel, &m.Guise.Icon}
}

func scanUser(r row) (u accounts.User, err error) {
	err = r.Scan(userTargets(&u)...)
	return u, err
}

func scanSession(r row) (s accounts.Session, err error) {
	err = r.Scan(sessionTargets(&s)...)
	return s, err
}

func scanChannel(r row) (c chat.Channel, err error) {
	err = r.Scan(channelTargets(&c)...)
	return c, err
}

func scanMember(r row) (m chat.Member, err error) {
	err = r.Scan(memberTargets(&m)...)
	return m, err
}

func scanJoined(r row) (j chat.Joined, err error) {
	err = r.Scan(append(append(channelTargets(&j.Channel), memberTargets(&j.Member)...), &j.LastMessage)...)
	return j, err
}

func scanPlace(r row) (j chat.Joined, err error) {
	err = r.Scan(append(channelTargets(&j.Channel), memberTargets(&j.Member)...)...)
	return j, err
}

func scanMessage(r row) (m chat.Message, err error) {
	err = r.Scan(messageTargets(&m)...)
	return m, err
}

func scanText(r row) (text string, err error) {
	err = r.Scan(&text)
	return text, err
}

// refused is a row that was never read.
type refused struct{ err error }

func (r refused) Scan(...any) error { return r.err }

// row runs a statement that returns one row. Such a statement is done in microseconds, less than it takes to watch a
// context meanwhile, so that ctx is looked at before it and not during it.
func (s *Store) row(ctx context.Context, which read, args ...any) row {
	if err := ctx.Err(); err != nil {
		return refused{err}
	}
	watch := s.writer.watch.Load()
	if watch == nil {
		return s.reads[which].QueryRowContext(context.WithoutCancel(ctx), args...)
	}
	began := time.Now()
	found := s.reads[which].QueryRowContext(context.WithoutCancel(ctx), args...)
	(*watch)(time.Since(began))
	return found
}

// list runs a statement and scans all of its rows. Like row it does not watch ctx meanwhile.
func list[T any](ctx context.Context, stmt *sql.Stmt, scan func(row) (T, error), args ...any) ([]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return watched(context.WithoutCancel(ctx), stmt, scan, args...)
}

// watched is list for a statement that may walk a table: it stops when ctx ends.
func watched[T any](ctx context.Context, stmt *sql.Stmt, scan func(row) (T, error), args ...any) ([]T, error) {
	rows, err := stmt.QueryContext(ctx, args...)
	return collect(rows, err, scan)
}

// query is watched for a statement whose text depends on what is asked for.
func query[T any](ctx context.Context, db *sql.DB, text string, scan func(row) (T, error), args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, text, args...)
	return collect(rows, err, scan)
}

func collect[T any](rows *sql.Rows, err error, scan func(row) (T, error)) ([]T, error) {
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, translate(err)
		}
		all = append(all, one)
	}
	return all, translate(rows.Err())
}
