package api

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/web"
)

// bot is a program's user as admins see it.
type bot struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Username  string  `json:"username"`
	About     string  `json:"about"`
	Avatar    *string `json:"avatar"`
	OwnerID   string  `json:"owner_id" doc:"Who made it and answers for it"`
	Active    bool    `json:"active"`
	CreatedAt string  `json:"created_at" format:"date-time"`
}

func newBot(u accounts.User) bot {
	return bot{
		ID: u.ID, Name: u.Name, Username: u.Username, About: u.StatusMessage, Avatar: orNull(u.Avatar), OwnerID: u.OwnerID,
		Active: !u.Deactivated, CreatedAt: web.Time(u.CreatedAt),
	}
}

type (
	botReply struct {
		Bot bot `json:"bot"`
	}
	botList struct {
		Bots       []bot  `json:"bots" nullable:"false"`
		NextCursor string `json:"next_cursor,omitempty" doc:"There where another page follows"`
	}
	createBotRequest struct {
		Body struct {
			Name     string `json:"name" doc:"1 to 80 characters; nobody here may be called so"`
			Username string `json:"username,omitempty" doc:"2 to 32 letters, digits, dots, dashes and underscores; made of the name where it is left out"`
			About    string `json:"about,omitempty" doc:"What it does, at most 100 characters"`
		}
	}
	changeBotRequest struct {
		BotPath
		Body struct {
			Name     *string `json:"name,omitempty"`
			Username *string `json:"username,omitempty"`
			About    *string `json:"about,omitempty"`
		}
	}
)

// BotPath names a bot.
type BotPath struct {
	ID string `path:"id" doc:"The bot's id"`
}

func (d *door) listBots(ctx context.Context, in *listUsersRequest) (*reply[botList], error) {
	admin := me(ctx)
	found, err := readPage(ctx, in.Cursor, in.Limit.or(maxPage), func(u accounts.User) string { return u.ID },
		func(ctx context.Context, after string, limit int) ([]accounts.User, error) {
			return d.Accounts.Bots(ctx, admin, after, limit)
		})
	if err != nil {
		return nil, err
	}
	out := botList{Bots: make([]bot, len(found.items)), NextCursor: found.next}
	for i, u := range found.items {
		out.Bots[i] = newBot(u)
	}
	return ok(out)
}

func (d *door) createBot(ctx context.Context, in *createBotRequest) (*reply[botReply], error) {
	u, err := d.Accounts.AddBot(ctx, me(ctx), accounts.BotDraft{Name: in.Body.Name, Username: in.Body.Username, About: in.Body.About})
	if err != nil {
		return nil, err
	}
	return ok(botReply{Bot: newBot(u)})
}

func (d *door) getBot(ctx context.Context, in *BotPath) (*reply[botReply], error) {
	u, err := d.Accounts.Bot(ctx, me(ctx), known(in.ID))
	return &reply[botReply]{Body: botReply{Bot: newBot(u)}}, err
}

func (d *door) changeBot(ctx context.Context, in *changeBotRequest) (*reply[botReply], error) {
	u, err := d.Accounts.ChangeBot(ctx, me(ctx), known(in.ID), accounts.BotChange{Name: in.Body.Name, Username: in.Body.Username, About: in.Body.About})
	return &reply[botReply]{Body: botReply{Bot: newBot(u)}}, err
}

func (d *door) removeBot(ctx context.Context, in *BotPath) (*reply[notice], error) {
	err := d.Accounts.RemoveBot(ctx, me(ctx), known(in.ID))
	return &reply[notice]{Body: notice{Message: "Bot switched off"}}, err
}

func (d *door) restoreBot(ctx context.Context, in *BotPath) (*reply[botReply], error) {
	u, err := d.Accounts.RestoreBot(ctx, me(ctx), known(in.ID))
	return &reply[botReply]{Body: botReply{Bot: newBot(u)}}, err
}

func (d *door) listBotTokens(ctx context.Context, in *BotPath) (*reply[tokenList], error) {
	found, err := d.Accounts.BotTokens(ctx, me(ctx), known(in.ID))
	out := tokenList{Tokens: make([]token, len(found))}
	for i, t := range found {
		out.Tokens[i] = newToken(t)
	}
	return &reply[tokenList]{Body: out}, err
}

type createBotTokenRequest struct {
	BotPath
	createTokenRequest
}

func (d *door) createBotToken(ctx context.Context, in *createBotTokenRequest) (*reply[createdToken], error) {
	admin, session := by(ctx)
	scopes := make([]accounts.Scope, len(in.Body.Scopes))
	for i, scope := range in.Body.Scopes {
		scopes[i] = accounts.Scope(scope)
	}
	t, secret, err := d.Accounts.CreateBotToken(ctx, admin, session, known(in.ID), in.Body.Name, scopes, time.Duration(in.Body.ExpiresIn)*time.Second)
	if err != nil {
		return nil, err
	}
	return ok(createdToken{Token: newToken(t), Secret: secret})
}

// BotTokenPath names a token of a bot.
type BotTokenPath struct {
	BotPath
	TokenID string `path:"tokenId" doc:"The token's id"`
}

func (d *door) deleteBotToken(ctx context.Context, in *BotTokenPath) (*reply[notice], error) {
	err := d.Accounts.DeleteBotToken(ctx, me(ctx), known(in.ID), known(in.TokenID))
	return &reply[notice]{Body: notice{Message: "Token deleted"}}, err
}
