package mattermost

import "encoding/json"

// line is a line of an export, as far as anything of it is brought.
type line struct {
	Type          string      `json:"type"`
	Version       int         `json:"version"`
	Team          *team       `json:"team"`
	Channel       *room       `json:"channel"`
	User          *user       `json:"user"`
	Bot           *bot        `json:"bot"`
	Post          *post       `json:"post"`
	DirectChannel *directRoom `json:"direct_channel"`
	DirectPost    *post       `json:"direct_post"`
}

type team struct {
	Name string `json:"name"`
	Type string `json:"type"` // "O" where anyone may join it, "I" where one is invited
}

type room struct {
	Team      string `json:"team"`
	Name      string `json:"name"`
	Type      string `json:"type"` // "O" for a public one, "P"
	Header    string `json:"header"`
	Purpose   string `json:"purpose"`
	DeletedAt int64  `json:"deleted_at"`
}

type user struct {
	Username  string     `json:"username"`
	Email     string     `json:"email"`
	Nickname  string     `json:"nickname"`
	FirstName string     `json:"first_name"`
	LastName  string     `json:"last_name"`
	Position  string     `json:"position"`
	Roles     string     `json:"roles"`
	DeleteAt  int64      `json:"delete_at"`
	Teams     []userTeam `json:"teams"`
	Status    *status    `json:"custom_status"`
}

type userTeam struct {
	Name     string        `json:"name"`
	Channels []userChannel `json:"channels"`
}

type userChannel struct {
	Name  string `json:"name"`
	Roles string `json:"roles"`
}

type status struct {
	Emoji string `json:"emoji"`
	Text  string `json:"text"`
}

type bot struct {
	Username    string `json:"username"`
	DisplayName string `json:"display_name"`
	Description string `json:"description"`
}

type directRoom struct {
	Members      []string `json:"members"`
	Participants []struct {
		Username string `json:"username"`
	} `json:"participants"`
}

// post is a message with all that belongs to it. A reply has neither a channel nor replies.
type post struct {
	Team        string          `json:"team"`
	Channel     string          `json:"channel"`
	Members     []string        `json:"channel_members"` // of a direct conversation
	User        string          `json:"user"`
	Type        string          `json:"type"`
	Message     string          `json:"message"`
	Props       json.RawMessage `json:"props"`
	CreateAt    int64           `json:"create_at"` // milliseconds since 1970
	EditAt      int64           `json:"edit_at"`
	FlaggedBy   []string        `json:"flagged_by"`
	Reactions   []reaction      `json:"reactions"`
	Replies     []post          `json:"replies"`
	Attachments []attachment    `json:"attachments"`
	Pinned      bool            `json:"is_pinned"`
}

type reaction struct {
	User      string `json:"user"`
	CreateAt  int64  `json:"create_at"`
	EmojiName string `json:"emoji_name"`
}

type attachment struct {
	Path string `json:"path"`
}
