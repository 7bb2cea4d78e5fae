package api

import (
	"bytes"
	"context"

	"pegasus/brand"
	"pegasus/files"
	"pegasus/web"
)

// maxLogoBody has room for a picture in base64 and what stands around it.
const maxLogoBody = files.MaxLogo*4/3 + web.MaxBody

// tones are the colours of a theme.
type tones struct {
	Accent   string `json:"accent" doc:"The nearest tone of the chosen colour that can be read in this theme"`
	Soft     string `json:"accent_soft" doc:"A surface on which the accent can be read"`
	OnAccent string `json:"on_accent" doc:"The colour of text on the accent"`
}

// branding is how the workspace shows itself.
type branding struct {
	Name    string  `json:"name" doc:"Pegasus where none was chosen"`
	Accent  *string `json:"accent" doc:"The colour as it was chosen, null for the default"`
	LogoURL *string `json:"logo_url" doc:"The path of a square PNG, null for the default"`
	Light   *tones  `json:"light,omitempty" doc:"Left out for the default colour"`
	Dark    *tones  `json:"dark,omitempty" doc:"Left out for the default colour"`
}

type brandingReply struct {
	Branding branding `json:"branding"`
}

func newBranding(b brand.Brand) brandingReply {
	out := branding{Name: b.Name(), Accent: orNull(b.Accent)}
	if b.Logo != "" {
		path := brand.LogoPath(b.Logo)
		out.LogoURL = &path
	}
	if light, dark, chosen := b.Tones(); chosen {
		out.Light, out.Dark = (*tones)(&light), (*tones)(&dark)
	}
	return brandingReply{Branding: out}
}

func (d *door) getBranding(ctx context.Context, _ *none) (*reply[brandingReply], error) {
	b, err := d.Brand.Brand(ctx)
	return &reply[brandingReply]{Body: newBranding(b)}, err
}

type setBrandingRequest struct {
	Body struct {
		Name   *string `json:"name,omitempty" doc:"At most 40 characters, empty for the default; where it is left out it stays"`
		Accent *string `json:"accent,omitempty" doc:"Such as #3148d4, empty for the default; where it is left out it stays"`
		Logo   []byte  `json:"logo,omitempty" doc:"A PNG, JPEG, GIF or WebP of at most 1 MB, in base64; where it is left out the logo stays"`
	}
}

func (d *door) setBranding(ctx context.Context, in *setBrandingRequest) (*reply[brandingReply], error) {
	change := brand.Change{Name: in.Body.Name, Accent: in.Body.Accent}
	if len(in.Body.Logo) > 0 {
		change.Logo = bytes.NewReader(in.Body.Logo)
	}
	b, err := d.Brand.Change(ctx, me(ctx), change)
	return &reply[brandingReply]{Body: newBranding(b)}, err
}

func (d *door) resetBranding(ctx context.Context, _ *none) (*reply[brandingReply], error) {
	b, err := d.Brand.Reset(ctx, me(ctx))
	return &reply[brandingReply]{Body: newBranding(b)}, err
}
