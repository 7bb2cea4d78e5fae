package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"

	"pegasus/chat"
	"pegasus/events/nats"
	"pegasus/notify"
	"pegasus/plugins"
)

// publisher takes events to the streams of all servers, and ends those that must end.
type publisher interface {
	chat.Publisher
	Connected(userID string) bool
	EndSession(ctx context.Context, userID, sessionID string)
	EndUser(ctx context.Context, userID, exceptSession string)
	Cut()
}

// checkServers refuses what several servers cannot share.
func (s *settings) checkServers() error {
	if s.NATSURL == "" {
		return nil
	}
	for one := range strings.SplitSeq(s.NATSURL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Hostname() == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return errors.New("NATS_URL must be an address such as nats://nats.example.com:4222, or several with commas between")
		}
	}
	switch {
	case s.MongoURI == "":
		return errors.New("NATS_URL joins several servers and needs MONGODB_URI: the embedded database belongs to one")
	case s.AppSecret == "":
		return errors.New("NATS_URL joins several servers and needs APP_SECRET, the same for all")
	case s.S3Bucket == "":
		return errors.New("NATS_URL joins several servers and needs S3_BUCKET_NAME: files in the data directory are those of one")
	case s.Certified.Domain != "":
		return errors.New("NATS_URL joins several servers and goes without DOMAIN: the proxy before them has the certificate")
	}
	return nil
}

// payloads are the events that go between servers. A test finds every type that is published, and holds it against them. A name
// is never given to another type: servers of another version read it.
var payloads = []nats.Payload{
	nats.Of[chat.BannerChanged]("banner_changed"),
	nats.Of[chat.ChannelUpdated]("channel_updated"),
	nats.Of[chat.ConversationHidden]("conversation_hidden"),
	nats.Of[chat.ConversationOpened]("conversation_opened"),
	nats.Of[chat.EmojiChanged]("emoji_changed"),
	nats.Of[chat.MemberJoined]("member_joined"),
	nats.Of[chat.MemberLeft]("member_left"),
	nats.Of[chat.MessageDeleted]("message_deleted"),
	nats.Of[chat.MessagePosted]("message_posted"),
	nats.Of[chat.MessageUpdated]("message_updated"),
	nats.Of[chat.MessagesRemoved]("messages_removed"),
	nats.Of[chat.Notification]("notification"),
	nats.Of[chat.PresenceChanged]("presence_changed"),
	nats.Of[chat.ReactionAdded]("reaction_added"),
	nats.Of[chat.ReactionRemoved]("reaction_removed"),
	nats.Of[chat.Read]("read"),
	nats.Of[chat.Reminded]("reminded"),
	nats.Of[chat.ReportsChanged]("reports_changed"),
	nats.Of[chat.SendingFailed]("sending_failed"),
	nats.Of[chat.ThreadUpdated]("thread_updated"),
	nats.Of[chat.TypingChanged]("typing_changed"),
	nats.Of[notify.AnswerEnded]("answer_ended"),
	nats.Of[plugins.InstallChanged]("install_changed"),
	nats.Of[plugins.Updated]("plugin_updated"),
}

// openServers joins the streams here to those of other servers, where NATS_URL is set.
func (a *app) openServers(key []byte) (err error) {
	a.events = a.broker
	if a.settings.NATSURL == "" {
		return nil
	}
	name, _ := os.Hostname() // only people read it
	a.bridge, err = nats.New(nats.Options{
		URL: a.settings.NATSURL, Name: strings.TrimSpace("pegasus " + name), Key: key, Workspace: a.settings.MongoDatabase,
		Broker: a.broker, Payloads: payloads, Log: a.log,
		Received: a.received, Heard: a.heard, Renewed: a.renewed,
		Left:   func(userID string) { a.chat.StreamChanged(userID, false) },
		Untold: func(userID string) { a.endings.Tell(userID) },
	})
	if err != nil {
		return err
	}
	a.events = a.bridge
	a.store.Store = tellingStore{a.store.Store, a.bridge.Tell}
	a.store.Turns = turns{a.store, now}
	a.endings = &endings{jobs: a.store, now: now, cut: a.broker.Break, warn: a.warns("tell other servers through the database")}
	a.lead = &lead{jobs: a.store, now: now, name: rand.Text(), warn: a.warns("see which server leads")}
	return nil
}

// setupToken is that of all servers where there are several, since nobody knows which of them answers; "" where this one is alone.
func (a *app) setupToken(key []byte) string {
	if a.bridge == nil {
		return ""
	}
	sum := hmac.New(sha256.New, key)
	sum.Write([]byte("setup " + a.settings.MongoDatabase))
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// connectServers begins to join the others. NATS may come later than this server.
func (a *app) connectServers() error {
	if a.bridge == nil {
		return nil
	}
	if err := a.bridge.Connect(); err != nil {
		return errors.New("cannot use NATS_URL: it must name servers of NATS, and how to sign in there")
	}
	return nil
}

// streamChanged takes a person's first stream here, and the end of their last one.
func (a *app) streamChanged(userID string, connected bool) {
	if a.bridge != nil {
		a.bridge.Present(userID)
	}
	a.chat.StreamChanged(userID, connected)
}
