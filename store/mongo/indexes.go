package mongo

import (
	"context"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// index is an index that queries or rules need. A key that begins with "-" descends.
type index struct {
	keys   string
	unique bool
}

// indexes lists what each collection needs beside _id. A test shows that no query goes without.
var indexes = map[string][]index{
	"users": {
		{"email_key", true},    // an address has one account
		{"username_key", true}, // a name has one person; the order of a search
		{"admin_key", true},    // there is one first admin
		{"role", false},        // whether there is an admin
		{"deactivated bot status", false},
		{"bot deactivated _id", false},
		{"last_active", false},
	},
	"session": {
		{"token", true},
		{"userId -createdAt -_id", false},
		{"expiresAt", false},
	},
	"sessions": {
		{"token", true}, // mongodbstore upserts, which without it may store a token twice
		{"expiration", false},
	},
	"verification": {
		{"userId identifier", false},
		{"expiresAt", false},
	},
	"account": {
		{"key", true}, // an account at a provider belongs to one person
		{"userId createdAt _id", false},
	},
	"passkey": {
		{"key", true},
		{"userId createdAt _id", false},
	},
	"access_tokens": {
		{"hash", true},
		{"user_id -created_at -_id", false},
	},
	"invitations": {
		{"token_hash", true},
	},
	"audit_log": {
		{"user_id _id", false},
		{"actor_id _id", false},
		{"action _id", false},
		{"at", false},
	},
	"outbox": {
		{"done_at next_try _id", false}, // what waits has no done_at
		{"given_up_at", false},
	},
	"measures": {
		{"resolution at", true}, // one a time
	},
	"alarm_changes": {
		{"name -_id", false},
		{"at", false},
	},
	"jobs": {
		{"owner kind key", true}, // the same thing is kept once
		{"owner kind -_id", false},
		{"kind next_try _id", false},
	},
	"hooks": {
		{"hash_key", true}, // a secret belongs to one
		{"channel_id _id", false},
	},
	"channels": {
		{"public_key", true}, // public channels alone have a name of their own
		{"is_deleted name_key", false},
		{"is_deleted type name_key", false},
		{"newcomers is_deleted", false},
	},
	"channel_members": {
		{"channel_id user_id", true},
		{"channel_id role user_id", false},
		{"user_id channel_id", false},
	},
	"reports": {
		{"message_id reporter_id", true}, // once a person and message
		{"resolution _id", false},
	},
	"mutes": {
		{"channel_id user_id", true},
	},
	"message_files": {
		{"key", false},
		{"user_id _id", false},
		{"user_id expires_at", false},
		{"expires_at", false},
	},
	"messages": {
		{"channel_id seq", true}, // decides the number
		{"channel_id is_deleted seq", false},
		{"client_key", true}, // decides idempotency
		{"user_id channel_id seq", false},
		{"parent_message_id is_deleted seq", false},
		{"channel_id terms created_at _id", false},
	},
	"threads": {
		{"root_id", false},
		{"user_id following -last_reply_at -root_id", false},
		{"user_id unread following -last_reply_at -root_id", false},
	},
	"mentions": {
		{"message_id", false},
		{"user_id channel_id seq", false},
		{"user_id -created_at -message_id", false},
	},
	"message_reactions": {
		{"message_id user_id emoji", true}, // one choice of a kind a person
	},
	"drafts": {
		{"user_id -updated_at -_id", false},
	},
	"user_groups": {
		{"handle", true},
		{"members handle", false},
	},
	"custom_emoji": {
		{"name", true},
	},
	"bookmarks": {
		{"user_id message_id", true},
		{"user_id -_id", false},
		{"message_id", false},
	},
	"browsers": {
		{"user_id -created_at -_id", false},
	},
	"pins": {
		{"channel_id", false},
	},
	"pegasus_user_plugins": {
		{"userId name_key", true}, // a name is free once an owner
		{"userId -updatedAt -_id", false},
		{"shared name_key _id", false},
	},
	"pegasus_plugin_versions": {
		{"plugin_id number", true}, // decides who makes a version
	},
	"pegasus_plugin_blobs": {
		{"plugin_id", false},
	},
	"pegasus_chat_conversations": {
		{"plugin_id userId -updatedAt -_id", false},
		{"userId", false},
	},
	"pegasus_chat_messages": {
		{"conversationId -_id", false},
		{"plugin_id -_id", false},
		{"userId", false},
	},
	"pegasus_plugin_usage": {
		{"user_id day", false},
		{"day user_id", false},
	},
	"pegasus_plugin_installs": {
		{"plugin_id channel_id", true}, // a plugin is in a channel once
		{"command_keys", true},         // a command of a channel belongs to one install
		{"plugin_id _id", false},
		{"channel_id _id", false},
		{"webhook_hash", false},
		{"state _id", false},
		{"waits _id", false},
	},
	"pegasus_plugin_values": {
		{"install_id key", false},
	},
	"pegasus_plugin_runs": {
		{"install_id -_id", false},
	},
}

func (i index) model() mongo.IndexModel {
	keys := bson.D{}
	for _, key := range strings.Fields(i.keys) {
		if name, descends := strings.CutPrefix(key, "-"); descends {
			keys = append(keys, bson.E{Key: name, Value: int32(-1)})
		} else {
			keys = append(keys, bson.E{Key: key, Value: int32(1)})
		}
	}
	opts := options.Index()
	if i.unique {
		opts.SetUnique(true)
	}
	return mongo.IndexModel{Keys: keys, Options: opts}
}

// ensureIndexes creates the missing indexes of all collections.
func (s *Store) ensureIndexes(ctx context.Context) error {
	for _, collection := range slices.Sorted(maps.Keys(indexes)) {
		if err := ensureIndexesOf(ctx, s.db.Collection(collection), indexes[collection]); err != nil {
			return err
		}
	}
	return nil
}

// ensureIndexesOf leaves an index that has the keys already, under whatever name; one that ought to be unique and is not
// stands in the way and is replaced.
func ensureIndexesOf(ctx context.Context, c *mongo.Collection, wanted []index) error {
	present, err := c.Indexes().ListSpecifications(ctx)
	if err != nil {
		return translate(err)
	}
	var missing []mongo.IndexModel
	for _, want := range wanted {
		model := want.model()
		at := slices.IndexFunc(present, func(p *mongo.IndexSpecification) bool { return sameKeys(p, model) })
		if at >= 0 {
			if !want.unique || unique(present[at]) {
				continue
			}
			if _, err := c.Indexes().DropOne(ctx, present[at].Name); err != nil {
				return translate(err)
			}
		}
		missing = append(missing, model)
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.Indexes().CreateMany(ctx, missing)
	return translate(err)
}

// dropIndex removes the index with these keys, if there is one like it.
func dropIndex(ctx context.Context, c *mongo.Collection, unwanted index) error {
	present, err := c.Indexes().ListSpecifications(ctx)
	if err != nil {
		return translate(err)
	}
	for _, p := range present {
		if sameKeys(p, unwanted.model()) && unique(p) == unwanted.unique {
			if _, err := c.Indexes().DropOne(ctx, p.Name); err != nil {
				return translate(err)
			}
		}
	}
	return nil
}

func unique(present *mongo.IndexSpecification) bool { return present.Unique != nil && *present.Unique }

func sameKeys(present *mongo.IndexSpecification, model mongo.IndexModel) bool {
	elements, err := present.KeysDocument.Elements()
	keys := model.Keys.(bson.D)
	if err != nil || len(elements) != len(keys) {
		return false
	}
	for i, element := range elements {
		direction, ok := element.Value().AsInt64OK()
		if !ok || element.Key() != keys[i].Key || direction != int64(keys[i].Value.(int32)) {
			return false
		}
	}
	return true
}
