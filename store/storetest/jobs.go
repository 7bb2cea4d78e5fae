package storetest

import (
	"sync"
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// Jobs tests a store of jobs. open returns an empty store and closes it with the test.
func Jobs(t *testing.T, open func(t *testing.T) queue.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store queue.Store)
	}{
		{"a job reads back as stored, to its owner alone", jobReadsBack},
		{"under one key an owner has one job of a kind", jobKeys},
		{"jobs are listed newest first, by owner and kind", jobsListed},
		{"all jobs are listed newest first", jobsOfAll},
		{"a job is made due again by hand", jobAgain},
		{"a job is claimed at its time, and again when its lease is over", jobClaimed},
		{"of 50 claimers at once each job goes to one", jobRace},
		{"of 50 who add one key at once one adds it", jobKeyRace},
		{"a job that has changed since it was read is left alone", jobVersions},
		{"what has no next try is not claimed", jobDone},
		{"jobs that are due are counted, up to a limit", jobsDue},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// Job returns a job that is due so long after the start, ready to be stored.
func Job(owner, kind string, after time.Duration) queue.Job {
	jobID := id.New(Start)
	return queue.Job{
		ID: jobID, Kind: kind, Owner: owner, Key: jobID, State: queue.Waiting, Due: Start.Add(after), NextTry: Start.Add(after),
		Body: `{"text":"Zürich \"1\""}`, CreatedAt: Start,
	}
}

func addJob(t *testing.T, store queue.Store, owner, kind string, after time.Duration) queue.Job {
	t.Helper()
	j, repeated, err := store.AddJob(t.Context(), Job(owner, kind, after))
	must(t, err)
	equal(t, "repeated", repeated, false)
	return j
}

func claim(t *testing.T, store queue.Store, kind string, now time.Time, limit int) []queue.Job {
	t.Helper()
	jobs, err := store.ClaimJobs(t.Context(), kind, now, now.Add(time.Minute), limit)
	must(t, err)
	return jobs
}

func jobReadsBack(t *testing.T, store queue.Store) {
	owner := id.New(Start)
	want := Job(owner, "k", time.Hour)
	stored, _, err := store.AddJob(t.Context(), want)
	must(t, err)
	alike(t, "the answer", stored, want)
	got, err := store.Job(t.Context(), owner, want.ID)
	must(t, err)
	alike(t, "the job", got, want)
	_, err = store.Job(t.Context(), id.New(Start), want.ID)
	refused(t, err, fault.NotFound, "NOT_FOUND")
	refused(t, store.DeleteJob(t.Context(), id.New(Start), want.ID, 0), fault.Conflict, "CHANGED_MEANWHILE")
	must(t, store.DeleteJob(t.Context(), owner, want.ID, 0))
	_, err = store.Job(t.Context(), owner, want.ID)
	refused(t, err, fault.NotFound, "NOT_FOUND")
	unnamed := Job(owner, "k", 0)
	unnamed.Key = ""
	stored, _, err = store.AddJob(t.Context(), unnamed)
	must(t, err)
	equal(t, "the key", stored.Key, unnamed.ID)
}

func jobKeys(t *testing.T, store queue.Store) {
	ada, ben := id.New(Start), id.New(Start)
	first := addJob(t, store, ada, "k", 0)
	again := Job(ada, "k", time.Hour)
	again.Key = first.Key
	got, repeated, err := store.AddJob(t.Context(), again)
	must(t, err)
	equal(t, "repeated", repeated, true)
	alike(t, "the job", got, first)
	for _, other := range []queue.Job{Job(ben, "k", 0), Job(ada, "l", 0)} {
		other.Key = first.Key
		_, repeated, err = store.AddJob(t.Context(), other)
		must(t, err)
		equal(t, "repeated for another", repeated, false)
	}
}

func jobsDue(t *testing.T, store queue.Store) {
	owner := id.New(Start)
	due := func(kind string, after time.Duration, limit int) (int, time.Time) {
		t.Helper()
		n, oldest, err := store.DueJobs(t.Context(), kind, Start.Add(after), limit)
		must(t, err)
		return n, oldest
	}
	n, oldest := due("k", time.Hour, 10)
	equal(t, "the jobs due at first", n, 0)
	equal(t, "since when", oldest, time.Time{})
	for _, after := range []time.Duration{2 * time.Minute, time.Minute, time.Hour} {
		addJob(t, store, owner, "k", after)
	}
	addJob(t, store, owner, "l", 0)
	n, oldest = due("k", 2*time.Minute, 10)
	equal(t, "the jobs due", n, 2)
	equal(t, "since when", oldest, Start.Add(time.Minute))
	n, _ = due("k", 2*time.Hour, 2)
	equal(t, "the jobs due up to a limit", n, 2)
	claim(t, store, "k", Start.Add(2*time.Minute), 10)
	n, _ = due("k", 2*time.Minute, 10)
	equal(t, "the jobs due once they are claimed", n, 0)
}

func jobsListed(t *testing.T, store queue.Store) {
	ada, ben := id.New(Start), id.New(Start)
	one, two := addJob(t, store, ada, "k", 2), addJob(t, store, ada, "k", 1)
	addJob(t, store, ben, "k", 0)
	addJob(t, store, ada, "l", 0)
	list, err := store.Jobs(t.Context(), ada, "k", 10)
	must(t, err)
	alike(t, "the jobs", list, []queue.Job{two, one})
	list, err = store.Jobs(t.Context(), ada, "k", 1)
	must(t, err)
	alike(t, "the newest", list, []queue.Job{two})
	must(t, store.DeleteJobs(t.Context(), ada, "k"))
	for kind, want := range map[string]int{"k": 0, "l": 1} {
		list, err = store.Jobs(t.Context(), ada, kind, 10)
		must(t, err)
		equal(t, "what is left", len(list), want)
	}
}

func jobClaimed(t *testing.T, store queue.Store) {
	owner := id.New(Start)
	late, early := addJob(t, store, owner, "k", time.Hour), addJob(t, store, owner, "k", time.Minute)
	addJob(t, store, owner, "l", 0)
	equal(t, "claimed too soon", len(claim(t, store, "k", Start.Add(time.Minute-time.Millisecond), 10)), 0)
	got := claim(t, store, "k", Start.Add(time.Minute), 10)
	equal(t, "claimed in time", len(got), 1)
	early.State, early.Tries, early.Version, early.NextTry = queue.Running, 1, 1, Start.Add(2*time.Minute)
	alike(t, "the job", got[0], early)
	equal(t, "claimed under a lease", len(claim(t, store, "k", Start.Add(2*time.Minute-time.Millisecond), 10)), 0)
	got = claim(t, store, "k", Start.Add(2*time.Hour), 10)
	equal(t, "claimed when the lease was over", len(got), 2)
	equal(t, "the first", got[0].ID, early.ID)
	equal(t, "its tries", got[0].Tries, 2)
	equal(t, "the second", got[1].ID, late.ID)
}

func jobRace(t *testing.T, store queue.Store) {
	owner := id.New(Start)
	for range 20 {
		addJob(t, store, owner, "k", 0)
	}
	var mu sync.Mutex
	times := map[string]int{}
	_, failures := atOnce(50, func(int) error {
		jobs, err := store.ClaimJobs(t.Context(), "k", Start, Start.Add(time.Minute), 3)
		mu.Lock()
		defer mu.Unlock()
		for _, j := range jobs {
			times[j.ID]++
		}
		return err
	})
	alike(t, "the failures", failures, []error(nil))
	equal(t, "the jobs that were claimed", len(times), 20)
	for jobID, n := range times {
		equal(t, "how often "+jobID+" was claimed", n, 1)
	}
}

func jobKeyRace(t *testing.T, store queue.Store) {
	owner, added := id.New(Start), 0
	var mu sync.Mutex
	_, failures := atOnce(50, func(int) error {
		j := Job(owner, "k", 0)
		j.Key = "one"
		_, repeated, err := store.AddJob(t.Context(), j)
		mu.Lock()
		defer mu.Unlock()
		if err == nil && !repeated {
			added++
		}
		return err
	})
	alike(t, "the failures", failures, []error(nil))
	equal(t, "how many added it", added, 1)
}

func jobVersions(t *testing.T, store queue.Store) {
	owner := id.New(Start)
	seen := addJob(t, store, owner, "k", 0)
	claimed := claim(t, store, "k", Start, 1)[0]
	refused(t, store.SaveJob(t.Context(), seen), fault.Conflict, "CHANGED_MEANWHILE")
	refused(t, store.DeleteJob(t.Context(), owner, seen.ID, seen.Version), fault.Conflict, "CHANGED_MEANWHILE")
	claimed.State, claimed.Due, claimed.NextTry, claimed.Problem, claimed.Body, claimed.DoneAt =
		queue.Waiting, Start.Add(time.Hour), Start.Add(time.Hour), "broken", "{}", Start.Add(time.Second)
	must(t, store.SaveJob(t.Context(), claimed))
	claimed.Version++
	got, err := store.Job(t.Context(), owner, seen.ID)
	must(t, err)
	alike(t, "the job", got, claimed)
	must(t, store.DeleteJob(t.Context(), owner, seen.ID, claimed.Version))
}

func jobDone(t *testing.T, store queue.Store) {
	owner := id.New(Start)
	addJob(t, store, owner, "k", 0)
	j := claim(t, store, "k", Start, 1)[0]
	j.State, j.NextTry, j.DoneAt = queue.Done, time.Time{}, Start
	must(t, store.SaveJob(t.Context(), j))
	equal(t, "claimed after years", len(claim(t, store, "k", Start.AddDate(9, 0, 0), 10)), 0)
}
