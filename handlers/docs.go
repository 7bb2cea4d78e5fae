package handlers

import (
	"net/http"
	"sync"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/fault"
	"pegasus/reference"
	"pegasus/views"
)

// docsRoutes are the pages of the API reference, which are open to everyone, as the document that they are made of is. The book
// is made when it is first asked for.
func (d *door) docsRoutes(get func(string, http.HandlerFunc)) {
	book := sync.OnceValues(func() (*reference.Book, error) {
		text, err := d.Document()
		if err != nil {
			return nil, err
		}
		return reference.Read(text, d.URL)
	})
	page := func(path string, show func(views.Docs, *http.Request) (templ.Component, bool)) {
		get(path, handle(func(w http.ResponseWriter, r *http.Request) error {
			b, err := book()
			if err != nil {
				return err
			}
			shown, there := show(views.Docs{Book: b, Here: r.URL.Path, Query: r.URL.Query().Get("q")}, r)
			if !there {
				return errNoDocs
			}
			render(w, r, http.StatusOK, shown)
			return nil
		}))
	}
	page("/docs", func(d views.Docs, _ *http.Request) (templ.Component, bool) { return views.DocsPage(d), true })
	page("/docs/codes", func(d views.Docs, _ *http.Request) (templ.Component, bool) { return views.DocsCodesPage(d), true })
	page("/docs/guides/{guide}", func(d views.Docs, r *http.Request) (templ.Component, bool) {
		g, there := d.Book.Guide(chi.URLParam(r, "guide"))
		return views.DocsGuidePage(d, g), there
	})
	page("/docs/api/{group}", func(d views.Docs, r *http.Request) (templ.Component, bool) {
		g, there := d.Book.Group(chi.URLParam(r, "group"))
		return views.DocsGroupPage(d, g), there
	})
	page("/docs/types/{type}", func(d views.Docs, r *http.Request) (templ.Component, bool) {
		t, there := d.Book.Type(chi.URLParam(r, "type"))
		return views.DocsTypePage(d, t), there
	})
}

var errNoDocs = fault.New(fault.NotFound, "PAGE_NOT_FOUND", "The reference has no such page.")
