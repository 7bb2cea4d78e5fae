package chat

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// Limits of one search.
const (
	DefaultSearchPage = 20
	maxExamined       = 2000            // messages that the index leads to and that are read
	maxSearchTime     = 2 * time.Second // after which what was found so far is the answer
)

// Search is what a store looks for.
type Search struct {
	Channels     []string  // where; none finds nothing
	Clauses      []Clause  // what the terms of a message must fulfil, all of them
	Since, Until time.Time // when it was written: from the first, before the second; zero for open. To the hour
	Before       string    // what is older than the hit with this position, "" for the newest
	Limit        int
}

// Hit is a message that a store has found. Its position says where to go on; it means something to the same store alone.
type Hit struct {
	Message
	Position string
}

// SearchStore finds messages by their terms: those that Indexed.Terms returns for each message that is not deleted.
type SearchStore interface {
	// SearchMessages returns hits, newest first: in the order in which they were written, to the hour, and came to be stored.
	// It never returns deleted messages, or those of other channels. What was stored before the call is found by it, unless
	// the store has much to catch up with, as after an import; then it is found as soon as the store has.
	//
	// A position that is none is a fault of kind Invalid with code INVALID_CURSOR.
	SearchMessages(ctx context.Context, s Search) ([]Hit, error)
	// Places returns all channels and conversations that a person is in, archived ones included, with their ids, names,
	// types and keys alone.
	Places(ctx context.Context, userID string) ([]Channel, error)
	// UserByUsername is that of accounts.Store.
	UserByUsername(ctx context.Context, username string) (accounts.User, error)
}

// ErrSearchCursor is for a position that no search has returned.
var ErrSearchCursor = fault.Field("cursor", "INVALID_CURSOR", "This is not the cursor of a search.")

var errSearchTime = fault.New(fault.Unavailable, "SEARCH_TIMEOUT", "This search took too long. A rarer word, a channel or a day makes it faster.")

// Found is a message that a search has found, as its reader sees it.
type Found struct {
	Message
	Channel Channel  // its id, name, type and key alone
	People  []string // the ids of the others in a conversation, in ascending order
	Marked  []Span   // where in Content the words of the search stand, in order
	Similar bool     // it is near to the meaning of the words, and does not have them
	Snippet string   // what is around the first of them, as safe HTML on one line with mark elements
	Code    string   // the whole message as safe HTML with mark elements, where it has code, else ""
}

// Results are a part of what a search finds.
type Results struct {
	Found []Found
	Next  string // the cursor of the next part, "" at the end
	Away  bool   // the server of meanings did not answer
}

// Sought is what a person asks a search for.
type Sought struct {
	Text   string         // see query for what it may say
	Zone   *time.Location // whose days it means, nil for those of UTC
	Cursor string         // where to go on, "" for the beginning
	Limit  int            // how many messages at most
}

// query takes the text apart, as of now.
func (w Sought) query(now time.Time) (query, error) {
	return parseQuery(w.Text, now.In(cmp.Or(w.Zone, time.UTC)))
}

// Search returns the messages that are sought in the channels and conversations that the actor is in now, newest first.
//
// A query whose words are everywhere and seldom as it wants them may return fewer than the limit before the end, or none:
// Next tells.
func (s *Service) Search(ctx context.Context, actor accounts.User, sought Sought) (Results, error) {
	q, err := sought.query(s.now())
	if err != nil {
		return Results{}, err
	}
	within, done := context.WithTimeout(ctx, maxSearchTime)
	defer done()
	places, err := s.store.Places(within, actor.ID)
	if err != nil {
		return Results{}, err
	}
	wanted, err := s.plan(within, actor, q, places)
	if err != nil || len(wanted.Channels) == 0 {
		return Results{}, err
	}
	wanted.Before = sought.Cursor
	h := &hunt{query: q, limit: min(max(sought.Limit, 1), MaxPage)}
	err = h.run(within, s.store, wanted)
	if err != nil && (within.Err() == nil || ctx.Err() != nil) {
		return Results{}, err
	}
	if err != nil && h.last == "" {
		return Results{}, errSearchTime
	}
	for i := range h.found {
		f := &h.found[i]
		s.refresh(&f.Message)
		if strings.Contains(f.Content, "`") {
			f.Code = markWords(f.HTML, h.query.terms)
		}
		f.Channel = places[slices.IndexFunc(places, func(c Channel) bool { return c.ID == f.ChannelID })]
	}
	if err := s.addPeople(ctx, actor, h.found); err != nil {
		return Results{}, err
	}
	return Results{Found: h.found, Next: h.next}, nil
}

// addPeople says who else is in the conversations among the places of what was found.
func (s *Service) addPeople(ctx context.Context, actor accounts.User, found []Found) error {
	others := map[string][]string{}
	for _, f := range found {
		if f.Channel.IsDirect() {
			others[f.ChannelID] = nil
		}
	}
	if len(others) == 0 {
		return nil
	}
	members, err := s.store.MembersOf(ctx, slices.Collect(maps.Keys(others)))
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.UserID != actor.ID && m.Role != RoleBot {
			others[m.ChannelID] = append(others[m.ChannelID], m.UserID)
		}
	}
	for i := range found {
		found[i].People = slices.Sorted(slices.Values(others[found[i].ChannelID]))
	}
	return nil
}

// hunt gathers the hits that are as a query wants them.
type hunt struct {
	query query
	limit int
	found []Found
	last  string // the position of the last hit looked at
	next  string // where to go on, "" at the end
}

func (h *hunt) run(ctx context.Context, store SearchStore, wanted Search) error {
	wanted.Limit = h.limit + 1
	for examined := 0; examined < maxExamined; {
		hits, err := store.SearchMessages(ctx, wanted)
		if err != nil {
			h.next = h.last
			return err
		}
		for _, hit := range hits {
			marked, ok := h.query.finds(hit.Message)
			if ok && len(h.found) == h.limit {
				h.next = h.last // there is one more
				return nil
			}
			if ok {
				h.found = append(h.found, Found{Message: hit.Message, Marked: marked, Snippet: snippet(hit.Content, marked)})
			}
			h.last = hit.Position
		}
		if len(hits) < wanted.Limit {
			h.next = ""
			return nil
		}
		examined += len(hits)
		wanted.Before, wanted.Limit = h.last, min(2*wanted.Limit, maxExamined/8)
	}
	h.next = h.last
	return nil
}

// finds reports whether a message is what a query asks for, as far as the message tells, and where its words stand. A hit
// need not be: terms leave order and neighbours out, and may be from before an edit.
func (q query) finds(m Message) ([]Span, bool) {
	if m.CreatedAt.Before(q.since) || !q.until.IsZero() && !m.CreatedAt.Before(q.until) {
		return nil, false
	}
	has := Indexed{Message: m}.marks()
	for _, wanted := range q.marks {
		switch wanted.mark {
		case hasReaction, isSaved, isDirect:
			continue // not in the message
		}
		if slices.Contains(has, wanted.mark) == wanted.not {
			return nil, false
		}
	}
	return match(q.terms, m.Content)
}

// plan turns a query of a person into what the store can look for.
func (s *Service) plan(ctx context.Context, actor accounts.User, q query, places []Channel) (Search, error) {
	plan := Search{Since: q.since, Until: q.until}
	var err error
	if plan.Channels, err = s.where(ctx, actor, q, places); err != nil {
		return Search{}, err
	}
	authors := Clause{}
	for _, from := range q.from {
		u, err := s.named(ctx, actor, from)
		if err != nil {
			return Search{}, err
		}
		by := []string{aboutAuthor + u}
		if from.not {
			plan.Clauses = append(plan.Clauses, Clause{Any: [][]string{by}, Not: true})
		} else {
			authors.Any = append(authors.Any, by)
		}
	}
	if len(authors.Any) > 0 {
		plan.Clauses = append(plan.Clauses, authors)
	}
	for _, wanted := range q.marks {
		switch wanted.mark {
		case isDirect: // a matter of where
		case isSaved:
			plan.Clauses = append(plan.Clauses, Clause{Any: [][]string{{aboutSavedBy + actor.ID}}, Not: wanted.not})
		default:
			plan.Clauses = append(plan.Clauses, Clause{Any: [][]string{{aboutMark + string(wanted.mark)}}, Not: wanted.not})
		}
	}
	for _, t := range q.terms {
		if !t.not { // what has the terms of an unwanted word need not have the word
			plan.Clauses = append(plan.Clauses, t.clause())
		}
	}
	return plan, nil
}

// where returns the ids of the places that a query is about.
func (s *Service) where(ctx context.Context, actor accounts.User, q query, places []Channel) (ids []string, err error) {
	chosen, narrowed := map[string]bool{}, false
	for _, in := range q.in {
		is, err := s.place(ctx, actor, in)
		if err != nil {
			return nil, err
		}
		if !in.person && !slices.ContainsFunc(places, is) {
			return nil, errQuery("You are in no channel called “%s”.", in.text)
		}
		narrowed = narrowed || !in.not
		for _, c := range places {
			if is(c) {
				chosen[c.ID] = !in.not
			}
		}
	}
	for _, c := range places {
		wanted, named := chosen[c.ID]
		if named && !wanted || !named && narrowed {
			continue
		}
		if slices.ContainsFunc(q.marks, func(m marked) bool { return m.mark == isDirect && m.not == c.IsDirect() }) {
			continue
		}
		ids = append(ids, c.ID)
	}
	return ids, nil
}

// place returns what tells the places that in: names.
func (s *Service) place(ctx context.Context, actor accounts.User, in name) (func(Channel) bool, error) {
	if !in.person {
		return func(c Channel) bool { return c.ID == in.text || !c.IsDirect() && strings.EqualFold(c.Name, in.text) }, nil
	}
	names := strings.Split(in.text, ",")
	if len(names) > MaxGroup {
		return nil, errQuery("A conversation has at most %d people.", MaxGroup)
	}
	people := []string{actor.ID}
	for _, one := range names {
		userID, err := s.named(ctx, actor, name{text: strings.TrimPrefix(one, "@"), person: true})
		if err != nil {
			return nil, err
		}
		people = append(people, userID)
	}
	key := talkKey(people)
	return func(c Channel) bool { return c.Key == key }, nil
}

// named returns the id of the person that a query names.
func (s *Service) named(ctx context.Context, actor accounts.User, n name) (string, error) {
	if !n.person && strings.EqualFold(n.text, "me") {
		return actor.ID, nil
	}
	u, err := s.store.UserByUsername(ctx, strings.ToLower(n.text))
	if fault.Is(err, fault.NotFound) {
		return "", errQuery("There is nobody called “%s”.", n.text)
	}
	return u.ID, err
}
