package plugins

import (
	"context"

	"pegasus/accounts"
)

// goneBy is how many of the last answers say what one usually costs.
const goneBy = 10

// Estimate is about what an answer will cost, as far as that is known before it is asked for.
type Estimate struct {
	Input   int64 // tokens that the model reads in the first round, 0 where that cannot be reckoned
	Cost    int64 // of Input, in millionths of the currency
	Usual   Usage // what each of the last answers about the plugin used on an average
	Answers int   // how many those are, 0 where there are none to go by
	Bounded bool  // there is a budget
	Left    int64 // tokens of today's, of the person's or the workspace's, whichever is less
	// Currency is "" where no price is known.
	Currency string
}

// Estimate reckons about what it will cost to ask for something in a conversation of the actor's about a plugin of theirs, or with
// conversationID "" in a new one. text is what will be asked, "" where that is not written yet. No model is called for it.
func (s *Service) Estimate(ctx context.Context, actor accounts.User, pluginID, conversationID, text string) (Estimate, error) {
	p, err := s.own(ctx, actor, pluginID)
	if err != nil {
		return Estimate{}, err
	}
	used, err := s.Usage(ctx, actor)
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{Currency: used.Currency}
	e.Left, e.Bounded = used.left()
	if e.Input, err = s.reckon(ctx, actor, p, conversationID, text); err != nil {
		return Estimate{}, err
	}
	e.Cost = s.budget.cost(Usage{Input: e.Input})
	last, err := s.store.UsageOfAnswers(ctx, p.ID, goneBy)
	if err != nil {
		return Estimate{}, err
	}
	e.Usual, e.Answers = average(last)
	return e, nil
}

// reckon returns about how many tokens are read to answer, 0 where nothing here can tell.
func (s *Service) reckon(ctx context.Context, actor accounts.User, p Plugin, conversationID, text string) (int64, error) {
	var err error
	if text != "" {
		if text, err = cleanAsk(text); err != nil {
			return 0, err
		}
	}
	r := Request{Plugin: p.Name, Locked: p.LockedFiles(), Ask: text, Round: 1}
	if conversationID != "" {
		if _, err = s.talkAbout(ctx, actor, p, conversationID); err != nil {
			return 0, err
		}
		if r.History, err = s.turns(ctx, conversationID, ""); err != nil {
			return 0, err
		}
	}
	adviser, can := s.generator.(Adviser)
	if !can {
		return 0, nil
	}
	if p.Head > 0 {
		if r.Files, err = s.files(ctx, p, p.Head); err != nil {
			return 0, err
		}
	}
	return adviser.Reckon(r), nil
}

// left returns how much of today's budgets there is, and whether there are any.
func (u Used) left() (tokens int64, bounded bool) {
	if u.Budget > 0 {
		tokens, bounded = u.Budget-u.Today.Tokens(), true
	}
	if u.AllBudget > 0 && (!bounded || u.AllBudget-u.AllToday < tokens) {
		tokens, bounded = u.AllBudget-u.AllToday, true
	}
	return max(0, tokens), bounded
}

// average returns what each used of those that used anything, and how many those are.
func average(all []Usage) (each Usage, n int) {
	for _, u := range all {
		if u.Tokens() > 0 {
			each, n = each.Add(u), n+1
		}
	}
	if n > 0 {
		of := int64(n)
		each.Calls, each.Input, each.Output = (each.Calls+of/2)/of, each.Input/of, each.Output/of
		each.Cost, each.Took = each.Cost/of, each.Took/of
	}
	return each, n
}
