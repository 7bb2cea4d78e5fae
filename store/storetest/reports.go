package storetest

import (
	"sync/atomic"
	"testing"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func report(m chat.Message, reporterID string) chat.Report {
	return chat.Report{
		ID: id.New(Start), MessageID: m.ID, ChannelID: m.ChannelID, AuthorID: m.UserID, ReporterID: reporterID, Reason: "rude",
		Disclosed: true, CreatedAt: Start,
	}
}

func reportsStored(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben, cyd := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cyd")
	c := AddChannel(t, store, "general", ada, ben, cyd)
	first, second := Post(t, store, c.ID, ada.ID, "one"), Post(t, store, c.ID, ada.ID, "two")
	a, b, d := report(first, ben.ID), report(first, cyd.ID), report(second, ben.ID)
	for _, r := range []chat.Report{a, b, d} {
		must(t, store.AddReport(ctx, r))
	}
	again := report(first, ben.ID)
	refused(t, store.AddReport(ctx, again), fault.Conflict, "ALREADY_REPORTED")
	open := func(forAdmins bool, before string, limit int, want ...chat.Report) {
		t.Helper()
		got, err := store.OpenReports(ctx, forAdmins, before, limit)
		must(t, err)
		alike(t, "the open reports", got, want)
	}
	open(true, "", 10, d, b, a)
	open(false, "", 2, d, b)
	open(false, b.ID, 10, a)
	open(false, "", 0)
	n, err := store.CountOpenReports(ctx, false, 2)
	must(t, err)
	equal(t, "the count up to 2", n, 2)

	n, err = store.HandOnReports(ctx, first.ID)
	must(t, err)
	equal(t, "the number handed on", n, 2)
	a.ForAdmins, b.ForAdmins = true, true
	open(false, "", 10, d)
	open(true, "", 10, d, b, a)
	n, err = store.CountOpenReports(ctx, false, 10)
	must(t, err)
	equal(t, "the count without those handed on", n, 1)
	n, err = store.ResolveReports(ctx, first.ID, chat.ResolutionDismissed, cyd.ID, Start)
	must(t, err)
	equal(t, "the number settled", n, 2)
	open(true, "", 10, d)
	of, err := store.OpenReportsOf(ctx, second.ID, 10)
	must(t, err)
	alike(t, "the reports of a message", of, []chat.Report{d})
	of, err = store.OpenReportsOf(ctx, first.ID, 10)
	must(t, err)
	equal(t, "the number of reports left", len(of), 0)
	refused(t, store.AddReport(ctx, again), fault.Conflict, "ALREADY_REPORTED")

	gone, err := store.DeleteMessage(ctx, second.ID, "", Start)
	must(t, err)
	messages, err := store.MessagesByID(ctx, []string{gone.ID, id.New(Start)})
	must(t, err)
	equal(t, "the number of messages", len(messages), 1)
	equal(t, "whether it is deleted", messages[0].Deleted, true)
	channels, err := store.ChannelsByID(ctx, []string{c.ID, id.New(Start)})
	must(t, err)
	equal(t, "the number of channels", len(channels), 1)
}

func reportsAtOnce(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	m := Post(t, store, AddChannel(t, store, "general", ada, ben).ID, ada.ID, "one")
	won, _ := atOnce(10, func(int) error { return store.AddReport(t.Context(), report(m, ben.ID)) })
	equal(t, "the number of reports stored", won, 1)
	var settled atomic.Int64
	atOnce(10, func(int) error {
		n, err := store.ResolveReports(t.Context(), m.ID, chat.ResolutionMuted, ada.ID, Start)
		settled.Add(int64(n))
		return err
	})
	equal(t, "the number of reports settled", settled.Load(), 1)
}
