package api

import (
	"context"

	"pegasus/chat"
	"pegasus/web"
)

// userGroup is a group of people who are called by one name.
type userGroup struct {
	ID          string `json:"id"`
	Handle      string `json:"handle" doc:"What follows the @ in messages"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Open        bool   `json:"open" doc:"Members may add and remove people"`
	MemberCount int    `json:"member_count"`
	CreatedAt   string `json:"created_at" format:"date-time"`
}

func newUserGroup(g chat.UserGroup) userGroup {
	return userGroup{
		ID: g.ID, Handle: g.Handle, Name: g.Name, Description: g.Description, Open: g.Open, MemberCount: g.MemberCount, CreatedAt: web.Time(g.CreatedAt),
	}
}

type userGroupList struct {
	Groups []userGroup `json:"groups" nullable:"false" doc:"In the order of their handles, at most 500"`
}

func (d *door) listGroups(ctx context.Context, _ *none) (*reply[userGroupList], error) {
	all, err := d.Chat.Groups(ctx)
	out := userGroupList{Groups: make([]userGroup, len(all))}
	for i, g := range all {
		out.Groups[i] = newUserGroup(g)
	}
	return &reply[userGroupList]{Body: out}, err
}

// GroupPath names a group.
type GroupPath struct {
	Handle string `path:"handle" doc:"The group's handle or id"`
}

type userGroupReply struct {
	Group   userGroup `json:"group"`
	Members []string  `json:"members" nullable:"false" doc:"The ids of its people"`
}

func (d *door) getGroup(ctx context.Context, in *GroupPath) (*reply[userGroupReply], error) {
	g, members, err := d.Chat.Group(ctx, in.Handle)
	if err != nil {
		return nil, err
	}
	if members == nil {
		members = []string{}
	}
	return ok(userGroupReply{Group: newUserGroup(g), Members: members})
}

type groupBody struct {
	Handle      string `json:"handle" doc:"2 to 32 letters, digits, dots, dashes and underscores; no username"`
	Name        string `json:"name,omitempty" doc:"At most 80 characters; the handle where it is missing"`
	Description string `json:"description,omitempty" doc:"At most 250 characters"`
	Open        bool   `json:"open,omitempty" doc:"Members may add and remove people"`
}

func (b groupBody) draft() chat.GroupDraft {
	return chat.GroupDraft{Handle: b.Handle, Name: b.Name, Description: b.Description, Open: b.Open}
}

type createGroupRequest struct{ Body groupBody }

func (d *door) createGroup(ctx context.Context, in *createGroupRequest) (*reply[userGroupReply], error) {
	g, err := d.Chat.CreateGroup(ctx, me(ctx), in.Body.draft())
	return &reply[userGroupReply]{Body: userGroupReply{Group: newUserGroup(g), Members: []string{}}}, err
}

type changeGroupRequest struct {
	GroupPath
	Body groupBody
}

func (d *door) changeGroup(ctx context.Context, in *changeGroupRequest) (*reply[userGroupReply], error) {
	g, err := d.Chat.ChangeGroup(ctx, me(ctx), in.Handle, in.Body.draft())
	if err != nil {
		return nil, err
	}
	return d.getGroup(ctx, &GroupPath{Handle: g.ID})
}

func (d *door) deleteGroup(ctx context.Context, in *GroupPath) (*reply[notice], error) {
	err := d.Chat.DeleteGroup(ctx, me(ctx), in.Handle)
	return &reply[notice]{Body: notice{Message: "Group removed"}}, err
}

// GroupMemberPath names somebody in a group.
type GroupMemberPath struct {
	GroupPath
	UserID string `path:"userId" doc:"The person's id"`
}

func (d *door) addToGroup(ctx context.Context, in *GroupMemberPath) (*reply[notice], error) {
	_, err := d.Chat.AddToGroup(ctx, me(ctx), in.Handle, known(in.UserID))
	return &reply[notice]{Body: notice{Message: "Added to the group"}}, err
}

func (d *door) removeFromGroup(ctx context.Context, in *GroupMemberPath) (*reply[notice], error) {
	_, err := d.Chat.RemoveFromGroup(ctx, me(ctx), in.Handle, in.UserID)
	return &reply[notice]{Body: notice{Message: "Removed from the group"}}, err
}
