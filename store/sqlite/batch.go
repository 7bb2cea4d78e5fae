package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// batch is the transaction at hand. It belongs to the writer's goroutine.
//
// Jobs of several statements run first, each in a savepoint. Light jobs follow: they change the channels and members
// held here, which flush writes with one statement each at the end, however many jobs changed them. All jobs of a batch
// have been asked for at the same time, so their order is free.
type batch struct {
	w        *writer
	channels map[string]*channelState
	members  map[place]*memberState
	threads  map[string]*threadState // those that light jobs have changed
	changed  changes
}

type channelState struct {
	chat.Channel
	dirty bool
}

type memberState struct {
	chat.Member
	dirty bool
}

// changes names the cached rows that the batch has made stale.
type changes struct {
	users, sessions, cookies, channels, joined []string
	members                                    []place
	allJoined                                  bool
}

func newBatch(w *writer) *batch {
	return &batch{w: w, channels: map[string]*channelState{}, members: map[place]*memberState{}, threads: map[string]*threadState{}}
}

// process runs the jobs in one transaction and answers each.
func (b *batch) process(jobs []*job) {
	clear(b.channels)
	clear(b.members)
	clear(b.threads)
	b.changed = changes{}
	err := b.transact(jobs)
	if err == nil {
		b.w.cache.apply(b)
	} else {
		// Where SQLite has rolled back on its own this fails, and there is nothing left to undo.
		b.exec(rollback)
		err = translate(err)
	}
	for _, j := range jobs {
		if err != nil && j.err == nil {
			j.err = err
		}
		close(j.done)
	}
}

// transact returns an error where the transaction as a whole failed. The errors of single jobs are left in the jobs.
func (b *batch) transact(jobs []*job) error {
	if err := b.exec(begin); err != nil {
		return err
	}
	for _, j := range jobs {
		if !j.light && j.state.CompareAndSwap(waiting, begun) {
			if err := b.runInSavepoint(j); err != nil {
				return err
			}
		}
	}
	for _, j := range jobs {
		if j.light && j.state.CompareAndSwap(waiting, begun) {
			if err := b.runLight(j); err != nil {
				return err
			}
		}
	}
	if err := b.flush(); err != nil {
		return err
	}
	return b.exec(commit)
}

func (b *batch) runInSavepoint(j *job) error {
	if err := b.exec(savepoint); err != nil {
		return err
	}
	if j.err = translate(j.run(b)); j.err != nil {
		if err := b.exec(undo); err != nil {
			return err
		}
	}
	return b.exec(release)
}

// runLight lets a job fail alone where it was refused. Any other failure of a light job may have left its statement half
// done, and takes the batch with it.
func (b *batch) runLight(j *job) error {
	var refused *fault.Error
	if err := j.run(b); errors.As(err, &refused) {
		j.err = err
	} else if err != nil {
		return err
	}
	return nil
}

// flush writes the channels, members and threads that light jobs have changed.
func (b *batch) flush() error {
	if err := b.flushThreads(); err != nil {
		return err
	}
	for _, c := range b.channels {
		if c.dirty {
			if err := b.exec(saveChannel, c.ID, c.LastSeq, millis(c.LastMessageAt)); err != nil {
				return err
			}
		}
	}
	for _, m := range b.members {
		if m.dirty {
			err := b.exec(saveMember, m.ChannelID, m.UserID, m.LastReadSeq, millis(m.LastReadAt), m.OwnUnread)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// apply brings the cache up to what the batch has committed.
func (c *cache) apply(b *batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	c.users.drop(b.changed.users)
	c.sessions.drop(b.changed.sessions)
	c.cookies.drop(b.changed.cookies)
	c.channels.drop(b.changed.channels)
	c.members.drop(b.changed.members)
	c.joined.drop(b.changed.joined)
	c.named.drop(b.changed.joined)
	if b.changed.allJoined {
		clear(c.joined.rows)
		clear(c.named.rows)
	}
	for id, state := range b.channels {
		c.channels.put(id, state.Channel)
	}
	for p, state := range b.members {
		c.members.put(p, state.Member)
	}
}

// channel returns a channel as it stands in the transaction.
func (b *batch) channel(id string) (*channelState, error) {
	if c, held := b.channels[id]; held {
		return c, nil
	}
	ch, fresh := b.w.cache.channel(id)
	if !fresh || slices.Contains(b.changed.channels, id) {
		var err error
		if ch, err = b.readChannel(id); err != nil {
			return nil, err
		}
	}
	c := &channelState{Channel: ch}
	b.channels[id] = c
	return c, nil
}

// member returns a membership as it stands in the transaction.
func (b *batch) member(p place) (*memberState, error) {
	if m, held := b.members[p]; held {
		return m, nil
	}
	row, fresh := b.w.cache.member(p)
	if !fresh || slices.Contains(b.changed.members, p) {
		var err error
		if row, err = b.readMember(p); err != nil {
			return nil, err
		}
	}
	m := &memberState{Member: row}
	b.members[p] = m
	return m, nil
}

func (b *batch) readChannel(id string) (chat.Channel, error) {
	ch, err := scanChannel(b.row(findChannel, id))
	return ch, orMissing(err, chat.ErrChannelNotFound)
}

func (b *batch) readMember(p place) (chat.Member, error) {
	m, err := scanMember(b.row(findMember, p.channel, p.user))
	return m, orMissing(err, chat.ErrNotMember)
}

func (b *batch) readUser(id string) (accounts.User, error) {
	u, err := scanUser(b.row(findUser, id))
	return u, orMissing(err, accounts.ErrUserNotFound)
}

func (b *batch) exec(which write, args ...any) error {
	_, err := b.w.stmts[which].ExecContext(context.Background(), args...)
	return err
}

// affected is exec that returns how many rows have changed.
func (b *batch) affected(which write, args ...any) (int64, error) {
	result, err := b.w.stmts[which].ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (b *batch) row(which write, args ...any) *sql.Row {
	return b.w.stmts[which].QueryRowContext(context.Background(), args...)
}

// yes answers a SELECT EXISTS.
func (b *batch) yes(which write, args ...any) (found bool, err error) {
	err = b.row(which, args...).Scan(&found)
	return found, err
}
