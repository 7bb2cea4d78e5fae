package mongo

import (
	"cmp"
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/fault"
	"pegasus/plugins"
)

// pluginTalkDoc is a conversation with a model, with Pegasus's names.
type pluginTalkDoc struct {
	ID        ref    `bson:"_id"`
	PluginID  ref    `bson:"plugin_id"`
	UserID    ref    `bson:"userId"`
	Title     string `bson:"title"`
	CreatedAt date   `bson:"createdAt"`
	UpdatedAt date   `bson:"updatedAt"`
	Count     int    `bson:"messageCount"`
}

func (d pluginTalkDoc) conversation() plugins.Conversation {
	return plugins.Conversation{
		ID: string(d.ID), PluginID: string(d.PluginID), UserID: string(d.UserID), Title: d.Title, CreatedAt: d.CreatedAt.time(),
		UpdatedAt: d.UpdatedAt.time(), Count: d.Count,
	}
}

// exchangeDoc is a question and its answer, with Pegasus's names for what Pegasus knows of it.
type exchangeDoc struct {
	ID             ref                 `bson:"_id"`
	ConversationID ref                 `bson:"conversationId"`
	PluginID       ref                 `bson:"plugin_id"`
	UserID         ref                 `bson:"userId"`
	Ask            string              `bson:"message"`
	Answer         string              `bson:"response"`
	Type           string              `bson:"messageType"`
	State          string              `bson:"state"`
	Problem        string              `bson:"problem"`
	Operations     []plugins.Operation `bson:"operations"`
	Build          *buildDoc           `bson:"compilationResult"`
	Base           int                 `bson:"base"`
	Version        int                 `bson:"version"`
	Rounds         int                 `bson:"rounds"`
	Usage          plugins.Usage       `bson:"usage"`
	Model          string              `bson:"model"`
	CreatedAt      date                `bson:"timestamp"`
	DoneAt         date                `bson:"done_at"`
}

func newExchangeDoc(e plugins.Exchange) exchangeDoc {
	kind := "info"
	if len(e.Operations) > 0 {
		kind = "modification"
	}
	return exchangeDoc{
		ID: ref(e.ID), ConversationID: ref(e.ConversationID), PluginID: ref(e.PluginID), UserID: ref(e.UserID), Ask: e.Ask, Answer: e.Answer,
		Type: kind, State: string(e.State), Problem: e.Problem, Operations: e.Operations, Build: newBuildDoc(e.Build), Base: e.Base,
		Version: e.Version, Rounds: e.Rounds, Usage: e.Usage, Model: e.Model, CreatedAt: date(e.CreatedAt), DoneAt: date(e.DoneAt),
	}
}

func (d exchangeDoc) exchange() plugins.Exchange {
	return plugins.Exchange{
		ID: string(d.ID), ConversationID: string(d.ConversationID), PluginID: string(d.PluginID), UserID: string(d.UserID), Ask: d.Ask,
		Answer: d.Answer, State: plugins.ExchangeState(d.State), Problem: d.Problem, Operations: d.Operations, Build: d.Build.build(),
		Base: d.Base, Version: d.Version, Rounds: d.Rounds, Usage: d.Usage, Model: d.Model, CreatedAt: d.CreatedAt.time(), DoneAt: d.DoneAt.time(),
	}
}

// CreateConversation inserts one document.
func (s *Store) CreateConversation(ctx context.Context, c plugins.Conversation) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.pluginTalks.InsertOne(ctx, pluginTalkDoc{
		ID: ref(c.ID), PluginID: ref(c.PluginID), UserID: ref(c.UserID), Title: c.Title, CreatedAt: date(c.CreatedAt), UpdatedAt: date(c.UpdatedAt), Count: c.Count,
	})
	return translate(err)
}

// Conversation finds by _id.
func (s *Store) Conversation(ctx context.Context, id string) (plugins.Conversation, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[pluginTalkDoc](ctx, s.pluginTalks, withID(id))
	return doc.conversation(), orMissing(err, plugins.ErrConversationNotFound)
}

// PluginConversations reads in the order of the index.
func (s *Store) PluginConversations(ctx context.Context, pluginID, userID string, limit int) ([]plugins.Conversation, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[pluginTalkDoc](ctx, s.pluginTalks, append(ofPlugin(pluginID), bson.E{Key: "userId", Value: ref(userID)}),
		options.Find().SetSort(bson.D{{Key: "updatedAt", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(limit)))
	return convert(docs, pluginTalkDoc.conversation), err
}

// DeleteConversation deletes the exchanges first, so that after a crash the next call finds what is left, and once more in the end
// those that somebody began meanwhile.
func (s *Store) DeleteConversation(ctx context.Context, id string) error {
	ctx, done := limited(ctx)
	defer done()
	talk, err := one[pluginTalkDoc](ctx, s.pluginTalks, withID(id))
	if err == mongo.ErrNoDocuments {
		return nil
	} else if err != nil {
		return translate(err)
	}
	if err := s.endExchanges(ctx, talk); err != nil {
		return err
	}
	if _, err := s.pluginTalks.DeleteOne(ctx, withID(id)); err != nil {
		return translate(err)
	}
	return s.endExchanges(ctx, talk)
}

// endExchanges deletes what was said in a conversation, and ends what is asked there. What begins meanwhile is left, for only what was
// seen is free.
func (s *Store) endExchanges(ctx context.Context, talk pluginTalkDoc) error {
	said := bson.D{{Key: "conversationId", Value: talk.ID}}
	under, err := all[exchangeDoc](ctx, s.pluginExchanges, append(said, bson.E{Key: "state", Value: string(plugins.Answering)}), options.Find())
	if err != nil {
		return err
	}
	ended := make([]ref, len(under))
	for i, e := range under {
		if err := s.endAsking(ctx, plugins.Exchange{ID: string(e.ID), PluginID: string(talk.PluginID)}, ""); err != nil {
			return err
		}
		ended[i] = e.ID
	}
	_, err = s.pluginExchanges.DeleteMany(ctx, append(said, bson.E{Key: "$or", Value: bson.A{
		bson.D{{Key: "state", Value: bson.D{{Key: "$ne", Value: string(plugins.Answering)}}}},
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ended}}}},
	}}))
	return translate(err)
}

// BeginExchange lets the plugin's document decide, and stores the exchange after that, before it counts it: where the conversation
// is gone by then, so is the exchange. A crash between leaves a plugin that asks nothing until the time given.
func (s *Store) BeginExchange(ctx context.Context, e plugins.Exchange, until time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	free := bson.A{bson.D{{Key: "asking", Value: nil}}, bson.D{{Key: "asking_until", Value: bson.D{{Key: "$lte", Value: date(e.CreatedAt)}}}}}
	claimed, err := s.plugins.UpdateOne(ctx, append(withID(e.PluginID), bson.E{Key: "$or", Value: free}),
		set(bson.D{{Key: "asking", Value: ref(e.ID)}, {Key: "asking_until", Value: date(until)}, {Key: "unseen", Value: nil}}))
	if err != nil {
		return translate(err)
	}
	if claimed.MatchedCount == 0 {
		there, err := exists(ctx, s.plugins, withID(e.PluginID))
		if err == nil && there {
			return plugins.ErrAsking
		} else if err == nil {
			return plugins.ErrPluginNotFound
		}
		return err
	}
	_, err = s.pluginExchanges.InsertOne(ctx, newExchangeDoc(e))
	if err = translate(err); err == nil {
		talk := append(set(bson.D{{Key: "updatedAt", Value: date(e.CreatedAt)}}), bson.E{Key: "$inc", Value: bson.D{{Key: "messageCount", Value: 1}}})
		err = matched(plugins.ErrConversationNotFound)(s.pluginTalks.UpdateOne(ctx, withID(e.ConversationID), talk))
	}
	if fault.From(err) == plugins.ErrConversationNotFound {
		if _, err := s.pluginExchanges.DeleteOne(ctx, withID(e.ID)); err != nil {
			return translate(err)
		}
	}
	if err != nil {
		s.endAsking(ctx, e, "") // else it is free when its time is over
	}
	return err
}

// endAsking ends what a plugin asks. unseen is what nobody has seen of it from then on, "" for nothing.
func (s *Store) endAsking(ctx context.Context, e plugins.Exchange, unseen string) error {
	_, err := s.plugins.UpdateOne(ctx, append(withID(e.PluginID), bson.E{Key: "asking", Value: ref(e.ID)}),
		set(bson.D{{Key: "asking", Value: nil}, {Key: "asking_until", Value: nil}, {Key: "unseen", Value: ref(unseen)}}))
	return translate(err)
}

// SaveExchange changes the exchange first: a crash after it leaves a plugin that asks nothing until its time is over. One that was deleted
// meanwhile asks nothing any more.
func (s *Store) SaveExchange(ctx context.Context, e plugins.Exchange) error {
	ctx, done := limited(ctx)
	defer done()
	doc := newExchangeDoc(e)
	err := matched(plugins.ErrExchangeNotFound)(s.pluginExchanges.UpdateOne(ctx, withID(e.ID), set(bson.D{{Key: "response", Value: doc.Answer},
		{Key: "messageType", Value: doc.Type}, {Key: "state", Value: doc.State}, {Key: "problem", Value: doc.Problem},
		{Key: "operations", Value: doc.Operations}, {Key: "compilationResult", Value: doc.Build}, {Key: "version", Value: doc.Version},
		{Key: "rounds", Value: doc.Rounds}, {Key: "usage", Value: doc.Usage}, {Key: "model", Value: doc.Model}, {Key: "done_at", Value: doc.DoneAt}})))
	gone := fault.From(err) == plugins.ErrExchangeNotFound
	if err != nil && !gone || !gone && e.State == plugins.Answering {
		return err
	}
	unseen := e.ID
	if gone || e.State == plugins.Stopped {
		unseen = ""
	}
	return cmp.Or(err, s.endAsking(ctx, e, unseen))
}

// SeeExchange changes the plugin's document, where that exchange is what is unseen.
func (s *Store) SeeExchange(ctx context.Context, pluginID, exchangeID string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.plugins.UpdateOne(ctx, append(withID(pluginID), bson.E{Key: "unseen", Value: ref(exchangeID)}), set(bson.D{{Key: "unseen", Value: nil}}))
	return translate(err)
}

// Exchange finds by _id.
func (s *Store) Exchange(ctx context.Context, id string) (plugins.Exchange, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[exchangeDoc](ctx, s.pluginExchanges, withID(id))
	return doc.exchange(), orMissing(err, plugins.ErrExchangeNotFound)
}

// Exchanges reads in the order of the index.
func (s *Store) Exchanges(ctx context.Context, conversationID, before string, limit int) ([]plugins.Exchange, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	filter := append(bson.D{{Key: "conversationId", Value: ref(conversationID)}}, olderThan(before)...)
	docs, err := all[exchangeDoc](ctx, s.pluginExchanges, filter, newestIDs(limit))
	return convert(docs, exchangeDoc.exchange), err
}

// UsageOfAnswers reads in the order of the index.
func (s *Store) UsageOfAnswers(ctx context.Context, pluginID string, limit int) ([]plugins.Usage, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	filter := append(ofPlugin(pluginID), bson.E{Key: "state", Value: bson.D{{Key: "$ne", Value: string(plugins.Answering)}}})
	docs, err := all[exchangeDoc](ctx, s.pluginExchanges, filter, newestIDs(limit).SetProjection(bson.D{{Key: "usage", Value: 1}}))
	return convert(docs, func(d exchangeDoc) plugins.Usage { return d.Usage }), err
}

// usageDoc is what somebody, or with user_id null all, used on a day. Its _id names both.
type usageDoc struct {
	UserID ref           `bson:"user_id"`
	Day    string        `bson:"day"`
	Usage  plugins.Usage `bson:",inline"`
}

// AddUsage adds to the person's document and then to that of all. Where two calls make one at once, the one that comes too late
// finds it at its next try.
func (s *Store) AddUsage(ctx context.Context, userID, day string, u plugins.Usage) error {
	ctx, done := limited(ctx)
	defer done()
	for _, who := range []string{userID, ""} {
		change := append(set(bson.D{{Key: "user_id", Value: ref(who)}, {Key: "day", Value: day}}), bson.E{Key: "$inc", Value: bson.D{
			{Key: "calls", Value: u.Calls}, {Key: "input", Value: u.Input}, {Key: "output", Value: u.Output}, {Key: "cost", Value: u.Cost}, {Key: "took", Value: u.Took}}})
		for {
			_, err := s.pluginUsage.UpdateOne(ctx, bson.D{{Key: "_id", Value: who + " " + day}}, change, options.Update().SetUpsert(true))
			if err == nil {
				break
			}
			if !mongo.IsDuplicateKeyError(err) {
				return translate(err)
			}
		}
	}
	return nil
}

// UsageBetween adds up a document a day.
func (s *Store) UsageBetween(ctx context.Context, userID, first, last string) (sum plugins.Usage, err error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[usageDoc](ctx, s.pluginUsage, bson.D{{Key: "user_id", Value: ref(userID)},
		{Key: "day", Value: bson.D{{Key: "$gte", Value: first}, {Key: "$lte", Value: last}}}})
	for _, doc := range docs {
		sum = sum.Add(doc.Usage)
	}
	return sum, err
}
