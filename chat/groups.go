package chat

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// Limits of groups of people.
const (
	MaxGroups       = 500  // of a workspace
	MaxGroupMembers = 1000 // of a group
	LargeGroup      = 50   // members from which on only those may call a group who may call everyone in the channel
	MaxGroupsCalled = 10   // groups that one message calls; of more the first ones count
	MaxGroupName    = 80   // characters
	MaxGroupAbout   = 250  // characters
	maxGroupsOfOne  = 100  // groups of a person that are shown
)

// UserGroup is some people who are called by one name.
type UserGroup struct {
	ID          string
	Handle      string // what follows the @, in lower case; nobody has it as a username
	Name        string
	Description string
	Open        bool // its members say who is in it, beside those who keep order
	MemberCount int
	CreatedBy   string
	CreatedAt   time.Time
}

// GroupStore keeps groups of people. Erasing a person takes them out of theirs.
type GroupStore interface {
	// CreateGroup stores a group without members. A handle that another group or a person has is ErrHandleTaken.
	CreateGroup(ctx context.Context, g UserGroup) error
	// UpdateGroup stores Handle, Name, Description and Open of a group.
	UpdateGroup(ctx context.Context, g UserGroup) error
	// DeleteGroup removes a group with its members.
	DeleteGroup(ctx context.Context, id string) error
	// Groups returns up to limit groups in the order of their handles.
	Groups(ctx context.Context, limit int) ([]UserGroup, error)
	// GroupsNamed returns the groups of these handles, in any order, with one read.
	GroupsNamed(ctx context.Context, handles []string) ([]UserGroup, error)
	// GroupsOf returns up to limit groups that a person is in, in the order of their handles.
	GroupsOf(ctx context.Context, userID string, limit int) ([]UserGroup, error)
	// GroupMembers returns the ids of a group's members, ascending.
	GroupMembers(ctx context.Context, groupID string) ([]string, error)
	// SetGroupMember puts a person into a group or takes them out of it, and reports whether that changed something. It is
	// ErrGroupFull where the group has MaxGroupMembers.
	SetGroupMember(ctx context.Context, groupID, userID string, in bool) (changed bool, err error)
	// CalledMembers returns the ids of those who are in any of these groups and in a channel, ascending and each once, with a
	// fixed number of reads.
	CalledMembers(ctx context.Context, groupIDs []string, channelID string) ([]string, error)
}

// The faults of groups.
var (
	ErrGroupNotFound = fault.New(fault.NotFound, "GROUP_NOT_FOUND", "There is no such group.")
	ErrHandleTaken   = &fault.Error{Kind: fault.Conflict, Code: "HANDLE_TAKEN", Field: "handle", Message: "A person or another group has this name already."}
	ErrGroupFull     = fault.New(fault.Full, "GROUP_FULL", "A group has at most 1,000 people.")

	errGroupRight  = fault.New(fault.Forbidden, "FORBIDDEN", "Only admins and moderators make and change groups.")
	errGroupManage = fault.New(fault.Forbidden, "FORBIDDEN", "You may not change who is in this group.")
	errManyGroups  = fault.New(fault.Full, "TOO_MANY_GROUPS", "The workspace has 500 groups. Remove some first.")
)

// MayMakeGroups reports whether a person may make, change and remove groups: admins and moderators.
func MayMakeGroups(actor accounts.User) bool {
	return actor.IsAdmin() || actor.Role == accounts.RoleModerator
}

// MayManageGroup reports whether a person may say who is in a group: who makes groups, and in an open one its members. Leaving
// is everybody's own.
func MayManageGroup(actor accounts.User, g UserGroup, isMember bool) bool {
	return MayMakeGroups(actor) || g.Open && isMember
}

// Groups returns all groups in the order of their handles.
func (s *Service) Groups(ctx context.Context) ([]UserGroup, error) {
	return s.store.Groups(ctx, MaxGroups)
}

// GroupsOf returns the groups that a person is in, in the order of their handles.
func (s *Service) GroupsOf(ctx context.Context, userID string) ([]UserGroup, error) {
	return s.store.GroupsOf(ctx, userID, maxGroupsOfOne)
}

// Group returns a group by its handle or id, with the ids of its members.
func (s *Service) Group(ctx context.Context, handle string) (UserGroup, []string, error) {
	g, err := s.groupBy(ctx, handle)
	if err != nil {
		return UserGroup{}, nil, err
	}
	members, err := s.store.GroupMembers(ctx, g.ID)
	return g, members, err
}

func (s *Service) groupBy(ctx context.Context, handle string) (UserGroup, error) {
	if id.Valid(handle) {
		all, err := s.Groups(ctx)
		if at := slices.IndexFunc(all, func(g UserGroup) bool { return g.ID == handle }); err != nil || at >= 0 {
			return all[max(at, 0)], err
		}
	}
	found, err := s.store.GroupsNamed(ctx, []string{strings.ToLower(handle)})
	if err == nil && len(found) == 0 {
		err = ErrGroupNotFound
	}
	if err != nil {
		return UserGroup{}, err
	}
	return found[0], nil
}

// GroupDraft is what somebody says of a group.
type GroupDraft struct {
	Handle      string
	Name        string // the handle where it is empty
	Description string
	Open        bool
}

func (d GroupDraft) onto(g UserGroup) (UserGroup, error) {
	handle, err := accounts.CleanHandle(strings.TrimPrefix(strings.TrimSpace(d.Handle), "@"))
	if err != nil {
		return g, err
	}
	g.Handle, g.Name, g.Description, g.Open = handle, strings.Join(strings.Fields(d.Name), " "), strings.TrimSpace(d.Description), d.Open
	g.Name = cmp.Or(g.Name, g.Handle)
	switch {
	case !utf8.ValidString(g.Name) || strings.ContainsRune(g.Name, 0) || utf8.RuneCountInString(g.Name) > MaxGroupName:
		return g, fault.Field("name", "INVALID_NAME", "A name has at most 80 characters.")
	case !utf8.ValidString(g.Description) || strings.ContainsRune(g.Description, 0) || utf8.RuneCountInString(g.Description) > MaxGroupAbout:
		return g, fault.Field("description", "DESCRIPTION_TOO_LONG", "A description has at most 250 characters.")
	}
	return g, nil
}

// CreateGroup makes a group with the actor outside of it.
func (s *Service) CreateGroup(ctx context.Context, actor accounts.User, d GroupDraft) (UserGroup, error) {
	if !MayMakeGroups(actor) {
		return UserGroup{}, errGroupRight
	}
	now := s.now()
	g, err := d.onto(UserGroup{ID: id.New(now), CreatedBy: actor.ID, CreatedAt: now})
	if err != nil {
		return UserGroup{}, err
	}
	all, err := s.Groups(ctx)
	if err == nil && len(all) >= MaxGroups {
		err = errManyGroups
	}
	if err == nil {
		err = s.store.CreateGroup(context.WithoutCancel(ctx), g)
	}
	if err != nil {
		return UserGroup{}, err
	}
	s.recordGroup(ctx, accounts.ActionGroupCreated, actor, g, actor.ID)
	return g, nil
}

// ChangeGroup changes what a group is called and who manages it. What was written with a former handle calls nobody anew.
func (s *Service) ChangeGroup(ctx context.Context, actor accounts.User, handle string, d GroupDraft) (UserGroup, error) {
	if !MayMakeGroups(actor) {
		return UserGroup{}, errGroupRight
	}
	g, err := s.groupBy(ctx, handle)
	if err != nil {
		return UserGroup{}, err
	}
	if g, err = d.onto(g); err == nil {
		err = s.store.UpdateGroup(context.WithoutCancel(ctx), g)
	}
	if err != nil {
		return UserGroup{}, err
	}
	s.recordGroup(ctx, accounts.ActionGroupChanged, actor, g, actor.ID)
	return g, nil
}

// DeleteGroup removes a group. Whom it has called stays called.
func (s *Service) DeleteGroup(ctx context.Context, actor accounts.User, handle string) error {
	if !MayMakeGroups(actor) {
		return errGroupRight
	}
	g, err := s.groupBy(ctx, handle)
	if err == nil {
		err = s.store.DeleteGroup(context.WithoutCancel(ctx), g.ID)
	}
	if err != nil {
		return err
	}
	s.recordGroup(ctx, accounts.ActionGroupDeleted, actor, g, actor.ID)
	return nil
}

// AddToGroup puts somebody into a group, by their id or username. Who is in it already stays.
func (s *Service) AddToGroup(ctx context.Context, actor accounts.User, handle, who string) (UserGroup, error) {
	g, err := s.managedGroup(ctx, actor, handle)
	if err != nil {
		return g, err
	}
	u, err := s.personBy(ctx, who)
	if err != nil {
		return g, err
	}
	return g, s.setGroupMember(ctx, actor, g, u.ID, true)
}

// RemoveFromGroup takes somebody out of a group. Everybody may leave one. Who is not in it is as good as taken out.
func (s *Service) RemoveFromGroup(ctx context.Context, actor accounts.User, handle, userID string) (UserGroup, error) {
	if userID == actor.ID {
		g, err := s.groupBy(ctx, handle)
		if err == nil {
			err = s.setGroupMember(ctx, actor, g, userID, false)
		}
		return g, err
	}
	g, err := s.managedGroup(ctx, actor, handle)
	if err == nil {
		err = s.setGroupMember(ctx, actor, g, userID, false)
	}
	return g, err
}

func (s *Service) setGroupMember(ctx context.Context, actor accounts.User, g UserGroup, userID string, in bool) error {
	changed, err := s.store.SetGroupMember(context.WithoutCancel(ctx), g.ID, userID, in)
	if err != nil || !changed {
		return err
	}
	action := accounts.ActionGroupLeft
	if in {
		action = accounts.ActionGroupJoined
	}
	s.recordGroup(ctx, action, actor, g, userID)
	return nil
}

func (s *Service) recordGroup(ctx context.Context, action accounts.Action, actor accounts.User, g UserGroup, userID string) {
	s.record(ctx, accounts.Event{Action: action, ActorID: actor.ID, UserID: userID, Details: map[string]string{"group": g.Handle}})
}

func (s *Service) managedGroup(ctx context.Context, actor accounts.User, handle string) (UserGroup, error) {
	g, members, err := s.Group(ctx, handle)
	if err == nil && !MayManageGroup(actor, g, slices.Contains(members, actor.ID)) {
		err = errGroupManage
	}
	return g, err
}

// personBy returns somebody by their id or username.
func (s *Service) personBy(ctx context.Context, who string) (u accounts.User, err error) {
	if id.Valid(who) {
		u, err = s.user(ctx, who)
	} else {
		u, err = s.userNamed(ctx, strings.ToLower(strings.TrimPrefix(strings.TrimSpace(who), "@")))
	}
	if fault.Is(err, fault.NotFound) || err == nil && u.Deactivated {
		err = fault.Field("user", "USER_NOT_FOUND", "Nobody here has this username.")
	}
	return u, err
}

// callable returns which of the names are groups that may be called in a channel, by handle. It reads only where a name is
// nobody's.
func (s *Service) callable(ctx context.Context, names []string, people map[string]string, crowds bool) (map[string]UserGroup, error) {
	var rest []string
	for _, name := range names {
		if people[name] == "" && name != mentionChannel && name != mentionHere {
			rest = append(rest, name)
		}
	}
	if len(rest) == 0 {
		return nil, nil
	}
	found, err := s.store.GroupsNamed(ctx, rest)
	groups := make(map[string]UserGroup, len(found))
	for _, g := range found {
		if g.MemberCount < LargeGroup || crowds {
			groups[g.Handle] = g
		}
	}
	return groups, err
}

// addGroups adds the members of groups who are in a channel to those who are mentioned by name.
func (s *Service) addGroups(ctx context.Context, actor accounts.User, channelID string, mentions []Mention, groups []string) ([]Mention, error) {
	if len(groups) == 0 {
		return mentions, nil
	}
	known := map[string]bool{actor.ID: true}
	for _, m := range mentions {
		known[m.UserID] = true
	}
	members, err := s.store.CalledMembers(ctx, groups, channelID)
	for _, userID := range members {
		if !known[userID] {
			mentions = append(mentions, Mention{UserID: userID})
		}
	}
	return mentions, err
}
