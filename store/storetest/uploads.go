package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// Uploads tests a store of uploads and what messages do with them. open returns an empty store and closes it with the test.
func Uploads(t *testing.T, open func(t *testing.T) Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store Store)
	}{
		{"an upload reads back as stored, by key and by id", uploadReadsBack},
		{"uploads are listed in the order of their ids, in pages", uploadsListed},
		{"what a person has is bounded in bytes and in uploads that wait", uploadsBounded},
		{"a message takes its uploads, and tells of them", uploadsTaken},
		{"an upload is refused to others, twice, and once it is going", uploadsRefused},
		{"of 50 messages at once one takes an upload", uploadTakenOnce},
		{"50 retries at once under one key give one message", uploadRetried},
		{"a refused message leaves its uploads free", uploadsLeftFree},
		{"a deleted message has no files, and they are due", uploadsDropped},
		{"a message that is taken back leaves its files to its author", uploadsFreed},
		{"what no message takes is due when its time is over, to one caller", uploadsDue},
		{"an upload that is held is due later", uploadsHeld},
		{"an upload that is due goes to no message", uploadsGoing},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// Upload returns an upload, ready to be stored.
func Upload(userID, name string) chat.Upload {
	uploadID := id.New(Start)
	return chat.Upload{
		ID: uploadID, Key: uploadID + ".png", UserID: userID, Name: name, Size: 20_000, Type: "image/png", Width: 640, Height: 480,
		Thumbnail: true, CreatedAt: Start, ExpiresAt: Start.Add(chat.UploadLife),
	}
}

func addUpload(t *testing.T, store Store, userID, name string) chat.Upload {
	t.Helper()
	u := Upload(userID, name)
	must(t, store.AddUpload(t.Context(), u))
	return u
}

// with returns a message with these files, ready to be stored.
func with(m chat.Message, uploads ...chat.Upload) chat.Message {
	for _, u := range uploads {
		m.Attachments = append(m.Attachments, u.Attachment())
	}
	return m
}

func dueUploads(t *testing.T, store Store, now time.Time) (ids []string) {
	t.Helper()
	due, err := store.DueUploads(t.Context(), now, now.Add(time.Minute), 100)
	must(t, err)
	for _, u := range due {
		ids = append(ids, u.ID)
	}
	slices.Sort(ids)
	return ids
}

func uploadReadsBack(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	u := addUpload(t, store, ada.ID, "Zürich \"1\".png")
	got, err := store.Upload(t.Context(), u.Key)
	must(t, err)
	alike(t, "the upload", got, u)
	list, err := store.Uploads(t.Context(), ada.ID, []string{id.New(Start), u.ID})
	must(t, err)
	alike(t, "the uploads by id", list, []chat.Upload{u})
	list, err = store.Uploads(t.Context(), ben.ID, []string{u.ID})
	must(t, err)
	equal(t, "what another finds", len(list), 0)
	_, err = store.Upload(t.Context(), "missing.png")
	refused(t, err, fault.NotFound, "FILE_NOT_FOUND")
	must(t, store.DeleteUpload(t.Context(), u.ID))
	must(t, store.DeleteUpload(t.Context(), u.ID))
	_, err = store.Upload(t.Context(), u.Key)
	refused(t, err, fault.NotFound, "FILE_NOT_FOUND")
}

func uploadsListed(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	var want []string
	for range 5 {
		want = append(want, addUpload(t, store, ada.ID, "a").ID)
	}
	addUpload(t, store, ben.ID, "b")
	slices.Sort(want)
	var got []string
	for after := ""; ; {
		page, err := store.UploadsBy(t.Context(), ada.ID, after, 2)
		must(t, err)
		for _, u := range page {
			got = append(got, u.ID)
		}
		if len(page) < 2 {
			break
		}
		after = page[1].ID
	}
	alike(t, "the ids", got, want)
}

func uploadsBounded(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "c", ada, ben)
	big := Upload(ada.ID, "big")
	big.Size = chat.MaxStored - 2*chat.MinCharge
	must(t, store.AddUpload(t.Context(), big))
	_, _, err := store.AppendMessage(t.Context(), with(Message(c.ID, ada.ID, "big"), big))
	must(t, err)
	small := Upload(ada.ID, "small")
	small.Size = 1
	must(t, store.AddUpload(t.Context(), small))
	usage, err := store.UploadUsage(t.Context(), ada.ID)
	must(t, err)
	equal(t, "the usage", usage, chat.Usage{Stored: chat.MaxStored - chat.MinCharge, Pending: 1})
	next := Upload(ada.ID, "next")
	next.Size = chat.MinCharge + 1
	refused(t, store.AddUpload(t.Context(), next), fault.Full, "QUOTA_EXCEEDED")
	_, err = store.Upload(t.Context(), next.Key)
	refused(t, err, fault.NotFound, "FILE_NOT_FOUND")

	_, failures := atOnce(chat.MaxPending+20, func(int) error { return store.AddUpload(t.Context(), Upload(ben.ID, "many")) })
	for _, err := range failures {
		refused(t, err, fault.Full, "TOO_MANY_UPLOADS")
	}
	usage, err = store.UploadUsage(t.Context(), ben.ID)
	must(t, err)
	if usage.Pending > chat.MaxPending {
		t.Fatalf("%d uploads wait", usage.Pending)
	}
	for range chat.MaxPending - usage.Pending {
		addUpload(t, store, ben.ID, "more")
	}
	refused(t, store.AddUpload(t.Context(), Upload(ben.ID, "one more")), fault.Full, "TOO_MANY_UPLOADS")
}

func uploadsTaken(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "c", ada)
	plain := Post(t, store, c.ID, ada.ID, "plain")
	one, two := addUpload(t, store, ada.ID, "one.png"), addUpload(t, store, ada.ID, "two.png")
	m, repeated, err := store.AppendMessage(t.Context(), with(Message(c.ID, ada.ID, ""), two, one))
	must(t, err)
	equal(t, "repeated", repeated, false)
	want := []chat.Attachment{two.Attachment(), one.Attachment()}
	alike(t, "the files of the answer", m.Attachments, want)
	m, err = store.EditMessage(t.Context(), m.ID, ada.ID, "text", "text", 1, Start)
	must(t, err)
	alike(t, "the files after an edit", m.Attachments, want)
	page, err := store.Messages(t.Context(), c.ID, chat.Page{Limit: 10})
	must(t, err)
	alike(t, "the files in the history", page[1].Attachments, want)
	alike(t, "the files of the other message", page[0].Attachments, plain.Attachments)
	for _, u := range []chat.Upload{one, two} {
		got, err := store.Upload(t.Context(), u.Key)
		must(t, err)
		equal(t, "the message", got.MessageID, m.ID)
		equal(t, "the end", got.ExpiresAt, time.Time{})
	}
	equal(t, "what is due after years", len(dueUploads(t, store, Start.AddDate(9, 0, 0))), 0)
	refused(t, store.ExpireUpload(t.Context(), ada.ID, one.Key, Start), fault.NotFound, "FILE_NOT_FOUND")
}

func uploadsRefused(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "c", ada, ben)
	taken, free, going := addUpload(t, store, ada.ID, "taken"), addUpload(t, store, ada.ID, "free"), addUpload(t, store, ada.ID, "going")
	_, _, err := store.AppendMessage(t.Context(), with(Message(c.ID, ada.ID, "first"), taken))
	must(t, err)
	refused(t, store.ExpireUpload(t.Context(), ben.ID, going.Key, Start), fault.NotFound, "FILE_NOT_FOUND")
	must(t, store.ExpireUpload(t.Context(), ada.ID, going.Key, Start))
	refused(t, store.ExpireUpload(t.Context(), ada.ID, going.Key, Start), fault.NotFound, "FILE_NOT_FOUND")
	_, err = store.Upload(t.Context(), going.Key)
	refused(t, err, fault.NotFound, "FILE_NOT_FOUND")
	for name, m := range map[string]chat.Message{
		"of another":            with(Message(c.ID, ben.ID, "x"), free),
		"taken":                 with(Message(c.ID, ada.ID, "x"), taken),
		"one taken of two":      with(Message(c.ID, ada.ID, "x"), free, taken),
		"the other way about":   with(Message(c.ID, ada.ID, "x"), taken, free),
		"going":                 with(Message(c.ID, ada.ID, "x"), going),
		"one that is not there": with(Message(c.ID, ada.ID, "x"), Upload(ada.ID, "nowhere")),
	} {
		_, _, err := store.AppendMessage(t.Context(), m)
		if !fault.Is(err, fault.Conflict) {
			t.Fatalf("%s gives %v", name, err)
		}
		refused(t, err, fault.Conflict, "ATTACHMENT_TAKEN")
	}
	page, err := store.Messages(t.Context(), c.ID, chat.Page{Limit: 10})
	must(t, err)
	equal(t, "the number of messages", len(page), 1)
	m, _, err := store.AppendMessage(t.Context(), with(Message(c.ID, ada.ID, "second"), free))
	must(t, err)
	equal(t, "the number of the next", m.Seq, 2)
}

func uploadTakenOnce(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "c", ada)
	one, two := addUpload(t, store, ada.ID, "one"), addUpload(t, store, ada.ID, "two")
	won, failures := atOnce(50, func(i int) error {
		m := with(Message(c.ID, ada.ID, fmt.Sprint(i)), two, one)
		if i%2 == 0 {
			m.ClientKey = fmt.Sprint("key", i)
			slices.Reverse(m.Attachments)
		}
		_, _, err := store.AppendMessage(t.Context(), m)
		return err
	})
	equal(t, "the number of winners", won, 1)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "ATTACHMENT_TAKEN")
	}
	page, err := store.Messages(t.Context(), c.ID, chat.Page{Limit: 100})
	must(t, err)
	equal(t, "the number of messages", len(page), 1)
	for _, u := range []chat.Upload{one, two} {
		got, err := store.Upload(t.Context(), u.Key)
		must(t, err)
		equal(t, "the message that holds it", got.MessageID, page[0].ID)
	}
}

func uploadRetried(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "c", ada)
	u := addUpload(t, store, ada.ID, "one")
	ids := make([]string, 50)
	send := func(i int) error {
		m := with(Message(c.ID, ada.ID, "text"), u)
		m.ClientKey = "key"
		got, _, err := store.AppendMessage(t.Context(), m)
		ids[i] = got.ID
		return err
	}
	_, failures := atOnce(50, send)
	for _, err := range failures {
		t.Fatal(err)
	}
	must(t, send(0))
	slices.Sort(ids)
	equal(t, "the number of messages", len(slices.Compact(ids)), 1)
	got, err := store.Upload(t.Context(), u.Key)
	must(t, err)
	equal(t, "the message", got.MessageID, ids[0])
	late := with(Message(c.ID, ada.ID, "text"), u)
	late.ClientKey, late.CreatedAt = "key", Start.Add(chat.KeyLife+time.Second)
	_, _, err = store.AppendMessage(t.Context(), late)
	refused(t, err, fault.Conflict, "ATTACHMENT_TAKEN")
}

func uploadsLeftFree(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c, other := AddChannel(t, store, "c", ada), AddChannel(t, store, "other")
	u := addUpload(t, store, ada.ID, "one")
	_, _, err := store.AppendMessage(t.Context(), with(Message(other.ID, ada.ID, "x"), u))
	refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	got, err := store.Upload(t.Context(), u.Key)
	must(t, err)
	alike(t, "the upload", got, u)
	_, _, err = store.AppendMessage(t.Context(), with(Message(c.ID, ada.ID, "x"), u))
	must(t, err)
}

func uploadsDropped(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "c", ada)
	u, kept := addUpload(t, store, ada.ID, "one"), addUpload(t, store, ada.ID, "kept")
	m, _, err := store.AppendMessage(t.Context(), with(Message(c.ID, ada.ID, "x"), u))
	must(t, err)
	_, _, err = store.AppendMessage(t.Context(), with(Message(c.ID, ada.ID, "y"), kept))
	must(t, err)
	_, err = store.DeleteMessage(t.Context(), m.ID, "ffffffffffffffffffffffff", Start)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	equal(t, "what is due after a refused deletion", len(dueUploads(t, store, Start.Add(time.Hour))), 0)
	gone, err := store.DeleteMessage(t.Context(), m.ID, ada.ID, Start)
	must(t, err)
	equal(t, "the files of the answer", len(gone.Attachments), 0)
	m, err = store.Message(t.Context(), m.ID)
	must(t, err)
	equal(t, "the files of the deleted message", len(m.Attachments), 0)
	_, err = store.Upload(t.Context(), u.Key)
	refused(t, err, fault.NotFound, "FILE_NOT_FOUND")
	alike(t, "what is due", dueUploads(t, store, Start), []string{u.ID})
	must(t, store.DeleteUpload(t.Context(), u.ID))
	equal(t, "what is due later", len(dueUploads(t, store, Start.AddDate(1, 0, 0))), 0)
	_, err = store.Upload(t.Context(), kept.Key)
	must(t, err)
}

func uploadsFreed(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "c", ada, ben)
	one, two := addUpload(t, store, ada.ID, "one"), addUpload(t, store, ada.ID, "two")
	first := with(Message(c.ID, ada.ID, "x"), one, two)
	first.ClientKey = "key"
	m, _, err := store.AppendMessage(t.Context(), first)
	must(t, err)
	until := Start.Add(chat.UploadLife)
	_, err = store.TakeBackMessage(t.Context(), m.ID, ben.ID, Start, until)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	equal(t, "what is due after a refusal", len(dueUploads(t, store, until)), 0)
	gone, err := store.TakeBackMessage(t.Context(), m.ID, ada.ID, Start, until)
	must(t, err)
	if !gone.Deleted || gone.Content != "" || len(gone.Attachments) > 0 {
		t.Errorf("the message is left as %+v", gone)
	}
	_, err = store.TakeBackMessage(t.Context(), m.ID, ada.ID, Start, until)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	for _, want := range []chat.Upload{one, two} {
		got, err := store.Upload(t.Context(), want.Key)
		must(t, err)
		alike(t, "the upload", got, want)
	}
	usage, err := store.UploadUsage(t.Context(), ada.ID)
	must(t, err)
	equal(t, "what waits", usage.Pending, 2)
	again, _, err := store.AppendMessage(t.Context(), with(Message(c.ID, ada.ID, "y"), one))
	must(t, err)
	got, err := store.Upload(t.Context(), one.Key)
	must(t, err)
	equal(t, "the message that holds it now", got.MessageID, again.ID)
	alike(t, "what is due when its time is over", dueUploads(t, store, until), []string{two.ID})
}

func uploadsDue(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	u := addUpload(t, store, ada.ID, "one")
	late := Upload(ada.ID, "late")
	late.ExpiresAt = u.ExpiresAt.Add(time.Hour)
	must(t, store.AddUpload(t.Context(), late))
	equal(t, "what is due before its time", len(dueUploads(t, store, u.ExpiresAt.Add(-time.Millisecond))), 0)
	var all [20][]string
	_, failures := atOnce(len(all), func(i int) error {
		due, err := store.DueUploads(t.Context(), u.ExpiresAt, u.ExpiresAt.Add(time.Minute), 10)
		for _, one := range due {
			all[i] = append(all[i], one.ID)
		}
		return err
	})
	for _, err := range failures {
		t.Fatal(err)
	}
	alike(t, "what all callers got", slices.Concat(all[:]...), []string{u.ID})
	alike(t, "what is due after the lease", dueUploads(t, store, u.ExpiresAt.Add(time.Minute)), []string{u.ID})
}

func uploadsHeld(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "c", ada)
	one, two, taken, gone := addUpload(t, store, ada.ID, "one"), addUpload(t, store, ada.ID, "two"), addUpload(t, store, ada.ID, "taken"), addUpload(t, store, ada.ID, "gone")
	_, _, err := store.AppendMessage(t.Context(), with(Message(c.ID, ada.ID, "x"), taken))
	must(t, err)
	must(t, store.ExpireUpload(t.Context(), ada.ID, gone.Key, Start))
	alike(t, "what is gone", dueUploads(t, store, Start), []string{gone.ID})
	until := one.ExpiresAt.Add(time.Hour)
	must(t, store.HoldUploads(t.Context(), ada.ID, []string{one.ID, two.ID}, until))
	for what, ids := range map[string][]string{"taken": {taken.ID}, "going": {gone.ID}, "unknown": {id.New(Start)}, "one of several": {one.ID, taken.ID}} {
		if err := store.HoldUploads(t.Context(), ada.ID, ids, until); !fault.Is(err, fault.Conflict) {
			t.Errorf("holding what is %s: %v", what, err)
		}
	}
	refused(t, store.HoldUploads(t.Context(), ben.ID, []string{one.ID}, until.Add(time.Hour)), fault.Conflict, "ATTACHMENT_TAKEN")
	equal(t, "what is due before its new time", len(dueUploads(t, store, until.Add(-time.Millisecond))), 1) // what is going already
	due := dueUploads(t, store, until)
	for _, u := range []chat.Upload{one, two} {
		if !slices.Contains(due, u.ID) {
			t.Errorf("%s is not due", u.Name)
		}
	}
}

func uploadsGoing(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "c", ada)
	for i := range 30 {
		u := addUpload(t, store, ada.ID, strings.Repeat("x", i))
		var taken, due bool
		_, failures := atOnce(2, func(i int) error {
			if i == 0 {
				_, _, err := store.AppendMessage(t.Context(), with(Message(c.ID, ada.ID, "x"), u))
				taken = err == nil
				if fault.Is(err, fault.Conflict) {
					return nil
				}
				return err
			}
			list, err := store.DueUploads(t.Context(), u.ExpiresAt, u.ExpiresAt.Add(24*time.Hour), 10)
			due = len(list) > 0
			return err
		})
		for _, err := range failures {
			t.Fatal(err)
		}
		if taken == due {
			t.Fatalf("taken by a message: %v; to be removed: %v", taken, due)
		}
	}
}
