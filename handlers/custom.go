package handlers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/files"
	"pegasus/views"
	"pegasus/web"
)

// maxEmojiForm has room for what a form puts around a picture.
const maxEmojiForm = files.MaxEmoji + web.MaxBody

func (d *door) customRoutes(get, post func(string, http.HandlerFunc)) {
	get("/emoji", member(d.showEmoji))
	get("/emoji/custom.json", member(d.listEmoji))
	post("/emoji/rule", member(d.setEmojiRule))
	post("/emoji/{emoji}", member(d.changeEmoji))
}

// withEmoji lets pages show the workspace's own emoji. Where they cannot be read a page shows their names.
func (d *door) withEmoji(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		set, err := d.Chat.CustomEmoji(r.Context())
		if err != nil {
			web.NoteError(r.Context(), err)
		}
		next.ServeHTTP(w, r.WithContext(showing(r.Context(), set)))
	})
}

func showing(ctx context.Context, set *chat.EmojiSet) context.Context {
	return views.WithEmoji(ctx, func(name string) (views.CustomEmoji, bool) {
		e, found := set.Named(name)
		return shownEmoji(e), found
	})
}

func shownEmoji(e chat.CustomEmoji) views.CustomEmoji {
	shown := views.CustomEmoji{ID: e.ID, Name: e.Name, Src: files.Path(e.Picture), At: e.CreatedAt}
	if e.Still != "" {
		shown.Still = files.Path(e.Still)
	}
	return shown
}

func (d *door) emojiPage(r *http.Request, me accounts.User) (views.EmojiPage, error) {
	set, err := d.Chat.CustomEmoji(r.Context())
	if err != nil {
		return views.EmojiPage{}, err
	}
	s, err := d.shell(r, me, "Emoji", views.PlacePeople, "")
	if err != nil {
		return views.EmojiPage{}, err
	}
	policy, err := d.Accounts.Policy(r.Context())
	if err != nil {
		return views.EmojiPage{}, err
	}
	ids := make([]string, len(set.All))
	for i, e := range set.All {
		ids[i] = e.CreatedBy
	}
	people, err := d.Accounts.Users(r.Context(), ids)
	page := views.EmojiPage{Shell: s, MayAdd: d.Chat.MayAddEmoji(r.Context(), me) == nil, ByAdmins: policy.EmojiByAdmins}
	for _, e := range set.All {
		shown := shownEmoji(e)
		by := people[e.CreatedBy]
		shown.By, shown.Mine = by.Shown(), chat.MayChangeEmoji(me, e)
		page.All = append(page.All, shown)
	}
	return page, err
}

func (d *door) showEmoji(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.emojiPage(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.CustomEmojiPage(page))
	return nil
}

func (d *door) addEmoji(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := d.Limits.Upload.Take(w, r, me.ID); err != nil {
		return err
	}
	fields, picture, err := web.ReadPicture(r, files.MaxEmoji)
	name := fields["name"]
	if err == nil {
		_, err = d.Chat.AddEmoji(r.Context(), me, name, bytes.NewReader(picture))
	}
	if err != nil {
		return d.emojiAgain(w, r, me, "", name, err)
	}
	d.note(r, "The emoji was added")
	return done(w, r, "/emoji")
}

func (d *door) changeEmoji(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	emojiID, note := chi.URLParam(r, "emoji"), "The emoji was removed"
	var err error
	switch r.PostForm.Get("action") {
	case "rename":
		note = "The emoji has another name"
		_, err = d.Chat.RenameEmoji(r.Context(), me, emojiID, r.PostForm.Get("name"))
	case "remove":
		_, err = d.Chat.RemoveEmoji(r.Context(), me, emojiID)
	default:
		err = fault.Field("action", "INVALID_CHOICE", "This must be rename or remove.")
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return d.emojiAgain(w, r, me, emojiID, "", err)
	}
	if err != nil {
		return err
	}
	d.note(r, note)
	return done(w, r, "/emoji")
}

func (d *door) emojiAgain(w http.ResponseWriter, r *http.Request, me accounts.User, at, name string, err error) error {
	page, failed := d.emojiPage(r, me)
	if failed != nil {
		return failed
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.At, page.Name, page.Wrong = at, name, problem
		return views.CustomEmojiPage(page)
	})
}

func (d *door) setEmojiRule(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	_, err := d.Accounts.SetPolicy(r.Context(), me, func(p accounts.Policy) accounts.Policy {
		p.EmojiByAdmins = r.PostForm.Get("by_admins") != ""
		return p
	})
	if err != nil {
		return err
	}
	d.note(r, "Saved")
	return done(w, r, "/emoji")
}

// listEmoji serves the workspace's own emoji to the script of the picker: [[name, picture, still picture or ""], …].
func (d *door) listEmoji(w http.ResponseWriter, r *http.Request, _ accounts.User) error {
	set, err := d.Chat.CustomEmoji(r.Context())
	if err != nil {
		return err
	}
	rows := make([][3]string, len(set.All))
	for i, e := range set.All {
		shown := shownEmoji(e)
		rows[i] = [3]string{shown.Name, shown.Src, shown.Still}
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(list)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(list)
	return nil
}

// emojiNews tells a page what stands in the place of an emoji from now on.
type emojiNews struct {
	Name string `json:"name"`
	HTML string `json:"html"`
}

func newEmojiNews(p chat.EmojiChanged) emojiNews {
	shown := shownEmoji(p.Emoji)
	if p.Removed {
		return emojiNews{Name: shown.Name, HTML: shown.Unmarked()}
	}
	return emojiNews{Name: shown.Name, HTML: shown.Mark()}
}
