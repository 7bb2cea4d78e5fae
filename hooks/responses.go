package hooks

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// ResponsePath lies before an address at which a command answers later.
const ResponsePath = "/hooks/commands/"

const (
	responseLife = 30 * time.Minute // how long a call can be answered later
	maxResponses = 5                // how often
	idLength     = 24
)

// The codes, in lower case, are Slack's words for what is wrong.
var (
	errExpired = fault.New(fault.NotFound, "EXPIRED_URL", "There is no such call, or it is too long ago.")
	errBotOff  = fault.New(fault.Forbidden, "BOT_OFF", "An admin has switched this bot off.")
	errUsed    = fault.New(fault.NotFound, "USED_URL", "This call was answered five times already.")
)

// Call is a use of a command that can be answered.
type Call struct {
	Hook Hook
	job  queue.Job
}

// address is what lies behind ResponsePath of a call. It is stored nowhere; a new secret of the command ends it.
func (s *Service) address(h Hook, callID string) string {
	return h.ID + callID + hex.EncodeToString(s.derive("answer "+callID, h)[:16])
}

// Called returns the call of an address that can be answered now, else errors as EXPIRED_URL.
func (s *Service) Called(ctx context.Context, address string) (Call, error) {
	if len(address) <= 2*idLength || !id.Valid(address[:idLength]) || !id.Valid(address[idLength:2*idLength]) {
		return Call{}, errExpired
	}
	h, err := s.store.Hook(ctx, address[:idLength])
	if err == nil && (h.Kind != SlashCommand || h.Off) {
		err = errExpired
	}
	callID := address[idLength : 2*idLength]
	if err == nil && !hmac.Equal([]byte(address), []byte(s.address(h, callID))) {
		err = errExpired
	}
	var j queue.Job
	if err == nil {
		j, err = s.jobs.Job(ctx, h.ID, callID)
	}
	if fault.Is(err, fault.NotFound) || err == nil && (j.Kind != jobCalled || s.now().Sub(j.CreatedAt) > responseLife) {
		err = errExpired
	}
	return Call{Hook: h, job: j}, err
}

// Respond shows what a command says later: to the channel where it asks for that, else to the caller alone, as a direct
// message of its bot. It does so while the caller may post there.
func (s *Service) Respond(ctx context.Context, c Call, p Payload) error {
	var by called
	if err := json.Unmarshal([]byte(c.job.Body), &by); err != nil {
		return err
	}
	caller, err := s.accounts.User(ctx, by.Caller)
	if err == nil {
		err = caller.KeptOut(s.now())
	}
	if err == nil {
		err = s.mayCall(ctx, caller, by.Channel, by.Thread)
	}
	if err == nil {
		_, err = s.speaker(ctx, c.Hook)
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) || fault.Is(err, fault.Unauthenticated) {
		err = errExpired
	}
	if err != nil {
		return err
	}
	texts, err := s.texts(ctx, p)
	if err != nil {
		return err
	}
	n, err := s.use(ctx, c, accounts.HashSecret(encode(p)))
	if err != nil {
		return err
	}
	to, thread := by.Channel, by.Thread
	if p.ResponseType != inChannel {
		if to, thread, err = s.between(ctx, c.Hook, by.Caller); err != nil {
			return err
		}
	}
	if _, err = s.post(ctx, c.Hook, to, thread, p, texts, "later-"+c.job.ID+"-"+strconv.Itoa(n)); err == nil {
		s.posted(ctx, c, n)
	}
	return err
}

// between returns the conversation of a command's bot with somebody.
func (s *Service) between(ctx context.Context, h Hook, userID string) (channelID, thread string, err error) {
	bot, err := s.speaker(ctx, h)
	if err != nil {
		return "", "", err
	}
	c, _, err := s.chat.DirectChannel(ctx, bot, userID)
	return c.ID, "", err
}

// speaker returns the bot of a webhook or a command. It says nothing while an admin has switched it off.
func (s *Service) speaker(ctx context.Context, h Hook) (accounts.User, error) {
	bot, err := s.accounts.User(ctx, h.BotID)
	if err == nil && bot.Deactivated {
		err = errBotOff
	}
	return bot, err
}

// use counts an answer to a call, and returns which one it is. One that comes again before it was posted is the same one.
func (s *Service) use(ctx context.Context, c Call, payload string) (n int, err error) {
	err = s.change(context.WithoutCancel(ctx), c.Hook, c.job, func(by *called) error {
		if n = slices.Index(by.Uses, use{Payload: payload}); n >= 0 {
			return nil
		}
		if n = len(by.Uses); n == maxResponses {
			return errUsed
		}
		by.Uses = append(by.Uses, use{Payload: payload})
		return nil
	})
	return n, err
}

// posted notes that an answer stands: what says the same from now on is another one. Where this fails, it is taken for the same.
func (s *Service) posted(ctx context.Context, c Call, n int) {
	ctx = context.WithoutCancel(ctx)
	j, err := s.jobs.Job(ctx, c.Hook.ID, c.job.ID)
	if err == nil {
		err = s.change(ctx, c.Hook, j, func(by *called) error {
			by.Uses[n].Posted = true
			return nil
		})
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		s.failed(ctx, "note that a command has answered", err)
	}
}

// post posts texts as the bot of a webhook or a command. Under one key it does so once. It returns the last one.
func (s *Service) post(ctx context.Context, h Hook, channelID, thread string, p Payload, texts []string, key string) (m chat.Message, err error) {
	bot, err := s.speaker(ctx, h)
	if err != nil {
		return m, err
	}
	// The bot of a command of all channels is in none of them for that: a place would let it read there.
	by := &chat.ByHook{Crowds: h.Crowds, Guise: s.guise(ctx, h, p), Guest: h.ChannelID == ""}
	draft := chat.Draft{ParentID: thread, Hook: by}
	for i, text := range texts {
		if draft.Content = text; key != "" {
			draft.Key = key + "-" + strconv.Itoa(i)
		}
		if m, err = s.chat.PostMessage(ctx, bot, channelID, draft); err != nil {
			return m, err
		}
	}
	return m, nil
}

// Forgetting returns what ends the memory of calls whose time is over. failed is told of what the store refuses.
func (s *Service) Forgetting(failed func(error)) queue.Work {
	return queue.Work{
		Store: s.jobs, Kind: jobCalled, Now: s.now, Lease: time.Minute, Parallel: 16, Failed: failed,
		Do: func(_ context.Context, j queue.Job) queue.Job { return queue.Job{ID: j.ID, Owner: j.Owner} },
	}
}
