package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// preferencesDoc is what a person chose about being told of messages. Its _id is theirs.
type preferencesDoc struct {
	UserID      ref      `bson:"_id"`
	Level       string   `bson:"level"`
	Keywords    []string `bson:"keywords,omitempty"`
	Zone        string   `bson:"zone"`
	QuietDays   int      `bson:"quiet_days"`
	QuietFrom   int      `bson:"quiet_from"`
	QuietTo     int      `bson:"quiet_to"`
	PausedUntil date     `bson:"paused_until"`
	HideContent bool     `bson:"hide_content"`
	Sound       bool     `bson:"sound"`
	NoMail      bool     `bson:"no_mail,omitempty"`
	NoAnswers   bool     `bson:"no_answers,omitempty"`
}

func newPreferencesDoc(p chat.Preferences) preferencesDoc {
	return preferencesDoc{
		UserID: ref(p.UserID), Level: string(p.Level), Keywords: p.Keywords, Zone: p.Zone, QuietDays: int(p.Quiet.Days), QuietFrom: p.Quiet.From,
		QuietTo: p.Quiet.To, PausedUntil: date(p.PausedUntil), HideContent: p.HideContent, Sound: p.Sound, NoMail: p.NoMail, NoAnswers: p.NoAnswers,
	}
}

func (d preferencesDoc) preferences() chat.Preferences {
	return chat.Preferences{
		UserID: string(d.UserID), Level: chat.Level(d.Level), Keywords: d.Keywords, Zone: d.Zone,
		Quiet:       chat.Quiet{Days: uint8(d.QuietDays), From: d.QuietFrom, To: d.QuietTo},
		PausedUntil: d.PausedUntil.time(), HideContent: d.HideContent, Sound: d.Sound, NoMail: d.NoMail, NoAnswers: d.NoAnswers,
	}
}

// Preferences makes one read.
func (s *Store) Preferences(ctx context.Context, userID string) (chat.Preferences, bool, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[preferencesDoc](ctx, s.preferences, bson.D{{Key: "_id", Value: ref(userID)}})
	if err == mongo.ErrNoDocuments {
		return chat.Preferences{}, false, nil
	}
	return doc.preferences(), err == nil, translate(err)
}

// SetPreferences replaces one document.
func (s *Store) SetPreferences(ctx context.Context, p chat.Preferences) error {
	ctx, done := limited(ctx)
	defer done()
	doc := newPreferencesDoc(p)
	_, err := s.preferences.ReplaceOne(ctx, bson.D{{Key: "_id", Value: doc.UserID}}, doc, options.Replace().SetUpsert(true))
	return translate(err)
}

// SetMemberNotify changes one document.
func (s *Store) SetMemberNotify(ctx context.Context, channelID, userID string, level chat.Level, muted bool) error {
	ctx, done := limited(ctx)
	defer done()
	return matched(chat.ErrNotMember)(s.members.UpdateOne(ctx, place(channelID, userID),
		set(bson.D{{Key: "level", Value: level}, {Key: "muted", Value: muted}})))
}

// Audience makes two reads: the members, and what they chose.
func (s *Store) Audience(ctx context.Context, channelID string, concerned []string, everybody bool) ([]chat.Recipient, error) {
	ctx, done := limited(ctx)
	defer done()
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "channel_id", Value: ref(channelID)}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "user_id", Value: 1}, {Key: "level", Value: 1}, {Key: "muted", Value: 1}}))
	if err != nil || len(members) == 0 {
		return nil, err
	}
	ids := convert(members, func(m memberDoc) ref { return m.UserID })
	docs, err := all[preferencesDoc](ctx, s.preferences, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	if err != nil {
		return nil, err
	}
	chosen := make(map[ref]chat.Preferences, len(docs))
	for _, d := range docs {
		chosen[d.UserID] = d.preferences()
	}
	wanted := make(map[ref]bool, len(concerned))
	for _, userID := range concerned {
		wanted[ref(userID)] = true
	}
	var audience []chat.Recipient
	for _, m := range members {
		r := chat.Recipient{UserID: string(m.UserID), Level: chat.Level(m.Level), Muted: m.Muted, Preferences: chosen[m.UserID]}
		if everybody || wanted[m.UserID] || r.Level == chat.LevelAll || r.Preferences.Asks() {
			audience = append(audience, r)
		}
	}
	return audience, nil
}

// Mentioned makes one read.
func (s *Store) Mentioned(ctx context.Context, messageID, userID string) (mentioned, named bool, err error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[mentionDoc](ctx, s.mentions, bson.D{{Key: "_id", Value: messageID + ":" + userID}})
	if err == mongo.ErrNoDocuments {
		return false, false, nil
	}
	return err == nil, doc.Named, translate(err)
}
