package chat

import "pegasus/fault"

// What a Store answers where it cannot do what it is asked. They stand here so that both backends say the same.
var (
	ErrChannelNotFound = fault.New(fault.NotFound, "CHANNEL_NOT_FOUND", "This channel does not exist.")
	ErrNotMember       = fault.New(fault.NotFound, "NOT_A_MEMBER", "This person is not a member of the channel.")
	ErrMessageNotFound = fault.New(fault.NotFound, "MESSAGE_NOT_FOUND", "This message does not exist.")
	ErrMessageExists   = fault.New(fault.Conflict, "MESSAGE_EXISTS", "There is a message with this id already.")
	ErrAlreadyMember   = fault.New(fault.Conflict, "ALREADY_MEMBER", "This person is a member of the channel already.")
	ErrManyReactions   = fault.New(fault.Conflict, "TOO_MANY_REACTIONS", "A message takes at most 50 kinds of reactions.")
	ErrManyPins        = fault.New(fault.Conflict, "TOO_MANY_PINS", "A channel has at most 100 pinned messages. Unpin one first.")
	ErrLastAdmin       = fault.New(fault.Conflict, "LAST_ADMIN", "The channel would be left without an admin.")
	ErrChannelExists   = &fault.Error{
		Kind: fault.Conflict, Code: "CHANNEL_EXISTS", Field: "name", Message: "There is a channel with this name already.",
	}
)
