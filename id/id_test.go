package id

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

func TestNewIdsHaveTheFormOfAnObjectIDWithTheirSecond(t *testing.T) {
	a := New(start)
	if !Valid(a) || !strings.HasPrefix(a, fmt.Sprintf("%08x", start.Unix())) {
		t.Fatalf("got %s", a)
	}
	if b := New(start); a[8:18] != b[8:18] || a == b {
		t.Fatalf("%s and %s are not of one process", a, b)
	}
}

func TestIdsSortInTheOrderInWhichTheyWereMade(t *testing.T) {
	var ids []string
	for i := range 5000 {
		ids = append(ids, New(start.Add(time.Duration(i/1000)*time.Second)))
	}
	if !slices.IsSorted(ids) {
		t.Fatal("they do not sort by time")
	}
}

func TestIdsMadeAtOnceAreAllDifferent(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	var work sync.WaitGroup
	for range 20 {
		work.Go(func() {
			for range 1000 {
				made := New(start)
				mu.Lock()
				seen[made] = true
				mu.Unlock()
			}
		})
	}
	work.Wait()
	if len(seen) != 20_000 {
		t.Fatalf("%d different ids of 20000", len(seen))
	}
}

func TestTheCounterLeavesRoomBeforeItWraps(t *testing.T) {
	for range 1000 {
		if first := randomCounter().Load(); first >= 1<<20 {
			t.Fatalf("it begins at %d", first)
		}
	}
}

func TestOnlyTwentyFourLowerCaseHexDigitsAreAnId(t *testing.T) {
	if good := "0123456789abcdef01234567"; !Valid(good) {
		t.Errorf("%q is refused", good)
	}
	for _, bad := range []string{
		"", "1", "0123456789abcdef0123456", "0123456789abcdef012345678", "0123456789ABCDEF01234567", "0123456789abcdef0123456g",
		"0123456789abcdef0123456 ", " 123456789abcdef01234567", "0123456789abcdef0123456\x00", "0123456789abcdef012345é",
		"dm_0123456789abcdef01234", "../../../../etc/passwd//", "{\"$ne\":null}xxxxxxxxxxxx", strings.Repeat("0", 1<<16),
	} {
		if Valid(bad) {
			t.Errorf("%.40q is taken", bad)
		}
	}
}
