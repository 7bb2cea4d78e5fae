package views

import (
	"context"

	"pegasus/brand"
	"pegasus/static"
)

// Brand is how the workspace shows itself on a page.
type Brand struct {
	Name   string
	Letter string // in the place of a logo
	Logo   string // where its logo is, "" for none
	Style  string // where the style sheet of its colour is, "" for none
}

type brandKey struct{}

// WithBrand returns a context under which pages show themselves as a workspace's.
func WithBrand(ctx context.Context, b Brand) context.Context {
	return context.WithValue(ctx, brandKey{}, b)
}

// BrandOf returns how pages show themselves under a context.
func BrandOf(ctx context.Context) Brand {
	if b, chosen := ctx.Value(brandKey{}).(Brand); chosen {
		return b
	}
	return ShownBrand(brand.Brand{})
}

// ShownBrand is a look as pages show it.
func ShownBrand(b brand.Brand) Brand {
	shown := Brand{Name: b.Name(), Letter: b.Letter()}
	if b.Logo != "" {
		shown.Logo = brand.LogoPath(b.Logo)
	}
	if name := b.StyleName(); name != "" {
		shown.Style = "/brand/" + name
	}
	return shown
}

// icon is where the picture of a tab is: the logo, or the file of ours that stands for it.
func (b Brand) icon(ours string) string {
	if b.Logo != "" {
		return b.Logo
	}
	return static.URL(ours)
}

// AdminBrand is the page of the workspace's look.
type AdminBrand struct {
	Own
	Brand        brand.Brand
	Name, Accent string // as they were filled in
}
