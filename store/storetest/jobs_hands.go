package storetest

import (
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

func jobsOfAll(t *testing.T, store queue.Store) {
	var want []string
	for _, kind := range []string{"a", "b", "a"} {
		want = append([]string{addJob(t, store, id.New(Start), kind, 0).ID}, want...)
	}
	var got []string
	for before := ""; ; {
		page, err := store.AllJobs(t.Context(), before, 2)
		must(t, err)
		for _, j := range page {
			got, before = append(got, j.ID), j.ID
		}
		if len(page) < 2 {
			break
		}
	}
	alike(t, "the jobs", got, want)
	none, err := store.AllJobs(t.Context(), "", 0)
	must(t, err)
	equal(t, "how many come of none asked for", len(none), 0)
}

func jobAgain(t *testing.T, store queue.Store) {
	owner := id.New(Start)
	j := addJob(t, store, owner, "k", time.Hour)
	refused(t, queue.Again(t.Context(), store, owner, j.ID, 7, Start), fault.Conflict, "CHANGED_MEANWHILE")
	must(t, queue.Again(t.Context(), store, owner, j.ID, 0, Start))
	claimed := claim(t, store, "k", Start, 5)
	equal(t, "how many are due at once", len(claimed), 1)
	refused(t, queue.Again(t.Context(), store, owner, j.ID, claimed[0].Version, Start), fault.Conflict, "JOB_NOT_IDLE")
	failed := claimed[0]
	failed.State, failed.NextTry, failed.Problem, failed.DoneAt = queue.Failed, time.Time{}, "No answer.", Start
	must(t, store.SaveJob(t.Context(), failed))
	must(t, queue.Again(t.Context(), store, owner, j.ID, failed.Version+1, Start))
	equal(t, "how many that were given up are due again", len(claim(t, store, "k", Start, 5)), 1)
	refused(t, queue.Again(t.Context(), store, id.New(Start), j.ID, 0, Start), fault.NotFound, "NOT_FOUND")
}
