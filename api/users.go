package api

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/api/betterauth"
	"pegasus/web"
)

// profile is a person as they see themselves. Names and pictures stand in both spellings that clients know.
type profile struct {
	ID            string  `json:"id"`
	Email         string  `json:"email"`
	Username      string  `json:"username"`
	Name          string  `json:"name"`
	FullName      string  `json:"full_name"`
	Role          string  `json:"role" enum:"user,moderator,admin"`
	Avatar        *string `json:"avatar"`
	Picture       *string `json:"picture"`
	Phone         string  `json:"phone"`
	Status        string  `json:"status" enum:"online,away,busy,inmeeting,offline"`
	StatusMessage string  `json:"status_message"`
	StatusEmoji   string  `json:"status_emoji,omitempty" doc:"Before the message: an emoji, or one of the workspace's own in colons"`
	StatusUntil   *string `json:"status_expires_at,omitempty" format:"date-time" doc:"When message and emoji end; left out where they do not by themselves"`
	GoogleID      *string `json:"google_id"`
	OAuthProvider *string `json:"oauth_provider"`
	EmailVerified bool    `json:"email_verified"`
	IsBot         bool    `json:"is_bot,omitempty" doc:"There for a program, which is no person"`
	CreatedAt     string  `json:"created_at" format:"date-time"`
}

type profileReply struct {
	User profile `json:"user"`
}

func newProfile(u accounts.User) profile {
	return profile{
		ID: u.ID, Email: emailFor(u, u), Username: u.Username, Name: u.Name, FullName: u.Name, Role: string(u.Role),
		Avatar: orNull(u.Avatar), Picture: orNull(u.Avatar), Phone: u.Phone, Status: string(u.Status),
		StatusMessage: u.StatusMessage, StatusEmoji: u.StatusEmoji, StatusUntil: atOrNull(u.StatusUntil), GoogleID: orNull(u.GoogleID), OAuthProvider: orNull(u.OAuthProvider),
		EmailVerified: u.EmailVerified, IsBot: u.Bot, CreatedAt: web.Time(u.CreatedAt),
	}
}

func (d *door) profile(ctx context.Context, _ *none) (*reply[profileReply], error) {
	return ok(profileReply{User: newProfile(me(ctx))})
}

type changeProfileRequest struct {
	Body struct {
		Name          *string `json:"name,omitempty" nullable:"true" doc:"1 to 80 characters"`
		Username      *string `json:"username,omitempty" nullable:"true" doc:"2 to 32 letters, digits, dots, dashes and underscores"`
		DisplayName   *string `json:"display_name,omitempty" nullable:"true" doc:"At most 80 characters; empty shows the name"`
		Phone         *string `json:"phone,omitempty" nullable:"true" doc:"At most 32 characters"`
		StatusMessage *string `json:"status_message,omitempty" nullable:"true" doc:"At most 100 characters. Another one has no emoji and no end, unless they come with it"`
		StatusEmoji   *string `json:"status_emoji,omitempty" nullable:"true" doc:"One emoji, or one of the workspace's own in colons; empty for none"`
		StatusUntil   *string `json:"status_expires_at,omitempty" nullable:"true" doc:"A time at which message and emoji are cleared; empty for never"`
		Pause         bool    `json:"pause_notifications,omitempty" doc:"Pause notifications until status_expires_at, which must be within a week"`
		Status        *string `json:"status,omitempty" nullable:"true" doc:"online, away, busy, inmeeting or offline"`
		Avatar        *string `json:"avatar,omitempty" nullable:"true" doc:"The address of a picture on the web, which is fetched once; empty takes the picture away"`
	}
}

type changedProfile struct {
	User    changedUser `json:"user"`
	Message string      `json:"message"`
}

type changedUser struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	FullName      string `json:"full_name"`
	Phone         string `json:"phone"`
	Status        string `json:"status" enum:"online,away,busy,inmeeting,offline"`
	StatusMessage string `json:"status_message"`

	StatusEmoji string  `json:"status_emoji,omitempty"`
	StatusUntil *string `json:"status_expires_at,omitempty" format:"date-time"`
}

func (d *door) changeProfile(ctx context.Context, in *changeProfileRequest) (*reply[changedProfile], error) {
	before, b := me(ctx), in.Body
	until, err := timeOrNever(b.StatusUntil)
	if err != nil {
		return nil, err
	}
	u, err := d.Chat.ChangeProfile(ctx, before, accounts.ProfileChange{
		Name: b.Name, DisplayName: b.DisplayName, Username: b.Username, Phone: b.Phone, StatusMessage: b.StatusMessage, Status: b.Status,
		StatusEmoji: b.StatusEmoji, StatusUntil: until,
	}, b.Pause)
	if err != nil {
		return nil, err
	}
	// A client that sends a profile back as it read it changes nothing.
	if b.Avatar != nil && *b.Avatar != before.Avatar {
		if u, err = d.changeAvatar(ctx, u, *b.Avatar); err != nil {
			return nil, err
		}
	}
	return ok(changedProfile{
		User: changedUser{
			ID: u.ID, Name: u.Name, FullName: u.Name, Phone: u.Phone, Status: string(u.Status), StatusMessage: u.StatusMessage,
			StatusEmoji: u.StatusEmoji, StatusUntil: atOrNull(u.StatusUntil),
		},
		Message: "Profile updated successfully",
	})
}

// timeOrNever reads a time of a request: empty is the zero time, and what is left out nil.
func timeOrNever(text *string) (*time.Time, error) {
	if text == nil {
		return nil, nil
	}
	var at time.Time
	if *text != "" {
		var err error
		if at, err = timeOf("status_expires_at", *text); err != nil {
			return nil, err
		}
	}
	return &at, nil
}

type updateProfileRequest struct {
	Body struct {
		DisplayName string `json:"displayName" doc:"At most 80 characters; empty shows the name"`
	}
}

type updatedProfile struct {
	Success bool            `json:"success"`
	User    betterauth.User `json:"user"`
}

func (d *door) updateProfile(ctx context.Context, in *updateProfileRequest) (*reply[updatedProfile], error) {
	u, err := d.Accounts.ChangeProfile(ctx, me(ctx).ID, accounts.ProfileChange{DisplayName: &in.Body.DisplayName})
	if err != nil {
		return nil, err
	}
	return ok(updatedProfile{Success: true, User: betterauth.NewUser(u)})
}

// notifications is what one wants mail about. Mail about changes to the account itself is always sent.
type notifications struct {
	NewDevice bool `json:"new_device" doc:"A sign-in from a device that was not seen before"`
}

func newNotifications(n accounts.Notify) notifications { return notifications{NewDevice: n.NewDevice} }

type notificationsReply struct {
	Notifications notifications `json:"notifications"`
}

func (d *door) getNotifications(ctx context.Context, _ *none) (*reply[notificationsReply], error) {
	return ok(notificationsReply{Notifications: newNotifications(me(ctx).Notify)})
}

type setNotificationsRequest struct{ Body notifications }

func (d *door) setNotifications(ctx context.Context, in *setNotificationsRequest) (*reply[notificationsReply], error) {
	notify := accounts.Notify{NewDevice: in.Body.NewDevice}
	u, err := d.Accounts.ChangeProfile(ctx, me(ctx).ID, accounts.ProfileChange{Notify: &notify})
	if err != nil {
		return nil, err
	}
	return ok(notificationsReply{Notifications: newNotifications(u.Notify)})
}

type listUsersRequest struct {
	Limit  limit  `query:"limit" doc:"How many to return; all where it is left out"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
}

// person is somebody as others see them.
type person struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Email    string  `json:"email" doc:"Empty but for oneself and for admins"`
	Username string  `json:"username"`
	Role     string  `json:"role" enum:"user,moderator,admin"`
	Status   string  `json:"status" enum:"online,away,busy,inmeeting,offline"`
	Avatar   *string `json:"avatar"`
	Said
}

// Said is what a person says of themselves.
type Said struct {
	StatusMessage string `json:"status_message,omitempty"`
	StatusEmoji   string `json:"status_emoji,omitempty"`
}

type people struct {
	Users      []person `json:"users" nullable:"false"`
	Total      int      `json:"total"`
	NextCursor string   `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

func (d *door) listUsers(ctx context.Context, in *listUsersRequest) (*reply[people], error) {
	viewer := me(ctx)
	cursor := func(u accounts.User) string { return u.ID }
	found, err := readPage(ctx, in.Cursor, in.Limit.n, cursor, d.Accounts.List)
	if err != nil {
		return nil, err
	}
	out := people{Users: make([]person, len(found.items)), Total: len(found.items), NextCursor: found.next}
	for i, u := range found.items {
		out.Users[i] = person{
			ID: u.ID, Name: u.Shown(), Email: emailFor(viewer, u), Username: u.Username, Role: string(u.Role),
			Status: string(d.statusFor(viewer, u)), Avatar: orNull(u.Avatar),
			Said: Said{StatusMessage: u.StatusMessage, StatusEmoji: u.StatusEmoji},
		}
	}
	if in.Limit.n > 0 {
		out.Total, _, err = d.Accounts.Count(ctx)
	}
	return &reply[people]{Body: out}, err
}

// statusFor returns what viewer sees of where a person is: of oneself what one chose.
func (d *door) statusFor(viewer, u accounts.User) accounts.Status {
	if viewer.ID == u.ID {
		return u.Status
	}
	return d.Chat.Presence(u)
}

type searchUsersRequest struct {
	Query string `query:"query" required:"true" doc:"A part of a name or an address"`
	Limit limit  `query:"limit" doc:"20 where it is left out"`
}

type foundUser struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email" doc:"Empty but for oneself and for admins"`
}

type foundUsers struct {
	Users []foundUser `json:"users" nullable:"false"`
}

func (d *door) searchUsers(ctx context.Context, in *searchUsersRequest) (*reply[foundUsers], error) {
	found, err := d.Accounts.Search(ctx, in.Query, in.Limit.or(20))
	if err != nil {
		return nil, err
	}
	viewer, users := me(ctx), make([]foundUser, len(found))
	for i, u := range found {
		users[i] = foundUser{ID: u.ID, Name: u.Shown(), Email: emailFor(viewer, u)}
	}
	return ok(foundUsers{Users: users})
}

type statistics struct {
	Statistics counts `json:"statistics"`
}

type counts struct {
	TotalUsers    int   `json:"totalUsers"`
	ActiveUsers   int   `json:"activeUsers" doc:"Those whose status is not offline"`
	TotalChannels int   `json:"totalChannels"`
	TotalMessages int64 `json:"totalMessages"`
}

func (d *door) statistics(ctx context.Context, _ *none) (*reply[statistics], error) {
	total, active, err := d.Accounts.Count(ctx)
	if err != nil {
		return nil, err
	}
	chat, err := d.Chat.Count(ctx)
	return &reply[statistics]{Body: statistics{Statistics: counts{
		TotalUsers: total, ActiveUsers: active, TotalChannels: chat.Channels, TotalMessages: chat.Messages,
	}}}, err
}
