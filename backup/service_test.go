package backup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/backup"
	"pegasus/fault"
	"pegasus/store/sqlite"
	"pegasus/store/sqlite/sqlitetest"
)

// keeper is a service with a clock that the test holds.
type keeper struct {
	*backup.Service
	t       *testing.T
	options backup.Options
	now     time.Time
	fail    error
	unproof error // of drills
	audit   []accounts.Action
}

func newKeeper(t *testing.T, every time.Duration) *keeper {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlitetest.Dir(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	k := &keeper{t: t, now: time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)}
	k.options = backup.Options{
		Jobs: db, History: backup.NewHistory(t.TempDir()), Dir: filepath.Join(t.TempDir(), "backups"), Every: every, Keep: 2, Alone: true,
		Now: func() time.Time { return k.now },
		Write: func(ctx context.Context, name string, _ func(backup.Progress)) (backup.Manifest, int64, error) {
			if k.fail != nil {
				return backup.Manifest{}, 0, k.fail
			}
			return backup.WriteFile(ctx, source(), name)
		},
		Drill: func(ctx context.Context, name string, progress func(backup.Progress)) (backup.Manifest, error) {
			if k.unproof != nil {
				return backup.Manifest{}, k.unproof
			}
			return backup.ReadFile(ctx, name, nil, progress)
		},
		Record: func(_ context.Context, e accounts.Event) { k.audit = append(k.audit, e.Action) },
		Failed: func(_ context.Context, doing string, err error) { t.Logf("%s: %v", doing, err) },
	}
	k.Service = backup.NewService(k.options)
	return k
}

// work lets the service do what is due, as a start of the server would, and stops it when that is done.
func (k *keeper) work(done func(backup.Overview) bool) backup.Overview {
	k.t.Helper()
	ctx, stop := context.WithCancel(k.t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); k.Run(ctx, time.Millisecond) }()
	defer func() { stop(); <-ended }()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if o := k.overview(); o.Running == nil && done(o) {
			return o
		}
	}
	k.t.Fatal("it does not come to an end")
	return backup.Overview{}
}

func (k *keeper) overview() backup.Overview {
	k.t.Helper()
	o, err := k.Overview(k.t.Context(), boss)
	if err != nil {
		k.t.Fatal(err)
	}
	return o
}

var boss = accounts.User{ID: "b", Name: "Ada", Role: accounts.RoleAdmin}

func TestAnAdminHasABackupMadeProvenAndTakenAway(t *testing.T) {
	k := newKeeper(t, 0)
	if err := k.Make(t.Context(), boss); err != nil {
		t.Fatal(err)
	}
	if err := k.Make(t.Context(), boss); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second one at once: %v", err)
	}
	o := k.work(func(o backup.Overview) bool { return len(o.Backups) == 1 })
	made := o.Backups[0]
	if made.Name == "" || made.By != "Ada" || made.Problem != "" || made.Proven != nil || made.Files != 5 || !o.LastGood.At.Equal(k.now) {
		t.Fatalf("%+v", made)
	}
	if err := k.Prove(t.Context(), boss, made.Name); err != nil {
		t.Fatal(err)
	}
	o = k.work(func(o backup.Overview) bool { return o.Backups[0].Proven != nil })
	if o.Backups[0].Proven.Problem != "" || o.LastProven == nil {
		t.Errorf("%+v", o.Backups[0].Proven)
	}
	if _, err := k.Take(t.Context(), boss, made.Name); !fault.Is(err, fault.Forbidden) {
		t.Errorf("it is taken away where that is off: %v", err)
	}
	k.Service.Download = true
	file, err := k.Take(t.Context(), boss, made.Name)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	if want := accounts.ActionBackupTaken; k.audit[len(k.audit)-1] != want {
		t.Errorf("the audit log says %v", k.audit)
	}
}

func TestBackupsAreForAdmins(t *testing.T) {
	k := newKeeper(t, 0)
	k.Service.Download = true
	for _, role := range []accounts.Role{accounts.RoleUser, accounts.RoleModerator} {
		u := accounts.User{ID: "u", Role: role}
		_, overview := k.Overview(t.Context(), u)
		_, take := k.Take(t.Context(), u, "pegasus-20300101-120000.tar.zst")
		for what, err := range map[string]error{"overview": overview, "make": k.Make(t.Context(), u), "prove": k.Prove(t.Context(), u, "x"), "take": take} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s %s: %v", role, what, err)
			}
		}
	}
}

func TestNoOtherFileIsTakenForABackup(t *testing.T) {
	k := newKeeper(t, 0)
	k.Service.Download = true
	if err := os.MkdirAll(k.options.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(k.options.Dir, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"secret", "../secret", "pegasus-20300101-120000.tar.zst", "/etc/passwd", "", "pegasus-20300101-120000.tar.zst/../secret"} {
		if _, err := k.Take(t.Context(), boss, name); !fault.Is(err, fault.NotFound) {
			t.Errorf("take %q: %v", name, err)
		}
		if err := k.Prove(t.Context(), boss, name); !fault.Is(err, fault.NotFound) {
			t.Errorf("prove %q: %v", name, err)
		}
	}
}

func TestTheScheduleMakesProvesAndKeepsAsManyAsItShould(t *testing.T) {
	k := newKeeper(t, 24*time.Hour)
	for day := range 4 {
		o := k.work(func(o backup.Overview) bool { return len(o.Backups) == day+1 && o.Backups[0].Proven != nil })
		if o.Backups[0].By != "the schedule" || o.Backups[0].Proven.Problem != "" {
			t.Fatalf("%+v", o.Backups[0])
		}
		k.now = k.now.Add(24 * time.Hour)
	}
	left, err := os.ReadDir(k.options.Dir)
	if err != nil || len(left) != 2 || !strings.Contains(left[0].Name(), "20300103") {
		t.Errorf("%v are kept, %v", left, err)
	}
	names := 0
	for _, b := range k.overview().Backups {
		if b.Name != "" {
			names++
		}
	}
	if names != 2 {
		t.Errorf("%d are offered", names)
	}
}

func TestAScheduledBackupThatFailsIsSeenAndTriedAgainSoon(t *testing.T) {
	k := newKeeper(t, 24*time.Hour)
	k.fail = errors.New("the disk is full")
	o := k.work(func(o backup.Overview) bool { return len(o.Backups) == 1 })
	if o.Backups[0].Problem != "the disk is full" || o.LastGood != nil || k.audit[0] != accounts.ActionBackupFailed {
		t.Fatalf("%+v, %v", o.Backups[0], k.audit)
	}
	k.fail = nil
	k.now = k.now.Add(time.Hour)
	o = k.work(func(o backup.Overview) bool { return len(o.Backups) == 2 && o.Backups[0].Proven != nil })
	if !o.Good.Equal(k.now) || o.Backups[0].Problem != "" {
		t.Errorf("the last good one is of %v", o.Good)
	}
}

func TestABackupThatCannotBeProvenIsToldAndNotMadeAgainBeforeItsTime(t *testing.T) {
	k := newKeeper(t, 24*time.Hour)
	k.work(func(o backup.Overview) bool { return len(o.Backups) == 1 && o.Backups[0].Proven != nil })
	good := k.now
	k.unproof = errors.New("no room for the drill")
	for day := range 3 {
		k.now = k.now.Add(24 * time.Hour)
		k.audit = nil
		o := k.work(func(o backup.Overview) bool { return len(o.Backups) == day+2 && o.Backups[0].Proven != nil })
		if o.Backups[0].Problem != "" || o.Backups[0].Proven.Problem != "no room for the drill" || !slices.Contains(k.audit, accounts.ActionBackupFailed) {
			t.Fatalf("%+v, %v", o.Backups[0], k.audit)
		}
		jobs, err := k.options.Jobs.ClaimJobs(t.Context(), "backup", k.now.Add(23*time.Hour), k.now, 10)
		if err != nil || len(jobs) != 0 {
			t.Fatalf("another backup is due before its time: %+v, %v", jobs, err)
		}
	}
	if at := k.overview().Good; !at.Equal(good) {
		t.Errorf("the last good one is of %v", at)
	}
	if _, err := os.Stat(filepath.Join(k.options.Dir, "pegasus-20300101-120000.tar.zst")); err != nil {
		t.Errorf("the only one that is known to be good made way: %v", err)
	}
}

func TestABackupThatALaterProofFindsRottenIsGoodNoMoreAndSparesTheLastThatIs(t *testing.T) {
	k := newKeeper(t, 24*time.Hour)
	rotten := errors.New("one byte is wrong")
	k.work(func(o backup.Overview) bool { return len(o.Backups) == 1 && o.Backups[0].Proven != nil })
	good := k.now
	k.now = k.now.Add(24 * time.Hour)
	o := k.work(func(o backup.Overview) bool { return len(o.Backups) == 2 && o.Backups[0].Proven != nil })
	second := o.Backups[0]
	if !o.Good.Equal(k.now) {
		t.Fatalf("the second one is proven, and the last good one is of %v", o.Good)
	}
	k.unproof = rotten
	k.now = k.now.Add(time.Hour)
	if err := k.Prove(t.Context(), boss, second.Name); err != nil {
		t.Fatal(err)
	}
	o = k.work(func(o backup.Overview) bool { return o.Backups[0].Proven.Problem != "" })
	if awaited, err := k.AwaitedSince(t.Context()); err != nil || !o.Good.Equal(good) || !awaited.Equal(good) {
		t.Errorf("a rotten one counts: the last good one is of %v, one is awaited since %v, %v", o.Good, awaited, err)
	}
	for day := range 3 { // more than are kept, and none can be proven
		k.now = k.now.Add(24 * time.Hour)
		o = k.work(func(o backup.Overview) bool { return len(o.Backups) == day+3 && o.Backups[0].Proven != nil })
	}
	if _, err := os.Stat(filepath.Join(k.options.Dir, "pegasus-20300101-120000.tar.zst")); err != nil || !o.Good.Equal(good) {
		t.Errorf("the last good one is of %v, and made way: %v", o.Good, err)
	}
	if _, err := os.Stat(filepath.Join(k.options.Dir, second.Name)); err == nil {
		t.Error("the rotten one is spared")
	}
}

func TestAProofHereOfWhatAnotherServerMadeSaysWhetherItIsGood(t *testing.T) {
	k := newKeeper(t, 24*time.Hour)
	o := k.work(func(o backup.Overview) bool { return len(o.Backups) == 1 && o.Backups[0].Proven != nil })
	name := o.Backups[0].File
	other := k.options
	other.History = backup.NewHistory(t.TempDir())
	for _, c := range []struct {
		problem string
		want    time.Time
	}{{"", k.now}, {"rotten", time.Time{}}} {
		if err := other.History.Add(backup.Record{What: backup.Proven, File: name, At: k.now.Add(time.Hour), Problem: c.problem}); err != nil {
			t.Fatal(err)
		}
		if o, err := backup.NewService(other).Overview(t.Context(), boss); err != nil || !o.Good.Equal(c.want) {
			t.Errorf("after a proof with the problem %q the last good one is of %v, %v", c.problem, o.Good, err)
		}
	}
}

func TestABackupIsLateWhereOneMayHaveFailedAndTheProofOfTheNextIsOver(t *testing.T) {
	k := newKeeper(t, 24*time.Hour)
	k.unproof = errors.New("no room for the drill")
	began := k.now
	o := k.work(func(o backup.Overview) bool { return len(o.Backups) == 1 && o.Backups[0].Proven != nil })
	for after, want := range map[time.Duration]bool{48*time.Hour + 20*time.Minute: false, 54 * time.Hour: false, 55 * time.Hour: true} {
		if o.Late(began.Add(after)) != want {
			t.Errorf("without a good one, %v after the beginning: late is %v", after, !want)
		}
	}
	if newKeeper(t, 0).overview().Late(began.Add(9000 * time.Hour)) {
		t.Error("where none is made by itself it is late")
	}
}

func TestAServerThatNeverMadeAGoodBackupWaitsForOneSinceItsScheduleBegan(t *testing.T) {
	k := newKeeper(t, 24*time.Hour)
	k.unproof = errors.New("no room for the drill")
	began := k.now
	k.work(func(o backup.Overview) bool { return len(o.Backups) == 1 && o.Backups[0].Proven != nil })
	k.now = k.now.Add(72 * time.Hour)
	if at, err := k.AwaitedSince(t.Context()); err != nil || !at.Equal(began) {
		t.Errorf("it waits since %v, %v", at, err)
	}
	k.unproof = nil
	k.work(func(o backup.Overview) bool { return len(o.Backups) == 2 && o.Backups[0].Proven != nil })
	if at, err := k.AwaitedSince(t.Context()); err != nil || !at.Equal(k.now) {
		t.Errorf("after a good one it waits since %v, %v", at, err)
	}
}

func TestTheNewestBackupThatIsGoodIsKnownToAnotherServer(t *testing.T) {
	k := newKeeper(t, 24*time.Hour)
	k.work(func(o backup.Overview) bool { return len(o.Backups) == 1 && o.Backups[0].Proven != nil })
	other := k.options
	other.History = backup.NewHistory(t.TempDir())
	if o, err := backup.NewService(other).Overview(t.Context(), boss); err != nil || !o.Good.Equal(k.now) || !o.Awaited.Equal(k.now) {
		t.Errorf("it knows of one of %v, %v", o.Good, err)
	}
}

func TestABackupIsGoodFromItsProofOn(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2030, 1, 1, hour, 0, 0, 0, time.UTC) }
	made, proven := backup.Made, backup.Proven
	for name, c := range map[string]struct {
		records []backup.Record
		want    time.Time
	}{
		"nothing":               {nil, time.Time{}},
		"one without a proof":   {[]backup.Record{{What: made, File: "/a", At: at(1)}}, time.Time{}},
		"one with a proof":      {[]backup.Record{{What: made, File: "/a", At: at(1)}, {What: proven, File: "/a", At: at(2)}}, at(1)},
		"a newer one without":   {[]backup.Record{{What: made, File: "/a", At: at(1)}, {What: proven, File: "/a", At: at(2)}, {What: made, File: "/b", At: at(3)}}, at(1)},
		"the same name anew":    {[]backup.Record{{What: made, File: "/a", At: at(1)}, {What: proven, File: "/a", At: at(2)}, {What: made, File: "/a", At: at(3)}}, time.Time{}},
		"a failure to renew it": {[]backup.Record{{What: made, File: "/a", At: at(1)}, {What: proven, File: "/a", At: at(2)}, {What: made, File: "/a", At: at(3), Problem: "full"}}, at(1)},
		"a later proof failed":  {[]backup.Record{{What: made, File: "/a", At: at(1)}, {What: proven, File: "/a", At: at(2)}, {What: proven, File: "/a", At: at(3), Problem: "rotten"}}, time.Time{}},
	} {
		k := newKeeper(t, 0)
		for _, r := range c.records {
			if err := k.options.History.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		if got := k.overview().Good; !got.Equal(c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAStopBreaksABackupOffAndTheNextStartMakesIt(t *testing.T) {
	k := newKeeper(t, 0)
	begun := make(chan struct{})
	write := k.Service.Write
	k.Service.Write = func(ctx context.Context, _ string, _ func(backup.Progress)) (backup.Manifest, int64, error) {
		close(begun)
		<-ctx.Done()
		return backup.Manifest{}, 0, ctx.Err()
	}
	if err := k.Make(t.Context(), boss); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); k.Run(ctx, time.Millisecond) }()
	<-begun
	if r := k.overview().Running; r == nil || r.What != backup.Made || r.By != "Ada" {
		t.Errorf("what is under way is %+v", r)
	}
	stop()
	<-ended
	if o := k.overview(); len(o.Backups) != 0 {
		t.Errorf("a stop counts as a failure: %+v", o.Backups)
	}
	k.Service.Write = write
	k.work(func(o backup.Overview) bool { return len(o.Backups) == 1 && o.Backups[0].Problem == "" })
}
