package mongo

import (
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/store/storetest"
)

func TestWrongUnreadCountsAreFoundAndMended(t *testing.T) {
	s := ready(t)
	storetest.RecountedUnread(t, s, func(channelID, userID string, own int64) {
		_, err := s.members.UpdateOne(t.Context(), place(channelID, userID), set(bson.D{{Key: "own_unread", Value: own}}))
		must(t, err)
	}, func(m chat.Message, userID string) {
		_, err := s.mentions.InsertOne(t.Context(), mentionDoc{
			ID: m.ID + ":" + userID, MessageID: ref(m.ID), UserID: ref(userID), ChannelID: ref(m.ChannelID), Seq: m.Seq, Named: true,
		})
		must(t, err)
	})
}
