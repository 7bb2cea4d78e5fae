package api

import (
	"context"
	"unicode/utf16"

	"pegasus/chat"
)

type searchRequest struct {
	Query   string `query:"query" doc:"At most 512 characters and 20 parts: words, of which a message must contain all, in whatever case, with or without accents, in part from 3 characters on, and in English inflections; \"phrases\"; a minus before what must not be there; from:@username or from:me; in:#channel, in:@username or, for the conversation with several people, in:@one,@two, or any of these by its id; has:link, file, image, code, reaction or pin; is:reply, thread, edited, saved or dm; before:, after:, on: or during: a day as 2026-03-14, a month as 2026-03, a year, today, yesterday, or this-week, last-week, this-month, last-month, this-year or last-year. Of several from: or in: any will do. A backslash before a quotation mark, minus, colon or backslash makes it text"`
	Zone    string `query:"tz" doc:"The time zone whose days the query means, such as Europe/Berlin; UTC where it is left out"`
	Limit   limit  `query:"limit" doc:"20 where it is left out"`
	Meaning bool   `query:"meaning" doc:"Also what is near to the meaning of the words, where the server has what that takes; of the first page alone, with up to 10 messages more"`
	Cursor  string `query:"cursor" doc:"next_cursor of the page before"`
}

// Message is message under a name that documented types can embed.
type Message = message

type searchHit struct {
	Message
	Channel    searchPlace `json:"channel"`
	Similar    bool        `json:"similar,omitempty" doc:"It is near to the meaning of the words and does not have them"`
	Highlights []highlight `json:"highlights" nullable:"false" doc:"Where in content the words of the query stand, in order and apart"`
	Snippet    string      `json:"snippet" doc:"Up to 200 characters of content around the first highlight, as safe HTML on one line: all is escaped but mark elements"`
}

type searchPlace struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"Empty for a direct conversation"`
	Type string `json:"type" enum:"public,private,dm,group"`
}

type highlight struct {
	Start int `json:"start" doc:"In UTF-16 code units, as JavaScript counts"`
	End   int `json:"end" doc:"The first one after it"`
}

type searchReply struct {
	Messages    []searchHit `json:"messages" nullable:"false" doc:"Newest first, from the channels and conversations that one is in now"`
	MeaningAway bool        `json:"meaning_away,omitempty" doc:"The server of meanings did not answer, and only what has the words is here"`
	NextCursor  string      `json:"next_cursor,omitempty" doc:"There where more may follow, even where this page is not full"`
}

func (d *door) search(ctx context.Context, in *searchRequest) (*reply[searchReply], error) {
	zone, err := chat.ParseZone("tz", in.Zone)
	if err != nil {
		return nil, err
	}
	find := d.Chat.Search
	if in.Meaning && in.Cursor == "" {
		find = d.Chat.SearchByMeaning
	}
	results, err := find(ctx, me(ctx), chat.Sought{Text: in.Query, Zone: zone, Cursor: in.Cursor, Limit: in.Limit.or(chat.DefaultSearchPage)})
	if err != nil {
		return nil, err
	}
	messages := make([]chat.Message, len(results.Found))
	for i, f := range results.Found {
		messages[i] = f.Message
	}
	shown, err := d.messages(ctx, messages)
	if err != nil {
		return nil, err
	}
	out := searchReply{Messages: make([]searchHit, len(shown)), NextCursor: results.Next, MeaningAway: results.Away}
	for i, f := range results.Found {
		out.Messages[i] = searchHit{
			Message: shown[i], Channel: searchPlace{ID: f.Channel.ID, Name: f.Channel.Name, Type: string(f.Channel.Type)},
			Highlights: highlights(f.Content, f.Marked), Snippet: f.Snippet, Similar: f.Similar,
		}
	}
	return ok(out)
}

// highlights counts in UTF-16 what spans count in bytes.
func highlights(content string, spans []chat.Span) []highlight {
	out := make([]highlight, len(spans))
	units, at := 0, 0
	advance := func(to int) int {
		for _, r := range content[at:to] {
			units += utf16.RuneLen(r)
		}
		at = to
		return units
	}
	for i, s := range spans {
		out[i].Start = advance(s.From)
		out[i].End = advance(s.To)
	}
	return out
}
