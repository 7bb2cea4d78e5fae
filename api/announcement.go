package api

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/web"
)

// announcement is what stands at the top of every page.
type announcement struct {
	ID        string  `json:"id" doc:"Another one whenever the text or the kind is"`
	Text      string  `json:"text" doc:"Markdown of one line"`
	Kind      string  `json:"kind" enum:"info,warning"`
	CreatedBy string  `json:"created_by" doc:"The id of the admin"`
	CreatedAt string  `json:"created_at" format:"date-time"`
	ExpiresAt *string `json:"expires_at" format:"date-time" doc:"When it ends by itself, null for never"`
}

// announcementOf returns nil for none.
func announcementOf(b chat.Banner) *announcement {
	if b.ID == "" {
		return nil
	}
	return &announcement{ID: b.ID, Text: b.Text, Kind: string(b.Kind), CreatedBy: b.By, CreatedAt: web.Time(b.At), ExpiresAt: atOrNull(b.Until)}
}

type announcementReply struct {
	Announcement *announcement `json:"announcement,omitempty" doc:"Left out where there is none"`
	Dismissed    bool          `json:"dismissed" doc:"The caller has put it away"`
}

func (d *door) announced(ctx context.Context, u accounts.User) (*reply[announcementReply], error) {
	b, away, err := d.Chat.Banner(ctx, u)
	if err != nil {
		return nil, err
	}
	return ok(announcementReply{Announcement: announcementOf(b), Dismissed: away})
}

func (d *door) getAnnouncement(ctx context.Context, _ *none) (*reply[announcementReply], error) {
	return d.announced(ctx, me(ctx))
}

type setAnnouncementRequest struct {
	Body struct {
		Text      string `json:"text" doc:"Markdown of one line, 1 to 300 characters" maxLength:"300"`
		Kind      string `json:"kind,omitempty" enum:"info,warning" doc:"info where it is left out"`
		ExpiresAt string `json:"expires_at,omitempty" format:"date-time" doc:"When it ends by itself; never where it is left out"`
	}
}

func (d *door) setAnnouncement(ctx context.Context, in *setAnnouncementRequest) (*reply[announcementReply], error) {
	kind, until := chat.BannerKind(in.Body.Kind), time.Time{}
	if kind == "" {
		kind = chat.BannerInfo
	}
	if in.Body.ExpiresAt != "" {
		var err error
		if until, err = timeOf("expires_at", in.Body.ExpiresAt); err != nil {
			return nil, err
		}
	}
	if _, err := d.Chat.SetBanner(ctx, me(ctx), in.Body.Text, kind, until); err != nil {
		return nil, err
	}
	return d.announced(ctx, me(ctx))
}

func (d *door) removeAnnouncement(ctx context.Context, _ *none) (*reply[notice], error) {
	if err := d.Chat.RemoveBanner(ctx, me(ctx)); err != nil {
		return nil, err
	}
	return ok(notice{Message: "Announcement removed"})
}

type dismissRequest struct {
	Body struct {
		ID string `json:"id" doc:"The announcement's id; any other one changes nothing"`
	}
}

func (d *door) dismissAnnouncement(ctx context.Context, in *dismissRequest) (*reply[notice], error) {
	if err := d.Chat.PutBannerAway(ctx, me(ctx), in.Body.ID); err != nil {
		return nil, err
	}
	return ok(notice{Message: "Announcement put away"})
}

// announcementEvent tells which announcement stands from now on.
type announcementEvent struct {
	Announcement *announcement `json:"announcement,omitempty"`
}
