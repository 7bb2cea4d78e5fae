package api

import (
	"context"

	"pegasus/accounts"
	"pegasus/web"
)

// device is a place where one is signed in.
type device struct {
	ID        string `json:"id"`
	Device    string `json:"device" example:"Firefox on Linux"`
	UserAgent string `json:"user_agent"`
	Address   string `json:"address"`
	Way       string `json:"way" doc:"How one signed in: password, magic-link, passkey, sign-up, or a provider"`
	Current   bool   `json:"current" doc:"Whether the request came by this session"`
	CreatedAt string `json:"created_at" format:"date-time"`
	SeenAt    string `json:"seen_at" format:"date-time" doc:"To within some minutes"`
	ExpiresAt string `json:"expires_at" format:"date-time"`
}

func newDevice(s, here accounts.Session) device {
	return device{
		ID: s.ID, Device: accounts.DeviceName(s.UserAgent), UserAgent: s.UserAgent, Address: s.Address, Way: string(s.Way),
		Current: s.ID == here.ID, CreatedAt: web.Time(s.CreatedAt), SeenAt: web.Time(s.SeenAt), ExpiresAt: web.Time(s.ExpiresAt),
	}
}

type deviceList struct {
	Sessions []device `json:"sessions" nullable:"false"`
}

func (d *door) listDevices(ctx context.Context, _ *none) (*reply[deviceList], error) {
	u, here := by(ctx)
	found, err := d.Accounts.Sessions(ctx, u.ID)
	out := deviceList{Sessions: make([]device, len(found))}
	for i, s := range found {
		out.Sessions[i] = newDevice(s, here)
	}
	return &reply[deviceList]{Body: out}, err
}

// SessionPath names a session.
type SessionPath struct {
	ID string `path:"id" doc:"The session's id"`
}

func (d *door) endDevice(ctx context.Context, in *SessionPath) (*reply[notice], error) {
	if err := d.Accounts.EndSession(ctx, me(ctx).ID, known(in.ID)); err != nil {
		return nil, err
	}
	return ok(notice{Message: "Signed out there"})
}

func (d *door) endOtherDevices(ctx context.Context, _ *none) (*reply[notice], error) {
	u, here := by(ctx)
	if err := d.Accounts.EndSessions(ctx, u.ID, here.ID); err != nil {
		return nil, err
	}
	return ok(notice{Message: "Signed out everywhere else"})
}

// auditEvent is a line of the audit log.
type auditEvent struct {
	ID        string            `json:"id"`
	Action    string            `json:"action" example:"session.sign_in"`
	ActorID   *string           `json:"actor_id"`
	UserID    *string           `json:"user_id"`
	Address   string            `json:"address"`
	UserAgent string            `json:"user_agent"`
	Details   map[string]string `json:"details"`
	At        string            `json:"at" format:"date-time"`
}

func newAuditEvent(e accounts.Event) auditEvent {
	details := e.Details
	if details == nil {
		details = map[string]string{}
	}
	return auditEvent{
		ID: e.ID, Action: string(e.Action), ActorID: orNull(e.ActorID), UserID: orNull(e.UserID), Address: e.Address,
		UserAgent: e.UserAgent, Details: details, At: web.Time(e.At),
	}
}

type auditPage struct {
	Events     []auditEvent `json:"events" nullable:"false" doc:"Newest first"`
	NextCursor string       `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

type listEventsRequest struct {
	Limit  limit  `query:"limit" doc:"50 where it is left out"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
}

// listOwnEvents is the security log of one's own account.
func (d *door) listOwnEvents(ctx context.Context, in *listEventsRequest) (*reply[auditPage], error) {
	return auditPageOf(ctx, in.Cursor, in.Limit, func(ctx context.Context, before string, limit int) ([]accounts.Event, error) {
		return d.Accounts.OwnEvents(ctx, me(ctx), before, limit)
	})
}

func auditPageOf(
	ctx context.Context, cursor string, n limit, read func(context.Context, string, int) ([]accounts.Event, error),
) (*reply[auditPage], error) {
	found, err := readPage(ctx, cursor, n.or(50), func(e accounts.Event) string { return e.ID }, read)
	if err != nil {
		return nil, err
	}
	out := auditPage{Events: make([]auditEvent, len(found.items)), NextCursor: found.next}
	for i, e := range found.items {
		out.Events[i] = newAuditEvent(e)
	}
	return ok(out)
}
