package api

import (
	"context"
	"strconv"
	"strings"

	"pegasus/accounts"
	"pegasus/plugins"
)

// personUsage is what a person used models for, and what they may use.
type personUsage struct {
	UserID       string `json:"user_id"`
	InputTokens  int64  `json:"input_tokens" doc:"In this month"`
	OutputTokens int64  `json:"output_tokens" doc:"In this month"`
	Calls        int64  `json:"calls" doc:"Of a model, in this month"`
	TokensToday  int64  `json:"tokens_today"`
	Budget       int64  `json:"budget" doc:"Tokens a day (UTC), 0 for no bound"`
	Own          bool   `json:"own" doc:"The budget is theirs alone"`
	Role         string `json:"role,omitempty" doc:"The role whose budget it is; left out where it is not"`
}

func newPersonUsage(p plugins.PersonUsed) personUsage {
	return personUsage{
		UserID: p.UserID, InputTokens: p.Input, OutputTokens: p.Output, Calls: p.Calls, TokensToday: p.Today, Budget: p.Budget, Own: p.Own, Role: string(p.Role),
	}
}

type (
	usageList struct {
		People     []personUsage `json:"people" nullable:"false" doc:"Who used a model in this month, the most tokens first"`
		NextCursor string        `json:"next_cursor,omitempty" doc:"There where another page follows"`
	}
	personUsageReply struct {
		Usage personUsage `json:"usage"`
	}
	setBudgetRequest struct {
		UserPath
		Body struct {
			Budget *int64 `json:"budget" nullable:"true" minimum:"0" maximum:"1000000000000" doc:"Tokens a day, 0 for no bound; null for that of their role or of everybody"`
		}
	}
	roleBudget struct {
		Role   string `json:"role" enum:"user,moderator,admin"`
		Budget *int64 `json:"budget" nullable:"true" doc:"Tokens a day (UTC), 0 for no bound; null for that of everybody"`
	}
	roleBudgets struct {
		Budgets []roleBudget `json:"budgets" nullable:"false"`
	}
	setRoleBudgetRequest struct {
		Role string `path:"role" doc:"user, moderator or admin"`
		Body struct {
			Budget *int64 `json:"budget" nullable:"true" minimum:"0" maximum:"1000000000000" doc:"Tokens a day, 0 for no bound; null for that of everybody"`
		}
	}
)

// usageCursor and usagePlace write and read the place of a person among the others.
func usageCursor(p plugins.PersonUsed) string {
	return strconv.FormatInt(p.Tokens(), 10) + ":" + p.UserID
}

func usagePlace(cursor string) (place plugins.UsagePlace) {
	tokens, userID, _ := strings.Cut(cursor, ":")
	if n, err := strconv.ParseInt(tokens, 10, 64); err == nil {
		place = plugins.UsagePlace{Tokens: n, UserID: userID}
	}
	return place
}

func (d *door) listUsage(ctx context.Context, in *listUsersRequest) (*reply[usageList], error) {
	admin := me(ctx)
	found, err := readPage(ctx, in.Cursor, in.Limit.or(maxPage), usageCursor,
		func(ctx context.Context, after string, limit int) ([]plugins.PersonUsed, error) {
			return d.Plugins.UsageByPerson(ctx, admin, usagePlace(after), limit)
		})
	if err != nil {
		return nil, err
	}
	out := usageList{People: make([]personUsage, len(found.items)), NextCursor: found.next}
	for i, p := range found.items {
		out.People[i] = newPersonUsage(p)
	}
	return ok(out)
}

func (d *door) setBudget(ctx context.Context, in *setBudgetRequest) (*reply[personUsageReply], error) {
	id := known(in.ID)
	if err := d.Plugins.SetBudget(ctx, me(ctx), id, in.Body.Budget); err != nil {
		return nil, err
	}
	used, err := d.Plugins.UsageOfPerson(ctx, me(ctx), id)
	return &reply[personUsageReply]{Body: personUsageReply{newPersonUsage(used)}}, err
}

func (d *door) listBudgets(ctx context.Context, _ *none) (*reply[roleBudgets], error) {
	kept, err := d.Plugins.RoleBudgets(ctx, me(ctx))
	if err != nil {
		return nil, err
	}
	var out roleBudgets
	for _, role := range plugins.Roles {
		one := roleBudget{Role: string(role)}
		if tokens, set := kept[role]; set {
			one.Budget = &tokens
		}
		out.Budgets = append(out.Budgets, one)
	}
	return ok(out)
}

func (d *door) setRoleBudget(ctx context.Context, in *setRoleBudgetRequest) (*reply[roleBudgets], error) {
	if err := d.Plugins.SetRoleBudget(ctx, me(ctx), accounts.Role(in.Role), in.Body.Budget); err != nil {
		return nil, err
	}
	return d.listBudgets(ctx, nil)
}
