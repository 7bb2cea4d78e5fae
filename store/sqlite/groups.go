package sqlite

import (
	"context"

	"pegasus/accounts"
	"pegasus/chat"
)

const groupColumns = `id, handle, name, description, open, member_count, created_by, created_at`

func scanGroup(r row) (g chat.UserGroup, err error) {
	err = r.Scan(&g.ID, &g.Handle, &g.Name, &g.Description, &g.Open, &g.MemberCount, &g.CreatedBy, into{&g.CreatedAt})
	return g, err
}

// CreateGroup implements chat.GroupStore.
func (s *Store) CreateGroup(ctx context.Context, g chat.UserGroup) error {
	return s.writer.write(ctx, func(b *batch) error {
		if err := b.freeHandle(g.ID, g.Handle); err != nil {
			return err
		}
		return b.exec(insertGroup, g.ID, g.Handle, g.Name, g.Description, g.Open, g.CreatedBy, millis(g.CreatedAt))
	})
}

// freeHandle refuses the name of a person or of another group.
func (b *batch) freeHandle(groupID, handle string) error {
	person, err := b.yes(findUsername, handle)
	if err != nil {
		return err
	}
	group, err := b.yes(findHandle, groupID, handle)
	if err == nil && (person || group) {
		err = chat.ErrHandleTaken
	}
	return err
}

// freeOfGroups refuses a username that calls a group.
func (b *batch) freeOfGroups(username string) error {
	taken, err := b.yes(findHandle, "", username)
	if err == nil && taken {
		err = accounts.ErrUsernameTaken
	}
	return err
}

// UpdateGroup implements chat.GroupStore.
func (s *Store) UpdateGroup(ctx context.Context, g chat.UserGroup) error {
	return s.writer.write(ctx, func(b *batch) error {
		if err := b.freeHandle(g.ID, g.Handle); err != nil {
			return err
		}
		n, err := b.affected(updateGroup, g.ID, g.Handle, g.Name, g.Description, g.Open)
		if err == nil && n == 0 {
			err = chat.ErrGroupNotFound
		}
		return err
	})
}

// DeleteGroup implements chat.GroupStore.
func (s *Store) DeleteGroup(ctx context.Context, id string) error {
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(deleteGroup, id)
		if err == nil && n == 0 {
			err = chat.ErrGroupNotFound
		}
		if err != nil {
			return err
		}
		return b.exec(deleteGroupMembers, id)
	})
}

// Groups implements chat.GroupStore.
func (s *Store) Groups(ctx context.Context, limit int) ([]chat.UserGroup, error) {
	return list(ctx, s.reads[readGroups], scanGroup, max(0, limit))
}

// GroupsNamed implements chat.GroupStore.
func (s *Store) GroupsNamed(ctx context.Context, handles []string) ([]chat.UserGroup, error) {
	return list(ctx, s.reads[readGroupsNamed], scanGroup, document{handles})
}

// GroupsOf implements chat.GroupStore.
func (s *Store) GroupsOf(ctx context.Context, userID string, limit int) ([]chat.UserGroup, error) {
	return list(ctx, s.reads[readGroupsOf], scanGroup, userID, max(0, limit))
}

// GroupMembers implements chat.GroupStore.
func (s *Store) GroupMembers(ctx context.Context, groupID string) ([]string, error) {
	return list(ctx, s.reads[readGroupMembers], scanText, groupID)
}

// SetGroupMember implements chat.GroupStore.
func (s *Store) SetGroupMember(ctx context.Context, groupID, userID string, in bool) (changed bool, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		changed = false
		var count int
		if err := b.row(findGroupSize, groupID).Scan(&count); err != nil {
			return orMissing(err, chat.ErrGroupNotFound)
		}
		which, change := deleteGroupMember, -1
		if in {
			which, change = insertGroupMember, 1
		}
		n, err := b.affected(which, groupID, userID)
		if err != nil || n == 0 {
			return err
		}
		if in && count >= chat.MaxGroupMembers {
			return chat.ErrGroupFull
		}
		changed = true
		return b.exec(countGroupMembers, groupID, change)
	})
	return changed && err == nil, err
}

// CalledMembers implements chat.GroupStore.
func (s *Store) CalledMembers(ctx context.Context, groupIDs []string, channelID string) ([]string, error) {
	return list(ctx, s.reads[readCalledMembers], scanText, document{groupIDs}, channelID)
}
