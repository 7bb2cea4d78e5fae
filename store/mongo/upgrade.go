package mongo

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

var byID = bson.D{{Key: "_id", Value: 1}}

// upgradeUsers gives people the keys that the unique indexes compare. Where several have one address or name but for case,
// the oldest keeps it; the others get a key that nobody can type, so they are still there and an admin can rename them.
func (s *Store) upgradeUsers(ctx context.Context) error {
	emails, names := keys{}, keys{}
	err := each(ctx, s.users, bson.D{}, options.Find().SetSort(byID), func(u userDoc) error {
		emails.keep(u.EmailKey)
		names.keep(u.UsernameKey)
		return nil
	})
	if err != nil {
		return err
	}
	writes := &bulk{collection: s.users}
	err = each(ctx, s.users, bson.D{}, options.Find().SetSort(byID), func(u userDoc) error {
		if u.EmailKey == "" {
			if err := writes.set(ctx, u.ID, "email_key", bson.D{{Key: "email_key", Value: emails.give(u.Email, u.ID)}}); err != nil {
				return err
			}
		}
		if u.UsernameKey == "" {
			key := names.give(usernameOf(u), u.ID)
			fields := bson.D{{Key: "username_key", Value: key}}
			if u.Username == "" {
				fields = append(fields, bson.E{Key: "username", Value: key})
			}
			if err := writes.set(ctx, u.ID, "username_key", fields); err != nil {
				return err
			}
		}
		if u.AdminKey == "" {
			return writes.set(ctx, u.ID, "admin_key", bson.D{{Key: "admin_key", Value: string(u.ID)}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return writes.flush(ctx)
}

// usernameOf takes the part of the address before the @ where there is no username, as ConnectBest does.
func usernameOf(u userDoc) string {
	if u.Username != "" {
		return u.Username
	}
	local, _, _ := strings.Cut(u.Email, "@")
	local = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return -1
	}, fold(local))
	if local == "" {
		return "user-" + string(u.ID)
	}
	return local
}

// keys holds the unique keys that are given out.
type keys map[string]bool

func (k keys) keep(key string) {
	if key != "" {
		k[key] = true
	}
}

// give returns the key of a name, or one made unlike any other by the id where somebody has it or the name is empty.
func (k keys) give(name string, id ref) string {
	key := fold(name)
	if key == "" || k[key] {
		key += "#" + string(id)
	}
	k[key] = true
	return key
}

// upgradeChannels gives channels the keys of their name and the fields that queries compare. ConnectBest has one index for
// the names of all channels, which would refuse a private channel the name of another.
func (s *Store) upgradeChannels(ctx context.Context) error {
	if err := dropIndex(ctx, s.channels, index{keys: "name", unique: true}); err != nil {
		return err
	}
	names := keys{}
	err := each(ctx, s.channels, bson.D{}, options.Find().SetSort(byID), func(c channelDoc) error {
		names.keep(c.PublicKey)
		return nil
	})
	if err != nil {
		return err
	}
	writes := &bulk{collection: s.channels}
	err = each(ctx, s.channels, bson.D{}, options.Find().SetSort(byID), func(c channelDoc) error {
		if c.PublicKey != "" {
			return nil
		}
		return writes.set(ctx, c.ID, "public_key", bson.D{
			{Key: "public_key", Value: names.give(publicKey(c.channel()), c.ID)}, {Key: "name", Value: c.Name},
			{Key: "name_key", Value: fold(c.Name)}, {Key: "type", Value: c.channel().Type},
			{Key: "is_deleted", Value: c.Archived}, {Key: "last_seq", Value: int64(0)}, {Key: "member_count", Value: 0}})
	})
	if err != nil {
		return err
	}
	return writes.flush(ctx)
}

// uniteMembers leaves one membership for each channel and person, because the unique index allows no more. ConnectBest did
// not rule out two. The oldest stays, as an admin if any of them was.
func (s *Store) uniteMembers(ctx context.Context) error {
	type pair struct{ channel, user ref }
	first := map[pair]memberDoc{}
	writes := &bulk{collection: s.members}
	err := each(ctx, s.members, bson.D{}, options.Find().SetSort(byID), func(m memberDoc) error {
		p := pair{m.ChannelID, m.UserID}
		kept, doubled := first[p]
		if !doubled {
			first[p] = m
			return nil
		}
		if m.Role == string(chat.RoleAdmin) && kept.Role != m.Role {
			promotion := mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: kept.ID}}).
				SetUpdate(set(bson.D{{Key: "role", Value: chat.RoleAdmin}}))
			// Written before the deletion, so that an interruption loses no admin.
			if err := writes.add(ctx, promotion); err != nil {
				return err
			}
			if err := writes.flush(ctx); err != nil {
				return err
			}
		}
		return writes.add(ctx, mongo.NewDeleteOneModel().SetFilter(bson.D{{Key: "_id", Value: m.ID}}))
	})
	if err != nil {
		return err
	}
	return writes.flush(ctx)
}
