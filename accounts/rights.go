package accounts

import (
	"context"

	"pegasus/fault"
)

// Right is something that an admin may do to people; moderators may do some.
type Right string

// The rights, by the names of Better Auth's access control ("user:ban").
const (
	RightCreate         Right = "user:create"
	RightList           Right = "user:list"
	RightGet            Right = "user:get"
	RightUpdate         Right = "user:update"
	RightSetRole        Right = "user:set-role"
	RightBan            Right = "user:ban"
	RightImpersonate    Right = "user:impersonate"
	RightDelete         Right = "user:delete"
	RightSetPassword    Right = "user:set-password"
	RightListSessions   Right = "session:list"
	RightRevokeSessions Right = "session:revoke"
	RightDeleteSessions Right = "session:delete"
)

type rule struct {
	moderators bool
	code       string // what follows YOU_ARE_NOT_ALLOWED_TO_
}

var rights = map[Right]rule{
	RightCreate:         {false, "CREATE_USERS"},
	RightList:           {true, "LIST_USERS"},
	RightGet:            {true, "GET_USER"},
	RightUpdate:         {false, "UPDATE_USERS"},
	RightSetRole:        {false, "CHANGE_USERS_ROLE"},
	RightBan:            {true, "BAN_USERS"},
	RightImpersonate:    {false, "IMPERSONATE_USERS"},
	RightDelete:         {false, "DELETE_USERS"},
	RightSetPassword:    {false, "SET_USERS_PASSWORD"},
	RightListSessions:   {true, "LIST_USERS_SESSIONS"},
	RightRevokeSessions: {true, "REVOKE_USERS_SESSIONS"},
	RightDeleteSessions: {false, "REVOKE_USERS_SESSIONS"},
}

// Has reports whether a person has a right. Moderators may list, get, ban, and list and revoke sessions.
func (u User) Has(r Right) bool {
	granted, known := rights[r]
	return known && (u.IsAdmin() || u.Role == RoleModerator && granted.moderators)
}

// require returns Forbidden for a person without a right.
func (u User) require(r Right) error {
	if u.Has(r) {
		return nil
	}
	return notAllowed(r)
}

func notAllowed(r Right) error {
	return fault.New(fault.Forbidden, "YOU_ARE_NOT_ALLOWED_TO_"+rights[r].code, "You are not allowed to do this.")
}

// target returns the person to whom somebody wants to do what takes a right. A moderator can do nothing to an admin, nor to
// another moderator.
func (s *Service) target(ctx context.Context, by User, r Right, userID string) (User, error) {
	if err := by.require(r); err != nil {
		return User{}, err
	}
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return User{}, err
	}
	if u.Bot {
		return User{}, errBot
	}
	if !by.IsAdmin() && u.Role != RoleUser && u.ID != by.ID {
		return User{}, notAllowed(r)
	}
	return u, nil
}
