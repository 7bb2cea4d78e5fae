package mongo

import (
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/store/storetest"
)

func exerciseEmoji(t *testing.T, s *Store) {
	ctx := t.Context()
	e := chat.CustomEmoji{ID: id.New(storetest.Start), Name: "cat"}
	must(t, s.AddCustomEmoji(ctx, e))
	_, err := s.CustomEmoji(ctx)
	must(t, err)
	must(t, s.RenameCustomEmoji(ctx, e.ID, "dog"))
	must(t, s.DeleteCustomEmoji(ctx, e.ID))
}

func exerciseGroups(t *testing.T, s *Store, c chat.Channel, ann accounts.User) {
	ctx := t.Context()
	g := chat.UserGroup{ID: id.New(storetest.Start), Handle: "design"}
	must(t, s.CreateGroup(ctx, g))
	must(t, s.UpdateGroup(ctx, g))
	for _, in := range []bool{true, true, false, false, true} {
		_, err := s.SetGroupMember(ctx, g.ID, ann.ID, in)
		must(t, err)
	}
	_, err := s.Groups(ctx, 10)
	must(t, err)
	_, err = s.GroupsNamed(ctx, []string{"design"})
	must(t, err)
	_, err = s.GroupsOf(ctx, ann.ID, 10)
	must(t, err)
	_, err = s.GroupMembers(ctx, g.ID)
	must(t, err)
	_, err = s.CalledMembers(ctx, []string{g.ID}, c.ID)
	must(t, err)
	must(t, s.leaveGroups(ctx, ann.ID))
	must(t, s.DeleteGroup(ctx, g.ID))
}

func exerciseMeaning(t *testing.T, s *Store, c chat.Channel, ann accounts.User) {
	ctx := t.Context()
	m := storetest.Post(t, s, c.ID, ann.ID, "text")
	for _, newestFirst := range []bool{true, false} {
		_, err := s.MessagesBetween(ctx, "", "ffffffffffffffffffffffff", newestFirst, 10)
		must(t, err)
	}
	must(t, s.SaveEmbeddings(ctx, []chat.Embedding{{MessageID: m.ID, ChannelID: c.ID}, {MessageID: ann.ID, ChannelID: c.ID}}))
	must(t, s.EachEmbedding(ctx, "", []string{c.ID}, 10, func(string, []byte) {}))
	must(t, s.PruneEmbeddings(ctx, 0))
}
