package sqlite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/store/storetest"
)

// vocabulary makes words of common syllables, so that their parts are as common as in a language.
func vocabulary(r *rand.Rand, n int) []string {
	syllables := strings.Fields(`con ten tion ment in ing re de ex pre pro er est al ly un able ist ic port form act ver duce ject
		mit struct scrib spec tract vent cap ced cept fer lo ma ri so ta to na ki mo su an en on or ar at it is us ance ence ble
		ful ness ship`)
	words := make([]string, n)
	for i := range words {
		for range 1 + r.IntN(4) {
			words[i] += syllables[r.IntN(len(syllables))]
		}
	}
	return words
}

// benchLibrary is a workspace of 600 channels of very different sizes, with people who are in some of them.
type benchLibrary struct {
	*chat.Service
	store          *Store
	words          []string
	one, ten, many accounts.User // in the smallest, in ten of medium size, in 500
}

func newBenchLibrary(b *testing.B, size int) *benchLibrary {
	r := rand.New(rand.NewPCG(1, 2))
	l := &benchLibrary{store: openTest(b), words: vocabulary(r, 60_000)}
	l.Service = chat.NewService(chat.Options{
		Store: l.store, Now: func() time.Time { return storetest.Start }, User: l.store.User, Renderer: 1,
		Connected: func(string) bool { return false },
	})
	l.one, l.ten, l.many = storetest.AddUser(b, l.store, "one"), storetest.AddUser(b, l.store, "ten"), storetest.AddUser(b, l.store, "many")
	var authors, channels []string
	for i := range 100 {
		authors = append(authors, storetest.AddUser(b, l.store, fmt.Sprint("author", i)).ID)
	}
	for i := range 600 {
		var members []accounts.User
		if i == 599 {
			members = append(members, l.one)
		}
		if i >= 100 && i < 110 {
			members = append(members, l.ten)
		}
		if i >= 20 && i < 520 {
			members = append(members, l.many)
		}
		channels = append(channels, storetest.AddChannel(b, l.store, fmt.Sprint("c", i), members...).ID)
	}
	l.fill(b, r, size, authors, channels)
	return l
}

// fill writes messages over the two years before Start, a word in a thousand messages being zygote.
func (l *benchLibrary) fill(b *testing.B, r *rand.Rand, size int, authors, channels []string) {
	words, place := rand.NewZipf(r, 1.1, 3, uint64(len(l.words)-1)), rand.NewZipf(r, 1.3, 10, uint64(len(channels)-1))
	seqs := map[string]int64{}
	step := 2 * 365 * 24 * time.Hour / time.Duration(size)
	for done := 0; done < size; {
		err := l.store.writer.write(context.Background(), func(bt *batch) error {
			for range min(20_000, size-done) {
				done++
				at := storetest.Start.Add(-step * time.Duration(size-done))
				channelID := channels[place.Uint64()]
				seqs[channelID]++
				var text []string
				for range 8 + r.IntN(12) {
					text = append(text, l.words[words.Uint64()])
				}
				if done%1000 == 7 {
					text[0] = "zygote"
				}
				m := storetest.Message(channelID, authors[r.IntN(len(authors))], strings.Join(text, " "))
				m.ID, m.Seq, m.CreatedAt, m.HTML = id.New(at), seqs[channelID], at, "<p>"+m.Content+"</p>"
				if err := bt.insertMessage(m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// longer returns the first word from a rank on that has more than n letters.
func (l *benchLibrary) longer(rank, n int) string {
	return l.words[rank+slices.IndexFunc(l.words[rank:], func(w string) bool { return len(w) > n })]
}

// BenchmarkSearch needs 4 minutes or more for the messages and their index: go test -bench Search$ -timeout 30m.
func BenchmarkSearch(b *testing.B) {
	const size = 1_000_000
	l := newBenchLibrary(b, size)
	path := filepath.Join(filepath.Dir(l.store.lock.Name()), "pegasus.db")
	before, start, cpu := fileSize(b, path), time.Now(), processorTime()
	waitForIndex(b, l.store, time.Hour)
	b.Logf("the index of %d messages took %v, %v of processor time in the whole process; it has %d MB beside %d MB of messages",
		size, time.Since(start), processorTime()-cpu, (fileSize(b, path)-before)>>20, before>>20)
	common, medium, rare := l.longer(0, 6), l.longer(1000, 8), l.longer(40_000, 8)
	for _, q := range []struct{ name, query string }{
		{"very common", common}, {"medium", medium}, {"rare", rare}, {"rarest", "zygote"}, {"part of many", "ing"},
		{"absent of common parts", "tionconestper"}, {"common and rare", common + " " + rare}, {"two common", common + " " + l.longer(30, 5)},
		{"phrase", `"` + common + " " + medium + `"`}, {"without common", "-" + common}, {"author", "from:author7 " + common},
		{"day", common + " on:2025-06-01"},
	} {
		for _, who := range []accounts.User{l.one, l.ten, l.many} {
			b.Run(q.name+"/"+who.Username, func(b *testing.B) {
				var walls []time.Duration
				start := processorTime()
				found := 0
				for b.Loop() {
					begun := time.Now()
					results, err := l.Search(b.Context(), who, chat.Sought{Text: q.query, Limit: chat.DefaultSearchPage})
					if err != nil {
						b.Fatal(err)
					}
					walls, found = append(walls, time.Since(begun)), len(results.Found)
				}
				reportCPU(b, start)
				slices.Sort(walls)
				b.ReportMetric(float64(walls[len(walls)*99/100].Microseconds())/1000, "p99-ms")
				b.ReportMetric(float64(found), "found")
			})
		}
	}
}

func fileSize(b *testing.B, path string) int64 {
	files, err := filepath.Glob(path + "*")
	if err != nil {
		b.Fatal(err)
	}
	var sum int64
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			b.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

// BenchmarkAppendWithoutIndex is what BenchmarkAppendMessage would cost if nothing were indexed.
func BenchmarkAppendWithoutIndex(b *testing.B) {
	for _, callers := range []int{1, 32} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			store := openTest(b)
			store.endIndexing()
			store.indexing.Wait()
			benchmarkAppend(b, store, callers)
		})
	}
}

// BenchmarkAppendWhileIndexing appends while the index takes in what was there before.
func BenchmarkAppendWhileIndexing(b *testing.B) {
	l := newBenchLibrary(b, 100_000)
	benchmarkAppend(b, l.store, 1)
}
