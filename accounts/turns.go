package accounts

import "context"

// Turns is a store that several servers use: while one holds a turn, no other one does.
type Turns interface {
	// Turn waits for the turn of a name and holds it until done. It is Unavailable where that takes too long.
	Turn(ctx context.Context, name string) (done func(), err error)
}

// turn takes a turn in a store. In one that is used by one server alone there is nobody to wait for; whoever looks before they write
// holds a mutex beside it.
func turn(ctx context.Context, store any, name string) (done func(), err error) {
	if shared, several := store.(Turns); several {
		return shared.Turn(ctx, name)
	}
	return func() {}, nil
}

// holdAdmins holds the number of admins still while it may fall, so that the last two do not go at once.
func (s *Service) holdAdmins(ctx context.Context) (release func(), err error) {
	s.admins.Lock()
	done, err := turn(ctx, s.store, "admins")
	if err != nil {
		s.admins.Unlock()
		return nil, err
	}
	return func() {
		done()
		s.admins.Unlock()
	}, nil
}

// holdWays holds the ways into one account still while one of them is added or removed, so that the last two are not removed at
// once.
func (s *Service) holdWays(ctx context.Context, userID string) (release func(), err error) {
	unlock := s.ways.lock(userID)
	done, err := turn(ctx, s.store, "ways "+userID)
	if err != nil {
		unlock()
		return nil, err
	}
	return func() {
		done()
		unlock()
	}, nil
}
