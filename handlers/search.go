package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
	"pegasus/web"
)

// How much a search shows beside messages.
const (
	namedPeople   = 5
	namedChannels = 5
	maxChoices    = 12
)

func (d *door) search(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	s, err := d.shell(r, me, "Search", views.PlaceSearch, "")
	if err != nil {
		return err
	}
	page := views.Search{Shell: s, Base: "/search"}
	status, err := d.searched(w, r, me, &page)
	if err != nil {
		return err
	}
	render(w, r, status, views.SearchPage(page))
	return nil
}

// searchBeside is a search in a panel beside a conversation, which may stand at one of the messages that were found.
func (d *door) searchBeside(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, _, err := d.beside(r, me)
	if err == nil {
		err = d.framed(r, me, &page)
	}
	if err != nil {
		return err
	}
	page.Search = &views.Search{Shell: page.Shell, Base: "/chat/" + page.Channel.ID + "/search", Beside: true}
	status, err := d.searched(w, r, me, page.Search)
	if err != nil {
		return err
	}
	d.panel(w, r, status, page)
	return nil
}

// searched fills a search with what the address asks for.
func (d *door) searched(w http.ResponseWriter, r *http.Request, me accounts.User, page *views.Search) (status int, err error) {
	page.Query = strings.TrimSpace(r.URL.Query().Get("q"))
	if zone := r.URL.Query().Get("zone"); zone != "" {
		page.Zone = chat.Zone(zone).String()
	}
	if page.Query == "" {
		return http.StatusOK, nil
	}
	searchTokens(page)
	if d.Chat.ByMeaning() {
		meaningToken(page, r.URL.Query().Get("meaning") != "")
	}
	return d.find(w, r, me, page)
}

// find fills a page with what its text finds, or with what is wrong with the text.
func (d *door) find(w http.ResponseWriter, r *http.Request, me accounts.User, page *views.Search) (int, error) {
	err := d.Limits.Search.Take(w, r, me.ID)
	sought := chat.Sought{Text: page.Query, Cursor: r.URL.Query().Get("cursor"), Limit: chat.DefaultSearchPage}
	if err == nil {
		sought.Zone, err = d.zone(r, me)
	}
	find := d.Chat.Search
	if page.ByMeaning && sought.Cursor == "" {
		find = d.Chat.SearchByMeaning
	}
	var results chat.Results
	if err == nil {
		results, err = find(r.Context(), me, sought)
	}
	if err != nil {
		return d.notSearched(w, r, err, page)
	}
	page.Away = results.Away
	if page.Hits, err = d.hits(r, page, results.Found); err != nil {
		return 0, err
	}
	if results.Next != "" {
		page.More = page.At(page.Query) + "&cursor=" + url.QueryEscape(results.Next)
	}
	if sought.Cursor == "" && !strings.ContainsAny(page.Query, `:"`) {
		err = d.namedLike(r, page)
	}
	return http.StatusOK, err
}

// notSearched shows what is wrong with a text. One that ends in an operator without a name is completed instead.
func (d *door) notSearched(w http.ResponseWriter, r *http.Request, err error, page *views.Search) (int, error) {
	f := web.Fault(err)
	if f.Kind != fault.Invalid && f.Kind != fault.Limited && f.Code != "SEARCH_TIMEOUT" {
		return 0, err
	}
	web.NoteError(r.Context(), err)
	web.SetRetryAfter(w.Header(), f)
	page.Wrong = views.Wrong{Field: "q", Message: f.Message}
	open := unfinished.FindStringSubmatch(page.Query)
	if f.Code != "INVALID_QUERY" || open == nil || utf8.RuneCountInString(page.Query) > chat.MaxQuery {
		return web.Status(f.Kind), nil
	}
	page.Asking = strings.ToLower(open[3])
	known, part := "", open[5]
	if i := strings.LastIndex(part, ","); i >= 0 && open[4] == "@" { // the last of several people
		known, part = "@"+part[:i+1], strings.TrimPrefix(part[i+1:], "@")
	}
	if part == "" {
		page.Wrong = views.Wrong{}
	}
	page.Choices, err = d.choices(r, page, open[1]+open[2]+open[3]+":"+known, part, known == "")
	if page.Wrong.Message == "" {
		return http.StatusOK, err
	}
	return web.Status(f.Kind), err
}

// unfinished is a text that ends with an operator that takes a name: what is before it, a minus, the operator, its mark, and
// as much of the name as is there.
var unfinished = regexp.MustCompile(`(?i)^(|.*\s)(-?)(from|in):([@#]?)(\S*)$`)

// choices are the names that an operator at the end of a text could take: those of people alone, or of places, too.
func (d *door) choices(r *http.Request, page *views.Search, before, part string, places bool) ([]views.SearchChoice, error) {
	var all []views.SearchChoice
	add := func(c views.SearchChoice, token string) {
		if len(all) < maxChoices {
			c.Path = page.At(before + token)
			all = append(all, c)
		}
	}
	if page.Asking == "from" && part == "" {
		add(views.SearchChoice{Label: "Me", Person: page.Me}, "me")
	}
	if page.Asking == "in" && places {
		named := chat.Fitting(part)
		for _, row := range page.Rows {
			if _, fits := named(row.Name); fits && len(all) < maxChoices/2 {
				add(views.SearchChoice{Label: row.Name, Icon: rowIcon(row)}, row.Name)
			}
		}
		for _, talk := range page.Talks {
			if _, fits := named(talk.Name); fits && len(talk.People) > 1 && len(all) < maxChoices*3/4 {
				add(views.SearchChoice{Label: talk.Name, Icon: "users"}, views.InTalk(talk.ID, talk.People))
			}
		}
	}
	people, err := d.peopleLike(r, part, maxChoices)
	for _, p := range people {
		add(views.SearchChoice{Label: p.Name, Person: p}, "@"+p.Username)
	}
	return all, err
}

// peopleLike returns people of a name, or just some.
func (d *door) peopleLike(r *http.Request, text string, limit int) ([]views.Person, error) {
	var users []accounts.User
	var err error
	if text == "" {
		users, err = d.Accounts.List(r.Context(), "", limit)
	} else {
		users, err = d.Accounts.Search(r.Context(), text, limit)
	}
	var people []views.Person
	for _, u := range users {
		if !u.Deactivated {
			people = append(people, person(u, d.Chat.Presence(u)))
		}
	}
	return people, err
}

// namedLike adds the people and channels whose names fit the text.
func (d *door) namedLike(r *http.Request, page *views.Search) error {
	named := chat.Fitting(page.Query)
	for _, row := range page.Rows {
		if distance, fits := named(row.Name); fits && distance <= 2 && len(page.Channels) < namedChannels {
			page.Channels = append(page.Channels, views.Channel{ID: row.ID, Name: row.Name, Private: row.Private})
		}
	}
	public, err := d.Chat.FindChannels(r.Context(), page.Query, namedChannels)
	if err != nil {
		return err
	}
	for _, c := range public {
		known := slices.ContainsFunc(page.Channels, func(shown views.Channel) bool { return shown.ID == c.ID })
		if distance, _ := named(c.Name); distance <= 2 && !known && len(page.Channels) < namedChannels {
			page.Channels = append(page.Channels, preview(c))
		}
	}
	page.People, err = d.peopleLike(r, page.Query, namedPeople)
	return err
}

// hits shows messages as what they say and where.
func (d *door) hits(r *http.Request, page *views.Search, found []chat.Found) ([]views.SearchHit, error) {
	var ids []string
	for _, f := range found {
		ids = append(append(ids, f.UserID), f.People...)
	}
	slices.Sort(ids)
	people, err := d.Accounts.Users(r.Context(), slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	hits := make([]views.SearchHit, len(found))
	for i, f := range found {
		m := message(f.Message, people[f.UserID])
		place, icon := placeOf(f, people)
		hits[i] = views.SearchHit{
			Path: views.PlaceOf(f.Message), Author: views.Person{ID: m.UserID, Name: m.Author, Avatar: m.Avatar, Bot: m.Bot},
			Place: place, Icon: icon, At: f.CreatedAt, Snippet: f.Snippet, Similar: f.Similar, Code: f.Code, Files: len(f.Attachments),
		}
		if page.Beside {
			hits[i].Beside, hits[i].Here = besidePath(r.URL.Query(), f), f.ID == r.URL.Query().Get("around")
		}
	}
	return hits, nil
}

// besidePath is where a message that was found is read with the search still open.
func besidePath(query url.Values, f chat.Found) string {
	next := url.Values{"q": query["q"], "around": {f.ID}}
	for _, kept := range []string{"cursor", "meaning", "zone"} {
		if value := query.Get(kept); value != "" {
			next.Set(kept, value)
		}
	}
	mark := "#m-"
	if f.ParentID != "" {
		mark = "#n-" // in its channel a reply is a note
	}
	return "/chat/" + f.ChannelID + "/search?" + next.Encode() + mark + f.ID
}

// placeOf names a channel, or a conversation by the others in it.
func placeOf(f chat.Found, people map[string]accounts.User) (name, icon string) {
	if !f.Channel.IsDirect() {
		return f.Channel.Name, rowIcon(views.Row{Private: f.Channel.Type == chat.Private})
	}
	var names []string
	for _, userID := range f.People {
		if u, known := people[userID]; known {
			names = append(names, u.Shown())
		}
	}
	switch {
	case len(names) > 1:
		return strings.Join(names, ", "), "users"
	case len(names) == 1:
		return names[0], "user"
	case len(f.People) > 0:
		return "Somebody who left", "user"
	}
	return "Notes to yourself", "user"
}

// meaningToken lets a search be about the meaning of its words too, which the other tokens then keep.
func meaningToken(page *views.Search, on bool) {
	const wanted = "&meaning=yes"
	page.ByMeaning = on
	own := views.SearchToken{Label: "By meaning", On: on, Path: page.At(page.Query)}
	if !on {
		own.Path += wanted
	} else {
		for i := range page.Tokens {
			page.Tokens[i].Path += wanted
		}
	}
	page.Tokens = append([]views.SearchToken{own}, page.Tokens...)
}

func rowIcon(row views.Row) string {
	if row.Private {
		return "lock"
	}
	return "hash"
}

// searchTokens puts the narrowings that are a click away to a search, and whether one of them is on.
func searchTokens(page *views.Search) {
	words := strings.Fields(page.Query)
	page.Narrowed = strings.Contains(page.Query, ":")
	for _, t := range []struct{ token, label string }{
		{"from:me", "From me"}, {"has:link", "Has a link"}, {"has:file", "Has a file"}, {"has:code", "Has code"}, {"is:thread", "In a thread"},
		{"is:saved", "Saved"}, {"is:dm", "Direct messages"}, {"during:this-week", "This week"},
	} {
		i := slices.Index(words, t.token)
		next := append(slices.Clone(words), t.token)
		if i >= 0 {
			next = slices.Delete(slices.Clone(words), i, i+1)
		}
		page.Tokens = append(page.Tokens, views.SearchToken{Label: t.label, On: i >= 0, Path: page.At(strings.Join(next, " "))})
	}
	for _, operator := range []struct{ token, label string }{{"from:", "From…"}, {"in:", "In…"}} {
		page.Tokens = append(page.Tokens, views.SearchToken{Label: operator.label, Path: page.At(page.Query + " " + operator.token)})
	}
}
