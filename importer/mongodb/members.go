package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/importer"
)

// Members implements importer.Source.
func (s *Source) Members(ctx context.Context, _ *importer.Tell, visit func(importer.Membership) error) error {
	err := s.each(ctx, "user_channel_read", bson.D{}, nil, func(d doc) error {
		return visit(importer.Membership{
			Channel: d.key(placeFields...), Person: d.key("user_id", "userId"), LastReadAt: d.when("last_read_at", "lastReadAt"), Seen: true,
		})
	})
	if err != nil {
		return err
	}
	return s.each(ctx, importer.Members, bson.D{}, nil, func(d doc) error {
		role := d.text("role")
		return visit(importer.Membership{
			Channel: d.key(placeFields...), Person: d.key("user_id", "userId"), Admin: role == string(chat.RoleAdmin) || role == "owner", JoinedAt: d.created(),
		})
	})
}
