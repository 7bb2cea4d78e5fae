package mongo

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
	"pegasus/id"
)

// maxScans is how many ranges of an index the server merges in order. With more it would read them all and sort.
// Source: internalQueryMaxScansToExplode, which is 200.
const maxScans = 200

// SearchMessages returns hits in the order of (created_at, _id). Whether anybody has reacted to them it looks up afterwards,
// in as many rounds as it takes.
func (s *Store) SearchMessages(ctx context.Context, q chat.Search) (hits []chat.Hit, err error) {
	if q.Limit <= 0 || len(q.Channels) == 0 {
		return nil, nil
	}
	f, err := s.finder(ctx, q)
	if err != nil {
		return nil, err
	}
	limit := q.Limit
	if len(f.reacted) > 0 {
		limit = max(limit, chat.MaxPage)
	}
	for {
		docs, err := s.find(ctx, f, limit)
		if err != nil {
			return nil, err
		}
		fitting, err := s.reactedAs(ctx, docs, f.reacted)
		if err != nil {
			return nil, err
		}
		hits = append(hits, convert(fitting, func(d messageDoc) chat.Hit { return chat.Hit{Message: d.message(), Position: position(d)} })...)
		if len(hits) >= q.Limit || len(docs) < limit {
			return hits[:min(len(hits), q.Limit)], nil
		}
		if f.older, err = before(position(docs[len(docs)-1])); err != nil {
			return nil, err
		}
	}
}

// finder is a search in the words of the server.
type finder struct {
	channels   []ref
	lead       []string // the terms of one clause that promises to be rare: of each list one
	conditions bson.A
	older      bson.A
	reacted    []bool // whether somebody must have reacted, or nobody may
}

// find makes a read for each hundred or so of channels, and puts together what they found. It goes by the index
// (channel_id, terms, created_at, _id), which has the messages of a channel with a term in order; the server holds them
// against the rest.
func (s *Store) find(ctx context.Context, f finder, limit int) (docs []messageDoc, err error) {
	for channels := range slices.Chunk(f.channels, max(1, maxScans/len(f.lead))) {
		found, err := all[messageDoc](ctx, s.messages, f.filter(channels),
			options.Find().SetLimit(int64(limit)).SetProjection(withoutHistory).SetSort(newest))
		if err != nil {
			return nil, err
		}
		docs = append(docs, found...)
	}
	slices.SortFunc(docs, newestFirst)
	return docs[:min(len(docs), limit)], nil
}

var newest = bson.D{{Key: "created_at", Value: -1}, {Key: "_id", Value: -1}}

func (f finder) filter(channels []ref) bson.D {
	filter := bson.D{{Key: "channel_id", Value: bson.D{{Key: "$in", Value: channels}}},
		{Key: "terms", Value: bson.D{{Key: "$in", Value: f.lead}}}, {Key: "is_deleted", Value: false}}
	if conditions := slices.Concat(f.conditions, f.older); len(conditions) > 0 {
		filter = append(filter, bson.E{Key: "$and", Value: conditions})
	}
	return filter
}

func newestFirst(a, b messageDoc) int {
	return cmp.Or(b.CreatedAt.time().Compare(a.CreatedAt.time()), cmp.Compare(b.ID, a.ID))
}

// reactedAs leaves out messages that somebody has reacted to where nobody may have, and the other way round.
func (s *Store) reactedAs(ctx context.Context, docs []messageDoc, wanted []bool) ([]messageDoc, error) {
	if len(wanted) == 0 || len(docs) == 0 {
		return docs, nil
	}
	ids := convert(docs, func(d messageDoc) ref { return d.ID })
	reactions, err := all[reactionDoc](ctx, s.reactions, bson.D{{Key: "message_id", Value: bson.D{{Key: "$in", Value: ids}}}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "message_id", Value: 1}}))
	has := map[ref]bool{}
	for _, r := range reactions {
		has[r.MessageID] = true
	}
	return slices.DeleteFunc(docs, func(d messageDoc) bool { return slices.Contains(wanted, !has[d.ID]) }), err
}

// A position is a moment in milliseconds and an id.
func position(d messageDoc) string {
	return strconv.FormatInt(d.CreatedAt.time().UnixMilli(), 10) + "-" + string(d.ID)
}

// before returns the conditions of what is older than a position.
func before(position string) (bson.A, error) {
	if position == "" {
		return nil, nil
	}
	digits, last, _ := strings.Cut(position, "-")
	ms, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || ms < 0 || ms > math.MaxInt64/int64(time.Millisecond) || !id.Valid(last) {
		return nil, chat.ErrSearchCursor
	}
	at := date(time.UnixMilli(ms))
	return bson.A{
		bson.D{{Key: "created_at", Value: bson.D{{Key: "$lte", Value: at}}}},
		bson.D{{Key: "$or", Value: bson.A{
			bson.D{{Key: "created_at", Value: bson.D{{Key: "$lt", Value: at}}}},
			bson.D{{Key: "_id", Value: bson.D{{Key: "$lt", Value: ref(last)}}}},
		}}},
	}, nil
}

func (s *Store) finder(ctx context.Context, q chat.Search) (f finder, err error) {
	f.channels, f.lead = refs(q.Channels), leading(q.Clauses)
	if f.older, err = before(q.Before); err != nil {
		return finder{}, err
	}
	for _, c := range q.Clauses {
		if isReaction(c) {
			f.reacted = append(f.reacted, !c.Not)
			continue
		}
		condition, err := s.condition(ctx, c)
		if err != nil {
			return finder{}, err
		}
		f.conditions = append(f.conditions, condition)
	}
	if !q.Since.IsZero() {
		f.conditions = append(f.conditions, bson.D{{Key: "created_at", Value: bson.D{{Key: "$gte", Value: date(q.Since)}}}})
	}
	if !q.Until.IsZero() {
		f.conditions = append(f.conditions, bson.D{{Key: "created_at", Value: bson.D{{Key: "$lt", Value: date(q.Until)}}}})
	}
	return f, nil
}

func isReaction(c chat.Clause) bool {
	return slices.ContainsFunc(c.Any, func(all []string) bool { return slices.Contains(all, chat.TermReaction) })
}

// leading returns the terms to go by: those of the clause whose shortest is the longest, for long terms are rare ones. Of
// each list it is the longest.
func leading(clauses []chat.Clause) []string {
	lead, length := []string{every}, 0
	for _, c := range clauses {
		var terms []string
		shortest := math.MaxInt
		for _, all := range c.Any {
			longest := slices.MaxFunc(all, func(a, b string) int { return len(a) - len(b) })
			terms, shortest = append(terms, longest), min(shortest, len(longest))
			if isElsewhere(longest) {
				shortest = 0
			}
		}
		if !c.Not && shortest > length {
			lead, length = terms, shortest
		}
	}
	return lead
}

// isElsewhere tells terms that stand for what others put on a message, which is not among the terms of its document.
func isElsewhere(term string) bool {
	return term == chat.TermReaction || term == chat.TermPin || term == chat.TermThread || chat.SavedBy(term) != ""
}

// condition translates a clause.
func (s *Store) condition(ctx context.Context, c chat.Clause) (bson.D, error) {
	var any bson.A
	for _, all := range c.Any {
		condition := bson.D{{Key: "terms", Value: bson.D{{Key: "$all", Value: all}}}}
		var err error
		switch userID := chat.SavedBy(all[0]); {
		case userID != "":
			condition, err = s.savedBy(ctx, userID)
		case all[0] == chat.TermPin:
			condition = bson.D{{Key: "pinned_at", Value: bson.D{{Key: "$ne", Value: nil}}}}
		case all[0] == chat.TermThread:
			condition = bson.D{{Key: "$or", Value: bson.A{
				bson.D{{Key: "parent_message_id", Value: bson.D{{Key: "$ne", Value: nil}}}},
				bson.D{{Key: "reply_count", Value: bson.D{{Key: "$gt", Value: 0}}}},
			}}}
		}
		if err != nil {
			return nil, err
		}
		any = append(any, condition)
	}
	if c.Not {
		return bson.D{{Key: "$nor", Value: any}}, nil
	}
	return bson.D{{Key: "$or", Value: any}}, nil
}

// maxSaved is how many bookmarks of a person a search knows of, the newest.
const maxSaved = 10_000

func (s *Store) savedBy(ctx context.Context, userID string) (bson.D, error) {
	docs, err := all[bookmarkDoc](ctx, s.bookmarks, bson.D{{Key: "user_id", Value: ref(userID)}}, newestIDs(maxSaved).
		SetProjection(bson.D{{Key: "message_id", Value: 1}}))
	ids := convert(docs, func(d bookmarkDoc) ref { return d.MessageID })
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, err
}

// Places makes two reads.
func (s *Store) Places(ctx context.Context, userID string) ([]chat.Channel, error) {
	ctx, done := limited(ctx)
	defer done()
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "user_id", Value: ref(userID)}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "channel_id", Value: 1}}))
	if err != nil || len(members) == 0 {
		return nil, err
	}
	ids := convert(members, func(d memberDoc) ref { return d.ChannelID })
	docs, err := all[channelDoc](ctx, s.channels, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}},
		options.Find().SetProjection(bson.D{{Key: "name", Value: 1}, {Key: "type", Value: 1}, {Key: "public_key", Value: 1}}))
	return convert(docs, func(d channelDoc) chat.Channel {
		c := d.channel()
		return chat.Channel{ID: c.ID, Name: c.Name, Type: c.Type, Key: c.Key}
	}), err
}
