package api

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/web"
)

type invitation struct {
	ID        string  `json:"id"`
	Email     *string `json:"email" doc:"The only address it is good for, null for any"`
	Role      string  `json:"role" enum:"user,moderator"`
	CreatedBy string  `json:"created_by"`
	MaxUses   int     `json:"max_uses"`
	Uses      int     `json:"uses"`
	CreatedAt string  `json:"created_at" format:"date-time"`
	ExpiresAt string  `json:"expires_at" format:"date-time"`
	RevokedAt *string `json:"revoked_at" format:"date-time"`
}

func newInvitation(i accounts.Invitation) invitation {
	return invitation{
		ID: i.ID, Email: orNull(i.Email), Role: string(i.Role), CreatedBy: i.CreatedBy, MaxUses: i.MaxUses, Uses: i.Uses,
		CreatedAt: web.Time(i.CreatedAt), ExpiresAt: web.Time(i.ExpiresAt), RevokedAt: atOrNull(i.RevokedAt),
	}
}

type createInvitationRequest struct {
	Body struct {
		Email     string `json:"email,omitempty" doc:"Only this address may use it, and it is mailed there"`
		Role      string `json:"role,omitempty" doc:"user or moderator; user where it is left out"`
		MaxUses   int    `json:"max_uses,omitempty" minimum:"0" maximum:"1000" doc:"1 where it is left out"`
		ExpiresIn int64  `json:"expires_in,omitempty" minimum:"0" maximum:"2592000" doc:"Seconds, from an hour to 30 days; 7 days where it is left out"`
	}
}

type createdInvitation struct {
	Invitation invitation `json:"invitation"`
	URL        string     `json:"url" doc:"The link, which is not shown again"`
}

func (d *door) createInvitation(ctx context.Context, in *createInvitationRequest) (*reply[createdInvitation], error) {
	b := in.Body
	i, link, err := d.Accounts.Invite(ctx, me(ctx), accounts.InvitationDraft{
		Email: b.Email, Role: accounts.Role(b.Role), MaxUses: max(b.MaxUses, 1), Life: time.Duration(b.ExpiresIn) * time.Second,
	})
	if err != nil {
		return nil, err
	}
	return ok(createdInvitation{Invitation: newInvitation(i), URL: link})
}

type invitationPage struct {
	Invitations []invitation `json:"invitations" nullable:"false" doc:"Newest first"`
	NextCursor  string       `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

func (d *door) listInvitations(ctx context.Context, in *listEventsRequest) (*reply[invitationPage], error) {
	read := func(ctx context.Context, after string, limit int) ([]accounts.Invitation, error) {
		return d.Accounts.Invitations(ctx, me(ctx), after, limit)
	}
	found, err := readPage(ctx, in.Cursor, in.Limit.or(50), func(i accounts.Invitation) string { return i.ID }, read)
	if err != nil {
		return nil, err
	}
	out := invitationPage{Invitations: make([]invitation, len(found.items)), NextCursor: found.next}
	for n, i := range found.items {
		out.Invitations[n] = newInvitation(i)
	}
	return ok(out)
}

// InvitationPath names an invitation.
type InvitationPath struct {
	ID string `path:"id" doc:"The invitation's id"`
}

func (d *door) revokeInvitation(ctx context.Context, in *InvitationPath) (*reply[notice], error) {
	if err := d.Accounts.RevokeInvitation(ctx, me(ctx), known(in.ID)); err != nil {
		return nil, err
	}
	return ok(notice{Message: "Invitation revoked"})
}

type policy struct {
	RequireTwoFactor bool   `json:"require_two_factor" doc:"Everyone has to set up a second factor before anything else"`
	EmojiByAdmins    *bool  `json:"emoji_by_admins,omitempty" doc:"Admins alone add emoji; where a change leaves it out it stays"`
	PublicChannels   string `json:"public_channels,omitempty" enum:"everyone,moderators,admins" doc:"Who makes public channels: moderators are these and admins; where a change leaves it out it stays"`
	PrivateChannels  string `json:"private_channels,omitempty" enum:"everyone,moderators,admins" doc:"Who makes private channels, as above"`
	MaxMessage       int    `json:"max_message,omitempty" doc:"Characters of a message, 1000 to 16000; where a change leaves it out it stays"`
	// A pointer tells none from nothing said.
	SignUpDomains *[]string `json:"sign_up_domains,omitempty" maxItems:"50" doc:"Of whose addresses people make accounts by themselves, such as example.org, and an empty list for all; an invitation to one address goes past it; where a change leaves it out it stays"`
}

type policyReply struct {
	Policy policy `json:"policy"`
}

func (d *door) getPolicy(ctx context.Context, _ *none) (*reply[policyReply], error) {
	p, err := d.Accounts.Policy(ctx)
	return &reply[policyReply]{Body: policyReply{Policy: newPolicy(p)}}, err
}

func newPolicy(p accounts.Policy) policy {
	domains := append([]string{}, p.SignUpDomains...)
	return policy{
		RequireTwoFactor: p.RequireTwoFactor, EmojiByAdmins: &p.EmojiByAdmins, PublicChannels: p.PublicChannels.String(),
		PrivateChannels: p.PrivateChannels.String(), MaxMessage: p.MessageLimit(), SignUpDomains: &domains,
	}
}

type setPolicyRequest struct{ Body policy }

func (d *door) setPolicy(ctx context.Context, in *setPolicyRequest) (*reply[policyReply], error) {
	b := in.Body
	var public, private accounts.Makers
	for _, one := range []struct {
		field, text string
		to          *accounts.Makers
	}{{"public_channels", b.PublicChannels, &public}, {"private_channels", b.PrivateChannels, &private}} {
		var err error
		if one.text == "" {
			continue // it stays
		}
		if *one.to, err = accounts.ParseMakers(one.field, one.text); err != nil {
			return nil, err
		}
	}
	p, err := d.Accounts.SetPolicy(ctx, me(ctx), func(p accounts.Policy) accounts.Policy {
		p.RequireTwoFactor = b.RequireTwoFactor
		if b.EmojiByAdmins != nil {
			p.EmojiByAdmins = *b.EmojiByAdmins
		}
		if b.PublicChannels != "" {
			p.PublicChannels = public
		}
		if b.PrivateChannels != "" {
			p.PrivateChannels = private
		}
		if b.MaxMessage != 0 {
			p.MaxMessage = b.MaxMessage
		}
		if b.SignUpDomains != nil {
			p.SignUpDomains = *b.SignUpDomains
		}
		return p
	})
	return &reply[policyReply]{Body: policyReply{Policy: newPolicy(p)}}, err
}

// UserPath names a person.
type UserPath struct {
	ID string `path:"id" doc:"The person's id"`
}

type resetLink struct {
	URL string `json:"url" doc:"Sets a new password, once, within an hour"`
}

func (d *door) createResetLink(ctx context.Context, in *UserPath) (*reply[resetLink], error) {
	link, err := d.Accounts.ResetLink(ctx, me(ctx), known(in.ID))
	if err != nil {
		return nil, err
	}
	return ok(resetLink{URL: link})
}

func (d *door) resetTwoFactor(ctx context.Context, in *UserPath) (*reply[notice], error) {
	if err := d.Accounts.ResetTwoFactor(ctx, me(ctx), known(in.ID)); err != nil {
		return nil, err
	}
	return ok(notice{Message: "The second factor is off. Everyone who was signed in to the account is signed out."})
}

type listAuditRequest struct {
	Limit   limit  `query:"limit" doc:"50 where it is left out"`
	Cursor  string `query:"cursor" doc:"next_cursor of the page before"`
	UserID  string `query:"user_id" doc:"Only what is about this person"`
	ActorID string `query:"actor_id" doc:"Only what this person did"`
	Action  string `query:"action" doc:"Only this action, such as session.sign_in"`
	Since   string `query:"since" format:"date-time" doc:"Only what happened at this second or later"`
	Until   string `query:"until" format:"date-time" doc:"Only what happened before this second"`
}

func (d *door) listAudit(ctx context.Context, in *listAuditRequest) (*reply[auditPage], error) {
	q := accounts.EventQuery{UserID: in.UserID, ActorID: in.ActorID, Action: accounts.Action(in.Action)}
	for _, bound := range []struct {
		field, text string
		at          *time.Time
	}{{"since", in.Since, &q.Since}, {"until", in.Until, &q.Until}} {
		if bound.text == "" {
			continue
		}
		var err error
		if *bound.at, err = timeOf(bound.field, bound.text); err != nil {
			return nil, err
		}
	}
	return auditPageOf(ctx, in.Cursor, in.Limit, func(ctx context.Context, before string, limit int) ([]accounts.Event, error) {
		q.Before, q.Limit = before, limit
		return d.Accounts.AuditLog(ctx, me(ctx), q)
	})
}
