package chat_test

import (
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// upload stores what is known of a file.
func (w *world) upload(t testing.TB, u accounts.User, name string) chat.Upload {
	t.Helper()
	stored, err := w.AddUpload(t.Context(), u, chat.Upload{Key: id.New(w.now()) + ".txt", Name: name, Size: 10, Type: "text/plain"})
	must(t, err)
	return stored
}

func refs(uploads ...chat.Upload) []chat.AttachmentRef {
	list := []chat.AttachmentRef{}
	for _, u := range uploads {
		list = append(list, chat.AttachmentRef{ID: u.ID})
	}
	return list
}

// going returns how many files are due for removal.
func (w *world) going(t testing.TB) int {
	t.Helper()
	due, err := w.DueUploads(t.Context(), 100)
	must(t, err)
	for _, u := range due {
		must(t, w.ForgetUpload(t.Context(), u.ID))
	}
	return len(due)
}

func TestTheFilesOfAScheduledMessageWaitWithIt(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	one, two := w.upload(t, ada, "one"), w.upload(t, ada, "two")
	later, err := w.Schedule(t.Context(), ada, c.ID, chat.Draft{Attachments: refs(one, two)}, w.now().Add(90*24*time.Hour))
	must(t, err)
	if len(later.Attachments) != 2 || later.Attachments[0].Name != "one" {
		t.Fatalf("it waits with %+v", later.Attachments)
	}
	w.later(89 * 24 * time.Hour)
	if n := w.going(t); n > 0 {
		t.Fatalf("%d files were removed meanwhile", n)
	}
	w.later(24 * time.Hour)
	w.due(t)
	h, err := w.History(t.Context(), ada, c.ID, chat.Cut{Limit: 10})
	must(t, err)
	if len(h.Messages) != 1 || len(h.Messages[0].Attachments) != 2 || h.Messages[0].Attachments[1].Name != "two" {
		t.Fatalf("the channel has %+v", h.Messages)
	}
	w.later(365 * 24 * time.Hour)
	if n := w.going(t); n > 0 {
		t.Errorf("%d files of the message were removed", n)
	}
}

func TestFilesThatAScheduledMessageLosesAreRemoved(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	one, two, three := w.upload(t, ada, "one"), w.upload(t, ada, "two"), w.upload(t, ada, "three")
	at := w.now().Add(time.Hour)
	later, err := w.Schedule(t.Context(), ada, c.ID, chat.Draft{Content: "x", Attachments: refs(one, two)}, at)
	must(t, err)
	later, err = w.Reschedule(t.Context(), ada, later.ID, chat.Draft{Content: "y"}, at)
	must(t, err)
	if len(later.Attachments) != 2 || w.going(t) != 0 {
		t.Fatalf("a new text took the files away: %+v", later)
	}
	later, err = w.Reschedule(t.Context(), ada, later.ID, chat.Draft{Content: "y", Attachments: refs(two, three)}, at)
	must(t, err)
	if len(later.Attachments) != 2 || later.Attachments[0].Name != "two" || w.going(t) != 1 {
		t.Fatalf("it waits with %+v", later.Attachments)
	}
	_, err = w.Reschedule(t.Context(), ada, later.ID, chat.Draft{Attachments: refs()}, at)
	refused(t, err, fault.Invalid, "CONTENT_REQUIRED")
	must(t, w.Unschedule(t.Context(), ada, later.ID))
	if n := w.going(t); n != 2 {
		t.Errorf("%d files are removed with it", n)
	}

	_, err = w.Schedule(t.Context(), ada, c.ID, chat.Draft{Attachments: refs(w.upload(t, ada, "four"))}, at)
	must(t, err)
	must(t, w.LeaveAll(t.Context(), ada.ID))
	if n := w.going(t); n != 1 {
		t.Errorf("%d files are removed of somebody who leaves", n)
	}
}

func TestAScheduledMessageTakesItsAuthorsOwnFreeFilesAlone(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada, ben)
	at := w.now().Add(time.Hour)
	mine, others := w.upload(t, ada, "mine"), w.upload(t, ben, "others")
	_, err := w.Schedule(t.Context(), ada, c.ID, chat.Draft{Attachments: refs(others)}, at)
	refused(t, err, fault.Invalid, "UNKNOWN_ATTACHMENT")
	later, err := w.Schedule(t.Context(), ada, c.ID, chat.Draft{Content: "canary", Attachments: refs(mine)}, at)
	must(t, err)
	_, err = w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Attachments: refs(mine)})
	must(t, err)
	_, err = w.Schedule(t.Context(), ada, c.ID, chat.Draft{Attachments: refs(mine)}, at)
	refused(t, err, fault.Conflict, "ATTACHMENT_TAKEN")
	w.later(time.Hour)
	w.due(t)
	if later, err = w.ScheduledMessage(t.Context(), ada, later.ID); err != nil || later.Problem == "" {
		t.Errorf("a message whose file another one took is %+v, %v", later, err)
	}
	must(t, w.Unschedule(t.Context(), ada, later.ID))
	if n := w.going(t); n > 0 {
		t.Error("the file of the other message was removed")
	}
}

func TestOfAMessageScheduledTwiceTheFilesOfTheSecondAreNotHeld(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	one, again := w.upload(t, ada, "one"), w.upload(t, ada, "one")
	at := w.now().Add(30 * 24 * time.Hour)
	first, err := w.Schedule(t.Context(), ada, c.ID, chat.Draft{Content: "x", Key: "k", Attachments: refs(one)}, at)
	must(t, err)
	second, err := w.Schedule(t.Context(), ada, c.ID, chat.Draft{Content: "x", Key: "k", Attachments: refs(one, again)}, w.now().Add(time.Hour))
	must(t, err)
	if second.ID != first.ID || !second.At.Equal(first.At) || len(second.Attachments) != 1 {
		t.Errorf("the second is %+v", second)
	}
	if n := w.going(t); n != 1 {
		t.Errorf("%d files are let go, want the one of the second", n)
	}
	w.later(30*24*time.Hour - time.Minute)
	if n := w.going(t); n > 0 {
		t.Errorf("%d files of the first were let go", n)
	}
	w.later(time.Minute)
	w.due(t)
	h, err := w.History(t.Context(), ada, c.ID, chat.Cut{Limit: 10})
	must(t, err)
	if len(h.Messages) != 1 || len(h.Messages[0].Attachments) != 1 {
		t.Errorf("the channel has %+v", h.Messages)
	}
}

func TestAMessageThatIsTakenBackGivesItsFilesBack(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	one, two := w.upload(t, ada, "one"), w.upload(t, ada, "two")
	m, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "oops", Attachments: refs(one, two)})
	must(t, err)
	taken, err := w.UndoMessage(t.Context(), ada, m.ID)
	must(t, err)
	if len(taken.Attachments) != 2 || taken.Attachments[0].ID != one.ID {
		t.Fatalf("took back %+v", taken.Attachments)
	}
	w.later(time.Hour)
	if n := w.going(t); n > 0 {
		t.Fatalf("%d files were removed with the message", n)
	}
	again, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "meant", Attachments: refs(one)})
	must(t, err)
	if len(again.Attachments) != 1 {
		t.Fatalf("the message has %+v", again.Attachments)
	}
	w.later(chat.UploadLife)
	if n := w.going(t); n != 1 {
		t.Errorf("%d files that no message took were removed", n)
	}
}
