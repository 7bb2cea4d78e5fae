package ops

import (
	"context"
	"time"

	"pegasus/fault"
)

// Kept is a measure as the store keeps it.
type Kept struct {
	Resolution time.Duration
	At         time.Time // when its span began
	Body       string    // of this package's own form
}

// Store keeps what was measured, and what alarms did. Both backends pass storetest.Ops.
//
// A method returns a fault of kind NotFound where the thing is missing, and one of kind Unavailable where the database does
// not answer.
type Store interface {
	// KeepMeasures stores measures, each in the place of one of its resolution and time, and removes those of each resolution
	// named in before that began before the time there.
	KeepMeasures(ctx context.Context, measures []Kept, before map[time.Duration]time.Time) error
	// Measures returns up to limit measures of a resolution that began at a time or later, oldest first.
	Measures(ctx context.Context, resolution time.Duration, from time.Time, limit int) ([]Kept, error)
	// AddAlarmChange stores a change. One with its id is stored already, and nothing happens.
	AddAlarmChange(ctx context.Context, c AlarmChange) error
	// AlarmTold records that a change was told.
	AlarmTold(ctx context.Context, id string) error
	// AlarmChanges returns up to limit changes from before the one with the id given ("" from the newest), the newest first.
	AlarmChanges(ctx context.Context, before string, limit int) ([]AlarmChange, error)
	// LastAlarmChange returns the newest change of an alarm, or ErrNoChange.
	LastAlarmChange(ctx context.Context, name string) (AlarmChange, error)
	// DeleteAlarmChanges removes changes from before a time and returns how many.
	DeleteAlarmChanges(ctx context.Context, before time.Time) (int, error)
	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
	// Size returns how many bytes the database takes on its disk.
	Size(ctx context.Context) (int64, error)
	// LogSize returns the bytes of its write-ahead log, -1 where that is not known.
	LogSize(ctx context.Context) (int64, error)
}

// ErrNoChange is what a Store answers about an alarm that has not changed yet.
var ErrNoChange = fault.New(fault.NotFound, "ALARM_NOT_FOUND", "This alarm has not changed yet.")
