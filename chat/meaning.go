package chat

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// Limits of searches by meaning.
const (
	MaxEmbedded    = 50_000 // messages of a workspace that are found by meaning: the newest ones
	MaxDimensions  = 4096   // numbers of a vector
	MaxSimilar     = 10     // messages of a search that are found by meaning alone
	maxCandidates  = 100    // of the nearest, before operators narrow them down
	minSimilar     = 0.2    // the cosine from which on two texts count as near
	fusion         = 60     // of reciprocal rank fusion: how little the first places stand out
	maxMeaningTime = 3 * time.Second
)

// How messages are brought to their vectors.
const (
	jobMeaning      = "meaning"         // one for the workspace, which goes on for ever
	jobMeaningAgain = "meaning_message" // one for each message that was edited
	meaningOwner    = "workspace"
	meaningBatch    = 64
	meaningPause    = time.Second     // between two batches, so that people come first
	meaningIdle     = 5 * time.Second // where there is nothing to do
	meaningRetry    = time.Minute     // after a failure
	meaningLag      = 3 * time.Second // messages younger than this may still be overtaken by others
	meaningLease    = 2 * time.Minute // longer than a batch takes
)

// Embedder asks a server for vectors that say what texts mean.
type Embedder struct {
	Model string
	// Embed returns a vector for each text, in order. ErrTextRefused says that the server does not take the texts as they are.
	Embed func(ctx context.Context, texts []string) ([][]float32, error)
}

// ErrTextRefused is for texts that no retry will bring to a vector.
var ErrTextRefused = errors.New("the server refuses the text")

// Embedding is what a message means to a model.
type Embedding struct {
	MessageID string
	ChannelID string
	Model     string
	Vector    []byte // as Pack makes it
}

// MeaningStore keeps the vectors of messages. Editing or deleting a message removes its vector.
type MeaningStore interface {
	// MessagesBetween returns up to limit messages, deleted ones included, whose ids are after one and before another, in the
	// order of ids, descending where newestFirst.
	MessagesBetween(ctx context.Context, after, before string, newestFirst bool, limit int) ([]Message, error)
	// SaveEmbeddings stores vectors in the place of those that the same messages have. Of messages that are deleted none is kept.
	SaveEmbeddings(ctx context.Context, all []Embedding) error
	// EachEmbedding hands the vectors of a model in these channels to each, the newest message first, up to limit. The vector is
	// the callee's for the time of the call alone.
	EachEmbedding(ctx context.Context, model string, channelIDs []string, limit int, each func(messageID string, vector []byte)) error
	// PruneEmbeddings removes all vectors but those of the newest messages.
	PruneEmbeddings(ctx context.Context, keep int) error
}

// Pack brings a vector to the length of its direction and a byte for each number. It returns nil for one without a direction.
func Pack(vector []float32) []byte {
	most := 0.0
	for _, x := range vector {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil
		}
		most = max(most, math.Abs(float64(x)))
	}
	if most == 0 || len(vector) > MaxDimensions {
		return nil
	}
	packed := make([]byte, len(vector))
	for i, x := range vector {
		packed[i] = byte(int8(math.Round(float64(x) / most * 127)))
	}
	return packed
}

// similarity is the cosine of two packed vectors, 0 where they are not of one length.
func similarity(a, b []byte) float64 {
	if len(a) != len(b) {
		return 0
	}
	var dot, aa, bb int64
	for i := range a {
		x, y := int64(int8(a[i])), int64(int8(b[i]))
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return float64(dot) / math.Sqrt(float64(aa)*float64(bb))
}

// ByMeaning reports whether searches by meaning are to be had.
func (s *Service) ByMeaning() bool { return s.embedder != nil }

// SearchByMeaning is Search for the first part of what is found, with up to MaxSimilar messages among it that do not have the
// words of the query and are near to their meaning. Operators, phrases and unwanted words hold for those too. The order is that
// of reciprocal rank fusion over both lists. What follows is to be had from Search by its cursor.
//
// Where the server of meanings does not answer in time, what has the words is the answer, and Away says so.
func (s *Service) SearchByMeaning(ctx context.Context, actor accounts.User, sought Sought) (Results, error) {
	sought.Cursor = ""
	results, err := s.Search(ctx, actor, sought)
	if err != nil || s.embedder == nil {
		return results, err
	}
	within, done := context.WithTimeout(ctx, maxMeaningTime)
	defer done()
	similar, err := s.similar(within, actor, sought)
	if err != nil {
		results.Away = true
		return results, ctx.Err()
	}
	results.Found = fuse(results.Found, similar)
	return results, nil
}

// fuse puts two lists together, each in its own order: all of the first, and the first MaxSimilar of the second that are not
// among them.
func fuse(exact, similar []Found) []Found {
	scores := map[string]float64{}
	for i, f := range exact {
		scores[f.ID] += 1 / float64(fusion+1+i)
	}
	all, more := slices.Clone(exact), 0
	for i, f := range similar {
		known := slices.ContainsFunc(exact, func(e Found) bool { return e.ID == f.ID })
		if !known && more == MaxSimilar {
			continue
		}
		scores[f.ID] += 1 / float64(fusion+1+i)
		if !known {
			all, more = append(all, f), more+1
		}
	}
	slices.SortStableFunc(all, func(a, b Found) int { return cmp.Compare(scores[b.ID], scores[a.ID]) })
	return all
}

// similar finds the messages that are nearest to the words of a query, the nearest first, among those that its reader may see
// and that are as its operators say.
func (s *Service) similar(ctx context.Context, actor accounts.User, sought Sought) ([]Found, error) {
	q, err := sought.query(s.now())
	if err != nil || len(q.said) == 0 {
		return nil, err
	}
	// Of the words those narrow down that must stand as they are, or must not.
	q.terms = slices.DeleteFunc(q.terms, func(t term) bool { return !t.not && !t.phrase })
	places, err := s.store.Places(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	wanted, err := s.plan(ctx, actor, q, places)
	if err != nil || len(wanted.Channels) == 0 {
		return nil, err
	}
	vectors, err := s.embedder.Embed(ctx, []string{strings.Join(q.said, " ")})
	if err != nil {
		return nil, err
	}
	nearest, err := s.nearest(ctx, Pack(vectors[0]), wanted.Channels)
	if err != nil || len(nearest) == 0 {
		return nil, err
	}
	return s.narrowed(ctx, actor, q, wanted, places, nearest)
}

// nearest returns the ids of the messages nearest to a vector, the nearest first.
func (s *Service) nearest(ctx context.Context, vector []byte, channelIDs []string) ([]string, error) {
	type candidate struct {
		id   string
		near float64
	}
	var best []candidate
	order := func(a, b candidate) int { return cmp.Or(cmp.Compare(b.near, a.near), cmp.Compare(b.id, a.id)) }
	err := s.store.EachEmbedding(ctx, s.embedder.Model, channelIDs, MaxEmbedded, func(messageID string, other []byte) {
		c := candidate{messageID, similarity(vector, other)}
		if c.near < minSimilar || len(best) == maxCandidates && order(c, best[len(best)-1]) > 0 {
			return
		}
		at, _ := slices.BinarySearchFunc(best, c, order)
		best = slices.Insert(best, at, c)
		best = best[:min(len(best), maxCandidates)]
	})
	ids := make([]string, len(best))
	for i, c := range best {
		ids[i] = c.id
	}
	return ids, err
}

// narrowed reads messages as far as the actor may see them now, and leaves out what is not as the operators say.
func (s *Service) narrowed(
	ctx context.Context, actor accounts.User, q query, wanted Search, places []Channel, ids []string,
) ([]Found, error) {
	messages, err := s.store.VisibleMessages(ctx, actor.ID, ids)
	if err != nil {
		return nil, err
	}
	marks, err := s.Marks(ctx, actor, messages)
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, messageID := range ids {
		at := slices.IndexFunc(messages, func(m Message) bool { return m.ID == messageID })
		if at < 0 || !slices.Contains(wanted.Channels, messages[at].ChannelID) {
			continue
		}
		m := messages[at]
		x := Indexed{Message: m, Reacted: len(marks[m.ID].Reactions) > 0}
		if marks[m.ID].Bookmarked {
			x.SavedBy = []string{actor.ID}
		}
		spans, fits := q.finds(m)
		if !fits || !fulfils(x.Terms(), wanted.Clauses) {
			continue
		}
		s.refresh(&m)
		f := Found{Message: m, Marked: spans, Snippet: snippet(m.Content, spans), Similar: true}
		if strings.Contains(m.Content, "`") {
			f.Code = markWords(m.HTML, q.terms)
		}
		if in := slices.IndexFunc(places, func(c Channel) bool { return c.ID == m.ChannelID }); in >= 0 {
			f.Channel = places[in]
		}
		found = append(found, f)
	}
	return found, nil
}

// fulfils reports whether terms, which are sorted, are as all clauses want them.
func fulfils(terms []string, clauses []Clause) bool {
	for _, c := range clauses {
		any := slices.ContainsFunc(c.Any, func(all []string) bool {
			return !slices.ContainsFunc(all, func(t string) bool { _, has := slices.BinarySearch(terms, t); return !has })
		})
		if any == c.Not {
			return false
		}
	}
	return true
}

// progress is how far the messages of a workspace have been brought to vectors of a model: those between the two ids are done.
type progress struct {
	Model   string `json:"model"`
	Newest  string `json:"newest"`
	Oldest  string `json:"oldest"`
	Kept    int    `json:"kept"`    // messages whose vector was stored going back
	Through bool   `json:"through"` // nothing older is left to do
}

// StartMeaning sees to it that messages are brought to their vectors, where there is a server that makes them.
func (s *Service) StartMeaning(ctx context.Context) error {
	if s.embedder == nil {
		return nil
	}
	now := s.now()
	_, _, err := s.jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobMeaning, Owner: meaningOwner, Key: "all", State: queue.Waiting, Due: now, NextTry: now, Body: "{}", CreatedAt: now,
	})
	return err
}

// meaningTasks are what brings messages to their vectors: at low priority, one batch after the other.
func (s *Service) meaningTasks(work queue.Work) []queue.Work {
	if s.embedder == nil {
		return nil
	}
	work.Lease, work.Parallel = meaningLease, 1
	all, again := work, work
	all.Kind, all.Do = jobMeaning, s.embedMore
	again.Kind, again.Do = jobMeaningAgain, s.embedAgain
	return []queue.Work{all, again}
}

// embedMore takes the next batch: what is new, and where there is nothing, what is old. A model that is new begins anew.
func (s *Service) embedMore(ctx context.Context, j queue.Job) queue.Job {
	var p progress
	_ = json.Unmarshal([]byte(j.Body), &p) // what cannot be read begins anew
	now := s.now()
	until := firstID(now.Add(-meaningLag))
	if p.Model != s.embedder.Model {
		p = progress{Model: s.embedder.Model, Newest: until, Oldest: until}
	}
	n, err := s.embedForth(ctx, &p, until)
	if err == nil && n == 0 && !p.Through {
		n, err = s.embedBack(ctx, &p)
	}
	wait := meaningIdle
	switch {
	case err != nil:
		wait, j.Problem = meaningRetry, err.Error()
	case n > 0:
		wait, j.Problem = meaningPause, ""
	}
	if body, failed := json.Marshal(p); failed == nil {
		j.Body = string(body)
	}
	j.State, j.NextTry = queue.Waiting, s.now().Add(wait)
	return j
}

func (s *Service) embedForth(ctx context.Context, p *progress, until string) (int, error) {
	messages, err := s.store.MessagesBetween(ctx, p.Newest, until, false, meaningBatch)
	if err != nil || len(messages) == 0 {
		return 0, err
	}
	kept, err := s.embed(ctx, messages)
	if err != nil {
		return 0, err
	}
	p.Newest = messages[len(messages)-1].ID
	if kept > 0 {
		err = s.store.PruneEmbeddings(ctx, MaxEmbedded)
	}
	return len(messages), err
}

func (s *Service) embedBack(ctx context.Context, p *progress) (int, error) {
	messages, err := s.store.MessagesBetween(ctx, "", p.Oldest, true, meaningBatch)
	if err != nil {
		return 0, err
	}
	kept, err := s.embed(ctx, messages)
	if err != nil {
		return 0, err
	}
	p.Kept += kept
	p.Through = len(messages) < meaningBatch || p.Kept >= MaxEmbedded
	if len(messages) > 0 {
		p.Oldest = messages[len(messages)-1].ID
	}
	return len(messages), nil
}

// embedAgain brings a message that was edited to its vector.
func (s *Service) embedAgain(ctx context.Context, j queue.Job) queue.Job {
	m, err := s.store.Message(ctx, j.Key)
	if err == nil {
		_, err = s.embed(ctx, []Message{m})
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		j.State, j.NextTry, j.Problem = queue.Waiting, s.now().Add(meaningRetry), err.Error()
		return j
	}
	j.State = ""
	return j
}

// meansElse notes that a message has another text. The text stands: where this fails, it is found by its words alone.
func (s *Service) meansElse(ctx context.Context, m Message) {
	if s.embedder == nil {
		return
	}
	now := s.now()
	_, _, _ = s.jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobMeaningAgain, Owner: meaningOwner, Key: m.ID, State: queue.Waiting, Due: now, NextTry: now, Body: "{}", CreatedAt: now,
	})
}

// embed brings messages to their vectors and returns how many were kept. What people say in private goes to no other server.
func (s *Service) embed(ctx context.Context, messages []Message) (int, error) {
	messages = slices.DeleteFunc(slices.Clone(messages), func(m Message) bool { return m.Deleted || strings.TrimSpace(m.Content) == "" })
	if len(messages) == 0 {
		return 0, nil
	}
	var ids []string
	for _, m := range messages {
		if !slices.Contains(ids, m.ChannelID) {
			ids = append(ids, m.ChannelID)
		}
	}
	channels, err := s.store.ChannelsByID(ctx, ids)
	if err != nil {
		return 0, err
	}
	messages = slices.DeleteFunc(messages, func(m Message) bool {
		return !slices.ContainsFunc(channels, func(c Channel) bool { return c.ID == m.ChannelID && !c.IsDirect() })
	})
	return s.embedTexts(ctx, messages)
}

func (s *Service) embedTexts(ctx context.Context, messages []Message) (int, error) {
	if len(messages) == 0 {
		return 0, nil
	}
	texts := make([]string, len(messages))
	for i, m := range messages {
		texts[i] = m.Content
	}
	vectors, err := s.embedder.Embed(ctx, texts)
	if errors.Is(err, ErrTextRefused) && len(messages) > 1 {
		half := len(messages) / 2
		a, err := s.embedTexts(ctx, messages[:half])
		if err != nil {
			return a, err
		}
		b, err := s.embedTexts(ctx, messages[half:])
		return a + b, err
	}
	if errors.Is(err, ErrTextRefused) {
		return 0, nil // it is found by its words alone
	}
	if err != nil {
		return 0, err
	}
	all := make([]Embedding, 0, len(messages))
	for i, m := range messages {
		if packed := Pack(vectors[i]); packed != nil {
			all = append(all, Embedding{MessageID: m.ID, ChannelID: m.ChannelID, Model: s.embedder.Model, Vector: packed})
		}
	}
	return len(all), s.store.SaveEmbeddings(ctx, all)
}

// firstID is before every id that is made at a moment or later, to the second.
func firstID(at time.Time) string { return fmt.Sprintf("%08x%016x", uint32(at.Unix()), 0) }
